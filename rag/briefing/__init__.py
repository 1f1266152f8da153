"""A list of questions becomes a briefing: answers with notes, differences, key figures, gaps, references and an annex."""

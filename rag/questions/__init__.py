"""What a question asks: analysis, answer types, follow-ups, generated questions."""

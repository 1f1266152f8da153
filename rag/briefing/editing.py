"""An answer and the words that a person put in their place become an answer that was checked like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.answering.confidence import cited_coverage, rate_confidence
from rag.answering.verify import verify
from rag.briefing.journal import JournalLine, open_journal
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.run import BriefingSettings, question_digest
from rag.schema import Answer


def apply_edit(answer: Answer, text: str) -> Answer:
    """The answer with another text, whose markers `[n]` point to the same passages; citations, figures and status are found anew."""
    given = tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)
    verified = verify(text, given, answer.language)
    sure = rate_confidence(answer.language, verified.status, verified.citations, verified.figures, answer.disagreements,
                      cited_coverage(answer.question, verified.citations, given))
    return replace(answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
                   confidence=sure)


def save_edit(settings: BriefingSettings, question: BriefingQuestion, answer: Answer, journal: Path) -> None:
    """Write an edited answer down: from now on it is the answer to its question, in every row that asks it.

    Raises:
        JournalInUse, BadJournal: as `journal.opened`.
    """
    with open_journal(journal) as kept:
        kept.append_line(JournalLine(question_digest(settings, question, answer.language), settings.answer_basis(), answer, edited=True))

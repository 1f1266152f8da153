"""An answer and the words that a person put in their place become an answer that was checked like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.answering.confidence import confidence, coverage
from rag.answering.verify import verify
from rag.briefing.journal import Line, opened
from rag.briefing.question_list import Question
from rag.briefing.run import Asking, asked_digest
from rag.schema import Answer


def edited(answer: Answer, text: str) -> Answer:
    """The answer with another text, whose markers `[n]` point to the same passages; citations, figures and status are found anew."""
    given = tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)
    verified = verify(text, given, answer.language)
    sure = confidence(answer.language, verified.status, verified.citations, verified.figures, answer.disagreements,
                      coverage(answer.question, verified.citations, given))
    return replace(answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
                   confidence=sure)


def keep(asking: Asking, question: Question, answer: Answer, journal: Path) -> None:
    """Write an edited answer down: from now on it is the answer to its question, in every row that asks it.

    Raises:
        JournalInUse, BadJournal: as `journal.opened`.
    """
    with opened(journal) as kept:
        kept.record(Line(asked_digest(asking, question, answer.language), asking.basis(), answer, edited=True))

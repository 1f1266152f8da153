"""Manual edits: an answer whose text a person has rewritten is verified like any other answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rag.answering.confidence import cited_coverage, coverage_level, rate_confidence
from rag.answering.verify import verify
from rag.briefing.journal import JournalLine, open_journal
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.run import BriefingSettings, question_digest
from rag.questions.analysis import analyse_question
from rag.schema import Answer
from rag.text.language import detect_language


def apply_edit(answer: Answer, text: str) -> Answer:
    """The answer with another text; citations, figures, status and confidence are computed again.

    Markers `[n]` in the text point to the passages of the answer.
    """
    passages = tuple(passage for passage in answer.passages if passage.number not in answer.packed.left_out)
    verified = verify(text, passages, answer.language)
    question = analyse_question(answer.question, detect_language(answer.question))
    confidence = rate_confidence(
        answer.language, verified.status, verified.citations, verified.figures, answer.disagreements,
        coverage_level(cited_coverage(question, verified.citations, passages)))
    return replace(
        answer, text=verified.text, citations=verified.citations, status=verified.status, figures=verified.figures,
        confidence=confidence)


def save_edit(settings: BriefingSettings, question: BriefingQuestion, answer: Answer, journal: Path) -> None:
    """Append an edited answer to the journal, where it replaces the answer in every row with this question.

    Raises:
        JournalInUse, BadJournal: as `open_journal`.
    """
    digest = question_digest(settings, question, answer.language)
    with open_journal(journal) as opened:
        opened.append_line(JournalLine(digest, settings.answer_basis(), answer, edited=True))

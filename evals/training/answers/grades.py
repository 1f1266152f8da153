"""Grades: how far a sentence answers a training question, 0 to 1."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from evals.cases import Case
from evals.metrics.facts import compact_text, states_fact
from evals.metrics.retrieval import matches_gold
from rag.reading.matching import Sentence

Grade = Callable[[Sentence], float]
ANSWER_GRADE = 0.5  # a sentence with half of the required facts answers, as in the evals


def grade_zero(sentence: Sentence) -> float:
    """0: no sentence answers."""
    return 0.0


@dataclass(frozen=True)
class SpanGrade:
    """1 for a sentence of the right source that contains an answer span."""

    source_id: str
    answers: tuple[str, ...]  # compact texts

    def __call__(self, sentence: Sentence) -> float:
        text = compact_text(sentence.text)
        return float(sentence.passage.source_id == self.source_id and any(answer in text for answer in self.answers))


@dataclass(frozen=True)
class EvidenceGrade:
    """1 for a sentence that is a stated sentence of a document, or the part of it that holds the answer.

    Only letters and digits count: the marks of a document's format are not in the text of a passage.
    """

    source_id: str
    sentence: str  # letters and digits
    answer: str  # letters and digits

    def __call__(self, sentence: Sentence) -> float:
        text = letters(sentence.text)
        is_there = sentence.passage.source_id == self.source_id and bool(text) and self.answer in text
        return float(is_there and (text in self.sentence or self.sentence in text))


@dataclass(frozen=True)
class FactGrade:
    """The share of the required facts of a case that a sentence of one of its gold paragraphs states."""

    case: Case

    def __call__(self, sentence: Sentence) -> float:
        addresses = [address for need in self.case.gold for address in need]
        if not any(matches_gold(sentence.passage, address) for address in addresses):
            return 0.0
        return sum(states_fact(fact, sentence.text) for fact in self.case.must) / max(1, len(self.case.must))


def letters(text: str) -> str:
    """The letters and digits of a text, normalised."""
    return _NO_LETTERS.sub("", compact_text(text))


_NO_LETTERS = re.compile(r"[\W_]+")

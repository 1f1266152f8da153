"""Drafting: the input of a draft, the same for the extractive reader and for a model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.disagree import find_disagreements
from rag.questions.analysis import AnalysedQuestion
from rag.schema import Disagreement, DraftEvent, Language, Passage, Turn


@dataclass(frozen=True)
class DraftRequest:
    """A question with everything that its answer is drafted from and judged by; created once for each question."""

    question: str  # as it was asked
    standalone: AnalysedQuestion  # the standalone question, analysed
    passages: tuple[Passage, ...]
    history: Sequence[Turn]
    language: Language  # of the answer

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where the passages disagree about what is asked."""
        return find_disagreements(self.standalone, self.passages)


Drafter = Callable[[DraftRequest], Generator[DraftEvent]]

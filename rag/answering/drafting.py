"""Drafting: the input of a draft, the same for the extractive reader and for a model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.disagree import find_disagreements
from rag.answering.table_answer import TableAnswer
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
    table_answer: TableAnswer | None = None  # what is computed from the tables among the passages

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where the passages disagree about what is asked; another version of a document does not disagree with it."""
        return find_disagreements(self.standalone, self.used_passages)

    @property
    def used_passages(self) -> tuple[Passage, ...]:
        """The passages that an answer may rest on: of several versions of a document, those of one."""
        return tuple(p for p in self.passages if p.version is None or p.version.is_used)

    def other_versions(self) -> list[tuple[Passage, ...]]:
        """The passages of each other version of a document."""
        groups: dict[tuple[str, tuple[str, str]], list[Passage]] = {}
        for passage in self.passages:
            if passage.version and not passage.version.is_used:
                groups.setdefault((passage.version.family, passage.version.names), []).append(passage)
        return [tuple(group) for group in groups.values()]


Drafter = Callable[[DraftRequest], Generator[DraftEvent]]

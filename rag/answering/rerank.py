"""A question and its foremost passages become what each is worth: by rules, or by a model behind an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

from rag.questions.analysis import analyse_question
from rag.reading.matching import TermWeight
from rag.reading.ranking import passage_likelihoods
from rag.schema import Language, Passage

_LIKELIHOOD_WEIGHT = 0.15  # how a likelihood weighs against the fused score; from the evals


@runtime_checkable  # pydantic asks
class Reranker(Protocol):
    """What a retriever has to know of whatever looks at its foremost passages once more."""

    @property
    def depth(self) -> int:
        """How many passages are worth looking at."""

    def score_passages(self, question: str, language: Language, passages: Sequence[Passage]) -> list[float]:
        """One number a passage, in the order given: the higher the better, and comparable within one call only."""


@dataclass(frozen=True)
class LexicalReranker:
    """The fused score, and how likely its best sentences make it that a passage answers."""

    term_weight: TermWeight
    depth: int = 12  # from the evals: up to 30 nothing changes any more

    def score_passages(self, question: str, language: Language, passages: Sequence[Passage]) -> list[float]:
        """Fused scores plus a share of the logarithm of that chance, so mostly below 0."""
        likely = passage_likelihoods(analyse_question(question, language), passages, cache(self.term_weight))
        return [passage.score + _LIKELIHOOD_WEIGHT * logarithm for passage, logarithm in zip(passages, likely, strict=True)]



"""Reranking: scores the first passages with a linear model; `rag/endpoints/rerank.py` asks a reranking model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

from rag.questions.analysis import AnalysedQuestion
from rag.reading.matching import TermWeight
from rag.reading.ranking import passage_likelihoods
from rag.schema import Passage

# of the log-likelihood relative to the fused score, and how far below the best one it counts at most: a passage that is
# found by its meaning shares few words with the question, and is not to fall behind all others for that; from the evals
_LIKELIHOOD_WEIGHT, _LARGEST_DISTANCE = 0.25, 4.0


@runtime_checkable  # pydantic checks it if LangChain wraps the retriever
class Reranker(Protocol):
    """The interface of a reranker that a retriever needs."""

    @property
    def depth(self) -> int:
        """How many passages are reranked."""

    def score_passages(self, question: AnalysedQuestion, passages: Sequence[Passage]) -> list[float]:
        """One score for each passage, in order; higher is better. Only scores of one call can be compared."""


@dataclass(frozen=True)
class LexicalReranker:
    """The fused score plus the likelihood that a passage answers, by its best sentences."""

    term_weight: TermWeight
    depth: int = 16  # from the evals; up to 30 make no difference

    def score_passages(self, question: AnalysedQuestion, passages: Sequence[Passage]) -> list[float]:
        """Fused scores (0 to 1) plus a share of the log-likelihood relative to the best one, so between -1 and 1."""
        likelihoods = passage_likelihoods(question, passages, cache(self.term_weight))
        best = max(likelihoods, default=0.0)
        return [
            passage.score - _LIKELIHOOD_WEIGHT * min(_LARGEST_DISTANCE, best - likelihood)
            for passage, likelihood in zip(passages, likelihoods, strict=True)]



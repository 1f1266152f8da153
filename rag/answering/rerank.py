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

_LIKELIHOOD_WEIGHT = 0.15  # of the log-likelihood relative to the fused score; from the evals


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
    depth: int = 12  # from the evals; up to 30 make no difference

    def score_passages(self, question: AnalysedQuestion, passages: Sequence[Passage]) -> list[float]:
        """Fused scores (0 to 1) plus a share of the log-likelihood, so mostly below 0."""
        likelihoods = passage_likelihoods(question, passages, cache(self.term_weight))
        return [
            passage.score + _LIKELIHOOD_WEIGHT * likelihood
            for passage, likelihood in zip(passages, likelihoods, strict=True)]



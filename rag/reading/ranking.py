"""Ranking: the sentences of passages in the order in which they are likely to answer a question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.analysis import AnalysedQuestion
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, TermWeight, passage_sentences
from rag.reading.readings import NO_READINGS, Readings
from rag.reading.sentence_features import base_table, feature_table
from rag.schema import Passage


@dataclass(frozen=True)
class ScoredSentence:
    """A candidate with its score by the model `sentence`, or `read sentence`, and the values of SENTENCE_FEATURES.

    exp(score difference) is how many times likelier one candidate is to answer than another.
    """

    score: float
    sentence: Sentence
    values: Sequence[float]


@dataclass(frozen=True)
class Ranking:
    """The sentences that were retrieved for a question, the likeliest answer first."""

    question: AnalysedQuestion
    candidates: tuple[ScoredSentence, ...]
    term_weight: TermWeight
    readings: Readings = NO_READINGS  # of the passages that were read; none: the linear model ranked
    is_structured: bool = False  # the first candidates are what the structure of a document gives

    @property
    def best(self) -> ScoredSentence:
        """The first candidate.

        Raises:
            IndexError: the ranking is empty.
        """
        return self.candidates[0]

    def top_sentences(self, count: int) -> list[Sentence]:
        """The first `count` sentences."""
        return [candidate.sentence for candidate in self.candidates[:count]]


def rank_sentences(question: AnalysedQuestion, passages: Sequence[Passage], term_weight: TermWeight) -> Ranking:
    """Rank the sentences of some passages; ties stay in the order of reading."""
    sentences = passage_sentences(passages)
    table = feature_table(question, sentences, term_weight)
    scored = map(ScoredSentence, sentence_scores(table), sentences, table)
    return Ranking(question, tuple(sorted(scored, key=rank_key)), term_weight)


def rank_key(candidate: ScoredSentence) -> tuple[float, int, int]:
    """The highest score first; ties in the order of reading."""
    return -candidate.score, candidate.sentence.passage.number, candidate.sentence.start


def sentence_scores(table: Sequence[Sequence[float]]) -> list[float]:
    """The score of each row of SENTENCE_FEATURES by the model `sentence`."""
    model = load_model("sentence")
    return [model.score(values) for values in table]


# the probability for a passage that lacks a first or second sentence; the weight of its second best sentence
_NO_CHANCE, _SECOND_BEST_FACTOR = 1e-5, 0.3


def passage_likelihoods(
    question: AnalysedQuestion, passages: Sequence[Passage], term_weight: TermWeight,
) -> list[float]:
    """For each passage, the log-likelihood that it answers: of its best sentence, and less of its second best."""
    model, sentences = load_model("passage"), passage_sentences(passages)
    probabilities: dict[str, list[float]] = {passage.id: [_NO_CHANCE, _NO_CHANCE] for passage in passages}
    for sentence, values in zip(sentences, base_table(question, sentences, term_weight), strict=True):
        probabilities[sentence.passage.id].append(model.probability(values))
    best_two = (sorted(probabilities[passage.id], reverse=True)[:2] for passage in passages)
    return [math.log(first) + _SECOND_BEST_FACTOR * math.log(second) for first, second in best_two]

"""Judge: ranks the sentences that may answer a question, by linear models, and by the reader where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.questions.analysis import AnalysedQuestion
from rag.reading.features import READ_SENTENCE_FEATURES
from rag.reading.linear_model import load_model
from rag.reading.matching import Sentence, TermWeight
from rag.reading.ranking import Ranking, ScoredSentence, rank_key, rank_sentences
from rag.reading.readings import NO_READINGS, Reader, Readings, SentenceReading, clip_reading, read_sentences
from rag.schema import Passage


@dataclass(frozen=True)
class Judge:
    """What ranks sentences: the term weights of a library, and the reader; without one the linear models decide.

    The reader is loaded when it is first needed: that takes half a second.
    """

    term_weight: TermWeight
    load_reader: Callable[[], Reader] | None = None

    def rank(self, question: AnalysedQuestion, passages: Sequence[Passage]) -> Ranking:
        """The sentences and cells of some passages, ranked by the linear model; nothing is read."""
        return rank_sentences(question, passages, cache(self.term_weight))

    def read(self, ranking: Ranking, given: Sequence[Sentence] = ()) -> Ranking:
        """The sentences, ranked also by what the reader says of their passages; by the linear model without one.

        Cells are left out. `given`: the sentences and cells that the structure of a document gives; they come first.
        """
        if self.load_reader is None:
            return apply_readings(ranking, NO_READINGS, given)
        sentences = [candidate.sentence for candidate in ranking.candidates]
        return apply_readings(
            ranking, read_sentences(self.load_reader(), ranking.question.text, sentences, given), given)


def apply_readings(ranking: Ranking, readings: Readings, given: Sequence[Sentence] = ()) -> Ranking:
    """The ranking by the model `read sentence` if there are readings, with what is given first and no other cell."""
    places = {(sentence.passage.id, sentence.start) for sentence in given}

    def is_given(candidate: ScoredSentence) -> bool:
        return (candidate.sentence.passage.id, candidate.sentence.start) in places

    candidates = [c for c in ranking.candidates if is_given(c) or not c.sentence.is_cell]
    if readings:
        model = load_model("read sentence")
        rows = read_sentence_table(candidates, readings)
        candidates = [replace(candidate, score=model.score(row))
                      for candidate, row in zip(candidates, rows, strict=True)]
    candidates.sort(key=lambda candidate: (not is_given(candidate), *rank_key(candidate)))
    is_structured = bool(candidates) and is_given(candidates[0])
    return replace(ranking, candidates=tuple(candidates), readings=readings, is_structured=is_structured)


def read_sentence_table(candidates: Sequence[ScoredSentence], readings: Readings) -> list[list[float]]:
    """For each candidate of a ranking by the linear model the values of READ_SENTENCE_FEATURES, in their order."""
    spans = [reading.span for c in candidates if (reading := readings.of_sentence(c.sentence))]
    best = max(spans, default=0.0)
    return [_read_sentence_values(candidate, readings.of_sentence(candidate.sentence), best)
            for candidate in candidates]


def _read_sentence_values(candidate: ScoredSentence, reading: SentenceReading | None, best: float) -> list[float]:
    if reading is None:
        row = {"linear": candidate.score / 10, "span": 0.0, "span_lead": 0.0, "passage": 0.0, "unread": 1.0}
    else:
        row = {
            "linear": candidate.score / 10, "span": clip_reading(reading.span) / 10,
            "span_lead": clip_reading(reading.span - best) / 10, "passage": clip_reading(reading.answers) / 10,
            "unread": 0.0}
    return [row[name] for name in READ_SENTENCE_FEATURES]

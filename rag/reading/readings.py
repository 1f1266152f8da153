"""Readings: what the reader says of the first passages that were retrieved for a question."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from rag.encoder.reader import PassageReading, ReadPassage
from rag.reading.matching import Sentence
from rag.schema import Passage

READ_PASSAGES = 4  # of a question; with eight the right sentence is chosen no more often
_KEPT = 64  # passages that are not read a second time: those of an answer are rated once more by what it cites


class Reader(Hashable, Protocol):
    """The interface of a reader; `rag/encoder/reader.py` has the one inside Huwen. Its readings are kept for it."""

    def read(self, question: str, passages: Sequence[ReadPassage]) -> Iterator[PassageReading]:
        """The reading of each passage, in order."""


class SentenceReading(NamedTuple):
    """What the reader says of one sentence: how its best span fares against no answer, and how its passage does."""

    span: float  # score of its best span, less that of no answer
    answers: float  # log-odds that its passage answers


class Readings:
    """The readings of sentences; none of a sentence whose passage was not read."""

    def __init__(self, by_passage: Mapping[str, Mapping[int, SentenceReading]]) -> None:
        self._by_passage = by_passage

    def __bool__(self) -> bool:
        return bool(self._by_passage)

    def of_sentence(self, sentence: Sentence) -> SentenceReading | None:
        """The reading of a sentence; None if its passage was not read."""
        return self._by_passage.get(sentence.passage.id, {}).get(sentence.start)

    def of_passages(self) -> list[float]:
        """The log-odds of each passage that was read."""
        return [next(iter(sentences.values())).answers for sentences in self._by_passage.values() if sentences]


NO_READINGS = Readings({})


def read_sentences(
    reader: Reader, question: str, sentences: Iterable[Sentence], given: Collection[Sentence] = (),
) -> Readings:
    """The readings of the sentences of the first passages, by the numbers of these; first those of what is given."""
    by_passage: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_passage.setdefault(sentence.passage.id, []).append(sentence)
    wanted = {sentence.passage.id for sentence in given}
    order = sorted(by_passage.values(), key=lambda members: (
        members[0].passage.id not in wanted, members[0].passage.number))
    first = order[: max(READ_PASSAGES, len(wanted))]
    return Readings({
        members[0].passage.id: _read_passage(reader, question, sorted(members, key=lambda one: one.start))
        for members in first})


def _read_passage(reader: Reader, question: str, sentences: Sequence[Sentence]) -> dict[int, SentenceReading]:
    """The readings of the sentences of one passage, by where they start in it."""
    passage = sentences[0].passage
    reading = _cached_reading(
        reader, question, _heading(passage), passage.text, tuple((one.start, one.end) for one in sentences))
    return {
        sentence.start: SentenceReading(span, reading.answers)
        for sentence, span in zip(sentences, reading.sentences, strict=True)}


def _heading(passage: Passage) -> str:
    return f"{passage.title} › {passage.section}" if passage.section else passage.title


@lru_cache(maxsize=_KEPT)
def _cached_reading(
    reader: Reader, question: str, heading: str, text: str, sentences: tuple[tuple[int, int], ...],
) -> PassageReading:
    (reading,) = reader.read(question, [ReadPassage(heading, text, sentences)])
    return reading


_LARGEST = 20.0  # a larger difference of scores says no more


def clip_reading(score: float) -> float:
    """A score of the reader within −20 and 20."""
    return max(-_LARGEST, min(_LARGEST, score))

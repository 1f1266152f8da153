"""The words of a question become how far each is said: in the likeliest sentence, in those quoted, in its passage, anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.analysis import Question
from rag.reading.matching import Rarity, kin, told
from rag.reading.ranking import Ranked, weighed_by

QUOTED = 4  # sentences that an answer may quote
NAMED, _UNKNOWN = 0.5, 0.15  # said so far, a word counts as said; below this, as unknown
_HEADING = 0.7  # what only the title says counts less


@dataclass(frozen=True)
class _Said:
    """For each word of the question how far it is said in the likeliest sentence, in those quoted, in its passage, anywhere."""

    here: list[float]
    top: list[float]
    pool: list[float]
    anywhere: list[float]


class Reach:
    """The words of a question with their weights and how far they are said."""

    def __init__(self, question: Question, ranked: Ranked, rarity: Rarity) -> None:
        sentence = ranked[0][1]
        across = sentence.passage.language != question.language
        self.asked = question.words
        self.weights = [a.share * rarity(*weighed_by(a, across=across)) for a in self.asked]
        self.total = sum(self.weights) or 1.0
        self.named = [i for i, a in enumerate(self.asked) if a.word in question.names]
        self.focus = [i for i, a in enumerate(self.asked) if a.word in question.focus]
        self.other = [i for i, a in enumerate(self.asked) if i not in self.named and not a.word[:1].isdigit()]
        self.said = _said_of(question, ranked)
        self._placed = bool(told(sentence.text).names & {"ns", "nt"})

    def words(self) -> dict[str, float]:
        """What the question's words say: how much of it is said, and what is lost."""
        said = self.said
        unknown = [i for i in self.other if said.anywhere[i] < _UNKNOWN]
        return {
            "union": self._share(said.top), "pooled": self._share(said.pool), "anywhere": self._share(said.anywhere),
            "lost": self._lost(said.top), "lost_pool": self._lost(said.pool), "lost_anywhere": self._lost(said.anywhere),
            "heaviest_lost": self.heaviest(said.top, 2.5), "heaviest_lost_pool": self.heaviest(said.pool, 2.5),
            "heaviest_lost_anywhere": self.heaviest(said.anywhere, 2.5),
            "unknown": min(3, len(unknown)) / 3, "unknown_mass": sum(self.weights[i] for i in unknown) / self.total,
            "focus_least": min((said.top[i] for i in self.focus), default=0.5),
            "focus_pool": min((said.pool[i] for i in self.focus), default=0.5),
            "focus_absent": max((1 - said.anywhere[i] for i in self.focus), default=0.0),
            "few_words": float(len(self.other) < 2),
            "words_hit": sum(said.here[i] >= NAMED for i in self.other) / max(1, len(self.other)),
        }

    def names(self) -> dict[str, float]:
        """What its proper names say."""
        least = min((self.said.here[i] for i in self.named), default=1.0)
        return {
            "names_least": least, "names_least_pool": min((self.said.pool[i] for i in self.named), default=1.0),
            "names_absent": max((1 - self.said.anywhere[i] for i in self.named), default=0.0),
            "no_names": float(not self.named), "stranger": float(least < NAMED and self._placed),
        }

    def heaviest(self, said: Sequence[float], steepness: float) -> float:
        """The weight of the weightiest word, no name or number, that is not said."""
        return max((self.weights[i] * max(0.0, 1 - steepness * said[i]) for i in self.other), default=0.0) / 10

    def _share(self, said: Sequence[float]) -> float:
        return sum(w * s for w, s in zip(self.weights, said, strict=True)) / self.total

    def _lost(self, said: Sequence[float]) -> float:
        return sum(self.weights[i] * (1 - min(1.0, said[i])) for i in self.other) / self.total


def _said_of(question: Question, ranked: Ranked) -> _Said:
    sentence = ranked[0][1]
    headings = {s.passage.id: f"{s.passage.title}\n{s.passage.section}" for _, s, _ in ranked}
    own = headings[sentence.passage.id]
    table = [(s.passage.id, [kin(a, told(s.text)) for a in question.words]) for _, s, _ in ranked]
    over = {heading: [kin(a, told(heading)) for a in question.words] for heading in headings.values()}

    def most(rows: Sequence[Sequence[float]], titled: float) -> list[float]:
        return [max(column) for column in zip(*rows, [titled * value for value in over[own]], strict=True)]

    everything = [row for _, row in table]
    return _Said(
        most(everything[:1], _HEADING), most(everything[:QUOTED], _HEADING),
        most([row for passage, row in table if passage == sentence.passage.id], 1.0), most([*everything, *over.values()], 1.0))

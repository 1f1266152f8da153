"""The words of a question become how far each is said: in the likeliest sentence, in those quoted, in its passage, anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.analysis import AnalysedQuestion
from rag.reading.matching import TermWeight, soft_term_match, text_view
from rag.reading.ranking import RankedSentences, weight_key

MAX_QUOTES = 4  # sentences that an answer may quote
MENTION_THRESHOLD, _UNKNOWN = 0.5, 0.15  # said so far, a word counts as said; below this, as unknown
_HEADING = 0.7  # what only the title says counts less


@dataclass(frozen=True)
class _Said:
    """For each word of the question how far it is said in the likeliest sentence, in those quoted, in its passage, anywhere."""

    best_sentence: list[float]
    quoted: list[float]
    passage: list[float]
    retrieved: list[float]


class QueryCoverage:
    """The words of a question with their weights and how far they are said."""

    def __init__(self, question: AnalysedQuestion, ranked: RankedSentences, term_weight: TermWeight) -> None:
        sentence = ranked[0][1]
        across = sentence.passage.language != question.language
        self.terms = question.terms
        self.weights = [a.weight_factor * term_weight(*weight_key(a, cross_lingual=across)) for a in self.terms]
        self.total_weight = sum(self.weights) or 1.0
        self.name_indices = [i for i, a in enumerate(self.terms) if a.word in question.name_terms]
        self.focus_indices = [i for i, a in enumerate(self.terms) if a.word in question.focus_terms]
        self.other_indices = [i for i, a in enumerate(self.terms) if i not in self.name_indices and not a.word[:1].isdigit()]
        self.term_coverage = _said_of(question, ranked)
        self._placed = bool(text_view(sentence.text).name_tags & {"ns", "nt"})

    def word_features(self) -> dict[str, float]:
        """What the question's words say: how much of it is said, and what is lost."""
        said = self.term_coverage
        unknown = [i for i in self.other_indices if said.retrieved[i] < _UNKNOWN]
        return {
            "union": self._share(said.quoted), "pooled": self._share(said.passage), "anywhere": self._share(said.retrieved),
            "lost": self._lost(said.quoted), "lost_pool": self._lost(said.passage), "lost_anywhere": self._lost(said.retrieved),
            "heaviest_lost": self.heaviest_missing(said.quoted, 2.5), "heaviest_lost_pool": self.heaviest_missing(said.passage, 2.5),
            "heaviest_lost_anywhere": self.heaviest_missing(said.retrieved, 2.5),
            "unknown": min(3, len(unknown)) / 3, "unknown_mass": sum(self.weights[i] for i in unknown) / self.total_weight,
            "focus_least": min((said.quoted[i] for i in self.focus_indices), default=0.5),
            "focus_pool": min((said.passage[i] for i in self.focus_indices), default=0.5),
            "focus_absent": max((1 - said.retrieved[i] for i in self.focus_indices), default=0.0),
            "few_words": float(len(self.other_indices) < 2),
            "words_hit": sum(said.best_sentence[i] >= MENTION_THRESHOLD for i in self.other_indices) / max(1, len(self.other_indices)),
        }

    def name_features(self) -> dict[str, float]:
        """What its proper names say."""
        least = min((self.term_coverage.best_sentence[i] for i in self.name_indices), default=1.0)
        return {
            "names_least": least, "names_least_pool": min((self.term_coverage.passage[i] for i in self.name_indices), default=1.0),
            "names_absent": max((1 - self.term_coverage.retrieved[i] for i in self.name_indices), default=0.0),
            "no_names": float(not self.name_indices), "stranger": float(least < MENTION_THRESHOLD and self._placed),
        }

    def heaviest_missing(self, coverage: Sequence[float], steepness: float) -> float:
        """The weight of the weightiest word, no name or number, that is not said."""
        return max((self.weights[i] * max(0.0, 1 - steepness * coverage[i]) for i in self.other_indices), default=0.0) / 10

    def _share(self, said: Sequence[float]) -> float:
        return sum(w * s for w, s in zip(self.weights, said, strict=True)) / self.total_weight

    def _lost(self, said: Sequence[float]) -> float:
        return sum(self.weights[i] * (1 - min(1.0, said[i])) for i in self.other_indices) / self.total_weight


def _said_of(question: AnalysedQuestion, ranked: RankedSentences) -> _Said:
    sentence = ranked[0][1]
    headings = {s.passage.id: f"{s.passage.title}\n{s.passage.section}" for _, s, _ in ranked}
    own = headings[sentence.passage.id]
    table = [(s.passage.id, [soft_term_match(a, text_view(s.text)) for a in question.terms]) for _, s, _ in ranked]
    over = {heading: [soft_term_match(a, text_view(heading)) for a in question.terms] for heading in headings.values()}

    def most(rows: Sequence[Sequence[float]], titled: float) -> list[float]:
        return [max(column) for column in zip(*rows, [titled * value for value in over[own]], strict=True)]

    everything = [row for _, row in table]
    return _Said(
        most(everything[:1], _HEADING), most(everything[:MAX_QUOTES], _HEADING),
        most([row for passage, row in table if passage == sentence.passage.id], 1.0), most([*everything, *over.values()], 1.0))

"""Query coverage: how far the terms of a question occur in the best sentence, the quotes, its passage, or anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.reading.matching import soft_term_match, text_view, weight_key
from rag.reading.ranking import Ranking

MAX_QUOTES = 4  # sentences that an answer may quote
MENTION_THRESHOLD = 0.5  # a term with this soft match or more counts as mentioned
_UNKNOWN_BELOW = 0.15  # a term with less in everything retrieved counts as unknown
_HEADING_FACTOR = 0.7  # a term that only the title has counts less
_STEEPNESS = 2.5  # how fast a partial match reduces a missing term's weight


@dataclass(frozen=True)
class TermCoverage:
    """For each query term, in order, how far it occurs (0 to 1) in each of these texts."""

    best_sentence: list[float]
    quoted: list[float]
    passage: list[float]  # of the best sentence
    retrieved: list[float]  # everything that was retrieved


class QueryCoverage:
    """The query terms with their weights and their coverage; indices point into `terms`."""

    def __init__(self, ranking: Ranking) -> None:
        question, sentence = ranking.question, ranking.best.sentence
        cross_lingual = sentence.passage.language != question.language
        self.terms = question.terms
        self.weights = [
            term.weight_factor * ranking.term_weight(*weight_key(term, cross_lingual=cross_lingual))
            for term in self.terms]
        self.total_weight = sum(self.weights) or 1.0
        self.name_indices = [i for i, term in enumerate(self.terms) if term.word in question.name_terms]
        self.focus_indices = [i for i, term in enumerate(self.terms) if term.word in question.focus_terms]
        # ordinary terms: neither a name nor a number
        self.other_indices = [
            i for i, term in enumerate(self.terms) if i not in self.name_indices and not term.word[:1].isdigit()]
        self.term_coverage = _term_coverage(ranking)
        self._names_place_or_organisation = bool(text_view(sentence.statement).name_tags & {"ns", "nt"})

    def word_features(self) -> dict[str, float]:
        """Features of all terms: how much of the question occurs, and what is missing."""
        coverage, others, focus = self.term_coverage, self.other_indices, self.focus_indices
        unknown = [i for i in others if coverage.retrieved[i] < _UNKNOWN_BELOW]
        mentioned = sum(coverage.best_sentence[i] >= MENTION_THRESHOLD for i in others)
        return {
            "union": self._covered_share(coverage.quoted),
            "pooled": self._covered_share(coverage.passage),
            "anywhere": self._covered_share(coverage.retrieved),
            "lost": self._missing_share(coverage.quoted),
            "lost_pool": self._missing_share(coverage.passage),
            "lost_anywhere": self._missing_share(coverage.retrieved),
            "heaviest_lost": self.heaviest_missing(coverage.quoted),
            "heaviest_lost_pool": self.heaviest_missing(coverage.passage),
            "heaviest_lost_anywhere": self.heaviest_missing(coverage.retrieved),
            "unknown": min(3, len(unknown)) / 3,
            "unknown_mass": sum(self.weights[i] for i in unknown) / self.total_weight,
            "focus_least": min((coverage.quoted[i] for i in focus), default=0.5),
            "focus_pool": min((coverage.passage[i] for i in focus), default=0.5),
            "focus_absent": max((1 - coverage.retrieved[i] for i in focus), default=0.0),
            "few_words": float(len(others) < 2),
            "words_hit": mentioned / max(1, len(others)),
        }

    def name_features(self) -> dict[str, float]:
        """Features of the proper names."""
        coverage, names = self.term_coverage, self.name_indices
        least = min((coverage.best_sentence[i] for i in names), default=1.0)
        return {
            "names_least": least,
            "names_least_pool": min((coverage.passage[i] for i in names), default=1.0),
            "names_absent": max((1 - coverage.retrieved[i] for i in names), default=0.0),
            "no_names": float(not names),
            "stranger": float(least < MENTION_THRESHOLD and self._names_place_or_organisation),
        }

    def heaviest_missing(self, coverage: Sequence[float]) -> float:
        """The weight of the heaviest missing ordinary term, reduced if it partly occurs; divided by 10."""
        missing = (self.weights[i] * max(0.0, 1 - _STEEPNESS * coverage[i]) for i in self.other_indices)
        return max(missing, default=0.0) / 10

    def _covered_share(self, coverage: Sequence[float]) -> float:
        return sum(weight * cover for weight, cover in zip(self.weights, coverage, strict=True)) / self.total_weight

    def _missing_share(self, coverage: Sequence[float]) -> float:
        return sum(self.weights[i] * (1 - min(1.0, coverage[i])) for i in self.other_indices) / self.total_weight


def _term_coverage(ranking: Ranking) -> TermCoverage:
    terms = ranking.question.terms
    best_passage = ranking.best.sentence.passage

    def term_row(text: str) -> list[float]:
        return [soft_term_match(term, text_view(text)) for term in terms]

    rows = [(c.sentence.passage.id, term_row(c.sentence.statement)) for c in ranking.candidates]
    headings = {f"{c.sentence.passage.title}\n{c.sentence.passage.section}" for c in ranking.candidates}
    heading_rows = {heading: term_row(heading) for heading in headings}
    own_heading = heading_rows[f"{best_passage.title}\n{best_passage.section}"]

    def highest(text_rows: Sequence[Sequence[float]], heading_factor: float) -> list[float]:
        from_heading = [heading_factor * value for value in own_heading]
        return [max(column) for column in zip(*text_rows, from_heading, strict=True)]

    sentence_rows = [row for _, row in rows]
    return TermCoverage(
        best_sentence=highest(sentence_rows[:1], _HEADING_FACTOR),
        quoted=highest(sentence_rows[:MAX_QUOTES], _HEADING_FACTOR),
        passage=highest([row for passage_id, row in rows if passage_id == best_passage.id], 1.0),
        retrieved=highest([*sentence_rows, *heading_rows.values()], 1.0),
    )

"""Matching of a table's texts: which parts of a question each text has, and how much of each text the question has.

The parts of a question are its words (`term_match`), its single Han characters and English stems, and its bigrams. A
table repeats its heads, so each text is compared once. Of a very long list only the texts that are most similar at a
glance are compared in full.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.questions.analysis import AnalysedQuestion
from rag.reading.cell_candidate import CellCandidate
from rag.reading.matching import TermWeight, term_match, text_view
from rag.text.language import normalise

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class PartMatches:
    """For each text of `index` a row of `values` with how far it has each part of the question, 0 to 1.

    `parts` gives for `words`, `signs` and `grams` their columns of `values` and their weights.
    """

    question: str  # normalised, without white space
    units: frozenset[str]  # the characters, stems and bigrams of the question
    index: Mapping[str, int]
    values: Matrix
    parts: Mapping[str, tuple[slice, NDArray[np.float64]]]
    shares: dict[str, float]  # the named share of each text that was asked for

    def named_share(self, text: str) -> float:
        """The share of a text's characters, stems and bigrams that the question has; 0 for one with no similarity."""
        if text not in self.index:
            return 0.0
        if text not in self.shares:
            units = _units(text)
            self.shares[text] = len(units & self.units) / len(units) if units else 0.0
        return self.shares[text]

    def rare_shares(self, texts: Collection[str]) -> dict[str, float]:
        """The share of each text that the question has, its parts weighted by their rarity among the texts."""
        units = {text: _units(text) if text in self.index else frozenset[str]() for text in texts}
        frequency = Counter(unit for text in units.values() for unit in text)
        weights = {unit: math.log((len(units) + 1) / (number + 0.5)) for unit, number in frequency.items()}
        return {
            text: sum(weights[unit] for unit in own & self.units) / (sum(weights[unit] for unit in own) or 1.0)
            for text, own in units.items()}

    def is_contained(self, text: str) -> bool:
        """Whether the question contains a text of two characters or more, without regard to white space."""
        if text not in self.index:
            return False
        compact = _compact(text)
        return len(compact) > 1 and compact in self.question


def _units(text: str) -> frozenset[str]:
    view = text_view(text)
    return view.characters | view.bigrams


def _compact(text: str) -> str:
    return "".join(normalise(text).split())


def match_texts(question: AnalysedQuestion, texts: Sequence[str], term_weight: TermWeight) -> PartMatches:
    """Compare a question with different texts."""
    compared = _most_similar(question, texts)
    words, signs, grams = question.terms, question.characters, question.ordered_bigrams
    values = np.zeros((len(compared), len(words) + len(signs) + len(grams)))
    for row, text in zip(values, compared, strict=True):
        view = text_view(text)
        row[: len(words)] = [term_match(term, view).soft for term in words]
        row[len(words) : len(words) + len(signs)] = [sign in view.characters for sign in signs]
        row[len(words) + len(signs) :] = [gram in view.bigrams for gram in grams]
    weights = np.array([term.weight_factor * term_weight(term.word, False) for term in words])
    parts = {
        "words": (slice(0, len(words)), weights),
        "signs": (slice(len(words), len(words) + len(signs)), np.ones(len(signs))),
        "grams": (slice(len(words) + len(signs), values.shape[1]), np.ones(len(grams)))}
    return PartMatches(
        _compact(question.text), frozenset(signs) | question.bigrams, {text: i for i, text in enumerate(compared)},
        values, parts, {})


# To compare a text in full takes about 50 µs; this keeps a question about a table of any size below a fifth of a second
_COMPARED_TEXTS = 2_000
_LATIN_START = 4  # letters by which words are compared at a glance


def _most_similar(question: AnalysedQuestion, texts: Sequence[str]) -> list[str]:
    """The texts that share most characters and beginnings of words with the question, if there are very many."""
    if len(texts) <= _COMPARED_TEXTS:
        return list(texts)
    similarity = _Similarity(question)
    scores = {text: score for text in texts if (score := similarity.score(text))}
    return sorted(scores, key=scores.__getitem__, reverse=True)[:_COMPARED_TEXTS]


class _Similarity:
    """A similarity at a glance: the number of characters and beginnings of words that a text shares with a question."""

    def __init__(self, question: AnalysedQuestion) -> None:
        signs = question.characters
        figures = [figure.text for figure in question.figures]
        self._starts = [*(sign[:_LATIN_START] for sign in signs if sign.isascii()), *figures]
        self._characters = frozenset(sign for sign in signs if not sign.isascii())
        self._known: dict[str, int] = {}

    def score(self, text: str) -> int:
        """The number of shared characters and beginnings."""
        if text not in self._known:
            lower = text.lower()
            self._known[text] = len(self._characters.intersection(lower)) + sum(
                start in lower for start in self._starts)
        return self._known[text]

    def best(self, texts: Iterable[str]) -> int:
        """The highest score of some texts, 0 without any."""
        return max(map(self.score, texts), default=0)


def likely_cells(question: AnalysedQuestion, cells: Sequence[CellCandidate], most: int) -> list[int]:
    """The indices of the cells whose heads and rows are most similar to the question at a glance, in order."""
    if len(cells) <= most:
        return list(range(len(cells)))
    similarity = _Similarity(question)
    scores = [
        2 * similarity.best(cell.row_heads) + 2 * similarity.best(cell.column_heads) + similarity.best(cell.row_texts)
        for cell in cells]
    return sorted(sorted(range(len(cells)), key=scores.__getitem__, reverse=True)[:most])

"""A stretch of text becomes what it says: words, meanings, figures, names and places, to be held against a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import rjieba

from rag.numbers.figures import Figure, find_figures
from rag.questions.analysis import Asked, grams, signs, term
from rag.schema import Passage
from rag.text.gazetteer import find_places
from rag.text.glossary import translated_words
from rag.text.language import has_han, normalise, segment_words, sentence_spans

Rarity = Callable[[str, bool], float]  # how telling a term is in this library; True: a gloss, not a word


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage: `passage.text[start:end] == text`."""

    passage: Passage
    text: str
    start: int
    end: int
    before: str  # the sentence before it in the passage
    after: str  # the sentence behind it
    position: int


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of the passages, in order."""
    out = []
    for passage in passages:
        spans = _spans(passage.text)
        texts = ["", *(passage.text[start:end] for start, end in spans), ""]
        out += [Sentence(passage, texts[i + 1], start, end, texts[i], texts[i + 2], i) for i, (start, end) in enumerate(spans)]
    return out


@lru_cache(maxsize=4_000)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(sentence_spans(text))


class Told:
    """What a stretch of text says, prepared for comparison as far as somebody compares."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def squeezed(self) -> str:
        return normalise(self._text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(term(word) for word in segment_words(self._text))

    @cached_property
    def glosses(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for _, meaning in translated_words(self._text):
            for gloss, weight in meaning.glosses.items():
                found[gloss] = max(found.get(gloss, 0.0), weight)
        return found

    @cached_property
    def grams(self) -> frozenset[str]:
        return grams(self._text)

    @cached_property
    def places(self) -> frozenset[str]:
        return find_places(self._text)

    @cached_property
    def signs(self) -> frozenset[str]:
        return signs(self._text)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(find_figures(self._text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Of nr (persons), ns (places) and nt (bodies) those that the text names."""
        return _names(self._text)


told = lru_cache(maxsize=20_000)(Told)


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


def _names(text: str) -> frozenset[str]:
    """The kinds of name in a text; of English only that a capital within a sentence may be any of them."""
    if not has_han(text):
        return frozenset(("nr", "ns", "nt")) if _CAPITALISED.search(text) else frozenset()
    return frozenset(tag[:2] for _, tag in rjieba.tag(text) if tag[:2] in ("nr", "ns", "nt"))


def credit(asked: Asked, told: Told) -> tuple[float, float]:
    """How far a text says a word: in so many letters (0 or 1), and at least by a shared gloss (0 to 1)."""
    if asked.word in told.terms or (not asked.word.isascii() and asked.word in told.squeezed):
        return 1.0, 1.0
    best = 0.0
    for gloss, weight in asked.glosses.items():
        if weight >= _FAINT and gloss in told.glosses:
            best = max(best, min(1.0, weight * told.glosses[gloss]) ** 0.5)
    return 0.0, best


_FAINT = 0.25


def kin(asked: Asked, told: Told) -> float:
    """As `credit`, and a little where a text has most characters of a Chinese word: 总产出 beside 总产值."""
    soft = credit(asked, told)[1]
    if soft >= _SURE or not has_han(asked.word) or len(asked.word) < 2:
        return soft
    shared = sum(character in told.signs for character in asked.word) / len(asked.word)
    return max(soft, 0.0 if shared < _MOST else _KIN * shared)


_SURE, _MOST, _KIN = 0.5, 0.5, 0.3

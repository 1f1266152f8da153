"""A stretch of text becomes what it says: words, meanings, figures, names and places, to be held against a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import rjieba

from rag.numbers.figures import Figure, find_figures
from rag.questions.analysis import QueryTerm, bigrams, characters, search_term
from rag.schema import Passage
from rag.text.gazetteer import find_places
from rag.text.glossary import translated_words
from rag.text.language import has_han, normalise, segment_words, sentence_spans

TermWeight = Callable[[str, bool], float]  # how telling a term is in this library; True: a gloss, not a word


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


def passage_sentences(passages: Sequence[Passage]) -> list[Sentence]:
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


class TextView:
    """What a stretch of text says, prepared for comparison as far as somebody compares."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def normal_form(self) -> str:
        return normalise(self._text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(search_term(word) for word in segment_words(self._text))

    @cached_property
    def glosses(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for _, meaning in translated_words(self._text):
            for gloss, weight in meaning.glosses.items():
                found[gloss] = max(found.get(gloss, 0.0), weight)
        return found

    @cached_property
    def bigrams(self) -> frozenset[str]:
        return bigrams(self._text)

    @cached_property
    def places(self) -> frozenset[str]:
        return find_places(self._text)

    @cached_property
    def characters(self) -> frozenset[str]:
        return characters(self._text)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(find_figures(self._text))

    @cached_property
    def name_tags(self) -> frozenset[str]:
        """Of nr (persons), ns (places) and nt (bodies) those that the text names."""
        return _names(self._text)


text_view = lru_cache(maxsize=20_000)(TextView)


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


def _names(text: str) -> frozenset[str]:
    """The kinds of name in a text; of English only that a capital within a sentence may be any of them."""
    if not has_han(text):
        return frozenset(("nr", "ns", "nt")) if _CAPITALISED.search(text) else frozenset()
    return frozenset(tag[:2] for _, tag in rjieba.tag(text) if tag[:2] in ("nr", "ns", "nt"))


def term_match(query_term: QueryTerm, text: TextView) -> tuple[float, float]:
    """How far a text says a word: in so many letters (0 or 1), and at least by a shared gloss (0 to 1)."""
    if query_term.word in text.terms or (not query_term.word.isascii() and query_term.word in text.normal_form):
        return 1.0, 1.0
    best = 0.0
    for gloss, weight in query_term.glosses.items():
        if weight >= _FAINT and gloss in text.glosses:
            best = max(best, min(1.0, weight * text.glosses[gloss]) ** 0.5)
    return 0.0, best


_FAINT = 0.25


def soft_term_match(query_term: QueryTerm, text: TextView) -> float:
    """As `credit`, and a little where a text has most characters of a Chinese word: 总产出 beside 总产值."""
    soft = term_match(query_term, text)[1]
    if soft >= _SURE or not has_han(query_term.word) or len(query_term.word) < 2:
        return soft
    shared = sum(character in text.characters for character in query_term.word) / len(query_term.word)
    return max(soft, 0.0 if shared < _MOST else _KIN * shared)


_SURE, _MOST, _KIN = 0.5, 0.5, 0.3

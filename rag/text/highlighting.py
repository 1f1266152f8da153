"""A question and a text become the words of the text that the question has too, or that mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rag.text.glossary import Meaning, translated_words
from rag.text.language import HAN, normalise, search_terms, segment_words

MatchKind = Literal["word", "meaning"]
_LETTER_RUN = re.compile(rf"[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|\d+(?:[.,]\d+)*|[{HAN}]+")
_MIN_GLOSS_WEIGHT = 0.5  # of a word's meanings those that are at least so sure: fainter ones would mark half of a page


def find_matches(question: str, text: str) -> list[tuple[int, int, MatchKind]]:
    """Start and end of each word of the text that the question has too, in any form, or that shares a clear meaning with one.

    The two languages meet in the meanings: `产值` in a question finds `output value`. Spans are in order and do not overlap:
    `灯塔工厂`, `苏州有7家灯塔工厂。` → 灯塔工厂 as a word; `lighthouse factories` → 灯塔工厂 as a meaning.
    """
    asked = frozenset(search_terms(question))
    meant = frozenset(gloss for _, meaning in translated_words(question) for gloss in _clear_glosses(meaning))
    found: list[tuple[int, int, MatchKind]] = []
    for run in _LETTER_RUN.finditer(text):
        found += _run_matches(run.group(), run.start(), asked, meant)
    return found


def _run_matches(run: str, at: int, question_terms: frozenset[str], question_glosses: frozenset[str]) -> Iterator[tuple[int, int, MatchKind]]:
    """The words of one run of letters; what its normal form would shift is taken as a whole."""
    plain = normalise(run)
    same = [word for word in segment_words(run) if question_terms.intersection(search_terms(word))]
    like = [word for word, meaning in translated_words(run) if question_glosses.intersection(_clear_glosses(meaning))]
    if len(plain) != len(run) or not re.match(f"[{HAN}]", run):
        if same or like:
            yield at, at + len(run), "word" if same else "meaning"
        return
    kinds: list[MatchKind | None] = [None] * len(run)
    for listed, kind in ((like, "meaning"), (same, "word")):
        for word in dict.fromkeys(listed):
            for place in re.finditer(re.escape(word), plain):
                kinds[place.start() : place.end()] = [kind] * len(word)  # type: ignore[list-item]
    yield from _kind_spans(kinds, at)


def _kind_spans(kinds: list[MatchKind | None], at: int) -> Iterator[tuple[int, int, MatchKind]]:
    start = 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or kinds[end] != kinds[start]:
            if kind := kinds[start]:
                yield at + start, at + end, kind
            start = end


def _clear_glosses(meaning: Meaning) -> frozenset[str]:
    return frozenset(gloss for gloss, weight in meaning.glosses.items() if weight >= _MIN_GLOSS_WEIGHT)

"""Highlighting: the words of a text that match a question, literally or by their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rag.text.glossary import STRONG_GLOSS, Meaning, translated_words
from rag.text.language import HAN, normalise, search_terms, segment_words

MatchKind = Literal["word", "meaning"]
_LETTER_RUN = re.compile(rf"[^\W\d_{HAN}]+(?:['’][^\W\d_{HAN}]+)*|\d+(?:[.,]\d+)*|[{HAN}]+")


def find_matches(question: str, text: str) -> list[tuple[int, int, MatchKind]]:
    """Start and end (characters) and kind of each word of the text that matches a word of the question.

    A `word` is in the question in any form; a `meaning` shares a gloss with one of its words, also across languages:
    `产值` finds `output value`. Spans are in order and do not overlap.
    `灯塔工厂`, `苏州有7家灯塔工厂。` → 灯塔工厂 as a word; `lighthouse factories` → 灯塔工厂 as a meaning.
    """
    question_terms = frozenset(search_terms(question))
    meanings = (meaning for _, meaning in translated_words(question))
    question_glosses = frozenset(gloss for meaning in meanings for gloss in _clear_glosses(meaning))
    matches: list[tuple[int, int, MatchKind]] = []
    for run in _LETTER_RUN.finditer(text):
        matches += _run_matches(run.group(), run.start(), question_terms, question_glosses)
    return matches


def _run_matches(
    run: str, offset: int, question_terms: frozenset[str], question_glosses: frozenset[str],
) -> Iterator[tuple[int, int, MatchKind]]:
    """The matches in one run of letters; a run whose normal form has another length can only match as a whole."""
    normal_form = normalise(run)
    literal_words = [word for word in segment_words(run) if question_terms & {*search_terms(word)}]
    similar_words = [word for word, meaning in translated_words(run) if question_glosses & _clear_glosses(meaning)]
    if len(normal_form) != len(run) or not re.match(f"[{HAN}]", run):
        if literal_words or similar_words:
            yield offset, offset + len(run), "word" if literal_words else "meaning"
        return
    kinds: list[MatchKind | None] = [None] * len(run)
    for words, kind in ((similar_words, "meaning"), (literal_words, "word")):
        for word in dict.fromkeys(words):
            for match in re.finditer(re.escape(word), normal_form):
                kinds[match.start() : match.end()] = [kind] * len(word)  # type: ignore[list-item]
    yield from _kind_spans(kinds, offset)


def _kind_spans(kinds: list[MatchKind | None], offset: int) -> Iterator[tuple[int, int, MatchKind]]:
    """Runs of characters of one kind, as spans of a text in which they start at `offset`."""
    start = 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or kinds[end] != kinds[start]:
            if kind := kinds[start]:
                yield offset + start, offset + end, kind
            start = end


def _clear_glosses(meaning: Meaning) -> frozenset[str]:
    return frozenset(gloss for gloss, weight in meaning.glosses.items() if weight >= STRONG_GLOSS)

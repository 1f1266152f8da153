"""Measures: what a head of a table or a phrase of a question measures: a price, a date, a score.

`earn` and `Salary (£)` name one measure, and so do 开业 and `Opening date`. A word may name a measure clearly, or only
where nothing better fits: `took` may be revenue, or the loan of a book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.questions.canonical_text import canonical_text
from rag.text.language import stem
from rag.text.lexicon import load_lexicon

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u4e00-\u9fff%]")
_LONGEST_TEXT = 300  # characters


@dataclass(frozen=True)
class MeasureMention:
    """A measure that a phrase names, clearly or only where nothing better fits; `span`: its place in canonical text."""

    name: str
    is_clear: bool
    span: tuple[int, int]


@lru_cache(maxsize=20_000)
def mention_measures(text: str) -> tuple[MeasureMention, ...]:
    """The measures that a text names, by its longest phrases: 实际支出 names `actual`, and not 支出 besides.

    >>> [(one.name, one.is_clear) for one in mention_measures("Who is owed the most?")]
    [('balance_due', True)]
    """
    return tuple(_scan(canonical_text(text[:_LONGEST_TEXT])))


def _scan(text: str) -> Iterator[MeasureMention]:
    phrases, longest = _phrases()
    tokens = [(_key(match.group()), *match.span()) for match in _TOKEN.finditer(text)]
    i = 0
    while i < len(tokens):
        for size in range(min(longest, len(tokens) - i), 0, -1):
            if names := phrases.get(tuple(key for key, _, _ in tokens[i : i + size])):
                span = (tokens[i][1], tokens[i + size - 1][2])
                yield from (MeasureMention(name, is_clear, span) for name, is_clear in names)
                i += size - 1
                break
        i += 1


def _key(token: str) -> str:
    return stem(token) if token[0].isascii() else token


@lru_cache(maxsize=20_000)
def find_measures(text: str) -> frozenset[str]:
    """The names of the measures that a text names, clearly if it names any clearly.

    >>> sorted(find_measures("Salary (£)") & find_measures("Who earns the highest salary?"))
    ['salary']
    """
    mentions = mention_measures(text)
    return frozenset(one.name for one in mentions if one.is_clear) or frozenset(one.name for one in mentions)


@lru_cache(maxsize=20_000)
def possible_measures(text: str) -> frozenset[str]:
    """The names of all measures that a text may name."""
    return frozenset(one.name for one in mention_measures(text))


@cache
def _phrases() -> tuple[Mapping[tuple[str, ...], tuple[tuple[str, bool], ...]], int]:
    """For each phrase, as its stems or Han characters, the measures that it names; and the length of the longest."""
    found: dict[tuple[str, ...], dict[str, bool]] = {}
    for line in load_lexicon("rag.reading", "measure_words"):
        name, clear, *weak = line.split("\t")
        for words, is_clear in ((clear, True), (weak[0] if weak else "", False)):
            for word in words.split("|"):
                key = tuple(_key(token) for token in _TOKEN.findall(canonical_text(word)))
                if key:
                    found.setdefault(key, {}).setdefault(name, is_clear)
    phrases = {key: tuple(names.items()) for key, names in found.items()}
    return phrases, max(map(len, phrases))

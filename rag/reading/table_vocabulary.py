"""Vocabulary of tables: words that questions and heads use for one thing, and those that tell neighbouring heads apart.

`closing balance`, `balance at the year-end` and `期末余额` have one concept in common, and `opening balance` its opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.text.language import normalise
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class _Vocabulary:
    concepts: Mapping[str, tuple[int, ...]]  # phrase → numbers of its concepts
    opposites: Mapping[int, frozenset[int]]  # number of a concept → those of its opposites
    pattern: re.Pattern[str]


def find_concepts(text: str) -> frozenset[int]:
    """The concepts that a text names, as numbers; longer phrases come first: 无限售 does not contain 限售.

    >>> find_concepts("年末余额") & find_concepts("closing balance") == find_concepts("期末余额")
    True
    """
    return _concepts_of(normalise(text[:_LONGEST_TEXT]))


_LONGEST_TEXT = 300  # characters; a head is shorter, and a question that is longer names its cell early


@lru_cache(maxsize=20_000)
def _concepts_of(text: str) -> frozenset[int]:
    vocabulary = _vocabulary()
    return frozenset(
        number for match in vocabulary.pattern.finditer(text) for number in vocabulary.concepts[match.group()])


def opposite_concepts(concepts: frozenset[int]) -> frozenset[int]:
    """The opposites of some concepts, without those that are among them."""
    opposites = _vocabulary().opposites
    return frozenset(other for number in concepts for other in opposites.get(number, ())) - concepts


@cache
def _vocabulary() -> _Vocabulary:
    concepts: dict[str, tuple[int, ...]] = {}
    opposites: dict[int, frozenset[int]] = {}
    for number, phrases in enumerate(_groups()):
        for phrase in phrases[0]:
            concepts[phrase] = (*concepts.get(phrase, ()), number)
        opposites[number] = phrases[1]
    han = [re.escape(phrase) for phrase in concepts if not phrase.isascii()]
    latin = [re.escape(phrase) for phrase in concepts if phrase.isascii()]
    longest_first = sorted(han, key=len, reverse=True), sorted(latin, key=len, reverse=True)
    pattern = rf"{'|'.join(longest_first[0])}|(?<![a-z])(?:{'|'.join(longest_first[1])})(?![a-z])"
    return _Vocabulary(concepts, opposites, re.compile(pattern))


def _groups() -> Iterator[tuple[list[str], frozenset[int]]]:
    """The phrases of each concept with the numbers of its opposites."""
    number = 0
    for line in (*load_lexicon("rag.reading", "table_opposites"), *load_lexicon("rag.reading", "table_synonyms")):
        values = line.split("<>")
        numbers = frozenset(range(number, number + len(values)))
        for i, value in enumerate(values):
            yield [normalise(phrase.strip()) for phrase in value.split("|")], numbers - {number + i}
        number += len(values)

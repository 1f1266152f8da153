"""Measures: what a head of a table or a word of a question measures: a price, a date, a score.

`earn` and `Salary (£)` name one measure, and so do 开业 and 成立日期.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rag.text.language import normalise, stem
from rag.text.lexicon import load_lexicon

_LATIN_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|%")


@lru_cache(maxsize=20_000)
def find_measures(text: str) -> frozenset[str]:
    """The names of the measures that a text names.

    >>> sorted(find_measures("Salary (£)") & find_measures("Who earns more?"))
    ['salary']
    """
    plain = normalise(text)
    stems = f" {' '.join(stem(word) for word in _LATIN_WORD.findall(plain))} "
    return frozenset(
        name for name, han, latin in _groups()
        if any(word in plain for word in han) or any(f" {phrase} " in stems for phrase in latin))


@cache
def _groups() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """For each measure its name, its Chinese words, and its English phrases as stems."""
    groups = []
    for line in load_lexicon("rag.tables", "measure_words"):
        words = [normalise(word.strip()) for word in line.split("|")]
        latin = tuple(" ".join(map(stem, word.split())) for word in words if word.isascii())
        groups.append((words[0], tuple(word for word in words if not word.isascii()), latin))
    return tuple(groups)

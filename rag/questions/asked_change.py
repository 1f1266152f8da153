"""Asked change: whether a question asks for a rise, a fall or a change between two states, absolute or in per cent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rag.questions.number_conditions import Span
from rag.text.lexicon import load_lexicon


@dataclass(frozen=True)
class AskedChange:
    """A change that a question names.

    `direction`: 1 for a rise, -1 for a fall, 0 for either; `is_relative`: in per cent; `is_steady`: from each period to
    the next; `spans`: its words, as offsets of the canonical text.
    """

    direction: int
    is_relative: bool
    is_steady: bool  # from each period to the next: every year, 逐年
    spans: tuple[Span, ...]


def find_change(text: str) -> AskedChange | None:
    """The change that a canonical text names; None without one.

    >>> find_change("哪个区的gdp增长最快").is_relative, find_change("which shop lost most customers").direction
    (True, -1)
    """
    found: list[tuple[str, Span]] = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for _, (start, end) in found):
                found.append((kind, match.span()))
    if not found:
        return None
    directions = [kind[0] for kind, _ in found if kind[0] in "+-"]
    direction = 0 if not directions else 1 if directions[0] == "+" else -1
    is_relative = any("%" in kind for kind, _ in found) or _PER_CENT.search(text) is not None
    steady = [match.span() for match in _STEADY.finditer(text)]
    return AskedChange(direction, is_relative, bool(steady), tuple(sorted((*(span for _, span in found), *steady))))


_STEADY = re.compile(
    r"逐[年月季]|年年|月月|连年|连续|一[个年]?(?:年|月|季度)?比一[个年]?(?:年|月|季度)?|每[个一]?(?:年|月|季度)都?|一直"
    r"|\b(?:in )?(?:every|each) (?:single )?(?:year|month|quarter|week)\b"
    r"|\b(?:year|month) (?:after|on) (?:year|month)\b"
    r"|\bsteadily\b|\bconsistently\b|\bwithout exception\b")
_PER_CENT = re.compile(r"百分之|百分比|%|\bper ?cent(?:age)?\b(?! points?)")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns with their kinds, relative ones first, as they are the longer ones."""
    rows = [line.split("\t") for line in load_lexicon("rag.questions", "change_words")]
    return tuple((kind, re.compile(pattern)) for kind, pattern in sorted(rows, key=lambda row: "%" not in row[0]))

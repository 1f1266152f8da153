"""Parts of a share: which of the things that a question names is the part, and which is the whole.

`the percentage of Wireless out of total revenues`, 工资占总成本的比例 → the total is the whole; `Taiwan and Japan as a share
of revenue` → the two are the part together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.questions.number_conditions import Span

_JOINED = re.compile(r"\s*(?:[和与及跟、，,加+&]|以及|加上|,? ?\b(?:and|plus)\b)\s*(?:the |its |其)?")
_IN_THE_WHOLE = re.compile(
    r"\s*(?:out of|over|in|to|among|within|divided by|relative to|compared (?:to|with)|against|as an? \w+ of|占|在)"
    r"\s*(?:(?:the|its|all|total|overall|net|of) )*")
_SHARE_OF = re.compile(
    r"占(?:了|到)?\s*$|\b(?:percentage|per ?cent|share|proportion|fraction|percent) of (?:the |its |all )?$")


def are_added(text: str, places: Sequence[Span]) -> bool:
    """Whether things are joined to one: `Taiwan and Japan`, 华东和华南.

    >>> are_added("台湾和日本占多少", [(0, 2), (3, 5)]), are_added("share of north in the sum", [(9, 14), (22, 25)])
    (True, False)
    """
    ordered = sorted(places)
    return len(ordered) > 1 and all(_JOINED.fullmatch(text[a[1] : b[0]]) for a, b in pairwise(ordered))


def find_whole(text: str, first: Sequence[Span], second: Sequence[Span]) -> int | None:
    """Which of two named things is the whole: 0 or 1; None if the question does not say it.

    >>> find_whole("the percentage of wireless out of the revenues", [(18, 26)], [(38, 46)])
    1
    """
    pairs = [(one, other) for one in first for other in second]
    for (a, b), (c, d) in pairs:
        if b <= c and _IN_THE_WHOLE.fullmatch(text[b:c]):
            return 1
        if d <= a and _IN_THE_WHOLE.fullmatch(text[d:a]):
            return 0
    for number, places in enumerate((first, second)):
        if any(_SHARE_OF.search(text[:start]) for start, _ in places):
            return number
    return None

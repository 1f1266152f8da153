"""Page ranges: the numbers of pages as a reader writes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def page_ranges(numbers: Sequence[int]) -> str:
    """Page numbers with ranges: 3, 5, 6, 7 → `3, 5–7`."""
    ranges: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}")
    return ", ".join(ranges)

"""Marks: characters of a page turned into rectangles, one for each line of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.sources.pages.characters import Box, CharacterSource
from rag.sources.pages.views import Mark

_MAX_MARKS = 2_000  # of one quote
_OVERLAP = 0.5  # of the height of the lower of two boxes, by which they overlap on one line
_MAX_GAP = 3.0  # heights between two words of one line; a wider gap is that between two columns


def marks_of(source: CharacterSource, indices: Iterable[int], ratio: float, quote: int) -> tuple[Mark, ...]:
    """The rectangles that cover some characters, in their order.

    `ratio` is the page's width divided by its height, by which shares of both are compared.
    """
    lines: list[list[Box]] = []
    for index in indices:
        if source.characters[index].isspace() or not source.is_visible(index):
            continue
        box = source.box(index)
        if lines and _is_on_line(lines[-1], box, ratio):
            lines[-1].append(box)
        elif len(lines) < _MAX_MARKS:
            lines.append([box])
    return tuple(_mark(line, quote) for line in lines)


def _is_on_line(line: Sequence[Box], box: Box, ratio: float) -> bool:
    """True if a box goes on from the last one of a line, which may also run down or up the page."""
    last = line[-1]
    across = _overlap(last[1], last[3], box[1], box[3])
    if across >= _OVERLAP:
        height = max(last[3] - last[1], box[3] - box[1]) / ratio
        return _gap(last[0], last[2], box[0], box[2]) <= _MAX_GAP * height
    is_column = len(line) == 1 or _overlap(line[0][0], line[0][2], last[0], last[2]) >= _OVERLAP
    if is_column and _overlap(last[0], last[2], box[0], box[2]) >= _OVERLAP:
        width = max(last[2] - last[0], box[2] - box[0]) * ratio
        return _gap(last[1], last[3], box[1], box[3]) <= 0.5 * width
    return False


def _overlap(start: float, end: float, other_start: float, other_end: float) -> float:
    """The common part of two ranges as a share of the shorter one."""
    shorter = min(end - start, other_end - other_start)
    return (min(end, other_end) - max(start, other_start)) / shorter if shorter > 0 else 0.0


def _gap(start: float, end: float, other_start: float, other_end: float) -> float:
    return max(other_start - end, start - other_end, 0.0)


def _mark(boxes: Sequence[Box], quote: int) -> Mark:
    return Mark(
        max(0.0, min(box[0] for box in boxes)), max(0.0, min(box[1] for box in boxes)),
        min(1.0, max(box[2] for box in boxes)), min(1.0, max(box[3] for box in boxes)), quote)

"""Columns of a table without vertical lines: the gaps between words in consecutive lines turned into columns."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from itertools import pairwise

from rag.sources.readers.pdf.lines import Line, make_line
from rag.sources.readers.pdf.words import Word

Interval = tuple[float, float]  # the left and right edge of a column
Columns = list[Interval]

_MIN_SEPARATOR = 0.4  # em between the widest cells of two columns
_FULL_SHARE = 0.25  # of the lines with several parts have as many parts as the table has columns
_MIN_SUPPORTED = 4  # lines, in which a column must have more than one part
CLEAR_GAP = 0.45  # em between two cells of a line; a space between words is narrower, if it is not stretched
_ALIGNED = 0.2  # em by which the edges of aligned cells differ at most
_MAX_STRETCH = 1.6  # em of a space in a stretched line
_BROKEN_WORD = re.compile(r"[^\W\d_]+-")
_MIN_NARROW_ROWS = 3  # lines that show whether a narrow gap is between columns
_NARROW_SHARE = 0.6  # of the lines; a gap in stretched text is at another place in each line


@dataclass(frozen=True)
class Part:
    """The text of one cell in one line, from column `first` to column `last`."""

    first: int
    last: int
    line: Line


def cell_parts(line: Line) -> list[Line]:
    """The parts of a line between wide gaps.

    A label with its colon and what stands after it are one part; a word that is broken at the end of a stretched line
    belongs to the part before it.
    """
    parts: list[Line] = []
    for part in line.segments():
        if parts and (parts[-1].words[-1].text[-1] in "：:" or (
                _BROKEN_WORD.fullmatch(part.text) and part.left - parts[-1].right < _MAX_STRETCH * part.size)):
            parts[-1] = make_line(parts[-1].words + part.words)
        else:
            parts.append(part)
    return parts


def find_columns(rows: list[list[Line]]) -> Columns:
    """The left and right edges of the columns; those between narrow gaps count if most lines have text in each."""
    columns = _columns_of_parts(rows)
    if len(rows) < _MIN_NARROW_ROWS:
        return columns
    pieces = [[piece for part in row for piece in part.segments(CLEAR_GAP)] if len(row) > 1 else row for row in rows]
    narrow = _columns_of_parts(pieces)
    if len(narrow) > len(columns) and all(
            sum(any(column[0] <= piece.left and piece.right <= column[1] for piece in row) for row in pieces)
            >= _NARROW_SHARE * len(rows) for column in narrow):
        return narrow
    return columns


def _columns_of_parts(rows: list[list[Line]]) -> Columns:
    """The left and right edges of the columns: the intervals that the cells of the usual lines cover.

    Lines with fewer parts than usual may have cells that reach over several columns, those with more have stretched
    text in a cell; they do not count.
    """
    counts = sorted((len(row) for row in rows if len(row) > 1), reverse=True) or [1]
    usual = counts[min(len(counts) - 1, max(1, int(_FULL_SHARE * len(counts))))]
    full = [row for row in rows if len(row) == usual]
    columns = _join_intervals(full)
    if len(rows) < _MIN_SUPPORTED:
        return columns
    # a part that is alone in its column is the end of a line with a wide space; the first line may name an empty column
    alone = [column for column in columns if sum(
        any(overlaps(part, column) for part in row) for row in rows) == 1 and not any(
        overlaps(part, column) for part in rows[0])]
    if len(alone) in (0, len(columns)):
        return columns
    return _join_intervals([[part for part in row if not any(overlaps(part, c) for c in alone)] for row in full])


def _join_intervals(rows: list[list[Line]]) -> Columns:
    """The intervals that the parts of some lines cover together."""
    size = statistics.median([part.size for row in rows for part in row])
    intervals = sorted((part.left, part.right) for row in rows for part in row)
    columns = [intervals[0]]
    for left, right in intervals[1:]:
        if left - columns[-1][1] < _MIN_SEPARATOR * size:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    return columns


def overlaps(part: Line, column: Interval) -> bool:
    return part.left < column[1] and part.right > column[0]


def place_parts(row: list[Line], columns: Columns) -> list[Part]:
    """The parts of a line with their columns; a part that reaches over two columns is split if it has a gap there."""
    placed: list[Part] = []
    for part in row:
        rest = part.words
        for number, (before, after) in enumerate(pairwise(columns)):
            if len(rest) > 1 and (cut := _cut_between(rest, before, after, part.size)):
                placed += _place_part(make_line(rest[:cut]), columns[:number + 1], 0)
                rest = rest[cut:]
        placed += _place_part(make_line(rest), columns, 0)
    return placed


def _place_part(part: Line, columns: Columns, first: int) -> list[Part]:
    touched = [index for index, column in enumerate(columns) if overlaps(part, column)]
    if not touched:
        centre = (part.left + part.right) / 2
        touched = [min(range(len(columns)), key=lambda i: min(abs(edge - centre) for edge in columns[i]))]
    return [Part(first + touched[0], first + touched[-1], part)]


def _cut_between(
    words: list[Word], before: Interval, after: Interval, size: float) -> int:
    """Where words that reach from one column into the next must be cut; 0 if they are one cell over both."""
    if words[0].left >= before[1] or words[-1].right <= after[0]:
        return 0
    cuts = [i for i in range(1, len(words))
            if words[i - 1].right <= after[0] and words[i].left >= before[1] and words[i].left > words[i - 1].right]
    if not cuts:
        return 0
    cut = max(cuts, key=lambda i: words[i].left - words[i - 1].right)
    is_aligned = (abs(words[cut].left - after[0]) <= _ALIGNED * size
                  or abs(words[cut - 1].right - before[1]) <= _ALIGNED * size)
    return cut if is_aligned or words[cut].left - words[cut - 1].right >= CLEAR_GAP * size else 0

"""Text columns of a PDF page: its words turned into regions in reading order, by a recursive X-Y cut.

The gutters between columns are measured on the page. What reaches over a gutter (headings, figures, notes) cuts the
columns into bands; in each band the left column is read before the right one. A table is not cut: its cells are short,
while the lines of a text column reach its edge.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.sources.readers.pdf.lines import CELL_GAP, Line, display_width, lines_of
from rag.sources.readers.pdf.tables import PlacedTable
from rag.sources.readers.pdf.words import Word

_GUTTER = 0.6  # em; a narrower gap is a space of justified text
_SLICE = 1.5  # em; in a slice of this height each text column has a line
_MIN_VOTES = 3  # slices of the page in which a gutter must have text on both sides
_MAX_CANDIDATES = 6  # gutters that are tried
_MAX_DEPTH = 6  # of columns in columns
_FULL = 0.8  # of the width of a column; a line of running text is as long
_FULL_SHARE = 0.5  # of the lines of a text column that are as long
_INNER_SHARE = 0.5  # of the lines of a table that have a gap between two of its columns
_MIN_COLUMN_WIDTH = 20  # display columns of the usual line of a text column; table cells are shorter
_FURNITURE_GAP = 1.8  # em between a running header or footer and the text
_FURNITURE_SHARE = 0.12  # of the height of the page, at its top and bottom, where they are
_HEADING_SIZE = 1.12  # of the size of the text


@dataclass
class Region:
    """A part of a page that is read from top to bottom."""

    words: list[Word] = field(default_factory=list)
    tables: list[PlacedTable] = field(default_factory=list)
    follows_column: bool = False  # its text goes on from the bottom of the column before it

    @property
    def is_empty(self) -> bool:
        return not self.words and not self.tables


class _Gutter(NamedTuple):
    """A place between two columns; `votes`: the slices of the page that have a gap there."""

    votes: int
    width: float
    x: float


@dataclass
class _Band:
    """Consecutive lines of a region: across its gutter, or in the columns on its two sides."""

    across: Region = field(default_factory=Region)
    left: Region = field(default_factory=Region)
    right: Region = field(default_factory=Region)


def split_into_regions(words: list[Word], tables: list[PlacedTable], page_height: float) -> list[Region]:
    """The regions of a page in reading order; running headers and footers are regions of their own."""
    if not words:
        return [Region([], tables)] if tables else []
    if not _find_gutters(words):
        return [Region(words, tables)]
    header, body, footer = _cut_furniture(words, page_height)
    regions = _cut(Region(body, tables), 0)
    if len(regions) < 2:  # without columns, the edges of the page need not be cut off
        return [Region(words, tables)]
    return [region for region in (Region(header), *regions, Region(footer)) if not region.is_empty]


def _cut_furniture(words: list[Word], page_height: float) -> tuple[list[Word], list[Word], list[Word]]:
    """The lines at the top and bottom edge of the page that a wide gap separates from the other lines."""
    lines = lines_of(words)
    if len(lines) < 4:
        return [], words, []
    first, last = 0, len(lines)
    size = statistics.median(line.size for line in lines)
    for index in (1, 2):
        gap = lines[index].baseline - lines[index - 1].baseline
        if lines[index - 1].baseline < _FURNITURE_SHARE * page_height and gap > _FURNITURE_GAP * size:
            first = index
    for index in (len(lines) - 1, len(lines) - 2):
        gap = lines[index].baseline - lines[index - 1].baseline
        if lines[index].baseline > (1 - _FURNITURE_SHARE) * page_height and gap > _FURNITURE_GAP * size:
            last = index
    parts = lines[:first], lines[first:last], lines[last:]
    header, body, footer = ([word for line in part for word in line.words] for part in parts)
    return header, body, footer


def _cut(region: Region, depth: int) -> list[Region]:
    if depth >= _MAX_DEPTH:
        return [region]
    for gutter in _find_gutters(region.words):
        bands = _cut_into_bands(region, gutter.x)
        columns = [band for band in bands if not band.left.is_empty and not band.right.is_empty]
        if not any(_are_text_columns(band.left.words, band.right.words, depth) for band in columns):
            continue
        regions: list[Region] = []
        rest = Region()
        for band in bands:
            is_cut = _are_text_columns(band.left.words, band.right.words, depth) or not _looks_like_table(band)
            if band in columns and is_cut:
                right = _cut(band.right, depth + 1)
                right[0].follows_column = True
                regions += [*_cut(rest, depth + 1), *_cut(band.left, depth + 1), *right]
                rest = Region()
                continue
            for part in (band.across, band.left, band.right):
                rest.words += part.words
                rest.tables += part.tables
        return [part for part in [*regions, *_cut(rest, depth + 1)] if not part.is_empty]
    return [region]


def _find_gutters(words: list[Word]) -> list[_Gutter]:
    """Where most slices of the page have a gap with text on both sides, the best first."""
    if len(words) < 2 * _MIN_VOTES:
        return []
    size = statistics.median(word.size for word in words)
    slices: dict[int, list[Word]] = {}
    for word in words:
        slices.setdefault(int(word.baseline / (_SLICE * max(size, 1))), []).append(word)
    events: list[tuple[float, int]] = []
    for row in slices.values():
        row.sort(key=lambda word: word.left)
        edge = row[0].right
        for word in row[1:]:
            if word.left - edge >= _GUTTER * size:
                events += [(edge, 1), (word.left, -1)]
            edge = max(edge, word.right)
    events.sort()
    candidates: list[_Gutter] = []
    votes = 0
    for index, (x, change) in enumerate(events):
        if change < 0 and votes >= _MIN_VOTES and events[index - 1][1] > 0:
            begin = events[index - 1][0]
            candidates.append(_Gutter(votes, x - begin, (begin + x) / 2))
        votes += change
    return sorted(candidates, reverse=True)[:_MAX_CANDIDATES]


def _cut_into_bands(region: Region, gutter: float) -> list[_Band]:
    """The bands of a region from top to bottom."""
    items: list[tuple[float, Line | PlacedTable]] = [(table.top, table) for table in region.tables]
    items += [(line.baseline, line) for line in lines_of(region.words)]
    items.sort(key=lambda item: item[0])
    bands = [_Band()]
    for _, item in items:
        if isinstance(item, PlacedTable):
            is_across, parts = item.left < gutter < item.right, []
        else:
            parts = item.segments(_GUTTER)
            is_across = any(part.left < gutter < part.right for part in parts)
        if is_across != (not bands[-1].across.is_empty):
            bands.append(_Band())
        sides = bands[-1]
        if isinstance(item, PlacedTable):
            (sides.across if is_across else sides.left if item.right <= gutter else sides.right).tables.append(item)
        elif is_across:
            sides.across.words += item.words
        else:
            for part in parts:
                (sides.left if part.right <= gutter else sides.right).words.extend(part.words)
    return [part for band in bands for part in _cut_at_headings(band)]


def _cut_at_headings(band: _Band) -> list[_Band]:
    """A band cut at the headings that stand alone between the columns above and below, though they are short."""
    if not band.left.words or not band.right.words:
        return [band]
    left, right = lines_of(band.left.words), lines_of(band.right.words)
    size = statistics.median(line.size for line in left + right)
    for above, line, below in zip(left, left[1:], left[2:], strict=False):
        is_alone = not any(above.baseline + 0.3 * size < r.baseline < below.baseline - 0.3 * size for r in right)
        if line.size >= _HEADING_SIZE * size and is_alone and right[0].baseline < line.baseline < right[-1].baseline:
            return _cut_at(band, line)
    return [band]


def _cut_at(band: _Band, heading: Line) -> list[_Band]:
    upper, lower, middle = _Band(), _Band(), _Band(across=Region(list(heading.words)))
    taken = set(map(id, heading.words))
    for side in ("left", "right"):
        part: Region = getattr(band, side)
        above: Region = getattr(upper, side)
        below: Region = getattr(lower, side)
        for word in part.words:
            if id(word) not in taken:
                (above if word.baseline < heading.baseline else below).words.append(word)
        for table in part.tables:
            (above if table.top < heading.baseline else below).tables.append(table)
    return [upper, middle, *_cut_at_headings(lower)]


def _are_text_columns(left: list[Word], right: list[Word], depth: int) -> bool:
    """True if the two sides are columns of running text, and not the cells of a table."""
    if not left or not right:
        return False
    sides = [lines_of(left), lines_of(right)]
    is_text = [_is_running_text(lines, depth) for lines in sides]
    if all(is_text):
        return True
    if not any(is_text):
        return False
    text, other = (sides[0], sides[1]) if is_text[0] else (sides[1], sides[0])
    return len(text) >= 5 and (_shared_baselines(other, text) < 0.6 or _is_end_of_column(other))


def _is_running_text(lines: list[Line], depth: int) -> bool:
    """True if most lines reach the edge of their column, and it has no columns itself or columns of running text."""
    if len(lines) < 3 or statistics.median(display_width(line.text) for line in lines) < _MIN_COLUMN_WIDTH:
        return False
    if inner := _inner_gutter(lines):
        words = [word for line in lines for word in line.words]
        halves = [word for word in words if word.right <= inner.x], [word for word in words if word.left >= inner.x]
        return depth < _MAX_DEPTH and _are_text_columns(*halves, depth + 1)
    begin, end = min(line.left for line in lines), max(line.right for line in lines)
    full = sum(line.right >= begin + _FULL * (end - begin) for line in lines)
    return full >= _FULL_SHARE * len(lines)


def _inner_gutter(lines: list[Line]) -> _Gutter | None:
    """A gap that most of the lines have at one place; the wide spaces of stretched lines are at different places."""
    gutters = _find_gutters([word for line in lines for word in line.words])
    return gutters[0] if gutters and gutters[0].votes >= _INNER_SHARE * len(lines) else None


def _shared_baselines(lines: list[Line], others: list[Line]) -> float:
    """The share of lines that are on the same baseline as one of the others."""
    baselines = [line.baseline for line in others]
    return sum(any(abs(line.baseline - b) <= 0.1 * line.size for b in baselines) for line in lines) / len(lines)


def _is_end_of_column(lines: list[Line]) -> bool:
    """True for the first line or two of a column whose text ends there."""
    return len(lines) <= 2 and display_width(lines[0].text) >= _MIN_COLUMN_WIDTH and all(
        len(line.segments(CELL_GAP)) == 1 for line in lines)


def _looks_like_table(band: _Band) -> bool:
    """True if most lines on one side have a gap at one place, or are too short for a column of text."""
    for lines in (lines_of(band.left.words), lines_of(band.right.words)):
        if lines and (_inner_gutter(lines) or max(display_width(line.text) for line in lines) < _MIN_COLUMN_WIDTH):
            return True
    return False

"""Tables without vertical lines in a PDF page: lines whose words stand in columns turned into a Table."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.sources.elements import Table
from rag.sources.readers.pdf.gap_columns import (
    CLEAR_GAP,
    Columns,
    Interval,
    cell_parts,
    find_columns,
    overlaps,
    place_parts,
)
from rag.sources.readers.pdf.gap_rows import FIGURE, RowLines, group_rows, make_table
from rag.sources.readers.pdf.lines import CELL_GAP, Line, display_width
from rag.sources.readers.pdf.rules import Rule

_REMARK = re.compile(r"[（(]?(?:注|备注|说明|资料来源|数据来源|来源|Source|Note|Remark)s?\d*\s*[：:.]", re.I)
_FAR = 3.5  # em; a line that is further away is not in the table
_MAX_COLUMN_ROWS = 60  # lines by which columns are measured, so that long tables take no longer for each line
_TIGHT_ROW_DISTANCE = 2.5  # em between two rows of which one has narrow gaps
_MAX_SINGLE_PARTS = 2  # lines one after the other with text in one column only
_EVEN = 1.25  # times the narrowest space of a line; the spaces of a justified line are equal
_AT_MARGIN = 0.6  # em; a punctuation mark may hang over the margin by half an em
_SENTENCE = re.compile(r"[。！？!?]$|[a-z]\.$")
_MAX_CELL_WIDTH = 30  # display columns of the usual cell; text columns are wider
_MARKER = re.compile(
    r"[•●■◆▪○·*–—-]|[(（\[【]?(?:\d{1,3}(?:\.\d{1,3})*|[一二三四五六七八九十]{1,3}|[A-Za-z]|[ivxIVX]{1,5})[)）\]】.．、]?")
_LABEL = re.compile(r"[^：:]{1,14}[：:]\s*\S.*|[^：:]{1,14}[：:]")


@dataclass(frozen=True)
class FoundTable:
    """A table made from lines `first` to `last`, inclusive."""

    first: int
    last: int
    table: Table


def find_gap_tables(lines: list[Line], rules: Sequence[Rule], page: int) -> list[FoundTable]:
    """The tables in the lines of one region, from top to bottom. `rules`: the horizontal lines of the page."""
    segments = [cell_parts(line) for line in lines]
    margins = min((line.left for line in lines), default=0.0), max((line.right for line in lines), default=0.0)
    tables: list[FoundTable] = []
    index = free = 0  # lines before `free` are in a table
    while index < len(lines):
        if len(segments[index]) < 2:
            index += 1
            continue
        end = _end_of_run(segments, index)
        columns = find_columns(segments[index:end])
        if end - index > 1 and index > free and _is_tight_row(segments, index - 1, index, columns):
            index -= 1
        if found := _table_in(segments[index:end], rules, margins, page):
            table, count = found
            tables.append(FoundTable(index, index + count - 1, table))
            end = free = index + count
        index = end
    return tables


def _end_of_run(segments: list[list[Line]], start: int) -> int:
    """The index after the last line that can belong to the table that begins at `start`."""
    last, end = start, start + 1
    columns = find_columns([segments[start]])
    while end < len(segments) and not _is_far(segments[end - 1], segments[end]):
        parts = segments[end]
        if len(parts) >= 2:
            extended = find_columns(segments[max(start, end - _MAX_COLUMN_ROWS):end + 1])
            if len(extended) < 2 or any(_is_text_over_columns(part, columns) for part in parts):
                break
            columns, last = extended, end
        elif _is_tight_row(segments, end, end - 1, columns):
            last = end
        elif end - last > _MAX_SINGLE_PARTS or not _is_in_one_column(parts[0], columns):
            break
        end += 1
    return end if last > start else start + 1


def _is_far(above: list[Line], parts: list[Line]) -> bool:
    return parts[0].baseline - above[0].baseline > _FAR * max(parts[0].size, above[0].size)


def _is_text_over_columns(part: Line, columns: Columns) -> bool:
    """True for a part that is too long for a cell over several columns, and begins where lines of text do."""
    touched = [index for index, column in enumerate(columns) if overlaps(part, column)]
    return len(touched) > 1 and touched[0] <= 1 and display_width(part.text) > _MAX_CELL_WIDTH


def _is_in_one_column(part: Line, columns: Columns) -> bool:
    """True if a line that is one part can be in a table; a sentence in the first column is text below the table."""
    touched = [index for index, column in enumerate(columns) if overlaps(part, column)]
    return len(touched) == 1 and (touched[0] > 0 or not _SENTENCE.search(part.text))


def _is_tight_row(
    segments: list[list[Line]], index: int, neighbour: int, columns: Columns) -> bool:
    """True for a row whose gaps are no wider than a space, but lie where the table has its columns."""
    parts, near = segments[index], segments[neighbour]
    if len(columns) < 2 or abs(parts[0].baseline - near[0].baseline) > _TIGHT_ROW_DISTANCE * near[0].size:
        return False
    size = near[0].size
    if parts[0].left < columns[0][0] - size or parts[-1].right > columns[-1][1] + size:
        return False
    placed = place_parts(parts, columns)
    gaps = [b.line.left - a.line.right for a, b in pairwise(placed)]
    return len(placed) == len(columns) and all(part.first == part.last for part in placed) and (
        min(gaps) >= CLEAR_GAP * size)


def _table_in(
    rows: list[list[Line]], rules: Sequence[Rule], margins: Interval, page: int) -> tuple[Table, int] | None:
    """The table in consecutive lines and the number of its lines; None if they are no table."""
    columns = find_columns(rows)
    if len(columns) < 2:
        return None
    placed = [place_parts(row, columns) for row in rows]
    groups = group_rows(placed, rules, columns)
    while len(groups) > 1 and _is_after_table(groups):
        groups.pop()
    count = sum(len(group) for group in groups)
    inside = [rule for rule in rules if _is_at(rule, rows[:count], columns)]
    if not _is_table(groups, len(columns), has_rules=len(inside) >= 2, is_stretched=_is_stretched(rows, margins)):
        return None
    return make_table(groups, len(columns), page), count


def _is_stretched(rows: list[list[Line]], margins: Interval) -> bool:
    """True if most lines reach from margin to margin with spaces of one width, as those of justified text do."""
    stretched = 0
    for row in rows:
        words = [word for part in row for word in part.words]
        size = row[0].size
        reaches = row[0].left - margins[0] <= _AT_MARGIN * size and margins[1] - row[-1].right <= _AT_MARGIN * size
        spaces = [b.left - a.right for a, b in pairwise(words)]
        stretched += reaches and len(spaces) > 1 and max(spaces) <= _EVEN * min(spaces)
    return 2 * stretched >= len(rows)


def _is_at(rule: Rule, rows: list[list[Line]], columns: Columns) -> bool:
    """True for a horizontal line inside a table or at its edge."""
    size = rows[0][0].size
    is_near = rows[0][0].baseline - 3 * size <= rule.position <= rows[-1][0].baseline + 2 * size
    return is_near and rule.start <= columns[0][0] + size and rule.end >= columns[-1][0]


def _is_after_table(groups: list[RowLines]) -> bool:
    """True if the last row is text below the table: its only part is a remark, or further away than rows are."""
    *rows, last = groups
    if len(last) > 1 or len(last[0]) > 1 or len(rows[-1][0]) == 1:
        return False
    starts = [row[0][0].line.baseline for row in groups]
    distances = [below - above for above, below in pairwise(starts)]
    return _REMARK.match(last[0][0].line.text) is not None or distances[-1] > 1.2 * statistics.median(distances)


def _is_table(groups: list[RowLines], width: int, *, has_rules: bool, is_stretched: bool) -> bool:
    cells = [part for group in groups for line in group for part in line]
    full_rows = [group for group in groups if len({part.first for line in group for part in line}) >= 2]
    if len(full_rows) < 2 or len(cells) < 0.4 * len(groups) * width:
        return False
    texts = [part.line.text for part in cells]
    if statistics.median(map(display_width, texts)) > _MAX_CELL_WIDTH:
        return False
    first_column = [part.line.text for part in cells if part.first == 0]
    if width == 2 and sum(bool(_MARKER.fullmatch(text)) for text in first_column) >= 0.6 * len(first_column):
        return False  # the numbers or bullets of a list
    if sum(bool(_LABEL.fullmatch(text)) for text in texts) >= 0.8 * len(texts):
        return False  # labels with their values, in two columns
    figures = [part for part in cells if part.first > 0 and FIGURE.fullmatch(part.line.text)]
    others = [part for part in cells if part.first > 0]
    has_figures = len(figures) >= 0.3 * len(others)
    if has_rules or (has_figures and (width > 2 or len(full_rows) > 2)):
        return True
    return not is_stretched and len(full_rows) >= 3 and _has_clear_columns(full_rows)


def _has_clear_columns(groups: list[RowLines]) -> bool:
    """True if the gaps between neighbouring cells are wide in nearly all rows."""
    gaps = [(b.line.left - a.line.right) / a.line.size
            for group in groups for line in group for a, b in pairwise(line) if a.first != b.first]
    return bool(gaps) and sum(gap >= CELL_GAP for gap in gaps) >= 0.8 * len(gaps)

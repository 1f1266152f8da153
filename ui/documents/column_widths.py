"""A table becomes what its layout needs to know: the share of the width of each column, and which rows fit on a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ui.documents.paper import Table, TextRun

_MIN_WIDTH, _MAX_WIDTH = 4, 44  # in half a Chinese character: a year still fits; longer text wraps anyway and is not to starve the others
_PAGE_WIDTH = 70  # halves of a character across our pages in the size of a table
_CELL_PADDING = 7  # … of which the edges of a cell take so many
_MAX_ROW_LINES, _MAX_HEADER_LINES = 15, 6  # lines; a page has 35, and a table in one of two columns half the width


def column_shares(table: Table) -> tuple[float, ...]:
    """What each column gets; they add up to 1.

    A column of years beside one of sentences gets what its years need: 年份 | 原文 → 0.1, 0.9.
    """
    cells = [table.header, *(tuple(_cell_text(cell) for cell in row) for row in table.rows)]
    needs = [min(max(_MIN_WIDTH, *map(_longest_line, column)), _MAX_WIDTH) + _CELL_PADDING for column in zip(*cells, strict=True)]
    return tuple(need / sum(needs) for need in needs)


def unbreakable_rows(table: Table) -> tuple[bool, ...]:
    """Which rows are kept on one page; a taller one must be allowed to break, or it would run off the page."""
    widths = column_shares(table)
    return tuple(_line_count([_cell_text(cell) for cell in row], widths) <= _MAX_ROW_LINES for row in table.rows)


def repeats_header(table: Table) -> bool:
    """Whether the header leaves room for rows on the pages on which it would be repeated."""
    return _line_count(table.header, column_shares(table)) <= _MAX_HEADER_LINES


def _cell_text(cell: Sequence[TextRun]) -> str:
    return "".join(run.text for run in cell)


def _line_count(cells: Sequence[str], widths: Sequence[float]) -> float:
    """How many lines the tallest of the cells takes, roughly."""
    room = [max(1.0, share * _PAGE_WIDTH - _CELL_PADDING) for share in widths]
    return max((sum(1 + _display_width(line) / width for line in cell.split("\n")) for cell, width in zip(cells, room, strict=True)), default=0)


def _longest_line(text: str) -> int:
    return max(_display_width(line) for line in text[:2000].split("\n"))  # what follows changes nothing: a column has a limit


def _display_width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)

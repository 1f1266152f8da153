"""Table layout: the share of the width for each column, and which rows fit on one page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ui.documents.paper import PaperTable, TextRun

# widths are in half-widths: a Chinese character takes two, a Latin one takes one
_MIN_WIDTH, _MAX_WIDTH = 4, 44  # a year fits into 4; text wider than 44 wraps, so that other columns get their width
_PAGE_WIDTH = 70  # of the text on our pages, in the font size of a table
_CELL_PADDING = 7  # of a cell, both edges together
_MAX_ROW_LINES, _MAX_HEADER_LINES = 15, 6  # lines; a page has 35, and a table in one of two columns half the width


def column_shares(table: PaperTable) -> tuple[float, ...]:
    """The share of the width (0 to 1) for each column; they add up to 1.

    Next to a column of sentences, a column of years gets only the width of its years: 年份 | 原文 → 0.1, 0.9.
    """
    cells = [table.header, *(tuple(_cell_text(cell) for cell in row) for row in table.rows)]
    widths = []
    for column in zip(*cells, strict=True):
        text_width = max(_longest_line(text) for text in column)
        widths.append(min(max(_MIN_WIDTH, text_width), _MAX_WIDTH) + _CELL_PADDING)
    return tuple(width / sum(widths) for width in widths)


def unbreakable_rows(table: PaperTable) -> tuple[bool, ...]:
    """True for each row that stays on one page; a taller row must be allowed to break, or it would leave the page."""
    widths = column_shares(table)
    return tuple(_line_count([_cell_text(cell) for cell in row], widths) <= _MAX_ROW_LINES for row in table.rows)


def repeats_header(table: PaperTable) -> bool:
    """Whether the header is low enough to be repeated on every page."""
    return _line_count(table.header, column_shares(table)) <= _MAX_HEADER_LINES


def _cell_text(cell: Sequence[TextRun]) -> str:
    return "".join(run.text for run in cell)


def _line_count(cells: Sequence[str], widths: Sequence[float]) -> float:
    """The estimated number of lines of the tallest cell."""
    most: float = 0
    for cell, share in zip(cells, widths, strict=True):
        room = max(1.0, share * _PAGE_WIDTH - _CELL_PADDING)
        most = max(most, sum(1 + display_width(line) / room for line in cell.split("\n")))
    return most


def _longest_line(text: str) -> int:
    # later text changes nothing: a column has a maximum width
    return max(display_width(line) for line in text[:2000].split("\n"))


def display_width(line: str) -> int:
    """The width of a line in half-widths: `3 号线` → 6."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)

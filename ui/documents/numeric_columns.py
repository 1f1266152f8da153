"""Numeric columns: which columns of a table hold figures, so that their digits stand below each other.

里程: `32.6`, `28.75`, `—` → numeric; 开通日期: `2014-06-28` → not; 备注: `停运 2 条` → not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.numbers.figures import find_figures
from rag.numbers.units import unit_end
from rag.sources.drawn_tables import DrawnTable
from ui.documents.paper import PaperTable
from ui.documents.table_grid import cell_grid


def numeric_columns(rows: Iterable[Sequence[str]], columns: int) -> frozenset[int]:
    """The columns, counted from 0, whose filled cells are all figures, beside signs for a missing value.

    `rows` are the texts of the cells of each row of the body; a row may be shorter than the table.
    """
    found: set[int] = set()
    others: set[int] = set()
    for row in rows:
        for column, text in enumerate(row[:columns]):
            bare = text.strip()
            if column not in others and bare and not _MISSING.fullmatch(bare):
                (found if is_figure(bare) else others).add(column)
    return frozenset(found - others)


def drawn_numeric_columns(table: DrawnTable) -> frozenset[int]:
    """The numeric columns of a table of a document; the heads of its rows are no figures."""
    grid = cell_grid(table.body, table.columns)
    rows = ([_value(cell.text, is_head=bool(cell.scope)) for cell, _ in row] for row in grid)
    return numeric_columns(rows, table.columns)


def paper_numeric_columns(table: PaperTable) -> frozenset[int]:
    """The numeric columns of a table of a Paper."""
    rows = (
        [_value("".join(run.text for run in cell), is_head=at < table.row_heads) for at, cell in enumerate(row)]
        for row in table.rows)
    return numeric_columns(rows, len(table.header))


def _value(text: str, *, is_head: bool) -> str:
    return "" if is_head else text


def is_figure(text: str) -> bool:
    """A number with its sign, currency and unit; not a date, a time, a range, a code, or a number among words.

    `+3.1%`, `¥3.5`, `2,914 吨`, `18.40 euros` are figures; `2024-05-20`, `9:30`, `007`, `3号线`, `53 of 60` are not.
    """
    bare = _EDGES.sub("", text)
    if not bare or len(bare) > _LONGEST_FIGURE or _PLAIN_NUMBER.fullmatch(bare):
        return 0 < len(bare) <= _LONGEST_FIGURE
    if not _OPENING.match(bare) or _DATE_OR_CODE.search(bare):
        return False
    figures = find_figures(bare)
    return len(figures) == 1 and figures[0].start == 0 and unit_end(figures[0], bare) == len(bare)


_LONGEST_FIGURE = 24  # characters; 1,234,567.89 万立方米 is shorter
_MISSING = re.compile(r"[-—–−…/·*]+|n\.?/?a\.?|nil|none|无|未知|不详", re.I)
_EDGES = re.compile(r"^[(（]?\s*[-+−±≈~约<>≤≥]*\s*|\s*[)）*†]*$")
_PLAIN_NUMBER = re.compile(r"(?:0|[1-9]\d{0,2}(?:[,，]\d{3})+|[1-9]\d*)(?:\.\d+)?[%％‰]?")
_OPENING = re.compile(r"\d|[A-Z]{0,3}[$¥￥€£]")
_DATE_OR_CODE = re.compile(
    r"^0\d|\d[-/:：–]\d|\d\.\d+\.\d|年\s*\d|\d\s*月|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.I)

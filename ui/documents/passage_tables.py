"""Tables of quoted passages as tables of a Paper; a wide one becomes several, each with the heads of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.schema import Language
from rag.sources.drawn_tables import DrawnRow, DrawnTable
from ui.documents.paper import PaperTable, TextRun
from ui.documents.table_grid import Place, cell_grid

_MAX_COLUMNS = 8  # of one table of a Paper, whose page is in portrait format

Runs = tuple[TextRun, ...]
RunsOfSpan = Callable[[int, int], Runs]  # the runs of a part of the clean text, with its quotes in bold


def paper_tables(table: DrawnTable, runs_of: RunsOfSpan, language: Language) -> Iterator[PaperTable]:
    """The tables of a Paper that show a drawn table."""
    heads = cell_grid(table.heads, table.columns)
    body = cell_grid(table.body, table.columns)
    row_heads = _count_row_heads(table.body, table.columns)
    caption = table.caption.text if table.caption else ""
    for columns in _column_groups(table.columns, row_heads):
        names = [[_name(row[column]) for column in columns] for row in heads]
        rows = tuple(tuple(_cell_runs(row[column], runs_of) for column in columns) for row in body)
        yield PaperTable(
            tuple(names[-1]) if names else ("",) * len(columns), rows, caption, language,
            _groups(names), min(row_heads, len(columns)))
        caption = ""


def _column_groups(columns: int, row_heads: int) -> Iterator[list[int]]:
    """The columns of each table: those of the row heads, and as many others as there is room for."""
    if columns <= _MAX_COLUMNS:
        yield list(range(columns))
        return
    fixed = list(range(min(row_heads, 2)))
    step = _MAX_COLUMNS - len(fixed)
    for first in range(len(fixed), columns, step):
        yield [*fixed, *range(first, min(first + step, columns))]


def _count_row_heads(rows: Sequence[DrawnRow], columns: int) -> int:
    """The number of columns at the left all of whose cells are heads of their rows."""
    grid = [row for row in cell_grid(rows, columns) if not row[0][0].column_span > 1]
    count = 0
    while count < columns - 1 and grid and all(row[count][0].scope.startswith("row") for row in grid):
        count += 1
    return count


def _name(place: Place) -> str:
    return place[0].text


def _cell_runs(place: Place, runs_of: RunsOfSpan) -> Runs:
    """The runs of a cell; one that is merged over columns only at its first place."""
    cell, is_first = place
    if not is_first and cell.column_span > 1:
        return ()
    if not cell.spans:
        return (TextRun(cell.text),) if cell.text else ()
    versions = [runs_of(*span) for span in cell.spans]
    return next((runs for runs in versions if any(run.style for run in runs)), versions[0])


def _groups(names: Sequence[Sequence[str]]) -> tuple[tuple[tuple[str, int], ...], ...]:
    """The rows above the lowest heads: equal names beside each other are one; one that is also below is left out."""
    rows = []
    for r, row in enumerate(names[:-1]):
        groups: list[tuple[str, int]] = []
        for column, name in enumerate(row):
            shown = "" if name == names[r + 1][column] else name
            is_same = groups and groups[-1][0] == shown and (
                not shown or all(above[column] == above[column - 1] for above in names[:r]))
            groups[-1:] = [(shown, groups[-1][1] + 1)] if is_same else [*groups[-1:], (shown, 1)]
        rows.append(tuple(groups))
    return tuple(rows)

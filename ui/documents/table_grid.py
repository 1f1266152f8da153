"""Cell grid: for each place of a drawn table, the cell that covers it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.sources.drawn_tables import DrawnCell, DrawnRow

Place = tuple[DrawnCell, bool]  # a cell, and whether this is its first place: a merged one has several


def cell_grid(rows: Sequence[DrawnRow], columns: int) -> list[list[Place]]:
    """The cells of all places, row by row; an empty cell where a row has none."""
    grid: list[list[Place | None]] = [[None] * columns for _ in rows]
    for r, row in enumerate(rows):
        for cell in row.cells:
            free = [column for column in range(columns) if grid[r][column] is None]
            if not free:
                break
            for down in range(r, min(r + cell.row_span, len(rows))):
                for column in range(free[0], min(free[0] + cell.column_span, columns)):
                    grid[down][column] = cell, (down, column) == (r, free[0])
    return [[place or (DrawnCell(""), True) for place in row] for row in grid]


def first_columns(places: Sequence[Place]) -> list[int]:
    """The column in which each cell that begins in a row of the grid begins, in order."""
    return [column for column, (_, is_first) in enumerate(places) if is_first]

"""Table candidates: the cells of a table that may answer a question, each with its heads and what is around it."""

from __future__ import annotations

from dataclasses import dataclass

from rag.reading.cell_candidate import CellCandidate
from rag.sources.elements import Table
from rag.sources.table_heads import Place, TableHeads

# In a table of more rows a column lists the values of many records, which say nothing about one of them
_MOST_RECORD_ROWS = 30
_MOST_ROW_TEXTS = 60  # of the other cells of a row; a wider row does not describe its cells


@dataclass(frozen=True)
class PlacedCandidate:
    """A candidate with the row and column of its cell's origin."""

    place: Place
    candidate: CellCandidate


def cell_candidates(table: Table, heads: TableHeads) -> list[PlacedCandidate]:
    """Every cell with a text, in reading order; a merged cell once, a head too, since a question may ask for a name."""
    columns = _column_values(table, heads) if len(table.rows) <= _MOST_RECORD_ROWS else {}
    placed = []
    for r, row in enumerate(table.rows):
        in_row = list(dict.fromkeys(cell for cell in row if cell.text.strip()))  # a merged cell once
        for c, cell in enumerate(row):
            if cell.origin != (r, c) or not cell.text.strip():
                continue
            candidate = CellCandidate(
                cell.text,
                row_heads=tuple(table.rows[i][j].text for i, j in heads.row_heads(r, c)),
                column_heads=tuple(table.rows[i][j].text for i, j in heads.column_heads(r, c)),
                row_texts=tuple(other.text for other in in_row[:_MOST_ROW_TEXTS] if other.origin != cell.origin),
                column_texts=tuple(text for place, text in columns.get(c, ()) if place != cell.origin),
                caption=table.caption,
                is_row_head=heads.names_row(r, c),
                is_column_head=heads.is_head(r, c) and not heads.names_row(r, c))
            placed.append(PlacedCandidate((r, c), candidate))
    return placed


def _column_values(table: Table, heads: TableHeads) -> dict[int, list[tuple[Place, str]]]:
    """The values of each column that are no heads, with their places."""
    columns: dict[int, list[tuple[Place, str]]] = {}
    for row in table.rows:
        for c, cell in enumerate(row):
            values = columns.setdefault(c, [])
            is_repeated = bool(values) and values[-1][0] == cell.origin
            if cell.text.strip() and not is_repeated and not heads.is_head(*cell.origin):
                values.append((cell.origin, cell.text))
    return columns

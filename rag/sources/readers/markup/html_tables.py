"""Tables of a web page: a full grid of bounded size from rows of cells with spans."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.sources.elements import Cell, Element, Table
from rag.sources.readers.markup.html_tree import HtmlNode

_MAX_COLUMN_SPAN = 1_000  # the limit of the HTML standard
_MAX_GRID = 2_000_000  # cells of a grid: 20,000 rows of 100
_SMALL_GRID = 100_000  # cells that any table may have
_MAX_GROWTH = 16  # a grid that spans make larger than so many times its cells says nothing


@dataclass(slots=True)
class OpenCell:
    """A cell whose text is being read; a row span of 0 goes to the end of the table."""

    row_span: int
    column_span: int
    is_head: bool
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class OpenTable:
    """A table that is being read: its rows of cells, its caption, and the elements that come after it."""

    rows: list[list[OpenCell]] = field(default_factory=list)
    caption: list[str] = field(default_factory=list)
    following: list[Element | Table] = field(default_factory=list)
    cell: OpenCell | None = None
    in_head: bool = False  # inside `<thead>`

    def start_row(self) -> None:
        self.rows.append([])
        self.cell = None

    def start_cell(self, node: HtmlNode) -> None:
        if not self.rows:
            self.rows.append([])
        self.cell = OpenCell(
            row_span=_parse_span(node.get("rowspan", ""), lowest=0),
            column_span=min(_parse_span(node.get("colspan", ""), lowest=1), _MAX_COLUMN_SPAN),
            is_head=self.in_head or node.tag == "th")
        self.rows[-1].append(self.cell)

    def elements(self) -> Iterator[Element | Table]:
        """The table, or its rows as paragraphs if its spans would fill memory; then the elements after it."""
        rows = [row for row in self.rows if row]
        caption = " ".join(self.caption)
        grid = build_grid(rows)
        if grid:
            yield Table(grid, caption)
        else:
            texts = [caption, *(" | ".join(_cell_text(cell) for cell in row) for row in rows)]
            yield from (Element("paragraph", text) for text in texts if text)
        yield from self.following


def build_grid(rows: Sequence[Sequence[OpenCell]]) -> tuple[tuple[Cell, ...], ...]:
    """The full grid of a table; empty if it would be far larger than the table.

    A cell that spans rows or columns stands in each of its places. A column in which no cell begins is left out, so
    that a title that is a million columns wide is as wide as the table.
    """
    placed = _place_cells(rows)
    starts = sorted({column for _, column, _ in placed})
    size = len(rows) * len(starts)
    if not placed or size > min(_MAX_GRID, max(_SMALL_GRID, _MAX_GROWTH * (len(placed) + len(rows)))):
        return ()
    has_head = any(cell.is_head for _, _, cell in placed)
    grid: list[list[Cell | None]] = [[None] * len(starts) for _ in rows]
    for row, start, cell in placed:
        column = bisect_left(starts, start)
        end = bisect_left(starts, start + cell.column_span)
        end_row = min(len(rows), row + (cell.row_span or len(rows)))
        merged = Cell(_cell_text(cell), (row, column), end_row - row, end - column, cell.is_head if has_head else None)
        for line in grid[row:end_row]:
            for place in range(column, end):
                line[place] = line[place] or merged
    return tuple(
        tuple(cell or Cell("", (row, column)) for column, cell in enumerate(line)) for row, line in enumerate(grid))


def _place_cells(rows: Sequence[Sequence[OpenCell]]) -> list[tuple[int, int, OpenCell]]:
    """Each cell with its row and its first column, right of the cells that reach down into its row.

    Empty if more cells reach down than a grid can have.
    """
    placed: list[tuple[int, int, OpenCell]] = []
    reaching: list[tuple[int, int, int]] = []  # first column, column after the last, row after the last
    steps = 0
    for row, cells in enumerate(rows):
        reaching = sorted(span for span in reaching if span[2] > row)
        steps += len(reaching)
        if steps > _MAX_GRID:
            return []
        column, index, added = 0, 0, []
        for cell in cells:
            while index < len(reaching) and reaching[index][0] <= column:
                column, index = max(column, reaching[index][1]), index + 1
            placed.append((row, column, cell))
            if cell.row_span != 1:
                end_row = row + cell.row_span if cell.row_span else len(rows)
                added.append((column, column + cell.column_span, end_row))
            column += cell.column_span
        reaching += added
    return placed


def _parse_span(value: str, lowest: int) -> int:
    digits = value.strip()[:9]
    return max(lowest, int(digits)) if digits.isascii() and digits.isdigit() else 1


def _cell_text(cell: OpenCell) -> str:
    separator = " " if cell.is_head else "\n"
    return separator.join(cell.texts)

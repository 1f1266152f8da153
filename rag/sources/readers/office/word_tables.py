"""Tables of a Word document: rows and cells with merges, gaps and content controls, as a full grid.

Grid columns in which no cell begins, which Word leaves behind when borders are moved, are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rag.sources.elements import Cell, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.package import MAX_XML_MEBIBYTES
from rag.sources.readers.office.xml import Node, attribute, child, is_on, parse_integer, short_name, value_at

MAX_CELLS = 1_000_000  # places of one grid: 15,000 rows of the 63 columns that Word allows at most
_MAX_COLUMN = 1_000_000_000  # columns beyond it are as good as the last


@dataclass
class GridCell:
    """A cell of a table as the file has it, with its place in the grid; `width` and `height` count places."""

    row: int
    column: int
    width: int
    text: str
    is_head: bool = False
    merges_down: bool = False  # it is part of a vertical merge
    height: int = 1
    more_texts: dict[str, None] = field(default_factory=dict)  # of the cells below that are merged into it


def read_table(table: Node, read_cell: Callable[[Node], str], caption: str = "") -> Table:
    """A `w:tbl` as a full grid, without rows that are deleted or hidden; `read_cell` gives the text of a `w:tc`.

    Raises:
        UnreadableFile: "too large": more than MAX_CELLS places.
    """
    grid: list[list[GridCell]] = []
    is_head = True
    for node in table_parts(table, "w:tr"):
        properties = child(node, "w:trPr")
        if child(properties, "w:del") is not None or is_on(child(properties, "w:hidden")):
            continue
        # only rows at the top of a table are repeated on each page
        is_head = is_head and is_on(child(properties, "w:tblHeader"))
        above = {cell.column: cell for cell in grid[-1]} if grid else {}
        grid.append(_read_row(node, len(grid), above, read_cell))
        for cell in grid[-1]:
            cell.is_head = cell.is_head or is_head
    return build_table(grid, caption)


def table_parts(node: Node, name: str) -> Iterator[Node]:
    """The rows of a table or the cells of a row, also those in content controls and insertions."""
    for part in node:
        part_name = short_name(part)
        if part_name == name:
            yield part
        elif part_name in _TABLE_CONTAINERS:
            yield from table_parts(part, name)


_TABLE_CONTAINERS = frozenset(("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml"))


def _read_row(
        node: Node, row: int, above: dict[int, GridCell], read_cell: Callable[[Node], str]) -> list[GridCell]:
    """The cells of a row; one that continues a vertical merge is the same object as the cell above it."""
    column = max(0, parse_integer(value_at(node, "w:trPr/w:gridBefore")))
    cells: list[GridCell] = []
    for part, width in _cell_widths(node):
        text = read_cell(part)
        merge = child(part, "w:tcPr/w:vMerge")
        upper = above.get(column)
        continues = merge is not None and attribute(merge, "w:val", "continue") != "restart"
        # a continuation without a cell of the same width above it is a cell of its own
        if continues and upper is not None and upper.merges_down and upper.width == width:
            upper.height += 1
            upper.more_texts[text] = None
            cells.append(upper)
        else:
            cells.append(GridCell(row, column, width, text, merges_down=merge is not None))
        column = min(column + width, _MAX_COLUMN)
    return cells


def _cell_widths(row: Node) -> list[tuple[Node, int]]:
    """The cells of a row with their widths; older files merge cells with a mark on each instead of a span."""
    cells: list[tuple[Node, int]] = []
    for part in table_parts(row, "w:tc"):
        width = max(1, parse_integer(value_at(part, "w:tcPr/w:gridSpan"), 1))
        merge = child(part, "w:tcPr/w:hMerge")
        if cells and merge is not None and attribute(merge, "w:val", "continue") == "continue":
            cells[-1] = cells[-1][0], cells[-1][1] + width
        else:
            cells.append((part, width))
    return cells


def build_table(grid: list[list[GridCell]], caption: str = "", page: int = 0) -> Table:
    """The full grid of rows of cells; a cell with a height is in each of its rows. Rows without cells are left out.

    Raises:
        UnreadableFile: "too large".
    """
    columns = sorted({cell.column for row in grid for cell in row})
    if len(columns) * len(grid) > MAX_CELLS:
        raise UnreadableFile("too large", mebibytes=MAX_XML_MEBIBYTES)
    finished: dict[int, Cell] = {}
    rows = []
    for number, row in enumerate(grid):
        head = True if any(cell.is_head for cell in row) else None
        places = [Cell("", (number, place), is_head=head) for place in range(len(columns))]
        for cell in row:
            first = bisect_left(columns, cell.column)
            span = bisect_left(columns, cell.column + cell.width) - first
            if id(cell) not in finished:
                finished[id(cell)] = _finished_cell(cell, first, span)
            places[first : first + span] = [finished[id(cell)]] * span
        rows.append(tuple(places))
    return Table(tuple(rows) if columns else (), caption, page)


def _finished_cell(cell: GridCell, column: int, span: int) -> Cell:
    texts = dict.fromkeys((cell.text, *cell.more_texts))
    text = "\n".join(part for part in texts if part)
    return Cell(text, (cell.row, column), cell.height, span, cell.is_head or None)

"""Drawn tables: the rows and cells of a table from its blocks, so that it can be shown as a table.

The clean text has a table as lines, `西湖区 | 987.6 |  | 6.1%`. Merged cells are repeated in it; repeated heads are drawn
as one cell again. The rows of a part of a table that goes on from an earlier part get the heads that their cells name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from rag.schema import Block, Slice
from rag.sources.blocks import CELL_SEPARATOR

HeadScope = Literal["", "col", "colgroup", "row", "rowgroup"]
_MAX_COLUMNS = 200  # of a table that is drawn; the columns beyond are left out


@dataclass(frozen=True)
class DrawnCell:
    """A cell, or several cells of equal heads that are drawn as one; `spans` are their places in the clean text.

    `scope`: what a head is the head of, as in HTML; empty for a cell that is no head.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    scope: HeadScope = ""
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True)
class DrawnRow:
    """A row, with its place in the clean text; an empty place for heads that stand in an earlier part of the table."""

    cells: tuple[DrawnCell, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class DrawnTable:
    """A table, or a part of one, at `start` to `end` of the clean text; its caption, if it stands directly above it."""

    start: int
    end: int
    columns: int
    caption: Slice | None = None
    heads: tuple[DrawnRow, ...] = ()
    body: tuple[DrawnRow, ...] = ()


def find_tables(text: str, blocks: Iterable[Block], offset: int = 0) -> list[DrawnTable]:
    """The tables among the blocks of a text, in reading order; `offset` is where it begins in the clean text.

    Rows that are not wholly in the text are left out.
    """
    tables = []
    groups = _row_groups([block for block in blocks if offset <= block.start and block.end <= offset + len(text)])
    for caption, rows, cells in groups:
        grid = [_Line.of_row(text[row.start - offset : row.end - offset], row, cells) for row in rows]
        if max(len(line.pieces) for line in grid) > 1:
            tables.append(_draw(grid, _caption_slice(caption, rows[0], text, offset)))
    return tables


_Cells = Mapping[tuple[int, int], Block]
_Piece = tuple[str, int, int]  # a cell's text with its place


def _row_groups(blocks: Sequence[Block]) -> Iterator[tuple[Block | None, list[Block], _Cells]]:
    """The rows of each table with its caption and its cells."""
    caption: Block | None = None
    rows: list[Block] = []
    cells: dict[tuple[int, int], Block] = {}
    for block in blocks:
        if block.kind == "table":
            continue
        if block.kind in ("head", "cell"):
            cells.setdefault((block.start, block.end), block)
            continue
        if rows and not (block.kind == "row" and block.parent == rows[-1].parent):
            yield caption, rows, cells
            caption, rows, cells = None, [], {}
        if block.kind == "row":
            rows.append(block)
        else:
            caption = block if block.kind == "caption" else None
    if rows:
        yield caption, rows, cells


def _caption_slice(caption: Block | None, first: Block, text: str, offset: int) -> Slice | None:
    if caption is None or text[caption.end - offset : first.start - offset].strip():
        return None
    return Slice(text[caption.start - offset : caption.end - offset], caption.start, caption.end)


@dataclass
class _Line:
    """A row as its pieces, with the blocks of those that have one."""

    row: Block
    pieces: list[_Piece] = field(default_factory=list)
    blocks: list[Block | None] = field(default_factory=list)

    @classmethod
    def of_row(cls, line: str, row: Block, cells: _Cells) -> _Line:
        found = cls(row)
        at = row.start
        for piece in line.split(CELL_SEPARATOR)[:_MAX_COLUMNS]:
            found.pieces.append((piece, at, at + len(piece)))
            found.blocks.append(cells.get((at, at + len(piece))))
            at += len(piece) + len(CELL_SEPARATOR)
        return found

    def is_head(self, column: int) -> bool:
        block = self.blocks[column] if column < len(self.blocks) else None
        return block is not None and block.kind == "head"

    @property
    def is_head_row(self) -> bool:
        filled = [column for column, (text, _, _) in enumerate(self.pieces) if text.strip()]
        return bool(filled) and all(map(self.is_head, filled))

    def text(self, column: int) -> str:
        return self.pieces[column][0] if column < len(self.pieces) else ""

    @property
    def is_whole(self) -> bool:
        """True for one cell that is merged over the whole row."""
        return len(self.pieces) == 1


def _draw(grid: Sequence[_Line], caption: Slice | None) -> DrawnTable:
    columns = max(len(line.pieces) for line in grid)
    count = 0
    # a head that is merged over the whole row is a title above the heads, or the name of the rows below it
    while count < len(grid) - 1 and grid[count].is_head_row and not (count and grid[count].is_whole):
        count += 1
    head_lines, body_lines = grid[:count], grid[count:]
    heads = _draw_heads(head_lines, columns) if head_lines else _repeated_heads(body_lines, columns)
    start = caption.start if caption else grid[0].row.start
    return DrawnTable(start, grid[-1].row.end, columns, caption, heads, _draw_body(body_lines, columns))


# --- heads


def _draw_heads(lines: Sequence[_Line], columns: int) -> tuple[DrawnRow, ...]:
    """The head rows, with equal heads as one cell: beside each other above other heads, and below each other."""
    texts = [[line.text(0 if line.is_whole else column) for column in range(columns)] for line in lines]
    rows = []
    covered: set[tuple[int, int]] = set()  # places that belong to a cell above
    for r, line in enumerate(lines):
        cells: list[DrawnCell] = []
        for first, last in [(0, columns - 1)] if line.is_whole else _head_groups(texts, r):
            if (r, first) in covered:
                continue
            down = r + 1
            while first == last and down < len(lines) and texts[down][first] == texts[r][first] != "":
                covered.add((down, first))
                down += 1
            spans = [line.pieces[c][1:] for c in range(first, last + 1) if c < len(line.pieces)]
            spans += [lines[below].pieces[first][1:] for below in range(r + 1, down) if not lines[below].is_whole]
            scope: HeadScope = "" if not texts[r][first] else "colgroup" if last > first else "col"
            cells.append(DrawnCell(texts[r][first], tuple(spans), scope, down - r, last - first + 1))
        rows.append(DrawnRow(tuple(cells), line.row.start, line.row.end))
    return tuple(rows)


def _head_groups(texts: Sequence[Sequence[str]], row: int) -> Iterator[tuple[int, int]]:
    """The first and last column of each cell of a head row; equal heads of the lowest row are columns of one name."""
    first = 0
    is_last = row == len(texts) - 1
    width = len(texts[row])
    for column in range(1, width + 1):
        is_same = column < width and not is_last and texts[row][column] == texts[row][first] != "" and all(
            above[column] == above[first] for above in texts[:row])
        if not is_same:
            yield first, column - 1
            first = column


def _repeated_heads(lines: Sequence[_Line], columns: int) -> tuple[DrawnRow, ...]:
    """The heads of the columns that the cells of a part of a table name; none if few columns have any."""
    begin = lines[0].row.start
    by_column: list[tuple[Slice, ...]] = []
    for column in range(columns):
        blocks = (line.blocks[column] for line in lines if column < len(line.blocks) and not line.is_whole)
        block = next((block for block in blocks if block is not None), None)
        outer = set(lines[0].row.lead)
        by_column.append(
            () if block is None else tuple(part for part in block.lead if part.start < begin and part not in outer))
    depth = max(map(len, by_column), default=0)
    if depth == 0 or 2 * sum(map(bool, by_column)) < columns:
        return ()
    padded = [[*[None] * (depth - len(parts)), *parts] for parts in by_column]
    rows = []
    for level in range(depth):
        cells = [
            DrawnCell(part.text if part else "", scope="col" if part else "")
            for part in (parts[level] for parts in padded)]
        rows.append(DrawnRow(tuple(_merge_equal(cells) if level < depth - 1 else cells)))
    return tuple(rows)


def _merge_equal(cells: Sequence[DrawnCell]) -> list[DrawnCell]:
    merged: list[DrawnCell] = []
    for cell in cells:
        if merged and cell.text and merged[-1].text == cell.text:
            merged[-1] = replace(merged[-1], scope="colgroup", column_span=merged[-1].column_span + 1)
        else:
            merged.append(cell)
    return merged


# --- body


def _draw_body(lines: Sequence[_Line], columns: int) -> tuple[DrawnRow, ...]:
    heights = _group_heights(lines)
    rows = []
    for r, line in enumerate(lines):
        cells = [
            cell for column, piece in enumerate(line.pieces)
            if (cell := _body_cell(line, column, piece, heights.get((r, column), 1)))]
        if line.is_whole:
            cells = [replace(cells[0], column_span=columns, scope="colgroup" if line.is_head(0) else "")]
        elif len(line.pieces) < columns:
            cells += [DrawnCell("")] * (columns - len(line.pieces))
        rows.append(DrawnRow(tuple(cells), line.row.start, line.row.end))
    spans = _spans_of_groups(lines, heights)
    return tuple(
        replace(row, cells=tuple(_with_spans(cell, spans) for cell in row.cells)) for row in rows)


def _body_cell(line: _Line, column: int, piece: _Piece, height: int) -> DrawnCell | None:
    """A cell of the body; None for a part of the group head above it (its height is 0)."""
    text, start, end = piece
    if height == 0:
        return None
    scope: HeadScope = "" if not line.is_head(column) else "rowgroup" if height > 1 else "row"
    return DrawnCell(text, ((start, end),), scope, height)


def _group_heights(lines: Sequence[_Line]) -> dict[tuple[int, int], int]:
    """How many rows the head of a group of rows covers; 0 for the rows below its first.

    A group has a head of its own for each of its rows beside that of the group, so that no two rows have equal heads.
    """
    heights: dict[tuple[int, int], int] = {}
    for (r, line), (_, below) in pairwise(enumerate(lines)):
        if line.is_whole or below.is_whole:
            continue
        for column in range(min(len(line.pieces), len(below.pieces)) - 1):
            is_group = (line.is_head(column) and below.is_head(column) and line.text(column) == below.text(column) != ""
                        and below.is_head(column + 1))
            if not is_group:
                break
            first = r
            while heights.get((first, column), 1) == 0:
                first -= 1
            heights[first, column] = r + 2 - first
            heights[r + 1, column] = 0
    return heights


def _spans_of_groups(
    lines: Sequence[_Line], heights: Mapping[tuple[int, int], int],
) -> dict[tuple[int, int], tuple[tuple[int, int], ...]]:
    """For the place of a group's head, the places of all its repetitions."""
    return {
        lines[r].pieces[column][1:]: tuple(lines[below].pieces[column][1:] for below in range(r, r + height))
        for (r, column), height in heights.items() if height > 1}


def _with_spans(cell: DrawnCell, spans: Mapping[tuple[int, int], tuple[tuple[int, int], ...]]) -> DrawnCell:
    return replace(cell, spans=spans.get(cell.spans[0], cell.spans)) if cell.spans else cell

"""Tables with ruling lines in a PDF page: a grid of lines turned into cells, and the words in them into a Table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.sources.elements import Cell, Table
from rag.sources.readers.pdf.lines import join_lines_of_cell, lines_of
from rag.sources.readers.pdf.rules import SNAP, Rule, Rules
from rag.sources.readers.pdf.words import Word

_MAX_GRIDS = 40  # tables of a page; each is compared with all its words
_COVERED = 0.7  # of a cell's side; a line of this length separates it from the next cell
_OPEN_SIDE = 8.0  # points by which horizontal lines reach over the last vertical one if there is a cell


@dataclass(frozen=True)
class PlacedTable:
    """A table with its place on the upright page."""

    table: Table
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Grid:
    """A grid of ruling lines: the edges of its columns and rows, and the rules inside it."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    rules: Rules

    def merged_cells(self) -> list[list[tuple[int, int]]]:
        """For each place of the grid the row and column at which its cell begins.

        Places without a line between them are one cell if together they are a rectangle.
        """
        height, width = len(self.ys) - 1, len(self.xs) - 1
        origin = [[(row, column) for column in range(width)] for row in range(height)]
        free = {(row, column) for row in range(height) for column in range(width)}
        for row in range(height):
            for column in range(width):
                if (row, column) in free:
                    self._merge_from(row, column, free, origin)
        return origin

    def _merge_from(
        self, row: int, column: int, free: set[tuple[int, int]], origin: list[list[tuple[int, int]]]) -> None:
        right, low = column + 1, row + 1
        while right < len(self.xs) - 1 and (row, right) in free and not self._is_split_at_x(right, row):
            right += 1
        while low < len(self.ys) - 1 and all(
                (low, c) in free and not self._is_split_at_y(low, c) for c in range(column, right)) and not any(
                self._is_split_at_x(c, low) for c in range(column + 1, right)):
            low += 1
        for r in range(row, low):
            for c in range(column, right):
                free.discard((r, c))
                origin[r][c] = (row, column)

    def _is_split_at_x(self, column: int, row: int) -> bool:
        return _is_covered(self._rules_at_xs[column], self.ys[row], self.ys[row + 1])

    def _is_split_at_y(self, row: int, column: int) -> bool:
        return _is_covered(self._rules_at_ys[row], self.xs[column], self.xs[column + 1])

    @cached_property
    def _rules_at_xs(self) -> list[list[Rule]]:
        return [[rule for rule in self.rules.vertical if abs(rule.position - x) <= SNAP] for x in self.xs]

    @cached_property
    def _rules_at_ys(self) -> list[list[Rule]]:
        return [[rule for rule in self.rules.horizontal if abs(rule.position - y) <= SNAP] for y in self.ys]


def _is_covered(rules: Sequence[Rule], start: float, end: float) -> bool:
    covered = sum(max(0.0, min(rule.end, end) - max(rule.start, start)) for rule in rules)
    return covered >= _COVERED * (end - start)


def grids_of(rules: Rules) -> list[Grid]:
    """The grids that ruling lines form: lines that cross or touch belong to one grid."""
    horizontal, vertical = rules.horizontal, rules.vertical
    parent = list(range(len(horizontal) + len(vertical)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for h, row_rule in enumerate(horizontal):
        for v, column_rule in enumerate(vertical, len(horizontal)):
            if _touches(row_rule, column_rule):
                parent[root(v)] = root(h)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate((*horizontal, *vertical)):
        groups.setdefault(root(index), ([], []))[index >= len(horizontal)].append(rule)
    return [_grid_of(*group) for group in groups.values() if len(group[0]) >= 2 and group[1]]


def _touches(horizontal: Rule, vertical: Rule) -> bool:
    return (horizontal.start - SNAP <= vertical.position <= horizontal.end + SNAP
            and vertical.start - SNAP <= horizontal.position <= vertical.end + SNAP)


def _grid_of(horizontal: list[Rule], vertical: list[Rule]) -> Grid:
    xs = _edges([rule.position for rule in vertical], horizontal)
    ys = _edges([rule.position for rule in horizontal], vertical)
    return Grid(xs, ys, Rules(tuple(horizontal), tuple(vertical)))


def _edges(positions: list[float], across: list[Rule]) -> tuple[float, ...]:
    """The edges of columns (rows): the rules, and the ends of the rules across them where a side is open."""
    start, end = min(rule.start for rule in across), max(rule.end for rule in across)
    edges: list[float] = []
    for position in sorted(positions):
        if not edges or position - edges[-1] > SNAP:
            edges.append(position)
    if edges[0] - start > _OPEN_SIDE:
        edges.insert(0, start)
    if end - edges[-1] > _OPEN_SIDE:
        edges.append(end)
    return tuple(edges)


def find_ruled_tables(words: list[Word], rules: Rules, page: int) -> tuple[list[PlacedTable], list[Word]]:
    """The tables in the grids of a page, and the words outside them."""
    tables: list[PlacedTable] = []
    grids = [grid for grid in grids_of(rules) if len(grid.xs) >= 3 and len(grid.ys) >= 3]
    grids.sort(key=lambda grid: len(grid.xs) * len(grid.ys), reverse=True)
    for grid in grids[:_MAX_GRIDS]:
        inside = [word for word in words if _place_of(word, grid)]
        if not inside:
            continue
        if table := _table_of(grid, inside, page):
            tables.append(PlacedTable(table, grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]))
            taken = set(map(id, inside))
            words = [word for word in words if id(word) not in taken]
    return tables, words


def _place_of(word: Word, grid: Grid) -> tuple[int, int] | None:
    """Row and column of the place in which a word lies; None outside the grid."""
    x, y = word.centre, word.baseline - 0.3 * word.size
    if not (grid.xs[0] <= x <= grid.xs[-1] and grid.ys[0] <= y <= grid.ys[-1]):
        return None
    row, column = bisect_right(grid.ys, y) - 1, bisect_right(grid.xs, x) - 1
    return min(row, len(grid.ys) - 2), min(column, len(grid.xs) - 2)


def _table_of(grid: Grid, words: list[Word], page: int) -> Table | None:
    """The table of a grid; None if fewer than two rows or two columns have text."""
    origin = grid.merged_cells()
    contents: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        if place := _place_of(word, grid):
            contents.setdefault(origin[place[0]][place[1]], []).append(word)
    if len({row for row, _ in contents}) < 2 or len({column for _, column in contents}) < 2:
        return None
    texts = {place: text_of_cell(cell_words) for place, cell_words in contents.items()}
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for r, row in enumerate(origin):
        for c, place in enumerate(row):
            spans[place] = (r - place[0] + 1, c - place[1] + 1)
    return without_empty_lines(Table(tuple(
        tuple(Cell(texts.get(place, ""), place, *spans[place]) for place in row) for row in origin), page=page))


def text_of_cell(words: list[Word]) -> str:
    return join_lines_of_cell([line.text for line in lines_of(words)])


def without_empty_lines(table: Table) -> Table:
    """The table without rows and columns that have no text or only repeat a merged cell."""
    rows = [r for r, row in enumerate(table.rows) if any(cell.text and cell.origin[0] == r for cell in row)]
    columns = [c for c in range(len(table.rows[0]))
               if any(row[c].text and row[c].origin[1] == c for row in table.rows)]
    if len(rows) == len(table.rows) and len(columns) == len(table.rows[0]):
        return table
    return Table(tuple(tuple(_move_cell(table.rows[r][c], rows, columns) for c in columns) for r in rows),
                 table.caption, table.page)


def _move_cell(cell: Cell, rows: list[int], columns: list[int]) -> Cell:
    """A cell in a table of which only these rows and columns remain."""
    (row, column), row_end, column_end = (
        cell.origin, cell.origin[0] + cell.row_span, cell.origin[1] + cell.column_span)
    inside_rows = [index for index, r in enumerate(rows) if row <= r < row_end]
    inside_columns = [index for index, c in enumerate(columns) if column <= c < column_end]
    return Cell(cell.text, (inside_rows[0], inside_columns[0]), len(inside_rows), len(inside_columns), cell.is_head)

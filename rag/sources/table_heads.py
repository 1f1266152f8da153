"""Heads of a table: which cells name their column or their row, and which heads each cell has.

    | 部门   | 人数 |      |      heads = find_heads(table)
    |        | 男   | 女   |      heads.column_heads(2, 1) → ((0, 1), (1, 1))     人数 › 男
    | 检验科 | 12   | 9    |      heads.row_heads(2, 1)    → ((2, 0),)            检验科

What the format states (`Cell.is_head`) holds; the rest is inferred from the cells by `table_roles.py` and corrected by
`role_rules.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.sources.elements import Cell, Table
from rag.sources.role_rules import CellRoles, decide_roles
from rag.sources.table_roles import PredictRoles, role_probabilities

Place = tuple[int, int]  # the row and column of a cell's origin


@dataclass(frozen=True, eq=False)
class TableHeads:
    """The heads of a table, by places in its grid; a merged cell is named by its origin, and has the heads of that.

    `header_rows` and `header_columns` are how many rows at the top, and columns at the left, consist of heads.
    """

    table: Table
    roles: CellRoles

    @property
    def header_rows(self) -> int:
        """How many rows at the top are heads of columns."""
        return self.roles.header_rows

    @property
    def header_columns(self) -> int:
        """How many columns at the left name rows; a column of serial numbers before them counts as well."""
        return self.roles.header_columns

    def is_head(self, row: int, column: int) -> bool:
        """Whether the cell names its column, its row, or the rows below it; False for an empty cell."""
        roles = self.roles
        is_named = roles.is_column_head[row, column] or roles.is_row_head[row, column] or roles.is_section[row]
        return bool(is_named) and bool(self._cell(row, column).text.strip())

    def names_row(self, row: int, column: int) -> bool:
        """Whether the cell is a head of its row."""
        return bool(self.roles.is_row_head[row, column]) and self.is_head(row, column)

    def is_section(self, row: int) -> bool:
        """Whether the row is one head of all rows below it, up to the next such row."""
        return bool(self.roles.is_section[row])

    def column_heads(self, row: int, column: int) -> tuple[Place, ...]:
        """The heads of the cell's column, outermost first: a head of several columns before the one below it."""
        top, left = self._cell(row, column).origin
        heads: dict[Place, None] = {}
        nearest = int(self._nearest_head_above[top, left])
        while nearest >= 0 and self.roles.is_column_head[nearest, left]:
            place = self.roles.shared_heads.get((nearest, left)) or self._cell(nearest, left).origin
            if self._cell(*place).text.strip():
                heads.setdefault(place)
            nearest -= 1
        return tuple(reversed(heads))

    def row_heads(self, row: int, column: int) -> tuple[Place, ...]:
        """The heads of the cell's row, outermost first: a section, a group, the name of the row."""
        top, left = self._cell(row, column).origin
        if self.roles.is_column_head[top, left]:
            return ()
        heads = self._heads_to_the_left(top, left)
        if not heads and not self.roles.is_row_head[top, left]:
            heads = self._name_to_the_right(top, left)
        return (*self._sections_above(top), *reversed(heads))

    def _cell(self, row: int, column: int) -> Cell:
        return self.table.rows[row][column]

    @cached_property
    def _nearest_head_above(self) -> NDArray[np.int64]:
        """The row of the nearest head above each place, -1 for none: rows × columns."""
        flags = self.roles.is_column_head
        rows = np.arange(len(flags))[:, None]
        nearest = np.maximum.accumulate(np.where(flags, rows, -1), axis=0)
        above = np.vstack([np.full((1, flags.shape[1]), -1), nearest[:-1]])
        # a section with another layout begins a new block, which the heads above do not name
        border = np.maximum.accumulate(np.where(self.roles.is_border, np.arange(len(flags)), -1))[:, None]
        return np.asarray(np.where(above < border, -1, above))

    def _heads_to_the_left(self, row: int, column: int) -> list[Place]:
        """The heads of a row, innermost first; beyond a value only a group, which spans more rows than they do."""
        heads: dict[Place, None] = {}
        is_beyond, span = False, 0
        for c in range(column - 1, -1, -1):
            if not self.roles.is_row_head[row, c]:
                is_beyond = bool(heads)
                continue
            place = self.roles.shared_heads.get((row, c)) or self._cell(row, c).origin
            cell = self._cell(*place)
            if place not in heads and cell.text.strip() and not (is_beyond and cell.row_span <= span):
                heads[place] = None
                span = max(span, cell.row_span)
        return list(heads)

    def _name_to_the_right(self, row: int, column: int) -> list[Place]:
        """The name of a row for a cell to its left, such as its serial number."""
        for c in range(column + 1, self.header_columns):
            if self.roles.is_row_head[row, c] and self._cell(row, c).text.strip():
                return [self._cell(row, c).origin]
        return []

    def _sections_above(self, row: int) -> list[Place]:
        """The nearest section above a row, after those that directly precede it."""
        sections: list[Place] = []
        if self.roles.is_section[row]:
            return sections
        section = int(self._nearest_section[row])
        while section >= 0 and self.roles.is_section[section]:
            sections.insert(0, self._cell(section, 0).origin)
            section -= 1
        return sections

    @cached_property
    def _nearest_section(self) -> NDArray[np.int64]:
        rows = np.arange(len(self.table.rows))
        return np.asarray(np.maximum.accumulate(np.where(self.roles.is_section, rows, -1)))


def find_heads(table: Table, predict: PredictRoles = role_probabilities) -> TableHeads:
    """The heads of a table.

    `predict` gives for each cell the probabilities that it is the head of its column and of its row; another one than
    the shipped model is for training.

    >>> from rag.sources.elements import table_of_texts
    >>> heads = find_heads(table_of_texts([["Shop", "Staff"], ["Elm Street", "14"], ["Mill Lane", "9"]]))
    >>> heads.column_heads(2, 1), heads.row_heads(2, 1)
    (((0, 1),), ((2, 0),))
    """
    return TableHeads(table, decide_roles(table, predict))

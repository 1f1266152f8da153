"""Grouping: the records of a table taken together by their value in one column.

    | 订单 | 客户 | 金额 |        by 客户, total:  | 客户 | 金额 | (count) |
    | A1 | 华兴 | 100 |                            | 华兴 | 160 | 2 |
    | A2 | 华兴 | 60 |                             | 大通 | 90 | 1 |
    | A3 | 大通 | 90 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import Literal

import numpy as np

from rag.tables.derived_columns import format_value
from rag.tables.records import CellColumn, RecordCell, RecordRow, Records
from rag.tables.typed_table import Column, ColumnKind, TypedTable

Aggregate = Literal["total", "mean", "median", "largest", "smallest"]
_DECIMALS = 2  # of a mean


@dataclass(frozen=True, eq=False)
class GroupedTable(TypedTable):
    """The groups of a table as records, in the order of their first records.

    `by` is the column whose values name the groups, `passing` the records that are grouped. The first column has the
    names; then come the number columns of the table under `aggregate`; the last one counts the records of each group.
    """

    table: TypedTable = field(kw_only=True)
    by: Column = field(kw_only=True)
    passing: tuple[int, ...] = field(kw_only=True)
    aggregate: Aggregate = "total"

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The records of each group by its name."""
        groups: dict[str, list[int]] = {}
        for record in self.passing:
            if name := self.by.cells[record].text:
                groups.setdefault(name, []).append(record)
        return groups

    @cached_property
    def records(self) -> Records:
        """A row with the name of each group, at the place of its first record."""
        return Records.of_rows((((self.by.cells[records[0]],), ()) for records in self.members.values()), 1)

    @cached_property
    def summaries(self) -> Records:
        """None: a total of the table is not one of the groups."""
        return self.records.select([])

    @cached_property
    def name_column(self) -> int:
        """The first column has the names."""
        return 0

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The names, the aggregated columns, and the count."""
        aggregated = [
            GroupColumn(i, column.head, self, column)
            for i, column in enumerate((c for c in self.table.columns if c.kind == "number"), 1)]
        count = GroupColumn(len(aggregated) + 1, "", self, None)
        return (_GroupNames(0, self.by.head, self), *aggregated, count)

    def row_name(self, row: RecordRow) -> str:
        """The name of a group."""
        return row.text(0)


@dataclass(frozen=True, eq=False)
class _GroupNames(Column):
    """The names of the groups."""

    table: GroupedTable

    @cached_property
    def kind(self) -> ColumnKind:
        """Text."""
        return "text"

    @cached_property
    def values(self) -> list[Fraction | None]:
        """None: names have no value."""
        return [None] * len(self.table.records)

    @cached_property
    def unit(self) -> str:
        """None."""
        return ""


@dataclass(frozen=True, eq=False)
class GroupColumn(_GroupNames):
    """The aggregate of one column in each group; without a column, how many records each group has."""

    column: Column | None = None

    @cached_property
    def kind(self) -> ColumnKind:
        """Numbers."""
        return "number"

    @cached_property
    def values(self) -> list[Fraction | None]:
        """The aggregate of each group; None for a group without a value."""
        return [self._aggregate(records) for records in self.table.members.values()]

    def _aggregate(self, records: Sequence[int]) -> Fraction | None:
        if self.column is None:
            return Fraction(len(records))
        known = [value for record in records if (value := self.column.values[record]) is not None]
        if not known:
            return None
        match self.table.aggregate:
            case "mean":
                return sum(known, Fraction(0)) / len(known)
            case "median":
                return Fraction(median(known))
            case "largest":
                return max(known)
            case "smallest":
                return min(known)
            case _:
                return sum(known, Fraction(0))

    @cached_property
    def _group_cells(self) -> CellColumn:
        texts = ["" if value is None else format_value(value, self.decimals) for value in self.values]
        starts = [self.sources(record)[0].start for record in range(len(texts))]
        return CellColumn(texts, np.array(starts, np.int64))

    @property
    def cells(self) -> CellColumn:
        """The aggregates as text, each at the place of the first cell of its group."""
        return self._group_cells

    def sources(self, record: int) -> tuple[RecordCell, ...]:
        """The cells of the members of a group."""
        members = list(self.table.members.values())[record]
        column = self.column or self.table.by
        return tuple(column.cells[member] for member in members)

    @cached_property
    def unit(self) -> str:
        """That of the column."""
        return self.column.unit if self.column else ""

    @cached_property
    def decimals(self) -> int:
        """How many digits after the point are shown."""
        own = self.column.decimals if self.column else 0
        return max(own, _DECIMALS) if self.table.aggregate in ("mean", "median") else own


def can_group(table: TypedTable, column: Column) -> bool:
    """Whether several records share a value of a column of text, which then groups them."""
    if column.kind not in ("text", "identifier", "year"):
        return False
    texts = [cell.text for cell in column.cells if cell.text]
    return 1 < len(set(texts)) < len(texts)

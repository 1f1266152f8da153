"""Derived columns: what each record of a table gives when several of its cells are computed together.

    | 区 | 2021年GDP | 2022年GDP |     difference  2022年GDP − 2021年GDP                 东湖区: 48.5
    | 东湖区 | 512.3 | 560.8 |          growth      (2022年GDP − 2021年GDP) ÷ 2021年GDP   东湖区: 9.47 %
                                       total       2021年GDP + 2022年GDP

A derived column is a column like any other: its largest value, its mean or the records above a bound are computed as
they are of a column that the table states. Its cells know the cells that they were computed from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

from rag.tables.records import CellColumn, RecordCell
from rag.tables.typed_table import Column, ColumnKind
from rag.text.language import has_han

Derivation = Literal[
    "difference", "growth", "ratio", "share", "total", "mean", "product", "least rise", "least fall"]
_RATE_UNIT = re.compile(r"\s*(?:[/／]|每|\bper\b).*")
_DECIMALS = 2  # of a growth, a ratio, a share, a mean
_SIGNS: dict[Derivation, str] = {
    "difference": " − ", "growth": " ÷ ", "ratio": " ÷ ", "share": " ÷ ", "product": " × ", "least rise": " → ",
    "least fall": " → "}


@dataclass(frozen=True, eq=False)
class DerivedColumn(Column):
    """A column computed from others: `operands[0] − operands[1]`, their ratio, growth or share (in per cent), or a sum.

    `least rise` is the smallest step from one operand to the next, above zero if each is larger than the one before.

    A growth is that of the first operand over the second. `index` is the one of the first operand. A record has a value
    only if each of its operands has one, and if nothing would be divided by zero.

    >>> derive("growth", [gdp_2022, gdp_2021]).values    # 560.8 over 512.3
    [Fraction(48500, 5123)]
    """

    derivation: Derivation = "total"
    operands: tuple[Column, ...] = ()

    @cached_property
    def name(self) -> str:
        """The calculation in words."""
        return self.head

    @cached_property
    def kind(self) -> ColumnKind:
        """Numbers; dates have a difference in days."""
        return "number"

    @cached_property
    def values(self) -> list[Fraction | None]:
        """The value of each record in the column's unit."""
        return [self._compute(values) for values in zip(*(one.values for one in self.operands), strict=True)]

    def _compute(self, values: Sequence[Fraction | None]) -> Fraction | None:
        known = [value for value in values if value is not None]
        if self.derivation in ("total", "mean"):
            total = sum(known, Fraction(0))
            return (total / len(known) if self.derivation == "mean" else total) if len(known) == len(values) else None
        if len(known) < len(values):
            return None
        if self.derivation in ("least rise", "least fall"):
            steps = [later - earlier for earlier, later in pairwise(known)]
            return min(steps) if self.derivation == "least rise" else min(-step for step in steps)
        first, second = known
        if self.derivation == "product":
            return first * second
        if self.derivation == "difference":
            return first - second
        if not second:
            return None
        match self.derivation:
            case "growth":
                return 100 * (first - second) / abs(second)
            case "share":
                return 100 * first / second
            case _:
                return first / second

    @cached_property
    def _derived_cells(self) -> CellColumn:
        texts = ["" if value is None else format_value(value, self.decimals) for value in self.values]
        return CellColumn(texts, self.operands[0].cells.starts)

    @property
    def cells(self) -> CellColumn:
        """The value of each record as text, at the place of the first cell that it was computed from."""
        return self._derived_cells

    def sources(self, record: int) -> tuple[RecordCell, ...]:
        """The cells that the value of a record was computed from."""
        return tuple(cell for operand in self.operands for cell in operand.sources(record))

    @cached_property
    def unit(self) -> str:
        """The unit of the operands; per cent for growth and share; one unit per the other for a ratio."""
        if self.derivation in ("growth", "share"):
            return "%"
        first, second = self.operands[0].unit, self.operands[-1].unit
        if self.operands[0].kind in ("date", "time"):
            is_dated = self.operands[0].kind == "date"
            han = has_han("".join(self.table.source.heads))
            return ("天" if is_dated else "分钟") if han else ("days" if is_dated else "minutes")
        if self.derivation != "ratio":
            return _RATE_UNIT.sub("", first) if self.derivation == "product" else first
        return "" if first == second else first

    @cached_property
    def decimals(self) -> int:
        """How many digits after the point are shown."""
        if self.operands[0].kind in ("date", "time"):
            return 0
        most = max(operand.decimals for operand in self.operands)
        return most if self.derivation in ("difference", "total") else max(most, _DECIMALS)


def derive(derivation: Derivation, operands: Sequence[Column]) -> DerivedColumn:
    """A column computed from others of the same table, whose head says how: `2022年GDP − 2021年GDP`."""
    heads = [operand.name or operand.head for operand in operands]
    if derivation == "growth":
        head = f"({heads[0]} − {heads[1]}) ÷ {heads[1]}"
    elif derivation in ("total", "mean"):
        head = " + ".join(heads)
        head = f"({head}) ÷ {len(heads)}" if derivation == "mean" else head
    else:
        head = _SIGNS[derivation].join(heads)
    return DerivedColumn(operands[0].index, head, operands[0].table, derivation, tuple(operands))


def are_addable(columns: Sequence[Column]) -> bool:
    """Whether columns may be added or subtracted: numbers of one unit that are no rates."""
    return len({column.unit for column in columns}) == 1 and all(column.kind == "number" for column in columns)


def format_value(value: Fraction, decimals: int) -> str:
    """A value in plain digits with at most so many decimals: 9.47, -3."""
    text = f"{float(round(value, decimals)):.{decimals}f}" if decimals else str(round(value))
    return text.rstrip("0").rstrip(".") if "." in text else text

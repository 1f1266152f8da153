"""Execution: a plan over a table → the computed values, with the cells that they rest on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, overload

from rag.reading.measures import possible_measures
from rag.tables.cell_values import parse_cell
from rag.tables.derived_columns import DerivedColumn
from rag.tables.grouping import GroupedTable
from rag.tables.periods import chronological, find_periods, is_period_label
from rag.tables.plan import Plan
from rag.tables.records import RecordCell
from rag.tables.typed_table import Column, TypedTable

ResultKind = Literal[
    "count", "list", "sum", "mean", "median", "extreme", "rank", "difference", "growth", "share", "ratio", "comparison",
    "trend", "value", "breakdown"]
_LEAST_VALUES = 2  # of a sum or a mean
_MOST_CELLS, _FIRST_CELLS = 8, 3  # that a result cites: all of few, or the first of many


class CannotCompute(Exception):
    """The values that a plan needs are missing; the plan is not stated."""


@dataclass(frozen=True)
class RecordValue:
    """A record with its value in the column that was computed: `cell` is where the value stands."""

    record: int
    name: str
    value: Fraction
    cell: RecordCell
    sources: tuple[RecordCell, ...] = ()  # the cells that a derived value was computed from

    @property
    def cited_cells(self) -> tuple[RecordCell, ...]:
        """The cells that show the value, in order."""
        return self.sources or (self.cell,)


class RecordValues(Sequence[RecordValue]):
    """Records with their values, in order; each is made when it is asked for, because few of many are shown."""

    def __init__(self, records: Sequence[int], read: Callable[[int], RecordValue]) -> None:
        self.records, self._read = records, read

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> RecordValue: ...

    @overload
    def __getitem__(self, index: slice) -> RecordValues: ...

    def __getitem__(self, index: int | slice) -> RecordValue | RecordValues:
        if isinstance(index, slice):
            return self.select(self.records[index])
        return self._read(self.records[index])

    def select(self, records: Sequence[int]) -> RecordValues:
        """The values of other records, in their order."""
        return RecordValues(records, self._read)


@dataclass(frozen=True)
class ComputedResult:
    """What a plan gives.

    `number` is the computed value, None for lists; `values` the records that it rests on, in the order of the result.
    `operands` are the numbers of the formula (for a share, the part and the whole). `rows` is how many records were
    read, `blanks` how many of them have no value. `total`: the summary row that states the same sum, if there is one;
    `differs`: it states another.
    """

    kind: ResultKind
    plan: Plan
    number: Fraction | None = None
    values: Sequence[RecordValue] = ()
    operands: tuple[Fraction, ...] = ()
    rows: int = 0
    blanks: int = 0
    count: int = 0
    total: RecordValue | None = None
    differs: bool = False

    @property
    def cited_cells(self) -> tuple[RecordCell, ...]:
        """The cells that are cited: all of few, the first of many; if no record passes, the first that do not."""
        cells = tuple(cell for value in self.values[:_MOST_CELLS] for cell in value.cited_cells)
        if not cells:
            return self._cells_of_conditions
        is_few = len(self.values) <= _MOST_CELLS and len(cells) <= _MOST_CELLS
        return cells if is_few else cells[:_FIRST_CELLS]

    @property
    def _cells_of_conditions(self) -> tuple[RecordCell, ...]:
        """The first cells of the columns that the conditions are about."""
        columns = [limit.column for limit in self.plan.limits]
        columns += [one.column for one in self.plan.filters if one.column]
        return tuple(
            cell for column in columns[:1] for record in range(min(_FIRST_CELLS, len(column.cells)))
            for cell in column.sources(record))


def execute(plan: Plan) -> ComputedResult:
    """Compute a plan.

    Raises:
        CannotCompute: a value that it needs is missing, or it would divide by zero.
    """
    return _EXECUTORS[plan.operation](plan)


def _target(plan: Plan) -> Column:
    assert plan.target is not None
    return plan.target


def _values(plan: Plan, records: Sequence[int]) -> RecordValues:
    """Those of the records that have a value in the target."""
    table, column = plan.table, _target(plan)
    numbers = column.values

    def read(record: int) -> RecordValue:
        number = numbers[record]
        assert number is not None
        name = table.row_name(table.records[record])
        return RecordValue(record, name, number, column.cells[record], column.sources(record))

    return RecordValues([record for record in records if numbers[record] is not None], read)


def _whole_values(plan: Plan, values: RecordValues) -> list[int]:
    """The values times the scale of the target, as whole numbers."""
    scaled = _target(plan).scaled_values
    return [number for record in values.records if (number := scaled[record]) is not None]


def _total(plan: Plan, values: RecordValues) -> Fraction:
    return Fraction(sum(_whole_values(plan, values)), _target(plan).scale)


def _named_values(plan: Plan, least: int = 1) -> RecordValues:
    values = _values(plan, plan.named)
    if len(values) < max(least, len(plan.named)):
        raise CannotCompute
    return values


def _count_records(plan: Plan) -> ComputedResult:
    table = plan.table
    if isinstance(table, GroupedTable):
        column = table.columns[table.name_column]
        rows = len(table.table.records)
    else:
        # what shows that a record passes: the cell that is compared, else the one that is filtered, else its name
        shown = [limit.column for limit in plan.limits] + [filter_.column for filter_ in plan.filters if filter_.column]
        column = shown[0] if shown else table.columns[table.name_column]
        rows = len(table.records)

    def read(record: int) -> RecordValue:
        name = table.row_name(table.records[record])
        return RecordValue(record, name, Fraction(0), _name_cell(table, column, record))

    names = RecordValues(plan.records, read)
    if plan.asked.distinct and not isinstance(table, GroupedTable) and len({one.name for one in names}) < len(names):
        raise CannotCompute  # how many types of assets there are, in a table that has each in two years
    kind: ResultKind = "count" if plan.operation == "count" else "list"
    return ComputedResult(kind, plan, Fraction(len(names)), names, rows=rows, count=len(names))


def _name_cell(table: TypedTable, column: Column, record: int) -> RecordCell:
    cell = column.cells[record]
    return cell if cell.text else next((c for c in table.records[record].cells if c.text), cell)


def _sum(plan: Plan) -> ComputedResult:
    if plan.target is not None and (is_rate(plan.target) or _adds_line_items(plan)):
        raise CannotCompute
    values = _values(plan, plan.named or plan.records)
    if len(values) < _LEAST_VALUES:
        raise CannotCompute  # one value is read, not computed
    if isinstance(plan.target, DerivedColumn) and len(values) < len(plan.named or plan.records):
        raise CannotCompute  # how much a total changed: what is new has no value before, but is part of the change
    number = _total(plan, values)
    is_whole = not (plan.named or plan.filters or plan.limits or isinstance(plan.target, DerivedColumn))
    total = _stated_total(plan) if is_whole else None
    rows = len(plan.named or plan.records)
    tolerance = Fraction(len(values), 2 * 10 ** plan.target.decimals) if plan.target else Fraction(0)
    differs = total is not None and abs(total.value - number) > tolerance
    return ComputedResult(
        "sum", plan, number, values, rows=rows, blanks=rows - len(values), count=len(values), total=total,
        differs=differs)


def _adds_line_items(plan: Plan) -> bool:
    """Whether a sum would add the lines of a statement: a column that is only a period, over rows without a head."""
    assert plan.target is not None
    name = plan.table.columns[plan.table.name_column].head
    operands = plan.target.operands if isinstance(plan.target, DerivedColumn) else (plan.target,)
    is_all = not (plan.named or plan.limits) and len(plan.records) > 1
    return is_all and not name.strip() and all(is_period_label(operand.head) for operand in operands)


_RATE_UNIT = re.compile(r"[%％‰]|.[/／].|每|\bper\b")
_RATE_HEAD = re.compile(r"单价|均价|票价|人均|户均|比率|\b(?:unit|each|rate|per|average|avg|mean)\b", re.I)


def is_rate(column: Column) -> bool:
    """Whether the values of a column do not add up: shares, prices of one piece, averages."""
    return bool(_RATE_UNIT.search(column.unit) or _RATE_HEAD.search(column.name))


def _stated_total(plan: Plan) -> RecordValue | None:
    """The value of the last summary row, if it is a total."""
    assert plan.target is not None
    for row in reversed(plan.table.summaries):
        name, cell = plan.table.row_name(row), row.cells[plan.target.index]
        value = parse_cell(cell.text)
        if value is not None and value.kind == "number" and not _is_no_total(name):
            return RecordValue(-1, name, value.number, cell)
    return None


def _is_no_total(name: str) -> bool:
    return any(word in name.lower() for word in ("平均", "均值", "average", "mean", "小计", "subtotal", "sub-total"))


def _mean(plan: Plan) -> ComputedResult:
    if _adds_line_items(plan):
        raise CannotCompute
    values = _values(plan, plan.named or plan.records)
    if len(values) < _LEAST_VALUES:
        raise CannotCompute
    is_median = plan.operation == "median"
    number = _median(plan, values) if is_median else _total(plan, values) / len(values)
    rows = len(plan.named or plan.records)
    kind: ResultKind = "median" if is_median else "mean"
    return ComputedResult(
        kind, plan, number, values, rows=rows, blanks=rows - len(values), count=len(values))


def _median(plan: Plan, values: RecordValues) -> Fraction:
    ordered = sorted(_whole_values(plan, values))
    middle = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    return Fraction(middle, 2 * _target(plan).scale)


_AGES = frozenset(("age", "years_of_service", "experience"))  # which an early date makes large
DATED_MEASURES = _AGES | {"date"}


def is_largest_first(plan: Plan) -> bool:
    """Whether the largest value comes first; the oldest has the earliest date."""
    superlative = plan.asked.superlative
    is_dated = plan.target is not None and plan.target.kind in ("date", "year")
    change = plan.asked.change
    is_fall = isinstance(plan.target, DerivedColumn) and change is not None and change.direction < 0
    if is_fall:
        return not superlative.is_largest  # the largest fall is the smallest change
    is_lasting = superlative.measure == "speed" and plan.target is not None and (
        "duration" in possible_measures(plan.target.name))
    is_aged = superlative.measure in _AGES and is_dated
    return superlative.is_largest != (is_aged or is_lasting)


def _extreme(plan: Plan) -> ComputedResult:
    scaled, values = _target(plan).scaled_values, _values(plan, plan.records)
    sign = -1 if is_largest_first(plan) else 1
    keys = {record: sign * number for record in values.records if (number := scaled[record]) is not None}
    ordered = sorted(keys, key=keys.__getitem__)
    first, last = plan.asked.superlative.ranks
    if not 1 <= first <= len(ordered) or last < 1:
        raise CannotCompute
    bound = keys[ordered[min(last, len(ordered)) - 1]]
    start = keys[ordered[first - 1]]
    chosen = [record for record in ordered[first - 1 :] if keys[record] <= bound]
    if first == last:
        chosen = [record for record in ordered if keys[record] == start]
    rows, value = len(plan.records), Fraction(sign * start, _target(plan).scale)
    return ComputedResult(
        "extreme", plan, value, values.select(chosen), rows=rows, blanks=rows - len(values), count=len(values))


def _rank(plan: Plan) -> ComputedResult:
    named = _named_values(plan)
    if len(named) != 1:
        raise CannotCompute
    values = _values(plan, plan.records)
    own = _whole_values(plan, named)[0]
    place = 1 + sum(number > own for number in _whole_values(plan, values))
    return ComputedResult("rank", plan, Fraction(place), named, rows=len(plan.records), count=len(values))


def _difference(plan: Plan) -> ComputedResult:
    first, second = _pair(plan)
    number = first.value - second.value
    kind: ResultKind = "growth" if plan.operation == "growth" else "difference"
    if kind == "growth":
        if second.value == 0:
            raise CannotCompute
        number = 100 * number / abs(second.value)
    return ComputedResult(kind, plan, number, (first, second), (first.value, second.value), rows=2, count=2)


def _pair(plan: Plan) -> tuple[RecordValue, RecordValue]:
    values = _named_values(plan, 2)
    if len(values) != 2:
        raise CannotCompute
    return values[0], values[1]


def _share(plan: Plan) -> ComputedResult:
    if plan.whole:
        return _filtered_share(plan)
    named = _named_values(plan)
    if all(is_period_label(one.name) for one in named):
        raise CannotCompute  # of the members of 2024, not of all years
    everything = _values(plan, plan.records)
    if len(named) == 2 and named[1].value and not plan.are_added:
        part, whole = named[0].value, named[1].value
    else:
        part = sum((one.value for one in named), Fraction(0))
        whole = _stated_whole(plan, everything)
    if not whole or part > whole or any(number < 0 for number in _whole_values(plan, everything)):
        raise CannotCompute
    return ComputedResult(
        "share", plan, 100 * part / whole, named, (part, whole), rows=len(plan.records), count=len(everything))


def _stated_whole(plan: Plan, values: RecordValues) -> Fraction:
    """The sum of all values, which must be a total of the table if it states one.

    Raises:
        CannotCompute: it is not; parts of parts were added, or values of another kind.
    """
    column, table = _target(plan), plan.table
    whole = _total(plan, values)
    totals = [
        value.number for row in table.summaries if not _is_no_total(table.row_name(row))
        and all(one.column is not None or set(one.values) & set(row.sections) for one in plan.filters)
        and (value := parse_cell(row.text(column.index))) is not None and value.kind == "number"]
    is_own = not isinstance(column, DerivedColumn) and not isinstance(table, GroupedTable)
    tolerance = Fraction(len(values), 2 * 10**column.decimals)
    if is_own and totals and not any(abs(whole - total) <= tolerance for total in totals):
        raise CannotCompute
    return whole


def _filtered_share(plan: Plan) -> ComputedResult:
    """The share of the records that pass, by a column, or by their number."""
    names: Sequence[RecordValue]
    if plan.target is None:
        names = _count_records(plan).values
        part, whole, size = Fraction(len(names)), Fraction(len(plan.whole)), len(names)
    else:
        passing, everything = _values(plan, plan.records), _values(plan, plan.whole)
        if is_rate(plan.target) or any(number < 0 for number in _whole_values(plan, everything)):
            raise CannotCompute
        names, part, whole, size = passing, _total(plan, passing), _stated_whole(plan, everything), len(everything)
    if not whole or not names:
        raise CannotCompute
    return ComputedResult("share", plan, 100 * part / whole, names, (part, whole), rows=len(plan.whole), count=size)


def _of_one(plan: Plan) -> ComputedResult:
    """The derived value of the one record that the question asks about, or of all records added."""
    values = _values(plan, plan.records)
    if len(plan.records) > 1 and "sum" in plan.asked.operations:
        return _change_of_totals(plan)
    if len(values) != 1 or len(plan.records) != 1:
        raise CannotCompute  # of several records the question would have to say which
    return ComputedResult("value", plan, values[0].value, values, rows=1, count=1)


def _change_of_totals(plan: Plan) -> ComputedResult:
    """How much the sum of all records changed: the growth of the whole county, not of one district."""
    column = plan.target
    if not isinstance(column, DerivedColumn) or column.derivation not in ("difference", "growth"):
        raise CannotCompute
    pairs = [[operand.values[record] for operand in column.operands] for record in plan.records]
    if any(is_rate(operand) for operand in column.operands) or any(None in pair for pair in pairs) or (
            _adds_line_items(plan)):
        raise CannotCompute
    columns = zip(*pairs, strict=True)
    later, earlier = (sum((number or Fraction(0) for number in numbers), Fraction(0)) for numbers in columns)
    if column.derivation == "growth" and not earlier:
        raise CannotCompute
    change = later - earlier
    number = 100 * change / abs(earlier) if column.derivation == "growth" else change
    values = _values(plan, plan.records)
    return ComputedResult("value", plan, number, values, (later, earlier), rows=len(plan.records), count=len(values))


def _breakdown(plan: Plan) -> ComputedResult:
    values = _values(plan, plan.records)
    if not values:
        raise CannotCompute
    return ComputedResult("breakdown", plan, None, values, rows=len(plan.records), count=len(values))


def _ratio(plan: Plan) -> ComputedResult:
    first, second = _pair(plan)
    are_periods = all(find_periods(one.name) for one in (first, second))
    is_earlier = are_periods and chronological(first.name) < chronological(second.name)
    if is_earlier or (plan.asked.is_inverse and not are_periods):
        first, second = second, first
    if not second.value:
        raise CannotCompute
    operands = (first.value, second.value)
    return ComputedResult("ratio", plan, first.value / second.value, (first, second), operands, rows=2, count=2)


def _comparison(plan: Plan) -> ComputedResult:
    values = _named_values(plan, 2)
    difference, size = values[0].value - values[1].value, len(values)
    return ComputedResult("comparison", plan, difference, values, rows=size, count=size)


def _trend(plan: Plan) -> ComputedResult:
    values = _values(plan, plan.named or plan.records)
    if len(values) < 2:
        raise CannotCompute
    change, size = values[-1].value - values[0].value, len(values)
    return ComputedResult("trend", plan, change, values, rows=size, count=size)


_EXECUTORS = {
    "count": _count_records, "list": _count_records, "sum": _sum, "mean": _mean, "median": _mean, "extreme": _extreme,
    "rank": _rank, "difference": _difference, "growth": _difference, "share": _share, "ratio": _ratio,
    "comparison": _comparison, "trend": _trend,
    "value": _of_one, "breakdown": _breakdown}

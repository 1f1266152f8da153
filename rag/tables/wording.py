"""Wording of a table's result: the answer in a sentence, and the formula in words, in Chinese or English.

What the table itself says stands in quotation marks, so that a reader sees what was computed and what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from rag.schema import Language
from rag.tables.derived_columns import DerivedColumn
from rag.tables.execution import ComputedResult, RecordValue, is_largest_first
from rag.tables.grouping import GroupColumn, GroupedTable
from rag.tables.periods import find_periods, period_name, remove_periods
from rag.tables.plan import NoPlan, Plan
from rag.tables.record_filters import Limit
from rag.tables.source_table import HEAD_SEPARATOR
from rag.tables.typed_table import Column
from rag.text import table_messages as texts

_MOST_NAMES = 12
_TELLING = 3  # columns that say what a code stands for
_DECIMALS = 2  # of a mean, a share, a ratio


def describe_result(result: ComputedResult, language: Language) -> str:
    """The answer in a sentence: `“一月”最大的是“东门店”：320万元。`"""
    return _Wording(result, language).statement()


def describe_method(result: ComputedResult, language: Language) -> str:
    """How it was found, in a sentence: rows read, condition, what was left out."""
    return _Wording(result, language).method()


def describe_problem(problem: NoPlan, language: Language) -> str:
    """Why nothing was computed, in a sentence; empty if there is nothing to say."""
    names = _join([f"“{column.head}”" for column in problem.columns], language)
    if problem.problem == "mixed units":
        return texts.MIXED_UNITS[language].format(columns=names.strip("“”"))
    if problem.problem == "unread rows":
        return texts.UNREAD_ROWS[language]
    return texts.NO_COLUMN[language].format(columns=names) if names else ""


def format_number(number: Fraction, decimals: int) -> str:
    """A number with at most so many decimals, and separators from ten thousand: 12345.60 → 12,345.6."""
    rounded = round(number, decimals)
    text = f"{float(rounded):,.{decimals}f}" if decimals else f"{int(rounded):,}"
    if abs(rounded) < 10_000:
        text = text.replace(",", "")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


class _Wording:
    def __init__(self, result: ComputedResult, language: Language) -> None:
        self._result, self._plan, self._language = result, result.plan, language
        self._values = result.values

    # the sentence

    def statement(self) -> str:
        """The result in a sentence."""
        kind = self._result.kind
        if kind in ("count", "list"):
            return self._count()
        if kind in ("sum", "mean", "median"):
            template = {"sum": texts.SUM, "mean": texts.MEAN, "median": texts.MEDIAN}[kind]
            return self._fill(template, value=self._number(self._result.number, is_exact=kind == "sum"))
        if kind == "extreme":
            return self._extreme()
        if kind == "rank":
            return self._fill(
                texts.RANK, name=self._name(self._values[0]), value=self._cell(self._values[0]), n=self._result.count,
                rank=format_number(self._result.number or Fraction(0), 0))
        if kind in ("difference", "growth", "ratio", "comparison"):
            return self._pair()
        if kind == "share":
            return self._share()
        if kind == "value":
            return self._derived_value()
        pairs = [f"{value.name} {self._cell(value)}" for value in self._values[:_MOST_NAMES]]
        if len(self._values) > _MOST_NAMES:
            pairs[-1] += texts.MORE_NAMES[self._language]
        return self._fill(texts.TREND, names=self._join(pairs))

    def _count(self) -> str:
        names = [self._name(value) for value in self._values]
        if not names:
            return texts.NONE_FOUND[self._language]
        shown = self._join(names[:_MOST_NAMES])
        if len(names) > _MOST_NAMES:
            shown += texts.MORE_NAMES[self._language]
        return self._fill(texts.COUNT, n=format_number(Fraction(len(names)), 0), names=shown)

    def _extreme(self) -> str:
        first, last = self._plan.asked.superlative.ranks
        names = [self._name(value) for value in self._values[:_MOST_NAMES]]
        if first != last:
            pairs = [f"{name} {self._cell(v)}" for name, v in zip(names, self._values, strict=False)]
            return self._fill(texts.TOP, n=len(self._values), names=self._join(pairs))
        value = self._cell(self._values[0])
        if first > 1:
            return self._fill(texts.NTH, rank=first, name=self._join(names), value=value)
        is_dated = self._plan.target is not None and self._plan.target.kind in ("date", "time", "year")
        templates = (texts.LATEST, texts.EARLIEST) if is_dated else (texts.LARGEST, texts.SMALLEST)
        template = templates[0 if is_largest_first(self._plan) else 1]
        return self._fill(template, name=self._join(names), value=value) + self._also()

    def _also(self) -> str:
        """Other columns of the record that the question names: 部门 in `工资最高的人是哪个部门的`."""
        gap = "" if self._language == "zh" else " "
        sentences = []
        for column in self._plan.shown or self._telling_columns():
            if text := column.cells[self._values[0].record].text:
                sentences.append(texts.ALSO[self._language].format(head=f"“{column.head}”", value=f"“{text}”"))
        return "".join(gap + sentence for sentence in sentences)

    def _telling_columns(self) -> Sequence[Column]:
        """The first columns of text beside names that are only codes: R007 is a repair of the door."""
        table = self._plan.table
        if isinstance(table, GroupedTable) or not table.is_of_codes(table.name_column):
            return ()
        others = [column for column in table.columns if column.index != table.name_column]
        return [column for column in others if column.kind == "text"][:_TELLING]

    def _pair(self) -> str:
        first, second = self._values[0], self._values[1]
        number = self._result.number or Fraction(0)
        names = {"a": self._name(first), "b": self._name(second), "x": self._cell(first), "y": self._cell(second)}
        if self._result.kind == "ratio":
            return self._fill(texts.RATIO, value=format_number(number, _DECIMALS), **names)
        if self._result.kind == "comparison":
            return self._comparison(names, number)
        change = first.value - second.value
        value = self._number(abs(change), is_exact=True)
        if self._result.kind == "growth":
            also = texts.ALSO_ABSOLUTE[self._language].format(value=value)
            value = f"{format_number(abs(number), _DECIMALS)}%{also}"
        if _are_periods(self._plan, first, second):
            names |= self._period_names(first, second)
            return self._fill(texts.RISE if change >= 0 else texts.FALL, value=value, **names)
        if not change:
            return self._fill(texts.EQUAL, **names)
        return self._fill(texts.MORE if change > 0 else texts.FEWER, value=value, **names)

    def _derived_value(self) -> str:
        """The derived value of one record; a change between two periods as a rise or a fall."""
        value, column = self._values[0], self._plan.target
        assert column is not None
        if self._result.operands:
            return self._change_of_totals()
        if isinstance(column, DerivedColumn) and column.derivation.startswith("least"):
            return self._steady(value, column)
        if isinstance(column, DerivedColumn) and column.derivation in ("mean", "total"):
            template = texts.MEAN if column.derivation == "mean" else texts.SUM
            return template[self._language].format(head=value.name, value=self._cell(value))
        plain = self._fill(texts.VALUE, name=self._name(value), value=self._cell(value))
        if not isinstance(column, DerivedColumn) or column.derivation not in ("difference", "growth"):
            return plain
        later, earlier = column.operands
        measure = f"{value.name}{HEAD_SEPARATOR}{remove_periods(later.name)}".removesuffix(HEAD_SEPARATOR)
        number = _with_unit(abs(value.value), column, column.decimals, self._language)
        if column.derivation == "growth":
            change = _with_unit(abs(
                (later.values[value.record] or Fraction(0)) - (earlier.values[value.record] or Fraction(0))), later,
                max(later.decimals, earlier.decimals), self._language)
            number += texts.ALSO_ABSOLUTE[self._language].format(value=change)
        first, second = (
            _as_written(one.cells[value.record].text, one, self._language) for one in column.operands)
        if not find_periods(later.name) or not find_periods(earlier.name):
            return plain
        template = texts.RISE if value.value >= 0 else texts.FALL
        return template[self._language].format(
            head=measure, value=number, x=first, y=second, a=f"“{period_name(later.name)}”",
            b=f"“{period_name(earlier.name)}”")

    def _change_of_totals(self) -> str:
        """How much the sum of all records rose or fell."""
        column = self._plan.target
        assert isinstance(column, DerivedColumn)
        later, earlier = column.operands
        x, y = self._result.operands
        decimals = max(later.decimals, earlier.decimals)
        change = _with_unit(abs(x - y), later, decimals, self._language)
        if column.derivation == "growth":
            share = f"{format_number(abs(self._result.number or Fraction(0)), _DECIMALS)}%"
            change = share + texts.ALSO_ABSOLUTE[self._language].format(value=change)
        template = texts.RISE if x >= y else texts.FALL
        measure = remove_periods(later.name)
        return template[self._language].format(
            head=texts.AGGREGATES["total"][self._language].format(head=measure).strip(), value=change,
            x=_with_unit(x, later, decimals, self._language), y=_with_unit(y, earlier, decimals, self._language),
            a=f"“{period_name(later.name) or later.name}”", b=f"“{period_name(earlier.name) or earlier.name}”")

    def _steady(self, value: RecordValue, column: DerivedColumn) -> str:
        """Whether one record rose or fell in every period, with all values and the steps that did not."""
        sign = 1 if column.derivation == "least rise" else -1
        pairs = [f"{one.name} {one.cells[value.record].text}" for one in column.operands]
        broken = [
            later.name for earlier, later in pairwise(column.operands)
            if sign * ((later.values[value.record] or 0) - (earlier.values[value.record] or 0)) <= 0]
        template = texts.STEADY if not broken else texts.NOT_STEADY
        return template[self._language].format(
            name=self._name(value), values=self._join(pairs), broken=self._join([f"“{name}”" for name in broken]))

    def _comparison(self, names: dict[str, str], number: Fraction) -> str:
        asks_which = not self._asks_yes_or_no()
        more = texts.EQUAL if not number else texts.MORE if number > 0 else texts.FEWER
        sentence = self._fill(more, value=self._number(abs(number), is_exact=True), **names)
        if asks_which:
            return sentence
        is_yes = number > 0 if self._plan.asked.superlative.is_largest else number < 0
        return (texts.YES if is_yes else texts.NO)[self._language] + ("" if self._language == "zh" else " ") + sentence

    def _asks_yes_or_no(self) -> bool:
        return self._plan.asked.is_yes_or_no

    def _share(self) -> str:
        part, whole = self._result.operands
        if self._plan.whole:
            x, y = ((format_number(one, 0) for one in (part, whole)) if self._plan.target is None else
                    (self._number(one, is_exact=True) for one in (part, whole)))
            share = f"{format_number(self._result.number or Fraction(0), _DECIMALS)}%"
            template = texts.PART_OF_RECORDS if self._plan.target is None else texts.PART_OF_SUM
            return self._fill(template, value=share, x=x, y=y)
        return self._fill(
            texts.SHARE, name=self._join([self._name(value) for value in self._values]),
            value=f"{format_number(self._result.number or Fraction(0), _DECIMALS)}%",
            x=self._number(part, is_exact=True), y=self._number(whole, is_exact=True))

    def _period_names(self, first: RecordValue, second: RecordValue) -> dict[str, str]:
        """The records by their periods alone, where both are of one row: 2022 and 2021 of 东湖区."""
        periods = [_period_of(self._plan, value) for value in (first, second)]
        return {"a": f"“{periods[0]}”", "b": f"“{periods[1]}”"} if all(periods) else {}

    # the formula

    def method(self) -> str:
        """What was read and left out, and the formula, in a sentence."""
        table = self._plan.table
        rows, passing = len(table.records), len(self._plan.records)
        if isinstance(table, GroupedTable):
            rows, passing = len(table.table.records), len(table.passing)
        read = texts.READ_ALL if passing == rows else texts.READ_SOME
        parts = [read[self._language].format(rows=rows, passing=passing), *self._conditions(), *self._summary_rows()]
        if isinstance(table, GroupedTable):
            parts.append(texts.GROUPED[self._language].format(head=table.by.head, n=len(table.records)))
        if self._result.blanks:
            parts.append(texts.BLANKS[self._language].format(n=self._result.blanks))
        if formula := self._formula():
            parts.append(formula)
        return texts.CLAUSE_SEPARATOR[self._language].join(parts) + ("。" if self._language == "zh" else ".")

    def _conditions(self) -> Iterator[str]:
        conditions = []
        for filter_ in self._plan.filters:
            values = filter_.label or self._join([f"“{value}”" for value in filter_.values])
            head = filter_.column.head if filter_.column else ""
            template = texts.IS_UNDER if not head else texts.IS_NONE_OF if filter_.is_negated else texts.IS_ONE_OF
            conditions.append(template[self._language].format(head=head, values=values))
        conditions += [self._limit(limit) for limit in self._plan.limits]
        if conditions:
            yield texts.CONDITION[self._language].format(conditions=self._join(conditions))

    def _limit(self, limit: Limit) -> str:
        figure = limit.condition.figure
        if limit.other is not None:
            bound = f"“{limit.other.head}”"
        elif figure is not None:
            bound = figure.text
        elif limit.bound is not None:
            bound = _with_unit(limit.bound, limit.column, _DECIMALS, self._language)
        else:
            present = [value for value in limit.column.values if value is not None]
            mean = sum(present, Fraction(0)) / (len(present) or 1)
            value = _with_unit(mean, limit.column, _DECIMALS, self._language)
            bound = texts.OF_THE_MEAN[self._language].format(value=value)
        return texts.RELATIONS[limit.condition.relation][self._language].format(head=limit.column.head, bound=bound)

    def _summary_rows(self) -> Iterator[str]:
        table, total = self._plan.table, self._result.total
        if total is not None:
            template = texts.DIFFERS if self._result.differs else texts.AGREES
            yield template[self._language].format(name=total.name, value=self._number(total.value, is_exact=True))
        elif self._result.kind not in ("rank", "difference", "growth", "ratio", "comparison"):
            names = [name for row in table.summaries if (name := row.text(table.name_column))]
            yield from (texts.SUMMARIES[self._language].format(name=name) for name in names[:1])

    def _formula(self) -> str:
        """The calculation with its numbers, if it is short: 320 + 210 + 150 = 680."""
        if self._result.kind not in ("sum", "mean") or not 1 < len(self._values) <= _MOST_NAMES:
            return ""
        assert self._plan.target is not None
        numbers = " + ".join(format_number(value.value, self._plan.target.decimals) for value in self._values)
        if self._result.kind == "mean":
            return f"({numbers}) ÷ {len(self._values)}"
        return numbers

    # parts

    def _fill(self, template: texts.Sentences, **values: object) -> str:
        target = self._plan.target
        head = target.head if target else ""
        if isinstance(target, GroupColumn):
            aggregate = target.table.aggregate if target.column else "count"
            head = texts.AGGREGATES[aggregate][self._language].format(head=head)
        return template[self._language].format(head=head, **values)

    def _join(self, names: Sequence[str]) -> str:
        return _join(names, self._language)

    def _name(self, value: RecordValue) -> str:
        """The name of a record, with the value by which the question calls it, if that is another: K113 (Shahekou)."""
        called = [
            column.cells[value.record].text for column in self._plan.named_by
            if value.record >= 0 and column.cells[value.record].text not in value.name]
        return f"“{value.name}”" + (texts.CALLED[self._language].format(names=self._join(called)) if called else "")

    def _cell(self, value: RecordValue) -> str:
        """A value as the table writes it, with its unit."""
        column = self._plan.target
        assert column is not None
        if column.kind != "number":
            return value.cell.text
        if value.sources != (value.cell,):
            return self._number(value.value, is_exact=True)
        return _as_written(value.cell.text, column, self._language)

    def _number(self, number: Fraction | None, *, is_exact: bool) -> str:
        column = self._plan.target
        assert column is not None
        decimals = column.decimals if is_exact else max(column.decimals, _DECIMALS)
        return _with_unit(number or Fraction(0), column, decimals, self._language)


def _as_written(text: str, column: Column, language: Language) -> str:
    """A cell as the table has it, with the unit of its column if it has none itself."""
    has_unit = not column.unit or (not text[-1:].isdigit() and text[-1:] != ")")
    return text if has_unit else _attach(text, column.unit, language)


def _with_unit(number: Fraction, column: Column, decimals: int, language: Language) -> str:
    return _attach(format_number(number, decimals), column.unit, language)


def _attach(text: str, unit: str, language: Language) -> str:
    if unit[:1] in tuple("$¥€£￥") and unit:
        symbol, rest = unit[0], unit[1:].strip()
        return text if text.startswith(symbol) else f"{symbol}{text}{' ' + rest if rest else ''}"
    is_joined = unit[:1] in ("%", "％", "") or (language == "zh" and not unit[:1].isascii())
    gap = "" if is_joined else " "
    return f"{text}{gap}{unit}"


def _join(names: Sequence[str], language: Language) -> str:
    return texts.LIST_SEPARATOR[language].join(names)


def _are_periods(plan: Plan, first: RecordValue, second: RecordValue) -> bool:
    return bool(_period_of(plan, first) and _period_of(plan, second))


def _period_of(plan: Plan, value: RecordValue) -> str:
    """The period that a record is, or has in the column without a head that its periods stand in; empty for others."""
    if find_periods(value.name):
        return value.name
    for column in plan.table.columns:
        if not column.head and find_periods(column.cells[value.record].text):
            return column.cells[value.record].text
    return ""

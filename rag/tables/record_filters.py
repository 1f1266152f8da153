"""Record filters: which records of a table a question restricts itself to: by a value, a period, a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from rag.numbers.figures import Figure
from rag.questions.number_conditions import NumberCondition, Relation, Span, figure_number
from rag.reading.measures import possible_measures
from rag.tables.label_matching import Mention, NamedQuestion
from rag.tables.named_heads import NAMED, NamedHead
from rag.tables.periods import (
    are_compatible,
    covers,
    find_periods,
    is_in_periods,
    is_period_label,
    period_spans,
    remove_periods,
)
from rag.tables.persons import is_person_head
from rag.tables.typed_table import Column, TypedTable
from rag.text.language import normalise


@dataclass(frozen=True)
class Filter:
    """Records with one of these texts in a column, or with none of them if it `is_negated`.

    `column` is None for what stands over the rows (a section).
    """

    column: Column | None
    values: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    label: str = ""  # what the question calls it, if that is not a value: a period of dates
    is_negated: bool = False

    def records(self, table: TypedTable) -> list[int]:
        """The indices of the records that pass."""
        wanted = set(self.values)
        if self.column is None:
            return [i for i, row in enumerate(table.records) if bool(wanted & set(row.sections)) != self.is_negated]
        return [i for i, cell in enumerate(self.column.cells) if (cell.text in wanted) != self.is_negated]


@dataclass(frozen=True)
class Limit:
    """Records whose value in a column is above or below a bound, in the unit of the column; None: its mean.

    `other`: the bound is the value of the same record in another column.
    """

    column: Column
    condition: NumberCondition
    bound: Fraction | None
    other: Column | None = None

    def records(self) -> Iterator[int]:
        """The indices of the records that pass; those without a value do not."""
        values = self.column.values
        if self.other is not None:
            for record, (value, other) in enumerate(zip(values, self.other.values, strict=True)):
                if value is not None and other is not None and _holds(self.condition.relation, value, other):
                    yield record
            return
        present = [value for value in values if value is not None]
        bound = self.bound if self.bound is not None else sum(present, Fraction(0)) / (len(present) or 1)
        for record, value in enumerate(values):
            if value is not None and _holds(self.condition.relation, value, bound):
                yield record


def _holds(relation: str, value: Fraction, bound: Fraction) -> bool:
    match relation:
        case "above":
            return value > bound
        case "at least":
            return value >= bound
        case "below":
            return value < bound
        case "at most":
            return value <= bound
        case _:
            return value == bound


def match_values(
    question: NamedQuestion, table: TypedTable, heads: Sequence[NamedHead], taken: Sequence[Span], wide: Sequence[Span],
) -> list[Filter] | None:
    """The values that the question names, a filter for each column that has some.

    `taken` are places of another meaning; `wide` those of heads, of which a value is no part, but may be the whole:
    `Closed` is a date and a status.

    None if a value stands in several columns, and the question does not name one of them.
    """
    found: list[tuple[Column | None, list[Mention]]] = []
    for column in table.columns:
        if column.kind in ("text", "identifier", "year") or column.index == table.name_column:
            texts = [cell.text for cell in column.cells]
            is_person = is_person_head(column.head)
            mentions = [one for one in question.find_values(texts) if one.spans or not is_person]
            if is_person and not mentions:
                mentions = question.find_short_names(texts)
            found.append((column, mentions or _named_periods(question, texts)))
    # a period and what stands below it are two sections, which both must hold: June 30, 2019; Intangible assets
    sections = question.find_values([name for row in table.records for name in row.sections])
    found.append((None, [one for one in sections if is_period_label(one.label)]))
    found.append((None, [one for one in sections if not is_period_label(one.label)]))
    filters = []
    for where, mentions in found:
        own = [
            mention for mention in mentions
            if not _is_within(mention.spans, taken)
            and (set(mention.spans) & set(wide) or not _is_within(mention.spans, wide))]
        if own:
            spans = tuple(span for mention in own for span in mention.spans)
            filters.append(Filter(where, tuple(mention.label for mention in own), spans))
    return _choose_columns(filters, table, heads)


def _named_periods(question: NamedQuestion, texts: Sequence[str]) -> list[Mention]:
    """The labels of periods that the question names by their years: `Year ended May 31, 2019` for 2019."""
    asked = find_periods(question.text)
    labels = [text for text in texts[:_SAMPLED] if text]
    if not asked or not all(is_period_label(text) or not remove_periods(text) for text in labels):
        return []
    mentions = []
    for text in dict.fromkeys(texts):
        own = find_periods(text)
        is_covered = any(covers(longer, shorter) for longer in asked for shorter in own)
        if (own & asked or is_covered) and are_compatible(own, asked):
            spans = tuple(
                (start, end) for start, end in period_spans(question.text)
                if (named := find_periods(question.text[start:end])) <= own
                or any(covers(longer, shorter) for longer in named for shorter in own))
            mentions.append(Mention(text, 1.0, spans))
    return mentions


_SAMPLED = 20  # labels of a column that are looked at


def match_periods(
    question: NamedQuestion, table: TypedTable, heads: Sequence[NamedHead], taken: Sequence[Span],
) -> list[Filter]:
    """A filter for the periods that a column of dates has, if nothing else of the table explains them."""
    dated = [head for head in heads if head.column.kind == "date"]
    spans = [span for span in period_spans(question.text) if not _is_within([span], taken)]
    periods = frozenset(p for start, end in spans for p in find_periods(question.text[start:end]))
    periods -= find_periods(table.context)
    if not periods or not dated or any(find_periods(head.column.name) & periods for head in heads):
        return []
    column = dated[0].column
    texts = dict.fromkeys(
        cell.text for cell, value in zip(column.cells, column.values, strict=True)
        if value is not None and is_in_periods(value, periods))
    label = " ".join(question.text[start:end] for start, end in spans)
    return [Filter(column, tuple(texts), tuple(spans), label)]


def compare_columns(question: NamedQuestion, heads: Sequence[NamedHead]) -> Limit | None:
    """The comparison of two columns in each record: `fewer visitors in 2023 than in 2022`, 存量低于安全库存.

    None if the question does not name two columns of one unit, one on each side of its comparison.
    """
    match = _COMPARISON.search(question.text)
    named = [head for head in heads if head.column.kind == "number" and head.is_sure and head.spans]
    if match is None or not named:
        return None
    relation: Relation = "below" if _FEWER.search(question.text) else "above"
    if len(named) == 1:
        other = _counterpart(named[0], heads)
        condition = NumberCondition(relation, None, match.span())
        return Limit(other.column, condition, None, named[0].column) if other else None
    first = [head for head in named if max(end for _, end in head.spans) <= match.end("sign")]
    second = [head for head in named if min(start for start, _ in head.spans) >= match.end("sign")]
    if len(first) != 1 or len(second) != 1 or first[0].column.unit != second[0].column.unit:
        return None
    condition = NumberCondition(relation, None, match.span())
    return Limit(first[0].column, condition, None, second[0].column)


# what is held against a column that a question names as a bound
_COUNTERPARTS = (
    ({"reorder_level"}, {"in_stock", "quantity"}), ({"budget", "target"}, {"actual", "spending", "sales", "output"}))


def _counterpart(bound: NamedHead, heads: Sequence[NamedHead]) -> NamedHead | None:
    """The column that a bound is for: the stock for its reorder level; None if that is not one column."""
    own = possible_measures(bound.column.name)
    wanted = next((others for measures, others in _COUNTERPARTS if measures & own), set[str]())
    found = [
        head for head in heads if head.column.kind == "number" and head.column is not bound.column
        and head.column.unit == bound.column.unit and possible_measures(head.column.name) & wanted]
    return found[0] if len(found) == 1 else None


_COMPARISON = re.compile(r"(?P<sign>比|低于|高于|超过|少于|多于|不及|不如|\bthan\b|\bexceed\w*|\babove\b|\bbelow\b|\bover\b)")
_FEWER = re.compile(r"低|少|小|不及|不如|下降|减少|\b(?:fewer|less|lower|smaller|below|short)\b")


def find_limits(
    question: NamedQuestion, conditions: Sequence[NumberCondition], heads: Sequence[NamedHead], target: Column | None,
) -> list[Limit] | None:
    """The comparisons with figures, each with the column that it is about; None if one has no column."""
    limits = []
    for condition in conditions:
        column = _limited_column(condition, heads, target)
        if column is None or not _is_possible(condition.figure) or _lacks_year(condition.figure, column):
            return None
        if _lacks_scale(condition.figure, column):
            return None
        limits.append(Limit(column, condition, _limit_bound(condition, column)))
    return limits


def _limited_column(
    condition: NumberCondition, heads: Sequence[NamedHead], target: Column | None,
) -> Column | None:
    figure = condition.figure
    is_dated = figure is not None and figure.kind in ("date", "year")
    kinds = ("date", "year") if is_dated else ("number",)
    heads = [head for head in heads if head.column.kind in kinds]
    if figure is not None and figure.kind == "percent":
        heads = [head for head in heads if "%" in head.column.unit] or heads
    elif figure is not None and (figure.unit in ("yuan", "usd") or condition.has_currency):
        heads = [head for head in heads if re.search(r"[元$¥€£]|usd|rmb|eur|gbp", head.column.unit, re.I)] or heads
    elif figure is not None and figure.unit and figure.kind == "amount":
        heads = [head for head in heads if figure.unit in head.column.unit or figure.unit in head.column.head] or heads
    named = [head for head in heads if head.score >= NAMED]
    before = [head for head in named if any(end <= condition.span[0] for _, end in head.spans)]
    if len(named) > 1 and before:  # 工资低于5000的员工的平均年龄: the nearest head before the comparison is compared
        return max(before, key=lambda head: max(e for _, e in head.spans if e <= condition.span[0])).column
    if named:
        return named[0].column
    if len(heads) == 1:
        return heads[0].column
    return target if target is not None and target.kind in kinds else None


def _limit_bound(condition: NumberCondition, column: Column) -> Fraction | None:
    """The bound of a condition in the unit of its column; None for the mean."""
    figure = condition.figure
    if figure is None:
        return None
    if figure.kind in ("date", "year") and column.kind == "date":
        year = min(_years(column), default=_LEAP_YEAR)
        return Fraction(_date_bound(figure, year, is_end=condition.relation in ("above", "at most")))
    return _in_unit(figure, _unit_with_scale(column))


def _unit_with_scale(column: Column) -> str:
    """The unit of a column, with the scale that the head of the names states where the unit has none.

    Columns that are read as records have such a head: `(in thousands of U.S. dollars)`.
    """
    stated = _SCALE.search(normalise(column.table.source.field_noun))
    if stated is None or _SCALE.search(normalise(column.unit)):
        return column.unit
    return f"{column.unit} {stated.group()}"


def _lacks_year(figure: Figure | None, column: Column) -> bool:
    """Whether a date without a year is compared with dates of several years."""
    if figure is None or figure.kind != "date" or column.kind != "date" or int(figure.value) // 10_000:
        return False
    return len(_years(column)) > 1


def _lacks_scale(figure: Figure | None, column: Column) -> bool:
    """Whether a figure in millions is compared with values that may be in thousands: none of them is as large."""
    if figure is None or column.kind != "number" or figure.value == figure_number(figure):
        return False
    if _SCALE.search(normalise(f"{_unit_with_scale(column)}\n{column.table.context}")):
        return False
    return not any(value is not None and abs(value) >= figure.value for value in column.values)


def _years(column: Column) -> set[int]:
    return {date.fromordinal(int(value)).year for value in column.values if value is not None}


def _is_possible(figure: Figure | None) -> bool:
    """Whether a figure is no date, or one that the calendar has: not 2024年13月."""
    if figure is None or figure.kind != "date":
        return True
    value = int(figure.value)
    try:
        date(value // 10_000 or _LEAP_YEAR, value // 100 % 100 or 1, value % 100 or 1)
    except ValueError:
        return False
    return True


_LEAP_YEAR = 4  # of a date without a year: before all others


def _date_bound(figure: Figure, default_year: int, *, is_end: bool) -> int:
    """The ordinal of the first day of a year, a month or a day; of the last one if `is_end`."""
    value = int(figure.value)
    year, month, day = value // 10_000 or default_year, value // 100 % 100, value % 100
    if figure.kind == "year":
        year, month, day = value, 0, 0
    if day or not is_end:
        return date(year, month or 1, day or 1).toordinal()
    following = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
    return following.toordinal() - 1


_SCALE = re.compile(r"万亿|亿|千万|百万|万|千|thousand|million|billion|'000|bn")
_SCALES = {"万亿": 10**12, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "千": 10**3, "thousand": 10**3, "'000": 10**3,
           "million": 10**6, "billion": 10**9, "bn": 10**9}


def _in_unit(figure: Figure, unit: str) -> Fraction:
    """A figure as a number in a column's unit: 500万元 is 0.05 in 亿元; as it is written where the unit is not known."""
    match = _SCALE.search(normalise(unit))
    written = figure_number(figure)
    if match:
        is_full = figure.value != written or figure.value >= _SCALES[match.group()]
        return figure.value / _SCALES[match.group()] if is_full else figure.value
    return figure.value if unit or figure.value < _SCALES["万"] else written


def _is_within(spans: Sequence[Span], taken: Sequence[Span]) -> bool:
    """Whether every one of some places lies within another that is taken."""
    return bool(spans) and all(any(a <= start and end <= b for a, b in taken) for start, end in spans)


def _choose_columns(filters: list[Filter], table: TypedTable, heads: Sequence[NamedHead]) -> list[Filter] | None:
    """The filters, each value in one column: the one that names the records, or whose head the question names."""
    scores = {head.column.index: head.score for head in heads}
    kept: list[Filter] = []
    for filter_ in sorted(filters, key=lambda one: -_column_rank(one, table, scores)):
        rivals = [other for other in kept if set(other.values) & set(filter_.values)]
        if not rivals:
            kept.append(filter_)
        else:
            own = _column_rank(filter_, table, scores)
            if any(_column_rank(other, table, scores) - own < _CLEARER for other in rivals):
                return None
    return kept


_CLEARER = 0.2  # by which a column must be named better than another with the same value


def _column_rank(filter_: Filter, table: TypedTable, scores: Mapping[int, float]) -> float:
    if filter_.column is None:
        return 0.0
    return 2.0 if filter_.column.index == table.name_column else scores.get(filter_.column.index, 0.0)

"""Derivations: which column a question wants computed from others before anything is chosen, counted or added.

`哪个区的GDP增长最多？` → 2022年GDP − 2021年GDP; `Which branch has the highest revenue per employee?` → Revenue ÷ Staff;
`Who sold most in the first quarter?` → January + February + March; `Which project is furthest over budget?` → Actual −
Budget.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.questions.asked_computation import GENERAL_MEASURES, AskedComputation
from rag.questions.number_conditions import Span
from rag.reading.measures import possible_measures
from rag.tables.derived_columns import Derivation, are_addable, derive
from rag.tables.label_matching import NamedQuestion
from rag.tables.named_heads import NAMED, NamedHead
from rag.tables.periods import (
    Period,
    chronological,
    covers,
    find_periods,
    is_period_label,
    period_spans,
    remove_periods,
)
from rag.tables.share_parts import find_whole
from rag.tables.typed_table import Column, TypedTable

_RATE = re.compile(
    r"(?P<people>人均)|(?P<households>户均)|(?P<area>亩均)|平均?每一?[个名位家件]?(?P<han>[\u4e00-\u9fff]{1,3})"
    r"|每一?[个名位家件]?(?P<each>[\u4e00-\u9fff]{1,3})|\b(?:per|for each|for every|for one) (?P<word>[a-z]+)(?!\w)")
_OVER = re.compile(r"超支|超出|超过|超了?|高于|\b(?:over|above|exceed\w*|overspen\w*|more than)\b")
_UNDER = re.compile(r"节余|结余|低于|\b(?:under|below|underspen\w*|short of|less than)\b")
_JOINED = re.compile(r"[和与及加、+]|\b(?:and|plus|&)\b")
_ALL_PERIODS = re.compile(
    r"全年|整年|各[月季]|[几三四六个两]+个月|全部月份|\b(?:whole|entire|full) (?:year|period)|\b(?:all|over|across) (?:the )?"
    r"(?:\w+ )?(?:months|quarters|weeks|days|years?)\b|\bannual\b|\byear'?s?\b")


@dataclass(frozen=True)
class DerivationFinder:
    """A question and the heads that it names, as what says which columns are computed from others."""

    asked: AskedComputation
    question: NamedQuestion
    table: TypedTable
    heads: Sequence[NamedHead]
    value_spans: Sequence[Span] = ()  # where the question names values: `Building improvements` is no improvement

    def find(self) -> list[NamedHead]:
        """The derived columns that the question may ask for; one if it is clear, none if it asks for none."""
        if "trend" in self.asked.operations:
            return []
        for find in (
                self._shares, self._rates, self._products, self._steps, self._changes, self._durations, self._totals):
            if found := list(find()):
                return found
        return []

    @cached_property
    def _numbers(self) -> list[NamedHead]:
        return [
            head for head in self.heads
            if head.column.kind == "number" and head.column.index != self.table.name_column]

    @cached_property
    def _placed_heads(self) -> list[NamedHead]:
        """The number columns that the question has word by word, in its order."""
        placed = [head for head in self._numbers if head.is_exact and head.spans]
        return sorted(placed, key=lambda head: min(head.spans))

    @cached_property
    def _sure(self) -> list[NamedHead]:
        """The number columns that the question names surely, each by words of its own, in its order."""
        sure = [head for head in self._numbers if head.is_sure and head.spans]
        own = [head for head in sure if not any(
            set(head.spans) <= set(other.spans) and other.score > head.score for other in sure if other is not head)]
        return sorted(own, key=lambda head: min(head.spans))

    def _head(self, derivation: Derivation, operands: Sequence[NamedHead], spans: Sequence[Span]) -> NamedHead:
        own = [span for head in operands for span in head.spans]
        score = min(head.score for head in operands)
        is_exact = all(head.is_exact for head in operands)
        return NamedHead(derive(derivation, [head.column for head in operands]), score, (*own, *spans), is_exact)

    # one column as a share of another, or per unit of another

    def _shares(self) -> Iterator[NamedHead]:
        if "share" not in self.asked.operations:
            return
        placed = [head for head in self._sure if not is_period_label(head.column.name)]
        measures = {remove_periods(head.column.name) for head in placed}  # of two years, neither is the whole
        if len(placed) == 2 == len(measures) and placed[0].column.unit == placed[1].column.unit:
            whole = find_whole(self.question.text, placed[0].spans, placed[1].spans)
            if whole is not None:
                yield self._head("share", [placed[1 - whole], placed[whole]], self._spans_of("share"))

    def _stands_after(self, pattern: re.Pattern[str], head: NamedHead) -> bool:
        return any(pattern.search(self.question.text[:start]) for start, _ in head.spans)

    def _places(self, pattern: re.Pattern[str]) -> list[Span]:
        return [match.span() for match in pattern.finditer(self.question.text)]

    def _spans_of(self, operation: str) -> list[Span]:
        return [span for of, span in self.asked.operation_spans if of == operation]

    def _rates(self) -> Iterator[NamedHead]:
        match = next((m for m in _RATE.finditer(self.question.text) if not self._is_in_head(m.span())), None)
        if match is None or self._is_group(match.group()):
            return
        noun = next((match[group] for group in ("han", "each", "word") if match[group]), "")
        noun = noun or ("人" if match["people"] else "户" if match["households"] else "亩")
        per = [head for head in self._numbers if self._counts(head.column, noun)]
        rest = [head for head in self._numbers if head not in per and head.is_sure]
        if len(per) == 1 and rest and (len(rest) == 1 or rest[0].is_exact > rest[1].is_exact):
            yield self._head("ratio", [rest[0], per[0]], [match.span()])

    def _is_group(self, words: str) -> bool:
        """Whether `per branch` speaks of the records themselves."""
        name = self.table.columns[self.table.name_column].name
        return bool(name) and self.question.is_known(words.split()[-1] if words.isascii() else words[-1], name)

    def _is_in_head(self, span: Span) -> bool:
        taken = [*self.value_spans, *(place for head in self.heads if head.is_exact for place in head.spans)]
        return any(a <= span[0] and span[1] <= b for a, b in taken)

    def _counts(self, column: Column, noun: str) -> bool:
        """Whether a column counts what a rate is per: Staff for `per employee`, 人口 for 人均."""
        if noun in ("人", "户", "亩"):
            return noun in column.unit or noun in column.name or (noun == "人" and bool(
                possible_measures(column.name) & {"staff", "population", "headcount"}))
        shared = possible_measures(noun) & possible_measures(column.name)
        return self.question.is_known(noun, column.name) or bool(shared)

    def _products(self) -> Iterator[NamedHead]:
        """Quantity times price of one piece, if money is asked for and the table has no column of it."""
        text = self.question.text
        words = [match.span() for match in _WORTH.finditer(text)]
        if not words or not {"sum", "extreme", "rank", "mean", "list", "count"} & set(self.asked.operations):
            return
        prices = [head for head in self._numbers if _UNIT_PRICE.search(head.column.name)]
        amounts = [
            head for head in self._numbers if head not in prices
            and possible_measures(head.column.name) & {"quantity", "in_stock", "weight", "units_sold", "ordered"}]
        money = [head for head in self._numbers if head not in prices and _CURRENCY_UNIT.search(head.column.unit)]
        if len(prices) == 1 and len(amounts) == 1 and not money:
            yield self._head("product", [amounts[0], prices[0]], words)

    # changes

    def _steps(self) -> Iterator[NamedHead]:
        """The smallest step between neighbouring periods, for what rose or fell in every one of them."""
        change = self.asked.change
        if change is None or not change.is_steady or "mean" in self.asked.operations:
            return
        asked = sorted(find_periods(self.question.text))
        for columns in self._best_measures({m: c for m, c in self._measures().items() if len(c) > 2}):
            ordered = sorted(columns, key=lambda column: chronological(column.name))
            if len(asked) == 2 and asked[0][0] == asked[1][0]:
                ordered = [
                    column for column in ordered
                    if any(asked[0] <= one <= asked[1] for one in find_periods(column.name) if one[0] == asked[0][0])]
            if len(ordered) > 2:
                heads = [self._as_head(column) for column in ordered]
                spans = [*change.spans, *period_spans(self.question.text)]
                yield self._head("least fall" if change.direction < 0 else "least rise", heads, spans)

    def _durations(self) -> Iterator[NamedHead]:
        """The days between two columns of dates, or minutes between two of times, if the table states no duration."""
        words = [match.span() for match in _DURATION.finditer(self.question.text)]
        words += self.asked.superlative.spans if self.asked.superlative.measure in ("length", "duration") else ()
        states = any(possible_measures(head.column.name) & {"duration"} for head in self._numbers)
        for kind in ("date", "time") if words and not states else ():
            columns = [column for column in self.table.columns if column.kind == kind]
            if len(columns) == 2:
                heads = [self._as_head(column) for column in (columns[1], columns[0])]
                yield self._head("difference", heads, words)
                return

    def _changes(self) -> Iterator[NamedHead]:
        change = self.asked.change
        comparison = _OVER.search(self.question.text) or _UNDER.search(self.question.text)
        spans = [span for span in change.spans if not self._is_in_head(span)] if change else []
        measure = self.asked.superlative.measure
        if measure not in GENERAL_MEASURES:
            return  # the driest month, and how much fell
        asks_pair = {"difference", "ratio"} & set(self.asked.operations)
        if not spans and not comparison and not asks_pair:
            return
        pairs = list(self._period_pairs()) if spans else []
        is_relative = change is not None and change.is_relative
        spans += [match.span() for match in _THAN.finditer(self.question.text)] if pairs else []
        for later, earlier, periods in pairs:
            yield self._head("growth" if is_relative else "difference", [later, earlier], [*spans, *periods])
        if not pairs and (pair := self._named_pair()):
            words = [match.span() for pattern in (_OVER, _UNDER) for match in pattern.finditer(self.question.text)]
            derivation: Derivation = "growth" if is_relative else "ratio" if "ratio" in asks_pair else "difference"
            yield self._head(derivation, pair, [*spans, *words])

    def _period_pairs(self) -> Iterator[tuple[NamedHead, NamedHead, list[Span]]]:
        """The two columns between which each measure that may be meant changes, the later one first."""
        asked = sorted(period for period in find_periods(self.question.text) if period[0] != "day")
        groups = {
            measure: columns for measure, columns in self._measures().items() if len(columns) > 1}
        for columns in self._best_measures(groups):
            ordered = sorted(columns, key=lambda column: chronological(column.name))
            named = [column for column in ordered if find_periods(column.name) & set(asked)]
            if len(named) == 1 and len(asked) == 1 and _SINCE.search(self.question.text):
                named = [named[0], ordered[-1]] if named[0] is not ordered[-1] else []
            elif len(named) == 1 and len(asked) == 1:  # `grew most in 2023`: since the period before
                place = ordered.index(named[0])
                named = ordered[place - 1 : place + 1] if place else []
            elif not asked:
                named = [ordered[0], ordered[-1]]
            elif len(asked) > 1 and len(named) > 2:
                named = [named[0], named[-1]]
            if len(named) == 2 and _lengths(named[0]) == _lengths(named[1]):
                spans = period_spans(self.question.text)
                yield self._as_head(named[1]), self._as_head(named[0]), spans

    def _measures(self) -> dict[str, list[Column]]:
        """The number columns of each measure, if its heads name a period each: {`gdp`: [2021年GDP, 2022年GDP]}."""
        groups: dict[str, list[Column]] = {}
        for column in self.table.columns:
            if column.kind == "number" and find_periods(column.name):
                groups.setdefault(remove_periods(column.name).casefold(), []).append(column)
        # two columns `Change` below one date are no two periods
        return {
            measure: columns for measure, columns in groups.items()
            if len({find_periods(column.name) for column in columns}) == len(columns)}

    def _best_measures(self, groups: dict[str, list[Column]]) -> list[list[Column]]:
        """The measure that the question names best; all of them if none is."""
        scores = {
            measure: max((self._as_head(column).score for column in columns), default=0.0) if measure else 0.0
            for measure, columns in groups.items()}
        best = max(scores.values(), default=0.0)
        if best >= NAMED and sum(score > best - 0.12 for score in scores.values()) == 1:
            return [columns for measure, columns in groups.items() if scores[measure] == best]
        return list(groups.values())

    def _as_head(self, column: Column) -> NamedHead:
        return next(
            (head for head in self.heads if head.column is column),
            NamedHead(column, self._score(column), ()))

    def _score(self, column: Column) -> float:
        """How well the question names the measure of a column of a period that it does not name."""
        return self.question.match(remove_periods(column.name)).score

    def _named_pair(self) -> list[NamedHead]:
        """Two columns of one unit that the question compares: Actual and Budget for `over budget`."""
        placed = [head for head in self._placed_heads if not find_periods(head.column.name)]
        placed = [head for head in placed if head.column.unit == placed[0].column.unit]
        asks_change = self.asked.change is not None or {"difference", "ratio"} & set(self.asked.operations)
        if len(placed) >= 2 and asks_change:
            first, second = placed[0], placed[1]
            if self.asked.is_inverse:
                return [second, first]
            return [second, first] if self.asked.change and self._is_from_to() else [first, second]
        compared = next((head for head in placed if self._stands_after(_COMPARED, head)), None)
        others = [head for head in self._numbers if compared and head is not compared
                  and possible_measures(head.column.name) & {"actual", "spending"}
                  and head.column.unit == compared.column.unit]
        if compared is None or len(others) != 1:
            return []
        is_under = _UNDER.search(self.question.text) is not None and not _OVER.search(self.question.text)
        return [compared, others[0]] if is_under else [others[0], compared]

    def _is_from_to(self) -> bool:
        return re.search(r"从.+到|\bfrom\b.+\bto\b|\bbetween\b.+\band\b", self.question.text) is not None

    # totals of several columns

    def _totals(self) -> Iterator[NamedHead]:
        longer = [p for p in find_periods(self.question.text) if p[0] in ("half", "quarter")]
        for columns in self._best_measures({m: c for m, c in self._measures().items() if len(c) > 1}):
            chosen = self._covered_columns(columns, longer)
            if len(chosen) > 1 and are_addable(chosen):
                heads = [self._as_head(column) for column in chosen]
                spans = [*period_spans(self.question.text), *self._places(_ALL_PERIODS)]
                yield self._head("mean" if "mean" in self.asked.operations else "total", heads, spans)
        placed = [head for head in self._sure if not is_period_label(head.column.name)]
        is_joined = len(placed) > 1 and all(
            _JOINED.search(self.question.text[max(a.spans)[1] : min(b.spans)[0]])
            for a, b in pairwise(placed))
        if is_joined and "sum" in self.asked.operations and are_addable([head.column for head in placed]):
            yield self._head("total", placed, [])

    def _named_periods(self, columns: Sequence[Column]) -> list[Column]:
        """The columns of several periods that a sum names, Q1 and Q2; of a range all of them: Monday to Friday."""
        if not {"sum", "mean"} & set(self.asked.operations):
            return []
        asked = find_periods(self.question.text)
        ordered = sorted(columns, key=lambda column: chronological(column.name))
        named = [column for column in ordered if find_periods(column.name) and find_periods(column.name) <= asked]
        if len(named) < 2:
            return []
        spans = sorted(period_spans(self.question.text))
        is_range = any(_RANGE.fullmatch(self.question.text[a[1] : b[0]]) for a, b in pairwise(spans))
        return ordered[ordered.index(named[0]) : ordered.index(named[-1]) + 1] if is_range else named

    def _covered_columns(self, columns: Sequence[Column], longer: Sequence[Period]) -> list[Column]:
        """The columns of the months of a quarter or a half-year; all of them if none is named and all add up."""
        own = {
            column: {p for p in find_periods(column.name) if p[0] in ("month", "quarter", "half")}
            for column in columns}
        if longer:
            return [
                column for column, periods in own.items()
                if any(covers(period, other) for period in longer for other in periods)]
        if named := self._named_periods(columns):
            return named
        names_period = find_periods(self.question.text) & {p for periods in own.values() for p in periods}
        is_other = any(head.is_sure and head.column not in columns for head in self.heads) or (
            self.asked.superlative.measure in ("date", "age", "length"))
        asks_all = _ALL_PERIODS.search(self.question.text) is not None or (
            "extreme" in self.asked.operations and not is_other)
        if names_period or not asks_all or not all(own.values()):
            return []
        return list(columns)


_RANGE = re.compile(r"\s*(?:到|至|-|–|—|~|to|through|until)\s*(?:the )?")
_WORTH = re.compile(
    r"乘以?|[×*]|货款|货值|价值|值多少钱|(?:付|花|要|卖)(?:了)?多少钱|压的?钱|总价|\bworth\b|\bvalue of\b|\bmultiplied\b|\bhow much (?:money )?"
    r"(?:is|are|do|does|did|would|will|must|should).{0,40}\b(?:pay|cost|owe|spend|worth)\b"
    r"|\btotal (?:price|cost|value)\b")
_UNIT_PRICE = re.compile(r"单价|[售定进批零]价|\b(?:unit|each|price|cost)\b", re.I)
_CURRENCY_UNIT = re.compile(r"[元块$¥€£]|usd|eur|gbp|rmb", re.I)
_DURATION = re.compile(
    r"多久|多长时间|(?:多少|几)(?:天|分钟|小时)|用时|历时|耗时|\bhow long\b|\bhow many (?:days|minutes|hours)\b|\btook\b|\bduration\b")
def _lengths(column: Column) -> set[str]:
    """The kinds of periods that a head names: a quarter is not compared with a year."""
    return {kind for kind, _ in find_periods(column.name)} - {"day"}


_SINCE = re.compile(r"\b(?:since|from)\b|自|以来|以后|起")
_THAN = re.compile(r"比|较|相比|同期|\b(?:than|compared (?:with|to)|they had|it had|it was|they were|against)\b")
_COMPARED = re.compile(
    r"(?:超出|超过|超|低于|高于|比|\b(?:over|under|above|below|than|of|exceed\w*|against|to))(?: (?:the|its|their))?\s*$")

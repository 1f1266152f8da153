"""Explanation: how much of a question a plan leaves unexplained.

A result is stated only if the question asks for nothing that the plan does not use: no other noun, figure or date, no
negation, no rate, no comparison, no other kind of record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.numbers.figures import find_figures, is_incidental
from rag.questions.analysis import search_term
from rag.questions.asked_computation import AskedComputation
from rag.questions.number_conditions import Span
from rag.reading.measures import mention_measures, possible_measures
from rag.tables.derived_columns import DerivedColumn
from rag.tables.execution import DATED_MEASURES
from rag.tables.grouping import GroupColumn, GroupedTable
from rag.tables.label_forms import common_ending
from rag.tables.label_matching import Leftover, NamedQuestion, label_words
from rag.tables.named_heads import NamedHead
from rag.tables.periods import find_periods, period_spans
from rag.tables.persons import PEOPLE_WORDS, is_person_head
from rag.tables.plan import Plan
from rag.tables.record_filters import Filter
from rag.tables.typed_table import Column, TypedTable
from rag.text.language import has_han, normalise

_SAMPLED_NAMES = 20
_SPELLED_FIGURE = 100  # smaller numbers in words are idioms, ranks or parts of nouns: 一共, 三个区
_SCALE_ALONE = re.compile(r"[百千万亿]+[^\d]{0,3}")  # 万元 of 多少万元
_TIME_OF_DAY = re.compile(
    r"[上下中]午|晚上|早上|凌晨|[一二三四五六七八九十两\d]{1,2}点|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b|\bnoon\b|\bmidnight\b")
_ASKS_PERSON = re.compile(r"谁|\bwho\b")
_ASKS_PERIOD = re.compile(
    r"哪[一几些]?(?:年|月|个月|季度|天|届)|(?:best|worst|[a-z]+est) (?:year|month|quarter|week|day)\b"
    r"|\b(?:which|what) (?:year|month|quarter|day|date)\b|\bwhen\b|何时|什么时候")
_ANY_MEASURE = frozenset(("", "size", "speed", "length", "frequency", "popularity", "value", "busyness"))
_CURRENCY = re.compile(r"[$€£¥]")
_ASKS_WHO_OF = re.compile("谁")
_ASKS_WHICH = re.compile(r"哪|\bwhich\b")


@dataclass(frozen=True)
class Explanation:
    """What a question names of a table, as the measure of its plans."""

    asked: AskedComputation
    question: NamedQuestion
    table: TypedTable
    heads: Sequence[NamedHead]
    filters: Sequence[Filter]
    group_spans: Sequence[Span] = ()

    def unexplained_share(self, plan: Plan) -> float:
        """The share of the question's term weight that a plan leaves over, 0 to 1; 1 if it asks for something else."""
        used = [column for column in (plan.target, *plan.shown, *(limit.column for limit in plan.limits)) if column]
        if isinstance(plan.table, GroupedTable):
            own = plan.target.column if isinstance(plan.target, GroupColumn) else None
            used += [plan.table.by, *([own] if own else [])]
        used += [filter_.column for filter_ in self.filters if filter_.column]
        used.append(self.table.columns[self.table.name_column])
        spans = [*self.asked.spans, *self.group_spans, *(span for filter_ in self.filters for span in filter_.spans)]
        spans += [span for head in self.heads if head.column in used for span in head.spans]
        spans += [condition.span for condition in self.asked.conditions]
        values = [value for filter_ in self.filters for value in filter_.values]
        known = "\n".join((self.table.context, *(column.head for column in used), *values, *self._record_nouns()))
        described = (*(column.head for column in used), self.table.source.caption, *self.table.source.headings[-1:])
        measures = frozenset(measure for text in described for measure in possible_measures(text))
        spans += [mention.span for mention in mention_measures(self.question.text) if mention.name in measures]
        rest = self.question.leftover(spans, known)
        is_named = plan.target is not None and plan.is_named
        if is_named or plan.filters or plan.limits or isinstance(plan.table, GroupedTable):
            rest = [one for one in rest if not one.is_light]
        if self._obstacle(plan, spans, known, rest):
            return 1.0
        return self.question.leftover_share(rest)

    def _obstacle(self, plan: Plan, spans: Sequence[Span], known: str, rest: Sequence[Leftover]) -> str:
        """Why a plan cannot be what the question asks for; empty if nothing speaks against it."""
        counts_all = plan.target is None and not plan.filters and not plan.limits
        obstacles = {
            "another kind of record": self._asks_for_other_kind(plan),
            "values of another column": self._asks_for_other_column(plan),
            "a rate, a negation or a change": self._is_complicated(plan, spans),
            "a noun that the table does not have": self._lacks_asked_noun(known),
            "a figure or a period": self._lacks_figure(spans),
            "another unit": self._lacks_currency(plan),
            "another measure": self._lacks_measure(plan) or any(map(self._is_measured, rest)),
            "a count of something else": self._lacks_counted_noun(plan),
            "a value that its column does not have": any(self._is_other_value(one.word) for one in rest),
            "a restriction": counts_all and bool(rest)}  # all records would be counted, whatever it restricts itself to
        return next((name for name, is_met in obstacles.items() if is_met), "")

    def _is_other_value(self, word: str) -> bool:
        """Whether a word is what a column has values of, but none of them: 医学院, in a table with a column 学院."""
        return has_han(word) and any(
            column.kind == "text" and column.name != word and word.endswith(column.name)
            for column in self.table.columns if column.name)

    def _is_complicated(self, plan: Plan, spans: Sequence[Span]) -> bool:
        """Whether a rate, a negation or a comparison of the question is part of no head or value that the plan uses."""
        if any(limit.other is not None for limit in plan.limits):
            return False
        columns = (plan.target, *(limit.column for limit in plan.limits))
        units = normalise(" ".join(column.unit for column in columns if column))
        own = [*(s for s in spans if s not in self.asked.spans), *self._rates_of_records(plan)]
        return any(
            not any(a <= start and end <= b for a, b in own)
            and self.question.text[start:end].removeprefix("每").removeprefix("per ") not in units
            for start, end in self.asked.complications)

    def _rates_of_records(self, plan: Plan) -> Iterator[Span]:
        """The rates that the mean over records is: per class, in a table of classes."""
        name = self.table.columns[self.table.name_column].head
        known = "\n".join((name, self.table.context, *self._record_nouns(), self._common_ending()))
        for start, end in self.asked.complications if plan.operation in ("mean", "median") else ():
            words = self.question.text[start:end]
            noun = words.removeprefix("per ") if words.isascii() else words.removeprefix("每")
            if noun != words and (self.question.is_known(noun, known) or noun == "个"):
                yield start, end

    def _lacks_asked_noun(self, known: str) -> bool:
        """Whether the question asks `which` of something that the table does not speak of: Which author …?"""
        heads = "\n".join((known, *(column.head for column in self.table.columns), self._common_ending()))
        noun = next(iter(self.question.asked_nouns), "")
        if self.question.is_light(noun):
            return False
        if self.table.source.field_noun and self.question.is_known(noun, self.table.source.field_noun):
            return True  # the columns are records, and the question asks for rows
        is_same_script = has_han(noun) == has_han("".join(self.table.source.heads))
        return bool(noun) and is_same_script and not self.question.is_known(noun, heads)

    def _is_measured(self, word: Leftover) -> bool:
        """Whether a word is what a superlative compares: 净胜分 of `净胜分最高的`, goals of `the highest goals against`."""
        text, (start, end) = self.question.text, word.span
        if any(head.is_exact and last == start for head in self.heads for _, last in head.spans):
            return False  # 英语成绩: the word says what the head is
        return any(
            len(text[end:first].strip("的 ")) <= 1 if has_han(text) else text[last:start].strip() == ""
            for first, last in self.asked.superlative.spans if (end <= first if has_han(text) else last <= start))

    def _lacks_currency(self, plan: Plan) -> bool:
        """Whether the question asks for money, in `$M`, and the column is of something else."""
        if plan.target is None or plan.operation in ("count", "share") or isinstance(plan.target, GroupColumn):
            return False
        if isinstance(plan.target, DerivedColumn) and plan.target.derivation in ("growth", "ratio", "share", "product"):
            return False
        conditions = [condition.span for condition in self.asked.conditions]
        signs = [match.start() for match in _CURRENCY.finditer(self.question.text)]
        is_asked = any(not any(a <= sign < b for a, b in conditions) for sign in signs)
        own = "\n".join((plan.target.unit, plan.target.head, self.table.stated_unit, self.table.context))
        return is_asked and _CURRENCY.search(own) is None

    def _lacks_measure(self, plan: Plan) -> bool:
        """Whether an adjective compares what the column does not measure: `closest`, over a column of inhabitants."""
        measure, column = self.asked.superlative.measure, plan.target
        if column is None or measure in _ANY_MEASURE or isinstance(column, DerivedColumn):
            return False
        own = column.column if isinstance(column, GroupColumn) and column.column else column
        is_dated = measure in DATED_MEASURES | {"due_date"} and own.kind in ("date", "time", "year")
        is_priced = measure == "price" and re.search(r"[元块$¥€£]|usd|eur|gbp|rmb", own.unit, re.I) is not None
        is_lasting = measure == "speed" and "duration" in possible_measures(own.name)
        if is_dated or is_priced or is_lasting or measure in possible_measures(own.head):
            return False
        return not any(head.column is own and head.is_exact for head in self.heads)

    def _lacks_counted_noun(self, plan: Plan) -> bool:
        """Whether the question counts something that the records are not: staff, in a table of departments."""
        if plan.operation != "count" or isinstance(plan.table, GroupedTable):
            return False
        noun = next((noun for noun in self.question.counted_nouns), "")
        if self.question.is_light(noun):
            return False
        name = self.table.columns[self.table.name_column].head
        known = "\n".join((name, self.table.context, *self._record_nouns(), self._common_ending()))
        return bool(noun) and not self.question.is_known(noun, known)

    def _lacks_figure(self, spans: Sequence[Span]) -> bool:
        """Whether a number, a date or a time of the question is used by no part of the plan."""
        own = [*spans, *(condition.span for condition in self.asked.conditions)]
        places = [
            figure for figure in find_figures(self.question.text)
            if not is_incidental(figure, _SPELLED_FIGURE) and not _SCALE_ALONE.fullmatch(figure.text)]
        used = [condition.figure for condition in self.asked.conditions if condition.figure]
        places = [figure for figure in places if not any(figure.has_same_value(other) for other in used)]
        sizes = {len(self.table.records), len(self.table.columns)}  # 12个月 in a table of twelve rows
        places = [one for one in places if one.kind != "amount" or one.value not in sizes]
        stated = find_periods(self.table.context)
        places = [one for one in places if one.kind != "year" or not stated >= find_periods(one.text)]
        periods = {span: find_periods(self.question.text[slice(*span)]) for span in period_spans(self.question.text)}
        units = [
            span for span, named in periods.items()
            if {kind for kind, _ in named} & {"half", "quarter", "month", "weekday"} and not named <= stated]
        times = [match.span() for match in _TIME_OF_DAY.finditer(self.question.text)]
        return any(
            not any(a < end and start < b for a, b in own)
            for start, end in [*((one.start, one.end) for one in places), *times, *units])

    def _common_ending(self) -> str:
        cells = self.table.columns[self.table.name_column].cells
        return common_ending([cell.text for cell in cells])

    def _asks_for_other_column(self, plan: Plan) -> bool:
        """Whether `which` asks for the values of a column in which several records share one: they would be grouped."""
        if plan.operation != "extreme" or isinstance(plan.table, GroupedTable):
            return False
        for column in self.table.columns:
            if column.kind != "text" or column.index == self.table.name_column:
                continue
            texts = [cell.text for cell in column.cells if cell.text]
            is_asked = any(self._question_names(noun, column) for noun in self.question.asked_nouns)
            if is_asked and len(set(texts)) < len(texts):
                return True
        return False

    def _question_names(self, noun: str, column: Column) -> bool:
        is_part = has_han(noun) and noun in normalise(column.name)
        is_record = self.question.is_known(noun, self.table.columns[self.table.name_column].name)
        return bool(noun) and (search_term(noun) in label_words(column.name) or (is_part and not is_record))

    def _record_nouns(self) -> list[str]:
        """Words for the records of a table of people."""
        return [PEOPLE_WORDS] if self._is_of_people() else []

    def _is_of_people(self, table: TypedTable | None = None) -> bool:
        named = table or self.table
        name = named.columns[named.name_column].head
        return is_person_head(name) or (name == "" and is_person_head(self.table.context))

    def _asks_for_other_kind(self, plan: Plan) -> bool:
        """Whether the question asks for a person or a period, or for something else, and the records are not that."""
        text = self.question.text
        asks_thing = _ASKS_WHICH.search(text) is not None and _ASKS_PERIOD.search(text) is None
        asks_person = _ASKS_PERSON.search(text) is not None
        if plan.named and _ASKS_WHO_OF.search(text):
            return False  # 柳林镇和新集镇谁种的地多: of two that are named
        shows_person = any(is_person_head(column.head) for column in plan.shown)
        return (asks_person and not shows_person and not self._is_of_people(plan.table)) or (
            asks_thing and self.are_periods() and not isinstance(plan.table, GroupedTable))

    def are_periods(self) -> bool:
        """Whether the records are periods: 2021, 2022."""
        names = self.table.columns[self.table.name_column].cells
        return bool(names) and all(find_periods(cell.text) for cell in names[:_SAMPLED_NAMES])

"""Explanation: how much of a question a plan leaves unexplained.

A result is stated only if the question asks for nothing that the plan does not use: no other noun, figure or date, no
negation, no rate, no comparison, no other kind of record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.numbers.figures import find_figures, is_incidental
from rag.questions.asked_computation import AskedComputation
from rag.questions.number_conditions import Span
from rag.tables.label_matching import NamedQuestion, common_ending
from rag.tables.measures import find_measures
from rag.tables.named_heads import NamedHead
from rag.tables.periods import find_periods
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
    r"哪一?(?:年|月|个月|季度|天)|\b(?:which|what) (?:year|month|quarter|day|date)\b|\bwhen\b|何时|什么时候")
_ASKS_WHICH = re.compile(r"哪|\bwhich\b")
_PERSON_HEAD = re.compile(r"姓名|员工|学生|名单|人员|\bname\b|staff|employee|student|member|people|player|candidate")
_PEOPLE = "人 员工 职工 同学 学生 人员 people person staff employee member colleague student pupil player candidate"


@dataclass(frozen=True)
class Explanation:
    """What a question names of a table, as the measure of its plans."""

    asked: AskedComputation
    question: NamedQuestion
    table: TypedTable
    heads: Sequence[NamedHead]
    filters: Sequence[Filter]

    def unexplained_share(self, plan: Plan) -> float:
        """The share of the question's term weight that a plan leaves over, 0 to 1; 1 if it asks for something else."""
        used = [column for column in (plan.target, *plan.shown, *(limit.column for limit in plan.limits)) if column]
        used += [filter_.column for filter_ in self.filters if filter_.column]
        used.append(self.table.columns[self.table.name_column])
        spans = [*self.asked.spans, *(span for filter_ in self.filters for span in filter_.spans)]
        spans += [span for head in self.heads if head.column in used for span in head.spans]
        spans += [condition.span for condition in self.asked.conditions]
        values = [value for filter_ in self.filters for value in filter_.values]
        known = "\n".join((self.table.context, *(column.head for column in used), *values, *self._record_nouns()))
        measures = frozenset(measure for column in used for measure in find_measures(column.head))
        rest = [one for one in self.question.leftover(spans, known) if not find_measures(one.word) & measures]
        if plan.target is not None and plan.is_named:
            rest = [one for one in rest if not one.is_verb]  # `sold`, `earn`: the head says what is measured
        if plan.filters or plan.limits:
            rest = [one for one in rest if not one.is_light]
        if self._asks_for_other_kind() or self._asks_for_other_column(plan) or self._is_complicated(plan, spans):
            return 1.0
        if self._lacks_asked_noun(known) or self._lacks_figure(spans):
            return 1.0
        if plan.target is None and not plan.filters and not plan.limits and rest:
            return 1.0  # all records would be counted, whatever the question restricts itself to
        return self.question.leftover_share(rest)

    def _is_complicated(self, plan: Plan, spans: Sequence[Span]) -> bool:
        """Whether a rate, a negation or a comparison of the question is part of no head or value that the plan uses."""
        if any(limit.other is not None for limit in plan.limits):
            return False
        columns = (plan.target, *(limit.column for limit in plan.limits))
        units = normalise(" ".join(column.unit for column in columns if column))
        own = [*(s for s in spans if s not in self.asked.spans)]
        return any(
            not any(a <= start and end <= b for a, b in own)
            and self.question.text[start:end].removeprefix("每").removeprefix("per ") not in units
            for start, end in self.asked.complications)

    def _lacks_asked_noun(self, known: str) -> bool:
        """Whether the question asks `which` of something that the table does not speak of: Which author …?"""
        heads = "\n".join((known, *(column.head for column in self.table.columns), self._common_ending()))
        noun = next((noun for noun in self.question.asked_nouns if not self.question.is_light(noun)), "")
        if self.table.source.field_noun and self.question.is_known(noun, self.table.source.field_noun):
            return True  # the columns are records, and the question asks for rows
        is_same_script = has_han(noun) == has_han("".join(self.table.source.heads))
        return bool(noun) and is_same_script and not self.question.is_known(noun, heads)

    def _lacks_figure(self, spans: Sequence[Span]) -> bool:
        """Whether a number, a date or a time of the question is used by no part of the plan."""
        own = [*spans, *(condition.span for condition in self.asked.conditions)]
        places = [
            figure for figure in find_figures(self.question.text)
            if not is_incidental(figure, _SPELLED_FIGURE) and not _SCALE_ALONE.fullmatch(figure.text)]
        used = [condition.figure for condition in self.asked.conditions if condition.figure]
        places = [figure for figure in places if not any(figure.has_same_value(other) for other in used)]
        stated = find_periods(self.table.context)
        places = [one for one in places if one.kind != "year" or not stated >= find_periods(one.text)]
        times = [match.span() for match in _TIME_OF_DAY.finditer(self.question.text)]
        return any(
            not any(a < end and start < b for a, b in own)
            for start, end in [*((one.start, one.end) for one in places), *times])

    def _common_ending(self) -> str:
        cells = self.table.columns[self.table.name_column].cells
        return common_ending([cell.text for cell in cells])

    def _asks_for_other_column(self, plan: Plan) -> bool:
        """Whether `which` asks for the values of a column in which several records share one: they would be grouped."""
        if plan.operation != "extreme":
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
        head = normalise(column.name)
        is_part = noun in head if has_han(noun) else noun in head.split()
        return bool(noun) and is_part

    def _record_nouns(self) -> list[str]:
        """Words for the records of a table of people."""
        return [_PEOPLE] if self._is_of_people() else []

    def _is_of_people(self) -> bool:
        name = self.table.columns[self.table.name_column].head
        return _PERSON_HEAD.search(normalise(f"{name} {self.table.context}")) is not None

    def _asks_for_other_kind(self) -> bool:
        """Whether the question asks for a person or a period, or for something else, and the records are not that."""
        text = self.question.text
        asks_thing = _ASKS_WHICH.search(text) is not None and _ASKS_PERIOD.search(text) is None
        asks_person = _ASKS_PERSON.search(text) is not None
        return (asks_person and not self._is_of_people()) or (asks_thing and self.are_periods())

    def are_periods(self) -> bool:
        """Whether the records are periods: 2021, 2022."""
        names = self.table.columns[self.table.name_column].cells
        return bool(names) and all(find_periods(cell.text) for cell in names[:_SAMPLED_NAMES])

"""Planning: which computation over which records and columns of a table a question asks for.

A plan is made only of what the question names: values (a filter), heads (what is computed), comparisons with figures;
or of columns and groups that are computed first. What it leaves unexplained of the question decides whether its result
is stated at all; a column is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rag.questions.asked_computation import AskedComputation, Operation
from rag.questions.number_conditions import NumberCondition, Relation, Span
from rag.reading.measures import possible_measures
from rag.tables.asked_groups import asked_group
from rag.tables.derivations import DerivationFinder
from rag.tables.derived_columns import DerivedColumn
from rag.tables.execution import DATED_MEASURES, is_rate
from rag.tables.explanation import Explanation
from rag.tables.grouping import Aggregate, GroupColumn, GroupedTable
from rag.tables.label_matching import NamedQuestion
from rag.tables.named_heads import NamedHead, choose_head, match_heads
from rag.tables.negated_filters import match_yes_no, negate
from rag.tables.periods import chronological, find_periods
from rag.tables.plan import NoPlan, Plan, PlanOperation
from rag.tables.record_filters import Filter, Limit, compare_columns, find_limits, match_periods, match_values
from rag.tables.share_parts import are_added, find_whole
from rag.tables.typed_table import Column, TypedTable
from rag.text.language import has_han, normalise


class TablePlanner:
    """Plans for one question over one table."""

    def __init__(self, asked: AskedComputation, question: NamedQuestion, table: TypedTable) -> None:
        self._asked, self._question, self._table = asked, question, table
        self._heads = match_heads(asked, question, table)
        self._filters = self._find_filters()
        named = [span for filter_ in self._filters for span in filter_.spans]
        self._derived = DerivationFinder(asked, question, table, self._heads, named).find()
        self._group = asked_group(asked, question, table, self._filters)
        self._explanation = Explanation(
            asked, question, table, [*self._heads, *self._derived], self._filters,
            self._group.spans if self._group else ())

    def _find_filters(self) -> list[Filter]:
        asked, question, heads = self._asked, self._question, self._heads
        exact_heads = [head for head in heads if head.is_exact]
        exact = [span for head in exact_heads if head.column.kind not in ("text", "date") for span in head.spans]
        conditions = {
            condition.span for condition in asked.conditions
            if condition.figure is None or condition.figure.kind not in ("date", "year")}
        own = [span for span in asked.spans if span not in conditions]
        if find_periods(question.text) or "mean" in asked.operations:  # `opened in October` is a date
            exact += [span for head in exact_heads if head.column.kind == "date" for span in head.spans]
        wide = [span for head in exact_heads if head.column.kind in ("text", "date") for span in head.spans]
        found = match_values(question, self._table, heads, [*own, *exact], wide)
        self._is_ambiguous = found is None
        values = found or []
        taken = [span for filter_ in values for span in filter_.spans] + exact + [c.span for c in asked.conditions]
        values = negate(values, asked.negations, question.text)
        filters = [*values, *match_periods(question, self._table, heads, taken)]
        return [*filters, *match_yes_no(heads, filters, asked.negations, question.text)]

    def plans(self) -> list[Plan | NoPlan]:
        """The plans for each operation asked for, in order; then why there is none for the others."""
        if not self._table.source.is_whole:
            return [NoPlan(self._table, "unread rows")]
        if self._is_lookup():
            return []
        if self._is_ambiguous:
            return [NoPlan(self._table, "several columns")]
        if self._compares_means():
            return [NoPlan(self._table, "no column", self._nearest_columns())]
        outcomes = [outcome for operation in self._operations() for outcome in self._plan_operation(operation)]
        plans = [outcome for outcome in outcomes if isinstance(outcome, Plan)]
        nearness = len(self._filters) + max((head.score for head in self._heads), default=0.0)
        problems = [replace(outcome, nearness=nearness) for outcome in outcomes if isinstance(outcome, NoPlan)]
        return [*plans, *problems]

    def _is_lookup(self) -> bool:
        """Whether the question asks for a cell: its comparison is a label (账龄在1年以内), or its words are heads."""
        labels = [span for filter_ in self._filters for span in filter_.spans]
        conditions = [condition.figure for condition in self._asked.conditions if condition.figure]
        if any(a <= figure.start and figure.end <= b for figure in conditions for a, b in labels):
            return True
        return not self._operations()

    def _compares_means(self) -> bool:
        """Whether means are compared, which are no mean of differences: `the difference between average X and Y`."""
        in_heads = self._head_operations()
        means = [span for of, span in self._asked.operation_spans if of == "mean" and of not in in_heads]
        changes = [
            span for of, span in self._asked.operation_spans if of in ("difference", "growth") and of not in in_heads]
        means = [span for span in means if self._question.text[slice(*span)] != "on average"]
        return bool(means and changes) and (len(means) > 1 or (min(changes) < means[0] and not has_han(
            self._question.text)))

    # operations

    def _operations(self) -> list[PlanOperation]:
        """The operations asked for, without those whose word is part of a head: 增速 where there is a column 增速."""
        in_heads = self._head_operations()
        named = [one for one in self._asked.operations if one not in in_heads]
        if self._derived:
            return self._derived_operations(named)
        if self._group and named:
            if "comparison" in named:
                return ["extreme"]  # which of two groups has more
            return [next((one for one in _OVER_GROUPS if one in named), "breakdown")]
        return [one for i, one in enumerate(named) if i == 0 or one in _ALTERNATIVES.get(named[0], ())]

    def _derived_operations(self, named: Sequence[Operation]) -> list[PlanOperation]:
        """What is asked of a derived column: its value for one record, else what is named of many records."""
        column, change = self._derived[0].column, self._asked.change
        is_total = isinstance(column, DerivedColumn) and column.derivation in ("total", "mean")
        is_duration = isinstance(column, DerivedColumn) and column.operands[0].kind in ("date", "time")
        if self._selects_one_record():
            if is_total and self._asked.conditions:
                return []  # in how many of the years was it above 5? Not its total
            is_other = {"mean", "median"} & set(named) or ("count" in named and not is_duration)
            return ["value"] if is_total or not is_other else []
        if is_total and (pair := [one for one in named if one in _OF_TWO]):
            return list(pair[:1])
        is_steady = change is not None and change.is_steady
        if is_steady and self._asked.is_yes_or_no:
            return ["value"]
        counts = [self._question.text[slice(*span)] for of, span in self._asked.operation_spans if of == "count"]
        is_counted = any(re.match("how|多少|几", words) for words in counts)
        named = [one for one in named if one != "count" or is_counted]
        counts_units = is_duration and not self._asked.conditions  # how many days: no count of records
        over = [one for one in _OVER_DERIVED if not (counts_units and one in ("count", "list"))]
        return [next((one for one in over if one in named), "list" if is_steady else "value")]

    def _selects_one_record(self) -> bool:
        """Whether the filters leave one record, which the question therefore asks about."""
        if not self._filters or "extreme" in self._asked.operations:
            return False
        passing = set(range(len(self._table.records)))
        return len(passing.intersection(*(filter_.records(self._table) for filter_ in self._filters))) == 1

    def _head_operations(self) -> set[Operation]:
        """The operations whose word is part of a head or a value: 平均分, 总分; 本期增加 for `增加了多少`."""
        spans = [span for head in self._heads if head.is_exact for span in head.spans]
        spans += [span for filter_ in self._filters for span in filter_.spans]
        outside = {
            operation for operation, (start, end) in self._asked.operation_spans
            if not any(a <= start and end <= b for a, b in spans)}
        found = {operation for operation, _ in self._asked.operation_spans if operation in _HEAD_LIKE} - outside
        names = map(self._table.row_name, self._table.records[:_LABELS])
        labels = normalise("\n".join((*self._table.source.heads, *names)))
        words = {
            (operation, self._question.text[start:end]) for operation, (start, end) in self._asked.operation_spans
            if operation in ("difference", "growth", "mean")}
        found |= {operation for operation, word in words if _CHANGE_WORD.fullmatch(word) and word in labels}
        one_record = any(
            one.column and one.column.index == self._table.name_column and len(one.records(self._table)) == 1
            for one in self._filters)
        return found | {"extreme"} if one_record else found

    def _plan_operation(self, operation: PlanOperation) -> Iterator[Plan | NoPlan]:
        if self._group:
            yield self._plan_groups(operation)
            return
        names_records = any(
            one.column and one.column.index == self._table.name_column and not one.is_negated for one in self._filters)
        if operation in ("count", "list") and not names_records and self._may_count_records():
            yield self._plan_records(operation)
        if operation == "count" and names_records:
            return  # `How many staff does Mill Lane have?` asks for a cell
        if operation == "count":
            counted = self._plan_value("sum")
            counts_kinds = any(map(_KINDS.fullmatch, self._question.counted_nouns))
            if isinstance(counted, Plan) and counted.is_named and _counts(counted.target) and not counts_kinds:
                yield counted
        elif operation == "share" and not self._derived and self._filters:
            yield self._plan_share()
        elif operation != "list":
            yield self._plan_value(operation)

    def _may_count_records(self) -> bool:
        """Whether records are what is counted, not the values of a column that the question names."""
        names_amount = any(head.is_exact and head.column.kind in ("number", "mixed") for head in self._heads)
        is_limited = bool(self._asked.conditions or self._filters or self._derived)
        is_limited = is_limited or compare_columns(self._question, self._heads) is not None
        columns_are_records = bool(self._table.source.field_noun)
        if columns_are_records:
            return bool(self._asked.conditions) and self._explanation.are_periods()
        return is_limited or not names_amount

    # plans

    def _plan_records(self, operation: PlanOperation) -> Plan | NoPlan:
        """Counting or listing the records that pass; a list without a condition is one of all records."""
        limits = self._limits(None)
        if limits is None:
            return NoPlan(self._table, "several columns", self._nearest_columns())
        if not limits and not self._derived and (compared := compare_columns(self._question, self._heads)):
            limits = [compared]
        return self._finish(Plan(
            self._table, operation, self._asked, None, filters=tuple(self._filters), limits=tuple(limits)))

    def _limits(self, target: Column | None) -> list[Limit] | None:
        """The comparisons with figures; for a derived column without one, whether it rose or fell."""
        if len(self._derived) > 1:
            return None
        if not self._derived:
            return find_limits(self._question, self._asked.conditions, self._heads, target)
        column, change = self._derived[0].column, self._asked.change
        if isinstance(column, DerivedColumn) and column.derivation.startswith("least"):
            condition = NumberCondition("above", None, self._derived[0].spans[-1])
            return [] if target is not None else [Limit(column, condition, Fraction(0))]
        starts = {start for head in self._derived for start, _ in head.spans}  # since 2021: where the change begins
        conditions = [
            one for one in self._asked.conditions
            if not (one.figure and one.figure.kind == "year" and any(one.span[0] <= s < one.span[1] for s in starts))]
        limits = find_limits(self._question, conditions, self._derived, column)
        if limits or limits is None or target is not None:
            return limits
        if not (isinstance(column, DerivedColumn) and column.derivation in ("difference", "growth")) or change is None:
            return limits
        relation: Relation = "above" if change.direction >= 0 else "below"
        return [Limit(column, NumberCondition(relation, None, self._derived[0].spans[-1]), Fraction(0))]

    def _plan_value(self, operation: PlanOperation) -> Plan | NoPlan:
        """An operation on the values of one column."""
        if not self._derived and self._is_derived(operation):
            return NoPlan(self._table, "no column", self._nearest_columns())
        target = self._target(operation)
        if isinstance(target, NoPlan):
            return target
        limits = self._limits(target.column)
        if limits is None:
            return NoPlan(self._table, "several columns", self._nearest_columns())
        shown = tuple(
            head.column for head in self._heads
            if head.is_exact and head.column is not target.column and head.column.index != self._table.name_column
            and not find_periods(head.column.name) and not self._derived)
        filters, named = (
            (self._filters, ()) if operation in ("extreme", "value") else self._operands(operation))
        return self._finish(Plan(
            self._table, operation, self._asked, target.column, (), named, tuple(filters), tuple(limits), shown,
            named_by=self._naming_columns() if named else (), is_named=target.is_sure or bool(self._derived),
            are_added=operation == "share" and self._are_added(named)))

    def _are_added(self, named: Sequence[int]) -> bool:
        return are_added(self._question.text, [span for places in self._places(named) for span in places])

    def _places(self, named: Sequence[int]) -> list[tuple[Span, ...]]:
        """Where the question names each of some records."""
        cells = self._table.columns[self._table.name_column].cells
        found = self._question.find_values([cells[record].text for record in named])
        mentions = {one.label: one.spans for one in found}
        return [mentions.get(cells[record].text, ()) for record in named]

    def _naming_columns(self) -> tuple[Column, ...]:
        return tuple(
            one.column for one in self._filters
            if one.column is not None and one.column.index != self._table.name_column and len(one.values) > 1)

    def _plan_share(self) -> Plan | NoPlan:
        """The share that the records which pass have: of a column that the question names, else of all records."""
        target = self._target("share")
        is_sum = isinstance(target, NamedHead) and target.is_sure
        filters, named = self._operands("share")
        if named:
            return self._plan_value("share")
        plan = Plan(
            self._table, "share", self._asked, target.column if isinstance(target, NamedHead) and is_sum else None,
            filters=tuple(filters), limits=tuple(self._limits(None) or ()),
            whole=tuple(range(len(self._table.records))))
        return self._finish(plan)

    def _plan_groups(self, operation: PlanOperation) -> Plan | NoPlan:
        """The largest of the groups, each of them, or how many there are."""
        assert self._group is not None
        limits = find_limits(self._question, self._asked.conditions, self._heads, None)
        if limits is None or self._derived:
            return NoPlan(self._table, "several columns", self._nearest_columns())
        passing = self._passing(self._filters, limits)
        if not passing:
            return NoPlan(self._table, "no record")
        aggregate: Aggregate = "total"
        if {"mean", "median"} & set(self._asked.operations):
            aggregate = "median" if "median" in self._asked.operations else "mean"
        grouped = GroupedTable(
            self._table.source, aggregate, table=self._table, by=self._group.column, passing=passing)
        target: Column | None = None
        if operation != "count":
            chosen = self._group_target(grouped)
            if isinstance(chosen, NoPlan):
                return chosen
            target = chosen
        plan = Plan(
            grouped, operation, self._asked, target, tuple(range(len(grouped.records))), filters=tuple(self._filters),
            limits=tuple(limits))
        return replace(plan, unexplained=self._explanation.unexplained_share(plan))

    def _group_target(self, grouped: GroupedTable) -> Column | NoPlan:
        """The aggregated column that the question names; the count of records where it names none."""
        limited = {span for condition in self._asked.conditions for span in (condition.span,)}
        heads = [
            head for head in self._heads
            if head.column.kind == "number" and head.is_sure and not set(head.spans) & limited]
        aggregated = {column.column: column for column in grouped.columns if isinstance(column, GroupColumn)}
        if not heads:
            is_other = self._asked.superlative.measure not in ("", "size") or grouped.aggregate != "total"
            if is_other or _MONEY.search(self._question.text):
                return NoPlan(self._table, "no column", self._nearest_columns())
            return aggregated[None]
        best = choose_head(heads)
        if isinstance(best, tuple):
            return NoPlan(self._table, "several columns", tuple(head.column for head in best))
        if grouped.aggregate == "total" and is_rate(best.column):
            return NoPlan(self._table, "no column", (best.column,))
        return aggregated[best.column]

    def _target(self, operation: PlanOperation) -> NamedHead | NoPlan:
        """The column that the operation computes with: derived, named best, or the only one that can be meant."""
        if self._derived:
            columns = tuple(head.column for head in self._derived)
            return self._derived[0] if len(columns) == 1 else NoPlan(self._table, "several columns", columns)
        kinds: tuple[str, ...] = ("number",)
        is_dated = self._asked.superlative.measure in DATED_MEASURES
        if operation in ("extreme", "rank", "comparison") and is_dated:
            kinds = ("number", "date", "time", "year")
        limits = find_limits(self._question, self._asked.conditions, self._heads, None)
        limited = {limit.column.index for limit in limits or ()}
        heads = [
            head for head in self._heads
            if head.column.kind in (*kinds, "mixed") and head.column.index != self._table.name_column]
        heads = [head for head in heads if head.column.index not in limited] or heads
        if not heads:
            return NoPlan(self._table, "no column", self._nearest_columns())
        best: NamedHead | tuple[NamedHead, ...] = heads[0]
        lasting = [head for head in heads if "duration" in possible_measures(head.column.name)]
        if self._asked.superlative.measure == "speed" and len(lasting) == 1 and not any(h.is_exact for h in heads):
            return replace(lasting[0], is_exact=True)  # the quickest train has the shortest journey
        dated = [head for head in heads if head.column.kind in ("date", "time", "year")]
        if is_dated and len(dated) == 1 and not any(head.is_sure for head in heads):
            return replace(dated[0], is_exact=True)
        if not heads[0].is_sure:
            numbers = [head for head in heads if head.column.kind == "number"]
            others = [head for head in self._heads if head.is_exact and head.column.index != self._table.name_column]
            if len(numbers) != 1 or others or self._asked.superlative.measure not in ("", "size"):
                return NoPlan(self._table, "no column", self._nearest_columns())
            best = numbers[0]
        else:
            best = choose_head(heads)
        if isinstance(best, tuple):
            return NoPlan(self._table, "several columns", tuple(head.column for head in best))
        if best.column.kind == "mixed":
            plan = Plan(self._table, operation, self._asked, best.column, filters=tuple(self._filters))
            share = self._explanation.unexplained_share(plan)
            return NoPlan(self._table, "mixed units", (best.column,), unexplained=share)
        return best

    def _is_derived(self, operation: PlanOperation) -> bool:
        """Whether the question asks for the extreme of what is computed first, such as the largest growth.

        The largest share and the largest value of one column are those of the same record.
        """
        others = set(self._asked.operations) & _DERIVED - self._head_operations()
        if operation == "share" and self._names_two_columns():
            return True
        return operation == "extreme" and bool(others)

    def _names_two_columns(self) -> bool:
        """Whether the question may name two columns of numbers: 住院人数占开放床位的百分之几 is no share of one column."""
        named = [head for head in self._heads if head.column.kind == "number" and head.score >= _FAINT]
        return len(named) > 1 and not any(find_periods(head.column.name) for head in named)

    def _operands(self, operation: PlanOperation) -> tuple[list[Filter], tuple[int, ...]]:
        """The records that the question names one by one, in its order, and the filters that are left.

        `东门店比西门店多多少` → the two records; `the average salary in Nursing` → none, Nursing is a filter.
        """
        for filter_ in self._filters:
            rest = [other for other in self._filters if other is not filter_]
            passing = set(range(len(self._table.records))).intersection(
                *(set(other.records(self._table)) for other in rest))
            records = [record for record in filter_.records(self._table) if record in passing]
            is_operand = len(filter_.values) > 1 or operation in ("rank", "share")
            # periods of dates have no order of their own
            is_plain = filter_.column is not None and not filter_.label and not filter_.is_negated
            if is_plain and is_operand and len(records) == len(filter_.values):
                return rest, self._in_order(filter_, records, operation)
        return self._filters, ()

    def _in_order(self, filter_: Filter, records: Sequence[int], operation: PlanOperation) -> tuple[int, ...]:
        """Records in the order in which the question names them; a range of periods with all between: 2017 to 2019."""
        assert filter_.column is not None
        cells = filter_.column.cells
        places = {}
        for record in records:
            spans = self._question.find_values([cells[record].text])
            places[record] = min((start for mention in spans for start, _ in mention.spans), default=0)
        ordered = tuple(sorted(records, key=places.__getitem__))
        is_period = all(find_periods(cells[record].text) for record in ordered)
        if is_period and operation in ("difference", "growth"):  # the later period against the earlier one
            return tuple(sorted(ordered, key=lambda record: chronological(cells[record].text), reverse=True))
        is_range = len(ordered) == 2 and _RANGE.search(self._question.text) is not None
        if operation == "share" and len(ordered) == 2 and find_whole(self._question.text, *self._places(ordered)) == 0:
            return ordered[::-1]
        if is_range and is_period and {"mean", "sum", "trend"} & set(self._asked.operations):
            return tuple(range(min(ordered), max(ordered) + 1))
        return ordered

    def _passing(self, filters: Sequence[Filter], limits: Sequence[Limit]) -> tuple[int, ...]:
        passing = set(range(len(self._table.records)))
        return tuple(sorted(passing.intersection(
            *(filter_.records(self._table) for filter_ in filters), *(limit.records() for limit in limits))))

    def _finish(self, plan: Plan) -> Plan | NoPlan:
        """The plan with its records and with what it leaves unexplained."""
        passing = self._passing(plan.filters, plan.limits)
        if not passing and not plan.limits:
            return NoPlan(self._table, "no record")
        return replace(plan, records=passing, unexplained=self._explanation.unexplained_share(plan))

    def _nearest_columns(self) -> tuple[Column, ...]:
        heads = [head for head in self._heads if head.column.kind in ("number", "mixed", "date")]
        return tuple(head.column for head in heads[:_NEAREST])


_MONEY = re.compile(r"钱|金额|[元款费]|\b(?:money|cash|funds?|spen[dt]\w*|paid|pay|earn\w*|worth|cost\w*|amount)\b|[£$€¥]")
_LABELS = 200  # rows whose names are looked at for words of operations
_CHANGE_WORD = re.compile(r"平均|增长|增加|减少|变动|变化|上升|下降|average|change|increase|decrease|growth")
_FAINT = 0.35  # from which a head may be meant at all
_DERIVED = frozenset(("ratio", "difference", "growth", "mean", "median"))
_NEAREST = 4  # columns that are named where none can be chosen
_OVER_DERIVED: tuple[Operation, ...] = ("extreme", "rank", "count", "list", "mean", "median", "sum")
_OF_TWO = ("ratio", "difference", "growth", "comparison", "share")
_OVER_GROUPS: tuple[Operation, ...] = ("extreme", "count")
_ALTERNATIVES: dict[Operation, tuple[Operation, ...]] = {
    "difference": ("trend",), "sum": ("count", "list"), "count": ("sum", "list"), "list": ("count",)}
_HEAD_LIKE = frozenset(("growth", "share", "mean", "sum", "difference", "ratio"))  # 增速, 占比, 平均分, 总分 are heads, too
_RANGE = re.compile(r"到|至|\b(?:from|between)\b.*\bto\b|[-–—~～]|\bthrough\b")
_COUNTED_HEAD = re.compile(
    r"数$|数量|人口|户$|\b(?:number|count|staff|employees|headcount|population|seats|beds|units|quantity|stock|people|copies"
    r"|votes|loans|visitors|members|students|pupils)\b(?!-)", re.I)
_KINDS = re.compile(r"categor(?:y|ies)|types?|kinds?|sorts?|classes|years?|quarters?|months?|weeks?|类别?|种类?")


def _counts(column: Column | None) -> bool:
    """Whether the values of a column count things: 员工人数, Beds."""
    return column is not None and (bool(_COUNTED_HEAD.search(column.name)) or column.unit[:1] in tuple("人个家台件辆户"))

"""Named heads: which columns of a table a question names, by their words, their measures and their periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions.asked_computation import AskedComputation
from rag.questions.number_conditions import Span
from rag.reading.measures import find_measures, mention_measures, possible_measures
from rag.tables.label_matching import Mention, NamedQuestion, frequent_terms, label_words
from rag.tables.periods import (
    are_compatible,
    chronological,
    find_periods,
    is_period_label,
    period_spans,
    remove_periods,
)
from rag.tables.source_table import HEAD_SEPARATOR
from rag.tables.typed_table import Column, TypedTable

NAMED = 0.55  # from which a head counts as named
_SURE = 0.69  # a measure is named (NAMED and its bonus), or most words of a head
_MARGIN = 0.12  # by which the best head must be named better than the next
_MEASURE_BONUS, _PERIOD_BONUS, _OUTER_BONUS = 0.15, 0.1, 0.1


@dataclass(frozen=True)
class NamedHead:
    """A column with how well the question names it, and where. `is_exact`: the question has it as it is written."""

    column: Column
    score: float
    spans: tuple[Span, ...] = ()
    is_exact: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it is named well enough for a result to rest on it."""
        return self.is_exact or self.score >= _SURE


def match_heads(asked: AskedComputation, question: NamedQuestion, table: TypedTable) -> list[NamedHead]:
    """The columns that the question may mean, the best named first; those of other years than it names are left out."""
    columns = [column for column in table.columns if column.head and column.kind != "empty"]
    common = frequent_terms([column.name for column in columns]) if len(columns) > 2 else frozenset[str]()
    clear, vague = _asked_measures(asked, question, columns)
    asked_periods = find_periods(question.text)
    heads = []
    for column in columns:
        periods = find_periods(column.name)
        if not are_compatible(periods, asked_periods):
            continue
        mentions = [question.match(part, common) for part in measure_parts(column.name)]
        inner = max(mentions[-1:], key=lambda mention: mention.score, default=Mention("", 0.0))
        outer = mentions[:-1]
        if outer and max(one.score for one in outer) > inner.score:  # `Sales · target` is named by Sales as well
            inner, outer = max(outer, key=lambda one: one.score), [inner]
        score = inner.score + sum(_OUTER_BONUS * mention.score for mention in outer)
        spans = [span for mention in mentions for span in mention.spans]
        measured = clear.get(column.index, vague.get(column.index))
        if measured is not None and not inner.is_exact:
            score = max(score, NAMED) + (_MEASURE_BONUS if column.index in clear or not clear else 0.0)
            spans += measured
        is_exact = inner.is_exact or (not mentions and bool(periods & asked_periods))
        if periods & asked_periods:
            score = score + _PERIOD_BONUS if mentions else 1.0
            spans += [
                (start, end) for start, end in period_spans(question.text)
                if find_periods(question.text[start:end]) <= periods]
        heads.append(NamedHead(column, score, tuple(spans), is_exact))
    return sorted(_without_parts(heads, question), key=lambda head: (not head.is_exact, -head.score))


def _asked_measures(
    asked: AskedComputation, question: NamedQuestion, columns: Sequence[Column],
) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """The columns whose measure the question names clearly, and those that it may mean; each with its words' places."""
    clear: dict[int, list[Span]] = {}
    vague: dict[int, list[Span]] = {}
    mentions = mention_measures(question.text)
    superlative = asked.superlative
    for column in columns:
        own, possible = find_measures(column.name), possible_measures(column.name)
        for mention in mentions:
            if mention.name in possible:
                (clear if mention.is_clear and mention.name in own else vague).setdefault(
                    column.index, []).append(mention.span)
    compared = [column for column in columns if superlative.measure in possible_measures(column.name)]
    clearly = [column for column in compared if superlative.measure in find_measures(column.name)]
    for column in clearly or compared:  # `longest` compares a duration, where no column is called length
        named = clear if superlative.measure != "size" else vague
        named.setdefault(column.index, []).extend(superlative.spans)
    return clear, vague


def _without_parts(heads: Sequence[NamedHead], question: NamedQuestion) -> list[NamedHead]:
    """The heads without those all of whose places belong to a longer one: Land beside `Land and equipment, net`."""
    exact = [head for head in heads if head.is_exact and head.spans]
    return [
        head for head in heads
        if not head.spans or not any(
            set(head.spans) < set(other.spans)
            or (head.is_exact and question.covers(other.spans, head.spans)
                and not question.covers(head.spans, other.spans))
            for other in exact)]


def measure_parts(name: str) -> list[str]:
    """The parts of a head without periods: 2022年 · GDP → GDP; none of a head that is only a period."""
    if is_period_label(name):
        return []
    return [part for whole in name.split(HEAD_SEPARATOR) if (part := remove_periods(whole))]


def choose_head(heads: Sequence[NamedHead]) -> NamedHead | tuple[NamedHead, ...]:
    """The head that is named best; several if others are named as well. Of heads that differ by year, the latest."""
    best = heads[0]
    rivals = [head for head in heads[1:] if head.score > best.score - _MARGIN and head.is_exact == best.is_exact]
    plainest = min((best, *rivals), key=lambda head: len(label_words(head.column.name)))
    others = [head for head in (best, *rivals) if head is not plainest]
    if all(label_words(plainest.column.name) < label_words(head.column.name) for head in others):
        return plainest  # Price, not Old price, where the question says nothing of old
    if not rivals:
        return best
    group = (best, *rivals)
    periods = [find_periods(head.column.name) for head in group]
    kinds = {kind for named in periods for kind, _ in named}
    if len({remove_periods(head.column.name) for head in group}) > 1 or not all(periods) or kinds != {"year"}:
        return group
    latest = max(range(len(group)), key=lambda i: chronological(group[i].column.name))
    return group[latest]

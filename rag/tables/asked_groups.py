"""Asked groups: the column by whose values a question wants the records taken together.

`哪个部门的报销总额最高？`, `Which supplier do we owe most?`, `average salary by department`, `How many different suppliers …?`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.questions.analysis import search_term
from rag.questions.asked_computation import AskedComputation
from rag.questions.canonical_text import canonical_text
from rag.questions.number_conditions import Span
from rag.questions.superlatives import CLASSIFIERS
from rag.reading.measures import find_measures
from rag.tables.grouping import can_group
from rag.tables.label_matching import NamedQuestion, label_words
from rag.tables.persons import is_person_head
from rag.tables.record_filters import Filter
from rag.tables.typed_table import Column, TypedTable
from rag.text.language import is_function_word, segment_words

_EACH = re.compile(
    r"各个?|每一?[个家位名种类]|按照?|分别|\b(?:by|per|each|every|for each|for every|in each|broken down by|grouped by)\s")
_WHICH = re.compile(
    rf"哪[一二两三四五六七八九十几]?[{CLASSIFIERS}]?|\b(?:which|what)\b(?: of the)?(?: (?:two|three|four|five|\d+)\b)?"
    rf"|[多几]少?[{CLASSIFIERS}]|\bhow many(?: different| distinct| unique| separate)?\b|不同的?"
    r"|\b(?:different|distinct|unique|separate)\b")
_SINGLE = re.compile(r"[一单][笔次单张份条件]|\b(?:single|individual|one) ")
_WHO = re.compile(r"谁|\bwho\b")
_LONGEST = 16  # characters after `which` or `each` in which its noun stands
_OPERATIONS = frozenset(("comparison", "extreme", "rank", "sum", "mean", "median", "count", "list"))


@dataclass(frozen=True)
class AskedGroup:
    """The column whose values name the groups, and where the question names it."""

    column: Column
    spans: tuple[Span, ...]


def asked_group(
    asked: AskedComputation, question: NamedQuestion, table: TypedTable, filters: Sequence[Filter],
) -> AskedGroup | None:
    """The column by which the question groups; None if it asks about the records one by one."""
    if not _OPERATIONS & set(asked.operations) or table.source.field_noun:
        return None
    filtered = {filter_.column.index for filter_ in filters if filter_.column}
    columns = [column for column in table.columns if column.index not in filtered and can_group(table, column)]
    if compared := _compared_groups(asked, table, filters):
        return compared
    for noun, span, is_each in _asked_nouns(question.text):
        columns_named = [column for column in columns if _names(question, noun, column)]
        name = table.columns[table.name_column]
        exact = [
            column for column in columns_named
            if search_term(noun) in label_words(column.name)
            or question.text.startswith(canonical_text(column.name), span[1] - len(noun))]
        columns_named, is_exact = exact or columns_named, bool(exact)
        if asked.operations[0] == "count" and not (is_exact or is_each or asked.distinct):
            continue
        is_record = _names(question, noun, name) or question.is_known(noun, table.context)
        if len(columns_named) == 1 and (columns_named[0] is name or is_exact or not is_record):
            return AskedGroup(columns_named[0], (span,))
    return _persons(asked, question, table, columns)


def _compared_groups(
    asked: AskedComputation, table: TypedTable, filters: Sequence[Filter],
) -> AskedGroup | None:
    """The column of two groups that are compared: `Which form has the higher average, 10A or 10B?`."""
    if "comparison" not in asked.operations:
        return None
    found = [
        filter_ for filter_ in filters
        if filter_.column is not None and len(filter_.values) > 1 and not filter_.is_negated and not filter_.label
        and len(filter_.records(table)) > len(filter_.values)]
    return AskedGroup(found[0].column, found[0].spans) if len(found) == 1 and found[0].column is not None else None


def _persons(
    asked: AskedComputation, question: NamedQuestion, table: TypedTable, columns: Sequence[Column],
) -> AskedGroup | None:
    """The column of persons for `who` or 谁, where a person has several records."""
    match = _WHO.search(question.text)
    if match is None or _SINGLE.search(question.text) or not {"extreme", "rank"} & set(asked.operations):
        return None
    persons = [column for column in table.columns if is_person_head(column.head)]
    if len(persons) == 1 and persons[0] in columns:
        return AskedGroup(persons[0], (match.span(),))
    return None


def _asked_nouns(text: str) -> Iterator[tuple[str, Span, bool]]:
    """The nouns after `which` and `each` with their places, and whether they come after `each`."""
    for pattern in (_EACH, _WHICH):
        for match in pattern.finditer(text):
            words = segment_words(text[match.end() : match.end() + _LONGEST])
            if not words or is_function_word(words[0]):
                continue  # `what is the total …`
            start = text.find(words[0], match.end())
            if 0 <= start <= match.end() + 1:
                yield words[0], (match.start(), start + len(words[0])), pattern is _EACH


def _names(question: NamedQuestion, noun: str, column: Column) -> bool:
    """Whether a noun names what the values of a column are: `department` for Dept., 客户 for 客户名称."""
    if not column.name.strip():
        return False
    return question.is_known(noun, column.name) or bool(find_measures(noun) & find_measures(column.name))

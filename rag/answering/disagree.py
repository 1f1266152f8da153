"""Conflict detection: finds different values that passages give for what a question asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, islice

from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.scopes import inherited_year, parse_year
from rag.numbers.subjects import Subject
from rag.numbers.units import PERMANENT_MEASURES, values_agree
from rag.questions.analysis import AnalysedQuestion
from rag.questions.asked_quantity import AskedQuantity, asked_quantity
from rag.schema import Difference, Disagreement, Passage, Statement
from rag.text.entities import find_name_terms
from rag.text.language import search_terms, sentence_spans

_MAX_PASSAGES = 12  # the most that an answer uses
_MAX_SENTENCES = 60  # sentences of a passage that are read
_MAX_SENTENCE_LENGTH = 1_000  # characters; a longer one is a table
_MAX_COMPARED = 60  # statements that are compared with each other
_MAX_EXTRA_TERMS = 3  # how many more terms a statement may have than another statement on the same subject


@dataclass(frozen=True)
class _DatedStatement:
    """A quantity that a passage states, with its year and its place in the text."""

    quantity: Quantity
    subject: Subject
    passage: Passage
    sentence: str
    year: str
    year_in_sentence: bool  # whether the year is from the sentence, not from the date of the document


def find_disagreements(question: AnalysedQuestion, passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    """The statements of the passages that disagree, grouped; each value with its year, scope and sentence.

    Values of one kind are compared if their subjects are the same or one is part of the other: `6家` and `7家` of 灯塔工厂,
    not the `8` of 开发区. Rounded values, editions of one paragraph in two languages, and a target or growth rate next
    to a result are not disagreements.
    """
    target = asked_quantity(question)
    known_names = find_name_terms(question.text)
    known_names = known_names.union(*(find_name_terms(passage.text) for passage in passages[:_MAX_PASSAGES]))
    matching = (stated for stated in _dated_statements(passages, known_names) if _matches_target(target, stated))
    statements = list(islice(matching, _MAX_COMPARED))
    pairs: dict[tuple[int, int], Difference] = {}
    for (i, left), (j, right) in combinations(enumerate(statements), 2):
        if difference := _compare_statements(target, left, right):
            pairs[i, j] = difference
    return tuple(_group_statements(statements, pairs))


def _dated_statements(passages: Sequence[Passage], known_names: frozenset[str]) -> Iterator[_DatedStatement]:
    for passage in passages[:_MAX_PASSAGES]:
        heading = f"{passage.title}\n{passage.section}"
        before, earlier_names = "", frozenset[str]()
        for start, end in islice(sentence_spans(passage.text), _MAX_SENTENCES):
            sentence = passage.text[start : min(end, start + _MAX_SENTENCE_LENGTH)]
            for quantity in find_quantities(sentence):
                own_year = quantity.year or inherited_year(sentence, before)
                year = own_year
                if not year and not quantity.measures & PERMANENT_MEASURES:
                    year = parse_year(passage.date) or parse_year(passage.title)
                subject = Subject.from_quantity(quantity, sentence, heading, earlier_names, known_names)
                yield _DatedStatement(quantity, subject, passage, sentence, year, bool(own_year))
            before = sentence
            earlier_names |= find_name_terms(sentence) | (frozenset(search_terms(sentence)) & known_names)


def _matches_target(target: AskedQuantity, statement: _DatedStatement) -> bool:
    if target.years and statement.year and int(statement.year) not in target.years:
        return False
    subject = statement.subject
    return target.is_compatible(statement.quantity) and target.matches_names(subject) and target.mentions_head(subject)


def _compare_statements(target: AskedQuantity, left: _DatedStatement, right: _DatedStatement) -> Difference | None:
    """How two statements on one subject differ; None if they agree, or are on different subjects."""
    a, b = left.quantity, right.quantity
    if a.planned != b.planned or a.value.family != b.value.family or values_agree(a.value, b.value):
        return None
    if _is_same_text(left, right):
        return None
    if (a.measures and b.measures and a.measures.isdisjoint(b.measures)) or _base_measures(a) != _base_measures(b):
        return None
    differing_terms = left.subject.term_difference(right.subject)
    if differing_terms is None:
        return None
    if not target.covers_head(left.subject) and not target.covers_head(right.subject):
        return None
    return _difference_kind(target, left, right, *differing_terms)


def _difference_kind(
    target: AskedQuantity, left: _DatedStatement, right: _DatedStatement,
    left_terms: frozenset[str], right_terms: frozenset[str],
) -> Difference | None:
    """The kind of difference between two comparable statements; `left_terms` are only in the left one's subject."""
    places = left.subject.compare_places(right.subject)
    other_years = left.year != right.year
    both_dated = left.year_in_sentence and right.year_in_sentence
    same_source = left.passage.source_id == right.passage.source_id
    if places == "elsewhere":
        return "another scope" if not target.names and not (left_terms or right_terms) else None
    if not (left_terms or right_terms) and places == "same":
        if same_source and other_years and not both_dated:
            return None
        return "another year" if other_years else "conflict"
    if (left_terms and right_terms) or len(left_terms | right_terms) > _MAX_EXTRA_TERMS or same_source:
        return None
    narrow, wide = (left, right) if left_terms or places == "narrower" else (right, left)
    if not target.covers_terms(wide.subject):
        return None
    if other_years and both_dated:
        return "another year"
    return "another scope" if narrow.quantity.value.number < wide.quantity.value.number else None


def _base_measures(quantity: Quantity) -> frozenset[str]:
    return frozenset(measure for measure in quantity.measures if measure.startswith("base "))


def _is_same_text(left: _DatedStatement, right: _DatedStatement) -> bool:
    """Whether both are one sentence, or in two editions of one work, which differ on purpose or by the translation."""
    if left.sentence == right.sentence:
        return True
    edition = left.passage.edition_of
    return bool(edition) and edition == right.passage.edition_of and left.passage.language != right.passage.language


def _group_statements(
    statements: Sequence[_DatedStatement], pairs: Mapping[tuple[int, int], Difference],
) -> Iterator[Disagreement]:
    """One disagreement for all statements that differ in the same way about the same subject."""
    for difference in ("conflict", "another year", "another scope"):
        rest = {pair for pair, kind in pairs.items() if kind == difference}
        while rest:
            group = _connected_statements(rest)
            rest = {pair for pair in rest if not group & set(pair)}
            members = _distinct_statements([statements[i] for i in sorted(group)])
            if len(members) > 1:
                narrowest = min(members, key=lambda member: len(member.subject.terms))
                yield Disagreement(narrowest.subject.label, difference, tuple(map(_to_statement, members)))


def _connected_statements(pairs: Set[tuple[int, int]]) -> set[int]:
    """The statements of the first pair, and all statements that are connected with them through other pairs."""
    group = set(min(pairs))
    while True:
        linked = {i for pair in pairs if group & set(pair) for i in pair}
        if linked <= group:
            return group
        group |= linked


def _distinct_statements(members: Sequence[_DatedStatement]) -> list[_DatedStatement]:
    """One statement for each value, year and scope."""
    distinct: list[_DatedStatement] = []
    for member in members:
        if not any(_states_the_same(member, other) for other in distinct):
            distinct.append(member)
    return distinct


def _states_the_same(left: _DatedStatement, right: _DatedStatement) -> bool:
    same_value = values_agree(left.quantity.value, right.quantity.value)
    return same_value and left.year == right.year and left.subject.scope == right.subject.scope


def _to_statement(statement: _DatedStatement) -> Statement:
    passage, figure = statement.passage, statement.quantity.figure
    return Statement(
        figure.text, statement.year, statement.subject.scope, passage.number, passage.title, statement.sentence)

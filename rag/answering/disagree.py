"""A question and passages become the disagreements among them: different values for the subject that is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.scopes import find_name_terms, inherited_year, parse_year
from rag.numbers.subjects import Subject
from rag.numbers.units import PERMANENT_MEASURES, values_agree
from rag.questions.asked_quantity import AskedQuantity, asked_quantity
from rag.schema import Difference, Disagreement, Language, Passage, Statement
from rag.text.language import search_terms, sentence_spans

_MAX_PASSAGES = 12  # an answer draws on no more
_MAX_SENTENCES, _MAX_SENTENCE_LENGTH = 60, 1_000  # of a passage, and characters of a sentence: what is longer is a table
_MAX_COMPARED = 60  # statements that are held against each other
_MAX_EXTRA_TERMS = 3  # so many words more may one statement have than another that is of the same subject


@dataclass(frozen=True)
class _DatedStatement:
    """A quantity and where it stands."""

    quantity: Quantity
    subject: Subject
    passage: Passage
    sentence: str
    year: str
    year_in_sentence: bool  # by the sentence and not by the date of the document


def find_disagreements(question: str, language: Language, passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    """What the passages tell differently of what is asked, each value with its year, scope and sentence.

    Values of one kind are compared where their subjects are the same or one is part of the other: `6家` and `7家` of 灯塔工厂, not
    the `8` of 开发区. Rounded values, editions of one paragraph in two languages, aims and growth are no disagreement with a result.
    """
    asked = asked_quantity(question, language)
    known = find_name_terms(question).union(*(find_name_terms(p.text) for p in passages[:_MAX_PASSAGES]))
    told = list(islice((each for each in _dated_statements(passages, known) if _matches_target(asked, each)), _MAX_COMPARED))
    pairs = {(i, j): kind for (i, one), (j, other) in combinations(enumerate(told), 2) if (kind := _compare_statements(asked, one, other))}
    return tuple(_group_statements(told, pairs))


def _dated_statements(passages: Sequence[Passage], known_names: frozenset[str]) -> Iterator[_DatedStatement]:
    for passage in passages[:_MAX_PASSAGES]:
        heading = f"{passage.title}\n{passage.section}"
        before, earlier = "", frozenset[str]()
        for start, end in islice(sentence_spans(passage.text), _MAX_SENTENCES):
            sentence = passage.text[start : min(end, start + _MAX_SENTENCE_LENGTH)]
            for quantity in find_quantities(sentence):
                own = quantity.year or inherited_year(sentence, before)
                year = own or ("" if quantity.measures & PERMANENT_MEASURES else parse_year(passage.date) or parse_year(passage.title))
                subject = Subject.from_quantity(quantity, sentence, heading, earlier, known_names)
                yield _DatedStatement(quantity, subject, passage, sentence, year, bool(own))
            before, earlier = sentence, earlier | find_name_terms(sentence) | (frozenset(search_terms(sentence)) & known_names)


def _matches_target(target: AskedQuantity, statement: _DatedStatement) -> bool:
    if target.years and statement.year and int(statement.year) not in target.years:
        return False
    return target.is_compatible(statement.quantity) and target.matches_names(statement.subject) and target.mentions_head(statement.subject)


def _compare_statements(target: AskedQuantity, one: _DatedStatement, other: _DatedStatement) -> Difference | None:
    """How two statements of one subject differ; None where they agree, or are of two subjects."""
    a, b = one.quantity, other.quantity
    if a.planned != b.planned or a.value.family != b.value.family or values_agree(a.value, b.value) or _is_same_text(one, other):
        return None
    if (a.measures and b.measures and a.measures.isdisjoint(b.measures)) or _base_measures(a) != _base_measures(b):
        return None
    apart = one.subject.term_difference(other.subject)
    if apart is None or not any(target.covers_head(each.subject) for each in (one, other)):
        return None
    return _difference_kind(target, one, other, *apart)


def _difference_kind(target: AskedQuantity, one: _DatedStatement, other: _DatedStatement, mine: frozenset[str], theirs: frozenset[str]) -> Difference | None:
    places = one.subject.compare_places(other.subject)
    years = one.year != other.year
    if places == "elsewhere":
        return "another scope" if not target.names and not (mine or theirs) else None
    if not (mine or theirs) and places == "same":
        if one.passage.source_id == other.passage.source_id and years and not (one.year_in_sentence and other.year_in_sentence):
            return None
        return "another year" if years else "conflict"
    if (mine and theirs) or len(mine | theirs) > _MAX_EXTRA_TERMS or one.passage.source_id == other.passage.source_id:
        return None
    narrow, wide = (one, other) if mine or places == "narrower" else (other, one)
    if not target.covers_terms(wide.subject):
        return None
    if years and one.year_in_sentence and other.year_in_sentence:
        return "another year"
    return "another scope" if narrow.quantity.value.number < wide.quantity.value.number else None


def _base_measures(quantity: Quantity) -> frozenset[str]:
    return frozenset(measure for measure in quantity.measures if measure.startswith("base "))


def _is_same_text(one: _DatedStatement, other: _DatedStatement) -> bool:
    """One sentence, or a work's editions in two languages: what differs there is told on purpose, or by the translation."""
    if one.sentence == other.sentence:
        return True
    p, q = one.passage, other.passage
    return bool(p.edition_of) and p.edition_of == q.edition_of and p.language != q.language


def _group_statements(statements: Sequence[_DatedStatement], pairs: dict[tuple[int, int], Difference]) -> Iterator[Disagreement]:
    """Statements that differ in the same way of the same subject, as one."""
    for difference in ("conflict", "another year", "another scope"):
        left = {pair for pair, kind in pairs.items() if kind == difference}
        while left:
            group = set(min(left))
            while more := {i for pair in left if group & set(pair) for i in pair} - group:
                group |= more
            left = {pair for pair in left if not group & set(pair)}
            members = _distinct_statements([statements[i] for i in sorted(group)])
            if len(members) > 1:
                narrowest = min(members, key=lambda each: len(each.subject.terms))
                yield Disagreement(narrowest.subject.label, difference, tuple(map(_to_statement, members)))


def _distinct_statements(members: Sequence[_DatedStatement]) -> list[_DatedStatement]:
    """One statement for each value, year and document."""
    out: list[_DatedStatement] = []
    for each in members:
        if not any(values_agree(each.quantity.value, known.quantity.value) and each.year == known.year
                   and each.subject.scope == known.subject.scope for known in out):
            out.append(each)
    return out


def _to_statement(statement: _DatedStatement) -> Statement:
    return Statement(
        statement.quantity.figure.text, statement.year, statement.subject.scope, statement.passage.number, statement.passage.title, statement.sentence)

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

_PASSAGES = 12  # an answer draws on no more
_SENTENCES, _LONGEST = 60, 1_000  # of a passage, and characters of a sentence: what is longer is a table
_COMPARED = 60  # statements that are held against each other
_WIDER = 3  # so many words more may one statement have than another that is of the same subject


@dataclass(frozen=True)
class _Told:
    """A quantity and where it stands."""

    quantity: Quantity
    subject: Subject
    passage: Passage
    sentence: str
    year: str
    year_told: bool  # by the sentence and not by the date of the document


def disagreements(question: str, language: Language, passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    """What the passages tell differently of what is asked, each value with its year, scope and sentence.

    Values of one kind are compared where their subjects are the same or one is part of the other: `6家` and `7家` of 灯塔工厂, not
    the `8` of 开发区. Rounded values, editions of one paragraph in two languages, aims and growth are no disagreement with a result.
    """
    asked = asked_quantity(question, language)
    known = find_name_terms(question).union(*(find_name_terms(p.text) for p in passages[:_PASSAGES]))
    told = list(islice((each for each in _all_told(passages, known) if _is_asked(asked, each)), _COMPARED))
    pairs = {(i, j): kind for (i, one), (j, other) in combinations(enumerate(told), 2) if (kind := _difference(asked, one, other))}
    return tuple(_gathered(told, pairs))


def _all_told(passages: Sequence[Passage], known: frozenset[str]) -> Iterator[_Told]:
    for passage in passages[:_PASSAGES]:
        heading = f"{passage.title}\n{passage.section}"
        before, earlier = "", frozenset[str]()
        for start, end in islice(sentence_spans(passage.text), _SENTENCES):
            sentence = passage.text[start : min(end, start + _LONGEST)]
            for quantity in find_quantities(sentence):
                own = quantity.year or inherited_year(sentence, before)
                year = own or ("" if quantity.measures & PERMANENT_MEASURES else parse_year(passage.date) or parse_year(passage.title))
                subject = Subject.from_quantity(quantity, sentence, heading, earlier, known)
                yield _Told(quantity, subject, passage, sentence, year, bool(own))
            before, earlier = sentence, earlier | find_name_terms(sentence) | (frozenset(search_terms(sentence)) & known)


def _is_asked(asked: AskedQuantity, told: _Told) -> bool:
    if asked.years and told.year and int(told.year) not in asked.years:
        return False
    return asked.is_compatible(told.quantity) and asked.matches_names(told.subject) and asked.mentions_head(told.subject)


def _difference(asked: AskedQuantity, one: _Told, other: _Told) -> Difference | None:
    """How two statements of one subject differ; None where they agree, or are of two subjects."""
    a, b = one.quantity, other.quantity
    if a.planned != b.planned or a.value.family != b.value.family or values_agree(a.value, b.value) or _same_place(one, other):
        return None
    if (a.measures and b.measures and a.measures.isdisjoint(b.measures)) or _bases(a) != _bases(b):
        return None
    apart = one.subject.term_difference(other.subject)
    if apart is None or not any(asked.covers_head(each.subject) for each in (one, other)):
        return None
    return _kind(asked, one, other, *apart)


def _kind(asked: AskedQuantity, one: _Told, other: _Told, mine: frozenset[str], theirs: frozenset[str]) -> Difference | None:
    places = one.subject.compare_places(other.subject)
    years = one.year != other.year
    if places == "elsewhere":
        return "another scope" if not asked.names and not (mine or theirs) else None
    if not (mine or theirs) and places == "same":
        if one.passage.source_id == other.passage.source_id and years and not (one.year_told and other.year_told):
            return None
        return "another year" if years else "conflict"
    if (mine and theirs) or len(mine | theirs) > _WIDER or one.passage.source_id == other.passage.source_id:
        return None
    narrow, wide = (one, other) if mine or places == "narrower" else (other, one)
    if not asked.covers_terms(wide.subject):
        return None
    if years and one.year_told and other.year_told:
        return "another year"
    return "another scope" if narrow.quantity.value.number < wide.quantity.value.number else None


def _bases(quantity: Quantity) -> frozenset[str]:
    return frozenset(measure for measure in quantity.measures if measure.startswith("base "))


def _same_place(one: _Told, other: _Told) -> bool:
    """One sentence, or a work's editions in two languages: what differs there is told on purpose, or by the translation."""
    if one.sentence == other.sentence:
        return True
    p, q = one.passage, other.passage
    return bool(p.edition_of) and p.edition_of == q.edition_of and p.language != q.language


def _gathered(told: Sequence[_Told], pairs: dict[tuple[int, int], Difference]) -> Iterator[Disagreement]:
    """Statements that differ in the same way of the same subject, as one."""
    for difference in ("conflict", "another year", "another scope"):
        left = {pair for pair, kind in pairs.items() if kind == difference}
        while left:
            group = set(min(left))
            while more := {i for pair in left if group & set(pair) for i in pair} - group:
                group |= more
            left = {pair for pair in left if not group & set(pair)}
            members = _distinct([told[i] for i in sorted(group)])
            if len(members) > 1:
                narrowest = min(members, key=lambda each: len(each.subject.terms))
                yield Disagreement(narrowest.subject.label, difference, tuple(map(_statement, members)))


def _distinct(members: Sequence[_Told]) -> list[_Told]:
    """One statement for each value, year and document."""
    out: list[_Told] = []
    for each in members:
        if not any(values_agree(each.quantity.value, known.quantity.value) and each.year == known.year
                   and each.subject.scope == known.subject.scope for known in out):
            out.append(each)
    return out


def _statement(told: _Told) -> Statement:
    return Statement(
        told.quantity.figure.text, told.year, told.subject.scope, told.passage.number, told.passage.title, told.sentence)

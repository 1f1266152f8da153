"""Asked quantity: which figure a question asks for, by family, thing counted or measured, owner and year.

rag.answering.disagree compares figures of the sources only if they are the quantity that the question asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.numbers.counted_nouns import is_content_term
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.subjects import Subject, mentions_term
from rag.numbers.units import MONEY_FAMILIES, measures_in
from rag.questions.analysis import AnalysedQuestion
from rag.questions.answer_types import QUANTITY_FAMILIES, matching_types
from rag.text.entities import find_name_terms
from rag.text.language import HAN, normalise, search_terms

_MIN_HEAD_COVERAGE = 0.6  # the share of a figure's head terms that the question must mention


@dataclass(frozen=True)
class AskedQuantity:
    """The quantity that a question asks for; terms are search terms, as in `Quantity` and `Subject`."""

    question: AnalysedQuestion
    terms: frozenset[str]  # all terms of the question
    names: frozenset[str]  # places and organisations that the question names
    years: frozenset[int]
    families: frozenset[str]  # of QUANTITY_FAMILIES, money as yuan and usd; `none` if the question asks for no figure
    measures: frozenset[str]  # output, revenue, length …
    focus_terms: frozenset[str]  # the terms of what is counted: lighthouse factories in how many lighthouse factories
    is_planned: bool  # it asks for a target or a forecast

    def is_compatible(self, quantity: Quantity) -> bool:
        """Whether a quantity has the family and measure asked for; a target only if the question asks for a target."""
        if quantity.planned and not self.is_planned:
            return False
        measures = {measure for measure in quantity.measures if not measure.startswith("base ")}
        needs_measure = bool(self.measures and measures) or not quantity.head
        if needs_measure and not self.measures & measures:
            return False
        family = quantity.value.family
        if family.startswith("change"):
            return False
        if family == "growth":
            return "growth" in self.families
        return not self.families or family in self.families

    def matches_names(self, subject: Subject) -> bool:
        """Whether a statement is about all the places and organisations that the question names."""
        if not self.names:
            return True
        names = subject.names or subject.heading_terms | subject.earlier_names
        return all(mentions_term("", names | subject.terms, name) for name in self.names)

    def covers_head(self, subject: Subject) -> bool:
        """Whether the question mentions most of what the figure counts or measures."""
        if not subject.head:
            return True  # names and measures are compared with the question separately
        if self.focus_terms and not self._mentions_focus(subject):
            return False
        mentioned = sum(self._mentions(term) for term in subject.head)
        return mentioned > 0 and mentioned >= _MIN_HEAD_COVERAGE * len(subject.head)

    def mentions_head(self, subject: Subject) -> bool:
        """Whether the question mentions any of what the figure counts or measures; true if nothing is stated."""
        return not subject.head or any(self._mentions(term) for term in subject.head)

    def covers_terms(self, subject: Subject) -> bool:
        """Whether the question mentions all terms of the statement's subject."""
        return all(self._mentions(term) for term in subject.terms)

    def _mentions(self, term: str) -> bool:
        return mentions_term(normalise(self.question.text), self.terms, term)

    def _mentions_focus(self, subject: Subject) -> bool:
        subject_text = " ".join(sorted(subject.terms))
        return any(mentions_term(subject_text, subject.terms, term) for term in self.focus_terms)


_PLAN = re.compile(
    r"目标|计划|力争|预计|打算|想|要做到|规划|将"
    r"|\b(?:target\w*|aim\w*|plan\w*|expect\w*|goal\w*|want\w*|hope\w*|by 20\d\d|will)\b", re.I)
_COUNTERS = frozenset("家个名座位所项种件台辆")
_CURRENCIES = frozenset(("yuan", "usd"))
_OTHER_KINDS = frozenset(("person", "place", "time", "reason", "definition", "list"))


def asked_quantity(question: AnalysedQuestion) -> AskedQuantity:
    """The quantity that a question asks for."""
    names = find_name_terms(question.text) | (question.name_terms - {"gdp"})
    return AskedQuantity(
        question=question,
        terms=frozenset(term.word for term in question.terms),
        names=names,
        years=question.years,
        families=_families(question),
        measures=frozenset(measures_in(question.text)),
        focus_terms=_focus_terms(question.text, names),
        is_planned=bool(_PLAN.search(question.text)))


def _families(question: AnalysedQuestion) -> frozenset[str]:
    """The families of figures that may answer; an empty set: any family; {`none`}: the question asks for no figure."""
    families = set(matching_types(question.text, QUANTITY_FAMILIES))
    if question.units & _COUNTERS:
        families.add("count")
    if "money" in families or question.units & _CURRENCIES:
        families = (families - {"money"}) | MONEY_FAMILIES
    asks_other_kind = bool(question.kinds & _OTHER_KINDS) and "number" not in question.kinds
    if not families and asks_other_kind and not find_quantities(question.text):
        families = {"none"}
    return frozenset(families)


_COUNTED_NOUN = re.compile(
    rf"(?:多少|几(?!乎|分))[家个名座位所条项种件张台辆支]*([{HAN}]{{2,8}})"
    r"|\bhow many (?:of )?((?:[\w'’-]+\s+){0,4}[\w'’-]+)", re.I)


def _focus_terms(question: str, name_terms: frozenset[str]) -> frozenset[str]:
    """The terms of what the question counts: 发明专利 in 多少件发明专利."""
    matches = _COUNTED_NOUN.findall(question)
    counted = " ".join(part for groups in matches for part in groups if part)
    terms = (term for term in search_terms(counted) if is_content_term(term) and term not in name_terms)
    return frozenset(term for term in terms if not measures_in(term))

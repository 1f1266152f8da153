"""What quantity a question asks for: of which family, of what, of whom, when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.numbers.counted_nouns import is_content_term
from rag.numbers.quantities import Quantity, find_quantities
from rag.numbers.scopes import find_name_terms
from rag.numbers.subjects import Subject, mentions_term
from rag.numbers.units import measures_in
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.schema import Language
from rag.text.language import HAN, normalise, search_terms


@dataclass(frozen=True)
class AskedQuantity:
    """What kind of quantity a question asks for, of what, when."""

    question: AnalysedQuestion
    terms: frozenset[str]
    names: frozenset[str]
    years: frozenset[int]
    families: frozenset[str]
    measures: frozenset[str]
    focus_terms: frozenset[str]  # words beside `how many`: what is to be counted
    is_planned: bool

    def is_compatible(self, quantity: Quantity) -> bool:
        """Whether a quantity is of the kind that is asked for."""
        if quantity.planned and not self.is_planned:
            return False
        family = quantity.value.family
        told = {measure for measure in quantity.measures if not measure.startswith("base ")}
        if ((self.measures and told) or not quantity.head) and not self.measures & told:
            return False
        if family == "growth" or family.startswith("change"):
            return "growth" in self.families and family == "growth"
        return not self.families or family in self.families

    def matches_names(self, subject: Subject) -> bool:
        """Whether a statement is of a place or body that the question names, if it names any."""
        if not self.names:
            return True
        here = subject.names or subject.heading_terms | subject.earlier_names
        return all(mentions_term("", here | subject.terms, name) or (mentions_term("", subject.heading_terms | subject.earlier_names, name) and not subject.names)
                   for name in self.names)

    def covers_head(self, subject: Subject) -> bool:
        """Whether the question says what the figure counts or measures, at least its most."""
        squeezed = normalise(self.question.text)
        if not subject.head:
            return True  # names and measures are held against the question by themselves
        said = sum(mentions_term(squeezed, self.terms, term) for term in subject.head)
        if self.focus_terms and not any(mentions_term(" ".join(sorted(subject.terms)), subject.terms, term) for term in self.focus_terms):
            return False
        return said > 0 and said >= _MIN_HEAD_COVERAGE * len(subject.head)

    def mentions_head(self, subject: Subject) -> bool:
        """Whether the question says any of what the figure counts or measures."""
        return not subject.head or any(mentions_term(normalise(self.question.text), self.terms, term) for term in subject.head)

    def covers_terms(self, subject: Subject) -> bool:
        """Whether the question says all that a statement is told of."""
        return all(mentions_term(normalise(self.question.text), self.terms, term) for term in subject.terms)


_MIN_HEAD_COVERAGE = 0.6
_GROWTH = re.compile(r"增速|增幅|增长|涨|\b(?:grow\w*|grew|growth|rose|rise|increase\w*)\b", re.I)
_PLAN = re.compile(
    r"目标|计划|力争|预计|打算|想|要做到|规划|将|\b(?:target\w*|aim\w*|plan\w*|expect\w*|goal\w*|want\w*|hope\w*|by 20\d\d|will)\b", re.I)
_MONEY = re.compile(r"多少(?:万|亿)*(?:元|钱)|\b(?:how much (?:money|did|does|is|was|were|are)|revenue|yuan|dollars|budget)\b", re.I)
_COUNT = re.compile(r"几(?!乎|分之)[家个名座位所条项种件张台辆]|多少[家个名座位所条项种件张台辆人]|\bhow many\b", re.I)
_SHARE = re.compile(r"百分之|几分之|占|比例|比重|份额|几成|\b(?:share|percent\w*|proportion|fraction|what part)\b", re.I)
_OTHER_KINDS = frozenset(("person", "place", "time", "reason", "definition", "list"))


def asked_quantity(question: str, language: Language) -> AskedQuantity:
    """What quantity a question asks for."""
    asked = analyse_question(question, language)
    families: set[str] = set()
    if _SHARE.search(question):
        families |= {"share"}
    if _GROWTH.search(question):
        families |= {"growth"}
    if _COUNT.search(question) or asked.units & set("家个名座位所项种件台辆"):
        families |= {"count"}
    if _MONEY.search(question) or asked.units & {"yuan", "usd"}:
        families |= {"yuan", "usd"}
    if not families and asked.kinds & _OTHER_KINDS and "number" not in asked.kinds and not find_quantities(question):
        families = {"none"}
    named = find_name_terms(question) | frozenset(n for n in asked.name_terms if n not in ("gdp",))
    return AskedQuantity(
        asked, frozenset(a.word for a in asked.terms), named, asked.years, frozenset(families),
        frozenset(measures_in(question)), _focus_terms(question, named), bool(_PLAN.search(question)))


_COUNTED_NOUN = re.compile(
    rf"(?:多少|几(?!乎|分))[家个名座位所条项种件张台辆支]*([{HAN}]{{2,8}})|\bhow many (?:of )?((?:[\w'’-]+\s+){{0,4}}[\w'’-]+)", re.I)


def _focus_terms(question: str, name_terms: frozenset[str]) -> frozenset[str]:
    """What is to be counted: 发明专利 in 多少件发明专利."""
    near = " ".join(part for groups in _COUNTED_NOUN.findall(question) for part in groups if part)
    return frozenset(term for term in search_terms(near) if is_content_term(term) and term not in name_terms and not measures_in(term))

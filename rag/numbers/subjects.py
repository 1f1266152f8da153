"""What a quantity is told of becomes comparable: with another quantity, and with what a question asks, across Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.numbers.counted_nouns import mostly_latin, telling
from rag.numbers.quantities import Quantity, quantities
from rag.numbers.scopes import names
from rag.numbers.units import measures_of
from rag.questions.analysis import Question, take_apart
from rag.schema import Language
from rag.text.glossary import translated_words
from rag.text.language import HAN, has_han, normalise, stem, terms

_STRONG = 0.5  # a gloss of this weight on both sides says the same


@lru_cache(maxsize=50_000)
def _glosses(word: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for _, meaning in translated_words(word):
        found |= meaning.glosses
    return found


def _says(squeezed: str, known: frozenset[str], term: str) -> bool:
    """Whether words of a text say a term: in letters, or across languages by what it means."""
    if term in known or (has_han(term) and term in squeezed) or (term[0] in "市县区省" and term[1:] in known):
        return True
    if "-" in term and all(stem(part) in known for part in term.split("-")):
        return True  # national-level
    mine = _glosses(term)
    return any(has_han(term) != has_han(other) and _mean_the_same(mine, _glosses(other)) for other in known)


def _mean_the_same(mine: Mapping[str, float], theirs: Mapping[str, float]) -> bool:
    return any(weight >= _STRONG and theirs.get(gloss, 0.0) >= _STRONG for gloss, weight in mine.items())


@dataclass(frozen=True)
class Subject:
    """What a quantity is told of, with what its passage says of it before."""

    head: frozenset[str]
    terms: frozenset[str]
    names: frozenset[str]
    heading: frozenset[str]  # terms and names of title and section
    earlier: frozenset[str]  # names in what stands before in the passage
    squeezed: str
    written: str
    scope: str

    @classmethod
    def of(cls, quantity: Quantity, sentence: str, heading: str, earlier: frozenset[str], known: frozenset[str]) -> Subject:
        """The subject of a quantity of a sentence under a heading; `earlier`: names in the passage before, `known`: in any text."""
        owner = _OWNER.match(sentence)
        opening = _opening(sentence) & known | frozenset(terms(owner.group(1)) if owner else ())
        titled = names(heading) if has_han(heading) else frozenset(terms(heading)) & known
        own = quantity.names | (opening & quantity.terms) or opening or titled
        near = sentence[max(0, quantity.figure.start - 80) : quantity.figure.end + 60]
        return cls(
            quantity.head - own, quantity.terms - own, own, frozenset(terms(heading)), earlier,
            normalise(" ".join((*sorted(quantity.terms), quantity.subject))), _written(quantity, near),
            _scope(quantity.owner - own, sentence, own))

    def apart_from(self, other: Subject) -> tuple[frozenset[str], frozenset[str]] | None:
        """The words that each says and the other does not; None where they share none, or have no head in common."""
        mine, theirs = self._beyond(other), other._beyond(self)
        if mine and theirs:
            return None
        if not self.head and not other.head:
            return (mine, theirs) if self.names and other.names else None  # 白水河全长…: a name and its measure
        if not (self.head - mine) or not (other.head - theirs):
            return None
        return mine, theirs

    def _beyond(self, other: Subject) -> frozenset[str]:
        known = other.terms | other.heading | other.names
        return frozenset(t for t in self.terms if not _says(other.squeezed, known, t))

    def places_apart(self, other: Subject) -> Literal["same", "narrower", "wider", "elsewhere"]:
        """How its places and bodies lie to the other's; what a heading names is known there too."""
        mine = {n for n in self.names if not _says("", other.names | other.heading | other.earlier, n)}
        theirs = {n for n in other.names if not _says("", self.names | self.heading | self.earlier, n)}
        if mine and theirs:
            return "elsewhere"
        return "narrower" if mine else "wider" if theirs else "same"


@dataclass(frozen=True)
class Wanted:
    """What kind of quantity a question asks for, of what, when."""

    question: Question
    said: frozenset[str]
    names: frozenset[str]
    years: frozenset[int]
    families: frozenset[str]
    measures: frozenset[str]
    focus: frozenset[str]  # words beside `how many`: what is to be counted
    planned: bool

    def takes(self, quantity: Quantity) -> bool:
        """Whether a quantity is of the kind that is asked for."""
        if quantity.planned and not self.planned:
            return False
        family = quantity.value.family
        told = {measure for measure in quantity.measures if not measure.startswith("base ")}
        if ((self.measures and told) or not quantity.head) and not self.measures & told:
            return False
        if family == "growth" or family.startswith("change"):
            return "growth" in self.families and family == "growth"
        return not self.families or family in self.families

    def names_allow(self, subject: Subject) -> bool:
        """Whether a statement is of a place or body that the question names, if it names any."""
        if not self.names:
            return True
        here = subject.names or subject.heading | subject.earlier
        return all(_says("", here | subject.terms, name) or (_says("", subject.heading | subject.earlier, name) and not subject.names)
                   for name in self.names)

    def about(self, subject: Subject) -> bool:
        """Whether the question says what the figure counts or measures, at least its most."""
        squeezed = normalise(self.question.text)
        if not subject.head:
            return True  # names and measures are held against the question by themselves
        said = sum(_says(squeezed, self.said, term) for term in subject.head)
        if self.focus and not any(_says(" ".join(sorted(subject.terms)), subject.terms, term) for term in self.focus):
            return False
        return said > 0 and said >= _MOST * len(subject.head)

    def touches(self, subject: Subject) -> bool:
        """Whether the question says any of what the figure counts or measures."""
        return not subject.head or any(_says(normalise(self.question.text), self.said, term) for term in subject.head)

    def covers(self, subject: Subject) -> bool:
        """Whether the question says all that a statement is told of."""
        return all(_says(normalise(self.question.text), self.said, term) for term in subject.terms)


_MOST = 0.6
_GROWTH = re.compile(r"增速|增幅|增长|涨|\b(?:grow\w*|grew|growth|rose|rise|increase\w*)\b", re.I)
_PLAN = re.compile(
    r"目标|计划|力争|预计|打算|想|要做到|规划|将|\b(?:target\w*|aim\w*|plan\w*|expect\w*|goal\w*|want\w*|hope\w*|by 20\d\d|will)\b", re.I)
_MONEY = re.compile(r"多少(?:万|亿)*(?:元|钱)|\b(?:how much (?:money|did|does|is|was|were|are)|revenue|yuan|dollars|budget)\b", re.I)
_COUNT = re.compile(r"几(?!乎|分之)[家个名座位所条项种件张台辆]|多少[家个名座位所条项种件张台辆人]|\bhow many\b", re.I)
_SHARE = re.compile(r"百分之|几分之|占|比例|比重|份额|几成|\b(?:share|percent\w*|proportion|fraction|what part)\b", re.I)
_NOT_A_QUANTITY = frozenset(("person", "place", "time", "reason", "definition", "list"))


def wanted(question: str, language: Language) -> Wanted:
    """What quantity a question asks for."""
    asked = take_apart(question, language)
    families: set[str] = set()
    if _SHARE.search(question):
        families |= {"share"}
    if _GROWTH.search(question):
        families |= {"growth"}
    if _COUNT.search(question) or asked.units & set("家个名座位所项种件台辆"):
        families |= {"count"}
    if _MONEY.search(question) or asked.units & {"yuan", "usd"}:
        families |= {"yuan", "usd"}
    if not families and asked.kinds & _NOT_A_QUANTITY and "number" not in asked.kinds and not quantities(question):
        families = {"none"}
    named = names(question) | frozenset(n for n in asked.names if n not in ("gdp",))
    return Wanted(
        asked, frozenset(a.word for a in asked.words), named, asked.years, frozenset(families),
        frozenset(measures_of(question)), _focus(question, named), bool(_PLAN.search(question)))


_OWNER = re.compile(r"([A-Z][a-z]+)(?:['’]s| (?:has|had|owns|operates|hosts|employs|boasts)\b)")
_CAPITALS = re.compile(r"[A-Z][\w-]*(?:['’]s)?(?: [A-Z][\w-]*(?:['’]s)?)*")


def _opening(sentence: str) -> frozenset[str]:
    """The capitalised words that open an English sentence, which may be a name or not."""
    found = _CAPITALS.match(sentence)
    return frozenset(terms(found.group())) if found else frozenset()


_COUNTED = re.compile(
    rf"(?:多少|几(?!乎|分))[家个名座位所条项种件张台辆支]*([{HAN}]{{2,8}})|\bhow many (?:of )?((?:[\w'’-]+\s+){{0,4}}[\w'’-]+)", re.I)


def _focus(question: str, named: frozenset[str]) -> frozenset[str]:
    """What is to be counted: 发明专利 in 多少件发明专利."""
    near = " ".join(part for groups in _COUNTED.findall(question) for part in groups if part)
    return frozenset(term for term in terms(near) if telling(term) and term not in named and not measures_of(term))


def _written(quantity: Quantity, near: str) -> str:
    """The shortest stretch of a text that holds a quantity's head: 灯塔工厂."""
    text = quantity.subject or near
    if not has_han(text):
        words = [m for m in re.finditer(r"[A-Za-z][\w'’-]*", text)]
        hits = [m for m in words if set(terms(m.group())) & quantity.head]
        return text[hits[0].start() : hits[-1].end()] if hits else text
    spots = [(text.find(term), term) for term in quantity.head if term in text]
    return text[min(spots)[0] : max(at + len(term) for at, term in spots)] if spots else text


def _scope(owner: Iterable[str], sentence: str, named: Iterable[str]) -> str:
    """The places and bodies as the sentence writes them, then the field that it speaks of."""
    found = []
    for term in (*named, *owner):
        if term.startswith("@"):
            continue
        spot = sentence.find(term) if has_han(term) else -1
        if spot < 0 and not has_han(term):
            word = next((m for m in re.finditer(r"[A-Za-z][\w-]*", sentence) if term in terms(m.group())), None)
            spot, term = (word.start(), word.group()) if word else (len(sentence), term.title())
        found.append((spot, term))
    return (" " if mostly_latin(sentence) else "").join(term for _, term in sorted(found))

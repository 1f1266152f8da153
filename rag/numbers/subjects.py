"""What a quantity is told of becomes comparable: with another quantity, and with what a question asks, across Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.numbers.counted_nouns import mostly_latin
from rag.numbers.quantities import Quantity
from rag.numbers.scopes import names
from rag.text.glossary import translated_words
from rag.text.language import has_han, normalise, stem, terms

_STRONG = 0.5  # a gloss of this weight on both sides says the same


@lru_cache(maxsize=50_000)
def _glosses(word: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for _, meaning in translated_words(word):
        found |= meaning.glosses
    return found


def mentions_term(squeezed: str, known: frozenset[str], term: str) -> bool:
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
        return frozenset(t for t in self.terms if not mentions_term(other.squeezed, known, t))

    def places_apart(self, other: Subject) -> Literal["same", "narrower", "wider", "elsewhere"]:
        """How its places and bodies lie to the other's; what a heading names is known there too."""
        mine = {n for n in self.names if not mentions_term("", other.names | other.heading | other.earlier, n)}
        theirs = {n for n in other.names if not mentions_term("", self.names | self.heading | self.earlier, n)}
        if mine and theirs:
            return "elsewhere"
        return "narrower" if mine else "wider" if theirs else "same"


_OWNER = re.compile(r"([A-Z][a-z]+)(?:['’]s| (?:has|had|owns|operates|hosts|employs|boasts)\b)")
_CAPITALS = re.compile(r"[A-Z][\w-]*(?:['’]s)?(?: [A-Z][\w-]*(?:['’]s)?)*")


def _opening(sentence: str) -> frozenset[str]:
    """The capitalised words that open an English sentence, which may be a name or not."""
    found = _CAPITALS.match(sentence)
    return frozenset(terms(found.group())) if found else frozenset()


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

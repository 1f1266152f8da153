"""What a quantity is told of becomes comparable: with another quantity, and with what a question asks, across Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.numbers.counted_nouns import is_mostly_latin
from rag.numbers.quantities import Quantity
from rag.numbers.scopes import find_name_terms
from rag.text.glossary import translated_words
from rag.text.language import has_han, normalise, search_terms, stem

_STRONG_GLOSS = 0.5  # a gloss of this weight on both sides says the same


@lru_cache(maxsize=50_000)
def _word_glosses(word: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for _, meaning in translated_words(word):
        found |= meaning.glosses
    return found


def mentions_term(normalised: str, known: frozenset[str], term: str) -> bool:
    """Whether words of a text say a term: in letters, or across languages by what it means."""
    if term in known or (has_han(term) and term in normalised) or (term[0] in "市县区省" and term[1:] in known):
        return True
    if "-" in term and all(stem(part) in known for part in term.split("-")):
        return True  # national-level
    mine = _word_glosses(term)
    return any(has_han(term) != has_han(other) and _share_gloss(mine, _word_glosses(other)) for other in known)


def _share_gloss(mine: Mapping[str, float], theirs: Mapping[str, float]) -> bool:
    return any(weight >= _STRONG_GLOSS and theirs.get(gloss, 0.0) >= _STRONG_GLOSS for gloss, weight in mine.items())


@dataclass(frozen=True)
class Subject:
    """What a quantity is told of, with what its passage says of it before."""

    head: frozenset[str]
    terms: frozenset[str]
    names: frozenset[str]
    heading_terms: frozenset[str]  # terms and names of title and section
    earlier_names: frozenset[str]  # names in what stands before in the passage
    normalised: str
    label: str
    scope: str

    @classmethod
    def from_quantity(cls, quantity: Quantity, sentence: str, heading: str, earlier: frozenset[str], known: frozenset[str]) -> Subject:
        """The subject of a quantity of a sentence under a heading; `earlier`: names in the passage before, `known`: in any text."""
        owner = _OWNER.match(sentence)
        opening = _opening_terms(sentence) & known | frozenset(search_terms(owner.group(1)) if owner else ())
        titled = find_name_terms(heading) if has_han(heading) else frozenset(search_terms(heading)) & known
        own = quantity.names | (opening & quantity.terms) or opening or titled
        near = sentence[max(0, quantity.figure.start - 80) : quantity.figure.end + 60]
        return cls(
            quantity.head - own, quantity.terms - own, own, frozenset(search_terms(heading)), earlier,
            normalise(" ".join((*sorted(quantity.terms), quantity.subject))), _subject_label(quantity, near),
            _scope_label(quantity.context - own, sentence, own))

    def term_difference(self, other: Subject) -> tuple[frozenset[str], frozenset[str]] | None:
        """The words that each says and the other does not; None where they share none, or have no head in common."""
        mine, theirs = self._extra_terms(other), other._extra_terms(self)
        if mine and theirs:
            return None
        if not self.head and not other.head:
            return (mine, theirs) if self.names and other.names else None  # 白水河全长…: a name and its measure
        if not (self.head - mine) or not (other.head - theirs):
            return None
        return mine, theirs

    def _extra_terms(self, other: Subject) -> frozenset[str]:
        known = other.terms | other.heading_terms | other.names
        return frozenset(t for t in self.terms if not mentions_term(other.normalised, known, t))

    def compare_places(self, other: Subject) -> Literal["same", "narrower", "wider", "elsewhere"]:
        """How its places and bodies lie to the other's; what a heading names is known there too."""
        mine = {n for n in self.names if not mentions_term("", other.names | other.heading_terms | other.earlier_names, n)}
        theirs = {n for n in other.names if not mentions_term("", self.names | self.heading_terms | self.earlier_names, n)}
        if mine and theirs:
            return "elsewhere"
        return "narrower" if mine else "wider" if theirs else "same"


_OWNER = re.compile(r"([A-Z][a-z]+)(?:['’]s| (?:has|had|owns|operates|hosts|employs|boasts)\b)")
_CAPITALS = re.compile(r"[A-Z][\w-]*(?:['’]s)?(?: [A-Z][\w-]*(?:['’]s)?)*")


def _opening_terms(sentence: str) -> frozenset[str]:
    """The capitalised words that open an English sentence, which may be a name or not."""
    found = _CAPITALS.match(sentence)
    return frozenset(search_terms(found.group())) if found else frozenset()


def _subject_label(quantity: Quantity, near: str) -> str:
    """The shortest stretch of a text that holds a quantity's head: 灯塔工厂."""
    text = quantity.subject or near
    if not has_han(text):
        words = [m for m in re.finditer(r"[A-Za-z][\w'’-]*", text)]
        hits = [m for m in words if set(search_terms(m.group())) & quantity.head]
        return text[hits[0].start() : hits[-1].end()] if hits else text
    spots = [(text.find(term), term) for term in quantity.head if term in text]
    return text[min(spots)[0] : max(at + len(term) for at, term in spots)] if spots else text


def _scope_label(context: Iterable[str], sentence: str, own_names: Iterable[str]) -> str:
    """The places and bodies as the sentence writes them, then the field that it speaks of."""
    found = []
    for term in (*own_names, *context):
        if term.startswith("@"):
            continue
        spot = sentence.find(term) if has_han(term) else -1
        if spot < 0 and not has_han(term):
            word = next((m for m in re.finditer(r"[A-Za-z][\w-]*", sentence) if term in search_terms(m.group())), None)
            spot, term = (word.start(), word.group()) if word else (len(sentence), term.title())
        found.append((spot, term))
    return (" " if is_mostly_latin(sentence) else "").join(term for _, term in sorted(found))

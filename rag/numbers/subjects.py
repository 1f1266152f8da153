"""Subjects of quantities, and their comparison with each other and with a question, also across languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.numbers.counted_nouns import is_mostly_latin
from rag.numbers.quantities import Quantity
from rag.text.entities import find_name_terms
from rag.text.glossary import STRONG_GLOSS, translated_words
from rag.text.language import has_han, normalise, search_terms, stem


@lru_cache(maxsize=50_000)
def word_glosses(word: str) -> Mapping[str, float]:
    """The glosses of a word in the other language, with their weights from 0 to 1."""
    glosses: dict[str, float] = {}
    for _, meaning in translated_words(word):
        glosses |= meaning.glosses
    return glosses


def mentions_term(normalised_text: str, text_terms: frozenset[str], term: str) -> bool:
    """Whether a text, given with its search terms, contains a term, literally or in the other language.

    A Han term may also be a part of a longer word: 工厂 in 灯塔工厂.
    """
    if term in text_terms or (has_han(term) and term in normalised_text):
        return True
    if term[0] in "市县区省" and term[1:] in text_terms:
        return True
    if "-" in term and all(stem(part) in text_terms for part in term.split("-")):
        return True  # national-level
    glosses = word_glosses(term)
    other_language = (word for word in text_terms if has_han(word) != has_han(term))
    return any(_share_gloss(glosses, word_glosses(word)) for word in other_language)


def _share_gloss(left: Mapping[str, float], right: Mapping[str, float]) -> bool:
    strong = (gloss for gloss, weight in left.items() if weight >= STRONG_GLOSS)
    return any(right.get(gloss, 0.0) >= STRONG_GLOSS for gloss in strong)


@dataclass(frozen=True)
class Subject:
    """What a quantity counts or measures, and for which place or owner, with the context in its passage."""

    head: frozenset[str]  # search terms of what is counted or measured
    terms: frozenset[str]  # search terms of the head and its context
    names: frozenset[str]  # places and organisations
    heading_terms: frozenset[str]  # terms and names of title and section
    earlier_names: frozenset[str]  # names in the sentences before, in the same passage
    normalised: str  # all terms and the written head, normalised
    label: str  # the head as written, to be shown to a reader
    scope: str  # places, organisations and field as written, to be shown to a reader

    @classmethod
    def from_quantity(
            cls, quantity: Quantity, sentence: str, heading: str, earlier_names: frozenset[str],
            known_names: frozenset[str]) -> Subject:
        """The subject of a quantity of a sentence under a heading.

        `earlier_names` are in the sentences before it, `known_names` in any of the texts that are compared.
        """
        owner = _OWNER.match(sentence)
        owner_terms = frozenset(search_terms(owner.group(1)) if owner else ())
        opening = _opening_terms(sentence) & known_names | owner_terms
        heading_terms = frozenset(search_terms(heading))
        heading_names = find_name_terms(heading) if has_han(heading) else heading_terms & known_names
        names = quantity.names | (opening & quantity.terms) or opening or heading_names
        nearby_text = sentence[max(0, quantity.figure.start - 80) : quantity.figure.end + 60]
        return cls(
            quantity.head - names, quantity.terms - names, names, heading_terms, earlier_names,
            normalise(" ".join((*sorted(quantity.terms), quantity.subject))), _subject_label(quantity, nearby_text),
            _scope_label(quantity.context - names, sentence, names))

    def term_difference(self, other: Subject) -> tuple[frozenset[str], frozenset[str]] | None:
        """The terms that only this subject has, and those that only the other has.

        None if the two are not comparable: both have such terms, or their heads have no term in common.
        """
        only_self, only_other = self._extra_terms(other), other._extra_terms(self)
        if only_self and only_other:
            return None
        if not self.head and not other.head:  # 白水河全长…: a name and its measure
            return (only_self, only_other) if self.names and other.names else None
        if not (self.head - only_self) or not (other.head - only_other):
            return None
        return only_self, only_other

    def _extra_terms(self, other: Subject) -> frozenset[str]:
        known_terms = other.terms | other.heading_terms | other.names
        return frozenset(term for term in self.terms if not mentions_term(other.normalised, known_terms, term))

    def compare_places(self, other: Subject) -> Literal["same", "narrower", "wider", "elsewhere"]:
        """How the places and organisations of both subjects relate: `narrower` if only this one names more."""
        only_self, only_other = self._extra_names(other), other._extra_names(self)
        if only_self and only_other:
            return "elsewhere"
        if only_self:
            return "narrower"
        return "wider" if only_other else "same"

    def _extra_names(self, other: Subject) -> frozenset[str]:
        """The names that are missing in the other subject, its heading and the sentences before it."""
        known_names = other.names | other.heading_terms | other.earlier_names
        return frozenset(name for name in self.names if not mentions_term("", known_names, name))


# the owner of an English sentence: Suzhou's …, Suzhou has …
_OWNER = re.compile(r"([A-Z][a-z]+)(?:['’]s| (?:has|had|owns|operates|hosts|employs|boasts)\b)")
_CAPITALS = re.compile(r"[A-Z][\w-]*(?:['’]s)?(?: [A-Z][\w-]*(?:['’]s)?)*")


def _opening_terms(sentence: str) -> frozenset[str]:
    """The terms of the capitalised words at the start of an English sentence, which may or may not be a name."""
    opening = _CAPITALS.match(sentence)
    return frozenset(search_terms(opening.group())) if opening else frozenset()


def _subject_label(quantity: Quantity, nearby_text: str) -> str:
    """The shortest part of a text that has the quantity's whole head: 灯塔工厂, `lighthouse factories`."""
    text = quantity.subject or nearby_text
    if not has_han(text):
        words = re.finditer(r"[A-Za-z][\w'’-]*", text)
        head_words = [word for word in words if set(search_terms(word.group())) & quantity.head]
        return text[head_words[0].start() : head_words[-1].end()] if head_words else text
    spans = [(text.find(term), text.find(term) + len(term)) for term in quantity.head if term in text]
    if not spans:
        return text
    return text[min(start for start, _ in spans) : max(end for _, end in spans)]


def _scope_label(context: Iterable[str], sentence: str, names: Iterable[str]) -> str:
    """The places, organisations and field of a quantity as written in its sentence, in the order of the sentence."""
    spans = []
    for term in (*names, *context):
        if term.startswith("@"):
            continue
        if has_han(term):
            spans.append((sentence.find(term), term))
            continue
        words = re.finditer(r"[A-Za-z][\w-]*", sentence)
        word = next((word for word in words if term in search_terms(word.group())), None)
        spans.append((word.start(), word.group()) if word else (len(sentence), term.title()))
    return (" " if is_mostly_latin(sentence) else "").join(term for _, term in sorted(spans))

"""Search in the ledger: what of an entry can be searched for, and the words of a query."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.ledger.clause_words import clause_words
from rag.ledger.entry import EntryKind, LedgerEntry
from rag.ledger.terms import canonical_term
from rag.ledger.word_matching import word_form
from rag.numbers.figures import find_figures
from rag.numbers.subjects import word_glosses
from rag.numbers.units import comparable_value
from rag.text.dictionary import is_headword
from rag.text.glossary import STRONG_GLOSS
from rag.text.language import has_han, normalise, search_terms

_MAX_QUERY_TERMS = 12
_MAX_QUERY_LENGTH = 400  # characters
_MAX_GLOSSES = 2  # of a noun that can be searched for in English


@dataclass(frozen=True)
class FigureFilter:
    """Which entries are listed: those that meet every given condition; by default all.

    `query`: words of the subject, the place, or the document's title, in either language. `years`: the first and the
    last. `unit`: as written, or another unit of the same kind: km finds metres too. `place`: a place or body.
    """

    query: str = ""
    years: tuple[int, int] | None = None
    unit: str = ""
    place: str = ""
    kind: EntryKind | None = None


def searchable_text(entry: LedgerEntry, title: str) -> str:
    """Subject, place, title and terms of an entry as normalised text, with English glosses of Chinese nouns."""
    terms = entry.terms
    glosses = [gloss for noun in terms.nouns if has_han(noun) and is_headword(noun) for gloss in _strong_glosses(noun)]
    around = (*terms.context, *clause_words(title))
    groups = (word_form(word).key for word in around)
    parts = (entry.subject, entry.scope, title, entry.unit, *terms.nouns, *terms.names, *terms.measures,
             *around, *groups, *glosses)
    return " ".join(dict.fromkeys(normalise(" ".join(parts)).split()))


def query_terms(query: str) -> list[tuple[str, ...]]:
    """The terms of a query, each with the forms one of which an entry must have.

    `押金` → 押金, =deposit, deposi; `lighthouse factories` → lighthous, factori with their glosses.
    """
    terms = dict.fromkeys(search_terms(query[:_MAX_QUERY_LENGTH]))
    return [_term_forms(term) for term in [*terms][:_MAX_QUERY_TERMS]]


def _term_forms(term: str) -> tuple[str, ...]:
    canonical = canonical_term(term)
    forms = [term, *([canonical] if canonical != term else [])]
    return tuple(dict.fromkeys((*forms, *_strong_glosses(term))))


@lru_cache(maxsize=50_000)
def _strong_glosses(term: str) -> list[str]:
    weights = word_glosses(term)
    strong = [gloss for gloss in sorted(weights, key=lambda gloss: (-weights[gloss], gloss))
              if weights[gloss] >= STRONG_GLOSS and len(gloss) > 2]
    return strong[:_MAX_GLOSSES]


def unit_family(unit: str) -> str:
    """The family of a unit: 公里 and km → m; 元 → yuan; empty for a unit that only counts (家)."""
    text = f"1{unit}" if has_han(unit) or unit[:1] in "%％℃°" else f"1 {unit}"
    if unit.strip() in ("€", "£", "¥", "￥", "$", "HK$", "US$"):
        text = f"{unit.strip()}1"
    figures = find_figures(text)
    if not figures:
        return ""
    family = comparable_value(figures[0], text).family
    return "" if family == "count" else family

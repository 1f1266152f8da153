"""A claim and a text become the sentence that carries the claim, and how much of the claim's words it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text.glossary import gloss_weights, translated_words
from rag.text.language import detect_language, han_bigrams, normalise, search_terms, sentence_spans

_QUOTATION = re.compile(r"[“\"「](.+)[”\"」]", re.S)
_SHORTEST_QUOTE = 6
_FAINT = 0.25  # a translation of a word that is weaker says little
# a term in quotation marks does not make a quotation of the sentence around it
_MOST_OF_CLAIM = 0.6


@dataclass(frozen=True)
class Support:
    """The sentence of a text that comes nearest to a claim: `text[start:end]`; the share of the claim's words that it has."""

    start: int
    end: int
    share: float
    quoted: bool  # the claim, or most of it, stands there word for word


@lru_cache(maxsize=2_000)
def support(claim: str, text: str) -> Support:
    """The sentence that carries a claim best; case, spaces, quotation marks and script disregarded."""
    across = crosses(claim, text)
    wanted = _quotation(claim)
    spans = list(sentence_spans(text)) or [(0, len(text))]
    best = max(spans, key=lambda span: (wanted in _letters(text[span[0] : span[1]]) if wanted else False,
                                        shared(claim, text[span[0] : span[1]], across=across)))
    sentence = text[best[0] : best[1]]
    quoted = bool(wanted) and (wanted in _letters(sentence) or (len(wanted) >= _SHORTEST_QUOTE and wanted in _letters(text)))
    return Support(*best, shared(claim, sentence, across=across), quoted)


def crosses(claim: str, text: str) -> bool:
    """True where the two are in different languages, and only their meanings can be compared."""
    return detect_language(claim) != detect_language(text)


def shared(claim: str, text: str, *, across: bool) -> float:
    """The share of the claim's words that a text has; by their meanings where the languages differ."""
    if across:
        told, words = gloss_weights(text), translated_words(claim)
        met = sum(any(gloss in told for gloss, weight in meaning.glosses.items() if weight >= _FAINT) for _, meaning in words)
        return met / len(words) if words else 0.0
    mine, theirs = _shingles(claim), _shingles(text)
    return len(mine & theirs) / len(mine) if mine else 0.0


def _quotation(claim: str) -> str:
    """The letters of what a claim quotes, where the quotation is most of it; else those of the whole claim."""
    whole = _letters(claim)
    quoted = _QUOTATION.search(claim)
    inner = _letters(quoted.group(1)) if quoted else ""
    return inner if len(inner) >= _MOST_OF_CLAIM * len(whole) else whole


def _shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | {term for term in search_terms(text) if term.isascii()}


def _letters(text: str) -> str:
    """Letters, digits and signs of value alone: quotation marks and spaces differ between a source and its quotation."""
    return re.sub(r"[\s“”‘’\"'「」『』]", "", normalise(text)).rstrip("。.")

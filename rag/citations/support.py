"""A claim and a text become the sentence that carries the claim, and how much of the claim's words it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text.glossary import gloss_weights, translated_words
from rag.text.language import detect_language, han_bigrams, normalise, search_terms, sentence_spans

_QUOTATION = re.compile(r"[“\"「](.+)[”\"」]", re.S)
_MIN_QUOTE_LENGTH = 6
_MIN_GLOSS_WEIGHT = 0.25  # a translation of a word that is weaker says little
# a term in quotation marks does not make a quotation of the sentence around it
_MIN_QUOTED_SHARE = 0.6


@dataclass(frozen=True)
class Support:
    """The sentence of a text that comes nearest to a claim: `text[start:end]`; the share of the claim's words that it has."""

    start: int
    end: int
    coverage: float
    is_verbatim: bool  # the claim, or most of it, stands there word for word


@lru_cache(maxsize=2_000)
def find_support(claim: str, text: str) -> Support:
    """The sentence that carries a claim best; case, spaces, quotation marks and script disregarded."""
    across = is_cross_lingual(claim, text)
    wanted = _quoted_text(claim)
    spans = list(sentence_spans(text)) or [(0, len(text))]
    best = max(spans, key=lambda span: (wanted in _comparable_text(text[span[0] : span[1]]) if wanted else False,
                                        claim_coverage(claim, text[span[0] : span[1]], cross_lingual=across)))
    sentence = text[best[0] : best[1]]
    quoted = bool(wanted) and (wanted in _comparable_text(sentence) or (len(wanted) >= _MIN_QUOTE_LENGTH and wanted in _comparable_text(text)))
    return Support(*best, claim_coverage(claim, sentence, cross_lingual=across), quoted)


def is_cross_lingual(claim: str, text: str) -> bool:
    """True where the two are in different languages, and only their meanings can be compared."""
    return detect_language(claim) != detect_language(text)


def claim_coverage(claim: str, text: str, *, cross_lingual: bool) -> float:
    """The share of the claim's words that a text has; by their meanings where the languages differ."""
    if cross_lingual:
        told, words = gloss_weights(text), translated_words(claim)
        met = sum(any(gloss in told for gloss, weight in meaning.glosses.items() if weight >= _MIN_GLOSS_WEIGHT) for _, meaning in words)
        return met / len(words) if words else 0.0
    mine, theirs = _term_shingles(claim), _term_shingles(text)
    return len(mine & theirs) / len(mine) if mine else 0.0


def _quoted_text(claim: str) -> str:
    """The letters of what a claim quotes, where the quotation is most of it; else those of the whole claim."""
    whole = _comparable_text(claim)
    quoted = _QUOTATION.search(claim)
    inner = _comparable_text(quoted.group(1)) if quoted else ""
    return inner if len(inner) >= _MIN_QUOTED_SHARE * len(whole) else whole


def _term_shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | {term for term in search_terms(text) if term.isascii()}


def _comparable_text(text: str) -> str:
    """Letters, digits and signs of value alone: quotation marks and spaces differ between a source and its quotation."""
    return re.sub(r"[\s“”‘’\"'「」『』]", "", normalise(text)).rstrip("。.")

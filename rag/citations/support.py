"""Support of a claim: the sentence of a text that supports it best, and the share of the claim's words in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.citations.quotable import LEAD_SEPARATOR, Quotable, quotable_parts
from rag.schema import Computation, Passage
from rag.text.glossary import MATCHING_GLOSS, gloss_weights, translated_words
from rag.text.language import detect_language, normalise, sentence_spans, stem_shingles

_QUOTATION = re.compile(r"[“\"「](.+)[”\"」]", re.S)
_MIN_QUOTE_LENGTH = 6  # characters; a shorter text may occur in another sentence by chance
_MIN_QUOTED_SHARE = 0.6  # of the claim's characters; a term in quotation marks does not make its sentence a quotation


@dataclass(frozen=True)
class Support:
    """The sentence of a text that is nearest to a claim: `text[start:end]`."""

    start: int
    end: int
    coverage: float  # share of the claim's words that the sentence has, 0 to 1
    is_verbatim: bool  # the claim, or what it quotes, occurs word for word
    statement: str  # the sentence with the lead of its block
    lead: str = ""
    is_misplaced: bool = False  # what the claim quotes is a cell, but of another row or column than the claim says


def find_passage_support(claim: str, passage: Passage) -> Support:
    """The sentence or cell of a passage that supports a claim best; a part counts together with its lead.

    A cell supports a claim that states its heads: `西湖区 · 地区生产总值（亿元）：“987.6”`.
    """
    if not passage.blocks:
        return find_support(claim, passage.text)
    support = _find_block_support(claim, passage)
    return _computed_support(claim, passage, passage.computation, support) if passage.computation else support


def _computed_support(claim: str, passage: Passage, computation: Computation, support: Support) -> Support:
    """The support by what was computed from the passage's table, if that has more of the claim; else by its text."""
    computed = f"{computation.statement} {computation.how}"
    coverage = claim_coverage(claim, computed, cross_lingual=is_cross_lingual(claim, computed))
    if support.is_verbatim or coverage < support.coverage:
        return support
    start, end = computation.start - passage.start, computation.end - passage.start
    block = next((block for block in passage.blocks if block.start == computation.start and block.lead), None)
    lead = LEAD_SEPARATOR.join(part.text for part in block.lead) if block else ""
    return Support(start, end, coverage, False, computed, lead)


@lru_cache(maxsize=1_000)
def _find_block_support(claim: str, passage: Passage) -> Support:
    cross_lingual = is_cross_lingual(claim, passage.text)
    whole, quotation = _quoted_text(claim), _inner_quotation(claim)
    outside = _QUOTATION.sub(" ", claim)  # what the claim says of its quotation
    surroundings = "\n".join((passage.title, passage.section))
    has_words = bool(stem_shingles(outside))  # `Name` is a function word, and says nothing of its quotation

    def support_score(part: Quotable) -> tuple[bool, float, float]:
        says_more = has_words and bool(part.lead)
        text = _comparable_text(part.text)
        is_quoted = bool(quotation) and (quotation == text if part.is_cell else quotation in text)
        is_whole = bool(whole) and whole in text
        coverage = claim_coverage(claim, part.statement, cross_lingual=cross_lingual)
        fit = claim_coverage(outside, f"{surroundings}\n{part.lead}", cross_lingual=cross_lingual) if says_more else 1.0
        return is_whole or (is_quoted and fit >= _LEAST_FIT), coverage, fit

    parts = list(quotable_parts(passage)) or [Quotable(passage.text, 0, len(passage.text))]
    scores = [support_score(part) for part in parts]
    index = max(range(len(parts)), key=scores.__getitem__)
    best = parts[index]
    is_verbatim, coverage, _ = scores[index]
    if len(whole) >= _MIN_QUOTE_LENGTH and whole in _comparable_text(passage.text):
        is_verbatim = True  # the quotation may span several sentences
    is_misplaced = not is_verbatim and any(part.is_cell and _comparable_text(part.text) == quotation for part in parts)
    return Support(best.start, best.end, coverage, is_verbatim, best.statement, best.lead, is_misplaced)


# the share of what a claim says of its quotation that the lead of the quoted part has with its headings
_LEAST_FIT = 0.8


def _inner_quotation(claim: str) -> str:
    """The comparable text in the quotation marks of a claim; empty without a quotation."""
    quotation = _QUOTATION.search(claim)
    return _comparable_text(quotation.group(1)) if quotation else ""


@lru_cache(maxsize=2_000)
def find_support(claim: str, text: str) -> Support:
    """The sentence that supports a claim best, ignoring case, spaces, quotation marks and script.

    A sentence that quotes the claim word for word comes first, then the one with the highest coverage.
    """
    cross_lingual = is_cross_lingual(claim, text)
    quotation = _quoted_text(claim)

    def support_score(span: tuple[int, int]) -> tuple[bool, float]:
        sentence = text[slice(*span)]
        has_quotation = bool(quotation) and quotation in _comparable_text(sentence)
        return has_quotation, claim_coverage(claim, sentence, cross_lingual=cross_lingual)

    spans = list(sentence_spans(text)) or [(0, len(text))]
    best = max(spans, key=support_score)
    is_verbatim, coverage = support_score(best)
    if len(quotation) >= _MIN_QUOTE_LENGTH and quotation in _comparable_text(text):
        is_verbatim = True  # the quotation may span several sentences
    return Support(*best, coverage, is_verbatim, text[slice(*best)])


def is_cross_lingual(claim: str, text: str) -> bool:
    """Whether claim and text are in different languages, so that only their meanings can be compared."""
    return detect_language(claim) != detect_language(text)


def claim_coverage(claim: str, text: str, *, cross_lingual: bool) -> float:
    """The share of the claim's words that a text has, 0 to 1; compared by their glosses if `cross_lingual`."""
    if cross_lingual:
        text_glosses, words = gloss_weights(text), translated_words(claim)
        covered = sum(_has_gloss_in(meaning.glosses, text_glosses) for _, meaning in words)
        return covered / len(words) if words else 0.0
    claim_terms, text_terms = stem_shingles(claim), stem_shingles(text)
    return len(claim_terms & text_terms) / len(claim_terms) if claim_terms else 0.0


def _has_gloss_in(glosses: Mapping[str, float], text_glosses: Mapping[str, float]) -> bool:
    return any(gloss in text_glosses for gloss, weight in glosses.items() if weight >= MATCHING_GLOSS)


def _quoted_text(claim: str) -> str:
    """The comparable text of a claim's quotation if that is most of the claim, else of the whole claim."""
    whole = _comparable_text(claim)
    quotation = _QUOTATION.search(claim)
    quoted = _comparable_text(quotation.group(1)) if quotation else ""
    return quoted if len(quoted) >= _MIN_QUOTED_SHARE * len(whole) else whole


def _comparable_text(text: str) -> str:
    """The text without spaces and quotation marks, which differ between a source and its quotation."""
    return re.sub(r"[\s“”‘’\"'「」『』]", "", normalise(text)).rstrip("。.")

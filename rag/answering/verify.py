"""A draft becomes an answer whose citations hold: markers resolved, quotes found, figures checked, a status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.schema import Citation, CitationState, Passage, Status
from rag.text import prompts
from rag.text.figures import Figure, figures, stated
from rag.text.glossary import meanings
from rag.text.language import detect, han_bigrams, normalise, sentences, terms

_MARKER = re.compile(r"[\[［【](\d{1,3})[\]］】]")
# a claim and the passage's sentence share at least this much of the claim's words where the one supports the other
_SUPPORT, _SUPPORT_ACROSS = 0.35, 0.3


@dataclass(frozen=True)
class Verified:
    """A draft after checking: its text with only true markers, its citations, and what the two amount to."""

    text: str
    citations: tuple[Citation, ...]
    status: Status


def verify(draft: str, passages: Sequence[Passage]) -> Verified:
    """Check a finished draft against the passages that it was written from.

    Markers that name no passage vanish. Each marker that stays yields a Citation: *verified quote* where the claim's
    quotation stands in the passage (case, spaces, quotation marks and script disregarded), *supported* where a sentence
    there shares its words, *not found* otherwise; the first two only where the passage holds all the claim's figures.
    Status: `unanswered` for a refusal, `grounded` where every claim has a citation that holds, else `partial`.
    """
    by_number = {passage.number: passage for passage in passages}
    text = resolved(draft, by_number)
    if prompts.is_refusal(text) or not text.strip():
        return Verified(without_markers(text).strip(), (), "unanswered")
    citations: list[Citation] = []
    uncited = 0
    for claim, markers in claims(text):
        here = [_cite(claim, number, by_number[number]) for number in markers]
        citations += here
        if not any(citation.state != "not found" for citation in here):
            uncited += 1
    status: Status = "grounded" if citations and not uncited else "partial"
    return Verified(text, tuple(dict.fromkeys(citations)), status)


def resolved(text: str, by_number: dict[int, Passage]) -> str:
    """The text with every marker in the form [n], and without those that name no passage."""
    return _MARKER.sub(lambda m: f"[{int(m.group(1))}]" if int(m.group(1)) in by_number else "", text)


def without_markers(text: str) -> str:
    """The words of an answer alone."""
    return _MARKER.sub("", text)


def markers(text: str) -> list[int]:
    """The numbers of all citation markers, in order: `甲[1]。乙[1][3]。` → 1, 1, 3."""
    return [int(mark.group(1)) for mark in _MARKER.finditer(text)]


def claims(text: str) -> Iterator[tuple[str, list[int]]]:
    """Each sentence that claims something, with the numbers that stand in it or right behind it.

    A line that introduces what follows (it ends with a colon) claims nothing.
    """
    for line in text.split("\n"):
        plain, marks, done = "", [], 0
        for mark in _MARKER.finditer(line):
            plain += line[done : mark.start()]
            marks.append((len(plain), int(mark.group(1))))
            done = mark.end()
        plain += line[done:]
        spans = [(a, b) for a, b in sentences(plain) if plain[a:b].strip(" -*•\t")]
        owners = [[n for at, n in marks if _owner(spans, at) == i] for i in range(len(spans))]
        for (start, end), numbers in zip(spans, owners, strict=True):
            claim = plain[start:end].strip(" -*•\t")
            if not claim.endswith(("：", ":")):
                yield claim, numbers


def _owner(spans: Sequence[tuple[int, int]], at: int) -> int:
    """The sentence that a marker belongs to: the last one that began before it, so also the one it stands behind."""
    return max(0, sum(start < at for start, _ in spans) - 1)


def _cite(claim: str, number: int, passage: Passage) -> Citation:
    quote, state = _support(claim, passage)
    return Citation(number, claim, passage.id, passage.source_id, passage.title, passage.section, passage.page, quote, state)


_QUOTATION = re.compile(r"[“\"「](.+)[”\"」]", re.S)


def _support(claim: str, passage: Passage) -> tuple[str, CitationState]:
    """The words of the passage that carry a claim, and how surely."""
    if missing_figures(claim, [passage]):
        return _sentence_for(claim, passage), "not found"
    wanted = _quotation(claim)
    for start, end in sentences(passage.text):
        sentence = passage.text[start:end]
        if wanted and wanted in _letters(sentence):
            return sentence, "verified quote"
    sentence = _sentence_for(claim, passage)
    if len(wanted) >= _SHORTEST_QUOTE and wanted in _letters(passage.text):
        return sentence, "verified quote"
    overlap = _overlap(claim, sentence, across=passage.language != detect(claim))
    enough = _SUPPORT_ACROSS if passage.language != detect(claim) else _SUPPORT
    return sentence, "supported" if overlap >= enough else "not found"


_SHORTEST_QUOTE = 6


def _quotation(claim: str) -> str:
    """The letters of what a claim quotes, where the quotation is most of it; else those of the whole claim."""
    whole = _letters(claim)
    quoted = _QUOTATION.search(claim)
    inner = _letters(quoted.group(1)) if quoted else ""
    return inner if len(inner) >= _MOST_OF_CLAIM * len(whole) else whole


# a term in quotation marks does not make a quotation of the sentence around it
_MOST_OF_CLAIM = 0.6


def missing_figures(claim: str, passages: Sequence[Passage]) -> list[Figure]:
    """The figures that a claim states and no passage holds, compared as values."""
    held = [f for passage in passages for f in figures(passage.text + "\n" + passage.title + "\n" + passage.date)]
    return [f for f in stated(claim) if not any(f.same_as(g) for g in held)]


def _sentence_for(claim: str, passage: Passage) -> str:
    across = passage.language != detect(claim)
    spans = [passage.text[a:b] for a, b in sentences(passage.text)] or [passage.text]
    return max(spans, key=lambda sentence: _overlap(claim, sentence, across=across))


def _overlap(claim: str, sentence: str, *, across: bool) -> float:
    """The share of the claim's words that a sentence has; by their meanings where the languages differ."""
    if across:
        mine, theirs = set(meanings(claim)), set(meanings(sentence))
        asked = set(terms(claim)) if claim.isascii() else mine
        return len(asked & theirs) / len(asked) if asked and theirs else 0.0
    mine, theirs = _shingles(claim), _shingles(sentence)
    return len(mine & theirs) / len(mine) if mine else 0.0


def _shingles(text: str) -> set[str]:
    return set(han_bigrams(text)) | {t for t in terms(text) if t.isascii()}


def _letters(text: str) -> str:
    """Letters, digits and signs of value alone: quotation marks and spaces differ between a source and its quotation."""
    return re.sub(r"[\s“”‘’\"'「」『』]", "", normalise(text)).rstrip("。.")

"""A draft becomes an answer whose citations hold: markers resolved, quotes found, figures checked, a status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.citations.claims import Claim, split_claims
from rag.citations.figure_matching import (
    FigureMention,
    checkable_mentions,
    figure_mentions,
    nearest_mention,
    replaced_in_context,
    same_figure,
)
from rag.citations.markers import remove_markers, resolve_markers
from rag.citations.support import find_support, is_cross_lingual
from rag.numbers.derivation import Derivation, find_derivation
from rag.numbers.figures import Figure, find_figures, informative_figures
from rag.schema import CheckedFigure, Citation, CitationState, Language, Passage, Status
from rag.text import prompts
from rag.text.entities import missing_names
from rag.text.language import is_in_language

# a claim and the passage's sentence share at least this much of the claim's words where the one supports the other
_MIN_SUPPORT, _MIN_SUPPORT_ACROSS = 0.35, 0.5
# where another passage of the same language has so much more of the claim than the one cited, the wrong one is cited
_RIVAL_RATIO = 0.6
_CLEAR_SUPPORT = 0.6  # of a claim's words a passage has to have for us to cite it where the model did not


@dataclass(frozen=True)
class VerifiedDraft:
    """A draft after checking: its text with only true markers, its citations and figures, and what they amount to."""

    text: str
    citations: tuple[Citation, ...]
    figures: tuple[CheckedFigure, ...]
    status: Status


def verify(draft: str, passages: Sequence[Passage], language: Language | None = None) -> VerifiedDraft:
    """Check a finished draft against the passages that it was written from.

    Markers that name no passage vanish. Each marker that stays yields a Citation: *verified quote* where the claim's
    quotation stands in the passage (case, spaces, quotation marks and script disregarded), *supported* where a sentence
    there shares its words, *not found* otherwise, and where the passage lacks a figure or a name of the claim, or another
    passage has far more of it. A claim without a marker gets that of the passage that clearly supports it (`matched`).
    Status: `unanswered` for a refusal; `grounded` where every claim has a citation that holds, every figure is found or
    derived, and the answer is in `language` if one is given; else `partial`.
    """
    text = resolve_markers(draft, {passage.number for passage in passages})
    if prompts.is_refusal(text) or not text.strip():
        return VerifiedDraft(remove_markers(text).strip(), (), (), "unanswered")
    checks = [_check_claim(claim, passages) for claim in split_claims(text)]
    text, checks = _add_markers(text, checks)
    citations = tuple(dict.fromkeys(citation for check in checks for citation in check.citations))
    checked = tuple(_check_figures(text, checks, passages))
    holding = all(any(citation.state != "not found" for citation in check.citations) for check in checks)
    sound = bool(citations) and holding and all(figure.state != "not found" for figure in checked)
    in_language = language is None or is_in_language(remove_markers(text), language)
    return VerifiedDraft(text, citations, checked, "grounded" if sound and in_language else "partial")


@dataclass(frozen=True)
class _CheckedClaim:
    """A claim with its citations."""

    claim: Claim
    citations: tuple[Citation, ...]


def _check_claim(claim: Claim, passages: Sequence[Passage]) -> _CheckedClaim:
    if claim.citation_numbers:
        by_number = {passage.number: passage for passage in passages}
        return _CheckedClaim(claim, tuple(_make_citation(claim, by_number[number], passages) for number in claim.citation_numbers))
    supports = {passage.number: find_support(claim.text, passage.text) for passage in passages}
    best = max(passages, key=lambda p: (supports[p.number].is_verbatim, supports[p.number].coverage, -p.number), default=None)
    if best is None or not (supports[best.number].is_verbatim or supports[best.number].coverage >= _CLEAR_SUPPORT):
        return _CheckedClaim(claim, ())
    found = _make_citation(claim, best, passages)
    return _CheckedClaim(claim, () if found.state == "not found" else (replace(found, matched=True),))


def _make_citation(claim: Claim, passage: Passage, passages: Sequence[Passage]) -> Citation:
    found = find_support(claim.text, passage.text)
    start, end = passage.start + found.start, passage.start + found.end
    return Citation(
        passage.number, claim.text, passage.id, passage.source_id, passage.title, passage.section, passage.page,
        passage.text[found.start : found.end], _citation_state(claim, passage, passages), start, end)


def _citation_state(claim: Claim, passage: Passage, passages: Sequence[Passage]) -> CitationState:
    found = find_support(claim.text, passage.text)
    together = [other for other in passages if other.number in claim.citation_numbers] or [passage]
    if _lacks_figure(claim.text, passage, together) or missing_names(claim.text, _full_text(*together)):
        return "not found"
    if found.is_verbatim:
        return "verified quote"
    rivals = (find_support(claim.text, other.text).coverage for other in passages if other.language == passage.language)
    least = _MIN_SUPPORT_ACROSS if is_cross_lingual(claim.text, passage.text) else _MIN_SUPPORT
    return "supported" if found.coverage >= max(least, _RIVAL_RATIO * max(rivals, default=0.0)) else "not found"


def _lacks_figure(claim: str, passage: Passage, cited: Sequence[Passage]) -> bool:
    """True where a figure of the claim stands neither in the passage nor follows from it and those cited beside it."""
    wanted = checkable_mentions(claim, names=_full_text(passage), cross_lingual=is_cross_lingual(claim, passage.text))
    absent = [seen for seen in wanted if not _holds_figure(seen, claim, passage)]
    missing = [seen for seen in absent if not any(_holds_figure(seen, claim, other) for other in cited)]
    if absent and not missing:  # cited beside others a passage need not hold every figure, but it must hold one
        return len(absent) == len(wanted)
    return any(_derive_figure(seen, claim, cited) is None for seen in missing)


def _holds_figure(mention: FigureMention, claim: str, passage: Passage) -> bool:
    """True where a passage holds a figure, and does not have another one in its place."""
    if not any(same_figure(other, mention) for other in figure_mentions(_full_text(passage))):
        return False
    return not replaced_in_context(mention, claim, _supporting_sentence(claim, passage))


def _supporting_sentence(claim: str, passage: Passage) -> str:
    """The sentence of a passage that carries a claim best."""
    found = find_support(claim, passage.text)
    return passage.text[found.start : found.end]


def _derive_figure(mention: FigureMention, claim: str, cited: Sequence[Passage]) -> Derivation | None:
    """How a figure follows from the claim's other figures, which hold, or else from others in the sentences that carry it.

    It does not follow from one that stands in its very place: that one was to be told.
    """
    if any(replaced_in_context(mention, claim, _supporting_sentence(claim, passage), both_sides=True) for passage in cited):
        return None
    own = [other.figure for other in figure_mentions(claim) if other != mention and any(_holds_figure(other, claim, passage) for passage in cited)]
    carrying = [figure for passage in cited for figure in find_figures(_supporting_sentence(claim, passage))]
    others = [figure for figure in carrying if not any(figure.has_same_value(known) for known in own)]
    return find_derivation(mention.figure, own, claim) or find_derivation(mention.figure, others, claim)


def _full_text(*passages: Passage) -> str:
    """What a passage says, with what its document is called and when it was written."""
    return "\n".join(part for p in passages for part in (p.text, p.title, p.section, p.date) if part)


def _add_markers(text: str, checks: Sequence[_CheckedClaim]) -> tuple[str, list[_CheckedClaim]]:
    """The text with a marker behind each claim that had none and now has a citation."""
    out, done, moved = "", 0, []
    for check in checks:
        begin = len(out) + check.claim.start - done
        if check.citations and check.citations[0].matched:
            out += text[done : check.claim.end] + f"[{check.citations[0].marker}]"
            done = check.claim.end
        moved.append(replace(check, claim=replace(check.claim, start=begin, end=begin + check.claim.end - check.claim.start)))
    return out + text[done:], moved


def _check_figures(text: str, checks: Sequence[_CheckedClaim], passages: Sequence[Passage]) -> Iterator[CheckedFigure]:
    """What the evidence says of each figure of the claims, in order."""
    by_number = {passage.number: passage for passage in passages}
    for check in checks:
        cited = [by_number[number] for number in dict.fromkeys(citation.marker for citation in check.citations)]
        evidence = cited or passages
        across = all(is_cross_lingual(check.claim.text, passage.text) for passage in evidence)
        for seen in checkable_mentions(check.claim.text, names=_full_text(*evidence), cross_lingual=across):
            yield _place_in_answer(_figure_evidence(seen, check.claim.text, cited, passages), text, check.claim)


def _figure_evidence(mention: FigureMention, claim: str, cited: Sequence[Passage], passages: Sequence[Passage]) -> CheckedFigure:
    """`found` in what is cited, or where nothing is, anywhere; `derived` from it; else the nearest."""
    figure = mention.figure
    blank = CheckedFigure(figure.text, figure.start, figure.end, "not found")
    pool = [(passage.number, other) for passage in cited or passages for other in figure_mentions(_full_text(passage))]
    holding = {passage.number for passage in cited or passages if _holds_figure(mention, claim, passage)}
    if here := [(number, other) for number, other in pool if number in holding and same_figure(other, mention)]:
        return replace(blank, state="found", passages=_passage_numbers(here), evidence=(here[0][1].figure.text,))
    if made := _derive_figure(mention, claim, cited or passages):
        of = [(number, other) for number, other in pool if any(part.has_same_value(other.figure) for part in made.parts)]
        return replace(blank, state="derived", passages=_passage_numbers(of), evidence=tuple(part.text for part in made.parts), how=made.how)
    near = nearest_mention(mention, [other for _, other in pool if not same_figure(other, mention)])
    there = [(number, other) for number, other in pool if other == near]
    return replace(blank, passages=_passage_numbers(there[:1]), evidence=(near.figure.text,) if near else ())


def _passage_numbers(mentions: Sequence[tuple[int, FigureMention]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number, _ in mentions))


def _place_in_answer(checked: CheckedFigure, text: str, claim: Claim) -> CheckedFigure:
    """With offsets in the answer's text instead of the claim's, which has no markers and no Markdown."""
    before = claim.text[: checked.start].count(checked.text)
    start = claim.start
    for _ in range(before + 1):
        start = text.find(checked.text, start, claim.end) + 1 or claim.start + 1
    start -= 1
    if text[start : start + len(checked.text)] != checked.text:  # a marker stands in the middle of it
        return replace(checked, text=text[claim.start : claim.end], start=claim.start, end=claim.end)
    return replace(checked, start=start, end=start + len(checked.text))


def missing_figures(claim: str, passages: Sequence[Passage]) -> list[Figure]:
    """The figures that a claim states and no passage holds, compared as values."""
    held = [f for passage in passages for f in find_figures(passage.text + "\n" + passage.title + "\n" + passage.date)]
    return [f for f in informative_figures(claim) if not any(f.has_same_value(g) for g in held)]

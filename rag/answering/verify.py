"""Answer verification: resolves citation markers, checks citations and figures against passages, sets the status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.citations.claims import Claim, split_claims
from rag.citations.doubts import has_doubt, is_doubted, repeats_doubt
from rag.citations.figure_matching import (
    FigureMention,
    checkable_mentions,
    figure_mentions,
    nearest_mention,
    replaced_in_context,
    same_figure,
)
from rag.citations.markers import remove_markers, resolve_markers
from rag.citations.quotable import quotable_parts
from rag.citations.support import find_passage_support, is_cross_lingual
from rag.numbers.derivation import Derivation, find_derivation
from rag.numbers.figures import find_figures
from rag.schema import CheckedFigure, Citation, CitationState, FigureState, Language, Passage, Status
from rag.text import messages
from rag.text.entities import missing_names
from rag.text.language import is_in_language

# a sentence supports a claim if it has at least this share of the claim's words, in one language and across languages
_MIN_SUPPORT, _MIN_SUPPORT_ACROSS = 0.35, 0.5
# a citation fails if its passage has less than this share of the coverage of the best passage in the same language
_RIVAL_RATIO = 0.6
_CLEAR_SUPPORT = 0.6  # share of a claim's words that a passage needs to be cited if the model cited nothing


@dataclass(frozen=True)
class VerifiedDraft:
    """A verified draft: its text with resolved markers, its citations and figures, and its status."""

    text: str
    citations: tuple[Citation, ...]
    figures: tuple[CheckedFigure, ...]
    status: Status


def verify(draft: str, passages: Sequence[Passage], language: Language | None = None) -> VerifiedDraft:
    """Check a finished draft against the passages that it was written from.

    Markers that name no passage are removed. Each other marker gives a Citation, with one of the states

    * *verified quote*: the passage has the claim's quotation (ignoring case, spaces, quotation marks and script);
    * *read with doubt*: it has it, but in a scan, and text recognition doubts a part of it;
    * *supported*: a sentence of the passage shares enough of the claim's words;
    * *not found*: otherwise, and if the passage lacks a figure or a name of the claim, if another passage supports the
      claim much better, or if the claim quotes a cell under the heads of another.

    A claim without a marker gets the marker of the passage that clearly supports it (`matched`). The status is
    `unanswered` for a refusal; `grounded` if every claim has a citation that is found without doubt, every figure is
    found or derived without doubt, and the answer is in `language` if one is given; otherwise `partial`.
    """
    text = resolve_markers(draft, {passage.number for passage in passages})
    if messages.is_refusal(text) or not text.strip():
        return VerifiedDraft(remove_markers(text).strip(), (), (), "unanswered")
    checks = [_check_claim(claim, passages) for claim in split_claims(text)]
    text, checks = _add_markers(text, checks)
    citations = tuple(dict.fromkeys(citation for check in checks for citation in check.citations))
    figures = tuple(_check_figures(text, checks, passages))
    is_cited = bool(citations) and all(_has_support(check) for check in checks)
    has_evidence = is_cited and all(figure.state in ("found", "derived") for figure in figures)
    in_language = language is None or is_in_language(remove_markers(text), language)
    return VerifiedDraft(text, citations, figures, "grounded" if has_evidence and in_language else "partial")


@dataclass(frozen=True)
class _CheckedClaim:
    """A claim with its citations."""

    claim: Claim
    citations: tuple[Citation, ...]


def _has_support(check: _CheckedClaim) -> bool:
    return any(citation.state in ("verified quote", "supported") for citation in check.citations)


def _check_claim(claim: Claim, passages: Sequence[Passage]) -> _CheckedClaim:
    if claim.citation_numbers:
        by_number = {passage.number: passage for passage in passages}
        cited = [by_number[number] for number in claim.citation_numbers]
        return _CheckedClaim(claim, tuple(_make_citation(claim, passage, passages) for passage in cited))
    best = _clearest_support(claim, passages)
    if best is None:
        return _CheckedClaim(claim, ())
    citation = _make_citation(claim, best, passages)
    return _CheckedClaim(claim, () if citation.state == "not found" else (replace(citation, matched=True),))


def _clearest_support(claim: Claim, passages: Sequence[Passage]) -> Passage | None:
    """The passage that supports a claim best; None if none supports it clearly."""
    supports = {passage.number: find_passage_support(claim.text, passage) for passage in passages}

    def support_rank(passage: Passage) -> tuple[bool, float, int]:
        support = supports[passage.number]
        return support.is_verbatim, support.coverage, -passage.number

    best = max(passages, key=support_rank, default=None)
    if best is None:
        return None
    support = supports[best.number]
    return best if support.is_verbatim or support.coverage >= _CLEAR_SUPPORT else None


def _make_citation(claim: Claim, passage: Passage, passages: Sequence[Passage]) -> Citation:
    support = find_passage_support(claim.text, passage)
    start, end = passage.start + support.start, passage.start + support.end
    return Citation(
        passage.number, claim.text, passage.id, passage.source_id, passage.title, passage.section, passage.page,
        passage.text[support.start : support.end], _citation_state(claim, passage, passages), start, end,
        lead=support.lead, kin=passage.kin)


def _citation_state(claim: Claim, passage: Passage, passages: Sequence[Passage]) -> CitationState:
    support = find_passage_support(claim.text, passage)
    cited = [other for other in passages if other.number in claim.citation_numbers] or [passage]
    if _lacks_figure(claim.text, passage, cited) or missing_names(claim.text, _full_text(*cited)):
        return "not found"
    doubt = has_doubt(passage, support.start, support.end) or repeats_doubt(passage, claim.text, support.lead)
    if support.is_verbatim:
        return "read with doubt" if doubt else "verified quote"
    if support.is_misplaced:
        return "not found"
    rivals = (
        find_passage_support(claim.text, other).coverage for other in passages if other.language == passage.language)
    least = _MIN_SUPPORT_ACROSS if is_cross_lingual(claim.text, passage.text) else _MIN_SUPPORT
    least = max(least, _RIVAL_RATIO * max(rivals, default=0.0))
    if support.coverage < least:
        return "not found"
    return "read with doubt" if doubt else "supported"


def _lacks_figure(claim: str, passage: Passage, cited: Sequence[Passage]) -> bool:
    """True if a figure of the claim is not in the passage and cannot be derived from the cited passages."""
    mentions = checkable_mentions(claim, names=_full_text(passage), cross_lingual=is_cross_lingual(claim, passage.text))
    absent = [mention for mention in mentions if not _holds_figure(mention, claim, passage)]
    missing = [mention for mention in absent if not any(_holds_figure(mention, claim, other) for other in cited)]
    if absent and not missing:  # a passage cited with others may lack some of the figures, but not all
        return len(absent) == len(mentions)
    return any(_derive_figure(mention, claim, cited) is None for mention in missing)


def _holds_figure(mention: FigureMention, claim: str, passage: Passage) -> bool:
    """True if a passage has a figure, and its supporting sentence has no other figure in the same context."""
    if not any(same_figure(other, mention) for other in figure_mentions(_full_text(passage))):
        return False
    return not replaced_in_context(mention, claim, _supporting_sentence(claim, passage))


def _supporting_sentence(claim: str, passage: Passage) -> str:
    """The sentence of a passage that supports a claim best, with the lead of its block."""
    return find_passage_support(claim, passage).statement


def _derive_figure(mention: FigureMention, claim: str, cited: Sequence[Passage]) -> Derivation | None:
    """How to compute a figure from other figures of the claim that are in the evidence, or from those of the evidence.

    None if it cannot be computed, or if a supporting sentence has another figure in the same context: then the claim
    should have stated that figure.
    """
    sentences = [_supporting_sentence(claim, passage) for passage in cited]
    if any(replaced_in_context(mention, claim, sentence, both_sides=True) for sentence in sentences):
        return None
    claim_figures = []
    for other in figure_mentions(claim):
        if other != mention and any(_holds_figure(other, claim, passage) for passage in cited):
            claim_figures.append(other.figure)
    evidence = [figure for sentence in sentences for figure in find_figures(sentence)]
    others = [figure for figure in evidence if not any(figure.has_same_value(known) for known in claim_figures)]
    return find_derivation(mention.figure, claim_figures, claim) or find_derivation(mention.figure, others, claim)


def _full_text(*passages: Passage) -> str:
    """What the passages state (`_stated_text`), and what was computed from their tables."""
    texts = []
    for passage in passages:
        texts.append(_stated_text(passage))
        if computation := passage.computation:
            texts += [computation.statement, computation.how]
    return "\n".join(texts)


def _stated_text(passage: Passage) -> str:
    """The text of a passage with its title, section, date, leads and version, and with the units of its cells."""
    parts = (passage.text, passage.title, passage.section, passage.date, *_lead_texts(passage),
             *_version_names(passage))
    return "\n".join(part for part in parts if part)


def _version_names(passage: Passage) -> tuple[str, ...]:
    return passage.version.names if passage.version else ()


@lru_cache(maxsize=500)
def _lead_texts(passage: Passage) -> tuple[str, ...]:
    parts = [part for part in quotable_parts(passage) if part.lead] if passage.blocks else []
    return tuple(dict.fromkeys(part.statement for part in parts))


def _add_markers(text: str, checks: Sequence[_CheckedClaim]) -> tuple[str, list[_CheckedClaim]]:
    """The text with a marker after each `matched` claim, and the checks with the new offsets of their claims."""
    marked, copied_end, moved_checks = "", 0, []
    for check in checks:
        claim = check.claim
        start = len(marked) + claim.start - copied_end
        if check.citations and check.citations[0].matched:
            marked += text[copied_end : claim.end] + f"[{check.citations[0].marker}]"
            copied_end = claim.end
        moved_checks.append(replace(check, claim=replace(claim, start=start, end=start + claim.end - claim.start)))
    return marked + text[copied_end:], moved_checks


def _check_figures(text: str, checks: Sequence[_CheckedClaim], passages: Sequence[Passage]) -> Iterator[CheckedFigure]:
    """The check of each figure of the claims, in order, with offsets in `text`."""
    by_number = {passage.number: passage for passage in passages}
    for check in checks:
        claim = check.claim
        cited = [by_number[number] for number in dict.fromkeys(citation.marker for citation in check.citations)]
        evidence = cited or passages
        cross_lingual = all(is_cross_lingual(claim.text, passage.text) for passage in evidence)
        for mention in checkable_mentions(claim.text, names=_full_text(*evidence), cross_lingual=cross_lingual):
            yield _place_in_answer(_check_figure(mention, claim.text, evidence), text, claim)


def _check_figure(mention: FigureMention, claim: str, evidence: Sequence[Passage]) -> CheckedFigure:
    """`found` in the evidence, `derived` from it, or `not found`, then with the nearest figure of the evidence.

    `read with doubt` if text recognition doubts one of the places where the figure, or a part of it, is.
    """
    figure = mention.figure
    not_found = CheckedFigure(figure.text, figure.start, figure.end, "not found")
    candidates = [(passage.number, other) for passage in evidence for other in figure_mentions(_full_text(passage))]
    supporting = {passage.number for passage in evidence if _holds_figure(mention, claim, passage)}
    matches = [(number, other) for number, other in candidates if number in supporting and same_figure(other, mention)]
    if matches:
        stated = {number for number, other in matches if _states_figure(mention, number, evidence)}
        if not stated:
            return _computed_figure(not_found, matches, evidence)
        found_text = matches[0][1].figure.text
        state: FigureState = "read with doubt" if _has_doubt(matches, evidence) else "found"
        return replace(not_found, state=state, passages=_passage_numbers(matches), evidence=(found_text,))
    derivation = _derive_figure(mention, claim, evidence)
    if derivation:
        parts = [
            (number, other) for number, other in candidates
            if any(part.has_same_value(other.figure) for part in derivation.parts)]
        return replace(
            not_found, state="read with doubt" if _has_doubt(parts, evidence) else "derived",
            passages=_passage_numbers(parts),
            evidence=tuple(part.text for part in derivation.parts), how=derivation.how)
    nearest = nearest_mention(mention, [other for _, other in candidates if not same_figure(other, mention)])
    nearest_mentions = [(number, other) for number, other in candidates if other == nearest]
    return replace(
        not_found, passages=_passage_numbers(nearest_mentions[:1]), evidence=(nearest.figure.text,) if nearest else ())


def _has_doubt(mentions: Sequence[tuple[int, FigureMention]], evidence: Sequence[Passage]) -> bool:
    """True if one of some figures, given with the numbers of their passages, is doubted there."""
    by_number = {passage.number: passage for passage in evidence}
    return any(is_doubted(mention.figure, by_number[number]) for number, mention in mentions)


def _states_figure(mention: FigureMention, number: int, evidence: Sequence[Passage]) -> bool:
    """Whether a passage itself has a figure, not only what was computed from its table."""
    passage = next(passage for passage in evidence if passage.number == number)
    return passage.computation is None or any(
        same_figure(other, mention) for other in figure_mentions(_stated_text(passage)))


def _computed_figure(
    figure: CheckedFigure, matches: Sequence[tuple[int, FigureMention]], evidence: Sequence[Passage],
) -> CheckedFigure:
    """The check of a figure computed from a table: derived from its cells, or read with doubt like one of them."""
    numbers = _passage_numbers(matches)
    cited = [passage for passage in evidence if passage.number in numbers]
    computation = next(passage.computation for passage in cited if passage.computation)
    figures = [part for cell in computation.cells for part in find_figures(cell)]
    has_doubt = any(is_doubted(part, passage) for part in figures for passage in cited)
    return replace(
        figure, state="read with doubt" if has_doubt else "derived", passages=numbers, evidence=computation.cells,
        how=computation.how)


def _passage_numbers(mentions: Sequence[tuple[int, FigureMention]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number, _ in mentions))


def _place_in_answer(checked: CheckedFigure, text: str, claim: Claim) -> CheckedFigure:
    """The check with offsets in the answer's text instead of the claim's, which has no markers and no Markdown."""
    before = claim.text[: checked.start].count(checked.text)
    start = claim.start
    for _ in range(before + 1):
        start = text.find(checked.text, start, claim.end) + 1 or claim.start + 1
    start -= 1
    if text[start : start + len(checked.text)] != checked.text:  # a marker is in the middle of the figure
        return replace(checked, text=text[claim.start : claim.end], start=claim.start, end=claim.end)
    return replace(checked, start=start, end=start + len(checked.text))



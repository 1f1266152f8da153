"""Citation metrics: validity of the markers, precision and recall against gold passages, and coverage of the claims."""

from __future__ import annotations

from evals.cases import Case
from evals.metrics.facts import answer_text, compact_text
from evals.metrics.retrieval import matched_needs
from evals.scores import Score
from rag.citations.claims import split_claims
from rag.citations.markers import marker_numbers
from rag.schema import Answer, Passage


def marker_validity(case: Case, answer: Answer) -> Score | None:
    """The share of valid markers: they name a passage, and a quote in it supports the claim.

    Not applicable to an answer without markers.
    """
    numbers = marker_numbers(answer_text(answer))
    if not numbers:
        return None
    valid = _valid_markers(answer)
    invalid = sorted({number for number in numbers if number not in valid})
    value = sum(number in valid for number in numbers) / len(numbers)
    return Score(value, f"not holding: {invalid}" if invalid else f"all {len(numbers)} hold")


def dangling_markers(case: Case, answer: Answer) -> Score | None:
    """The share of the markers that name no passage of the answer; lower is better."""
    numbers = marker_numbers(answer_text(answer))
    if not numbers:
        return None
    known = {passage.number for passage in answer.passages}
    dangling = [number for number in numbers if number not in known]
    return Score(len(dangling) / len(numbers), f"dangling: {dangling}" if dangling else "none dangles")


def precision(case: Case, answer: Answer) -> Score | None:
    """The share of the cited passages that meet a need of the case; not applicable without gold or citations."""
    cited = _cited_passages(answer)
    if not case.gold or not cited:
        return None
    irrelevant = [passage.number for passage in cited if not matched_needs(case, passage)]
    reason = f"beside the point: {irrelevant}" if irrelevant else "every cited passage is gold"
    return Score(1 - len(irrelevant) / len(cited), reason)


def recall(case: Case, answer: Answer) -> Score | None:
    """The share of the needs of the case that a cited passage meets; 0 for an answer without citations."""
    if not case.gold:
        return None
    met = set().union(*(matched_needs(case, passage) for passage in _cited_passages(answer)))
    unmet = [" or ".join(need) for i, need in enumerate(case.gold) if i not in met]
    return Score(len(met) / len(case.gold), f"not cited: {'; '.join(unmet)}" if unmet else "every need cited")


def claim_coverage(case: Case, answer: Answer) -> Score | None:
    """The share of the claims with a valid citation; not applicable to an answer without claims, such as a refusal."""
    if answer.status == "unanswered":
        return None
    claims = list(split_claims(answer_text(answer)))
    if not claims:
        return None
    valid = _valid_markers(answer)
    uncited = [claim.text for claim in claims if valid.isdisjoint(claim.citation_numbers)]
    reason = f"uncited: {' | '.join(uncited)}" if uncited else f"all {len(claims)} claims cited"
    return Score(1 - len(uncited) / len(claims), reason)


def _cited_passages(answer: Answer) -> list[Passage]:
    numbers = set(marker_numbers(answer_text(answer)))
    return [passage for passage in answer.passages if passage.number in numbers]


def _valid_markers(answer: Answer) -> set[int]:
    """The marker numbers with a citation that was found and whose quote occurs in the passage of that number."""
    by_number = {passage.number: compact_text(passage.text) for passage in answer.passages}
    return {
        c.marker for c in answer.citations
        if c.state != "not found" and c.marker in by_number and compact_text(c.quote) in by_number[c.marker]}

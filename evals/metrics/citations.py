"""The citations of an answer become scores: do they resolve, point to the gold passages, and cover what is claimed."""

from __future__ import annotations

from evals.cases import Case
from evals.metrics.facts import answer_text, compact_text
from evals.metrics.retrieval import matched_needs
from evals.scores import Score
from rag.citations.claims import split_claims
from rag.citations.markers import marker_numbers
from rag.schema import Answer, Passage


def marker_validity(case: Case, answer: Answer) -> Score | None:
    """The share of the markers that hold: they name a passage, and a quote stands in it that carries the claim.

    Not applicable to an answer without markers.
    """
    numbers = marker_numbers(answer_text(answer))
    if not numbers:
        return None
    holding = _valid_markers(answer)
    failing = sorted({n for n in numbers if n not in holding})
    value = sum(n in holding for n in numbers) / len(numbers)
    return Score(value, f"not holding: {failing}" if failing else f"all {len(numbers)} hold")


def dangling_markers(case: Case, answer: Answer) -> Score | None:
    """The share of the markers that name no passage of the answer; lower is better."""
    numbers = marker_numbers(answer_text(answer))
    if not numbers:
        return None
    lost = [n for n in numbers if n not in {p.number for p in answer.passages}]
    return Score(len(lost) / len(numbers), f"dangling: {lost}" if lost else "none dangles")


def precision(case: Case, answer: Answer) -> Score | None:
    """The share of the cited passages that meet a need of the case; not applicable without gold or citations."""
    cited = _cited_passages(answer)
    if not case.gold or not cited:
        return None
    beside = [p.number for p in cited if not matched_needs(case, p)]
    return Score(1 - len(beside) / len(cited), f"beside the point: {beside}" if beside else "every cited passage is gold")


def recall(case: Case, answer: Answer) -> Score | None:
    """The share of the needs of the case that some cited passage meets; 0 for an answer that cites nothing."""
    if not case.gold:
        return None
    found = set().union(*(matched_needs(case, p) for p in _cited_passages(answer)))
    lacking = [" or ".join(need) for i, need in enumerate(case.gold) if i not in found]
    return Score(len(found) / len(case.gold), f"not cited: {'; '.join(lacking)}" if lacking else "every need cited")


def claim_coverage(case: Case, answer: Answer) -> Score | None:
    """The share of the claims with a citation that holds; not applicable where nothing is claimed, as in a refusal."""
    if answer.status == "unanswered":
        return None
    told = list(split_claims(answer_text(answer)))
    if not told:
        return None
    holding = _valid_markers(answer)
    bare = [claim.text for claim in told if not any(number in holding for number in claim.citation_numbers)]
    return Score(1 - len(bare) / len(told), f"uncited: {' | '.join(bare)}" if bare else f"all {len(told)} claims cited")


def _cited_passages(answer: Answer) -> list[Passage]:
    numbers = set(marker_numbers(answer_text(answer)))
    return [passage for passage in answer.passages if passage.number in numbers]


def _valid_markers(answer: Answer) -> set[int]:
    """The numbers with a citation that holds and whose quote does stand in the passage of that number."""
    by_number = {passage.number: compact_text(passage.text) for passage in answer.passages}
    return {
        c.marker for c in answer.citations
        if c.state != "not found" and c.marker in by_number and compact_text(c.quote) in by_number[c.marker]}

"""Claims of drafts: what verification found of the claims and figures that a model wrote, over the answers of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.citations.claims import Claim, split_claims
from rag.schema import Answer


@dataclass(frozen=True)
class DraftFindings:
    """Counts over answers. Every claim is in one of four groups; `figures` counts those of all claims.

    `supported`: a citation of the claim was found, and carries it; `doubted`: one was found, in a scan that text
    recognition doubts; `unsupported`: its citations were not found; `uncited`: it has none, and no passage clearly
    supports it.
    """

    answers: int
    refused: int
    failed: int
    claims: int
    supported: int
    doubted: int
    unsupported: int
    uncited: int
    figures: int
    figures_wrong: int  # in no source

    def to_json(self) -> dict[str, int]:
        """The counts by name."""
        return dict(vars(self))


def count_findings(answers: Iterable[Answer]) -> DraftFindings:
    """What verification found in some answers; refusals and failed answers have no claims."""
    every = list(answers)
    written = [answer for answer in every if answer.status not in ("unanswered", "failed")]
    states = [_claim_state(answer, claim) for answer in written for claim in split_claims(answer.text)]
    figures = [figure for answer in written for figure in answer.figures]
    return DraftFindings(
        answers=len(every), refused=sum(answer.status == "unanswered" for answer in every),
        failed=sum(answer.status == "failed" for answer in every), claims=len(states),
        supported=states.count("supported"), doubted=states.count("doubted"),
        unsupported=states.count("unsupported"), uncited=states.count("uncited"), figures=len(figures),
        figures_wrong=sum(figure.state == "not found" for figure in figures))


def _claim_state(answer: Answer, claim: Claim) -> str:
    """The best state of the citations of a claim, by their numbers and the text that they cite for."""
    states = {
        citation.state for citation in answer.citations
        if citation.marker in claim.citation_numbers and _is_same_claim(citation.claim, claim.text)}
    if states & {"verified quote", "supported"}:
        return "supported"
    if "read with doubt" in states:
        return "doubted"
    return "unsupported" if claim.citation_numbers else "uncited"


def _is_same_claim(cited: str, claim: str) -> bool:
    return " ".join(cited.split()) == " ".join(claim.split())

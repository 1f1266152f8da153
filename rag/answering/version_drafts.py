"""Drafts from versions: quotes of the version that is used; of another one only if that does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from rag.answering.drafting import DraftRequest
from rag.reading.matching import TermWeight, matched_share, matched_terms
from rag.schema import AnswerScore, Passage
from rag.text import messages

QuotePassages = Callable[[DraftRequest, Sequence[Passage]], Iterator[str | AnswerScore]]
_CLEARLY_MORE = 0.3  # of the weight of a question's terms, that a passage without a counterpart has more


def quote_versions(
    request: DraftRequest, quote: QuotePassages, term_weight: TermWeight,
) -> Iterator[str | AnswerScore]:
    """The quotes from the version of each document that is used, or else from one other version, which is said.

    Another version answers only with what is not in the one that is used, and only if that does not answer or clearly
    fits the question less. `quote` gives the pieces of a draft from some passages; the first is the introduction, or
    the refusal, and the last is the score.
    """
    used = request.used_passages
    pieces = quote(request, used)
    first = next(pieces)
    coverage = max((_coverage(request, passage, term_weight) for passage in used), default=0.0)
    for passages in request.other_versions():
        alone = [p for p in passages if p.version and p.version.is_alone]
        fits_better = any(_coverage(request, p, term_weight) >= coverage + _CLEARLY_MORE for p in alone)
        if not alone or not (_is_refusal(first) or fits_better):
            continue
        others = quote(request, passages)
        if not _is_refusal(next(others)):
            yield messages.ONLY_OTHER_VERSION[request.language]
            yield from others
            return
    yield from chain([first], pieces)


def _is_refusal(piece: str | AnswerScore) -> bool:
    return isinstance(piece, str) and messages.is_refusal(piece)


def _coverage(request: DraftRequest, passage: Passage, term_weight: TermWeight) -> float:
    """The share of the question's term weight that a passage has, 0 to 1."""
    text = f"{passage.title}\n{passage.section}\n{passage.text}"
    return matched_share(request.standalone, matched_terms(request.standalone, text), term_weight)

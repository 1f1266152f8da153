"""Retrieval metrics: hit@5, recall@5, reciprocal rank and nDCG@5 of the retrieved passages against the gold needs."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from evals.cases import GOLD_ADDRESS, Case
from evals.metrics.facts import missing_facts
from evals.scores import Score
from rag.schema import Answer, Passage
from rag.text.language import normalise

_K = 5


def matches_gold(passage: Passage, place: str) -> bool:
    """True if a passage contains the paragraph `work#section.paragraph`, or the words of a `place` without address.

    Only letters and digits of the words count: the marks of a document's format (`| 周末班 | C1 |`, `<td>`) are not in
    the text of a passage.
    """
    match = GOLD_ADDRESS.fullmatch(place)
    if not match:
        return _letters_and_digits(place) in _letters_and_digits(passage.text)
    first, last = passage.paragraphs
    same_section = passage.edition_of == match[1] and passage.section_number == int(match[2])
    return same_section and first <= int(match[3]) <= last


@lru_cache(maxsize=5_000)
def _letters_and_digits(text: str) -> str:
    """The letters and digits of a text without tags and character references, normalised."""
    return _NO_LETTERS.sub("", normalise(_TAGS.sub("", text)))


_TAGS, _NO_LETTERS = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-zA-Z]+;|&#\d+;"), re.compile(r"[\W_]+")


def matched_needs(case: Case, passage: Passage) -> set[int]:
    """The needs of a case that a passage meets, as indices in `gold`."""
    return {i for i, need in enumerate(case.gold) if any(matches_gold(passage, place) for place in need)}


def hit_at_5(case: Case, answer: Answer) -> Score | None:
    """1 if one of the first five passages meets a need; not applicable without gold."""
    if not case.gold:
        return None
    first = next((p.number for p in answer.passages[:_K] if matched_needs(case, p)), 0)
    return Score(float(first > 0), f"at {first}" if first else f"not in the first {_K}: {_gold_text(case)}")


def recall_at_5(case: Case, answer: Answer) -> Score | None:
    """The share of the needs that the first five passages meet (recall@5)."""
    if not case.gold:
        return None
    met = set().union(*(matched_needs(case, p) for p in answer.passages[:_K]))
    return Score(len(met) / len(case.gold), _missing_reason(case, met))


def reciprocal_rank(case: Case, answer: Answer) -> Score | None:
    """1 / rank of the first passage that meets a need, 0 if none does; the mean is the MRR (Voorhees 1999)."""
    if not case.gold:
        return None
    rank = next((i for i, p in enumerate(answer.passages, 1) if matched_needs(case, p)), 0)
    return Score(1 / rank if rank else 0.0, f"first at {rank}" if rank else f"none of {_gold_text(case)}")


def ndcg_at_5(case: Case, answer: Answer) -> Score | None:
    """nDCG@5 (Järvelin & Kekäläinen 2002); a passage has gain 1 if it meets a need that no earlier passage meets.

    In the ideal order the useful passages come first, followed by one passage for each unmet need. Example: two needs
    met at ranks 1 and 3: (1 + 1/2) / (1 + 1/log2(3)) = 0.92.
    """
    if not case.gold:
        return None
    met: set[int] = set()
    ranks = []
    for rank, passage in enumerate(answer.passages[:_K], 1):
        if new := matched_needs(case, passage) - met:
            ranks.append(rank)
            met |= new
    ideal = range(1, min(_K, len(ranks) + len(case.gold) - len(met)) + 1)
    return Score(_dcg(ranks) / _dcg(ideal), f"useful at {', '.join(map(str, ranks)) or 'none'} of the first {_K}")


def _dcg(ranks: list[int] | range) -> float:
    return sum(1 / math.log2(1 + rank) for rank in ranks)


def passage_fact_coverage(case: Case, answer: Answer) -> Score | None:
    """1 if the first five passages contain all required facts, else 0.

    Needs no gold addresses, so it works on any corpus of the same documents.
    """
    if not case.must:
        return None
    missing = missing_facts(case.must, "\n".join(passage.text for passage in answer.passages[:_K]))
    reason = f"not in the first {_K}: {', '.join(missing)}" if missing else f"all in the first {_K}"
    return Score(float(not missing), reason)


def _gold_text(case: Case) -> str:
    return "; ".join(" or ".join(need) for need in case.gold)


def _missing_reason(case: Case, matched: set[int]) -> str:
    unmet = [" or ".join(need) for i, need in enumerate(case.gold) if i not in matched]
    return f"lacking: {'; '.join(unmet)}" if unmet else "every need met"

"""The passages before an answer become scores against the gold sets of its case."""

from __future__ import annotations

import math

from evals.cases import GOLD_ADDRESS, Case
from evals.metrics.facts import compact_text, missing_facts
from evals.scores import Score
from rag.schema import Answer, Passage

_K = 5


def matches_gold(passage: Passage, place: str) -> bool:
    """True where a passage holds the paragraph `work#section.paragraph`, or else the words of `place` themselves."""
    match = GOLD_ADDRESS.fullmatch(place)
    if not match:
        return compact_text(place) in compact_text(passage.text)
    first, last = passage.paragraphs
    same = passage.edition_of == match[1] and passage.section_number == int(match[2])
    return same and first <= int(match[3]) <= last


def matched_needs(case: Case, passage: Passage) -> set[int]:
    """The needs of a case, by their place in `gold`, that a passage meets."""
    return {i for i, need in enumerate(case.gold) if any(matches_gold(passage, place) for place in need)}


def hit_at_5(case: Case, answer: Answer) -> Score | None:
    """1 where one of the first five passages meets a need; not applicable without gold."""
    if not case.gold:
        return None
    first = next((p.number for p in answer.passages[:_K] if matched_needs(case, p)), 0)
    return Score(float(first > 0), f"at {first}" if first else f"not in the first {_K}: {_gold_text(case)}")


def recall_at_5(case: Case, answer: Answer) -> Score | None:
    """The share of the needs that the first five passages meet (recall@5)."""
    if not case.gold:
        return None
    found = set().union(*(matched_needs(case, p) for p in answer.passages[:_K]))
    return Score(len(found) / len(case.gold), _missing_reason(case, found))


def reciprocal_rank(case: Case, answer: Answer) -> Score | None:
    """1 / the rank of the first passage that meets a need, 0 where none does; its mean is the MRR (Voorhees 1999)."""
    if not case.gold:
        return None
    rank = next((i for i, p in enumerate(answer.passages, 1) if matched_needs(case, p)), 0)
    return Score(1 / rank if rank else 0.0, f"first at {rank}" if rank else f"none of {_gold_text(case)}")


def ndcg_at_5(case: Case, answer: Answer) -> Score | None:
    """nDCG@5 with gain 1 for each passage that meets a need which none before it met (Järvelin & Kekäläinen 2002).

    Ideally the useful passages come first, followed by one for each need that is unmet. Two needs met at ranks 1 and 3:
    (1 + 1/2) / (1 + 1/log2(3)) = 0.92.
    """
    if not case.gold:
        return None
    seen: set[int] = set()
    ranks = []
    for rank, passage in enumerate(answer.passages[:_K], 1):
        if new := matched_needs(case, passage) - seen:
            ranks.append(rank)
            seen |= new
    ideal = range(1, min(_K, len(ranks) + len(case.gold) - len(seen)) + 1)
    return Score(_dcg(ranks) / _dcg(ideal), f"useful at {', '.join(map(str, ranks)) or 'none'} of the first {_K}")


def _dcg(ranks: list[int] | range) -> float:
    return sum(1 / math.log2(1 + rank) for rank in ranks)


def passage_fact_coverage(case: Case, answer: Answer) -> Score | None:
    """1 where the required facts all stand in the first five passages, else 0; works on any corpus of the same documents."""
    if not case.must:
        return None
    lacking = missing_facts(case.must, "\n".join(passage.text for passage in answer.passages[:_K]))
    return Score(float(not lacking), f"not in the first {_K}: {', '.join(lacking)}" if lacking else f"all in the first {_K}")


def _gold_text(case: Case) -> str:
    return "; ".join(" or ".join(need) for need in case.gold)


def _missing_reason(case: Case, matched: set[int]) -> str:
    lacking = [" or ".join(need) for i, need in enumerate(case.gold) if i not in matched]
    return f"lacking: {'; '.join(lacking)}" if lacking else "every need met"

"""Clause alignment: which clause of one version corresponds to which of the other, in nearly linear time.

First equal texts, then equal numbers or headings with a similar wording, then similar wordings anywhere. Those that are
not in the longest common order have moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.comparison.clauses import Clause
from rag.comparison.similarity import shingle_hashes, wording_similarity

_LEAST_AT_SAME_NUMBER = 0.25  # similarity of the wording of clauses with one number under one heading
_LEAST_ELSEWHERE = 0.5
_COMMON_SHINGLE = 40  # clauses with one shingle; one that more have is no sign of a pair
_MAX_CANDIDATES = 12  # clauses that are compared with one


@dataclass(frozen=True)
class ClausePair:
    """Two clauses that correspond to each other, by their indexes."""

    old: int
    new: int
    is_moved: bool = False  # not in the order of the others


def align_clauses(old: Sequence[Clause], new: Sequence[Clause]) -> list[ClausePair]:
    """The pairs of clauses, in the order of the new document; each clause is in one pair at most."""
    pairs: dict[int, int] = {}  # from new to old
    _match_equal(old, new, pairs)
    _match_numbered(old, new, pairs)
    _match_similar(old, new, pairs)
    in_order = _longest_increasing(sorted(pairs.items()))
    return [ClausePair(pairs[j], j, j not in in_order) for j in sorted(pairs)]


def _match_equal(old: Sequence[Clause], new: Sequence[Clause], pairs: dict[int, int]) -> None:
    """Pair equal texts: first those with the same number and heading, then in the order of the documents."""
    for key_of in (lambda c: (c.body, c.number, c.heading), lambda c: (c.body, "", "")):
        waiting: dict[tuple[str, str, str], deque[int]] = defaultdict(deque)
        taken = set(pairs.values())
        for i, clause in enumerate(old):
            if i not in taken:
                waiting[key_of(clause)].append(i)
        for j, clause in enumerate(new):
            if j not in pairs and (places := waiting.get(key_of(clause))):
                pairs[j] = places.popleft()


def _match_numbered(old: Sequence[Clause], new: Sequence[Clause], pairs: dict[int, int]) -> None:
    """Pair clauses with the same number under the same heading, or the only ones under it, if they are alike."""
    taken, places = set(pairs.values()), defaultdict[tuple[str, str, str], list[int]](list)
    for i, clause in enumerate(old):
        if i not in taken:
            places[clause.kind, clause.number, clause.heading if clause.number.count(" ") != 1 else ""].append(i)
    for j, clause in enumerate(new):
        if j in pairs:
            continue
        here = places.get((clause.kind, clause.number, clause.heading if clause.number.count(" ") != 1 else ""), [])
        candidates = [i for i in here if i not in taken][:_MAX_CANDIDATES]
        best = max(candidates, key=lambda i: wording_similarity(old[i].body, new[j].body), default=None)
        if best is not None and wording_similarity(old[best].body, clause.body) >= _LEAST_AT_SAME_NUMBER:
            pairs[j] = best
            taken.add(best)


def _match_similar(old: Sequence[Clause], new: Sequence[Clause], pairs: dict[int, int]) -> None:
    """Pair the remaining clauses whose wording is alike, wherever they are, the most alike first."""
    taken, by_shingle = set(pairs.values()), defaultdict[int, list[int]](list)
    for i, clause in enumerate(old):
        if i not in taken:
            for shingle in shingle_hashes(clause.body):
                by_shingle[shingle].append(i)
    found: list[tuple[float, int, int]] = []
    for j, clause in enumerate(new):
        if j in pairs:
            continue
        for i in _candidates(shingle_hashes(clause.body), by_shingle):
            similarity = wording_similarity(old[i].body, clause.body)
            if similarity >= _LEAST_ELSEWHERE:
                found.append((similarity, -j, -i))
    for _, j, i in sorted(found, reverse=True):
        if -j not in pairs and -i not in taken:
            pairs[-j] = -i
            taken.add(-i)


def _candidates(shingles: Iterable[int], by_shingle: dict[int, list[int]]) -> list[int]:
    """The clauses that share the most shingles with one, without those that very many clauses have."""
    shared: dict[int, int] = defaultdict(int)
    for shingle in shingles:
        places = by_shingle.get(shingle, ())
        if len(places) <= _COMMON_SHINGLE:
            for i in places:
                shared[i] += 1
    return sorted(shared, key=lambda i: (-shared[i], i))[:_MAX_CANDIDATES]


def _longest_increasing(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The new indexes of the longest series of pairs that is in the same order in both documents."""
    tails: list[int] = []  # the smallest old index at the end of a series of each length
    ends: list[int] = []  # the index of its pair
    before: list[int] = []
    for index, (_, old) in enumerate(pairs):
        length = bisect_left(tails, old)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [old]
        ends[length : length + 1] = [index]
    kept: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(pairs[index][0])
        index = before[index]
    return kept

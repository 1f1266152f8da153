"""What the rows of a briefing state becomes the places where two of them give different values for the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.briefing.stated_figures import Told
from rag.numbers.units import values_agree
from rag.text.language import has_han

# of one kind and year; a briefing of so many different statements is compared as far as these
_COMPARED = 300


@dataclass(frozen=True)
class Side:
    """What one entry says."""

    entry: int
    figure: str
    note: int
    verified: bool


@dataclass(frozen=True)
class Contradiction:
    """Entries that give different values for one subject, unit, year and scope."""

    subject: str
    year: str
    scope: str
    sides: tuple[Side, ...]


def contradictions(told: Sequence[Told]) -> tuple[Contradiction, ...]:
    """Where entries contradict each other: same kind of value, year, place and subject, and values that cannot both be true.

    Entries that tell the same two values, as where sources differ and both say so, do not contradict each other.
    """
    kinds: dict[tuple[object, ...], list[Told]] = {}
    for one in told:
        bases = frozenset(measure for measure in one.quantity.measures if measure.startswith("base "))
        kinds.setdefault((one.quantity.value.family, one.quantity.planned, one.year, bases), []).append(one)
    found = [group for some in kinds.values() for group in _groups(some)]
    return tuple(sorted((_as_one(group) for group in found), key=lambda c: (c.sides[0].entry, c.subject, c.year)))


def _groups(some: Sequence[Told]) -> Iterator[list[Told]]:
    """Statements of one kind that contradict each other, directly or by a third."""
    distinct: dict[tuple[str, str], list[Told]] = {}  # one sentence told in several entries is compared once
    for one in some:
        distinct.setdefault((one.sentence, one.figure), []).append(one)
    kept = list(distinct.values())[:_COMPARED]
    pairs = [(i, j) for (i, a), (j, b) in combinations(enumerate(kept), 2) if _contradict(a, b, some)]
    left = set(pairs)
    while left:
        group = set(min(left))
        while more := {i for pair in left if group & set(pair) for i in pair} - group:
            group |= more
        left = {pair for pair in left if not group & set(pair)}
        yield [one for i in sorted(group) for one in kept[i]]


def _contradict(mine: Sequence[Told], theirs: Sequence[Told], all_: Sequence[Told]) -> bool:
    one, other = mine[0], theirs[0]
    if values_agree(one.quantity.value, other.quantity.value) or not _same_thing(one, other):
        return False
    return any(a.entry != b.entry and not (_says(b.entry, a, all_) and _says(a.entry, b, all_)) for a in mine for b in theirs)


def _says(entry: int, value: Told, all_: Sequence[Told]) -> bool:
    """Whether an entry tells a value of the same thing, too."""
    return any(one.entry == entry and values_agree(one.quantity.value, value.quantity.value) and _same_thing(one, value) for one in all_)


def _same_thing(one: Told, other: Told) -> bool:
    """The same subject and place. Editions of one work are not held against each other: what differs there is the translation."""
    if one is other:
        return True
    p, q = one.passage, other.passage
    if one.sentence == other.sentence or (p.edition_of and p.edition_of == q.edition_of and p.language != q.language):
        return one.sentence == other.sentence and one.figure == other.figure
    a, b = one.quantity, other.quantity
    if has_han(one.sentence) == has_han(other.sentence) and a.head and b.head and not a.head & b.head:
        return False  # cheap, and so first
    if bool(a.measures) != bool(b.measures) or (a.measures and a.measures.isdisjoint(b.measures)):
        return False
    return one.subject.term_difference(other.subject) == (frozenset(), frozenset()) and one.subject.compare_places(other.subject) == "same"


def _as_one(group: Sequence[Told]) -> Contradiction:
    shortest = min(group, key=lambda one: len(one.written))
    sides = dict.fromkeys(Side(one.entry, one.figure, one.note, one.verified) for one in sorted(group, key=lambda one: one.entry))
    return Contradiction(shortest.written, group[0].year, shortest.subject.scope, tuple(sides))

"""What the rows of a briefing state becomes the places where two of them give different values for the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.briefing.stated_figures import StatedFigure
from rag.numbers.units import values_agree
from rag.text.language import has_han

# of one kind and year; a briefing of so many different statements is compared as far as these
_MAX_COMPARED = 300


@dataclass(frozen=True)
class ContradictionSide:
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
    sides: tuple[ContradictionSide, ...]


def find_contradictions(figures: Sequence[StatedFigure]) -> tuple[Contradiction, ...]:
    """Where entries contradict each other: same kind of value, year, place and subject, and values that cannot both be true.

    Entries that tell the same two values, as where sources differ and both say so, do not contradict each other.
    """
    kinds: dict[tuple[object, ...], list[StatedFigure]] = {}
    for one in figures:
        bases = frozenset(measure for measure in one.quantity.measures if measure.startswith("base "))
        kinds.setdefault((one.quantity.value.family, one.quantity.planned, one.year, bases), []).append(one)
    found = [group for some in kinds.values() for group in _conflict_groups(some)]
    return tuple(sorted((_merge_group(group) for group in found), key=lambda c: (c.sides[0].entry, c.subject, c.year)))


def _conflict_groups(figures: Sequence[StatedFigure]) -> Iterator[list[StatedFigure]]:
    """Statements of one kind that contradict each other, directly or by a third."""
    distinct: dict[tuple[str, str], list[StatedFigure]] = {}  # one sentence told in several entries is compared once
    for one in figures:
        distinct.setdefault((one.sentence, one.figure), []).append(one)
    kept = list(distinct.values())[:_MAX_COMPARED]
    pairs = [(i, j) for (i, a), (j, b) in combinations(enumerate(kept), 2) if _are_contradictory(a, b, figures)]
    left = set(pairs)
    while left:
        group = set(min(left))
        while more := {i for pair in left if group & set(pair) for i in pair} - group:
            group |= more
        left = {pair for pair in left if not group & set(pair)}
        yield [one for i in sorted(group) for one in kept[i]]


def _are_contradictory(mine: Sequence[StatedFigure], theirs: Sequence[StatedFigure], all_figures: Sequence[StatedFigure]) -> bool:
    one, other = mine[0], theirs[0]
    if values_agree(one.quantity.value, other.quantity.value) or not _is_same_subject(one, other):
        return False
    return any(a.entry != b.entry and not (_states_value(b.entry, a, all_figures) and _states_value(a.entry, b, all_figures)) for a in mine for b in theirs)


def _states_value(entry: int, figure: StatedFigure, all_figures: Sequence[StatedFigure]) -> bool:
    """Whether an entry tells a value of the same thing, too."""
    return any(one.entry == entry and values_agree(one.quantity.value, figure.quantity.value) and _is_same_subject(one, figure) for one in all_figures)


def _is_same_subject(one: StatedFigure, other: StatedFigure) -> bool:
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


def _merge_group(group: Sequence[StatedFigure]) -> Contradiction:
    shortest = min(group, key=lambda one: len(one.subject_text))
    sides = dict.fromkeys(ContradictionSide(one.entry, one.figure, one.note, one.verified) for one in sorted(group, key=lambda one: one.entry))
    return Contradiction(shortest.subject_text, group[0].year, shortest.subject.scope, tuple(sides))

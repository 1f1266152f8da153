"""Cross-check of a briefing: finds entries that give different values for the same quantity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.briefing.stated_figures import StatedFigure
from rag.numbers.units import values_agree
from rag.text.language import has_han

# different statements of one kind and year that are compared in pairs; those after the limit are not compared
_MAX_COMPARED = 300


@dataclass(frozen=True)
class ContradictionSide:
    """The value that one entry gives."""

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
    """The contradictions: same kind of value, year, place and subject, and values that cannot both be true.

    Entries that both give the same two values do not contradict each other: the sources differ, and both entries say
    so. The result is sorted by the first entry, the subject and the year.
    """
    kinds: dict[tuple[object, ...], list[StatedFigure]] = {}
    for figure in figures:
        bases = frozenset(measure for measure in figure.quantity.measures if measure.startswith("base "))
        kind = (figure.quantity.value.family, figure.quantity.planned, figure.year, bases)
        kinds.setdefault(kind, []).append(figure)
    groups = [group for same_kind in kinds.values() for group in _conflict_groups(same_kind)]
    return tuple(sorted((_merge_group(group) for group in groups), key=lambda c: (c.sides[0].entry, c.subject, c.year)))


def _conflict_groups(figures: Sequence[StatedFigure]) -> Iterator[list[StatedFigure]]:
    """Groups of statements of one kind that contradict each other, directly or through a third statement."""
    distinct: dict[tuple[str, str], list[StatedFigure]] = {}  # a sentence that several entries repeat is compared once
    for figure in figures:
        distinct.setdefault((figure.sentence, figure.figure), []).append(figure)
    statements = list(distinct.values())[:_MAX_COMPARED]
    numbered_pairs = combinations(enumerate(statements), 2)
    remaining = {(i, j) for (i, left), (j, right) in numbered_pairs if _are_contradictory(left, right, figures)}
    while remaining:
        group = set(min(remaining))
        while more := {i for pair in remaining if group & set(pair) for i in pair} - group:
            group |= more
        remaining = {pair for pair in remaining if not group & set(pair)}
        yield [figure for i in sorted(group) for figure in statements[i]]


def _are_contradictory(
    left: Sequence[StatedFigure], right: Sequence[StatedFigure], all_figures: Sequence[StatedFigure],
) -> bool:
    """Whether two statements, each given by several entries, contradict each other in any pair of these entries."""
    if values_agree(left[0].quantity.value, right[0].quantity.value) or not _is_same_subject(left[0], right[0]):
        return False
    for a in left:
        for b in right:
            if a.entry == b.entry:
                continue
            if not (_states_value(b.entry, a, all_figures) and _states_value(a.entry, b, all_figures)):
                return True
    return False


def _states_value(entry: int, figure: StatedFigure, all_figures: Sequence[StatedFigure]) -> bool:
    """Whether an entry also gives the value of a figure for the same subject."""
    for other in all_figures:
        if other.entry != entry or not values_agree(other.quantity.value, figure.quantity.value):
            continue
        if _is_same_subject(other, figure):
            return True
    return False


def _is_same_subject(left: StatedFigure, right: StatedFigure) -> bool:
    """Whether both have one subject and place. Editions of one work are not compared: they differ by translation."""
    if left is right:
        return True
    p, q = left.passage, right.passage
    if left.sentence == right.sentence or (p.edition_of and p.edition_of == q.edition_of and p.language != q.language):
        return left.sentence == right.sentence and left.figure == right.figure
    a, b = left.quantity, right.quantity
    if has_han(left.sentence) == has_han(right.sentence) and a.head and b.head and not a.head & b.head:
        return False  # first, because this test is cheap
    if bool(a.measures) != bool(b.measures) or (a.measures and a.measures.isdisjoint(b.measures)):
        return False
    if left.subject.term_difference(right.subject) != (frozenset(), frozenset()):
        return False
    return left.subject.compare_places(right.subject) == "same"


def _merge_group(group: Sequence[StatedFigure]) -> Contradiction:
    shortest = min(group, key=lambda figure: len(figure.subject_text))
    by_entry = sorted(group, key=lambda figure: figure.entry)
    sides = dict.fromkeys(
        ContradictionSide(figure.entry, figure.figure, figure.note, figure.verified) for figure in by_entry)
    return Contradiction(shortest.subject_text, group[0].year, shortest.subject.scope, tuple(sides))

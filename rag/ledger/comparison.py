"""Comparison of two ledger entries: whether their figures can contradict each other, and whether they do."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rag.ledger.entry import LedgerEntry
from rag.ledger.periods import RELATIVE_PERIOD
from rag.ledger.qualifiers import are_qualifiers_contrary
from rag.numbers.units import MONEY_FAMILIES, values_agree
from rag.text.language import has_han

# kinds whose figures contradict others; one kind of a group is compared with the others: 最多可借10册, 每人可借10册
_KIND_GROUPS = {
    "actual": "level", "limit": "level", "rate": "level", "increase": "level", "share": "share", "growth": "growth",
    "target": "target", "date": "date", "time": "time"}
_ONE_EVENT = {"started": "founded"}  # `started the orchestra in 1974`
_MAX_RATIO = 4  # people mistake or update a value, they do not multiply it: more apart, the subjects differ unseen
_CROSS_UNIT_TOLERANCE = Fraction(4, 100)  # 30 days and a month, 24 months and two years
_BARE_TOLERANCE = Fraction(1, 1000)  # of two numbers of which one has no unit
_DURATIONS = {"h": Fraction(1), "month": Fraction(730485, 1000), "year": Fraction(87658, 10)}  # in hours
_COUNTERS = (frozenset("人名位口员"), frozenset("个家所座间处项款种套栋幢片块件"), frozenset("辆台部架艘只"), frozenset("册本卷部种"))
Group = tuple[str, str]


def comparison_groups(entry: LedgerEntry) -> Iterator[Group]:
    """Families and kind of an entry: only entries with a common group are compared; none for a rank or a range.

    Money, and a number without a unit, which may be an amount of it, have the family `money` too: 4300元, `房租4500`.
    """
    kind = _KIND_GROUPS.get(entry.kind, "")
    if kind == "level" and entry.value.family == "share":
        kind = "share"
    if not kind:
        return
    yield comparable_family(entry), kind
    if is_bare(entry) or entry.value.family in MONEY_FAMILIES:
        yield "money", kind


def is_bare(entry: LedgerEntry) -> bool:
    """Whether an entry is a number without a unit or a counter."""
    return entry.value.family == "count" and not entry.unit


def comparable_family(entry: LedgerEntry) -> str:
    """The family within which values are compared: hours, months and years are durations."""
    return "duration" if entry.value.family in _DURATIONS else entry.value.family


def are_comparable(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two entries of one group can be about one time and one kind of thing, whatever their words."""
    if a.year and b.year and a.year != b.year and a.year_source == b.year_source:
        return False
    if are_periods_contrary(a, b) or are_qualifiers_contrary(a.terms.qualifiers, b.terms.qualifiers):
        return False
    if a.kind in ("date", "time"):
        events_a, events_b = entry_events(a), entry_events(b)
        return not events_a or not events_b or bool(events_a & events_b)
    sizes = sorted((entry_size(a), entry_size(b)))
    if sizes[0] * _MAX_RATIO < sizes[1] or (_bases(a) and _bases(b) and not _bases(a) & _bases(b)):
        return False
    if comparable_family(a) != comparable_family(b):
        return is_bare(a) != is_bare(b)
    return a.value.family != "count" or _are_counters_alike(a.unit, b.unit)


def are_periods_contrary(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two entries state different parts of a year; that of `this month` is unknown."""
    known = a.period and b.period and RELATIVE_PERIOD not in (a.period, b.period) and a.kind != "date"
    return bool(known and a.period != b.period)


def entry_events(entry: LedgerEntry) -> frozenset[str]:
    """What a date or a time is that of; words of one meaning have one name."""
    return frozenset(_ONE_EVENT.get(measure, measure) for measure in entry.terms.measures)


def entry_size(entry: LedgerEntry) -> float:
    """The number without its sign; of a duration in hours."""
    return abs(float(entry.number) * float(_DURATIONS.get(entry.value.family, 1)))


def _bases(entry: LedgerEntry) -> frozenset[str]:
    """The totals of which an entry is a share."""
    return frozenset(measure for measure in entry.terms.measures if measure.startswith("base "))


def do_values_agree(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two entries may state the same value: rounded, hedged, or a date with less detail."""
    if a.value.family == b.value.family == "date":
        return _do_dates_agree(int(a.number), int(b.number))
    if comparable_family(a) != comparable_family(b):
        return abs(a.number - b.number) <= _BARE_TOLERANCE * max(a.number, b.number)
    if a.value.family != b.value.family:
        left, right = (entry.number * _DURATIONS[entry.value.family] for entry in (a, b))
        return abs(left - right) <= _CROSS_UNIT_TOLERANCE * max(left, right)
    if "limit" in (a.kind, b.kind):
        return a.number == b.number  # `up to 8` and `up to 10` are two rules
    return values_agree(a.value, b.value)


def _do_dates_agree(left: int, right: int) -> bool:
    parts = ((left // 10_000, right // 10_000), (left // 100 % 100, right // 100 % 100), (left % 100, right % 100))
    return all(not a or not b or a == b for a, b in parts)


def _are_counters_alike(left: str, right: str) -> bool:
    """Whether two counters may count one thing: 名 and 人, not 级 and 人; 个 and no counter fit all but persons."""
    if left == right or not left or not right or not (has_han(left) and has_han(right)):
        return True
    return next((group for group in _COUNTERS if left in group), left) == next(
        (group for group in _COUNTERS if right in group), right)

"""Comparison of two ledger entries: whether their figures can contradict each other, and whether they do."""

from __future__ import annotations

from fractions import Fraction

from rag.ledger.entry import LedgerEntry
from rag.ledger.periods import RELATIVE_PERIOD
from rag.ledger.qualifiers import are_qualifiers_contrary
from rag.numbers.units import Value, values_agree
from rag.text.language import has_han

# kinds whose figures contradict others; one kind of a group is compared with the others: 最多可借10册, 每人可借10册
_KIND_GROUPS = {
    "actual": "level", "limit": "level", "rate": "level", "share": "share", "growth": "growth", "target": "target",
    "increase": "increase", "date": "date", "time": "time"}
_MAX_RATIO = 15  # nobody states one subject with fifteen times its value: the subjects differ in a way that is not seen
_CROSS_UNIT_TOLERANCE = Fraction(4, 100)  # 30 days and a month, 24 months and two years
_DURATIONS = {"h": Fraction(1), "month": Fraction(730485, 1000), "year": Fraction(87658, 10)}  # in hours
_COUNTERS = (frozenset("人名位口员"), frozenset("个家所座间处项款种套栋幢片块件"), frozenset("辆台部架艘只"), frozenset("册本卷部种"))
Group = tuple[str, ...]


def comparison_group(entry: LedgerEntry) -> Group:
    """Family, kind, part of the year and event: entries of different groups are never compared; empty for none."""
    kind = _KIND_GROUPS.get(entry.kind, "")
    kind = "share" if kind == "level" and entry.value.family == "share" else kind
    measures = frozenset(entry.terms.measures)
    event = ",".join(sorted(measures)) if kind in ("date", "time") else ""
    if not kind or (kind == "time" and not event) or entry.period == RELATIVE_PERIOD:
        return ()
    return comparable_family(entry.value), kind, "" if kind == "date" else entry.period, event


def comparable_family(value: Value) -> str:
    """The family within which values are compared: hours, months and years are durations."""
    return "duration" if value.family in _DURATIONS else value.family


def are_comparable(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two entries of one group can be about one time and one kind of thing, whatever their words."""
    if a.year and b.year and a.year != b.year:
        return False
    if are_qualifiers_contrary(a.terms.qualifiers, b.terms.qualifiers):
        return False
    if a.kind in ("date", "time"):
        return True
    sizes = sorted((_size(a), _size(b)))
    if sizes[0] * _MAX_RATIO < sizes[1]:
        return False
    if _bases(a) and _bases(b) and not _bases(a) & _bases(b):
        return False
    return a.value.family != "count" or _are_counters_alike(a.unit, b.unit)


def _size(entry: LedgerEntry) -> float:
    """The number without its sign; of a duration in hours."""
    return abs(float(entry.number) * float(_DURATIONS.get(entry.value.family, 1)))


def _bases(entry: LedgerEntry) -> frozenset[str]:
    """The totals of which an entry is a share."""
    return frozenset(measure for measure in entry.terms.measures if measure.startswith("base "))


def do_values_agree(a: LedgerEntry, b: LedgerEntry) -> bool:
    """Whether two entries may state the same value: rounded, hedged, or a date with less detail."""
    if a.value.family == "date":
        return _do_dates_agree(int(a.number), int(b.number))
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

"""Comparison of two ledger entries: whether they state different values for one subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from rag.ledger.entry import LedgerEntry
from rag.ledger.periods import RELATIVE_PERIOD
from rag.ledger.terms import AGENT_NOUNS, MEASURE_NOUNS
from rag.numbers.subjects import mentions_term
from rag.numbers.units import PERMANENT_MEASURES, Value, values_agree
from rag.text.language import has_han

# kinds whose figures contradict others; one kind of a group is compared with the others: 最多可借10册, 每人可借10册
_KIND_GROUPS = {
    "actual": "level", "limit": "level", "rate": "level", "share": "share", "growth": "growth", "target": "target",
    "date": "date", "time": "time"}
_VERB_WEIGHT = 0.4  # of a shared verb, where a noun has 1
# the least weight of shared terms: two nouns, or one noun with a shared measure, qualifier or name
_MIN_SHARED = 1.9
# how much of the nouns may be in one statement only, relative to those in both
_MAX_EXTRA = 0.5
# nouns, measures and qualifiers that two statements must share if nothing else says that they speak of one thing
_MIN_WITHOUT_OWNER = 2
_MAX_RATIO = 15  # nobody states one subject with fifteen times its value: the subjects differ in a way that is not seen
_CROSS_UNIT_TOLERANCE = Fraction(4, 100)  # 30 days and a month, 24 months and two years
_DURATIONS = {"h": Fraction(1), "month": Fraction(730485, 1000), "year": Fraction(87658, 10)}  # in hours


@dataclass(frozen=True)
class ComparedEntry:
    """A ledger entry with its terms as sets, for many comparisons."""

    entry: LedgerEntry

    @cached_property
    def nouns(self) -> frozenset[str]:
        """The nouns of its subject."""
        return frozenset(self.entry.terms.nouns)

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The verbs of its clause."""
        return frozenset(self.entry.terms.verbs)

    @cached_property
    def measures(self) -> frozenset[str]:
        """What it measures."""
        return frozenset(self.entry.terms.measures)

    @cached_property
    def bases(self) -> frozenset[str]:
        """The totals of which it is a share."""
        return frozenset(measure for measure in self.measures if measure.startswith("base "))

    @cached_property
    def qualifiers(self) -> frozenset[str]:
        """What restricts its subject."""
        return frozenset(self.entry.terms.qualifiers)

    @cached_property
    def modifiers(self) -> frozenset[str]:
        """Other words of its clause that tell one thing from another."""
        return frozenset(self.entry.terms.modifiers)

    @cached_property
    def topic(self) -> frozenset[str]:
        """The nouns of title, heading and lead."""
        return frozenset(self.entry.terms.topic)

    @cached_property
    def near_terms(self) -> frozenset[str]:
        """All terms of its clause, heading, lead and title, and its names."""
        terms = self.entry.terms
        return self.nouns.union(self.verbs, self.modifiers, terms.background, terms.names)

    @cached_property
    def near_han(self) -> frozenset[str]:
        """Those of its near terms that are Chinese."""
        return frozenset(filter(has_han, self.near_terms))

    @cached_property
    def near_latin(self) -> frozenset[str]:
        """Those of its near terms that are English words, without groups of synonyms."""
        return frozenset(term for term in self.near_terms - self.near_han if term[0] != "=")

    @cached_property
    def size(self) -> float:
        """The number without its sign; of a duration in hours."""
        return abs(float(self.entry.number * _DURATIONS.get(self.entry.value.family, 1)))

    @cached_property
    def near_text(self) -> str:
        """The same terms as one text, in which a Chinese term may be part of a longer one."""
        return " ".join(sorted(self.near_terms))

    @cached_property
    def group(self) -> tuple[str, ...]:
        """Family, kind, part of the year and event: entries of different groups are never compared."""
        entry = self.entry
        kind = _KIND_GROUPS.get(entry.kind, "")
        event = ",".join(sorted(self.measures)) if kind in ("date", "time") else ""
        is_timeless = kind == "date" or bool(self.measures & PERMANENT_MEASURES)
        if not kind or (kind == "time" and not event) or entry.period == RELATIVE_PERIOD:
            return ()
        return comparable_family(entry.value), kind, "" if is_timeless else entry.period, event


def comparable_family(value: Value) -> str:
    """The family within which values are compared: hours, months and years are durations."""
    return "duration" if value.family in _DURATIONS else value.family


NounWeight = Callable[[str], float]


def can_conflict(a: ComparedEntry, b: ComparedEntry, weigh: NounWeight) -> bool:
    """Whether two entries of one group are on one subject and time and differ in value, by their stored terms alone."""
    if a.entry.source_id == b.entry.source_id and not _is_same_wording(a, b):
        return False
    return are_comparable(a, b, weigh) and not do_values_agree(a.entry, b.entry)


def are_comparable(a: ComparedEntry, b: ComparedEntry, weigh: NounWeight) -> bool:
    """Whether two entries of one group are on one subject and time, whatever their values.

    `weigh`: how much a shared noun says; more if few documents have it.
    """
    left, right = a.entry, b.entry
    if not _is_same_year(a, b) or not _are_qualifiers_alike(a, b):
        return False
    if left.kind not in ("date", "time"):
        if min(a.size, b.size) * _MAX_RATIO < max(a.size, b.size):
            return False
        if a.bases != b.bases or (a.measures and b.measures and a.measures.isdisjoint(b.measures)):
            return False
    if left.value.family == "count" and not _are_counters_alike(left.unit, right.unit):
        return False
    return _have_same_subject(a, b, weigh)


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


_COUNTERS = (frozenset("人名位口员"), frozenset("个家所座间处项款种套栋幢片块件"), frozenset("辆台部架艘只"), frozenset("册本卷部种"))


def _is_same_year(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether both may be about one year. One that only one of them states, in its sentence, is another time."""
    left, right = a.entry, b.entry
    if left.year and right.year and left.year != right.year:
        return False
    if left.value.family == "date" or a.measures & b.measures & PERMANENT_MEASURES:
        return True
    return bool(left.year) == bool(right.year) or "sentence" not in (left.year_source, right.year_source)


def _is_same_wording(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether two entries of one document are worded alike: there, another word mostly means another thing."""
    left, right = a.entry, b.entry
    if (left.part_start, left.part_end) == (right.part_start, right.part_end):
        return False
    if frozenset(left.terms.background) != frozenset(right.terms.background):
        return False
    if left.terms.names != right.terms.names:
        return False
    same = a.nouns == b.nouns and a.verbs == b.verbs and a.measures == b.measures
    return same and len(a.nouns) + len(a.measures) > 1


def _have_same_subject(a: ComparedEntry, b: ComparedEntry, weigh: NounWeight) -> bool:
    """Whether the terms of both are the same but for verbs, and a few words that the other has around it."""
    is_count = a.entry.value.family == "count"  # there seats, or readers, may be what is counted
    implied, agents = (frozenset(), frozenset()) if is_count else (MEASURE_NOUNS, AGENT_NOUNS)
    if not _counts_mentioned(a, b) or not _counts_mentioned(b, a):
        return False
    extra_a = {noun for noun in a.nouns - b.nouns if not _mentions(b, noun)} - implied
    extra_b = {noun for noun in b.nouns - a.nouns if not _mentions(a, noun)} - implied
    only_a = (extra_a - agents) | {word for word in a.modifiers - b.modifiers if not _mentions(b, word)}
    only_b = (extra_b - agents) | {word for word in b.modifiers - a.modifiers if not _mentions(a, word)}
    if a.entry.terms.names_in_sentence and b.entry.terms.names_in_sentence and bool(a.near_han) == bool(b.near_han):
        only_a |= frozenset(a.entry.terms.names) - frozenset(b.entry.terms.names)
        only_b |= frozenset(b.entry.terms.names) - frozenset(a.entry.terms.names)
    if only_a and only_b:
        return False
    shared = ((a.nouns | b.nouns) - extra_a - extra_b) - (implied - (a.nouns & b.nouns))
    extra = (extra_a | extra_b) - agents
    has_event = a.entry.kind in ("date", "time") and a.measures == b.measures
    weight = sum(map(weigh, shared)) + _VERB_WEIGHT * len(a.verbs & b.verbs)
    marks = bool(a.measures & b.measures) + bool(a.qualifiers & b.qualifiers)
    names = frozenset(a.entry.terms.names) & frozenset(b.entry.terms.names)
    weight += marks + bool(names)
    if len(extra) > _MAX_EXTRA * (weight + has_event):
        return False
    if not a.nouns | b.nouns and a.entry.terms.names != b.entry.terms.names:
        return False
    has_topic = bool(a.topic & b.topic) or bool(shared & (a.topic | b.topic))
    if not (names or has_topic) and len(shared) + marks < _MIN_WITHOUT_OWNER:
        return False
    return weight >= _MIN_SHARED


def _counts_mentioned(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether what the first counts stands in the clause of the second, not only in its title; True if unknown."""
    counted = frozenset(a.entry.terms.counted)
    if not counted or a.near_han or b.near_han:
        return True
    clause = b.nouns | b.verbs | (frozenset(b.entry.terms.background) - b.topic)
    others = frozenset(b.entry.terms.counted)
    if counted <= _PERSONS or (others and others <= _PERSONS):
        return True
    return bool(counted & (others or clause))


_PERSONS = frozenset(("peopl", "person"))  # 350 people are also seats, staff, visitors


def _mentions(entry: ComparedEntry, term: str) -> bool:
    """Whether an entry has a term around it, literally, in a longer Chinese word, or in the other language."""
    if term in entry.near_terms:
        return True
    if term.startswith("="):
        return False
    is_han = has_han(term)
    if is_han and term in entry.near_text:
        return True
    others = entry.near_latin if is_han else entry.near_han
    return bool(others) and mentions_term("", others, term)


def _are_qualifiers_alike(a: ComparedEntry, b: ComparedEntry) -> bool:
    """Whether both are restricted in the same way; a limit needs no word for the greatest or the least."""
    differing = a.qualifiers ^ b.qualifiers
    if {"limit", "rate"} & {a.entry.kind, b.entry.kind}:
        differing = differing - {"maximum", "minimum"}
    if a.entry.value.family != "count":
        differing = differing - {"new"}
    if a.entry.kind == "time":
        differing = differing - {"daily"}
    return not differing or differing == {"annual"}  # 每人8000元 is 每人每年8000元, unless it is per month

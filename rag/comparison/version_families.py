"""Version families: the versions of one document in their order, and which of them is in force on a day.

A family of the kind `series` has the same report on several periods: none of them supersedes another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cmp_to_key
from typing import Literal

from rag.comparison.version_records import RelatedSource, names_document
from rag.references.stated_version import StatedVersion, comparable_number, version_name
from rag.references.version_periods import period_order
from rag.schema import Language, PassageVersion, VersionStatus

FamilyKind = Literal["versions", "series"]
_INACTIVE: frozenset[VersionStatus] = frozenset(("repealed", "expired", "draft", "not yet in force"))


@dataclass(frozen=True)
class FamilyMember:
    """One version of a document. `source_ids`: the source, and others with nearly the same text."""

    source_ids: tuple[str, ...]
    title: str
    file_name: str
    stated: StatedVersion
    status: VersionStatus = "unclear"

    @property
    def id(self) -> str:
        """The id of its first source."""
        return self.source_ids[0]


@dataclass(frozen=True)
class VersionFamily:
    """The versions of a document, the newest first; one alone, if it is not in force."""

    kind: FamilyKind
    members: tuple[FamilyMember, ...]

    @property
    def id(self) -> str:
        """What the family is called: the first of its source ids."""
        return min(id for member in self.members for id in member.source_ids)

    @property
    def current(self) -> FamilyMember:
        """The version that answers a question which names none: the one in force, else the newest that was in force."""
        for accepted in (("in force", "unclear"), ("superseded", "repealed", "expired"), ("not yet in force",)):
            for member in self.members:
                if member.status in accepted:
                    return member
        return self.members[0]

    def member_of(self, source_id: str) -> FamilyMember:
        """The version that a source has.

        Raises:
            KeyError: the source is not of this family.
        """
        for member in self.members:
            if source_id in member.source_ids:
                return member
        raise KeyError(source_id)

    def name(self, member: FamilyMember, language: Language) -> str:
        """What a version is called beside the others: 2022年版; by the day if two are of one year, else by its file.

        Empty for one alone that has no name.
        """
        for with_day in (False, True):
            names = [version_name(other.stated, language, with_day=with_day) for other in self.members]
            own = names[self.members.index(member)]
            if own and names.count(own) == 1:
                return own
        if len(self.members) == 1:
            return ""
        return re.sub(r"[\[\]*`<>]+|(?<!\w)_|_(?!\w)", " ", member.file_name).strip()  # no markers, no Markdown

    def as_version(
        self, member: FamilyMember, *, is_used: bool = True, is_alone: bool = False,
    ) -> PassageVersion:
        """A version as its passages carry it."""
        return PassageVersion(
            self.id, (self.name(member, "zh"), self.name(member, "en")), member.status, is_used=is_used,
            is_alone=is_alone, is_period=self.kind == "series", effective_from=member.stated.effective_from)

    def on_day(self, day: str) -> FamilyMember | None:
        """The version in force on a day (ISO 8601; of a year or month the last day); None if none is known to be."""
        last = day + "-12-31"[3 * day.count("-") :]
        for member in self.members:
            stated = member.stated
            begins = stated.order_date
            if begins and begins <= last and stated.status != "draft":
                return member if not stated.effective_until or stated.effective_until >= day else None
        return None


def build_families(relatives: Mapping[str, RelatedSource], today: date) -> dict[str, VersionFamily]:
    """The families of sources, by the id of each source that has one.

    A source without other versions has one only if it says that it is repealed, expired, a draft or not yet in force.
    """
    found: dict[str, VersionFamily] = {}
    for kind, relation in (("versions", "version"), ("series", "period")):
        for group in _groups(relatives, ("copy", relation)):
            members = _join_copies([relatives[id] for id in group], relatives)
            family = _make_family("versions" if kind == "versions" else "series", members, today)
            if family is None:
                continue
            for id in group:
                if id not in found or len(found[id].members) < len(family.members):
                    found[id] = family
    return found


def near_copies(relatives: Mapping[str, RelatedSource], source_id: str) -> tuple[str, ...]:
    """The ids of the sources whose text is nearly that of a source."""
    return tuple(id for id, relation in relatives[source_id].relations if relation == "copy" and id in relatives)


def _groups(relatives: Mapping[str, RelatedSource], relations: Sequence[str]) -> Iterator[list[str]]:
    """The connected groups of sources by some relations."""
    seen: set[str] = set()
    for start in sorted(relatives):
        if start in seen:
            continue
        group, waiting = [], [start]
        seen.add(start)
        while waiting:
            id = waiting.pop()
            group.append(id)
            for other, relation in relatives[id].relations:
                if relation in relations and other in relatives and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        yield sorted(group)


def _join_copies(sources: Sequence[RelatedSource], relatives: Mapping[str, RelatedSource]) -> list[FamilyMember]:
    """One member for each version; copies of one text are one."""
    by_id = {source.source_id: source for source in sources}
    members = []
    for group in _groups(by_id, ("copy",)):
        # the copy that says most of its version speaks for all
        best = max((by_id[id] for id in group), key=lambda source: (source.stated.is_explicit, source.source_id))
        ids = (best.source_id, *(id for id in group if id != best.source_id))
        members.append(FamilyMember(ids, best.title, best.name, best.stated))
    return members


def _make_family(kind: FamilyKind, members: Sequence[FamilyMember], today: date) -> VersionFamily | None:
    if kind == "series":
        if len(members) < 2 or not all(member.stated.period for member in members):
            return None
        ordered = sorted(members, key=lambda member: (period_order(member.stated.period), member.id), reverse=True)
        now = today.isoformat()[: len("2026-10")]
        return VersionFamily(kind, tuple(
            replace(m, status="in force" if _begin_of_period(m.stated.period) <= now else "not yet in force")
            for m in ordered))
    ordered = sorted(members, key=lambda member: member.id)
    ordered.sort(key=cmp_to_key(lambda a, b: -_compare_age(a.stated, b.stated)))
    rated = _rate_members(ordered, today.isoformat())
    if len(rated) < 2 and rated[0].status not in _INACTIVE:
        return None
    return VersionFamily(kind, tuple(rated))


def _begin_of_period(period: str) -> str:
    """The year of a period, or its month: 2026, 2026-10."""
    year, _, part = period.partition("-")
    return period if part.isdigit() else year


def _rate_members(ordered: Sequence[FamilyMember], today: str) -> list[FamilyMember]:
    """The members with their status on a day, in the same order."""
    statuses: list[VersionStatus | None] = [_own_status(member.stated, today) for member in ordered]
    active = [i for i, status in enumerate(statuses) if status is None]
    if active:
        newest = active[0]
        for i in active:
            is_tied = i != newest and not _compare_age(ordered[newest].stated, ordered[i].stated)
            statuses[i] = "in force" if i == newest else "unclear" if is_tied else "superseded"
            if is_tied:
                statuses[newest] = "unclear"
            elif i != newest and _is_replaced(ordered, i, statuses):
                statuses[i] = "repealed"
    return [replace(member, status=status or "unclear") for member, status in zip(ordered, statuses, strict=True)]


def _own_status(stated: StatedVersion, today: str) -> VersionStatus | None:
    """The status that a version has by its own words; None if it may be in force."""
    if stated.status == "draft":
        return "draft"
    if stated.status == "repealed":
        return "repealed"
    if stated.effective_from and stated.effective_from > today[: len(stated.effective_from)]:
        return "not yet in force"
    if stated.effective_until and stated.effective_until < today[: len(stated.effective_until)]:
        return "expired"
    return None


def _is_replaced(ordered: Sequence[FamilyMember], index: int, statuses: Sequence[VersionStatus | None]) -> bool:
    """Whether a newer version that is not future says that this one is repealed."""
    for newer, status in zip(ordered[:index], statuses[:index], strict=True):
        is_effective = status not in ("not yet in force", "draft")
        if is_effective and _replaces(newer.stated, ordered[index].stated) and re.search(
                "废止|repeal|cancel|withdraw|rescind|revoke", " ".join(newer.stated.replaces), re.I):
            return True
    return False


def _replaces(newer: StatedVersion, older: StatedVersion) -> bool:
    """Whether a version says that it replaces another: by its title, year or number, or as “earlier”."""
    text = " ".join(newer.replaces).lower()
    if not text:
        return False
    if older.name_year and older.name_year in text:
        return True
    number = comparable_number(older.number)
    if number and re.search(rf"(?<![\w.]){re.escape(number)}(?:\.0)*(?![\d.]|\w)", text):
        return True
    own = {newer.name_year, newer.effective_from[:4], newer.issued[:4]}
    years = {*re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)} - own
    is_general = re.search(r"原|旧|此前|以前|earlier|previous|former|prior|older", text)
    return not years and bool(is_general or names_document(newer.replaces, older))


def _compare_age(left: StatedVersion, right: StatedVersion) -> int:
    """1 if the left version is newer, -1 if it is older, 0 if the documents do not say."""
    for a, b in ((left.effective_from, right.effective_from), (left.order_date, right.order_date),
                 (left.issued, right.issued)):
        precision = min(len(a), len(b))
        if precision and a[:precision] != b[:precision]:
            return 1 if a[:precision] > b[:precision] else -1
    a_number, b_number = _number_order(left.number), _number_order(right.number)
    if a_number and b_number and a_number != b_number:
        return 1 if a_number > b_number else -1
    replaces, is_replaced = _replaces(left, right), _replaces(right, left)
    if replaces != is_replaced:
        return 1 if replaces else -1
    for a_mark, b_mark in (
            (left.age, right.age), (left.status != "repealed", right.status != "repealed"),
            (left.status == "in force", right.status == "in force"), (bool(left.order_date), bool(right.order_date))):
        if a_mark != b_mark:
            return 1 if a_mark > b_mark else -1
    return 0


def _number_order(number: str) -> tuple[int, ...]:
    """A number as what can be compared: 2.10 is newer than 2.9, revision b than a; letters are older than numbers."""
    parts = comparable_number(number).split(".")
    if all(part.isdigit() for part in parts):
        return tuple(int(part) for part in parts)
    lettered = re.fullmatch(r"([a-z])(?:/(\d+))?", number)
    return (ord(lettered[1]) - ord("z") - 1, int(lettered[2] or 0)) if lettered else ()

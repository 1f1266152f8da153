"""Version choice: which version of each retrieved document answers a question, and what of the others is told.

The version that the question names is used; if it names none, the one in force. Passages of other versions are left out
of the answer, so that no answer mixes versions; their counterparts are kept beside them, to be told.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

from langchain_core.documents import Document

from rag.answering.asked_member import find_named
from rag.comparison.similarity import wording_containment, wording_similarity
from rag.comparison.version_families import FamilyMember, VersionFamily
from rag.library.library import Library
from rag.questions.asked_version import AskedVersion, find_asked_version
from rag.reading.version_sentences import without_version_sentences
from rag.text.language import search_terms

_MAX_COUNTERPARTS = 8  # passages of other versions beside those that answer
_MAX_LEADING = 5  # passages whose counterparts are looked for: the best ones
_MAX_OTHERS = 3  # versions of one document that are told beside the one that is used
_MAX_FALLBACKS = 3  # passages of other versions without a counterpart
_SEARCH_DEPTH, _QUERY_LENGTH = 6, 400  # passages of another version that are compared; characters
_LEAST_SIMILARITY = 0.3
_LEAST_LEADING_SCORE, _LEAST_FALLBACK_SCORE = 0.05, 0.3  # of a passage whose counterpart is told; of a fallback
_LEAST_EXCLUDED_SCORE = 0.8  # of a passage of another version whose counterpart is found with it; the best has 1


class Retrieved(Protocol):
    """What was retrieved for a question: `rag.answering.retrieve.Retrieval`."""

    @property
    def documents(self) -> list[Document]:
        """The documents that an answer may rest on, the best first."""
        ...

    @property
    def others(self) -> tuple[Document, ...]:
        """Documents of other versions."""
        ...

    @property
    def versions(self) -> VersionChoice:
        """Which versions are used."""
        ...


@dataclass(frozen=True)
class VersionChoice:
    """For each family among the retrieved documents the version that is used, by family id."""

    families: Mapping[str, VersionFamily] = field(default_factory=dict)  # by source id
    used: Mapping[str, FamilyMember] = field(default_factory=dict)
    named: frozenset[str] = frozenset()  # families of which the question names the version
    named_by_day: frozenset[str] = frozenset()  # those of which it does so by a date
    compared: frozenset[str] = frozenset()  # ids of the versions that are named in a comparison
    kin: Mapping[str, str] = field(default_factory=dict)  # by source id

    def is_used(self, source_id: str) -> bool:
        """Whether an answer may rest on a source."""
        family = self.families.get(source_id)
        return family is None or family.id not in self.used or source_id in self.used[family.id].source_ids

    def describe(self, document: Document, *, is_used: bool = True, is_alone: bool = False) -> Document:
        """A document with its version, and with what it has in common with versions and near-copies of it.

        `is_alone`: nothing in the version that is used corresponds to it.
        """
        source_id = document.metadata["source_id"]
        changes: dict[str, object] = {"kin": self.kin.get(source_id, "")}
        if family := self.families.get(source_id):
            member = family.member_of(source_id)
            changes["version"] = family.as_version(member, is_used=is_used, is_alone=is_alone)
        return document.model_copy(update={"metadata": {**document.metadata, **changes}})


def choose_versions(
    library: Library, asked: AskedVersion, documents: Sequence[Document], source_ids: Iterable[str] | None,
) -> VersionChoice:
    """The choice for a question and what was retrieved for it; `source_ids`: the scope, None for the whole library."""
    present = list(dict.fromkeys(document.metadata["source_id"] for document in documents))
    families, scope = library.version_families(present), None if source_ids is None else frozenset(source_ids)
    kin = {id: min((id, *others)) for id, others in library.near_copies(present).items()}
    kin |= {id: family.id for id, family in families.items() if len(family.members) > 1 and family.kind == "versions"}
    used: dict[str, FamilyMember] = {}
    named, by_day, compared = set(), set(), set[str]()
    for family in {family.id: family for family in families.values()}.values():
        members = [m for m in family.members if scope is None or scope & {*m.source_ids}]
        found, how = find_named(asked, family, members, documents)
        if family.kind == "series" and asked.is_comparison and (asked.years or asked.days) and len(found) < 2:
            continue  # not about periods that there are: all are searched
        if not found and asked.days and family.kind == "series":
            continue  # about a year that no report of the series is about: all are searched
        used[family.id] = _choose_member(asked, family, members, found)
        compared |= {member.id for member in found} if asked.is_comparison else set()
        is_change = asked.is_comparison and family.kind == "versions"
        named |= {family.id} if how or is_change else set()
        by_day |= {family.id} if how == "day" else set()
    return VersionChoice(families, used, frozenset(named), frozenset(by_day), frozenset(compared), kin)


def _choose_member(
    asked: AskedVersion, family: VersionFamily, members: Sequence[FamilyMember], named: Sequence[FamilyMember],
) -> FamilyMember:
    """The version that answers: the one that is named; of several that are compared the one in force, or the newest."""
    if asked.is_comparison and named and not asked.is_named and family.current in members:
        return family.current  # since a year: what was then is told beside it
    if asked.is_comparison and len(named) > 1:
        return family.current if family.current in named else min(named, key=family.members.index)
    if named:
        return named[0]
    return family.current if family.current in members else members[0]


def question_within_version(asked: AskedVersion, retrieval: Retrieved) -> str:
    """The question without the name of a version, if the best passages are of a document that has this version.

    A date in the question stays where the version itself speaks of that year. Empty if the question stays as it is.
    """
    choice, found = retrieval.versions, [*retrieval.documents[:_MAX_LEADING], *retrieval.others[:1]]
    families = [choice.families.get(document.metadata["source_id"]) for document in found]
    named = [family for family in families if family and family.id in choice.named and family.kind == "versions"]
    if not named:
        return ""
    is_of_day = any(member.stated.issued in asked.days for member in named[0].members)
    codes = [member.stated.code for member in named[0].members]
    stripped = functools.reduce(_without_code, codes, asked.question)
    if stripped != asked.question:  # its year is no day
        asked = find_asked_version(stripped)
    rest = asked.rest if asked.is_comparison or is_of_day else asked.rest_with_days
    if not asked.is_comparison and all(family.id in choice.named_by_day for family in named):
        if named[0] is not families[0]:
            return ""  # a date is about the best document, or about no version
        own = [
            without_version_sentences(d.page_content) for d in retrieval.documents
            if choice.families.get(d.metadata["source_id"]) is named[0]]
        rest = rest if any(day[:4] in text for day in asked.days for text in own) else asked.rest
    return rest if search_terms(rest) else ""


def _without_code(question: str, code: str) -> str:
    """A question without the number of a document: 编号YC-2023-117的合同约定租金是多少？ → 租金是多少？"""
    if not code:
        return question
    brackets = {"〔": r"[〔\[(（]", "〕": r"[〕\])）]"}
    pattern = r"\s?".join(brackets.get(character, re.escape(character)) for character in code)
    return re.sub(
        rf"(?:(?:按照?|根据|依据|在)?(?:编号|文号)?为?|\b(?:under|in|of) )?{pattern}(?:号?文件?)?的?"
        r"(?:合同|协议|文件|公告|通知)?(?:[中里]|规定|约定)?的?",
        "", question, flags=re.I).strip()


def find_counterparts(
    library: Library, choice: VersionChoice, documents: Sequence[Document], excluded: Sequence[Document], *,
    is_comparison: bool = False,
) -> list[Document]:
    """The passages of other versions that are told beside the documents of an answer, described; best first.

    Those of other periods (a series) are told only for a comparison.

    `excluded`: what was retrieved of other versions. First the counterparts of the best documents; then those of the
    excluded ones to which nothing in the used version corresponds.
    """
    found: dict[str, Document] = {}
    for document in [d for d in documents[:_MAX_LEADING] if d.metadata["score"] >= _LEAST_LEADING_SCORE]:
        family = choice.families.get(document.metadata["source_id"])
        if family is None or family.id not in choice.used or (family.kind == "series" and not is_comparison):
            continue
        for member in told_members(family, choice.used[family.id], choice.compared):
            if counterpart := _counterpart(library, document, member, excluded):
                found.setdefault(str(counterpart.id), counterpart)
    others = [
        document for document in excluded
        if str(document.id) not in found and document.metadata["score"] >= _LEAST_FALLBACK_SCORE]
    unmatched = [document for document in others if not _has_counterpart(document, documents)]
    chosen = [(document, False) for document in [*found.values()][:_MAX_COUNTERPARTS]]
    chosen += [(document, True) for document in unmatched[:_MAX_FALLBACKS]]
    return [choice.describe(document, is_used=False, is_alone=is_alone) for document, is_alone in chosen]


def add_counterparts(
    library: Library, choice: VersionChoice, documents: Sequence[Document], excluded: Sequence[Document],
) -> list[Document]:
    """The documents, best first, with those that correspond to the best excluded ones at the scores of these.

    Of two passages that say nearly the same, one may be found far ahead of the other, which is in the version that is
    used.
    """
    scored = {str(document.id): document for document in documents}
    for document in [d for d in excluded[:_MAX_LEADING] if d.metadata["score"] >= _LEAST_EXCLUDED_SCORE]:
        used = choice.used[choice.families[document.metadata["source_id"]].id]
        counterpart = _counterpart(library, document, used, documents)
        if counterpart and counterpart.metadata["score"] < document.metadata["score"]:
            counterpart = _with_score(counterpart, document)
        if counterpart:
            scored[str(counterpart.id)] = counterpart
    return sorted(scored.values(), key=lambda document: -document.metadata["score"])


def told_members(family: VersionFamily, used: FamilyMember, compared: Set[str]) -> list[FamilyMember]:
    """The versions that are told beside the one that is used: those compared, the one in force, the nearest."""
    index = family.members.index(used)
    others = sorted(
        (m for m in family.members if m is not used),
        key=lambda m: (m.id not in compared, m is not family.current, abs(family.members.index(m) - index)))
    return others[:_MAX_OTHERS]


def _counterpart(
    library: Library, document: Document, member: FamilyMember, excluded: Sequence[Document],
) -> Document | None:
    """The passage of another version that corresponds to a document; None without one."""
    own = [other for other in excluded if other.metadata["source_id"] in member.source_ids]
    if not any(_is_counterpart(document, other) for other in own):
        hits = library.search_words(
            f"{document.metadata['section']} {document.page_content[:_QUERY_LENGTH]}", _SEARCH_DEPTH,
            document.metadata["language"], source_ids={member.id})
        own += [_with_score(other, document) for other in library.passages([hit.id for hit in hits])]
    best = max(own, key=lambda other: _correspondence(document, other), default=None)
    return best if best is not None and _is_counterpart(document, best) else None


def _with_score(passage: Document, like: Document) -> Document:
    return passage.model_copy(update={"metadata": {**passage.metadata, "score": like.metadata["score"]}})


def _has_counterpart(document: Document, others: Sequence[Document]) -> bool:
    return any(_is_counterpart(document, other) for other in others)


def _is_counterpart(left: Document, right: Document) -> bool:
    return _correspondence(left, right) >= _LEAST_SIMILARITY


def _correspondence(left: Document, right: Document) -> float:
    """How far two passages of different versions say the same; 0 for passages of one source."""
    if left.metadata["source_id"] == right.metadata["source_id"]:
        return 0.0
    a, b = left.page_content, right.page_content
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    return max(wording_similarity(a, b), wording_containment(shorter, longer))

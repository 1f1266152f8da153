"""Asked member: which versions of a document a question names, by year, number, age, day or a word of their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.documents import Document

from rag.comparison.version_families import FamilyMember, VersionFamily
from rag.questions.asked_version import AskedVersion, VersionAge
from rag.references.stated_version import comparable_code, comparable_number
from rag.references.version_periods import is_in_period, is_of_part
from rag.text.language import is_function_word, segment_words

NameKind = Literal["", "name", "day"]
_LEAST_LABEL = {True: 3, False: 2}  # characters of a word, by whether it is Latin
_TITLE_LENGTH = {True: 6, False: 4}  # characters of a title that are recognised after an adjective
# they are matters as often as versions (how old, new employees), and are recognised in phrases
_NO_LABELS = frozenset(("old", "new", "the", "version", "final", "copy", "current"))
_OLD_TITLE = "(?:旧|老|原)的?|old|previous|former|earlier|prior|superseded|repealed"


def find_named(
    asked: AskedVersion, family: VersionFamily, members: Sequence[FamilyMember], documents: Sequence[Document],
) -> tuple[list[FamilyMember], NameKind]:
    """The members that a question names, the likeliest first, and whether by a `name` or a `day`.

    `members`: those that may be searched; `documents`: what was retrieved for the question.
    """
    allowed = {member.id for member in members}
    by_year = family.on_day(str(max(asked.years))) if asked.years else None
    named = [
        *_named_by_mark(asked, members), *([by_year] if by_year else []), *_named_by_label(asked, family, documents),
        *(member for age in _ages(asked, family) if (member := _member_of_age(age, family)))]
    if named := [member for member in dict.fromkeys(named) if member.id in allowed]:
        return named, "name"
    for day in asked.days:
        periods = [member for member in members if is_in_period(member.stated.period, day, asked.question)]
        known = (periods[0] if periods else None) if family.kind == "series" else family.on_day(day)
        if known and known.id in allowed:
            return [known], "day"
    return [], ""


def _named_by_mark(asked: AskedVersion, members: Sequence[FamilyMember]) -> list[FamilyMember]:
    """The members with a year or number of the question."""
    if not asked.years and not asked.days and any(member.stated.period for member in members):
        return [member for member in members if is_of_part(member.stated.period, asked.question)]
    days = {str(year) for year in asked.years} | ({*asked.days} if asked.is_comparison else set())
    found = []
    for member in members:
        stated = member.stated
        own = {stated.name_year, stated.effective_from[:4], str(stated.year)}
        is_of_number = bool(stated.number) and comparable_number(stated.number) in asked.numbers
        is_of_number |= bool(stated.code) and _names_code(asked.question, stated.code)
        is_of_number |= len(stated.issued) == len("2024-01-14") and stated.issued in asked.days
        is_of_number |= stated.issued[len("2024-"):] in asked.month_days
        is_of_year = stated.status != "draft" and bool({day[:4] for day in days} & own)
        if stated.period:
            is_of_year = any(is_in_period(stated.period, day, asked.question) for day in days)
        if is_of_number or is_of_year:
            found.append(member)
    return found


def _names_code(question: str, code: str) -> bool:
    """Whether a question has the number of a document, not as a part of a longer one."""
    return bool(re.search(rf"{re.escape(code)}(?!\d)", comparable_code(question)))


def _named_by_label(
    asked: AskedVersion, family: VersionFamily, documents: Sequence[Document],
) -> list[FamilyMember]:
    """The members of whose name the question has a word that no other has: 春季, in `班车时刻表（2026年春季）`."""
    words = {member.id: _name_words(member) for member in family.members}
    text = asked.rest_with_days  # without what phrases name: 修正前 does not ask for the version called 修正
    asked_words = {*segment_words(text)}
    found = []
    for member in family.members:
        others = set[str]().union(*(words[id] for id in words if id != member.id))
        labels = {word for word in words[member.id] - others if _is_asked(word, text, asked_words)}
        texts = [d.page_content.lower() for d in documents if d.metadata["source_id"] not in member.source_ids]
        shared = "|".join(map(re.escape, sorted(set.intersection(*words.values()) | {"版", "version"})))
        if any(not any(label in other for other in texts)  # else it may be a matter of both
               or re.search(rf"{re.escape(label)}[\s的]?(?:{shared})", text, re.I) for label in labels):
            found.append(member)
    return found


def _name_words(member: FamilyMember) -> set[str]:
    """The words of a version's title and of its file's name that can tell it from others."""
    stem = re.sub(r"\.\w{1,5}$", "", member.file_name)
    return {
        word for word in segment_words(re.sub("_", " ", f"{member.title} {stem}"))
        if len(word) >= _LEAST_LABEL[word.isascii()] and not re.search(r"\d", word)
        and word not in _NO_LABELS and not is_function_word(word)}


def _is_asked(word: str, question: str, asked_words: set[str]) -> bool:
    return word in asked_words or (not word.isascii() and word in question)


def _ages(asked: AskedVersion, family: VersionFamily) -> tuple[VersionAge, ...]:
    """The ages that the question names, also by an adjective before the title: `the old Remote Work FAQ`."""
    if asked.ages:
        return asked.ages
    question = re.sub(r"[\W_]+", "", asked.question.lower())
    for base in {member.stated.base_title for member in family.members}:
        beginning = base[: _TITLE_LENGTH[base.isascii()]]
        if len(beginning) > 1 and re.search(f"(?:{_OLD_TITLE}){re.escape(beginning)}", question):
            return ("earlier",)
    return ()


def _member_of_age(age: VersionAge, family: VersionFamily) -> FamilyMember | None:
    """The version that is older, newer or a draft beside the one in force."""
    members, current = family.members, family.current
    index = members.index(current)
    final = [member for member in members if member.status != "draft"]
    match age:
        case "trial":
            return next((member for member in members if member.stated.is_trial), None)
        case "draft":
            return next((member for member in members if member.status == "draft"), None)
        case "later":
            return next((member for member in members if member.status == "not yet in force"), None)
        case "original":
            return (final if len(final) > 1 else members)[-1]  # what was first proposed, of one that was adopted
        case "earlier":
            older = [member for member in members[index + 1 :] if member.status != "draft"]
            return older[0] if older else None
        case "new":  # one that is announced, if there is one
            return next((m for m in reversed(members[:index]) if m.status == "not yet in force"), current)
        case _:
            return current

"""Wording of versions: what a source is among the versions of its document, as a sentence for lists and reports."""

from __future__ import annotations

from collections.abc import Sequence

from rag.comparison.version_families import FamilyMember, VersionFamily
from rag.schema import Language, Source
from rag.text import messages


def describe_version(family: VersionFamily, source_id: str, language: Language) -> str:
    """The version and status of a source, and what it is to the next one of its family.

    `2024年版（现行），是《差旅费管理办法》（2022年版，已被取代）的较新版本`
    """
    member = family.member_of(source_id)
    own = messages.version_with_status(family.as_version(member), language)
    index = family.members.index(member)
    others = family.members[index + 1 :] or family.members[:index][-1:]
    if not others:
        return messages.VERSION_RELATIONS["alone"][language].format(own=own)
    is_newer = index + 1 < len(family.members)
    relation = "period" if family.kind == "series" else "newer" if is_newer else "older"
    if "unclear" in (member.status, others[0].status) and family.kind != "series":
        relation = "unclear"
    return messages.VERSION_RELATIONS[relation][language].format(own=own, other=_name(family, others[0], language))


def _name(family: VersionFamily, member: FamilyMember, language: Language) -> str:
    title = messages.document_name(member.title, language)
    return messages.name_with_version(title, family.as_version(member), language)


def describe_copies(copies: Sequence[Source], language: Language) -> str:
    """Which sources have nearly the same text as a source."""
    names = [messages.document_name(source.title, language) + f" ({source.name})" for source in copies]
    return messages.NEAR_COPY[language].format(other=("、" if language == "zh" else ", ").join(names))

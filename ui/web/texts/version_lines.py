"""Version lines: the version and status of a document as HTML in both languages, for the lists of all views."""

from __future__ import annotations

from html import escape

from rag.comparison.version_families import FamilyMember, VersionFamily
from rag.comparison.version_wording import describe_version
from rag.schema import LANGUAGES, PassageVersion
from rag.text import messages


def version_badge(family: VersionFamily, member: FamilyMember) -> str:
    """The name of a version and its status: 2022年版 · 已被取代."""
    return render_version(family.as_version(member))


def render_version(version: PassageVersion) -> str:
    """The version of a passage as its badge."""
    html = ""
    for language in LANGUAGES:
        parts = [messages.version_label(version, language)]
        parts += [] if version.is_period else [messages.status_text(version, language)]
        words = " · ".join(escape(part) for part in parts if part)
        html += f'<span class="say-{language}" lang="{language}">{words}</span>'
    kind = "period" if version.is_period else version.status.replace(" ", "-")
    return f'<span class="version {kind}">{html}</span>'


def version_sentence(family: VersionFamily, source_id: str) -> str:
    """What a document is among its versions, as a sentence in both languages."""
    return "".join(
        f'<span class="say-{language}" lang="{language}">{escape(describe_version(family, source_id, language))}</span>'
        for language in LANGUAGES)

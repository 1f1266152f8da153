"""Version dialog: the versions of a document, and the difference of two of them by clause and by figure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.comparison.document_diff import CHANGE_KINDS, ClauseChange, DocumentDiff
from rag.comparison.version_families import FamilyMember, VersionFamily
from rag.schema import LANGUAGES, Language, Source
from ui.web.texts.lookup import ui_text
from ui.web.texts.version_lines import version_badge

_MAX_SHOWN = 200  # changes, and changed figures, that the page shows
_TAGS = {"removed": ("del", "deleted text"), "added": ("ins", "inserted text")}


def render_versions(source: Source, family: VersionFamily | None, copies: Sequence[Source]) -> str:
    """A dialog with the versions of a source, the newest first, and a form that chooses two to compare."""
    members = family.members if family else ()
    items = "".join(_render_member(family, member, source) for member in members if family)
    meaning = ui_text("periods mean" if family and family.kind == "series" else "versions mean") if members else ""
    listed = f'<p class="copies">{ui_text("near copies")}{_render_copies(copies)}</p>' if copies else ""
    form = _render_form(family, source, copies) if len(members) + len(copies) > 1 or copies else ""
    return (
        f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p>{meaning}</p></div>'
        f'<button type="button" data-close>×</button></header>'
        f'<div class="versions"><ol>{items}</ol>{listed}{form}<div class="difference" aria-live="polite"></div></div>')


def _render_member(family: VersionFamily, member: FamilyMember, source: Source) -> str:
    current = ' aria-current="true"' if source.id in member.source_ids else ""
    return (
        f"<li{current}>{version_badge(family, member)}<span>"
        f'<span lang="{source.language}">{escape(member.title)}</span> '
        f'<bdi class="file">{escape(member.file_name)}</bdi></span>'
        f'<button type="button" class="quiet" data-read="{escape(member.id)}">{ui_text("read")}</button></li>')


def _render_copies(copies: Sequence[Source]) -> str:
    return " · ".join(
        f'<span lang="{copy.language}">{escape(copy.title)}</span> <bdi>{escape(copy.name)}</bdi>' for copy in copies)


def _render_form(family: VersionFamily | None, source: Source, copies: Sequence[Source]) -> str:
    """Two lists of the versions: by default the one that is looked at, beside the one before it."""
    choices = {member.id: _option_names(family, member) for member in family.members} if family else {
        source.id: (source.name, source.name)}
    for copy in copies:
        choices.setdefault(copy.id, (copy.name, copy.name))
    own = family.member_of(source.id).id if family else source.id
    index = [*choices].index(own)
    older = min(index + 1, len(choices) - 1)
    newer = index if older != index else index - 1
    sides = "".join(
        f'<label><span>{ui_text(f"{side} side")}</span><select class="ours" data-side="{side}">'
        + "".join(_render_option(id, names, is_chosen=i == chosen) for i, (id, names) in enumerate(choices.items()))
        + "</select></label>" for side, chosen in (("older", older), ("newer", newer)))
    return f'<div class="sides" role="group"><h3>{ui_text("comparison")}</h3>{sides}</div>'


def _option_names(family: VersionFamily, member: FamilyMember) -> tuple[str, str]:
    """The name of a version with that of its file, in Chinese and in English."""
    zh, en = (f"{name} · {member.file_name}" if name else member.file_name for name in family.as_version(member).names)
    return zh, en


def _render_option(id: str, names: tuple[str, str], *, is_chosen: bool) -> str:
    """An option, which cannot hold two languages: the script shows the text in that of the page."""
    selected = " selected" if is_chosen else ""
    zh, en = map(escape, names)
    return f'<option value="{escape(id)}" data-zh="{zh}" data-en="{en}"{selected}>{zh}</option>'


def render_diff(diff: DocumentDiff, language: Language) -> str:
    """The difference: how many changes there are, the figures that changed, and each change with what was deleted and
    inserted; `language` is that of the documents.
    """
    if diff.is_same:
        return f'<p class="same">{ui_text("diff same")}</p>'
    counts = {kind: str(len(diff.of_kind(kind))) for kind in CHANGE_KINDS}
    warning = "" if diff.is_related else f'<p class="unrelated">{ui_text("diff unrelated")}</p>'
    shown = diff.changes[:_MAX_SHOWN]
    cut = f'<p class="cut">{ui_text("diff cut", shown=str(_MAX_SHOWN))}</p>' if len(shown) < len(diff.changes) else ""
    changes = "".join(_render_change(change, language) for change in shown)
    summary = ui_text("diff counts", unchanged=str(diff.unchanged), **counts)
    figures = _render_figures(diff, language)
    return f'{warning}<p class="counts">{summary}</p>{figures}<ol class="changes">{changes}</ol>{cut}'


def _render_figures(diff: DocumentDiff, language: Language) -> str:
    rows = [(change, figure) for change in diff.changes for figure in change.figures][:_MAX_SHOWN]
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row">{_place(change)}</th><td lang="{language}"><del>{escape(figure.old)}</del></td>'
        f'<td lang="{language}"><ins>{escape(figure.new)}</ins></td></tr>' for change, figure in rows)
    heads = "".join(f'<th scope="col">{ui_text(key)}</th>' for key in ("diff place", "older side", "newer side"))
    return (
        f'<table class="figures"><caption>{ui_text("diff figures")}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>")


def _render_change(change: ClauseChange, language: Language) -> str:
    kind = f'<span class="kind">{ui_text(f"diff {change.kind}")}</span>'
    return f'<li class="{change.kind}"><h4>{kind}{_place(change)}</h4>{_render_text(change, language)}</li>'


def _render_text(change: ClauseChange, language: Language) -> str:
    if change.kind == "added" and change.new:
        return f'<p lang="{language}">{_mark("added", change.new.text)}</p>'
    if change.kind == "removed" and change.old:
        return f'<p lang="{language}">{_mark("removed", change.old.text)}</p>'
    if change.kind == "changed":
        return f'<p lang="{language}">' + "".join(_mark(part.operation, part.text) for part in change.parts) + "</p>"
    return ""


def _mark(operation: str, text: str) -> str:
    """A text as it is, or as an insertion or deletion, which is said to those who do not see it."""
    if operation not in _TAGS:
        return escape(text)
    tag, key = _TAGS[operation]
    return f'<{tag}><span class="unseen">{ui_text(key)}</span>{escape(text)}</{tag}>'


def _place(change: ClauseChange) -> str:
    return "".join(
        f'<span class="say-{language}" lang="{language}">{escape(change.place(language))}</span>'
        for language in LANGUAGES)

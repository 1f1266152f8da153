"""Following: HTML of the watched folders, the web addresses, and the list of changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from rag.comparison.version_families import VersionFamily
from rag.library.following.change_log import Change
from rag.library.following.folder_follower import FollowEvent
from rag.library.following.follow_records import Sentences, WatchedFile, WatchedFolder, WebAddress
from rag.library.following.watch_worker import FolderActivity
from ui.web.texts.lookup import SYMBOLS, ui_text
from ui.web.texts.version_lines import version_sentence

MAX_CHANGES = 200  # that the page lists
_MAX_ADDRESSES = 100
_MAX_EVENTS = 8


def render_following(*, read_only: bool, is_limited: bool) -> str:
    """The part of the view before the script has filled it; `is_limited`: not every folder may be watched."""
    refresh = "" if read_only else (
        f'<button type="button" class="ours" id="library-refresh">{ui_text("refresh")}</button>')
    return (
        f'<div class="care follow"><h3>{ui_text("watched folders")}</h3><p>{ui_text("watched folders means")}</p>'
        f'{_render_watch_form(read_only=read_only, is_limited=is_limited)}<div id="library-watches"></div></div>'
        f'<div class="care follow"><h3>{ui_text("web addresses")}</h3><p>{ui_text("web addresses means")}</p>{refresh}'
        '<div id="library-refreshing" role="status"></div><div id="library-addresses"></div></div>'
        f'<div class="care follow"><h3>{ui_text("changes")}</h3><form id="library-since-form">'
        f'<label><span>{ui_text("changes since")}</span> <input type="date" id="library-since" class="ours" required>'
        '</label></form><div id="library-changes"></div></div>')


def _render_watch_form(*, read_only: bool, is_limited: bool) -> str:
    if read_only:
        return f'<p class="locked">{ui_text("watching is read only")}</p>'
    note = f'<p class="aside">{ui_text("watching is limited")}</p>' if is_limited else ""
    return (
        f'{note}<form id="library-watch" class="one-line">'
        '<input id="library-folder" class="ours" autocomplete="off" spellcheck="false" maxlength="4000" required>'
        f'<button class="ours main">{ui_text("watch folder")}</button></form>')


def render_address_form() -> str:
    """The field for a web address, beside that for files."""
    return (
        '<form id="library-address" class="one-line">'
        '<input id="library-url" class="ours" inputmode="url" autocomplete="off" spellcheck="false" '
        f'maxlength="2000" required><button class="ours">{ui_text("add address")}</button></form>')


def render_watch(
    watch: WatchedFolder, activity: FolderActivity, events: Sequence[FollowEvent], counts: tuple[int, int],
    faulty: Sequence[WatchedFile], families: Mapping[str, VersionFamily], *, read_only: bool,
) -> str:
    """A watched folder: its state, what went wrong, and what has happened since the start of the page.

    `families`: the versions of the documents of its events, by source id.
    """
    known, number_faulty = counts
    looked = activity.looked.astimezone() if activity.looked else (
        datetime.fromisoformat(watch.checked).astimezone() if watch.checked else None)
    state = [ui_text("watch files", number=f"{known:,}")]
    state.append(ui_text("watch looked", time=f"{looked:%Y-%m-%d %H:%M:%S}") if looked else
                 ui_text("watch never looked"))
    if activity.done < activity.total:
        state.append(ui_text("watch reading", done=f"{activity.done:,}", of=f"{activity.total:,}"))
    tags = "".join(f' <span class="tag">#{escape(tag)}</span>' for tag in watch.tags)
    stop = "" if read_only else (
        f'<button type="button" class="quiet" data-unwatch="{escape(watch.folder)}">{ui_text("unwatch")}</button>')
    problem = f'<p class="unsound">{_both(watch.problem, watch.folder)}</p>' if watch.problem else ""
    return (
        f'<li class="watch"><div class="head"><bdi class="path">{escape(watch.folder)}</bdi>{tags}{stop}</div>'
        f'<p class="state">{" · ".join(state)}</p>{problem}{_render_faulty(faulty, number_faulty)}'
        f'{_render_events(events, families)}</li>')


def _render_faulty(files: Sequence[WatchedFile], number: int) -> str:
    if not number:
        return ""
    items = "".join(f"<li>{_both(file.problem)}</li>" for file in files)
    more = "<li>…</li>" if number > len(files) else ""
    sign = f'<span class="sign">{SYMBOLS["failed"]}</span>'
    return (f'<details><summary class="unsound">{sign} {ui_text("watch faulty", number=f"{number:,}")}</summary>'
            f"<ul>{items}{more}</ul></details>")


def _render_events(events: Sequence[FollowEvent], families: Mapping[str, VersionFamily]) -> str:
    shown = [event for event in events if event.kind != "failed"][:_MAX_EVENTS]
    if not shown:
        return ""
    items = "".join(
        f'<li><span class="kind {event.kind}">{ui_text(f"change {event.kind}")}</span> <span class="what">'
        f'<bdi>{escape(event.path)}</bdi>{_event_note(event, families.get(event.source_id))}</span></li>'
        for event in shown)
    return f'<details open><summary>{ui_text("watch events")}</summary><ul class="events">{items}</ul></details>'


def _event_note(event: FollowEvent, family: VersionFamily | None) -> str:
    if family and event.kind in ("added", "changed"):
        return f' <span class="note">{version_sentence(family, event.source_id)}</span>'
    if event.earlier:
        return f' <span class="note">{ui_text("change earlier", name=event.earlier)}</span>'
    if event.kind not in ("same", "kept"):
        return ""
    return f' <span class="note">{ui_text(f"{event.kind} means", title=event.title)}</span>'


def render_watches(items: Sequence[str], stamp: str) -> str:
    """The watched folders; `stamp` changes with each change of the library, so that the script draws the rest anew."""
    body = f'<ul class="watches">{"".join(items)}</ul>' if items else (
        f'<p class="empty">{ui_text("no watched folder")}</p>')
    return f'<div data-stamp="{escape(stamp)}">{body}</div>'


def render_addresses(addresses: Sequence[WebAddress]) -> str:
    """The web addresses with the time of the last question, those with a problem first."""
    if not addresses:
        return f'<p class="empty">{ui_text("no address")}</p>'
    ordered = sorted(addresses, key=lambda address: not address.problem)
    items = "".join(_render_address(address) for address in ordered[:_MAX_ADDRESSES])
    more = "<li>…</li>" if len(ordered) > _MAX_ADDRESSES else ""
    return f'<ul class="addresses">{items}{more}</ul>'


def _render_address(address: WebAddress) -> str:
    time = f"{datetime.fromisoformat(address.checked).astimezone():%Y-%m-%d %H:%M}" if address.checked else "—"
    problem = f'<span class="unsound">{_both(address.problem, address.url)}</span>' if address.problem else ""
    return (f'<li><bdi class="path">{escape(address.url)}</bdi> '
            f'<span class="time">{ui_text("address checked", time=time)}</span>{problem}</li>')


def render_changes(changes: Sequence[Change], families: Mapping[str, VersionFamily]) -> str:
    """The changes as a list, newest first, with their numbers above it; `families`: the versions by source id."""
    if not changes:
        return f'<p class="empty">{ui_text("no changes")}</p>'
    counts = Counter(change.kind for change in changes)
    numbers = {kind: f"{counts[kind]:,}" for kind in ("added", "changed", "renamed", "removed")}
    items = "".join(_render_change(change, families.get(change.source_id)) for change in changes[:MAX_CHANGES])
    more = ""
    if len(changes) > MAX_CHANGES:
        more = f'<p class="aside">{ui_text("more changes", number=f"{MAX_CHANGES:,}")}</p>'
    return (f'<p class="coverage" role="status">{ui_text("changes counted", **numbers)}</p>'
            f'<ol class="changes">{items}</ol>{more}')


def _render_change(change: Change, family: VersionFamily | None) -> str:
    time = datetime.fromisoformat(change.time).astimezone()
    earlier = f' <span class="note">{ui_text("change earlier", name=change.earlier)}</span>' if change.earlier else ""
    is_new = family is not None and change.kind in ("added", "changed")
    versions = f' <span class="note">{version_sentence(family, change.source_id)}</span>' if family and is_new else ""
    return (
        f'<li title="{escape(change.place)}"><time datetime="{escape(change.time)}">{time:%m-%d %H:%M}</time>'
        f'<span class="kind {change.kind}">{ui_text(f"change {change.kind}")}</span>'
        f'<span class="what"><b>{escape(change.title)}</b> <bdi class="file">{escape(change.name)}</bdi>{earlier}'
        f"{versions}</span></li>")


def _both(sentences: Sentences, name: str = "") -> str:
    """A sentence in both languages as HTML, without the name that is shown above it."""
    html = ""
    for language, sentence in sentences.items():
        shown = sentence.removeprefix(f"{name}: ").removeprefix(f"{name}：") if name else sentence
        html += f'<span class="say-{language}" lang="{language}">{escape(shown)}</span>'
    return html

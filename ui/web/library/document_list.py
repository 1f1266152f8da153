"""Document list: sources filtered, sorted and divided into pages; health of the indexes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from rag.comparison.version_families import VersionFamily
from rag.library.health import Health
from rag.library.library import VectorState
from rag.library.omissions import describe_omission, describe_recognition
from rag.library.scope import Coverage, source_coverage
from rag.schema import LANGUAGES, Source
from rag.text.language import normalise
from ui.web.library.passage_list import passage_count
from ui.web.texts.lookup import SYMBOLS, ui_text
from ui.web.texts.version_lines import version_badge

SortOrder = Literal["title", "newest", "added", "passages"]
SORT_ORDERS: tuple[SortOrder, ...] = ("title", "added", "newest", "passages")
_ROWS_PER_PAGE = 50


@dataclass(frozen=True)
class SourceFilter:
    """Which sources are listed, and in which order; all of them by default."""

    search: str = ""
    language: Literal["", "zh", "en"] = ""
    tag: str = ""
    order: SortOrder = "title"
    page: int = 1  # from 1


@dataclass(frozen=True)
class ListPage:
    """One page of the list."""

    dated_sources: Sequence[tuple[Source, str]]  # each with the time when it was added, ISO 8601; empty if unknown
    total: int  # sources on all pages
    page: int
    pages: int
    coverage: Coverage  # of the whole library


def select_page(dated_sources: Sequence[tuple[Source, str]], criteria: SourceFilter) -> ListPage:
    """The page of the list that the criteria ask for; the last page where its number is too large."""
    words = normalise(criteria.search).split()
    matches = [dated for dated in dated_sources if _matches_filter(dated[0], criteria, words)]
    # a stable sort: sources with the same date or number stay in the library's order
    keys: dict[SortOrder, Callable[[tuple[Source, str]], str | int]] = {
        "newest": lambda dated: dated[0].date,
        "added": lambda dated: dated[1],
        "passages": lambda dated: dated[0].passages}
    if key := keys.get(criteria.order):
        matches.sort(key=key, reverse=True)
    pages = max(1, -(-len(matches) // _ROWS_PER_PAGE))
    page = min(max(1, criteria.page), pages)
    coverage = source_coverage([source for source, _ in dated_sources])
    shown = matches[(page - 1) * _ROWS_PER_PAGE : page * _ROWS_PER_PAGE]
    return ListPage(shown, len(matches), page, pages, coverage)


def _matches_filter(source: Source, criteria: SourceFilter, words: Sequence[str]) -> bool:
    """The source has the language and the tag of the criteria, and all `words` of its search."""
    if criteria.language and source.language != criteria.language:
        return False
    if criteria.tag and criteria.tag not in source.tags:
        return False
    return _has_words(source, words)


def _has_words(source: Source, words: Sequence[str]) -> bool:
    text = normalise(" ".join((source.title, source.name, source.author, source.publisher, *source.tags)))
    return all(word in text for word in words)


def render_list(
    page: ListPage, lengths: Mapping[str, int], versions: Mapping[str, VersionFamily] | None = None,
    copied: Collection[str] = (), *, read_only: bool,
) -> str:
    """The list as a table, with coverage above it, buttons for other pages below it, and the tags for the filter.

    `lengths` are the characters of each source, by its id, `versions` the families of those that have one, `copied` the
    ids of sources with near-copies. The script fills in how far the vectors are, from
    `render_vectors`.
    """
    if not page.coverage.sources:
        return f'<p class="empty">{ui_text("library empty")}</p>'
    rows = "".join(
        _render_row(
            source, added_at, lengths.get(source.id, 0), _render_version(source, versions or {}, copied),
            read_only=read_only)
        for source, added_at in page.dated_sources)
    heads = "".join(f'<th scope="col" class="{name}">{ui_text(f"column {name}")}</th>' for name in _COLUMNS)
    heads += f'<th scope="col"><span class="unseen">{ui_text("more actions")}</span></th>'
    table = (f'<table class="holdings"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>' if rows
             else f'<p class="empty">{ui_text("none found")}</p>')
    tags = "".join(
        f'<option value="{escape(tag)}">#{escape(tag)} ({number})</option>'
        for tag, number in page.coverage.tags.items())
    progress = '<div id="library-vectors"></div>'
    return f"{_render_coverage(page)}{progress}{table}{_render_pager(page)}<template>{tags}</template>"


def render_vectors(state: VectorState, *, read_only: bool) -> str:
    """How many passages are found by their words alone until their vectors are made; empty if none.

    A read-only page makes none.
    """
    if not state.waiting:
        return ""
    is_making = state.is_pending and not read_only
    key, kind = ("vectors are made", "making") if is_making else ("vectors are not made", "stopped")
    number, of, left = (f"{count:,}" for count in (state.passages - state.waiting, state.passages, state.waiting))
    return f'<p class="vectors {kind}" role="status">{ui_text(key, number=number, of=of, left=left)}</p>'


_COLUMNS = ("title", "language", "date", "passages", "size", "added")


def _render_coverage(page: ListPage) -> str:
    coverage = page.coverage
    parts = [ui_text("covers", sources=f"{coverage.sources:,}", passages=f"{coverage.passages:,}")]
    for language in LANGUAGES:
        if language in coverage.languages:
            parts.append(ui_text(f"so many in {language}", number=f"{coverage.languages[language]:,}"))
    if coverage.years[0]:
        parts.append("–".join(str(year) for year in dict.fromkeys(coverage.years)))
    matches = ""
    if page.total < coverage.sources:
        matches = f' <span class="fitting">{ui_text("fitting", number=f"{page.total:,}")}</span>'
    return f'<p class="coverage" role="status">{" · ".join(parts)}{matches}</p>'


def _render_version(source: Source, versions: Mapping[str, VersionFamily], copied: Collection[str]) -> str:
    """The version of a source with its status, and a button that shows the others; empty if it is the only one."""
    family = versions.get(source.id)
    badge = version_badge(family, family.member_of(source.id)) if family else ""
    if source.id in copied or (family and len(family.members) > 1):
        badge += f'<button type="button" class="quiet" data-act="versions">{ui_text("versions")}</button>'
    return f'<span class="versioned">{badge}</span>' if badge else ""


def _render_row(source: Source, added_at: str, length: int, version: str, *, read_only: bool) -> str:
    tags = "".join(
        f'<a href="#library-tag" class="tag" data-tag="{escape(tag)}">#{escape(tag)}</a>' for tag in source.tags)
    label = ui_text("edit tags" if source.tags else "add tags")
    edit = "" if read_only else f'<button type="button" class="quiet" data-act="tag">{label}</button>'
    actions = [("passages", "look into"), ("document", "read")] + ([] if read_only else [("remove", "remove")])
    buttons = "".join(
        f'<button type="button" class="quiet" data-act="{action}">{ui_text(key)}</button>' for action, key in actions)
    added = f"{datetime.fromisoformat(added_at).astimezone():%Y-%m-%d}" if added_at else "—"
    return (
        f'<tr data-id="{escape(source.id)}" data-title="{escape(source.title)}" '
        f'data-tags="{escape(", ".join(source.tags))}">'
        f'<td class="title"><button type="button" class="name" data-act="passages" lang="{source.language}">'
        f'{escape(source.title)}</button>'
        f'<div class="about"><span class="file"><bdi>{escape(source.name)}</bdi></span>{version}'
        f'{_render_reading(source)}<span class="tags">{tags}{edit}</span></div></td>'
        f'<td class="language">{ui_text(f"documents in {source.language}")}</td>'
        f'<td class="date{"" if source.date else " missing"}">{escape(source.date) or "—"}</td>'
        f'<td class="passages">{passage_count(source.passages)}</td>'
        f'<td class="size">{ui_text("count characters", number=f"{length:,}")}</td><td class="added">{added}</td>'
        f'<td class="acts">{buttons}</td></tr>')


def _render_reading(source: Source) -> str:
    """Which pages text recognition read, and which scanned pages were left out."""
    omissions = [omission for omission in source.omissions if omission.startswith(_PAGE_OMISSIONS)]
    html = ""
    for language in LANGUAGES:
        sentences = [describe_recognition(source, language), *(describe_omission(o, language) for o in omissions)]
        if text := ("；" if language == "zh" else "; ").join(filter(None, sentences)):
            html += f'<span class="say-{language}" lang="{language}">{escape(text[:1].upper() + text[1:])}</span>'
    return f'<span class="recognition">{html}</span>' if html else ""


_PAGE_OMISSIONS = ("scanned pages|", "unrecognised pages|", "pages beyond the limit|", "further frames|")


def _render_pager(page: ListPage) -> str:
    if page.pages == 1:
        return ""
    previous = _render_page_button("previous page", page.page - 1, page.pages)
    following = _render_page_button("next page", page.page + 1, page.pages)
    position = ui_text("page of", number=str(page.page), all=str(page.pages))
    return f'<p class="pager">{previous}<span>{position}</span>{following}</p>'


def _render_page_button(key: str, number: int, pages: int) -> str:
    disabled = "" if 1 <= number <= pages else " disabled"
    return f'<button type="button" class="ours" data-page="{number}"{disabled}>{ui_text(key)}</button>'


# --- the indexes


def render_health(health: Health) -> str:
    """Whether both indexes agree with the library's record, and if not, what is wrong, in words."""
    if health.is_sound:
        summary = ui_text("sound", number=f"{health.passages:,}")
        waiting = f' {ui_text("waiting vectors", number=f"{health.waiting:,}")}' if health.waiting else ""
        return f'<p class="sound"><span class="sign">{SYMBOLS["grounded"]}</span> {summary}{waiting}</p>'
    faults = {
        "without words": health.without_words, "without meaning": health.without_vector,
        "stray": health.stray_words + health.stray_vectors, "unfinished": health.unfinished}
    items = "".join(f"<li>{ui_text(key, number=f'{number:,}')}</li>" for key, number in faults.items() if number)
    return (
        f'<p class="unsound"><span class="sign">{SYMBOLS["failed"]}</span> {ui_text("not sound")}</p>'
        f"<ul>{items}</ul><p>{ui_text('rebuild mends')}</p>")

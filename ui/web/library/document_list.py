"""Sources become the library's list: filtered, in an order, a page at a time; and a source its passages to look into."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from langchain_core.documents import Document

from rag.library.health import Health
from rag.library.scope import Coverage, source_coverage
from rag.schema import LANGUAGES, Source
from rag.text.language import normalise
from ui.web.texts import SYMBOLS, ui_text

SortOrder = Literal["title", "newest", "added", "passages"]
SORT_ORDERS: tuple[SortOrder, ...] = ("title", "added", "newest", "passages")
_ROWS_PER_PAGE = 50  # a page of the list


@dataclass(frozen=True)
class SourceFilter:
    """Which sources are listed, and how; all of them by default."""

    search: str = ""
    language: Literal["", "zh", "en"] = ""
    tag: str = ""
    order: SortOrder = "title"
    page: int = 1  # from 1


@dataclass(frozen=True)
class ListPage:
    """A page of the list."""

    dated_sources: Sequence[tuple[Source, str]]  # each with the time at which it came in, as the library tells it
    total: int  # in all pages
    page: int
    pages: int
    coverage: Coverage  # of the whole library


def select_page(dated_sources: Sequence[tuple[Source, str]], criteria: SourceFilter) -> ListPage:
    """The page of the list that is asked for; the last one where it lies beyond."""
    words = normalise(criteria.search).split()
    fitting = [(source, came) for source, came in dated_sources
               if (not criteria.language or source.language == criteria.language) and (not criteria.tag or criteria.tag in source.tags)
               and (not words or _matches_words(source, words))]
    # a stable sort: within the same date or number they stay as the library lists them
    keys: dict[SortOrder, Callable[[tuple[Source, str]], str | int]] = {
        "newest": lambda held: held[0].date, "added": lambda held: held[1], "passages": lambda held: held[0].passages}
    if key := keys.get(criteria.order):
        fitting.sort(key=key, reverse=True)
    pages = max(1, -(-len(fitting) // _ROWS_PER_PAGE))
    page = min(max(1, criteria.page), pages)
    covers = source_coverage([source for source, _ in dated_sources])
    return ListPage(fitting[(page - 1) * _ROWS_PER_PAGE : page * _ROWS_PER_PAGE], len(fitting), page, pages, covers)


def _matches_words(source: Source, words: Sequence[str]) -> bool:
    told = normalise(" ".join((source.title, source.name, source.author, source.publisher, *source.tags)))
    return all(word in told for word in words)


def render_list(page: ListPage, lengths: Mapping[str, int], *, read_only: bool) -> str:
    """The list as a table, what the library covers above it, the ways to its other pages below; and its tags, to choose from."""
    if not page.coverage.sources:
        return f'<p class="empty">{ui_text("library empty")}</p>'
    rows = "".join(
        _render_row(source, came, lengths.get(source.id, 0), read_only=read_only) for source, came in page.dated_sources)
    heads = "".join(f'<th scope="col" class="{name}">{ui_text(f"column {name}")}</th>' for name in _COLUMNS)
    heads += f'<th scope="col"><span class="unseen">{ui_text("more actions")}</span></th>'
    table = (f'<table class="holdings"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>' if rows
             else f'<p class="empty">{ui_text("none found")}</p>')
    tags = "".join(f'<option value="{escape(tag)}">#{escape(tag)} ({number})</option>' for tag, number in page.coverage.tags.items())
    return f"{_render_coverage(page)}{table}{_render_pager(page)}<template>{tags}</template>"


_COLUMNS = ("title", "language", "date", "passages", "size", "added")


def _render_coverage(page: ListPage) -> str:
    covers = page.coverage
    parts = [ui_text("covers", sources=f"{covers.sources:,}", passages=f"{covers.passages:,}")]
    parts += [ui_text(f"so many in {language}", number=f"{covers.languages[language]:,}")
              for language in LANGUAGES if language in covers.languages]
    parts += ["–".join(str(year) for year in dict.fromkeys(covers.years))] if covers.years[0] else []
    narrowed = page.total < covers.sources
    fitting = f' <span class="fitting">{ui_text("fitting", number=f"{page.total:,}")}</span>' if narrowed else ""
    return f'<p class="coverage" role="status">{" · ".join(parts)}{fitting}</p>'


def _render_row(source: Source, added_at: str, length: int, *, read_only: bool) -> str:
    tags = "".join(f'<a href="#library-tag" class="tag" data-tag="{escape(tag)}">#{escape(tag)}</a>' for tag in source.tags)
    label = ui_text("edit tags" if source.tags else "add tags")
    edit = "" if read_only else f'<button type="button" class="quiet" data-act="tag">{label}</button>'
    acts = [("passages", "look into"), ("document", "read")] + ([] if read_only else [("remove", "remove")])
    buttons = "".join(f'<button type="button" class="quiet" data-act="{act}">{ui_text(key)}</button>' for act, key in acts)
    added = f"{datetime.fromisoformat(added_at).astimezone():%Y-%m-%d}" if added_at else "—"
    return (
        f'<tr data-id="{escape(source.id)}" data-title="{escape(source.title)}" data-tags="{escape(", ".join(source.tags))}">'
        f'<td class="title"><button type="button" class="name" data-act="passages" lang="{source.language}">{escape(source.title)}</button>'
        f'<span class="file"><bdi>{escape(source.name)}</bdi></span><span class="tags">{tags}{edit}</span></td>'
        f'<td class="language">{ui_text(f"documents in {source.language}")}</td><td class="date">{escape(source.date) or "—"}</td>'
        f'<td class="passages">{_passage_count(source.passages)}</td>'
        f'<td class="size">{ui_text("count characters", number=f"{length:,}")}</td><td class="added">{added}</td>'
        f'<td class="acts">{buttons}</td></tr>')


def _render_pager(page: ListPage) -> str:
    if page.pages == 1:
        return ""
    ways = [("previous page", page.page - 1), ("next page", page.page + 1)]
    back, on = (f'<button type="button" class="ours" data-page="{to}"{"" if 1 <= to <= page.pages else " disabled"}>{ui_text(key)}</button>'
                for key, to in ways)
    return f'<p class="pager">{back}<span>{ui_text("page of", number=str(page.page), all=str(page.pages))}</span>{on}</p>'


def _passage_count(number: int) -> str:
    return ui_text("count passages one") if number == 1 else ui_text("count passages", number=f"{number:,}")


# --- one document


def render_passages(source: Source, documents: Sequence[Document], first: int, limit: int) -> str:
    """The passages of a source from one of them on, counted from 0, as a dialog; the page's script joins what follows."""
    about = " · ".join(escape(part) for part in (source.author, source.publisher, source.container, source.date) if part)
    listed = "".join(_render_passage(piece, number) for number, piece in enumerate(documents[first : first + limit], first + 1))
    left = len(documents) - first - limit
    more = (f'<p class="more"><button type="button" class="ours" data-first="{first + limit}">'
            f'{ui_text("more passages", number=f"{left:,}")}</button></p>') if left > 0 else ""
    return (
        f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p><bdi>{escape(source.name)}</bdi>'
        f'{" · " if about else ""}{about}</p><p>{_passage_count(len(documents))}</p></div>'
        f'<button type="button" data-close>×</button></header><ol class="pieces">{listed}</ol>{more}')


def _render_passage(document: Document, number: int) -> str:
    about = document.metadata
    where = [escape(str(about["section"]))] if about.get("section") else []
    where += [ui_text("page", number=str(about["page"]))] if about.get("page") else []
    return (
        f'<li><p class="where"><span class="number">{number}</span><span>{" · ".join(where)}</span>'
        f'<button type="button" class="quiet" data-start="{about["start"]}" data-end="{about["end"]}">{ui_text("whole document")}</button></p>'
        f'<p class="text" lang="{about["language"]}">{escape(document.page_content)}</p></li>')


# --- the indexes


def render_health(health: Health) -> str:
    """How far both indexes hold what the library's record says, in words."""
    wrong = {"without words": health.without_words, "without meaning": health.without_vector,
             "stray": health.stray_words + health.stray_vectors, "unfinished": health.unfinished}
    told = "".join(f"<li>{ui_text(key, number=f'{number:,}')}</li>" for key, number in wrong.items() if number)
    if health.is_sound:
        return f'<p class="sound"><span class="sign">{SYMBOLS["grounded"]}</span> {ui_text("sound", number=f"{health.passages:,}")}</p>'
    return (f'<p class="unsound"><span class="sign">{SYMBOLS["failed"]}</span> {ui_text("not sound")}</p>'
            f"<ul>{told}</ul><p>{ui_text('rebuild mends')}</p>")

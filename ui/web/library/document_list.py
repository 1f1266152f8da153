"""Sources become the library's list: filtered, in an order, a page at a time; and a source its passages to look into."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from langchain_core.documents import Document

from rag.library.health import Health
from rag.library.scope import Coverage, covered
from rag.schema import LANGUAGES, Source
from rag.text.language import normalise
from ui.web.texts import SYMBOLS, both

Order = Literal["title", "newest", "added", "passages"]
ORDERS: tuple[Order, ...] = ("title", "added", "newest", "passages")
_ROWS = 50  # a page of the list


@dataclass(frozen=True)
class Filter:
    """Which sources are listed, and how; all of them by default."""

    search: str = ""
    language: Literal["", "zh", "en"] = ""
    tag: str = ""
    order: Order = "title"
    page: int = 1  # from 1


@dataclass(frozen=True)
class Shown:
    """A page of the list."""

    held: Sequence[tuple[Source, str]]  # each with the time at which it came in, as the library tells it
    found: int  # in all pages
    page: int
    pages: int
    covers: Coverage  # of the whole library


def shown(held: Sequence[tuple[Source, str]], chosen: Filter) -> Shown:
    """The page of the list that is asked for; the last one where it lies beyond."""
    words = normalise(chosen.search).split()
    fitting = [(source, came) for source, came in held
               if (not chosen.language or source.language == chosen.language) and (not chosen.tag or chosen.tag in source.tags)
               and (not words or _says(source, words))]
    # a stable sort: within the same date or number they stay as the library lists them
    keys: dict[Order, Callable[[tuple[Source, str]], str | int]] = {
        "newest": lambda held: held[0].date, "added": lambda held: held[1], "passages": lambda held: held[0].passages}
    if key := keys.get(chosen.order):
        fitting.sort(key=key, reverse=True)
    pages = max(1, -(-len(fitting) // _ROWS))
    page = min(max(1, chosen.page), pages)
    covers = covered([source for source, _ in held])
    return Shown(fitting[(page - 1) * _ROWS : page * _ROWS], len(fitting), page, pages, covers)


def _says(source: Source, words: Sequence[str]) -> bool:
    told = normalise(" ".join((source.title, source.name, source.author, source.publisher, *source.tags)))
    return all(word in told for word in words)


def listing(page: Shown, lengths: Mapping[str, int], *, read_only: bool) -> str:
    """The list as a table, what the library covers above it, the ways to its other pages below; and its tags, to choose from."""
    if not page.covers.sources:
        return f'<p class="empty">{both("library empty")}</p>'
    rows = "".join(
        _row(source, came, lengths.get(source.id, 0), read_only=read_only) for source, came in page.held)
    heads = "".join(f'<th scope="col" class="{name}">{both(f"column {name}")}</th>' for name in _COLUMNS)
    heads += f'<th scope="col"><span class="unseen">{both("more actions")}</span></th>'
    table = (f'<table class="holdings"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>' if rows
             else f'<p class="empty">{both("none found")}</p>')
    tags = "".join(f'<option value="{escape(tag)}">#{escape(tag)} ({number})</option>' for tag, number in page.covers.tags.items())
    return f"{_coverage(page)}{table}{_pager(page)}<template>{tags}</template>"


_COLUMNS = ("title", "language", "date", "passages", "size", "added")


def _coverage(page: Shown) -> str:
    covers = page.covers
    parts = [both("covers", sources=f"{covers.sources:,}", passages=f"{covers.passages:,}")]
    parts += [both(f"so many in {language}", number=f"{covers.languages[language]:,}")
              for language in LANGUAGES if language in covers.languages]
    parts += ["–".join(str(year) for year in dict.fromkeys(covers.years))] if covers.years[0] else []
    narrowed = page.found < covers.sources
    fitting = f' <span class="fitting">{both("fitting", number=f"{page.found:,}")}</span>' if narrowed else ""
    return f'<p class="coverage" role="status">{" · ".join(parts)}{fitting}</p>'


def _row(source: Source, came: str, length: int, *, read_only: bool) -> str:
    tags = "".join(f'<a href="#library-tag" class="tag" data-tag="{escape(tag)}">#{escape(tag)}</a>' for tag in source.tags)
    label = both("edit tags" if source.tags else "add tags")
    edit = "" if read_only else f'<button type="button" class="quiet" data-act="tag">{label}</button>'
    acts = [("passages", "look into"), ("document", "read")] + ([] if read_only else [("remove", "remove")])
    buttons = "".join(f'<button type="button" class="quiet" data-act="{act}">{both(key)}</button>' for act, key in acts)
    added = f"{datetime.fromisoformat(came).astimezone():%Y-%m-%d}" if came else "—"
    return (
        f'<tr data-id="{escape(source.id)}" data-title="{escape(source.title)}" data-tags="{escape(", ".join(source.tags))}">'
        f'<td class="title"><button type="button" class="name" data-act="passages" lang="{source.language}">{escape(source.title)}</button>'
        f'<span class="file"><bdi>{escape(source.name)}</bdi></span><span class="tags">{tags}{edit}</span></td>'
        f'<td class="language">{both(f"documents in {source.language}")}</td><td class="date">{escape(source.date) or "—"}</td>'
        f'<td class="passages">{_passages(source.passages)}</td>'
        f'<td class="size">{both("count characters", number=f"{length:,}")}</td><td class="added">{added}</td>'
        f'<td class="acts">{buttons}</td></tr>')


def _pager(page: Shown) -> str:
    if page.pages == 1:
        return ""
    ways = [("previous page", page.page - 1), ("next page", page.page + 1)]
    back, on = (f'<button type="button" class="ours" data-page="{to}"{"" if 1 <= to <= page.pages else " disabled"}>{both(key)}</button>'
                for key, to in ways)
    return f'<p class="pager">{back}<span>{both("page of", number=str(page.page), all=str(page.pages))}</span>{on}</p>'


def _passages(number: int) -> str:
    return both("count passages one") if number == 1 else both("count passages", number=f"{number:,}")


# --- one document


def passages(source: Source, pieces: Sequence[Document], first: int, most: int) -> str:
    """The passages of a source from one of them on, counted from 0, as a dialog; the page's script joins what follows."""
    about = " · ".join(escape(part) for part in (source.author, source.publisher, source.container, source.date) if part)
    listed = "".join(_piece(piece, number) for number, piece in enumerate(pieces[first : first + most], first + 1))
    left = len(pieces) - first - most
    more = (f'<p class="more"><button type="button" class="ours" data-first="{first + most}">'
            f'{both("more passages", number=f"{left:,}")}</button></p>') if left > 0 else ""
    return (
        f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p><bdi>{escape(source.name)}</bdi>'
        f'{" · " if about else ""}{about}</p><p>{_passages(len(pieces))}</p></div>'
        f'<button type="button" data-close>×</button></header><ol class="pieces">{listed}</ol>{more}')


def _piece(piece: Document, number: int) -> str:
    about = piece.metadata
    where = [escape(str(about["section"]))] if about.get("section") else []
    where += [both("page", number=str(about["page"]))] if about.get("page") else []
    return (
        f'<li><p class="where"><span class="number">{number}</span><span>{" · ".join(where)}</span>'
        f'<button type="button" class="quiet" data-start="{about["start"]}" data-end="{about["end"]}">{both("whole document")}</button></p>'
        f'<p class="text" lang="{about["language"]}">{escape(piece.page_content)}</p></li>')


# --- the indexes


def health(found: Health) -> str:
    """How far both indexes hold what the library's record says, in words."""
    wrong = {"without words": found.without_words, "without meaning": found.without_vector,
             "stray": found.stray_words + found.stray_vectors, "unfinished": found.unfinished}
    told = "".join(f"<li>{both(key, number=f'{number:,}')}</li>" for key, number in wrong.items() if number)
    if found.sound:
        return f'<p class="sound"><span class="sign">{SYMBOLS["grounded"]}</span> {both("sound", number=f"{found.passages:,}")}</p>'
    return (f'<p class="unsound"><span class="sign">{SYMBOLS["failed"]}</span> {both("not sound")}</p>'
            f"<ul>{told}</ul><p>{both('rebuild mends')}</p>")

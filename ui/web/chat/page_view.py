"""Page view of the document reader: a page of the original as an image with the quoted words marked, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote as percent_encode

from rag.library.page_views import IMAGE_WIDTHS, NoPages
from rag.schema import LANGUAGES, Source
from rag.sources.pages.views import Mark, PageLayout
from ui.web.texts.lookup import TEXTS, error_text, ui_text

_ALT_QUOTE = 200  # characters of the quoted words in the description of an image
_MAX_QUOTED_PAGES = 8  # named above a page


@dataclass(frozen=True)
class ReaderState:
    """What the reader can show of a source besides its text; `obstacle`: why there are no pages, else None."""

    obstacle: NoPages | None
    is_waiting: bool = False  # the first page takes long


def render_tools(source: Source, state: ReaderState, *, opens_inline: bool) -> str:
    """The switch between pages and text, and the link to the original; without them the sentence why."""
    address = f"page/sources/{percent_encode(source.id, safe='')}/original"
    if not source.original:
        original = f'<span class="aside">{ui_text("no original")}</span>'
    elif opens_inline:
        original = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{ui_text("open original")}</a>'
    else:
        original = f'<a href="{address}" download>{ui_text("download original")}</a>'
    if state.obstacle:
        is_said = state.obstacle.reason == "no original"  # the sentence says the same
        sentence = f'<span class="aside">{error_text(state.obstacle)}</span>'
        return f'<div class="reader-tools">{sentence}{"" if is_said else original}</div>'
    waiting = " data-waiting" if state.is_waiting else ""
    return (
        f'<div class="reader-tools"><div class="reader-views" role="group"{waiting}>'
        f'<button type="button" data-view="pages">{ui_text("as pages")}</button>'
        f'<button type="button" data-view="text">{ui_text("as text")}</button></div>{original}</div>')


def render_page(
    source: Source, layout: PageLayout, quotes: Sequence[str] = (), quoted_pages: Sequence[int] = (),
) -> str:
    """A page with its marks, the buttons that turn and enlarge it, and what is to be said of it.

    `quotes` are the words that were looked for on it; `quoted_pages` the pages on which they are, if that is known.
    """
    number, count = int(layout.number), int(layout.count)
    note = ""
    if any(quotes) and not layout.marks:
        note = f'<p class="aside" role="note">{ui_text("scanned page" if layout.is_scan else "not on page")}</p>'
    return (
        f'<div class="page-view" data-number="{number}" data-count="{count}">'
        f'{_render_bar(number, count, quoted_pages)}{note}'
        f'<div class="page-box" tabindex="0" role="region"><div class="paper" '
        f'style="aspect-ratio:{float(layout.width):.2f}/{float(layout.height):.2f}">'
        f'{_render_image(source, layout, quotes)}{"".join(map(_render_mark, layout.marks))}</div></div></div>')


def render_no_page(error: NoPages) -> str:
    """The sentence in place of a page."""
    return f'<p class="aside no-page" role="note">{error_text(error)}</p>'


def _render_bar(number: int, count: int, quoted_pages: Sequence[int]) -> str:
    pages = list(dict.fromkeys(quoted_pages))[:_MAX_QUOTED_PAGES]
    links = "".join(
        f'<button type="button" data-page="{page}"{" aria-current=true" if page == number else ""}>{page}</button>'
        for page in pages)
    quoted = f'<span class="quoted-pages">{ui_text("quoted on")}{links}</span>' if pages else ""
    return (
        f'<div class="page-bar"><button type="button" class="turn previous" data-page="{number - 1}"'
        f'{" disabled" if number <= 1 else ""}></button>'
        f'<span class="page-number"><input type="number" min="1" max="{count}" value="{number}">'
        f'{ui_text("of pages", count=str(count))}</span>'
        f'<button type="button" class="turn next" data-page="{number + 1}"{" disabled" if number >= count else ""}>'
        f'</button>{quoted}<span class="zooms"><button type="button" data-zoom="-1">−</button>'
        f'<output>100%</output><button type="button" data-zoom="1">+</button></span></div>')


def _render_image(source: Source, layout: PageLayout, quotes: Sequence[str]) -> str:
    address = f"page/sources/{percent_encode(source.id, safe='')}/pages/{int(layout.number)}/image?width="
    sizes = ", ".join(f"{address}{width} {width}w" for width in IMAGE_WIDTHS)
    found = [quotes[mark.quote] for mark in layout.marks if 0 <= int(mark.quote) < len(quotes)]
    words = " … ".join(" ".join(text.split()) for text in dict.fromkeys(found))
    key = "page alt marked" if words else "page alt"
    quote = words if len(words) <= _ALT_QUOTE else f"{words[:_ALT_QUOTE]}…"
    alts = "".join(
        f' data-alt-{language}="'
        + escape(TEXTS[key][language].format(title=source.title, number=int(layout.number), quote=quote)) + '"'
        for language in LANGUAGES)
    return f'<img alt=""{alts} src="{address}{IMAGE_WIDTHS[1]}" srcset="{sizes}" sizes="800px" decoding="async">'


def _render_mark(mark: Mark) -> str:
    left, top, right, bottom = (100 * float(side) for side in (mark.left, mark.top, mark.right, mark.bottom))
    return (
        f'<span class="page-mark" style="left:{left:.3f}%;top:{top:.3f}%;'
        f'width:{right - left:.3f}%;height:{bottom - top:.3f}%"></span>')

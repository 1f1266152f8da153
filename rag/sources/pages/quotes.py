"""Quotes of a document: parts of its clean text turned into what is looked for on a page."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from langchain_core.documents import Document

from rag.sources.blocks import CELL_SEPARATOR, EncodedBlocks
from rag.sources.pages.views import Mark, SoughtQuote

_CONTEXT = 120  # characters on each side of a quote
_MAX_HEADS = 12  # of a cell
_MAX_ROW = 4_000  # characters of a table row whose cells are compared

Span = tuple[int, int]  # start and end in a clean text, in characters


def page_of(document: Document, offset: int) -> int:
    """The page on which a place of the clean text is; 0 for a format without pages."""
    return bisect_right(document.metadata.get("page_starts") or [], offset)


def quotes_on_page(document: Document, spans: Sequence[Span], number: int) -> tuple[SoughtQuote, ...]:
    """The parts of some spans that are on a page, with what helps to find them; an empty quote for the others.

    A document without known pages gives the whole quotes for every page.
    """
    starts = document.metadata.get("page_starts") or []
    first = starts[number - 1] if 0 < number <= len(starts) else 0
    last = starts[number] if 0 < number < len(starts) else len(document.page_content)
    is_known = 0 < number <= len(starts)
    return tuple(
        _sought(document, max(start, first), min(end, last)) if is_known else _sought(document, start, end)
        for start, end in spans)


def recognised_marks(document: Document, spans: Sequence[Span], number: int) -> tuple[Mark, ...]:
    """Marks of the spans on a page whose text was recognised: parts of the boxes of its lines.

    The metadata `recognition` has under `lines` for each line its start, its end, its page and its box, as left, top,
    right and bottom in shares of the page. Where a span covers a part of a line, the place of its words is estimated
    from the widths of characters.
    """
    lines = (document.metadata.get("recognition") or {}).get("lines", ())
    marks = []
    for start, end, page, box, *_ in lines:
        for position, span in enumerate(spans if page == number else ()):
            first, last = max(span[0], start), min(span[1], end)
            if first < last:
                marks.append(_part_of_line(document.page_content, (start, end), (first, last), box, position))
    return tuple(marks)


def _part_of_line(text: str, line: Span, part: Span, box: Sequence[float], quote: int) -> Mark:
    left, top, right, bottom = (min(1.0, max(0.0, float(side))) for side in box)
    whole = max(1, _text_width(text[line[0] : line[1]]))
    before, after = _text_width(text[line[0] : part[0]]), _text_width(text[part[1] : line[1]])
    width = right - left
    return Mark(left + width * before / whole, top, right - width * after / whole, bottom, quote)


def _text_width(text: str) -> int:
    """The width of a text in halves of a Han character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _sought(document: Document, start: int, end: int) -> SoughtQuote:
    text = document.page_content
    start, end = max(0, start), min(end, len(text))
    if start >= end:
        return SoughtQuote("")
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return SoughtQuote(text[start:end], before, after, *_table_context(document, start, end))


def _table_context(document: Document, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The other cells of the row of a quote, and the heads of its cell; empty outside of tables."""
    encoded: EncodedBlocks | None = document.metadata.get("blocks")
    if not encoded:
        return (), ()
    row: Span | None = None
    heads: tuple[str, ...] = ()
    for kind, block_start, block_end, lead, *_ in encoded["blocks"]:
        if block_start > start or block_end < end:
            continue
        if kind == "row":
            row = block_start, block_end
        elif kind in ("head", "cell"):
            heads = tuple(str(encoded["slices"][index][0]) for index in lead[-_MAX_HEADS:])
    if row is None:
        return (), ()
    line = document.page_content[row[0] : row[1]][:_MAX_ROW]
    quote = document.page_content[start:end]
    return tuple(cell for cell in line.split(CELL_SEPARATOR) if cell.strip() and cell != quote), heads

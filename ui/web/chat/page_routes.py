"""Routes of the document reader: a source's text, its pages as images with marks, and its original file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse, HTMLResponse
from langchain_core.documents import Document
from pydantic import Field

from rag.library.library import Library
from rag.library.page_views import IMAGE_WIDTHS, NoPages
from rag.schema import Block, Source
from rag.sources.blocks import decode_blocks
from rag.sources.drawn_tables import find_tables
from rag.sources.pages.pdf_pages import MAX_REACH
from rag.sources.pages.quotes import Span, page_of, quotes_on_page, recognised_marks
from rag.sources.pages.views import LayoutRequest
from ui.documents.passage_sections import is_same_heading
from ui.web.app_state import AppState
from ui.web.chat import document_reader, page_view
from ui.web.downloads import content_disposition, inline_type
from ui.web.errors import NotFound
from ui.web.texts.version_lines import version_sentence

# the start and end of a quote in the text of its source: `120-168`
_SpanText = Annotated[str, Field(pattern=r"^\d{1,9}-\d{1,9}$")]
_Quotes = Annotated[list[_SpanText] | None, Query(max_length=20)]
_PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]
_INLINE_SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp")  # of what is likely shown in a tab
# a PDF is shown by the browser's own viewer, which a sandbox, and also a policy for what it loads, may switch off
_PDF_POLICY = "frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
_FILE_POLICY = "default-src 'none'; img-src 'self'; frame-ancestors 'none'; sandbox"
_NEAR = 1  # pages by which the page of a quote in a PDF may be wrong, where a paragraph goes over the end of a page
_OWN_SITE = {"Cross-Origin-Resource-Policy": "same-origin"}


def add_reader_routes(router: APIRouter, app_state: AppState) -> None:
    """Add the routes below /sources to a router."""

    @router.get("/sources/{id}")
    def show_document(id: str, start: int = 0, end: int = 0, quote: _Quotes = None) -> str:
        library = app_state.pipeline.library
        source, document = library.source_by_id(id), library.document(id)
        text = document.page_content
        blocks = _blocks_within(document, document_reader.shown_span(text, (start, end)))
        headings = {(block.start, block.end) for block in blocks if block.kind == "heading"}
        tables = find_tables(text, blocks)
        tools = page_view.render_tools(
            source, _reader_state(library, source), opens_inline=source.name.lower().endswith(_INLINE_SUFFIXES))
        family = library.version_families([id]).get(id)
        version = f'<p class="version-line">{version_sentence(family, id)}</p>' if family else ""
        return document_reader.render_document(
            source, text, (start, end), _parse_spans(quote), headings, tables, tools, version)

    @router.get("/sources/{id}/around")
    def show_context(id: str, start: int, end: int) -> str:
        library = app_state.pipeline.library
        document, title = library.document(id), library.source_by_id(id).title
        around = start - document_reader.MAX_CONTEXT, end + document_reader.MAX_CONTEXT
        limits, labels = _context_bounds(document.page_content, _blocks_within(document, around), title)
        return document_reader.render_context(document.page_content, start, end, limits, labels)

    @router.get("/sources/{id}/pages", response_class=HTMLResponse)
    def show_page(
        id: str, start: int = 0, number: Annotated[int, Query(ge=0, le=1_000_000)] = 0, quote: _Quotes = None,
    ) -> str:
        library = app_state.pipeline.library
        return _render_page(library, library.source_by_id(id), start, number, _parse_spans(quote))

    @router.get("/sources/{id}/pages/{number}/image", response_class=Response)
    def send_image(
        id: str, number: _PageNumber, width: int = IMAGE_WIDTHS[1],
        if_none_match: Annotated[str, Header(max_length=400)] = "",
    ) -> Response:
        library = app_state.pipeline.library
        source = library.source_by_id(id)
        if width not in IMAGE_WIDTHS:
            raise NotFound(f"there is no page image of this width; there are {', '.join(map(str, IMAGE_WIDTHS))}")
        tag = f'"{library.page_views.image_tag(source, number, width)}"'
        # a browser may keep the image, and asks each time whether it is still allowed to see it
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", **_OWN_SITE}
        if tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(library.page_views.image(source, number, width).png, media_type="image/png", headers=headers)

    @router.get("/sources/{id}/original", response_class=Response)
    def send_original(id: str) -> Response:
        library = app_state.pipeline.library
        source = library.source_by_id(id)
        if not source.original:
            raise NotFound(f"{source.name}: no original of this document is kept; add the file again")
        path = library.originals.find_file(source.original, source.name)
        media_type = inline_type(path)
        disposition = content_disposition("inline" if media_type else "attachment", source.name)
        headers = {
            "Content-Disposition": disposition, "Cache-Control": "private, no-cache", **_OWN_SITE,
            "Content-Security-Policy": _PDF_POLICY if media_type == "application/pdf" else _FILE_POLICY}
        return FileResponse(path, media_type=media_type or "application/octet-stream", headers=headers)


def _blocks_within(document: Document, span: Span) -> tuple[Block, ...]:
    """The blocks of a document that lie within a part of its text; none if an old version read it."""
    encoded = document.metadata.get("blocks")
    return decode_blocks(encoded, span) if encoded else ()


def _context_bounds(text: str, blocks: Sequence[Block], title: str) -> tuple[list[Span], list[Span]]:
    """The title and the rows of tables, at which the words around a passage end; and other headings and captions."""
    limits, labels = list[Span](), list[Span]()
    for block in blocks:
        is_title = block.kind == "heading" and is_same_heading(text[block.start : block.end], title)
        if is_title or block.kind == "row":
            limits.append((block.start, block.end))
        elif block.kind in ("heading", "caption"):
            labels.append((block.start, block.end))
    return limits, labels


def _parse_spans(quotes: list[str] | None) -> list[Span]:
    return [(int(first), int(last)) for first, _, last in (span.partition("-") for span in quotes or [])]


def _reader_state(library: Library, source: Source) -> page_view.ReaderState:
    try:
        library.page_views.require_pages(source)
    except NoPages as obstacle:
        return page_view.ReaderState(obstacle)
    return page_view.ReaderState(None, library.page_views.is_waiting(source))


def _render_page(library: Library, source: Source, start: int, number: int, spans: list[Span]) -> str:
    """A page of a source: the page `number`, or for 0 the one on which the first quote or `start` is."""
    document = library.document(source.id)
    first = spans[0][0] if spans else start
    has_pages = bool(document.metadata.get("page_starts"))
    shown = number or (page_of(document, first) if has_pages else 0)
    is_sure = source.name.lower().endswith(".pdf")  # else the pages are those of LibreOffice
    reach = 0 if number or not spans else _NEAR if is_sure else MAX_REACH
    quotes = quotes_on_page(document, spans, shown if number or is_sure else 0)
    share = first / max(1, len(document.page_content))
    try:
        layout = library.page_views.lay_out(source, LayoutRequest(shown, quotes, reach, share))
    except NoPages as error:
        return page_view.render_no_page(error)
    if not layout.marks:  # a scan: its words are known from the recognition of its text
        layout = replace(layout, marks=recognised_marks(document, spans, layout.number))
    quoted_pages = sorted({page_of(document, at) for span in spans for at in (span[0], span[1] - 1)})
    return page_view.render_page(
        source, layout, [quote.text for quote in quotes], quoted_pages if has_pages and spans else ())

"""Passage list: the passages of one source as a dialog, with their tables drawn."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from langchain_core.documents import Document

from rag.schema import Source
from rag.sources.blocks import decode_blocks
from rag.sources.drawn_tables import find_tables
from ui.documents.passage_sections import section_below_title
from ui.web.answers.table_html import render_passage_text
from ui.web.texts.lookup import ui_text


def render_passages(source: Source, documents: Sequence[Document], first: int, limit: int) -> str:
    """A dialog with at most `limit` passages of a source, from index `first`; the script adds the later ones."""
    details = (source.author, source.publisher, source.container, source.date)
    about = " · ".join(escape(part) for part in details if part)
    passages = "".join(
        _render_passage(document, number, source.title)
        for number, document in enumerate(documents[first : first + limit], first + 1))
    left = len(documents) - first - limit
    more = ""
    if left > 0:
        label = ui_text("more passages", number=f"{left:,}")
        more = f'<p class="more"><button type="button" class="ours" data-first="{first + limit}">{label}</button></p>'
    return (
        f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p><bdi>{escape(source.name)}</bdi>'
        f'{" · " if about else ""}{about}</p><p>{passage_count(len(documents))}</p></div>'
        f'<button type="button" data-close>×</button></header><ol class="pieces">{passages}</ol>{more}')


def _render_passage(document: Document, number: int, title: str) -> str:
    metadata = document.metadata
    section = section_below_title(str(metadata.get("section") or ""), title)
    location = [escape(section)] if section else []
    location += [ui_text("page", number=str(metadata["page"]))] if metadata.get("page") else []
    return (
        f'<li><p class="where"><span class="number">{number}</span><span>{" · ".join(location)}</span>'
        f'<button type="button" class="quiet" data-start="{metadata["start"]}" data-end="{metadata["end"]}">'
        f'{ui_text("whole document")}</button></p>'
        f'<div class="text passage" lang="{metadata["language"]}">{_render_text(document)}</div></li>')


def _render_text(document: Document) -> str:
    """The text of a passage with its tables drawn; one that an old version split has no blocks."""
    text, start = document.page_content, int(document.metadata["start"])
    encoded = document.metadata.get("blocks")
    blocks = decode_blocks(encoded) if encoded else ()
    tables = find_tables(text, blocks, start)
    return render_passage_text(text, start, tables, lambda first, last: escape(text[first - start : last - start]))


def passage_count(number: int) -> str:
    """`1 passage`, `12 passages`, in both languages."""
    return ui_text("count passages one") if number == 1 else ui_text("count passages", number=f"{number:,}")

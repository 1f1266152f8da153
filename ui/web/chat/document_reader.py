"""The clean text of a source becomes HTML to read in: whole, or what stands around a passage of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from rag.schema import Source
from rag.text.language import sentence_spans
from ui.web.texts import ui_text

_MIN_CONTEXT, _MAX_CONTEXT = 160, 1_000  # characters before and after a passage: that are shown at least, and at most
_MAX_SHOWN = 60_000  # characters of a document that are shown at once, around the passage


def render_document(source: Source, text: str, start: int, end: int, quotes: Sequence[str]) -> str:
    """A document, with the passage at text[start:end] framed and the quotes in it marked; a very long one in part."""
    start, end = _clamp_span(text, start, end)
    first = _line_start(text, start - _MAX_SHOWN // 2) if start > _MAX_SHOWN // 2 else 0
    last = _line_end(text, max(end, first + _MAX_SHOWN))
    cut = f'<p class="cut">{ui_text("document cut")}</p>'
    about = " · ".join(escape(part) for part in (source.author, source.publisher, source.container, source.date) if part)
    here = f'<div class="here" tabindex="-1">{_render_blocks(text[start:end], quotes)}</div>'
    body = _render_blocks(text[first:start]) + here + _render_blocks(text[end:last])
    return (f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p>{about}</p></div>'
            f'<button type="button" data-close>×</button></header>'
            f'<article lang="{source.language}">{cut if first else ""}{body}{cut if last < len(text) else ""}</article>')


def render_context(text: str, start: int, end: int) -> str:
    """The sentences before and after text[start:end] that a reader needs to understand the passage."""
    start, end = _clamp_span(text, start, end)
    before, after = text[max(0, start - _MAX_CONTEXT) : start], text[end : end + _MAX_CONTEXT]
    first = next((at for at, to in sentence_spans(before) if len(before) - at <= _MIN_CONTEXT or to == len(before)), 0)
    last = next((to for _, to in sentence_spans(after) if to >= _MIN_CONTEXT), len(after))
    parts = (("before", before[first:].strip()), ("after", after[:last].strip()))
    return "".join(f'<div class="{name}">{_render_blocks(part)}</div>' for name, part in parts if part)


def _clamp_span(text: str, start: int, end: int) -> tuple[int, int]:
    """A place in the text, whatever an address names."""
    start = max(0, min(start, len(text)))
    return start, max(start, min(end, len(text)))


def _line_start(text: str, at: int) -> int:
    """The beginning of the first whole line after `at`."""
    return max(text.find("\n", at) + 1, at)


def _line_end(text: str, at: int) -> int:
    """The end of the last whole line before `at`, or of the text."""
    return len(text) if at >= len(text) else text.rfind("\n", at - _MAX_CONTEXT, at) if "\n" in text[at - _MAX_CONTEXT : at] else at


_HEADING = re.compile(r"(#{1,6})\s+(.*)")


def _render_blocks(text: str, quotes: Sequence[str] = ()) -> str:
    """Paragraphs and headings; nothing else of Markdown, and nothing of HTML."""
    html = []
    for block in re.split(r"\n\s*\n|\f", text):
        if heading := _HEADING.fullmatch(block.strip()):
            html.append(f"<h3>{escape(heading.group(2))}</h3>")
        elif block.strip():
            html.append(f"<p>{_highlight_quotes(block.strip(), quotes)}</p>")
    return "".join(html)


def _highlight_quotes(text: str, quotes: Sequence[str]) -> str:
    patterns = [r"\s+".join(map(re.escape, quote.split())) for quote in quotes if quote.split()]
    if not patterns:
        return escape(text)
    html, at = "", 0
    for found in re.finditer("|".join(sorted(patterns, key=len, reverse=True)), text):
        html += f"{escape(text[at : found.start()])}<mark>{escape(found.group())}</mark>"
        at = found.end()
    return html + escape(text[at:])

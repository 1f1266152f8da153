"""Document reader: the text of a source as HTML, with a passage framed, or only the sentences around a passage."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from rag.schema import Source
from rag.sources.drawn_tables import DrawnTable
from rag.text.language import sentence_spans
from ui.web.answers.table_html import render_table, with_tables
from ui.web.texts.lookup import ui_text

_MIN_CONTEXT, MAX_CONTEXT = 160, 1_000  # characters shown on each side of a passage, at least and at most
_MAX_SHOWN = 60_000  # characters of a document shown at once, around the passage


Span = tuple[int, int]  # start and end in a source's clean text, in characters


def render_document(
    source: Source, text: str, passage: Span, quotes: Sequence[Span], headings: Collection[Span] = (),
    tables: Sequence[DrawnTable] = (), tools: str = "", version: str = "",
) -> str:
    """A document with a passage framed and the quotes in it marked; a very long one in part.

    `headings` are the spans of its headings; a table in which the passage begins or ends is framed as a whole. `tools`
    is the HTML of what can be done with the document, `version` of what it is among its versions. Offsets outside the
    text are moved to its nearest end.
    """
    here = _clamp_span(text, *passage)
    first, last = shown_span(text, passage)
    for table in tables:
        if table.start < here[1] and here[0] < table.end:
            start, end = min(table.start, here[0]), max(table.end, here[1])
            here = max(start, first), min(end, last)
    start, end = here
    parts = _DocumentParts(text, quotes, headings, tables, _clamp_span(text, *passage))
    cut = f'<p class="cut">{ui_text("document cut")}</p>'
    details = (source.author, source.publisher, source.container, source.date)
    about = " · ".join(escape(part) for part in details if part)
    framed = f'<div class="here" tabindex="-1">{parts.render((start, end))}</div>' if start < end else ""
    body = parts.render((first, start)) + framed + parts.render((end, last))
    return (
        f'<header><div><h2 lang="{source.language}">{escape(source.title)}</h2><p>{about}</p>{version}</div>'
        f'<button type="button" data-close>×</button>{tools}</header>'
        f'<article lang="{source.language}">{cut if first else ""}{body}{cut if last < len(text) else ""}</article>')


def shown_span(text: str, passage: Span) -> Span:
    """The part of a document that is shown with a passage: all of it, or _MAX_SHOWN characters around the passage."""
    start, end = _clamp_span(text, *passage)
    first = _line_start(text, start - _MAX_SHOWN // 2) if start > _MAX_SHOWN // 2 else 0
    return first, _line_end(text, max(end, first + _MAX_SHOWN))


def render_context(
    text: str, start: int, end: int, limits: Sequence[Span] = (), labels: Collection[Span] = (),
) -> str:
    """Whole sentences before and after text[start:end], which help to understand the passage.

    Nothing is shown from the nearest of `limits` on: the title, which is shown above the passage, and the rows of
    tables, of which a few without their table say nothing. Nor do headings and captions (`labels`) right before the
    passage, because its section is shown too, or at the end, without what they name.
    """
    start, end = _clamp_span(text, start, end)
    before, after = text[max(0, start - MAX_CONTEXT) : start], text[end : end + MAX_CONTEXT]
    first, last = start - len(before) + _context_start(before), end + _context_end(after)
    first = max([first, *(limit_end for _, limit_end in limits if limit_end <= start)])
    last = min([last, *(limit_start for limit_start, _ in limits if limit_start >= end)])
    before, after = text[first : _before_labels(text, start, labels)], text[end : _before_labels(text, last, labels)]
    parts = (("before", before.strip()), ("after", after.strip()))
    return "".join(
        f'<div class="{name}">{_DocumentParts(part).render((0, len(part)))}</div>' for name, part in parts if part)


def _before_labels(text: str, position: int, labels: Collection[Span]) -> int:
    """The position, or that of the first of the labels that are directly before it."""
    starts = {end: start for start, end in labels}
    while (end := len(text[:position].rstrip())) in starts:
        position = starts[end]
    return position


def _context_start(before: str) -> int:
    """The first sentence start within the last `_MIN_CONTEXT` characters, or the start of the last sentence."""
    for start, end in sentence_spans(before):
        if len(before) - start <= _MIN_CONTEXT or end == len(before):
            return start
    return 0


def _context_end(after: str) -> int:
    """The first sentence end at or after `_MIN_CONTEXT` characters, or the end of the text."""
    for _, end in sentence_spans(after):
        if end >= _MIN_CONTEXT:
            return end
    return len(after)


def _clamp_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The span moved into the text: an address can name any numbers."""
    start = max(0, min(start, len(text)))
    return start, max(start, min(end, len(text)))


def _line_start(text: str, position: int) -> int:
    """The start of the first whole line after a position."""
    return max(text.find("\n", position) + 1, position)


def _line_end(text: str, position: int) -> int:
    """The end of the last whole line before a position; the position itself where no line ends near it."""
    if position >= len(text):
        return len(text)
    line_break = text.rfind("\n", position - MAX_CONTEXT, position)
    return position if line_break < 0 else line_break


_OLD_HEADING = re.compile(r"#{1,6}\s+(.*)")  # in the text of a source that was read before 0.6
_PARAGRAPH = re.compile(r"(?:(?!\n[^\S\n]*\n|\f).)+", re.S)


@dataclass(frozen=True)
class _DocumentParts:
    """Renders parts of a document; the rows of tables that are in the passage `here` are framed."""

    text: str
    quotes: Sequence[Span] = ()
    headings: Collection[Span] = ()
    tables: Sequence[DrawnTable] = ()
    here: Span = (0, 0)

    def render(self, span: Span) -> str:
        """The paragraphs, headings and tables of a part as HTML, a line of a list on its own line."""
        return with_tables(span, self.tables, self._render_text, self._render_table)

    def _render_table(self, table: DrawnTable) -> str:
        return render_table(table, lambda start, end: _mark_quotes(self.text, start, end, self.quotes), self.here)

    def _render_text(self, first: int, last: int) -> str:
        html = []
        for match in _PARAGRAPH.finditer(self.text, first, last):
            start, end = match.start() + _leading_spaces(match.group()), match.start() + len(match.group().rstrip())
            if start >= end:
                continue
            old_heading = _OLD_HEADING.fullmatch(self.text, start, end)
            if old_heading or (start, end) in self.headings:
                html.append(f"<h3>{escape(old_heading.group(1) if old_heading else self.text[start:end])}</h3>")
            else:
                html.append(f"<p>{_mark_quotes(self.text, start, end, self.quotes)}</p>")
        return "".join(html)


def _leading_spaces(text: str) -> int:
    return len(text) - len(text.lstrip())


def _mark_quotes(text: str, start: int, end: int, quotes: Sequence[Span]) -> str:
    html, position = "", start
    for quote_start, quote_end in sorted(quotes):
        left, right = max(quote_start, position), min(quote_end, end)
        if left < right:
            html += f"{_escape_lines(text[position:left])}<mark>{_escape_lines(text[left:right])}</mark>"
            position = right
    return html + _escape_lines(text[position:end])


def _escape_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")

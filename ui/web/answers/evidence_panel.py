"""Evidence panel: the passages behind each answer, with cited quotes highlighted, and references to the cited works."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache, partial
from html import escape

from rag.references.entries import ReferenceStyle, format_references
from rag.schema import Answer, Citation, CitationState, Passage, Source
from rag.sources.drawn_tables import DrawnTable, find_tables
from rag.text.language import detect_language
from ui.documents.passage_sections import section_below_title
from ui.history.entries import ConversationEntry
from ui.web.answers.table_html import render_passage_text
from ui.web.texts.lookup import SYMBOLS, ui_text
from ui.web.texts.version_lines import render_version

_REFERENCE_STYLES: tuple[ReferenceStyle, ...] = ("gbt7714", "apa")


def render_evidence(
    entries: Sequence[ConversationEntry], conversation_id: str = "", changed: Collection[str] = (), first: int = 1,
) -> str:
    """The panels of all turns, counted from `first`; the last one is visible, the page's script shows the others.

    `conversation_id` is empty until the conversation is saved; `changed` are the ids of sources that have changed or
    gone since the answers.
    """
    last = first + len(entries) - 1
    changed_ids = frozenset(changed)
    panels = ""
    for turn, entry in enumerate(entries, first):
        render_panel = _render_panel if turn == last else _render_cached_panel
        panels += render_panel(entry, turn, changed_ids, shown=turn == last)
    empty = "" if entries else f'<p class="empty">{ui_text("evidence empty")}</p>{_render_legend()}'
    return (
        f'<div class="evidence" data-talk="{escape(conversation_id)}">'
        f'<div class="label"><h2>{ui_text("evidence")}</h2>'
        f'<button type="button" class="sheet-close"></button></div>{empty}{panels}</div>')


def _render_legend() -> str:
    states: tuple[CitationState, ...] = ("verified quote", "supported", "read with doubt", "not found")
    items = "".join(
        f"<div><dt>{_render_state(state)}</dt><dd>{ui_text(f'{state} means')}</dd></div>" for state in states)
    return f'<dl class="legend">{items}</dl>'


def _render_panel(entry: ConversationEntry, turn: int, changed: frozenset[str], *, shown: bool) -> str:
    answer = entry.exchange.answer
    order = list(dict.fromkeys(citation.marker for citation in answer.citations))  # by first citation
    by_number = {passage.number: passage for passage in answer.passages}
    cited = [by_number[number] for number in order if number in by_number]
    others = [passage for passage in answer.passages if passage.number not in order]
    card = partial(_render_card, answer=answer, turn=turn, changed=changed)
    if cited:
        cards = "".join(map(card, cited))
        more = ""
        if others:
            summary = _render_heading("more", others)
            more = f'<details class="more"><summary>{summary}</summary>{"".join(map(card, others))}</details>'
        references = _render_references(cited, entry.sources, turn)
        groups = f'<h3>{_render_heading("cited", cited)}</h3>{cards}{references}{more}'
    elif others:
        key = "nearest" if answer.status == "unanswered" else "found"
        groups = f'<h3>{_render_heading(key, others)}</h3>{"".join(map(card, others))}'
    else:
        groups = f'<p class="empty">{ui_text("no passages")}</p>' if answer.status != "composing" else ""
    notice = ""
    if any(passage.source_id in changed for passage in cited):
        sign = f'<span class="sign">{SYMBOLS["changed"]}</span>'
        notice = f'<p class="changed" role="note">{sign} {ui_text("changed")}</p>'
    hidden = "" if shown else " hidden"
    return (
        f'<section id="evidence-{turn}" class="turn" tabindex="-1"{hidden}>'
        f'{_render_question(answer.question, turn)}{notice}{groups}</section>')


# earlier panels do not change while the latest one is redrawn, up to twenty times a second
_render_cached_panel = lru_cache(maxsize=256)(_render_panel)


def _render_question(question: str, turn: int) -> str:
    """The question of a turn, and a link back to its answer."""
    return (
        f'<p class="asked"><span>{ui_text("of question")}'
        f'<span lang="{detect_language(question)}">{escape(question)}</span></span>'
        f'<a href="#answer-{turn}">{ui_text("back")}</a></p>')


def _render_references(cited: Sequence[Passage], sources: Sequence[Source], turn: int) -> str:
    """The works of the cited passages as references in each style, each list with a link to copy it."""
    by_id = {source.id: source for source in sources}
    works = [by_id[id] for id in dict.fromkeys(passage.source_id for passage in cited) if id in by_id]
    if not works:
        return ""
    lists = "".join(
        f'<div class="style"><p>{ui_text(style)} '
        f'<a class="act copy" href="#references-{turn}-{style}">{ui_text("copy")}</a></p>'
        f'<ul class="{style}">{_render_entries(works, style)}</ul></div>'
        for style in _REFERENCE_STYLES)
    return f'<details class="references"><summary>{ui_text("references")}</summary>{lists}</details>'


def _render_entries(works: Sequence[Source], style: ReferenceStyle) -> str:
    references = zip(works, format_references(works, style), strict=True)
    return "".join(f'<li lang="{work.language}">{escape(reference)}</li>' for work, reference in references)


def _render_heading(key: str, passages: Sequence[Passage]) -> str:
    return f'{ui_text(key)} <span class="count">{len(passages)}</span>'


def _render_card(passage: Passage, *, answer: Answer, turn: int, changed: Collection[str]) -> str:
    citations = [citation for citation in answer.citations if citation.marker == passage.number]
    statements = [statement for disagreement in answer.disagreements for statement in disagreement.statements]
    quotes = [statement.quote for statement in statements if statement.passage == passage.number]
    section = section_below_title(passage.section, passage.title)
    location = [escape(section)] if section else []
    location += [ui_text("page", number=str(passage.page))] if passage.page else []
    location += [escape(passage.date)] if passage.date else []
    tables = find_tables(passage.text, passage.blocks, passage.start)
    body = _render_passage(passage, citations, quotes, tables)
    lead = _lead_text(passage, tables)
    lead = f'<p class="around" lang="{passage.language}">{escape(lead)}</p>' if lead else ""
    spans = " ".join(f"{citation.start}-{citation.end}" for citation in citations if citation.start < citation.end)
    version = render_version(passage.version) if passage.version else ""
    states = "".join(_render_state(state) for state in dict.fromkeys(citation.state for citation in citations))
    return (
        f'<details class="card" id="cite-{turn}-{passage.number}"{" open" if citations else ""}>'
        f'<summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where" lang="{passage.language}">{" · ".join(location)}</span>'
        f'{version}{states}{_render_notes(passage, citations, answer, changed)}</span></summary>'
        f'<div class="passage" lang="{passage.language}" data-source="{escape(passage.source_id)}" '
        f'data-start="{passage.start}" data-end="{passage.end}" data-quotes="{spans}">{lead}{body}</div>'
        f'{_render_links(passage)}</details>')


def _lead_text(passage: Passage, tables: Sequence[DrawnTable]) -> str:
    """What stands elsewhere in the document and belongs to the passage: its question, the caption of its table.

    Heads of columns are left out where they are drawn with their table.
    """
    drawn = {cell.text for table in tables for row in table.heads for cell in row.cells if not cell.spans}
    return " · ".join(part.text for part in passage.lead if part.text not in drawn)


def _render_links(passage: Passage) -> str:
    """Links from a passage to its document, and to the same passage in the edition of the other language."""
    counterpart = ""
    if passage.edition_of:
        label = ui_text("in zh" if passage.language == "en" else "in en")
        counterpart = f'<a href="#counterpart" data-passage="{escape(passage.id)}">⇄ {label}</a>'
    return f'<p class="tools"><a href="#document">{ui_text("whole document")}</a>{counterpart}</p>'


def _render_notes(passage: Passage, citations: Sequence[Citation], answer: Answer, changed: Collection[str]) -> str:
    """Who cited the passage, model or Huwen; that the model was not given it; that its document has changed; that it
    is a scan.
    """
    matched = {citation.matched for citation in citations}
    applies = {
        "matched": matched == {True}, "partly matched": len(matched) == 2,
        "left out": passage.number in answer.packed.left_out, "changed source": passage.source_id in changed,
        "recognised": passage.is_recognised}
    return "".join(
        f'<span class="note"><span class="sign">{SYMBOLS[key]}</span> {ui_text(key)}</span>'
        for key in applies if applies[key])


def _render_state(state: CitationState) -> str:
    return f'<span class="state {state.split()[0]}"><span class="sign">{SYMBOLS[state]}</span> {ui_text(state)}</span>'


def _render_passage(
    passage: Passage, citations: Sequence[Citation], statements: Sequence[str], tables: Sequence[DrawnTable],
) -> str:
    """A passage as HTML: its tables drawn, with the quotes of citations and of disagreeing `statements` in <mark>.

    Of several cells with the same text the cited one is marked.
    """
    spans = _quote_spans(passage.text, citations, statements, passage.start)
    return render_passage_text(
        passage.text, passage.start, tables,
        lambda start, end: _mark_spans(passage.text, spans, (start - passage.start, end - passage.start)))


def highlight_quotes(
    text: str, citations: Sequence[Citation], statements: Sequence[str] = (), offset: int = 0,
) -> str:
    """A passage as HTML, with the quotes of citations and of disagreeing `statements` in <mark>, without overlaps.

    `offset` is where the passage begins in its source: of several cells with the same text the cited one is marked.

    `产值为3.8万亿元。目标5万亿元。` with the quote `产值为3.8万亿元。`
    → `<mark class="verified">产值为3.8万亿元。</mark>目标5万亿元。`
    """
    return _mark_spans(text, _quote_spans(text, citations, statements, offset), (0, len(text)))


_QuoteSpan = tuple[int, int, str]  # start and end in a text, in characters, and the class of its mark


def _quote_spans(
    text: str, citations: Sequence[Citation], statements: Sequence[str], offset: int,
) -> list[_QuoteSpan]:
    """Where the quotes of citations and of disagreeing statements are in a passage, in order."""
    spans = [
        (*span, citation.state.split()[0]) for citation in citations
        if (span := _citation_span(text, citation, offset))]
    spans += [(*span, "told") for quote in statements if (span := _quote_span(text, quote))]
    return sorted(spans, key=lambda span: span[:2])  # of equal spans the citation comes first


def _mark_spans(text: str, spans: Sequence[_QuoteSpan], part: tuple[int, int]) -> str:
    """A part of a text as HTML, with the spans in <mark>, without overlaps."""
    html, (position, last) = "", part
    for start, end, kind in spans:
        start, end = max(start, position), min(end, last)
        if end > start:
            html += f'{escape(text[position:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
            position = end
    return html + escape(text[position:last])


def _citation_span(text: str, citation: Citation, offset: int) -> tuple[int, int] | None:
    """Start and end of a citation's quote in a passage: by its offsets, or for an older answer by its words."""
    start, end = citation.start - offset, citation.end - offset
    if 0 <= start < end and text[start:end] == citation.quote:
        return start, end
    return _quote_span(text, citation.quote)


def _quote_span(text: str, quote: str) -> tuple[int, int] | None:
    """Start and end of a quote in a text, in characters, with any white space between its words."""
    words = quote.split()
    match = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return match.span() if match else None

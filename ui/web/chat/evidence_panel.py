"""Answers become the panels beside the conversation: the passages that each rests on, and the references to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache, partial
from html import escape

from rag.references.entries import ReferenceStyle, format_references
from rag.schema import Answer, Citation, CitationState, Passage, Source
from rag.text.language import detect_language
from ui.history.entries import ConversationEntry
from ui.web.texts import SYMBOLS, ui_text

_REFERENCE_STYLES: tuple[ReferenceStyle, ...] = ("gbt7714", "apa")


def render_evidence(entries: Sequence[ConversationEntry], conversation_id: str = "", changed: Collection[str] = (), first: int = 1) -> str:
    """The panels of all turns, counted from `first`; the last one is shown, the page's script brings back the others.

    `talk` is the kept conversation; `changed` are the ids of sources that are no longer as they were when the answers were given.
    """
    last = first + len(entries) - 1
    since = frozenset(changed)
    panels = "".join(
        (_render_panel if turn == last else _render_cached_panel)(entry, turn, since, shown=turn == last) for turn, entry in enumerate(entries, first))
    empty = "" if entries else f'<p class="empty">{ui_text("evidence empty")}</p>{_render_legend()}'
    return (f'<div class="evidence" data-talk="{escape(conversation_id)}"><div class="label"><h2>{ui_text("evidence")}</h2>'
            f'<button type="button" class="sheet-close"></button></div>{empty}{panels}</div>')


def _render_legend() -> str:
    states: tuple[CitationState, ...] = ("verified quote", "supported", "not found")
    return '<dl class="legend">' + "".join(f"<div><dt>{_render_state(s)}</dt><dd>{ui_text(f'{s} means')}</dd></div>" for s in states) + "</dl>"


def _render_panel(entry: ConversationEntry, turn: int, changed: frozenset[str], *, shown: bool) -> str:
    answer = entry.exchange.answer
    order = list(dict.fromkeys(citation.marker for citation in answer.citations))  # of first citation
    by_number = {passage.number: passage for passage in answer.passages}
    cited = [by_number[number] for number in order if number in by_number]
    others = [passage for passage in answer.passages if passage.number not in order]
    card = partial(_render_card, answer=answer, turn=turn, changed=changed)
    asked = (f'<p class="asked"><span>{ui_text("of question")}<span lang="{detect_language(answer.question)}">{escape(answer.question)}</span></span>'
             f'<a href="#answer-{turn}">{ui_text("back")}</a></p>')
    if cited:
        more = (f'<details class="more"><summary>{_render_heading("more", others)}</summary>{"".join(map(card, others))}</details>'
                if others else "")
        groups = f'<h3>{_render_heading("cited", cited)}</h3>{"".join(map(card, cited))}{_render_references(cited, entry.sources, turn)}{more}'
    elif others:
        key = "nearest" if answer.status == "unanswered" else "found"
        groups = f'<h3>{_render_heading(key, others)}</h3>{"".join(map(card, others))}'
    else:
        groups = f'<p class="empty">{ui_text("no passages")}</p>' if answer.status != "composing" else ""
    since = f'<p class="changed" role="note"><span class="sign">{SYMBOLS["changed"]}</span> {ui_text("changed")}</p>' if any(
        passage.source_id in changed for passage in cited) else ""
    return f'<section id="evidence-{turn}" class="turn" tabindex="-1"{"" if shown else " hidden"}>{asked}{since}{groups}</section>'


_render_cached_panel = lru_cache(maxsize=256)(_render_panel)  # they stay as they are while the latest grows, which is drawn twenty times a second


def _render_references(cited: Sequence[Passage], sources: Sequence[Source], turn: int) -> str:
    """The works that the cited passages are of, as references in each style, ready to be copied."""
    by_id = {source.id: source for source in sources}
    works = [by_id[id] for id in dict.fromkeys(passage.source_id for passage in cited) if id in by_id]
    if not works:
        return ""
    lists = "".join(
        f'<div class="style"><p>{ui_text(style)} <a class="act copy" href="#references-{turn}-{style}">{ui_text("copy")}</a></p>'
        f'<ul class="{style}">{_render_entries(works, style)}</ul></div>'
        for style in _REFERENCE_STYLES)
    return f'<details class="references"><summary>{ui_text("references")}</summary>{lists}</details>'


def _render_entries(works: Sequence[Source], style: ReferenceStyle) -> str:
    listed = zip(works, format_references(works, style), strict=True)
    return "".join(f'<li lang="{work.language}">{escape(entry)}</li>' for work, entry in listed)


def _render_heading(key: str, passages: Sequence[Passage]) -> str:
    return f'{ui_text(key)} <span class="count">{len(passages)}</span>'


def _render_card(passage: Passage, *, answer: Answer, turn: int, changed: Collection[str]) -> str:
    citations = [citation for citation in answer.citations if citation.marker == passage.number]
    told = [one.quote for differing in answer.disagreements for one in differing.statements if one.passage == passage.number]
    where = [escape(passage.section)] if passage.section else []
    where += [ui_text("page", number=str(passage.page))] if passage.page else []
    where += [escape(passage.date)] if passage.date else []
    body = highlight_quotes(passage.text, citations, told).replace("\n\n", '<span class="gap"></span>')
    states = "".join(_render_state(state) for state in dict.fromkeys(citation.state for citation in citations))
    return (
        f'<details class="card" id="cite-{turn}-{passage.number}"{" open" if citations else ""}>'
        f'<summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where" lang="{passage.language}">{" · ".join(where)}</span>'
        f'{states}{_render_notes(passage, citations, answer, changed)}</span></summary>'
        f'<div class="passage" lang="{passage.language}" data-source="{escape(passage.source_id)}" data-start="{passage.start}" '
        f'data-end="{passage.end}">{body}</div>{_render_links(passage)}</details>')


def _render_links(passage: Passage) -> str:
    """The ways on from a passage: its document, and the same in the other language."""
    across = (f'<a href="#counterpart" data-passage="{escape(passage.id)}">⇄ {ui_text("in zh" if passage.language == "en" else "in en")}</a>'
              if passage.edition_of else "")
    return f'<p class="tools"><a href="#document">{ui_text("whole document")}</a>{across}</p>'


def _render_notes(passage: Passage, citations: Sequence[Citation], answer: Answer, changed: Collection[str]) -> str:
    """How the passage came to be cited, or why it could not be, and whether its document has changed."""
    matched = {citation.matched for citation in citations}
    applies = {"matched": matched == {True}, "partly matched": len(matched) == 2, "left out": passage.number in answer.packed.left_out,
               "changed source": passage.source_id in changed}
    return "".join(f'<span class="note"><span class="sign">{SYMBOLS[key]}</span> {ui_text(key)}</span>' for key in applies if applies[key])


def _render_state(state: CitationState) -> str:
    return f'<span class="state {state.split()[0]}"><span class="sign">{SYMBOLS[state]}</span> {ui_text(state)}</span>'


def highlight_quotes(text: str, citations: Sequence[Citation], statements: Sequence[str] = ()) -> str:
    """A passage as HTML, the citations' quotes and other sentences that it is `told` for in <mark>; spans that overlap become one.

    `产值为3.8万亿元。目标5万亿元。` with the quote `产值为3.8万亿元。` → `<mark class="verified">产值为3.8万亿元。</mark>目标5万亿元。`
    """
    quotes = [*((citation.quote, citation.state.split()[0]) for citation in citations), *((quote, "told") for quote in statements)]
    spans = [(*span, kind) for quote, kind in quotes if (span := _quote_span(text, quote))]
    html, at = "", 0
    for start, end, kind in sorted(spans, key=lambda span: span[:2]):  # of the same words the citation comes first
        if end > at:
            start = max(start, at)
            html += f'{escape(text[at:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
            at = end
    return html + escape(text[at:])


def _quote_span(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever white space either has."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None

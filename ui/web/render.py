"""Answers become Markdown for the conversation and HTML for the evidence; whatever a document or a model says stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from rag.schema import Answer, Citation, CitationState, Language, Passage
from ui.web import judged
from ui.web.exchange import Exchange
from ui.web.markdown import literal_markdown, safe_markdown
from ui.web.texts import SUGGESTIONS, SYMBOLS, both

# --- the conversation


def welcome() -> str:
    """What stands in an empty conversation: a greeting and, in each language, three questions to begin with."""
    questions = "".join(
        f'<div class="suggestions say-{language}">'
        + "".join(f'<a href="#ask-{number}" lang="{language}">{escape(question)}</a>' for number, question in enumerate(listed, 1))
        + "</div>"
        for language, listed in SUGGESTIONS.items())
    return f'<div class="welcome"><h2>{both("welcome")}</h2><p>{both("welcome more")}</p>{questions}</div>'


def reply(exchange: Exchange, turn: int) -> str:
    """The answer's text as safe Markdown with clickable citations and marked figures; empty before the first word."""
    answer = exchange.answer
    said = safe_markdown(answer.text, turn, {passage.number for passage in answer.passages}, answer.figures)
    return _in_language(said, answer.language) if said else ""


def asked(exchange: Exchange) -> str:
    """The question as its reader typed it, as Markdown."""
    return _in_language(literal_markdown(exchange.answer.question), exchange.answer.language)


def _in_language(markdown: str, language: Language) -> str:
    return f'<div lang="{language}">\n\n{markdown}\n\n</div>'  # blank lines: what stands between is Markdown again


def status_line(exchange: Exchange, turn: int) -> str:
    """One line of HTML under an answer: what became of it in a sign and words, then passages, figures, model, milliseconds."""
    answer = exchange.answer
    if exchange.at_work:
        doing = "thinking" if answer.thinking and not answer.text else "composing" if answer.passages else "searching"
        return f'<div class="status at-work">{both(doing)}</div>'
    state = "stopped" if exchange.stopped else answer.status
    parts = [f'<span class="verdict {state}"><span class="sign">{SYMBOLS[state]}</span> {both(state)}</span>']
    if answer.passages:
        parts.append(f'<a href="#evidence-{turn}">{both("passages", number=str(_count(answer)))}</a>')
    if answer.figures:
        held = sum(figure.state != "not found" for figure in answer.figures)
        parts.append(f'<span>{both("figures", held=str(held), all=str(len(answer.figures)))}</span>')
    parts.append(f'<span>{both("model", name=answer.model)}</span>')
    if answer.timings_ms.total:
        parts.append(f'<span>{both("milliseconds", number=f"{answer.timings_ms.total:,.0f}")}</span>')
    return f'<div class="status">{"".join(parts)}</div>'


def messages(exchange: Exchange, turn: int, *, latest: bool) -> list[str]:
    """What is said in reply, in order, those parts that are there: thoughts, answer, problem, and what was found about it.

    The status and all that is judged are apart from the answer, so that no Markdown can swallow them; only under the latest
    answer are there questions to go on with.
    """
    answer = exchange.answer
    under = [judged.figures(answer, turn), judged.disagreements(answer, turn), status_line(exchange, turn), judged.confidence(answer),
             judged.followups(answer) if latest and not exchange.at_work else ""]
    said = [judged.thoughts(exchange, turn), reply(exchange, turn), problem(exchange), "".join(under)]
    return [part for part in said if part]


def problem(exchange: Exchange) -> str:
    """Why an answer is not whole, as Markdown in the language of the page; empty where it is."""
    return f"{both('problem')}{literal_markdown(exchange.problem)}" if exchange.problem else ""


def _count(answer: Answer) -> int:
    return len({citation.marker for citation in answer.citations}) or len(answer.passages)


# --- HTML for the evidence


def masthead() -> str:
    """The head of the page: its name, a switch of language, a new conversation."""
    return (
        '<header class="masthead"><div class="name"><span class="wave" aria-hidden="true"></span><h1><span lang="zh">湖问</span>'
        f' <span class="latin">Huwen</span></h1><p>{both("tagline")}</p></div>'
        f'<nav><button type="button" class="new-chat">{both("new chat")}</button>'
        '<div class="languages" role="group"><button type="button" data-ui="zh" lang="zh">中文</button>'
        '<button type="button" data-ui="en" lang="en">EN</button></div></nav></header>')


def notice() -> str:
    """The line that says that no model is configured, and what changes that."""
    return f'<p class="notice" role="note">{both("no model")}</p>'


def evidence(exchanges: Sequence[Exchange]) -> str:
    """The panels of all turns, counted from 1; the last one is shown, the page's script brings back the others."""
    panels = "".join(
        _panel(exchange.answer, turn, shown=turn == len(exchanges)) for turn, exchange in enumerate(exchanges, 1))
    empty = "" if exchanges else f'<p class="empty">{both("evidence empty")}</p>{_legend()}'
    return f'<div class="evidence"><h2 class="label">{both("evidence")}</h2>{empty}{panels}</div>'


def _legend() -> str:
    states: tuple[CitationState, ...] = ("verified quote", "supported", "not found")
    return '<dl class="legend">' + "".join(f"<div><dt>{_state(s)}</dt><dd>{both(f'{s} means')}</dd></div>" for s in states) + "</dl>"


def _panel(answer: Answer, turn: int, *, shown: bool) -> str:
    order = list(dict.fromkeys(citation.marker for citation in answer.citations))  # of first citation
    by_number = {passage.number: passage for passage in answer.passages}
    cited = [by_number[number] for number in order if number in by_number]
    others = [passage for passage in answer.passages if passage.number not in order]
    asked = (f'<p class="asked"><span>{both("of question")}{escape(answer.question)}</span>'
             f'<a href="#answer-{turn}">{both("back")}</a></p>')
    if cited:
        groups = _group("cited", cited, answer, turn) + (_folded("more", others, answer, turn) if others else "")
    elif others:
        groups = _group("nearest" if answer.status == "unanswered" else "found", others, answer, turn)
    else:
        groups = f'<p class="empty">{both("no passages")}</p>' if answer.status != "composing" else ""
    return f'<section id="evidence-{turn}" class="turn" tabindex="-1"{"" if shown else " hidden"}>{asked}{groups}</section>'


def _group(key: str, passages: Sequence[Passage], answer: Answer, turn: int) -> str:
    return f"<h3>{_heading(key, passages)}</h3>{_cards(passages, answer, turn)}"


def _folded(key: str, passages: Sequence[Passage], answer: Answer, turn: int) -> str:
    return f'<details class="more"><summary>{_heading(key, passages)}</summary>{_cards(passages, answer, turn)}</details>'


def _heading(key: str, passages: Sequence[Passage]) -> str:
    return f'{both(key)} <span class="count">{len(passages)}</span>'


def _cards(passages: Sequence[Passage], answer: Answer, turn: int) -> str:
    return "".join(_card(passage, answer, f"cite-{turn}-{passage.number}") for passage in passages)


def _card(passage: Passage, answer: Answer, id: str) -> str:
    citations = [citation for citation in answer.citations if citation.marker == passage.number]
    told = [one.quote for differing in answer.disagreements for one in differing.statements if one.passage == passage.number]
    where = [escape(passage.section)] if passage.section else []
    if passage.page:
        where.append(both("page", number=str(passage.page)))
    body = marked(passage.text, citations, told).replace("\n\n", '<span class="gap"></span>')
    states = "".join(_state(state) for state in dict.fromkeys(citation.state for citation in citations))
    return (
        f'<details class="card" id="{id}"{" open" if citations else ""}><summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where">{" · ".join(where)}</span>{states}{_notes(passage, citations, answer)}</span></summary>'
        f'<div class="passage" lang="{passage.language}">{body}</div></details>')


def _notes(passage: Passage, citations: Sequence[Citation], answer: Answer) -> str:
    """How the passage came to be cited, or why it could not be."""
    matched = {citation.matched for citation in citations}
    applies = {"matched": matched == {True}, "partly matched": len(matched) == 2, "left out": passage.number in answer.packed.left_out}
    return "".join(f'<span class="note"><span class="sign">{SYMBOLS[key]}</span> {both(key)}</span>' for key in applies if applies[key])


def _state(state: CitationState) -> str:
    return f'<span class="state {state.split()[0]}"><span class="sign">{SYMBOLS[state]}</span> {both(state)}</span>'


def marked(text: str, citations: Sequence[Citation], told: Sequence[str] = ()) -> str:
    """A passage as HTML, the citations' quotes and other sentences that it is `told` for in <mark>; spans that overlap become one.

    `产值为3.8万亿元。目标5万亿元。` with the quote `产值为3.8万亿元。` → `<mark class="verified">产值为3.8万亿元。</mark>目标5万亿元。`
    """
    quotes = [*((citation.quote, citation.state.split()[0]) for citation in citations), *((quote, "told") for quote in told)]
    spans = [(*span, kind) for quote, kind in quotes if (span := _span(text, quote))]
    html, at = "", 0
    for start, end, kind in sorted(spans, key=lambda span: span[:2]):  # of the same words the citation comes first
        if end > at:
            start = max(start, at)
            html += f'{escape(text[at:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
            at = end
    return html + escape(text[at:])


def _span(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever white space either has."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None

"""Answers become Markdown for the conversation and HTML for the evidence; whatever a document or a model says stays text."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape

from rag.schema import Answer, Citation, CitationState, Language, Passage
from ui.web.exchange import Exchange
from ui.web.texts import SUGGESTIONS, SYMBOLS, both

# --- Markdown for the conversation

_CODE = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n.*?(?:^[ ]{0,3}(?P=fence)[`~]*[ \t]*$|\Z)|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)",
    re.M | re.S)
_FENCE_LANGUAGE = re.compile(r"^(?P<before>[ \t>*+\-.\d)]*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*$", re.M)
_MARKER = re.compile(r"(?<!\\)\[(\d{1,3})\]")
_DEFINITION = re.compile(r"^([ \t>*+\-.\d)]*)\[(?=([^\]\n]*)\]:)", re.M)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_UNSAFE_TARGET = re.compile(r"\]\((?!\s*https?://)")
_APART = "\u2060"  # word joiner: no width, no break


def safe_markdown(text: str, turn: int = 0, numbers: Collection[int] = ()) -> str:
    """Untrusted Markdown as Markdown that can neither carry HTML nor load anything, with its citations linked.

    Markers [n] with n in `numbers` become links to `#cite-<turn>-<n>`; other numbers, and all in code, stay text.
    The result never holds a `<` that opens a tag nor a `![` that opens an image, also where this reading of code and the
    browser's differ; code therefore has a word joiner between the two signs. A fence keeps no language: mermaid loads images.

    `产值为3.8万亿元[1]。` → `产值为3.8万亿元[\\[1\\]](#cite-1-1)。`;  `<img src=x>` → `&lt;img src=x>`
    """
    text = _FENCE_LANGUAGE.sub(r"\g<before>\g<fence>", text)
    parts: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        parts += [_prose(text[at : code.start()], turn, numbers), _code(code.group())]
        at = code.end()
    return "".join([*parts, _prose(text[at:], turn, numbers)])


def _code(text: str) -> str:
    return _TAG.sub("<" + _APART, text).replace("![", f"!{_APART}[")


def _prose(text: str, turn: int, numbers: Collection[int]) -> str:
    def is_known(number: str) -> bool:
        return number.isdecimal() and int(number) in numbers

    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "&#33;[")
    text = _DEFINITION.sub(lambda m: m.group() if is_known(m.group(2)) else m.group(1) + "&#91;", text)
    text = _UNSAFE_TARGET.sub("]&#40;", text)
    return _MARKER.sub(lambda m: rf"[\[{m.group(1)}\]](#cite-{turn}-{int(m.group(1))})" if is_known(m.group(1)) else m.group(), text)


_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def literal_markdown(text: str) -> str:
    """Markdown that shows a text letter for letter: what a reader typed, or the sentence of an error.

    `*甲* <b>` → `\\*甲\\* &lt;b&gt;`
    """
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(_PUNCTUATION.sub(lambda m: _ENTITIES.get(m.group(), "\\" + m.group()), line) for line in lines)


def welcome() -> str:
    """What stands in an empty conversation: a greeting and, in each language, three questions to begin with."""
    questions = "".join(
        f'<div class="suggestions say-{language}">'
        + "".join(f'<a href="#ask-{number}" lang="{language}">{escape(question)}</a>' for number, question in enumerate(listed, 1))
        + "</div>"
        for language, listed in SUGGESTIONS.items())
    return f'<div class="welcome"><h2>{both("welcome")}</h2><p>{both("welcome more")}</p>{questions}</div>'


def reply(exchange: Exchange, turn: int) -> str:
    """The answer's text as safe Markdown with clickable citations; empty before the first word."""
    answer = exchange.answer
    said = safe_markdown(answer.text, turn, {passage.number for passage in answer.passages})
    return _in_language(said, answer.language) if said else ""


def asked(exchange: Exchange) -> str:
    """The question as its reader typed it, as Markdown."""
    return _in_language(literal_markdown(exchange.answer.question), exchange.answer.language)


def _in_language(markdown: str, language: Language) -> str:
    return f'<div lang="{language}">\n\n{markdown}\n\n</div>'  # blank lines: what stands between is Markdown again


def status_line(exchange: Exchange, turn: int) -> str:
    """One line of HTML under an answer: what became of it in a sign and words, then passages, model and milliseconds."""
    answer = exchange.answer
    if exchange.at_work:
        return f'<div class="status at-work">{both("composing" if answer.passages else "searching")}</div>'
    state = "stopped" if exchange.stopped else answer.status
    parts = [f'<span class="verdict {state}"><span class="sign">{SYMBOLS[state]}</span> {both(state)}</span>']
    if answer.passages:
        parts.append(f'<a href="#evidence-{turn}">{both("passages", number=str(_count(answer)))}</a>')
    parts.append(f'<span>{both("model", name=answer.model)}</span>')
    if answer.timings_ms.total:
        parts.append(f'<span>{both("milliseconds", number=f"{answer.timings_ms.total:,.0f}")}</span>')
    return f'<div class="status">{"".join(parts)}</div>'


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
    return "".join(
        _card(passage, [c for c in answer.citations if c.marker == passage.number], f"cite-{turn}-{passage.number}")
        for passage in passages)


def _card(passage: Passage, citations: Sequence[Citation], id: str) -> str:
    where = [escape(passage.section)] if passage.section else []
    if passage.page:
        where.append(both("page", number=str(passage.page)))
    body = marked(passage.text, citations).replace("\n\n", '<span class="gap"></span>')
    states = "".join(_state(state) for state in dict.fromkeys(citation.state for citation in citations))
    return (
        f'<details class="card" id="{id}"{" open" if citations else ""}><summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where">{" · ".join(where)}</span>{states}</span></summary>'
        f'<div class="passage" lang="{passage.language}">{body}</div></details>')


def _state(state: CitationState) -> str:
    return f'<span class="state {state.split()[0]}"><span class="sign">{SYMBOLS[state]}</span> {both(state)}</span>'


def marked(text: str, citations: Sequence[Citation]) -> str:
    """A passage as HTML, the citations' quotes in <mark>; spans that overlap become one.

    `产值为3.8万亿元。目标5万亿元。` with the quote `产值为3.8万亿元。` → `<mark class="verified">产值为3.8万亿元。</mark>目标5万亿元。`
    """
    spans = sorted((*span, citation.state) for citation in citations if (span := _span(text, citation.quote)))
    html, at = "", 0
    for start, end, state in spans:
        if end > at:
            start = max(start, at)
            html += f'{escape(text[at:start])}<mark class="{state.split()[0]}">{escape(text[start:end])}</mark>'
            at = end
    return html + escape(text[at:])


def _span(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, whatever white space either has."""
    words = quote.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found.span() if found else None

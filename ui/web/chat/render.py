"""Exchanges become Markdown for the conversation, and what stands around it HTML; whatever a document or a model says stays text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.schema import Answer, Language
from rag.text.language import detect_language
from ui.history.entries import Thumb
from ui.history.exchange import Exchange
from ui.web.chat import verification_html
from ui.web.chat.markdown import literal_markdown, safe_markdown
from ui.web.texts import SYMBOLS, ui_text


def welcome_html() -> str:
    """What stands in an empty conversation: a greeting, and room for questions to begin with."""
    return f'<div class="welcome"><h2>{ui_text("welcome")}</h2><p>{ui_text("welcome more")}</p><div class="starters"></div></div>'


def starters_html(questions: Mapping[Language, Sequence[str]]) -> str:
    """Questions to begin with, in each language."""
    return "".join(
        f'<div class="suggestions say-{language}">'
        + "".join(f'<a href="#ask-{number}" lang="{detect_language(question)}">{escape(question)}</a>' for number, question in enumerate(listed, 1))
        + "</div>"
        for language, listed in questions.items())


def reply_markdown(exchange: Exchange, turn: int) -> str:
    """The answer's text as safe Markdown with clickable citations and marked figures; empty before the first word."""
    answer = exchange.answer
    numbers, evidence = {passage.number for passage in answer.passages}, [passage.text for passage in answer.passages]
    said = safe_markdown(answer.text, turn, numbers, answer.figures, evidence)
    return _wrap_markdown("reply", said, answer.language) if said else ""


def question_markdown(exchange: Exchange, turn: int) -> str:
    """The question as its reader typed it, as Markdown, and a link to edit it."""
    question = exchange.answer.question
    words = _wrap_markdown("words", literal_markdown(question), detect_language(question))
    return f'<div class="asked">{words}<a class="act edit" href="#edit-{turn}"></a></div>'


def _wrap_markdown(name: str, markdown: str, language: Language) -> str:
    return f'<div class="{name}" lang="{language}">\n\n{markdown}\n\n</div>'  # blank lines: what stands between is Markdown again


def actions_html(turn: int, thumb: Thumb) -> str:
    """What can be done with an answer: copied, asked for again, judged."""
    links = "".join(f'<a class="act {name}" href="#{name}-{turn}"></a>' for name in ("copy", "again", "up", "down"))
    return f'<div class="actions {thumb or "none"}" id="actions-{turn}">{links}</div>'


def status_line(exchange: Exchange, turn: int) -> str:
    """One line of HTML under an answer: what became of it in a sign and words, then passages, figures, model, milliseconds."""
    answer = exchange.answer
    if exchange.in_progress:
        doing = "thinking" if answer.thinking and not answer.text else "composing" if answer.passages else "searching"
        return f'<div class="status at-work">{ui_text(doing)}</div>'
    state = "stopped" if exchange.stopped else answer.status
    parts = [f'<span class="verdict {state}"><span class="sign">{SYMBOLS[state]}</span> {ui_text(state)}</span>']
    if answer.passages:
        parts.append(f'<a href="#evidence-{turn}">{ui_text("passages", number=str(_evidence_count(answer)))}</a>')
    if answer.figures:
        held = sum(figure.state != "not found" for figure in answer.figures)
        parts.append(f'<span>{ui_text("figures", held=str(held), all=str(len(answer.figures)))}</span>')
    parts.append(f'<span>{ui_text("model", name=" ".join(answer.model.split()))}</span>')  # a blank line would end the HTML
    if answer.timings_ms.total:
        parts.append(f'<span>{ui_text("milliseconds", number=f"{answer.timings_ms.total:,.0f}")}</span>')
    return f'<div class="status">{"".join(parts)}</div>'


def reply_messages(exchange: Exchange, turn: int, *, latest: bool, thumb: Thumb = "") -> list[str]:
    """What is said in reply, in order, those parts that are there: thoughts, answer, problem, and what was found about it.

    The status and all that is judged are apart from the answer, so that no Markdown can swallow them; only under the latest
    answer are there questions to go on with.
    """
    answer = exchange.answer
    under = [verification_html.render_figures(answer, turn), verification_html.render_disagreements(answer, turn), status_line(exchange, turn), verification_html.render_confidence(answer),
             "" if exchange.in_progress else actions_html(turn, thumb),
             verification_html.render_followups(answer) if latest and not exchange.in_progress else ""]
    said = [verification_html.render_reasoning(exchange, turn), reply_markdown(exchange, turn), problem_markdown(exchange), " ".join("".join(under).split())]
    return [part for part in said if part]


def problem_markdown(exchange: Exchange) -> str:
    """Why an answer is not whole, as Markdown in the language of the page; empty where it is."""
    return f"{ui_text('problem')}{literal_markdown(exchange.problem)}" if exchange.problem else ""


def _evidence_count(answer: Answer) -> int:
    return len({citation.marker for citation in answer.citations}) or len(answer.passages)


_VIEWS = ("chat", "briefing", "library", "settings")


def masthead_html() -> str:
    """The head of the page: its name, its views, a switch of language, light or dark."""
    views = "".join(f'<a href="#view-{view}">{ui_text(f"view {view}")}</a>' for view in _VIEWS)
    return (
        f'<a class="skip" href="#ask">{ui_text("ask")}</a>'
        '<header class="masthead"><div class="name"><button type="button" class="sidebar-toggle"></button>'
        '<span class="wave" aria-hidden="true"></span><h1><span lang="zh">湖问</span> <span class="latin">Huwen</span></h1></div>'
        f'<nav>{views}</nav><div class="switches"><div class="languages" role="group">'
        '<button type="button" data-ui="zh" lang="zh">中</button>'
        '<button type="button" data-ui="en" lang="en">EN</button></div><button type="button" class="shade"></button></div></header>'
        '<p id="said" role="status"></p><p id="heard" class="unseen" role="status"></p>')


def notice_html() -> str:
    """The line that says that no model is configured, with a way to the settings."""
    return f'<p class="notice" role="note">{ui_text("no model")} <a href="#view-settings">{ui_text("to settings")}</a></p>'


def sidebar_html() -> str:
    """The frame of the list of conversations; the page's script fills it."""
    return (
        f'<aside class="sidebar"><a class="new-chat" href="./">{ui_text("new chat")}</a><input type="search" id="find" autocomplete="off">'
        '<nav id="conversations"></nav></aside>')


def composer_line() -> str:
    """What stands above the line to ask in: that a question is being edited."""
    return (f'<p id="editing" hidden>{ui_text("editing")} <a href="#leave">{ui_text("cancel")}</a></p>')


def scope_line() -> str:
    """What stands below it: what is asked of."""
    return (f'<p id="scope-line"><a href="#scope">{ui_text("scope")} <span id="scope-all">{ui_text("all sources")}</span>'
            '<span id="scope-chosen"></span></a></p>')

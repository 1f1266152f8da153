"""Conversation rendering: messages as Markdown, the frame of the view as HTML; untrusted text is always escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.schema import Answer, Language
from rag.text.language import detect_language
from ui.documents.figure_notes import explained_figures
from ui.history.entries import Thumb
from ui.history.exchange import Exchange
from ui.web.answers import verification_html
from ui.web.chat.markdown import literal_markdown, safe_markdown
from ui.web.texts.lookup import SYMBOLS, ui_text


def welcome_html() -> str:
    """The content of an empty conversation: a greeting, and a place for the starter questions."""
    return (
        f'<div class="welcome"><h2>{ui_text("welcome")}</h2><p>{ui_text("welcome more")}</p>'
        '<div class="starters"></div></div>')


def starters_html(questions: Mapping[Language, Sequence[str]]) -> str:
    """The starter questions of each language, as links that ask them."""
    html = ""
    for language, starters in questions.items():
        links = "".join(
            f'<a href="#ask-{number}" lang="{detect_language(question)}">{escape(question)}</a>'
            for number, question in enumerate(starters, 1))
        html += f'<div class="suggestions say-{language}">{links}</div>'
    return html


def reply_markdown(exchange: Exchange, turn: int) -> str:
    """The answer's text as safe Markdown with clickable citations and marked figures; empty before the first word."""
    answer = exchange.answer
    numbers = {passage.number for passage in answer.passages}
    evidence = [passage.text for passage in answer.passages]
    markdown = safe_markdown(answer.text, turn, numbers, explained_figures(answer), evidence)
    return _wrap_markdown("reply", markdown, answer.language) if markdown else ""


def question_markdown(exchange: Exchange, turn: int) -> str:
    """The question as its reader typed it, in literal Markdown, and a link to edit it."""
    question = exchange.answer.question
    words = _wrap_markdown("words", literal_markdown(question), detect_language(question))
    return f'<div class="asked">{words}<a class="act edit" href="#edit-{turn}"></a></div>'


def _wrap_markdown(name: str, markdown: str, language: Language) -> str:
    # blank lines end the HTML, so that the text between the tags is read as Markdown
    return f'<div class="{name}" lang="{language}">\n\n{markdown}\n\n</div>'


def actions_html(turn: int, thumb: Thumb) -> str:
    """The links under an answer: copy, answer again, thumb up and thumb down."""
    links = "".join(f'<a class="act {name}" href="#{name}-{turn}"></a>' for name in ("copy", "again", "up", "down"))
    return f'<div class="actions {thumb or "none"}" id="actions-{turn}">{links}</div>'


def status_line(exchange: Exchange, turn: int) -> str:
    """One line of HTML under an answer: status as a sign and words, then passages, figures, model, milliseconds."""
    answer = exchange.answer
    if exchange.in_progress:
        return f'<div class="status at-work">{ui_text(_current_stage(answer))}</div>'
    state = "stopped" if exchange.stopped else answer.status
    parts = [f'<span class="verdict {state}"><span class="sign">{SYMBOLS[state]}</span> {ui_text(state)}</span>']
    if answer.passages:
        number = str(_evidence_count(answer))
        parts.append(f'<a href="#evidence-{turn}">{ui_text("passages", number=number)}</a>')
    if answer.figures:
        supported = sum(figure.state in ("found", "derived") for figure in answer.figures)
        parts.append(f'<span>{ui_text("figures", held=str(supported), all=str(len(answer.figures)))}</span>')
    model = " ".join(answer.model.split())  # a blank line would end the HTML
    parts.append(f'<span>{ui_text("model", name=model)}</span>')
    if answer.timings_ms.total:
        parts.append(f'<span>{ui_text("milliseconds", number=f"{answer.timings_ms.total:,.0f}")}</span>')
    return f'<div class="status">{"".join(parts)}</div>'


def _current_stage(answer: Answer) -> str:
    """What an answer in progress waits for, as a text key."""
    if answer.thinking and not answer.text:
        return "thinking"
    return "composing" if answer.passages else "searching"


def reply_messages(exchange: Exchange, turn: int, *, latest: bool, thumb: Thumb = "") -> list[str]:
    """The messages of one reply, in order and without empty ones: reasoning, answer, problem, verification results.

    Status and checks are a separate message, so that no Markdown of the answer can change them. Only the
    latest answer has follow-up questions.
    """
    messages = [
        verification_html.render_reasoning(exchange, turn), reply_markdown(exchange, turn), problem_markdown(exchange),
        _verification_line(exchange, turn, latest=latest, thumb=thumb)]
    return [message for message in messages if message]


def _verification_line(exchange: Exchange, turn: int, *, latest: bool, thumb: Thumb) -> str:
    """Figures, disagreements, status, confidence, actions and follow-up questions, as one line of HTML."""
    answer = exchange.answer
    parts = [
        verification_html.render_figures(answer, turn), verification_html.render_disagreements(answer, turn),
        status_line(exchange, turn), verification_html.render_confidence(answer)]
    if not exchange.in_progress:
        parts.append(actions_html(turn, thumb))
        parts.append(verification_html.render_followups(answer) if latest else "")
    return " ".join("".join(parts).split())


def problem_markdown(exchange: Exchange) -> str:
    """Why an answer is incomplete, as Markdown in the languages of the page; empty where it is complete."""
    return f"{ui_text('problem')}{literal_markdown(exchange.problem)}" if exchange.problem else ""


def _evidence_count(answer: Answer) -> int:
    return len({citation.marker for citation in answer.citations}) or len(answer.passages)


def sidebar_html() -> str:
    """The frame of the list of conversations; the page's script fills it."""
    return (
        f'<aside class="sidebar"><a class="new-chat" href="./">{ui_text("new chat")}</a>'
        '<input type="search" id="find" autocomplete="off"><nav id="conversations"></nav></aside>')


def composer_line() -> str:
    """The line above the input: the notice that a question is being edited, with a link to cancel."""
    return f'<p id="editing" hidden>{ui_text("editing")} <a href="#leave">{ui_text("cancel")}</a></p>'


def scope_line() -> str:
    """The line below the input: the scope of the question, as a link to change it."""
    return (
        f'<p id="scope-line"><a href="#scope">{ui_text("scope")} <span id="scope-all">{ui_text("all sources")}</span>'
        '<span id="scope-chosen"></span></a></p>')

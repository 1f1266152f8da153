"""What was found about an answer becomes HTML around it: thoughts, doubtful figures, disagreements, confidence, further questions.

Each part is HTML without a line break: a blank line would end it for the conversation's Markdown, which then would read the rest.
"""

from __future__ import annotations

from html import escape

from rag.schema import Answer, CheckedFigure, Disagreement, Statement
from ui.history.exchange import Exchange
from ui.web.texts import SYMBOLS, ui_text


def render_reasoning(exchange: Exchange, turn: int) -> str:
    """What the model thought aloud, in a fold of its own; open until the first word of the answer."""
    answer = exchange.answer
    if not answer.thinking.strip():
        return ""
    is_open = exchange.in_progress and not answer.text
    lines = "<br>".join(escape(line) for line in answer.thinking.strip().splitlines())
    return (f'<details class="thoughts" id="thoughts-{turn}"{" open" if is_open else ""}><summary>{ui_text("thoughts")}'
            f'<span class="aside">{ui_text("thoughts mean")}</span></summary><div class="aloud" tabindex="0"><p>{lines}</p></div></details>')


def render_figures(answer: Answer, turn: int) -> str:
    """A line for each figure that no source has, with the nearest one, and for each derived one, with how it follows."""
    lines = "".join(
        f'<li id="figure-{turn}-{number}-{figure.state.split()[0]}" class="{figure.state.split()[0]}" tabindex="-1">'
        f'<span class="sign">{SYMBOLS[figure.state]}</span><b>{_escape_line(figure.text)}</b><span>{_explain_figure(figure, turn)}</span></li>'
        for number, figure in enumerate(answer.figures, 1) if figure.state != "found")
    return f'<ul class="figures" lang="{answer.language}">{lines}</ul>' if lines else ""


def _explain_figure(figure: CheckedFigure, turn: int) -> str:
    chips = "".join(_citation_link(turn, number) for number in figure.passages)
    if figure.state == "derived":
        return f'{ui_text("figure derived")}{_escape_line(figure.how)} {chips}'
    if figure.evidence and figure.evidence[0].split() == figure.text.split():  # "the nearest" would be the figure itself
        return f'{ui_text("figure elsewhere")} {chips}'
    near = f'{ui_text("nearest figure")}{_escape_line(figure.evidence[0])} {chips}' if figure.evidence else ""
    return f'{ui_text("figure not found")}{near}'


def render_disagreements(answer: Answer, turn: int) -> str:
    """A block for each subject of which the passages tell different values: each value, its year, scope and document."""
    return "".join(_render_disagreement(differing, answer, turn) for differing in answer.disagreements)


def _render_disagreement(disagreement: Disagreement, answer: Answer, turn: int) -> str:
    kind = disagreement.difference
    languages = {passage.number: passage.language for passage in answer.passages}
    statements = "".join(_render_statement(one, languages.get(one.passage, answer.language), kind, turn) for one in disagreement.statements)
    return (f'<div class="differ {kind.split()[-1]}"><p><span class="sign">{SYMBOLS[kind]}</span>'
            f'<b lang="{answer.language}">{_escape_line(disagreement.subject)}</b><span>{ui_text("differ")}</span>'
            f'<span class="kind">{ui_text(kind)}</span></p><ul>{statements}</ul></div>')


def _render_statement(statement: Statement, language: str, kind: str, turn: int) -> str:
    year = _escape_line(statement.year) if statement.year else ui_text("no year") if kind == "another year" else ""
    parts = "".join(f"<span>{part}</span>" for part in (year, _escape_line(statement.scope)) if part)
    return (f'<li lang="{language}"><b>{_escape_line(statement.figure)}</b><span class="when">{parts}</span>'
            f'<span class="title">{_escape_line(statement.title)}{_citation_link(turn, statement.passage)}</span></li>')


def render_confidence(answer: Answer) -> str:
    """How far the evidence carries the answer, in a sign and words, and why; nothing where there is no answer to carry."""
    sure = answer.confidence
    if not sure or answer.status in ("composing", "unanswered", "failed"):
        return ""
    why = ("；" if answer.language == "zh" else "; ").join(map(_escape_line, sure.reasons))
    return (f'<p class="confidence {sure.level}"><span class="level"><span class="sign" aria-hidden="true">{SYMBOLS[sure.level]}</span> '
            f'{ui_text(sure.level)}</span><span lang="{answer.language}">{why}</span></p>')


def render_followups(answer: Answer) -> str:
    """Questions to go on with, each a link that asks it."""
    links = "".join(
        f'<a href="#ask-{number}" lang="{answer.language}">{_escape_line(question)}</a>' for number, question in enumerate(answer.suggestions, 1))
    return f'<div class="followups"><p>{ui_text("go on")}</p>{links}</div>' if links else ""


def _citation_link(turn: int, number: int) -> str:
    return f'<a href="#cite-{turn}-{number}">[{number}]</a>'


def _escape_line(text: str) -> str:
    """A text as HTML on one line."""
    return escape(" ".join(text.split()))

"""Verification results as HTML: reasoning, unsupported figures, disagreements, confidence, follow-up questions.

Each part is HTML without a line break: a blank line would end the HTML block, and the rest would be read as Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.schema import Answer, CheckedFigure, Disagreement, Statement
from ui.documents.figure_notes import explained_figures
from ui.history.exchange import Exchange
from ui.web.texts.lookup import SYMBOLS, ui_text


def render_reasoning(exchange: Exchange, turn: int) -> str:
    """The model's reasoning in a fold, which is open until the first word of the answer; empty where there is none."""
    answer = exchange.answer
    if not answer.thinking.strip():
        return ""
    is_open = exchange.in_progress and not answer.text
    lines = "<br>".join(escape(line) for line in answer.thinking.strip().splitlines())
    return (
        f'<details class="thoughts" id="thoughts-{turn}"{" open" if is_open else ""}><summary>{ui_text("thoughts")}'
        f'<span class="aside">{ui_text("thoughts mean")}</span></summary>'
        f'<div class="aloud" tabindex="0"><p>{lines}</p></div></details>')


def render_figures(answer: Answer, turn: int) -> str:
    """A line for each figure that no source has, with the nearest figure, for each that text recognition doubts, and
    for each derived one, with its sum; figures of one calculation share a line. What the answer itself says of a figure
    is not repeated.
    """
    groups: dict[object, list[tuple[int, CheckedFigure]]] = {}
    for number, figure in enumerate(explained_figures(answer), 1):
        if figure.state != "found":
            groups.setdefault((figure.state, figure.how, figure.passages) if figure.how else number, []).append(
                (number, figure))
    items = "".join(_render_figure_group(group, turn) for group in groups.values())
    return f'<ul class="figures" lang="{answer.language}">{items}</ul>' if items else ""


def _render_figure_group(group: Sequence[tuple[int, CheckedFigure]], turn: int) -> str:
    """Figures with one explanation; each has an id, to which its mark in the text leads."""
    (first_number, first), *rest = group
    state = first.state.split()[0]  # "not found" → not
    names = f"<b>{_escape_line(first.text)}</b>"
    for number, figure in rest:
        names += f' <b id="figure-{turn}-{number}-{state}" tabindex="-1">{_escape_line(figure.text)}</b>'
    return (
        f'<li id="figure-{turn}-{first_number}-{state}" class="{state}" tabindex="-1">'
        f'<span class="sign">{SYMBOLS[first.state]}</span>{names}<span>{_explain_figure(first, turn)}</span></li>')


def _explain_figure(figure: CheckedFigure, turn: int) -> str:
    links = "".join(_citation_link(turn, number) for number in figure.passages)
    if figure.state == "read with doubt":
        how = f'{ui_text("figure derived")}{_escape_line(figure.how)} ' if figure.how else ""
        return f'{how}{ui_text("figure doubted")} {links}'
    if figure.state == "derived":
        return f'{ui_text("figure derived")}{_escape_line(figure.how)} {links}'
    if not figure.evidence:
        return ui_text("figure not found")
    nearest = figure.evidence[0]
    if nearest.split() == figure.text.split():  # the nearest figure has the same value, of another thing or year
        return f'{ui_text("figure elsewhere")} {links}'
    return f'{ui_text("figure not found")}{ui_text("nearest figure")}{_escape_line(nearest)} {links}'


def render_disagreements(answer: Answer, turn: int) -> str:
    """A block for each subject with different values in the passages: each value, its year, scope and document."""
    return "".join(_render_disagreement(disagreement, answer, turn) for disagreement in answer.disagreements)


def _render_disagreement(disagreement: Disagreement, answer: Answer, turn: int) -> str:
    kind = disagreement.difference
    languages = {passage.number: passage.language for passage in answer.passages}
    statements = ""
    for statement in disagreement.statements:
        language = languages.get(statement.passage, answer.language)
        statements += _render_statement(statement, language, kind, turn)
    return (f'<div class="differ {kind.split()[-1]}"><p><span class="sign">{SYMBOLS[kind]}</span>'
            f'<b lang="{answer.language}">{_escape_line(disagreement.subject)}</b><span>{ui_text("differ")}</span>'
            f'<span class="kind">{ui_text(kind)}</span></p><ul>{statements}</ul></div>')


def _render_statement(statement: Statement, language: str, kind: str, turn: int) -> str:
    year = _escape_line(statement.year)
    if not statement.year and kind == "another year":
        year = ui_text("no year")
    parts = "".join(f"<span>{part}</span>" for part in (year, _escape_line(statement.scope)) if part)
    return (f'<li lang="{language}"><b>{_escape_line(statement.figure)}</b><span class="when">{parts}</span>'
            f'<span class="title">{_escape_line(statement.title)}{_citation_link(turn, statement.passage)}</span></li>')


def render_confidence(answer: Answer) -> str:
    """The confidence level of an answer as a sign and words, with its reasons; empty where there is no answer."""
    confidence = answer.confidence
    if not confidence or answer.status in ("composing", "unanswered", "failed"):
        return ""
    level = confidence.level
    reasons = ("；" if answer.language == "zh" else "; ").join(map(_escape_line, confidence.reasons))
    return (
        f'<p class="confidence {level}"><span class="level">'
        f'<span class="sign" aria-hidden="true">{SYMBOLS[level]}</span> '
        f'{ui_text(level)}</span><span lang="{answer.language}">{reasons}</span></p>')


def render_followups(answer: Answer) -> str:
    """Follow-up questions, each a link that asks it."""
    links = "".join(
        f'<a href="#ask-{number}" lang="{answer.language}">{_escape_line(question)}</a>'
        for number, question in enumerate(answer.suggestions, 1))
    return f'<div class="followups"><p>{ui_text("go on")}</p>{links}</div>' if links else ""


def _citation_link(turn: int, number: int) -> str:
    return f'<a href="#cite-{turn}-{number}">[{number}]</a>'


def _escape_line(text: str) -> str:
    """A text escaped for HTML, on one line."""
    return escape(" ".join(text.split()))

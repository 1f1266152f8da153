"""What was found about an answer becomes HTML around it: thoughts, doubtful figures, disagreements, confidence, further questions.

Each part is HTML without a line break: a blank line would end it for the conversation's Markdown, which then would read the rest.
"""

from __future__ import annotations

from html import escape

from rag.schema import Answer, CheckedFigure, Disagreement, Statement
from ui.history.exchange import Exchange
from ui.web.texts import SYMBOLS, both


def thoughts(exchange: Exchange, turn: int) -> str:
    """What the model thought aloud, in a fold of its own; open until the first word of the answer."""
    answer = exchange.answer
    if not answer.thinking.strip():
        return ""
    is_open = exchange.in_progress and not answer.text
    lines = "<br>".join(escape(line) for line in answer.thinking.strip().splitlines())
    return (f'<details class="thoughts" id="thoughts-{turn}"{" open" if is_open else ""}><summary>{both("thoughts")}'
            f'<span class="aside">{both("thoughts mean")}</span></summary><div class="aloud" tabindex="0"><p>{lines}</p></div></details>')


def figures(answer: Answer, turn: int) -> str:
    """A line for each figure that no source has, with the nearest one, and for each derived one, with how it follows."""
    lines = "".join(
        f'<li id="figure-{turn}-{number}-{figure.state.split()[0]}" class="{figure.state.split()[0]}" tabindex="-1">'
        f'<span class="sign">{SYMBOLS[figure.state]}</span><b>{_line(figure.text)}</b><span>{_judgement(figure, turn)}</span></li>'
        for number, figure in enumerate(answer.figures, 1) if figure.state != "found")
    return f'<ul class="figures" lang="{answer.language}">{lines}</ul>' if lines else ""


def _judgement(figure: CheckedFigure, turn: int) -> str:
    chips = "".join(_chip(turn, number) for number in figure.passages)
    if figure.state == "derived":
        return f'{both("figure derived")}{_line(figure.how)} {chips}'
    if figure.evidence and figure.evidence[0].split() == figure.text.split():  # "the nearest" would be the figure itself
        return f'{both("figure elsewhere")} {chips}'
    near = f'{both("nearest figure")}{_line(figure.evidence[0])} {chips}' if figure.evidence else ""
    return f'{both("figure not found")}{near}'


def disagreements(answer: Answer, turn: int) -> str:
    """A block for each subject of which the passages tell different values: each value, its year, scope and document."""
    return "".join(_differing(differing, answer, turn) for differing in answer.disagreements)


def _differing(differing: Disagreement, answer: Answer, turn: int) -> str:
    kind = differing.difference
    languages = {passage.number: passage.language for passage in answer.passages}
    statements = "".join(_statement(one, languages.get(one.passage, answer.language), kind, turn) for one in differing.statements)
    return (f'<div class="differ {kind.split()[-1]}"><p><span class="sign">{SYMBOLS[kind]}</span>'
            f'<b lang="{answer.language}">{_line(differing.subject)}</b><span>{both("differ")}</span>'
            f'<span class="kind">{both(kind)}</span></p><ul>{statements}</ul></div>')


def _statement(one: Statement, language: str, kind: str, turn: int) -> str:
    year = _line(one.year) if one.year else both("no year") if kind == "another year" else ""
    parts = "".join(f"<span>{part}</span>" for part in (year, _line(one.scope)) if part)
    return (f'<li lang="{language}"><b>{_line(one.figure)}</b><span class="when">{parts}</span>'
            f'<span class="title">{_line(one.title)}{_chip(turn, one.passage)}</span></li>')


def confidence(answer: Answer) -> str:
    """How far the evidence carries the answer, in a sign and words, and why; nothing where there is no answer to carry."""
    sure = answer.confidence
    if not sure or answer.status in ("composing", "unanswered", "failed"):
        return ""
    why = ("；" if answer.language == "zh" else "; ").join(map(_line, sure.reasons))
    return (f'<p class="confidence {sure.level}"><span class="level"><span class="sign" aria-hidden="true">{SYMBOLS[sure.level]}</span> '
            f'{both(sure.level)}</span><span lang="{answer.language}">{why}</span></p>')


def followups(answer: Answer) -> str:
    """Questions to go on with, each a link that asks it."""
    links = "".join(
        f'<a href="#ask-{number}" lang="{answer.language}">{_line(question)}</a>' for number, question in enumerate(answer.suggestions, 1))
    return f'<div class="followups"><p>{both("go on")}</p>{links}</div>' if links else ""


def _chip(turn: int, number: int) -> str:
    return f'<a href="#cite-{turn}-{number}">[{number}]</a>'


def _line(text: str) -> str:
    """A text as HTML on one line."""
    return escape(" ".join(text.split()))

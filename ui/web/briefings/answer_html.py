"""Answers of a briefing's row as HTML: text, evidence, buttons, and the form to edit an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import groupby

from rag.schema import Answer, Source
from ui.documents.answer_blocks import parse_blocks
from ui.documents.numeric_columns import paper_numeric_columns
from ui.documents.paper import Block, PaperTable, Paragraph, TextRun
from ui.history.entries import ConversationEntry
from ui.history.exchange import Exchange
from ui.web.answers import evidence_panel, verification_html
from ui.web.briefings.html import render_state
from ui.web.briefings.rows import LanguageAnswer, RowView
from ui.web.texts.lookup import ui_text

_FIRST_TURN = 100_000  # ids of answers are counted from here: larger than any turn of the conversation on the same page
_TAGS = {"strong": "strong", "emphasis": "em"}


def render_answers(row: RowView, sources: Sequence[Source], *, is_editable: bool) -> str:
    """The answers of a row, one for each language; `is_editable` adds buttons to change them."""
    answers = "".join(
        _render_answer(row, position, sources, is_editable=is_editable) for position in range(len(row.answers)))
    return f'<div class="sides{" both" if len(row.answers) > 1 else ""}">{answers}</div>'


def _render_answer(row: RowView, position: int, sources: Sequence[Source], *, is_editable: bool) -> str:
    """The answer at a position of the row, counted from 0."""
    language_answer = row.answers[position]
    if language_answer.line is None:
        return f'<section lang="{language_answer.language}">{render_state(language_answer.state)}</section>'
    answer, turn = language_answer.line.answer, _FIRST_TURN + 2 * row.number + position
    if answer.status == "failed":
        text = (
            f'<p class="problem"><span class="sign">!</span> {ui_text("brief why failed")}'
            f'<span lang="en">{escape(answer.text)}</span></p>')
    else:
        text = f'<div class="reply" lang="{answer.language}">{render_reply(answer, turn)}</div>'
    results = (
        verification_html.render_figures(answer, turn) + verification_html.render_disagreements(answer, turn)
        + verification_html.render_confidence(answer))
    entry = ConversationEntry(0, Exchange(answer), datetime.now(UTC), tuple(sources), "")
    evidence = evidence_panel.render_evidence([entry], first=turn) if answer.passages else ""
    buttons = ""
    if is_editable:  # asking again is for the whole row, so that only its first answer has that button
        buttons = _render_buttons(
            {"edit": bool(answer.passages), "restore": language_answer.line.edited, "again": position == 0})
    return (
        f'<section data-language="{language_answer.language}">{text}{results}{buttons}'
        f'<div class="form"></div>{evidence}</section>')


def _render_buttons(applies: dict[str, bool]) -> str:
    """Buttons for the actions that apply to an answer."""
    buttons = "".join(
        f'<button type="button" class="quiet" data-act="{action}">{ui_text(f"brief {action}")}</button>'
        for action, does_apply in applies.items() if does_apply)
    return f'<p class="buttons">{buttons}</p>' if buttons else ""


def render_form(language_answer: LanguageAnswer) -> str:
    """The form to edit the text of an answer."""
    # HTML drops the line break at the beginning of a textarea
    text = "\n" + (escape(language_answer.line.answer.text) if language_answer.line else "")
    return (
        f'<form class="editing"><label><span class="aside">{ui_text("brief edit means")}</span>'
        f'<textarea class="ours" name="text" rows="8" lang="{language_answer.language}">{text}</textarea></label>'
        f'<p class="buttons"><button type="button" class="ours" data-act="leave">{ui_text("cancel")}</button>'
        f'<button class="ours main">{ui_text("save")}</button></p></form>')


def render_reply(answer: Answer, turn: int) -> str:
    """The answer's text as HTML, each marker a link to its passage; text of models and documents is escaped.

    `- 产值为**3.8万亿元**[1]。` → `<ul><li>产值为<strong>3.8万亿元</strong><a href="#cite-7-1">[1]</a>。</li></ul>`
    """
    numbers = {passage.number for passage in answer.passages}
    blocks = parse_blocks(answer, lambda position, number: number if number in numbers else 0)
    html = ""
    for is_list, group in groupby(blocks, lambda block: isinstance(block, Paragraph) and block.kind == "item"):
        inner = "".join(part for block in group for part in _render_block(block, turn))
        html += f"<ul>{inner}</ul>" if is_list else inner
    return html


def _render_block(block: Block, turn: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        tag = {"item": "li", "quote": "blockquote"}.get(block.kind, "p")
        yield f"<{tag}>{_render_runs(block.runs, turn)}</{tag}>"
    if isinstance(block, PaperTable):
        yield f'<div class="wide" tabindex="0">{_render_table(block, turn)}</div>'


def _render_table(table: PaperTable, turn: int) -> str:
    numeric = paper_numeric_columns(table)
    kinds = [' class="numeric"' if column in numeric else "" for column in range(len(table.header))]
    header = "".join(f"<th{kind}>{escape(cell)}</th>" for kind, cell in zip(kinds, table.header, strict=True))
    rows = ""
    for row in table.rows:
        cells = "".join(f"<td{kind}>{_render_runs(cell, turn)}</td>" for kind, cell in zip(kinds, row, strict=False))
        rows += f"<tr>{cells}</tr>"
    return f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"


def _render_runs(runs: Sequence[TextRun], turn: int) -> str:
    html = ""
    for run in runs:
        html += _render_run(run)
        html += "".join(f'<a href="#cite-{turn}-{number}">[{number}]</a>' for number in run.notes)
    return html


def _render_run(run: TextRun) -> str:
    text = escape(run.text)
    if run.style == "doubtful":
        return f'<span class="doubtful">{text}</span>'
    return f"<{_TAGS[run.style]}>{text}</{_TAGS[run.style]}>" if run.style in _TAGS else text

"""A row of a briefing becomes HTML: its answers with their evidence, what can be done with them, and the form to edit one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import groupby

from rag.schema import Answer, Source
from ui.documents.answer_blocks import parse_blocks
from ui.documents.paper import Block, Paragraph, Table, TextRun
from ui.history.entries import ConversationEntry
from ui.history.exchange import Exchange
from ui.web.briefings.html import render_state
from ui.web.briefings.rows import LanguageAnswer, RowView
from ui.web.chat import evidence_panel, verification_html
from ui.web.texts import ui_text

_FIRST_TURN = 100_000  # rows are numbered from here, as turns of the conversation never are: both stand in one page
_TAGS = {"strong": "strong", "emphasis": "em"}


def render_answers(row: RowView, sources: Sequence[Source], *, is_editable: bool) -> str:
    """All of a row; `free`: it can be changed now."""
    sides = "".join(_render_answer(row, side, place, sources, is_editable) for place, side in enumerate(row.answers))
    return f'<div class="sides{" both" if len(row.answers) > 1 else ""}">{sides}</div>'


def _render_answer(row: RowView, language_answer: LanguageAnswer, position: int, sources: Sequence[Source], is_editable: bool) -> str:
    if language_answer.line is None:
        return f'<section lang="{language_answer.language}">{render_state(language_answer.state)}</section>'
    answer, turn = language_answer.line.answer, _FIRST_TURN + 2 * row.number + position
    if answer.status == "failed":
        text = f'<p class="problem"><span class="sign">!</span> {ui_text("brief why failed")}<span lang="en">{escape(answer.text)}</span></p>'
    else:
        text = f'<div class="reply" lang="{answer.language}">{render_reply(answer, turn)}</div>'
    found = verification_html.render_figures(answer, turn) + verification_html.render_disagreements(answer, turn) + verification_html.render_confidence(answer)
    entry = ConversationEntry(0, Exchange(answer), datetime.now(UTC), tuple(sources), "")
    evidence = evidence_panel.render_evidence([entry], first=turn) if answer.passages else ""
    acts = _render_buttons({"edit": bool(answer.passages), "restore": language_answer.line.edited, "again": position == 0}) if is_editable else ""
    return f'<section data-language="{language_answer.language}">{text}{found}{acts}<div class="form"></div>{evidence}</section>'


def _render_buttons(applies: dict[str, bool]) -> str:
    """What can be done with an answer; asking again is for the whole row."""
    buttons = "".join(
        f'<button type="button" class="quiet" data-act="{act}">{ui_text(f"brief {act}")}</button>' for act, does in applies.items() if does)
    return f'<p class="buttons">{buttons}</p>' if buttons else ""


def render_form(language_answer: LanguageAnswer) -> str:
    """The words of an answer, to be changed."""
    text = escape(language_answer.line.answer.text) if language_answer.line else ""
    return (
        f'<form class="editing"><label><span class="aside">{ui_text("brief edit means")}</span>'
        f'<textarea class="ours" name="text" rows="8" lang="{language_answer.language}">\n{text}</textarea></label>'  # HTML drops the first line break
        f'<p class="buttons"><button type="button" class="ours" data-act="leave">{ui_text("cancel")}</button>'
        f'<button class="ours main">{ui_text("save")}</button></p></form>')


def render_reply(answer: Answer, turn: int) -> str:
    """The answer's text as HTML, each marker a link to its passage; whatever a model or a document says in it stays text.

    `- 产值为**3.8万亿元**[1]。` → `<ul><li>产值为<strong>3.8万亿元</strong><a href="#cite-7-1">[1]</a>。</li></ul>`
    """
    numbers = {passage.number for passage in answer.passages}
    blocks = parse_blocks(answer, lambda place, number: number if number in numbers else 0)
    html = ""
    for is_list, some in groupby(blocks, lambda block: isinstance(block, Paragraph) and block.kind == "item"):
        inner = "".join(part for block in some for part in _render_block(block, turn))
        html += f"<ul>{inner}</ul>" if is_list else inner
    return html


def _render_block(block: Block, turn: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        tag = {"item": "li", "quote": "blockquote"}.get(block.kind, "p")
        yield f"<{tag}>{_render_runs(block.runs, turn)}</{tag}>"
    if isinstance(block, Table):
        header = "".join(f"<th>{escape(cell)}</th>" for cell in block.header)
        rows = "".join(f"<tr>{''.join(f'<td>{_render_runs(cell, turn)}</td>' for cell in row)}</tr>" for row in block.rows)
        yield f'<div class="wide" tabindex="0"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>'


def _render_runs(runs: Sequence[TextRun], turn: int) -> str:
    return "".join(_render_run(run) + "".join(f'<a href="#cite-{turn}-{number}">[{number}]</a>' for number in run.notes) for run in runs)


def _render_run(run: TextRun) -> str:
    text = escape(run.text)
    if run.style == "doubtful":
        return f'<span class="doubtful">{text}</span>'
    return f"<{_TAGS[run.style]}>{text}</{_TAGS[run.style]}>" if run.style in _TAGS else text

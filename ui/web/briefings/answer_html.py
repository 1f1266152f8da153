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
from ui.web.briefings.html import state
from ui.web.briefings.rows import Row, Side
from ui.web.chat import evidence_panel, verification_html
from ui.web.texts import both

_TURNS = 100_000  # rows are numbered from here, as turns of the conversation never are: both stand in one page
_TAGS = {"strong": "strong", "emphasis": "em"}


def body(row: Row, sources: Sequence[Source], *, free: bool) -> str:
    """All of a row; `free`: it can be changed now."""
    sides = "".join(_side(row, side, place, sources, free) for place, side in enumerate(row.sides))
    return f'<div class="sides{" both" if len(row.sides) > 1 else ""}">{sides}</div>'


def _side(row: Row, side: Side, place: int, sources: Sequence[Source], free: bool) -> str:
    if side.line is None:
        return f'<section lang="{side.language}">{state(side.state)}</section>'
    answer, turn = side.line.answer, _TURNS + 2 * row.number + place
    if answer.status == "failed":
        text = f'<p class="problem"><span class="sign">!</span> {both("brief why failed")}<span lang="en">{escape(answer.text)}</span></p>'
    else:
        text = f'<div class="reply" lang="{answer.language}">{reply(answer, turn)}</div>'
    found = verification_html.figures(answer, turn) + verification_html.disagreements(answer, turn) + verification_html.confidence(answer)
    entry = ConversationEntry(0, Exchange(answer), datetime.now(UTC), tuple(sources), "")
    evidence = evidence_panel.evidence([entry], first=turn) if answer.passages else ""
    acts = _acts({"edit": bool(answer.passages), "restore": side.line.edited, "again": place == 0}) if free else ""
    return f'<section data-language="{side.language}">{text}{found}{acts}<div class="form"></div>{evidence}</section>'


def _acts(applies: dict[str, bool]) -> str:
    """What can be done with an answer; asking again is for the whole row."""
    buttons = "".join(
        f'<button type="button" class="quiet" data-act="{act}">{both(f"brief {act}")}</button>' for act, does in applies.items() if does)
    return f'<p class="buttons">{buttons}</p>' if buttons else ""


def form(side: Side) -> str:
    """The words of an answer, to be changed."""
    text = escape(side.line.answer.text) if side.line else ""
    return (
        f'<form class="editing"><label><span class="aside">{both("brief edit means")}</span>'
        f'<textarea class="ours" name="text" rows="8" lang="{side.language}">\n{text}</textarea></label>'  # HTML drops the first line break
        f'<p class="buttons"><button type="button" class="ours" data-act="leave">{both("cancel")}</button>'
        f'<button class="ours main">{both("save")}</button></p></form>')


def reply(answer: Answer, turn: int) -> str:
    """The answer's text as HTML, each marker a link to its passage; whatever a model or a document says in it stays text.

    `- 产值为**3.8万亿元**[1]。` → `<ul><li>产值为<strong>3.8万亿元</strong><a href="#cite-7-1">[1]</a>。</li></ul>`
    """
    numbers = {passage.number for passage in answer.passages}
    blocks = parse_blocks(answer, lambda place, number: number if number in numbers else 0)
    html = ""
    for is_list, some in groupby(blocks, lambda block: isinstance(block, Paragraph) and block.kind == "item"):
        inner = "".join(part for block in some for part in _block(block, turn))
        html += f"<ul>{inner}</ul>" if is_list else inner
    return html


def _block(block: Block, turn: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        tag = {"item": "li", "quote": "blockquote"}.get(block.kind, "p")
        yield f"<{tag}>{_runs(block.runs, turn)}</{tag}>"
    if isinstance(block, Table):
        header = "".join(f"<th>{escape(cell)}</th>" for cell in block.header)
        rows = "".join(f"<tr>{''.join(f'<td>{_runs(cell, turn)}</td>' for cell in row)}</tr>" for row in block.rows)
        yield f'<div class="wide" tabindex="0"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>'


def _runs(runs: Sequence[TextRun], turn: int) -> str:
    return "".join(_styled(run) + "".join(f'<a href="#cite-{turn}-{number}">[{number}]</a>' for number in run.notes) for run in runs)


def _styled(run: TextRun) -> str:
    text = escape(run.text)
    if run.style == "doubtful":
        return f'<span class="doubtful">{text}</span>'
    return f"<{_TAGS[run.style]}>{text}</{_TAGS[run.style]}>" if run.style in _TAGS else text

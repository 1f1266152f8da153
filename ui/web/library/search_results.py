"""Retrieval test results: the passages by rank, each with its rank in every index and the matching words marked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.answering.retrieve import ExplainedPassage, IndexHit
from rag.schema import Passage
from rag.sources.drawn_tables import find_tables
from rag.text.highlighting import find_matches
from rag.text.language import detect_language
from ui.documents.passage_sections import section_below_title
from ui.web.answers.table_html import render_passage_text
from ui.web.texts.lookup import ui_text


def render_results(question: str, explained: Sequence[ExplainedPassage], top_k: int) -> str:
    """The passages by rank: first the `top_k` that an answer would be given, then the others under a heading."""
    if not explained:
        return f'<p class="empty">{ui_text("no passages")}</p>'
    # reranked scores and fused scores cannot be compared: where some passages are reranked, only these show a score
    has_reranked = explained[0].reranked
    cards = [_render_card(question, result, scored=result.reranked or not has_reranked) for result in explained]
    rest = f'<h3>{ui_text("not given")}</h3>{"".join(cards[top_k:])}' if cards[top_k:] else ""
    return f'<h3>{ui_text("given", number=str(min(top_k, len(cards))))}</h3>{"".join(cards[:top_k])}{rest}'


def _render_card(question: str, result: ExplainedPassage, *, scored: bool) -> str:
    passage = result.passage
    score = ""
    if scored:
        meter = f'<meter min="0" max="1" value="{passage.score:.2f}"></meter>'
        score = f'<span class="score">{meter} {passage.score:.2f}</span>'
    section = section_below_title(passage.section, passage.title)
    location = [escape(section)] if section else []
    location += [ui_text("page", number=str(passage.page))] if passage.page else []
    location += [escape(passage.date)] if passage.date else []
    return (
        f'<details class="card hit"{" open" if passage.number == 1 else ""}>'
        f'<summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where">{" · ".join(location)}</span>'
        f'<span class="why">{_render_reasons(question, result)}</span></span>'
        f"{score}</summary>"
        f'<div class="passage" lang="{passage.language}" data-source="{escape(passage.source_id)}" '
        f'data-start="{passage.start}" data-end="{passage.end}">{_render_text(question, passage)}</div>'
        f'<p class="tools"><a href="#document">{ui_text("whole document")}</a></p></details>')


def _render_reasons(question: str, result: ExplainedPassage) -> str:
    hits = "".join(_render_hit(hit, detect_language(question)) for hit in result.index_hits)
    if not result.reranked:
        return hits
    rank, before = result.passage.number, result.fused_rank
    sign, key = "=", "stayed"
    if rank != before:
        sign, key = "↑" if rank < before else "↓", "moved"
    return f'{hits}<span class="moved">{sign} {ui_text(key, before=str(before), after=str(rank))}</span>'


def _render_hit(hit: IndexHit, question_language: str) -> str:
    """An index with the passage's rank in it, and whether the hit was across languages or in another edition."""
    key = f"by {hit.index} across" if hit.language != question_language else f"by {hit.index}"
    through = f' <span class="through">{ui_text(f"through {hit.language}")}</span>' if hit.edition else ""
    return f'<span class="{hit.index}">{ui_text(key, rank=str(hit.rank), score=f"{hit.score:.2f}")}{through}</span>'


def _render_text(question: str, passage: Passage) -> str:
    """A passage with its tables drawn, and the words of the question and of the same meaning marked in all of it."""
    matches = find_matches(question, passage.text)
    tables = find_tables(passage.text, passage.blocks, passage.start)
    return render_passage_text(
        passage.text, passage.start, tables,
        lambda start, end: _mark_matches(passage.text, matches, start - passage.start, end - passage.start))


def _mark_matches(text: str, matches: Sequence[tuple[int, int, str]], first: int, last: int) -> str:
    """A part of a text as HTML with its matches marked: 太仓港有新<mark class="word">港口</mark>。"""
    html, position = "", first
    for start, end, kind in matches:
        start, end = max(start, position), min(end, last)
        if start < end:
            html += f'{escape(text[position:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
            position = end
    return html + escape(text[position:last])

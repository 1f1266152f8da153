"""What a search found becomes a list that says why: in which view each passage stood where, and by which of its words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.answering.retrieve import ExplainedPassage, IndexHit
from rag.text.highlighting import find_matches
from rag.text.language import detect_language
from ui.web.texts import ui_text


def render_results(question: str, explained: Sequence[ExplainedPassage], top_k: int) -> str:
    """The passages by rank; behind those that an answer would be `given` stand the others, under a line that says so."""
    if not explained:
        return f'<p class="empty">{ui_text("no passages")}</p>'
    # a score says nothing beside those of passages that were not looked at once more
    scored = [one.reranked or not explained[0].reranked for one in explained]
    cards = [_render_card(question, one, scored=shown) for one, shown in zip(explained, scored, strict=True)]
    rest = f'<h3>{ui_text("not given")}</h3>{"".join(cards[top_k:])}' if cards[top_k:] else ""
    return f'<h3>{ui_text("given", number=str(min(top_k, len(cards))))}</h3>{"".join(cards[:top_k])}{rest}'


def _render_card(question: str, result: ExplainedPassage, *, scored: bool) -> str:
    passage = result.passage
    score = (f'<span class="score"><meter min="0" max="1" value="{passage.score:.2f}"></meter> {passage.score:.2f}</span>'
             if scored else "")
    where = [escape(passage.section)] if passage.section else []
    where += [ui_text("page", number=str(passage.page))] if passage.page else []
    where += [escape(passage.date)] if passage.date else []
    return (
        f'<details class="card hit"{" open" if passage.number == 1 else ""}><summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where">{" · ".join(where)}</span><span class="why">{_render_reasons(question, result)}</span></span>'
        f"{score}</summary>"
        f'<div class="passage" lang="{passage.language}" data-source="{escape(passage.source_id)}" data-start="{passage.start}" '
        f'data-end="{passage.end}">{highlight_matches(question, passage.text)}</div>'
        f'<p class="tools"><a href="#document">{ui_text("whole document")}</a></p></details>')


def _render_reasons(question: str, result: ExplainedPassage) -> str:
    told = "".join(_render_hit(sighting, detect_language(question)) for sighting in result.index_hits)
    if not result.reranked:
        return told
    rank, before = result.passage.number, result.fused_rank
    sign = "↑" if rank < before else "↓" if rank > before else "="
    return f'{told}<span class="moved">{sign} {ui_text("stayed" if rank == before else "moved", before=str(before), after=str(rank))}</span>'


def _render_hit(hit: IndexHit, question_language: str) -> str:
    """A view and the rank there; where it was another edition, or a list of the other language, that is said."""
    key = f"by {hit.index} across" if hit.language != question_language else f"by {hit.index}"
    through = f' <span class="through">{ui_text(f"through {hit.language}")}</span>' if hit.edition else ""
    return f'<span class="{hit.index}">{ui_text(key, rank=str(hit.rank), score=f"{hit.score:.2f}")}{through}</span>'


def highlight_matches(question: str, text: str) -> str:
    """A passage with the question's words in it marked, and otherwise those that mean the same.

    `港口`, `太仓港有新港口。` → 太仓港有新<mark class="word">港口</mark>。
    """
    html, at = "", 0
    for start, end, kind in find_matches(question, text):
        html += f'{escape(text[at:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
        at = end
    return html + escape(text[at:])

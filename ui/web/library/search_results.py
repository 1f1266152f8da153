"""What a search found becomes a list that says why: in which view each passage stood where, and by which of its words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.answering.retrieve import ExplainedPassage, IndexHit
from rag.text.highlighting import find_matches
from rag.text.language import detect_language
from ui.web.texts import both


def found(question: str, explained: Sequence[ExplainedPassage], given: int) -> str:
    """The passages by rank; behind those that an answer would be `given` stand the others, under a line that says so."""
    if not explained:
        return f'<p class="empty">{both("no passages")}</p>'
    # a score says nothing beside those of passages that were not looked at once more
    scored = [one.reranked or not explained[0].reranked for one in explained]
    cards = [_card(question, one, scored=shown) for one, shown in zip(explained, scored, strict=True)]
    rest = f'<h3>{both("not given")}</h3>{"".join(cards[given:])}' if cards[given:] else ""
    return f'<h3>{both("given", number=str(min(given, len(cards))))}</h3>{"".join(cards[:given])}{rest}'


def _card(question: str, one: ExplainedPassage, *, scored: bool) -> str:
    passage = one.passage
    score = (f'<span class="score"><meter min="0" max="1" value="{passage.score:.2f}"></meter> {passage.score:.2f}</span>'
             if scored else "")
    where = [escape(passage.section)] if passage.section else []
    where += [both("page", number=str(passage.page))] if passage.page else []
    where += [escape(passage.date)] if passage.date else []
    return (
        f'<details class="card hit"{" open" if passage.number == 1 else ""}><summary><span class="number">{passage.number}</span>'
        f'<span class="heading"><span class="title" lang="{passage.language}">{escape(passage.title)}</span>'
        f'<span class="where">{" · ".join(where)}</span><span class="why">{_why(question, one)}</span></span>'
        f"{score}</summary>"
        f'<div class="passage" lang="{passage.language}" data-source="{escape(passage.source_id)}" data-start="{passage.start}" '
        f'data-end="{passage.end}">{marked(question, passage.text)}</div>'
        f'<p class="tools"><a href="#document">{both("whole document")}</a></p></details>')


def _why(question: str, one: ExplainedPassage) -> str:
    told = "".join(_sighting(sighting, detect_language(question)) for sighting in one.index_hits)
    if not one.reranked:
        return told
    rank, before = one.passage.number, one.fused_rank
    sign = "↑" if rank < before else "↓" if rank > before else "="
    return f'{told}<span class="moved">{sign} {both("stayed" if rank == before else "moved", before=str(before), after=str(rank))}</span>'


def _sighting(one: IndexHit, asked_in: str) -> str:
    """A view and the rank there; where it was another edition, or a list of the other language, that is said."""
    key = f"by {one.index} across" if one.language != asked_in else f"by {one.index}"
    through = f' <span class="through">{both(f"through {one.language}")}</span>' if one.edition else ""
    return f'<span class="{one.index}">{both(key, rank=str(one.rank), score=f"{one.score:.2f}")}{through}</span>'


def marked(question: str, text: str) -> str:
    """A passage with the question's words in it marked, and otherwise those that mean the same.

    `港口`, `太仓港有新港口。` → 太仓港有新<mark class="word">港口</mark>。
    """
    html, at = "", 0
    for start, end, kind in find_matches(question, text):
        html += f'{escape(text[at:start])}<mark class="{kind}">{escape(text[start:end])}</mark>'
        at = end
    return html + escape(text[at:])

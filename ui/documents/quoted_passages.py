"""Quoted passages in documents: where a passage is in its source, and which of its words are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from rag.schema import Language, Passage
from rag.sources.drawn_tables import find_tables
from ui.documents.briefing_texts import LABELS
from ui.documents.paper import PaperTable, TextRun
from ui.documents.passage_sections import section_below_title
from ui.documents.passage_tables import RunsOfSpan, paper_tables


def passage_location(passage: Passage, language: Language, title: str = "") -> str:
    """Title, section and page of a passage in the punctuation of `language`: 甲，第二节，第 3 页; `A, Part 2, p. 3`.

    `title` replaces the title of the passage, for example to add title marks.
    """
    labels = LABELS[language]
    page = labels["page"].format(passage.page) if passage.page else ""
    section = section_below_title(passage.section, passage.title)
    return labels["of"].join(part for part in (title or passage.title, section, page) if part)


@dataclass(frozen=True)
class QuotedWords:
    """Words that are quoted of a passage; `start` is their place in the clean text of the source, -1 if not known."""

    text: str
    start: int = -1


def passage_parts(passage: Passage, quotes: Iterable[QuotedWords]) -> Iterator[tuple[TextRun, ...] | PaperTable]:
    """The paragraphs of a passage, each as runs with the quoted words in strong ones, and its tables."""
    spans = _quote_spans(passage, quotes)

    def runs_of(start: int, end: int) -> tuple[TextRun, ...]:
        part = start - passage.start, end - passage.start
        return tuple(run for run in _highlight_spans(passage.text, spans, part) if run.text)

    at, end = passage.start, passage.start + len(passage.text)
    for table in find_tables(passage.text, passage.blocks, passage.start):
        yield from _paragraphs(passage, (at, table.start), runs_of)
        yield from paper_tables(table, runs_of, passage.language)
        at = table.end
    yield from _paragraphs(passage, (at, end), runs_of)


def _paragraphs(passage: Passage, span: tuple[int, int], runs_of: RunsOfSpan) -> Iterator[tuple[TextRun, ...]]:
    first, last = span[0] - passage.start, span[1] - passage.start
    for match in _PARAGRAPH.finditer(passage.text, first, last):
        if runs := runs_of(match.start() + passage.start, match.end() + passage.start):
            yield runs


_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")


def _quote_spans(passage: Passage, quotes: Iterable[QuotedWords]) -> list[tuple[int, int]]:
    """Where the quotes are in a passage: at their places, or where their words are first."""
    spans = []
    for quote in quotes:
        start = quote.start - passage.start
        if quote.start < 0 or passage.text[max(0, start) : start + len(quote.text)] != quote.text:
            start = passage.text.find(quote.text)
        if quote.text and start >= 0:
            spans.append((start, start + len(quote.text)))
    return sorted(spans)


def _highlight_spans(text: str, spans: Iterable[tuple[int, int]], part: tuple[int, int]) -> Iterator[TextRun]:
    """A part of a text in runs, the spans in strong ones. Runs may be empty."""
    done, last = part
    for start, end in spans:
        start, end = max(start, done), min(end, last)
        if end > start:
            yield TextRun(text[done:start])
            yield TextRun(text[start:end], "strong")
            done = end
    yield TextRun(text[done:last])


def merge_runs(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """The runs without empty ones, neighbours of one style as one run. For runs without notes."""
    for _, group in groupby((run for run in runs if run.text), lambda run: run.style):
        first, *others = group
        yield replace(first, text=first.text + "".join(run.text for run in others))

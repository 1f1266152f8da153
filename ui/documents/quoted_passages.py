"""Quoted passages in documents: where a passage is in its source, and which of its words are quoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from rag.schema import Language, Passage
from ui.documents.briefing_texts import LABELS
from ui.documents.paper import TextRun


def passage_location(passage: Passage, language: Language, title: str = "") -> str:
    """Title, section and page of a passage in the punctuation of `language`: 甲，第二节，第 3 页; `A, Part 2, p. 3`.

    `title` replaces the title of the passage, for example to add title marks.
    """
    labels = LABELS[language]
    page = labels["page"].format(passage.page) if passage.page else ""
    return labels["of"].join(part for part in (title or passage.title, passage.section, page) if part)


def highlight_quotes(text: str, quotes: Iterable[str]) -> Iterator[TextRun]:
    """The text in runs, the first occurrence of each quote in strong ones. Runs may be empty."""
    spans = []
    for quote in quotes:
        start = text.find(quote) if quote else -1
        if start >= 0:
            spans.append((start, start + len(quote)))
    done = 0
    for start, end in sorted(spans):
        if end > done:
            yield TextRun(text[done : max(start, done)])
            yield TextRun(text[max(start, done) : end], "strong")
            done = end
    yield TextRun(text[done:])


def merge_runs(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """The runs without empty ones, neighbours of one style as one run. For runs without notes."""
    for _, group in groupby((run for run in runs if run.text), lambda run: run.style):
        first, *others = group
        yield replace(first, text=first.text + "".join(run.text for run in others))

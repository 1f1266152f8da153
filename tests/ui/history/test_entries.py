"""Conversation entries: an exchange is read back as it was stored, and changed sources are detected."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.schema import (
    Answer,
    CheckedFigure,
    Citation,
    Confidence,
    Disagreement,
    PackedPassages,
    Passage,
    Source,
    Statement,
    Timings,
    Usage,
)
from rag.text.prompts import prompts_version
from tests.ui.history.conftest import SOURCES
from ui.history.entries import (
    ConversationEntry,
    changed_sources,
    dump_exchange,
    dump_sources,
    load_exchange,
    load_sources,
    make_title,
)
from ui.history.exchange import Exchange

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(0, 10**9)
FLOATS = st.floats(allow_nan=False)


def strategy_for(class_: type, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Up to two objects of a class; fields without a strategy get values by their type."""
    strings = {"text": WORDS, "claim": WORDS, "title": WORDS, "quote": WORDS, "section": WORDS}
    strategies = {name: strategy for name, strategy in (strings | parts).items() if name in class_.__annotations__}
    return st.lists(st.builds(class_, **strategies), max_size=2).map(tuple)


ANSWERS = st.builds(
    Answer, question=WORDS, text=WORDS, thinking=WORDS, model=WORDS,
    citations=strategy_for(Citation, passage_id=WORDS, source_id=WORDS),
    passages=strategy_for(Passage, id=WORDS, source_id=WORDS, score=FLOATS, edition_of=WORDS, date=WORDS),
    timings_ms=st.builds(Timings, FLOATS, FLOATS, FLOATS), usage=st.builds(Usage, NUMBERS, NUMBERS),
    figures=strategy_for(CheckedFigure, evidence=st.lists(WORDS, max_size=2).map(tuple), how=WORDS),
    disagreements=strategy_for(
        Disagreement, subject=WORDS, statements=strategy_for(Statement, figure=WORDS, year=WORDS, scope=WORDS)),
    confidence=st.none() | st.builds(
        Confidence, st.sampled_from(["strong", "none"]), st.lists(WORDS, max_size=2).map(tuple)),
    suggestions=st.lists(WORDS, max_size=2).map(tuple),
    packed=st.builds(PackedPassages, NUMBERS, NUMBERS, st.lists(NUMBERS, max_size=2).map(tuple)))


@settings(max_examples=60, deadline=None)
@given(st.builds(Exchange, ANSWERS, WORDS, st.booleans()))
def test_every_exchange_is_read_back_unchanged(exchange: Exchange) -> None:
    assert load_exchange(dump_exchange(exchange)) == exchange


@settings(max_examples=40, deadline=None)
@given(strategy_for(
    Source, id=WORDS, name=WORDS, author=WORDS, date=WORDS, digest=WORDS, tags=st.lists(WORDS, max_size=2).map(tuple)))
def test_every_source_is_read_back_unchanged(sources: tuple[Source, ...]) -> None:
    assert load_sources(dump_sources(sources)) == sources


@given(st.text(max_size=120))
def test_every_title_is_short_and_on_one_line(question: str) -> None:
    title = make_title(question)
    assert len(title) <= 57
    assert "\n" not in title
    assert bool(title) == bool(question.replace("\0", "").strip())


def entry(exchange: Exchange) -> ConversationEntry:
    return ConversationEntry(1, exchange, datetime.now(UTC), SOURCES[:2], "v")


@pytest.mark.parametrize(("current", "changed"), [
    (SOURCES, ()),
    ([replace(SOURCES[0], tags=("new",), title="另名"), SOURCES[1]], ()),
    ([replace(SOURCES[0], digest="another"), SOURCES[1]], SOURCES[:1]),
    ([SOURCES[1]], SOURCES[:1]),
    ([SOURCES[0]], ()),  # the other one was retrieved, not cited
    ([replace(SOURCES[0], digest="")], ()),
])
def test_a_cited_source_that_changed_or_is_missing_is_named(
    make_exchange: Callable[..., Exchange], current: list[Source], changed: tuple[Source, ...]) -> None:
    assert changed_sources(entry(make_exchange()), current) == changed


def test_the_version_of_the_prompts_is_the_same_in_every_process() -> None:
    code = (
        "import sys; from rag.text.prompts import prompts_version; import ui.history.history; "
        "print(prompts_version(), 'gradio' in sys.modules)")
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == [prompts_version(), "False"]

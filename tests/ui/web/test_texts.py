"""Texts of the page: all of them in both languages, and escaped."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from rag.schema import CitationState, Difference, Language, Level, Status
from ui.web.answers.evidence_panel import render_evidence
from ui.web.chat.render import composer_line, scope_line, sidebar_html, welcome_html
from ui.web.page_html import masthead_html, notice_html
from ui.web.texts.briefings import BRIEFING_TEXTS
from ui.web.texts.chat import CHAT_TEXTS
from ui.web.texts.common import COMMON_TEXTS
from ui.web.texts.figures import FIGURE_TEXTS
from ui.web.texts.following import FOLLOWING_TEXTS
from ui.web.texts.library import LIBRARY_TEXTS
from ui.web.texts.lookup import SYMBOLS, TEXTS, ui_text
from ui.web.texts.settings import SETTINGS_TEXTS
from ui.web.texts.versions import VERSION_TEXTS


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_exists_in_both_languages(key: str) -> None:
    assert set(TEXTS[key]) == set(get_args(Language))
    assert all(text.strip() for text in TEXTS[key].values())


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in TEXTS[key].values()]
    assert fields[0] == fields[1]


def test_chinese_texts_are_chinese_and_english_ones_are_not() -> None:
    for text in TEXTS.values():
        assert re.search("[一-鿿]", text["zh"])
        assert not re.search("[一-鿿]", text["en"])


def test_every_status_and_state_has_a_text_and_a_sign() -> None:
    states = (
        *get_args(Status), *get_args(CitationState), *get_args(Level), *get_args(Difference), "matched", "left out")
    for state in states:
        assert state in TEXTS
        assert state in SYMBOLS or state == "composing"


def test_no_two_tables_have_the_same_key() -> None:
    tables = (
        COMMON_TEXTS, CHAT_TEXTS, LIBRARY_TEXTS, FIGURE_TEXTS, FOLLOWING_TEXTS, SETTINGS_TEXTS, BRIEFING_TEXTS,
        VERSION_TEXTS)
    assert sum(len(table) for table in tables) == len(TEXTS)


def test_a_text_is_escaped_together_with_its_values() -> None:
    assert "<b>" not in ui_text("model", name="<b>")
    assert "{0}" in ui_text("model", name="{0}")  # a value is not a template


def test_every_text_of_the_page_layout_is_in_both_languages() -> None:
    parts = (
        masthead_html(), notice_html(), sidebar_html(), composer_line(), scope_line(), welcome_html(),
        render_evidence(()))
    for html in parts:
        assert html.count('class="say-zh"') == html.count('class="say-en"') > 0

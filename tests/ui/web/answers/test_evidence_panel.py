"""Evidence panel: cards in the order of citation, marked quotes, references, and documents that have changed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Answer, PassageVersion, Source
from tests.ui.web.chat.test_render import ATTACK, EN, ZH, cite, exchange
from ui.history.entries import ConversationEntry
from ui.history.exchange import Exchange
from ui.web.answers.evidence_panel import highlight_quotes, render_evidence

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SOURCES = (
    Source("a", "a.md", "高质量发展核心竞争力", "zh", author="张桥", date="2023", kind="report"),
    Source("b", "b.md", "Lighthouse factories", "en", author="Jane Doe", date="2024", kind="report"),
)


def entries_of(*exchanges: Exchange) -> list[ConversationEntry]:
    return [ConversationEntry(number, exchange, NOW, SOURCES, "") for number, exchange in enumerate(exchanges, 1)]


def test_cited_passages_come_first_in_the_order_of_citation_and_the_rest_is_folded() -> None:
    panel = render_evidence(entries_of(exchange("…", cite(EN, "They lead."), cite(ZH, "目标是5万亿元。"))))
    cards = re.findall(r'id="(cite-[\d-]+)"( open)?', panel)
    assert cards == [("cite-1-2", " open"), ("cite-1-1", " open"), ("cite-1-3", "")]
    assert panel.index('<details class="more">') < panel.index('id="cite-1-3"')


def test_a_card_shows_title_section_page_and_state() -> None:
    panel = render_evidence(entries_of(exchange("…", cite(ZH, "目标是5万亿元。"), cite(EN, "They", "not found"))))
    texts = (
        "高质量发展核心竞争力", "产业创新集群", "第 3 页", "p. 3", "原文引用", "Verbatim quote", "未见依据",
        "No support found")
    for text in texts:
        assert text in panel
    assert "p. 0" not in panel


def test_a_card_shows_the_version_of_its_document_and_its_status() -> None:
    old = replace(ZH, version=PassageVersion("a", ("2022年版", "2022 version"), "superseded", is_used=False))
    panel = render_evidence(entries_of(exchange("…", cite(old, "目标是5万亿元。"), passages=(old,))))
    assert "2022年版 · 已被取代" in panel
    assert "2022 version · superseded" in panel


@pytest.mark.parametrize(("title", "section"), [("年报 2023", "年报（2023） › 运营"), ("Purchases", "Purchases › 运营")])
def test_a_card_does_not_repeat_its_title_as_a_section(title: str, section: str) -> None:
    passage = replace(ZH, title=title, section=section)
    panel = render_evidence(entries_of(exchange("…", cite(passage, "目标是5万亿元。"), passages=(passage,))))
    assert f'<span class="where" lang="{passage.language}">运营 · ' in panel


def test_only_the_latest_turn_is_visible_and_the_others_are_hidden() -> None:
    panels = render_evidence(entries_of(exchange("甲"), exchange("乙")))
    sections = re.findall(r'<section id="evidence-(\d)" class="turn" tabindex="-1"( hidden)?', panels)
    assert sections == [("1", " hidden"), ("2", "")]
    assert 'id="cite-1-1"' in panels
    assert 'id="cite-2-1"' in panels


def test_an_answer_without_passages_says_so() -> None:
    assert "No passage was found." in render_evidence(entries_of(exchange("…", passages=())))


def test_a_document_cannot_put_html_into_the_evidence() -> None:
    passage = replace(ZH, title=ATTACK, section=ATTACK, text=f"{ATTACK}目标")
    answer = Answer(ATTACK, "zh", "grounded", ATTACK, (cite(passage, f"{ATTACK}目标"),), (passage,), ATTACK)
    hostile = Source("a", ATTACK, ATTACK, "zh", author=ATTACK, publisher=ATTACK)
    assert "<img" not in render_evidence([ConversationEntry(0, Exchange(answer), NOW, (hostile,), "")], ATTACK, {"a"})


def test_a_quote_is_marked_at_its_place_in_the_passage() -> None:
    assert highlight_quotes(ZH.text, [cite(ZH, "目标是5万亿元。")]) == (
        '苏州的产值为3.8万亿元。<mark class="verified">目标是5万亿元。</mark>')
    assert highlight_quotes(EN.text, [cite(EN, "factories. They", "supported")]) == (
        'Suzhou has 7 lighthouse <mark class="supported">factories.\n\nThey</mark> lead.')


def test_overlapping_quotes_are_marked_once() -> None:
    text = highlight_quotes("abcdef", [cite(ZH, "abcd"), cite(ZH, "cdef"), cite(ZH, "bc")])
    assert re.sub("<.*?>", "", text) == "abcdef"
    assert text.count("<mark") == 2


def test_a_quote_that_the_passage_does_not_contain_is_not_marked() -> None:
    assert highlight_quotes("a < b", [cite(ZH, "z"), cite(ZH, "")]) == "a &lt; b"


@given(st.text(max_size=40), st.lists(st.text(max_size=8), max_size=4))
def test_marking_does_not_change_the_text(text: str, quotes: list[str]) -> None:
    plain = re.sub(r"</?mark[^>]*>", "", highlight_quotes(text, [cite(ZH, quote) for quote in quotes]))
    assert unescape(plain) == text


# --- references, changes and editions


def test_cited_works_are_references_in_both_styles_once_each_and_in_the_order_of_citation() -> None:
    panel = render_evidence(entries_of(exchange("…", cite(EN, "They lead."), cite(ZH, "目标是5万亿元。"), cite(EN, "Suzhou"))))
    for style in ("gbt7714", "apa"):
        entries = re.search(rf'<ul class="{style}">(.*?)</ul>', panel)
        assert entries
        references = entries.group(1).split("</li>")[:-1]
        titles = [("Lighthouse" in reference, "核心竞争力" in reference) for reference in references]
        assert titles == [(True, False), (False, True)]


def test_an_answer_says_that_a_cited_document_has_changed_since() -> None:
    entries = entries_of(exchange("…", cite(ZH, "目标是5万亿元。")))
    assert "has changed or gone since this answer" in render_evidence(entries, "x", {"a"})
    assert "此后有改动" in render_evidence(entries, "x", {"a"})
    assert "has changed or gone since this answer" not in render_evidence(entries, "x", {"b"})


def test_only_a_work_with_editions_has_a_link_to_the_other_edition() -> None:
    assert "#counterpart" not in render_evidence(entries_of(exchange("…", cite(ZH, "目标"))))
    with_edition = exchange("…", cite(ZH, "目标"), passages=(replace(ZH, edition_of="work"),))
    assert 'data-passage="a-1">⇄' in render_evidence(entries_of(with_edition))

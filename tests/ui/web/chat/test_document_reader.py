"""Document reader: the passage is framed, its quotes are marked, its neighbours are shown, and text stays text."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Source
from ui.web.chat.document_reader import render_context, render_document

ZH = Source("a", "a.md", "工业报告 <b>", "zh", author="张桥", date="2024-06-03")
TEXT = "家底\n\n第一句在前。第二句也在前。\n\n苏州有7家灯塔工厂，占全国的1/9。\n\n后面一句。Another one stands here."
START = TEXT.index("苏州")
END = TEXT.index("\n\n后面")
HEADINGS = frozenset({(0, 2)})


def test_the_passage_is_framed_and_its_quote_marked() -> None:
    html = render_document(ZH, TEXT, (START, END), [(START, START + len("苏州有7家灯塔工厂"))], HEADINGS)
    assert re.search(r'<div class="here" tabindex="-1"><p><mark>苏州有7家灯塔工厂</mark>，占全国的1/9。</p></div>', html)
    assert "<h3>家底</h3>" in html
    assert "工业报告 &lt;b&gt;" in html


def test_of_two_equal_cells_the_cited_one_is_marked_and_rows_stay_lines() -> None:
    text = "城区 | 80 | 90\n郊区 | 80 | 70"
    at = text.rindex("80")
    html = render_document(ZH, text, (0, len(text)), [(at, at + 2)])
    assert "<p>城区 | 80 | 90<br>郊区 | <mark>80</mark> | 70</p>" in html


def test_a_heading_of_a_document_that_an_old_version_read_has_no_marks() -> None:
    assert "<h3>Old</h3>" in render_document(ZH, "# Old\n\nText.", (0, 0), [])


def test_the_context_is_whole_sentences_on_both_sides() -> None:
    html = render_context(TEXT, START, END)
    assert re.findall(r'<div class="(\w+)">', html) == ["before", "after"]
    assert "第二句也在前。" in html
    assert "后面一句。" in html
    assert "灯塔" not in html


@pytest.mark.parametrize(("text", "passage"), [
    ("年报\n\n前面一句。\n\n一、运营\n\n共7家。\n\n后面一句。\n\n二、投入", "共7家。"),
    ("Report\n\nOne before.\n\nTraffic\n\nSeven ships.\n\nOne after.\n\nSpending", "Seven ships.")])
def test_the_context_has_neither_the_title_nor_headings_without_their_text(text: str, passage: str) -> None:
    title, before, heading, _, after, following = text.split("\n\n")
    spans = {words: (text.index(words), text.index(words) + len(words)) for words in (title, heading, following)}
    start = text.index(passage)
    html = render_context(
        text, start, start + len(passage), [spans[title]], [spans[heading], spans[following]])
    assert html == f'<div class="before"><p>{before}</p></div><div class="after"><p>{after}</p></div>'


def test_without_a_passage_nothing_is_framed() -> None:
    assert 'class="here"' not in render_document(ZH, TEXT, (0, 0), [], HEADINGS)


@pytest.mark.parametrize(("start", "end"), [(-5, -1), (0, 0), (10**12, 10**12), (50, 3), (-(10**9), 10**9)])
def test_offsets_outside_the_text_show_a_limited_context(start: int, end: int) -> None:
    long = "一句话在这里。" * 2_000
    assert len(render_context(long, start, end)) < 3_000
    assert render_document(ZH, long, (start, end), []).count("话") == 2_000  # the whole text, once


def test_a_long_document_is_shown_in_part_around_the_passage() -> None:
    long = "\n\n".join(f"第{n}段，讲的是别的事情，也没有什么数字。" for n in range(9_000))
    at = long.index("第6000段")
    html = render_document(ZH, long, (at, at + 10), [])
    assert "第6000段" in html
    assert "第1段，" not in html
    assert html.count("document is long") == 2
    assert len(html) < 150_000


@given(st.text(alphabet="<>&\"'/#abc \n甲。", max_size=80), st.integers(-9, 99), st.integers(-9, 99))
def test_no_text_becomes_markup(text: str, start: int, end: int) -> None:
    tags = r"</?(?:p|h3|br|div|mark|article|header|h2|button|span)\b[^<>]*>"
    for html in (render_document(ZH, text, (start, end), [(0, 3), (5, 9)]), render_context(text, start, end)):
        assert not re.search(r"[<>]", re.sub(tags, "", html))
        assert "&lt;" in html or "<" not in unescape(re.sub(tags, "", html))

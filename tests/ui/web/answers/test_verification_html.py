"""Verification results around an answer: they are shown in both languages, and always as text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Answer, CheckedFigure, Citation, Confidence, Disagreement, PackedPassages, Passage, Statement
from tests.ui.web.answers.test_evidence_panel import entries_of
from ui.history.exchange import Exchange
from ui.web.answers import verification_html
from ui.web.answers.evidence_panel import render_evidence
from ui.web.chat.markdown import safe_markdown
from ui.web.chat.render import reply_messages, status_line

ATTACK = '<img src=x onerror="alert(1)">\n\n<b>'
ZH = Passage(1, "a-1", "a", "核心竞争力", "集群", 3, 0, 30, "产值为3.8万亿元。目标是5万亿元。", 0.9, "zh")
EN = replace(ZH, number=2, id="b-1", source_id="b", title="Clusters", text="It was 3.8 trillion yuan.", language="en")


def checked(text: str, *figures: tuple[str, str]) -> tuple[CheckedFigure, ...]:
    """Checked figures at their first place in a text.

    The nearest figure of unsupported ones is 3.8万亿元; derived ones are the difference 5万亿元 − 3.8万亿元.
    """
    known = {
        "found": ((1,), ("3.8万亿元",), ""), "derived": ((1,), ("5万亿元", "3.8万亿元"), "5万亿元 − 3.8万亿元"),
        "not found": ((1,), ("3.8万亿元",), "")}
    result = []
    for figure, state in figures:
        start = text.index(figure)
        end = start + len(figure)
        result.append(CheckedFigure(figure, start, end, state, *known[state]))  # type: ignore[arg-type]
    return tuple(result)


# --- figures in the text


@pytest.mark.parametrize(("text", "figure", "expected"), [
    ("产值3.9万亿元[1]。", "3.9万亿元", r"产值[3.9万亿元](#figure-2-1-not)[\[1\]](#cite-2-1)。"),
    ("It was **3.9 trillion** yuan.", "3.9 trillion", "It was **[3.9 trillion](#figure-2-1-not)** yuan."),
    ("9家", "9家", "[9家](#figure-2-1-not)"),
])
def test_a_figure_that_no_source_has_is_marked_at_its_place_in_the_text(text: str, figure: str, expected: str) -> None:
    assert safe_markdown(text, 2, {1}, checked(text, (figure, "not found"))) == expected


def test_derived_figures_have_a_mark_of_their_own_and_found_figures_have_none() -> None:
    text = "从3.8万亿元增加1.2万亿元"
    figures = checked(text, ("3.8万亿元", "found"), ("1.2万亿元", "derived"))
    assert safe_markdown(text, 1, (), figures) == "从3.8万亿元增加[1.2万亿元](#figure-1-2-derived)"


@pytest.mark.parametrize("text", [
    "`9家`", "```\n9家\n```", "```9家\nx\n```", "[共9家厂](https://example.org)", "[厂](https://example.org/9家)",
    "!9家", "\\9家"])
def test_a_figure_in_code_or_in_a_link_breaks_neither(text: str) -> None:
    assert safe_markdown(text, 1, {1}, checked(text, ("9家", "not found"))) == safe_markdown(text, 1, {1})


def test_a_figure_with_wrong_offsets_is_not_marked() -> None:
    misplaced = (CheckedFigure("9家", 0, 2, "not found"), CheckedFigure("9家", 90, 92, "not found"))
    assert safe_markdown("有9家。", 1, (), misplaced) == "有9家。"


def test_a_text_cannot_contain_the_characters_that_enclose_a_figure() -> None:
    figures = (CheckedFigure("9", 90, 91, "not found"),)
    assert "#figure" not in safe_markdown("\ufdd01\ufdd1点击\ufdd2", 1, (), figures)


@given(
    st.text(alphabet="`~<>![]()19/ \n\\&-*|:\"h\ufdd0\ufdd1\ufdd2", max_size=50), st.integers(0, 50), st.integers(1, 4))
def test_no_marked_figure_opens_a_tag_or_an_image(text: str, start: int, length: int) -> None:
    figure = CheckedFigure(text[start : start + length], start, start + length, "not found")
    markdown = safe_markdown(text, 1, {1}, (figure,))
    assert not re.search(r"<(?!/?(?:code|pre)>)[A-Za-z/!?]", markdown)
    assert "![" not in markdown
    assert not re.search("[\ufdd0-\ufdd2]", markdown)


# --- under an answer


def test_an_unsupported_figure_is_shown_with_the_nearest_one_and_a_derived_figure_with_its_parts() -> None:
    text = "增加1.2万亿元，达3.9万亿元"
    figures = checked(text, ("1.2万亿元", "derived"), ("3.9万亿元", "not found"))
    lines = verification_html.render_figures(Answer("?", "zh", text=text, figures=figures), 3)
    parts = (
        'id="figure-3-1-derived"', "由资料推算", "reckoned from the sources", "5万亿元 − 3.8万亿元",
        'id="figure-3-2-not"', "资料里没有这个数字", "no source has this figure", "最接近的是", 'href="#cite-3-1"')
    for part in parts:
        assert part in lines


def test_a_figure_that_the_sources_state_about_something_else_is_not_shown_as_its_own_nearest() -> None:
    figures = checked("3.8万亿元", ("3.8万亿元", "not found"))
    lines = verification_html.render_figures(Answer("?", "en", text="3.8万亿元", figures=figures), 1)
    assert "of something else or another year" in lines
    assert "nearest" not in lines


def test_status_counts_the_supported_figures() -> None:
    text = "3.8万亿元、1.2万亿元、9家"
    figures = checked(text, ("3.8万亿元", "found"), ("1.2万亿元", "derived"), ("9家", "not found"))
    line = status_line(Exchange(Answer("?", "zh", "partial", text, figures=figures)), 1)
    assert "数字 2/3 有依据" in line
    assert "figures supported: 2 of 3" in line


@pytest.mark.parametrize(("level", "word", "sign"), [
    ("strong", "Strong evidence", "●●●"), ("fair", "依据尚可", "●●○"), ("weak", "依据薄弱", "●○○"),
    ("none", "No evidence", "○○○")])
def test_confidence_is_a_sign_a_word_and_its_reasons(level: str, word: str, sign: str) -> None:
    confidence = Confidence(level, ("one <b> document",))  # type: ignore[arg-type]
    html = verification_html.render_confidence(Answer("?", "en", "grounded", "It is.", confidence=confidence))
    for part in (word, sign, "one &lt;b&gt; document"):
        assert part in html


def test_where_the_library_has_no_answer_only_the_status_says_so() -> None:
    answer = Answer("?", "en", "unanswered", "No.", confidence=Confidence("none", ("nothing",)))
    assert verification_html.render_confidence(answer) == ""


@pytest.mark.parametrize(("kind", "zh", "en"), [
    ("another year", "年份不同", "another year"), ("another scope", "范围不同", "another scope"),
    ("conflict", "互相矛盾", "conflict")])
def test_a_disagreement_names_its_kind_and_each_statement(kind: str, zh: str, en: str) -> None:
    statements = (Statement("7家", "2024", "苏州", 1, "核心竞争力", "…"), Statement("six", "", "", 2, "Clusters", "…"))
    disagreement = Disagreement("工厂", kind, statements)  # type: ignore[arg-type]
    answer = Answer("?", "zh", passages=(ZH, EN), disagreements=(disagreement,))
    block = verification_html.render_disagreements(answer, 4)
    parts = (
        "工厂", zh, en, "≠", "7家", "2024", "苏州", "核心竞争力", 'href="#cite-4-1"', '<li lang="en"><b>six</b>',
        'href="#cite-4-2"')
    for part in parts:
        assert part in block
    assert ("year not given" in block) == (kind == "another year")


def test_only_the_latest_complete_answer_has_followup_questions() -> None:
    complete = Exchange(Answer("?", "zh", "grounded", "是。", suggestions=("苏州有几个集群？",)))
    assert "苏州有几个集群？" in reply_messages(complete, 1, latest=True)[-1]
    assert "苏州有几个集群？" not in "".join(reply_messages(complete, 1, latest=False))
    composing = replace(complete, answer=replace(complete.answer, status="composing"))
    assert "followups" not in "".join(reply_messages(composing, 1, latest=True))


def test_thoughts_are_open_until_the_first_word() -> None:
    thinking = Exchange(Answer("?", "en", thinking="Let me see."))
    assert " open>" in verification_html.render_reasoning(thinking, 1)
    assert "Thinking…" in status_line(thinking, 1)
    writing = Exchange(Answer("?", "en", thinking="Let me see.", text="It"))
    assert " open>" not in verification_html.render_reasoning(writing, 1)
    assert verification_html.render_reasoning(Exchange(Answer("?", "en")), 1) == ""


def test_hostile_text_around_an_answer_stays_text_and_stays_in_its_block() -> None:
    figures = (
        CheckedFigure("9", 0, 1, "not found", (1,), (ATTACK,)), CheckedFigure("7", 2, 3, "derived", (1,), (), ATTACK))
    disagreement = Disagreement(ATTACK, "conflict", (Statement(*[ATTACK] * 3, 1, ATTACK, ATTACK),))
    answer = Answer(
        "?", "en", "partial", "9 7", thinking=ATTACK, figures=figures, disagreements=(disagreement,),
        confidence=Confidence("weak", (ATTACK,)), suggestions=(ATTACK,))
    parts = (
        verification_html.render_reasoning(Exchange(answer), 1), verification_html.render_figures(answer, 1),
        verification_html.render_disagreements(answer, 1), verification_html.render_confidence(answer),
        verification_html.render_followups(answer))
    for part in parts:
        assert part
        assert "<img" not in part
        assert "\n" not in part


# --- evidence


def cite(*, matched: bool) -> Citation:
    return Citation(
        1, "…", ZH.id, ZH.source_id, ZH.title, ZH.section, ZH.page, "目标是5万亿元。", "verified quote", matched=matched)


def test_a_card_says_who_found_the_passage() -> None:
    def panel(*citations: Citation) -> str:
        return render_evidence(entries_of(Exchange(Answer("?", "zh", "grounded", "…", citations, (ZH, EN)))))

    assert "由湖问找到，模型没有引用" in panel(cite(matched=True))
    assert "Found by Huwen, not cited by the model" in panel(cite(matched=True))
    assert "for a sentence that the model left uncited" in panel(cite(matched=True), cite(matched=False))
    assert "Huwen" not in panel(cite(matched=False))


def test_a_card_says_that_the_model_was_not_given_its_passage() -> None:
    answer = Answer("?", "zh", "grounded", "…", (), (ZH, EN), packed=PackedPassages(9, 9, (2,)))
    panel = render_evidence(entries_of(Exchange(answer)))
    cards = re.findall(r"<details class=\"card\".*?</details>", panel)
    assert ["没有交给模型" in card and "for want of room" in card for card in cards] == [False, True]


def test_the_sentence_of_a_disagreement_is_marked_in_its_card() -> None:
    statement = Statement("3.8万亿元", "", "", 1, "核心竞争力", "产值为3.8万亿元。")
    disagreement = Disagreement("产值", "conflict", (statement,))
    answer = Answer("?", "zh", "grounded", "…", (cite(matched=False),), (ZH,), disagreements=(disagreement,))
    panel = render_evidence(entries_of(Exchange(answer)))
    assert '<mark class="told">产值为3.8万亿元。</mark><mark class="verified">目标是5万亿元。</mark>' in panel

"""Verification results in a browser: figures, disagreements, follow-up questions and the model's reasoning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline
from rag.schema import Thought
from tests.ui.web.conftest import (
    Opener,
    SteppedDraft,
    ask,
    scripted_draft,
    serve_page,
    shown_texts,
    wait_for_verdicts,
    wait_until_settled,
    with_draft,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUTPUT = {
    "zh-CN": ("苏州四大产业创新集群2022年产值是多少？", "四大产业创新集群2022年产值为3.9万亿元[1]。",
              "资料里没有这个数字；最接近的是 3.8万亿元 [1]"),
    "en-US": ("What was the output value of Suzhou's four industrial innovation clusters in 2022?",
              "In 2022 the output value of the four clusters was 3.9 trillion yuan [1].",
              "no source has this figure; nearest: 3.8 trillion yuan [1]"),
}
FACTORIES = {"zh-CN": "苏州有几家灯塔工厂？", "en-US": "How many lighthouse factories does Suzhou have?"}


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with serve_page(pipeline) as address:
        yield address


@pytest.mark.browser
@pytest.mark.parametrize("locale", OUTPUT)
def test_a_wrong_figure_is_marked_and_the_nearest_one_is_shown(
    pipeline: Pipeline, open_page: Opener, locale: str,
) -> None:
    question, reply, explanation = OUTPUT[locale]
    with serve_page(with_draft(pipeline, scripted_draft(reply))) as address:
        page = open_page(address, locale=locale)
        ask(page, question)
        mark = page.locator('#chat a[href^="#figure-1-"][href$="-not"]')
        assert mark.inner_text().startswith("3.9")
        page.wait_for_function(
            "title => document.querySelector('#chat a[href^=\"#figure-\"]').title === title", arg=explanation)
        assert mark.evaluate("mark => getComputedStyle(mark, '::after').content") == '"!"'
        assert explanation.split(" [")[0] in page.inner_text("#chat .figures")
        mark.press("Enter")
        assert "#" + page.evaluate("document.activeElement.id") == mark.get_attribute("href")
        page.click('#chat .figures a[href="#cite-1-1"]')
        page.wait_for_selector("#cite-1-1.lit")


@pytest.mark.browser
def test_a_derived_figure_shows_its_derivation(pipeline: Pipeline, open_page: Opener) -> None:
    draft = scripted_draft("从2022年的3.8万亿元到2025年的5万亿元，增加1.2万亿元[1]。")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        ask(page, OUTPUT["zh-CN"][0])
        assert page.inner_text('#chat a[href$="-derived"]') == "1.2万亿元"
        assert "由资料推算：5万亿元 − 3.8万亿元" in page.inner_text("#chat .figures .derived")


@pytest.mark.browser
@pytest.mark.parametrize("locale", FACTORIES)
def test_a_marker_of_a_disagreement_opens_its_passage(address: str, open_page: Opener, locale: str) -> None:
    page = open_page(address, locale=locale)
    ask(page, FACTORIES[locale])
    blocks = " ".join(shown_texts(page, "#chat .differ"))
    texts = {
        "zh-CN": ("灯塔工厂", "年份不同", "7家", "6家"), "en-US": ("lighthouse factories", "another year", "7", "6")}
    for text in (*texts[locale], "2024"):
        assert text in blocks
    marker = page.locator("#chat .differ a").nth(1)
    card = str(marker.get_attribute("href"))
    marker.click()
    page.wait_for_selector(f"{card}.lit mark")
    assert page.locator(card).is_visible()


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "by_key"), [("zh-CN", False), ("zh-CN", True), ("en-US", False), ("en-US", True)])
def test_a_suggestion_is_asked_once_and_only_the_latest_answer_has_suggestions(
    address: str, open_page: Opener, locale: str, by_key: bool,
) -> None:
    page = open_page(address, locale=locale)
    ask(page, FACTORIES[locale])
    suggestion = page.locator("#chat .followups a").first
    question = suggestion.inner_text()
    if by_key:
        suggestion.focus()
        page.keyboard.press("Enter")
    else:
        suggestion.dblclick()
    wait_for_verdicts(page, 2)
    wait_until_settled(page)  # gradio's stream ends only when no question is left in its queue
    assert shown_texts(page, "#chat .user-row")[1:] == [question]
    assert page.locator("#chat .followups").count() <= 1


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "status"), [("zh-CN", "正在思考…"), ("en-US", "Thinking…")])
def test_thoughts_are_visible_while_they_are_written_then_folded_and_always_text(
    pipeline: Pipeline, open_page: Opener, locale: str, status: str,
) -> None:
    thought = Thought(
        "<img src=x onerror=\"window.hacked=1\"> 想一想\n\n</details># hm [1]\n<script>window.hacked=2</script>")
    draft = SteppedDraft(thought, "好", "。")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address, locale=locale)
        page.fill("#ask textarea", OUTPUT[locale][0])
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("#chat .thoughts .aloud")
        page.wait_for_selector(f"#chat .status:has-text('{status}')")
        draft.step(2)
        wait_for_verdicts(page, 1)
        wait_until_settled(page)
        assert not page.locator("#chat .thoughts .aloud").is_visible()
        assert page.locator("#chat .thoughts summary").is_visible()
        page.press("#chat .thoughts summary", "Enter")
        thinking = page.inner_text("#chat .thoughts .aloud")
        assert "想一想" in thinking
        assert "</details># hm [1]\n<script>" in thinking
        assert page.locator("#chat .thoughts :is(img, script, h1, a)").count() == 0
        assert page.evaluate("window.hacked") is None


@pytest.mark.browser
def test_thoughts_that_a_reader_folded_stay_folded_while_they_grow(pipeline: Pipeline, open_page: Opener) -> None:
    thoughts = [Thought(f"想{number}。") for number in range(6)]
    draft = SteppedDraft(*thoughts, "好。")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "产值？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("#chat .thoughts[open]")
        page.click("#chat .thoughts summary")
        page.wait_for_selector("#chat .thoughts:not([open])")
        for number in range(1, 6):
            draft.step()
            page.wait_for_selector(f"#chat .thoughts .aloud:has-text('想{number}。')", state="attached")
            page.wait_for_selector("#chat .thoughts .aloud", state="hidden")
        draft.step()
        wait_for_verdicts(page, 1)


@pytest.mark.browser
@pytest.mark.parametrize("locale", OUTPUT)
def test_verification_results_fit_the_screen_of_a_phone(
    pipeline: Pipeline, open_page: Opener, address: str, locale: str,
) -> None:
    with serve_page(with_draft(pipeline, scripted_draft(OUTPUT[locale][1]))) as scripted:
        for url, question in ((scripted, OUTPUT[locale][0]), (address, FACTORIES[locale])):
            page = open_page(url, locale=locale, width=360, height=740, is_mobile=True, has_touch=True)
            ask(page, question)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert is_within(page, "#chat :is(.figures li, .differ, .confidence, .followups a)", 360)


def is_within(page: Page, selector: str, width: int) -> bool:
    boxes = [element.bounding_box() for element in page.query_selector_all(selector)]
    if not boxes:
        return False
    return all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)

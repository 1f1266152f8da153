"""The page as a reader meets it: a real Chromium, the real page, the real pipeline over the shipped notes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline, build_pipeline
from rag.schema import HuwenError
from rag.settings import Settings
from tests.ui.web.conftest import Opener, ask, desk_of, noticed, saying, served, shown_texts, with_draft
from ui.web.app import PortInUse, open_listener, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUTPUT = "苏州四大产业创新集群2022年产值是多少？"


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with served(pipeline) as address:
        yield address


# --- asking


@pytest.mark.browser
def test_chinese_answer_has_a_chip_that_opens_the_marked_passage(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    assert "3.8万亿元" in page.inner_text("#chat .bot-row")
    page.click('#chat a[href="#cite-1-1"] >> nth=0')
    card = page.locator("#cite-1-1.lit")
    assert any("3.8万亿元" in mark for mark in card.locator("mark").all_inner_texts())
    assert page.evaluate("document.activeElement.closest('.card').id") == "cite-1-1"
    assert "#" not in page.url
    assert "原文引用" in card.inner_text()
    assert page.input_value("#ask textarea") == ""


@pytest.mark.browser
def test_english_answer_in_an_english_page(address: str, open_page: Opener) -> None:
    page = open_page(address, locale="en-US")
    ask(page, "How many lighthouse factories does Suzhou have?")
    assert "7 lighthouse factories" in page.inner_text("#chat .bot-row")
    assert "Every statement is sourced" in page.inner_text("#chat .status")
    assert page.locator("#evidence mark").count() > 0


@pytest.mark.browser
def test_a_marker_of_an_older_answer_brings_back_its_own_evidence(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    ask(page, "“七个转向”指哪七个？", turn=2)
    assert page.locator("#evidence-2").is_visible()
    assert not page.locator("#evidence-1").is_visible()
    page.click('#chat a[href="#cite-1-1"] >> nth=0')
    assert page.locator("#evidence-1").is_visible()
    assert not page.locator("#evidence-2").is_visible()
    page.click('#chat a[href="#evidence-2"]')
    assert page.locator("#evidence-2").is_visible()
    page.locator("#chat .reply").first.click(position={"x": 2, "y": 2})  # anywhere on the answer
    assert page.locator("#evidence-1").is_visible()


@pytest.mark.browser
def test_passages_that_are_not_cited_are_folded_away(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    assert not page.locator("#evidence-1 .more .card").first.is_visible()
    page.click("#evidence-1 .more > summary")
    page.click("#evidence-1 .more .card summary >> nth=0")
    assert page.locator("#evidence-1 .more .passage").first.is_visible()


# --- the two languages


@pytest.mark.browser
def test_switching_relabels_everything_and_is_remembered(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, "苏州有几家灯塔工厂？")
    assert page.get_attribute("#ask textarea", "placeholder") == "输入问题…"
    assert page.get_attribute("#send", "aria-label") == "发送"
    page.click('button[data-ui="en"]')
    page.wait_for_function("document.querySelector('#ask textarea').placeholder === 'Ask a question…'")
    assert page.get_attribute("#send", "aria-label") == "Send"
    assert page.get_attribute("html", "lang") == "en"
    parts = "#masthead nav", "#sidebar .new-chat", "#notice", "#below", "#chat .status", "#evidence h2", "#evidence h3", "#evidence .state"
    for part in parts:
        for text in shown_texts(page, part):
            assert not any("一" <= letter <= "鿿" for letter in text.replace("苏州有几家灯塔工厂？", "")), part
    page.click("a.new-chat")
    page.wait_for_selector("text=What would you like to know?")
    page.reload()
    page.wait_for_selector("text=What would you like to know?")


@pytest.mark.browser
def test_without_a_model_the_page_says_so_and_what_changes_it(address: str, open_page: Opener, pipeline: Pipeline) -> None:
    assert "摘引模式" in noticed(open_page(address))
    with served(with_draft(pipeline, saying("好。"))) as other:
        assert noticed(open_page(other)) == ""


# --- the Enter key


@pytest.mark.browser
def test_enter_that_confirms_a_composition_does_not_send(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.focus("#ask textarea")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "suzhou", "selectionStart": 6, "selectionEnd": 6})
    page.keyboard.press("Enter")  # the browser itself marks it as part of the composition
    keyboard.send("Input.insertText", {"text": "苏州"})
    page.evaluate("""document.querySelector('#ask textarea').dispatchEvent(
        new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))""")  # Safari's way
    page.wait_for_timeout(400)
    assert page.locator("#chat .user-row").count() == 0
    assert page.input_value("#ask textarea").startswith("苏州")


@pytest.mark.browser
def test_shift_enter_starts_a_line_and_white_space_is_no_question(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.focus("#ask textarea")
    page.keyboard.press("Enter")
    page.click("#send")
    page.focus("#ask textarea")
    page.keyboard.insert_text("苏州")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("灯塔")
    page.wait_for_timeout(300)
    assert page.input_value("#ask textarea") == "苏州\n灯塔"
    assert page.locator("#chat .user-row").count() == 0


# --- stopping and failing


@pytest.mark.browser
def test_stop_ends_the_answer_and_the_model(pipeline: Pipeline, open_page: Opener) -> None:
    ended = threading.Event()

    def endless(*_: object) -> Iterator[str]:
        try:
            while True:
                time.sleep(0.05)
                yield "又一句。"
        finally:
            ended.set()

    with served(with_draft(pipeline, endless)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说下去？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=又一句。又一句。")
        assert not page.locator("#send").is_visible()
        page.click("#stop")
        page.wait_for_selector(".verdict.stopped")
        assert ended.wait(5)
        said = page.inner_text("#chat .bot-row")
        page.wait_for_timeout(300)
        assert page.inner_text("#chat .bot-row") == said
        page.wait_for_selector("#send")
        assert not page.locator("#stop").is_visible()


@pytest.mark.browser
def test_leaving_the_page_ends_the_model(pipeline: Pipeline, open_page: Opener) -> None:
    ended = threading.Event()

    def endless(*_: object) -> Iterator[str]:
        try:
            while True:
                time.sleep(0.05)
                yield "More. "
        finally:
            ended.set()

    with served(with_draft(pipeline, endless)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "Go on?")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=More. More.")
        page.close()
        assert ended.wait(15)


@pytest.mark.browser
def test_a_failing_model_is_one_sentence_and_the_next_question_works(pipeline: Pipeline, open_page: Opener) -> None:
    calls: list[int] = []

    def failing(*_: object) -> Iterator[str]:
        calls.append(1)
        if len(calls) == 1:
            raise HuwenError("the endpoint http://127.0.0.1:1/v1 does not answer; start it or set OPENAI_BASE_URL")
        yield "好。"

    with served(with_draft(pipeline, failing)) as address:
        page = open_page(address)
        ask(page, "在吗？")
        assert "没能作答：the endpoint http://127.0.0.1:1/v1 does not answer" in page.inner_text("#chat")
        assert "Traceback" not in page.content()
        ask(page, "在吗？", turn=2)
        assert "好。" in page.inner_text("#chat")


# --- untrusted text

ATTACK = """# Attack \N{EM DASH} 攻击

<img src=x onerror="window.hacked=1"> <script>window.hacked=2</script> ![p](https://evil.example/p.png) ${window.hacked=3}
{{value}} {{#each this}}x{{/each}} 攻击测试句子在这里：秘密代号是灯塔。
"""


@pytest.mark.browser
def test_a_document_runs_no_script_and_loads_nothing(tmp_path: Path, open_page: Opener) -> None:
    note = tmp_path / "attack.md"
    note.write_text(ATTACK.replace("<script>", "&lt;script&gt;"), encoding="utf-8")
    library = build_pipeline(Settings(home=tmp_path / "home", chat_model=""))
    with library.library.write_lock():
        library.library.add(note)
    markdown = (
        'So: <img src="https://evil.example/a.png" onerror="window.hacked=4"> ![x](https://evil.example/b.png) [1]\n\n'
        "- `a\n- <img src=https://evil.example/c.png>`\n\n[点](javascript:window.hacked=5) <form action=https://evil.example></form>\n\n"
        "```mermaid\ngraph TD; A@{ img: 'https://evil.example/d.png' }\n```\n\n<style>body{background:url(https://evil.example/e.png)}</style>")
    with served(with_draft(library, saying(markdown[:90], markdown[90:]))) as address:
        page = open_page(address)
        ask(page, "攻击测试的秘密代号是什么？")
        page.click('#chat a[href="#cite-1-1"]')
        page.wait_for_timeout(500)
        assert page.evaluate("window.hacked") is None
        assert page.locator("#chat img, #evidence img, #chat form, #chat .message style, #chat .mermaid").count() == 0
        assert "秘密代号是灯塔" in page.inner_text("#cite-1-1 .passage")


@pytest.mark.browser
def test_the_browser_itself_is_told_to_load_nothing_from_elsewhere(address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(address)
    blocked = page.evaluate("""() => new Promise((done) => {
        document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
        document.body.insertAdjacentHTML('beforeend', '<img src="https://evil.example/x.png">');
    })""")
    page.close()
    assert blocked == "img-src"


# --- sizes


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_phone_scrolls_in_one_direction_only(address: str, open_page: Opener, locale: str) -> None:
    page = open_page(address, locale=locale, width=360, height=740, is_mobile=True, has_touch=True)
    assert scroll_width(page) <= 360
    ask(page, "苏州有几家灯塔工厂？ How many lighthouse factories does Suzhou have?")
    page.tap("#chat a[href^='#cite-1-'] >> nth=0")
    page.wait_for_selector("#evidence .lit mark")
    assert scroll_width(page) <= 360
    assert page.locator("#beside").bounding_box()["y"] > 100  # it came up from below, and the answer is still seen  # type: ignore[index]
    page.tap("#evidence-1 .asked a")
    page.wait_for_function("document.activeElement.closest('#chat') !== null")
    page.wait_for_function("getComputedStyle(document.querySelector('#beside')).visibility === 'hidden'")
    page.tap(".sidebar-toggle")
    page.wait_for_selector("#conversations a.conversation")
    assert scroll_width(page) <= 360


@pytest.mark.browser
def test_a_wide_page_does_not_scroll_and_has_the_evidence_beside_the_chat(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    chat, beside = page.locator("#chat").bounding_box(), page.locator("#beside").bounding_box()
    assert chat
    assert beside
    assert beside["x"] >= chat["x"] + chat["width"] - 1
    assert page.evaluate("document.documentElement.scrollHeight") <= 800


def scroll_width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


# --- serving


def test_a_port_in_use_is_a_sentence_that_helps(pipeline: Pipeline) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"port {port} on 127\.0\.0\.1 is in use by another program; .*--port"):
            serve(desk_of(pipeline), port=port, browser=False)


def test_a_port_is_free_again_after_it_was_held() -> None:
    with open_listener(0) as listener:
        port = listener.getsockname()[1]
    open_listener(port).close()

"""The chat view in a browser: a real Chromium, the real page, the real pipeline over the shipped notes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline, build_pipeline
from rag.schema import HuwenError
from rag.settings import Settings
from tests.ui.web.conftest import (
    TIMEOUT_SECONDS,
    EndlessDraft,
    Opener,
    app_state_of,
    ask,
    notice_text,
    scripted_draft,
    serve_page,
    shown_texts,
    wait_for_verdicts,
    wait_until_at_rest,
    wait_until_settled,
    with_draft,
)
from ui.web.app import PortInUse, open_listener, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUTPUT = "苏州四大产业创新集群2022年产值是多少？"


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with serve_page(pipeline) as address:
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
def test_an_english_page_shows_an_english_answer_with_its_evidence(address: str, open_page: Opener) -> None:
    page = open_page(address, locale="en-US")
    ask(page, "How many lighthouse factories does Suzhou have?")
    assert "7 lighthouse factories" in page.inner_text("#chat .bot-row")
    assert "Every statement is sourced" in page.inner_text("#chat .status")
    assert page.locator("#evidence mark").count() > 0


@pytest.mark.browser
def test_a_marker_of_an_earlier_answer_shows_the_evidence_of_that_answer(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    ask(page, "“七个转向”指哪七个？", turn=2)
    page.wait_for_selector("#evidence-2", state="visible")
    page.wait_for_selector("#evidence-1", state="hidden")
    page.click('#chat a[href="#cite-1-1"] >> nth=0')
    page.wait_for_selector("#evidence-1", state="visible")
    page.wait_for_selector("#evidence-2", state="hidden")
    page.click('#chat a[href="#evidence-2"]')
    page.wait_for_selector("#evidence-2", state="visible")
    page.locator("#chat .reply").first.click(position={"x": 2, "y": 2})  # anywhere on the answer
    page.wait_for_selector("#evidence-1", state="visible")
    assert page.locator("#evidence-2").is_hidden()


@pytest.mark.browser
def test_passages_that_are_not_cited_are_folded(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    assert not page.locator("#evidence-1 .more .card").first.is_visible()
    page.click("#evidence-1 .more > summary")
    page.click("#evidence-1 .more .card summary >> nth=0")
    assert page.locator("#evidence-1 .more .passage").first.is_visible()


# --- the two languages


@pytest.mark.browser
def test_switching_the_language_relabels_everything_and_is_remembered(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, "苏州有几家灯塔工厂？")
    assert page.get_attribute("#ask textarea", "placeholder") == "输入问题…"
    assert page.get_attribute("#send", "aria-label") == "发送"
    page.click('button[data-ui="en"]')
    page.wait_for_function("document.querySelector('#ask textarea').placeholder === 'Ask a question…'")
    assert page.get_attribute("#send", "aria-label") == "Send"
    assert page.get_attribute("html", "lang") == "en"
    parts = (
        "#masthead nav", "#sidebar .new-chat", "#notice", "#below", "#chat .status", "#evidence h2", "#evidence h3",
        "#evidence .state")
    for part in parts:
        for text in shown_texts(page, part):
            own_text = text.replace("苏州有几家灯塔工厂？", "")
            assert not any("一" <= letter <= "鿿" for letter in own_text), part
    page.click("a.new-chat")
    page.wait_for_selector("text=What would you like to know?")
    page.reload()
    page.wait_for_selector("text=What would you like to know?")


@pytest.mark.browser
def test_without_a_model_the_page_shows_a_notice_and_with_one_it_does_not(
    address: str, open_page: Opener, pipeline: Pipeline,
) -> None:
    assert "摘引模式" in notice_text(open_page(address))
    with serve_page(with_draft(pipeline, scripted_draft("好。"))) as other:
        assert notice_text(open_page(other)) == ""


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
        new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))""")  # as in Safari
    wait_until_settled(page)
    assert page.locator("#chat .user-row").count() == 0
    assert page.input_value("#ask textarea").startswith("苏州")
    page.keyboard.insert_text("有几家灯塔工厂？")
    page.keyboard.press("Enter")
    wait_for_verdicts(page, 1)
    wait_until_settled(page)
    assert shown_texts(page, "#chat .user-row") == ["苏州有几家灯塔工厂？"]  # the only question that was sent


@pytest.mark.browser
def test_shift_enter_starts_a_line_and_white_space_is_not_sent(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.focus("#ask textarea")
    page.keyboard.press("Enter")
    page.click("#send")
    page.focus("#ask textarea")
    page.keyboard.insert_text("苏州")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("灯塔")
    wait_until_settled(page)
    assert page.input_value("#ask textarea") == "苏州\n灯塔"
    assert page.locator("#chat .user-row").count() == 0
    page.keyboard.press("Enter")
    wait_for_verdicts(page, 1)
    wait_until_settled(page)
    assert page.locator("#chat .user-row").count() == 1  # white space was not sent before


# --- stopping and failing


@pytest.mark.browser
def test_stop_ends_the_answer_and_the_model(pipeline: Pipeline, open_page: Opener) -> None:
    draft = EndlessDraft("又一句。")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说下去？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=又一句。又一句。")
        assert not page.locator("#send").is_visible()
        page.click("#stop")
        page.wait_for_selector(".verdict.stopped")
        reply = page.inner_text("#chat .bot-row")
        assert draft.ended.wait(TIMEOUT_SECONDS)
        wait_until_settled(page)
        assert page.inner_text("#chat .bot-row") == reply
        page.wait_for_selector("#send")
        assert not page.locator("#stop").is_visible()


@pytest.mark.browser
def test_leaving_the_page_ends_the_model(pipeline: Pipeline, open_page: Opener) -> None:
    draft = EndlessDraft("More. ")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "Go on?")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=More. More.")
        page.close()
        assert draft.ended.wait(TIMEOUT_SECONDS)


@pytest.mark.browser
def test_a_failing_model_is_reported_in_one_sentence_and_the_next_question_works(
    pipeline: Pipeline, open_page: Opener,
) -> None:
    calls: list[int] = []

    def draft(*_: object) -> Iterator[str]:
        calls.append(1)
        if len(calls) == 1:
            raise HuwenError("the endpoint http://127.0.0.1:1/v1 does not answer; start it or set OPENAI_BASE_URL")
        yield "好。"

    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        ask(page, "在吗？")
        assert "没能作答：the endpoint http://127.0.0.1:1/v1 does not answer" in page.inner_text("#chat")
        assert "Traceback" not in page.content()
        ask(page, "在吗？", turn=2)
        assert "好。" in page.inner_text("#chat")


# --- untrusted text

ATTACK = """# Attack \N{EM DASH} 攻击

<img src=x onerror="window.hacked=1"> <script>window.hacked=2</script> \
![p](https://evil.example/p.png) ${window.hacked=3}
{{value}} {{#each this}}x{{/each}} 攻击测试句子在这里：秘密代号是灯塔。
"""


@pytest.mark.browser
def test_a_document_runs_no_script_and_loads_nothing(tmp_path: Path, open_page: Opener) -> None:
    note = tmp_path / "attack.md"
    note.write_text(ATTACK.replace("<script>", "&lt;script&gt;"), encoding="utf-8")
    pipeline = build_pipeline(Settings(home=tmp_path / "home", chat_model=""))
    with pipeline.library.write_lock():
        pipeline.library.add(note)
    markdown = (
        'So: <img src="https://evil.example/a.png" onerror="window.hacked=4"> '
        "![x](https://evil.example/b.png) [1]\n\n"
        "- `a\n- <img src=https://evil.example/c.png>`\n\n"
        "[点](javascript:window.hacked=5) <form action=https://evil.example></form>\n\n"
        "```mermaid\ngraph TD; A@{ img: 'https://evil.example/d.png' }\n```\n\n"
        "<style>body{background:url(https://evil.example/e.png)}</style>")
    with serve_page(with_draft(pipeline, scripted_draft(markdown[:90], markdown[90:]))) as address:
        page = open_page(address)
        ask(page, "攻击测试的秘密代号是什么？")
        page.click('#chat a[href="#cite-1-1"]')
        wait_until_at_rest(page)
        assert page.evaluate("window.hacked") is None
        assert page.locator("#chat img, #evidence img, #chat form, #chat .message style, #chat .mermaid").count() == 0
        assert "秘密代号是灯塔" in page.inner_text("#cite-1-1 .passage")


@pytest.mark.browser
def test_the_content_security_policy_blocks_an_image_of_another_host(address: str, browser: Browser) -> None:
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
    wait_until_at_rest(page)
    sheet = page.locator("#beside").bounding_box()
    assert sheet
    assert sheet["y"] > 100  # the sheet from below leaves the answer visible
    page.tap("#evidence-1 .asked a")
    page.wait_for_function("document.activeElement.closest('#chat') !== null")
    page.wait_for_function("getComputedStyle(document.querySelector('#beside')).visibility === 'hidden'")
    page.tap(".sidebar-toggle")
    page.wait_for_selector("#conversations a.conversation")
    assert scroll_width(page) <= 360


@pytest.mark.browser
def test_a_wide_page_does_not_scroll_and_shows_the_evidence_next_to_the_chat(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, OUTPUT)
    chat, evidence = page.locator("#chat").bounding_box(), page.locator("#beside").bounding_box()
    assert chat
    assert evidence
    assert evidence["x"] >= chat["x"] + chat["width"] - 1
    assert page.evaluate("document.documentElement.scrollHeight") <= 800


def scroll_width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


# --- serving


def test_a_port_in_use_is_reported_with_what_to_do(pipeline: Pipeline) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        expected = rf"port {port} on 127\.0\.0\.1 is in use by another program; .*--port"
        with pytest.raises(PortInUse, match=expected):
            serve(app_state_of(pipeline), port=port, browser=False)


def test_a_port_is_free_again_after_its_listener_is_closed() -> None:
    with open_listener(0) as listener:
        port = listener.getsockname()[1]
    open_listener(port).close()

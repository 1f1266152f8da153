"""Conversations in the page: kept, found again, renamed, deleted and exported; questions edited and asked again; answers judged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from rag.pipeline import Pipeline
from rag.schema import Scope
from tests.ui.web.conftest import Opener, ask, desk_of, served, wait_for_verdicts, with_draft
from ui.history.exchange import Exchange
from ui.web.chat.view import _PageCommand, _parse_scope

if TYPE_CHECKING:
    from playwright.sync_api import Page

FACTORIES, SHIFTS = "苏州有几家灯塔工厂？", "What are the seven shifts?"


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with served(pipeline) as address:
        yield address


def titles(page: Page) -> list[str]:
    return page.locator("#conversations a.conversation").all_inner_texts()


# --- what is kept


@pytest.mark.browser
def test_a_conversation_is_there_again_after_a_restart_with_its_evidence(pipeline: Pipeline, open_page: Opener) -> None:
    with served(pipeline) as address:
        page = open_page(address)
        ask(page, FACTORIES)
        page.wait_for_function("location.search.startsWith('?c=')")
        kept, said = page.evaluate("location.search"), page.inner_text("#chat .reply")
    with served(pipeline) as address:
        page = open_page(f"{address}/{kept}")
        wait_for_verdicts(page, 1)
        assert page.inner_text("#chat .reply") == said
        page.click('#chat a[href^="#cite-1-"] >> nth=0')
        assert "灯塔工厂" in page.inner_text("#evidence .lit mark")
        ask(page, SHIFTS, turn=2)
        page.reload()
        wait_for_verdicts(page, 2)


@pytest.mark.browser
def test_the_list_opens_finds_renames_and_deletes(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, "苏州的独角兽企业有多少？")
    page.click("a.new-chat")
    page.wait_for_selector(".welcome")
    ask(page, SHIFTS)
    page.wait_for_function("document.querySelectorAll('#conversations a.conversation').length >= 2")
    page.fill("#find", "獨角獸")  # as it is written elsewhere
    page.wait_for_function("document.querySelectorAll('#conversations a.conversation').length === 1")
    page.click("#conversations a.conversation")
    page.wait_for_selector("#chat .words:has-text('独角兽')")
    item = page.locator("#conversations li").first
    item.hover()
    item.locator(".menu summary").click()
    item.locator("[data-act=rename]").click()
    page.fill("dialog input[name=title]", "<b>独角兽</b>")
    page.click("dialog button.main")
    page.wait_for_selector("#conversations a.conversation:has-text('<b>独角兽</b>')")
    item.hover()
    item.locator(".menu summary").click()
    item.locator("[data-act=delete]").click()
    page.click("dialog button.main")
    page.wait_for_selector(".welcome")
    page.wait_for_selector("#conversations .empty")
    page.fill("#find", "")
    page.wait_for_function("document.querySelectorAll('#conversations a.conversation').length >= 1")
    assert "独角兽" not in "".join(titles(page))


@pytest.mark.browser
def test_a_stopped_and_a_left_answer_are_kept_as_far_as_they_came(pipeline: Pipeline, open_page: Opener) -> None:
    def endless(*_: object) -> Iterator[str]:
        while True:
            time.sleep(0.05)
            yield "又一句。"

    desk = desk_of(with_draft(pipeline, endless))
    with served(desk) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说下去，然后离开？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=又一句。又一句。")
        page.close()
        until = time.monotonic() + 15
        while not desk.history.list_conversations("说下去，然后离开") and time.monotonic() < until:
            time.sleep(0.1)
        kept, *_ = desk.history.list_conversations("说下去，然后离开")
        exchange = desk.history.get_conversation(kept.id).entries[0].exchange
        assert exchange.stopped
        assert exchange.answer.text.startswith("又一句。")


# --- a question asked otherwise, and asked again


@pytest.mark.browser
def test_an_edited_question_replaces_what_followed(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, FACTORIES)
    ask(page, "那独角兽企业呢？", turn=2)
    page.hover("#chat .user-row >> nth=0")
    page.click('#chat a[href="#edit-1"]')
    page.wait_for_selector("#editing:visible")
    assert page.input_value("#ask textarea") == FACTORIES
    page.fill("#ask textarea", SHIFTS)
    page.press("#ask textarea", "Enter")
    page.wait_for_selector(f"#chat .words:has-text('{SHIFTS}')")
    wait_for_verdicts(page, 1)
    assert page.locator("#chat .user-row").count() == 1
    assert not page.locator("#editing").is_visible()
    page.reload()
    wait_for_verdicts(page, 1)
    assert SHIFTS in page.inner_text("#chat .user-row")


@pytest.mark.browser
def test_editing_can_be_left(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, FACTORIES)
    page.hover("#chat .user-row >> nth=0")
    page.click('#chat a[href="#edit-1"]')
    page.press("#ask textarea", "Escape")
    page.wait_for_selector("#editing", state="hidden")
    ask(page, SHIFTS, turn=2)
    assert page.locator("#chat .user-row").count() == 2


@pytest.mark.browser
def test_an_answer_given_again_takes_the_place_of_the_first(pipeline: Pipeline, open_page: Opener) -> None:
    calls: list[int] = []

    def counting(*_: object) -> Iterator[str]:
        calls.append(1)
        yield f"第{len(calls)}次。"

    with served(with_draft(pipeline, counting)) as address:
        page = open_page(address)
        ask(page, "几次？")
        page.click('#chat a[href="#again-1"]')
        page.wait_for_selector("#chat .reply:has-text('第2次。')")
        wait_for_verdicts(page, 1)
        assert page.locator("#chat .user-row").count() == 1


@pytest.mark.browser
def test_what_is_typed_while_an_answer_grows_is_not_lost(pipeline: Pipeline, open_page: Opener) -> None:
    go_on = threading.Event()

    def waiting(*_: object) -> Iterator[str]:
        yield "先说一半，"
        go_on.wait(15)
        yield "再说一半。"

    with served(with_draft(pipeline, waiting)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说吧？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=先说一半，")
        page.fill("#ask textarea", "下一个问题")
        go_on.set()
        wait_for_verdicts(page, 1)
        page.wait_for_timeout(300)
        assert page.input_value("#ask textarea") == "下一个问题"


# --- judged, narrowed, copied, exported


@pytest.mark.browser
def test_a_judgement_is_kept_with_its_reason_and_can_be_taken_back(pipeline: Pipeline, open_page: Opener) -> None:
    desk = desk_of(pipeline)
    with served(desk) as address:
        page = open_page(address, locale="en-US")
        ask(page, "Which city has the most unicorns?")
        page.click('#chat a[href="#down-1"]')
        page.check("dialog input[type=checkbox] >> nth=0")
        page.fill("dialog textarea", "no such city")
        page.click("dialog button.main")
        page.wait_for_selector("#actions-1.down")
        page.wait_for_selector("dialog", state="detached")
        page.wait_for_function("document.querySelector('#said').className === 'shown'")
        id = page.evaluate("location.search.slice(3)")
        entry = desk.history.get_conversation(id).entries[0]
        assert (entry.thumb, entry.reason) == ("down", "Not what the documents say · no such city")
        ask(page, "And which has the most lakes?", turn=2)
        assert page.locator("#actions-1.down").count() == 1  # the next answer leaves it
        page.click('#chat a[href="#down-1"]')
        page.wait_for_selector("#actions-1.none")
        assert desk.history.get_conversation(id).entries[0].thumb == ""


@pytest.mark.browser
def test_only_the_ticked_documents_are_asked(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.click("#scope-line a")
    page.fill("#scope-find", "七个转向")
    page.wait_for_function("document.querySelectorAll('dialog .choices input').length === 1")
    page.check("dialog .choices input")
    page.click("dialog button.main")
    assert "七个转向" in page.inner_text("#scope-chosen")
    ask(page, FACTORIES)
    assert set(page.locator("#evidence-1 .card .title").all_text_contents()) == {"苏州建设产业创新集群的七个转向"}


@pytest.mark.browser
def test_a_passage_is_read_on_in_its_document_and_in_the_other_language(address: str, open_page: Opener) -> None:
    page = open_page(address, locale="en-US")
    ask(page, "How many lighthouse factories does Suzhou have?")
    page.click('#chat a[href="#cite-1-1"] >> nth=0')
    page.wait_for_selector("#cite-1-1 .before, #cite-1-1 .after")
    page.click('#cite-1-1 a[href="#counterpart"]')
    page.wait_for_selector("#cite-1-1 .counterpart [lang=zh]:has-text('灯塔工厂')")
    quote = page.locator("#cite-1-1 .passage mark").first.inner_text()
    page.click('#cite-1-1 a[href="#document"]')
    page.wait_for_selector("dialog.reader .here mark")
    assert page.locator("dialog.reader mark").first.inner_text() in quote
    box = page.locator("dialog.reader mark").first.bounding_box()
    assert box
    assert 0 < box["y"] < 800  # it is in view
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


@pytest.mark.browser
def test_pointing_at_a_marker_shows_its_quote(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, FACTORIES)
    page.wait_for_timeout(500)  # the conversation comes to rest at its end
    page.hover('#chat a[href="#cite-1-1"] >> nth=0')
    page.wait_for_selector("#hover .quote:has-text('灯塔工厂')")
    assert page.get_attribute('#chat a[href="#cite-1-1"] >> nth=0', "aria-describedby") == "hover"
    page.keyboard.press("Escape")
    page.wait_for_selector("#hover", state="detached")
    page.focus('#chat a[href="#cite-1-1"] >> nth=0')  # the keyboard's way
    page.wait_for_selector("#hover .quote")


@pytest.mark.browser
def test_light_and_dark_are_chosen_and_remembered(address: str, open_page: Opener) -> None:
    page = open_page(address, color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("button.shade")
    page.wait_for_function("before => getComputedStyle(document.body).backgroundColor !== before", arg=light)
    page.reload()
    page.wait_for_selector("#ask textarea")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_an_export_holds_what_was_said_and_the_references(pipeline: Pipeline) -> None:
    desk = desk_of(pipeline)
    id, _ = desk.history.save_exchange("", Exchange(pipeline.ask(FACTORIES)), pipeline.library.sources())
    with served(desk) as address, httpx.Client(base_url=address, trust_env=False) as client:
        markdown = client.get(f"/page/conversations/{id}/export", params={"format": "md", "language": "zh"})
        assert "attachment" in markdown.headers["content-disposition"]
        assert FACTORIES in markdown.text
        assert "7家" in markdown.text
        kept = client.get(f"/page/conversations/{id}/export", params={"format": "json"}).json()
        assert "灯塔工厂" in json.dumps(kept, ensure_ascii=False)
        assert client.get(f"/page/conversations/{id}/export", params={"format": "docx", "language": "en"}).content[:2] == b"PK"
        assert client.get(f"/page/conversations/{id}/export", params={"format": "exe"}).status_code == 404


def test_what_is_gone_is_said_in_one_sentence(pipeline: Pipeline) -> None:
    with served(desk_of(pipeline)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        gone = (client.get("/page/conversations/none/export"), client.get("/page/sources/none"), client.delete("/page/conversations/none"),
                client.get("/page/passages/none/counterpart"), client.patch("/page/conversations/none", json={"title": "x"}))
        for reply in gone:
            assert reply.status_code == 404
            assert "Traceback" not in reply.text
            assert len(reply.text.splitlines()) == 1


@pytest.mark.parametrize("sent", [
    "[]", "3", "{", '"a"', "null", '{"sources": 3, "tags": {"a": 1}}', '{"cut": true, "again": -1}', "[" * 99_999])
def test_what_no_script_of_ours_sends_is_nothing(sent: str) -> None:
    assert _parse_scope(sent) == Scope()
    assert _PageCommand.parse_json(sent) == _PageCommand()

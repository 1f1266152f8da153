"""Conversations on the page: saved, searched, renamed, deleted, exported; questions edited and repeated; judgements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline
from rag.schema import Scope
from tests.ui.web.conftest import (
    EndlessDraft,
    Opener,
    SteppedDraft,
    app_state_of,
    ask,
    http_client,
    serve_page,
    wait_for_verdicts,
    wait_until,
    wait_until_at_rest,
    wait_until_settled,
    with_draft,
)
from ui.history.exchange import Exchange
from ui.web.chat.view import _PageCommand, _parse_scope

if TYPE_CHECKING:
    from playwright.sync_api import Page

FACTORIES, SHIFTS = "苏州有几家灯塔工厂？", "What are the seven shifts?"


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with serve_page(pipeline) as address:
        yield address


def titles(page: Page) -> list[str]:
    return page.locator("#conversations a.conversation").all_inner_texts()


# --- saved conversations


@pytest.mark.browser
def test_a_conversation_is_there_again_after_a_restart_with_its_evidence(
    pipeline: Pipeline, open_page: Opener,
) -> None:
    with serve_page(pipeline) as address:
        page = open_page(address)
        ask(page, FACTORIES)
        page.wait_for_function("location.search.startsWith('?c=')")
        query, reply = page.evaluate("location.search"), page.inner_text("#chat .reply")
    with serve_page(pipeline) as address:
        page = open_page(f"{address}/{query}")
        wait_for_verdicts(page, 1)
        assert page.inner_text("#chat .reply") == reply
        page.click('#chat a[href^="#cite-1-"] >> nth=0')
        assert "灯塔工厂" in page.inner_text("#evidence .lit mark")
        ask(page, SHIFTS, turn=2)
        page.reload()
        wait_for_verdicts(page, 2)


@pytest.mark.browser
def test_conversations_are_opened_searched_renamed_and_deleted(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, "苏州的独角兽企业有多少？")
    page.click("a.new-chat")
    page.wait_for_selector(".welcome")
    ask(page, SHIFTS)
    page.wait_for_function("document.querySelectorAll('#conversations a.conversation').length >= 2")
    page.fill("#find", "獨角獸")  # in traditional characters
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
def test_an_answer_whose_page_is_closed_is_saved_up_to_that_point(pipeline: Pipeline, open_page: Opener) -> None:
    app_state = app_state_of(with_draft(pipeline, EndlessDraft("又一句。")))
    with serve_page(app_state) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说下去，然后离开？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=又一句。又一句。")
        page.close()
        search = "说下去，然后离开"
        wait_until(lambda: bool(app_state.history.list_conversations(search)), "the conversation is saved")
        summary, *_ = app_state.history.list_conversations(search)
        exchange = app_state.history.get_conversation(summary.id).entries[0].exchange
        assert exchange.stopped
        assert exchange.answer.text.startswith("又一句。")


# --- questions edited and repeated


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
def test_editing_can_be_cancelled(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, FACTORIES)
    page.hover("#chat .user-row >> nth=0")
    page.click('#chat a[href="#edit-1"]')
    page.press("#ask textarea", "Escape")
    page.wait_for_selector("#editing", state="hidden")
    ask(page, SHIFTS, turn=2)
    assert page.locator("#chat .user-row").count() == 2


@pytest.mark.browser
def test_a_repeated_answer_replaces_the_first(pipeline: Pipeline, open_page: Opener) -> None:
    calls: list[int] = []

    def draft(*_: object) -> Iterator[str]:
        calls.append(1)
        yield f"第{len(calls)}次。"

    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        ask(page, "几次？")
        page.click('#chat a[href="#again-1"]')
        page.wait_for_selector("#chat .reply:has-text('第2次。')")
        wait_for_verdicts(page, 1)
        assert page.locator("#chat .user-row").count() == 1


@pytest.mark.browser
def test_text_typed_while_an_answer_is_written_is_not_lost(pipeline: Pipeline, open_page: Opener) -> None:
    draft = SteppedDraft("先说一半，", "再说一半。")
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address)
        page.fill("#ask textarea", "说吧？")
        page.press("#ask textarea", "Enter")
        page.wait_for_selector("text=先说一半，")
        page.fill("#ask textarea", "下一个问题")
        draft.step()
        wait_for_verdicts(page, 1)
        wait_until_settled(page)
        assert page.input_value("#ask textarea") == "下一个问题"


# --- judgements, scope, evidence, export


@pytest.mark.browser
def test_a_judgement_is_saved_with_its_reason_and_can_be_withdrawn(pipeline: Pipeline, open_page: Opener) -> None:
    app_state = app_state_of(pipeline)
    with serve_page(app_state) as address:
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
        entry = app_state.history.get_conversation(id).entries[0]
        assert (entry.thumb, entry.reason) == ("down", "Not what the documents say · no such city")
        ask(page, "And which has the most lakes?", turn=2)
        assert page.locator("#actions-1.down").count() == 1  # the next answer does not change it
        page.click('#chat a[href="#down-1"]')
        page.wait_for_selector("#actions-1.none")
        assert app_state.history.get_conversation(id).entries[0].thumb == ""


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
def test_a_passage_leads_to_its_document_and_to_the_other_language(address: str, open_page: Opener) -> None:
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
    wait_until_at_rest(page)  # a scrolling conversation would move the marker away from the pointer
    page.hover('#chat a[href="#cite-1-1"] >> nth=0')
    page.wait_for_selector("#hover .quote:has-text('灯塔工厂')")
    assert page.get_attribute('#chat a[href="#cite-1-1"] >> nth=0', "aria-describedby") == "hover"
    page.keyboard.press("Escape")
    page.wait_for_selector("#hover", state="detached")
    page.focus('#chat a[href="#cite-1-1"] >> nth=0')  # by the keyboard
    page.wait_for_selector("#hover .quote")


@pytest.mark.browser
def test_the_choice_of_light_or_dark_is_remembered(address: str, open_page: Opener) -> None:
    page = open_page(address, color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("button.shade")
    page.wait_for_function("before => getComputedStyle(document.body).backgroundColor !== before", arg=light)
    page.reload()
    page.wait_for_selector("#ask textarea")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_an_export_has_question_answer_and_references(pipeline: Pipeline) -> None:
    app_state = app_state_of(pipeline)
    id, _ = app_state.history.save_exchange("", Exchange(pipeline.ask(FACTORIES)), pipeline.library.sources())
    with serve_page(app_state) as address, http_client(address) as client:
        path = f"/page/conversations/{id}/export"
        markdown = client.get(path, params={"format": "md", "language": "zh"})
        assert "attachment" in markdown.headers["content-disposition"]
        assert FACTORIES in markdown.text
        assert "7家" in markdown.text
        data = client.get(path, params={"format": "json"}).json()
        assert "灯塔工厂" in json.dumps(data, ensure_ascii=False)
        assert client.get(path, params={"format": "docx", "language": "en"}).content[:2] == b"PK"
        assert client.get(path, params={"format": "exe"}).status_code == 404


def test_a_missing_item_is_reported_in_one_sentence(pipeline: Pipeline) -> None:
    with serve_page(app_state_of(pipeline)) as address, http_client(address) as client:
        responses = (
            client.get("/page/conversations/none/export"), client.get("/page/sources/none"),
            client.delete("/page/conversations/none"), client.get("/page/passages/none/counterpart"),
            client.patch("/page/conversations/none", json={"title": "x"}))
        for response in responses:
            assert response.status_code == 404
            assert "Traceback" not in response.text
            assert len(response.text.splitlines()) == 1


@pytest.mark.parametrize("payload", [
    "[]", "3", "{", '"a"', "null", '{"sources": 3, "tags": {"a": 1}}', '{"cut": true, "again": -1}', "[" * 99_999])
def test_a_malformed_payload_gives_no_command_and_no_scope(payload: str) -> None:
    assert _parse_scope(payload) == Scope()
    assert _PageCommand.parse_json(payload) == _PageCommand()

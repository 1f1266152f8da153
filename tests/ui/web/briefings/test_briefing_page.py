"""Briefing view in a browser: a list is pasted or chosen, its rows are answered, one is edited, Word is exported."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import pytest

from rag.pipeline import Pipeline
from tests.ui.web.briefing_helpers import DEPTH, LAKE, LOCKS, SHORE, ScriptedModel, app_state_in, library
from tests.ui.web.conftest import Opener, serve_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIST = f"# 太湖\n{LAKE}\n{SHORE}\n# 运河\n{LOCKS}\n{DEPTH}"
DONE = "#briefing .counts b :text-is('{}')"


@pytest.fixture(scope="module")
def extractive(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return library(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    model = ScriptedModel(failing={DEPTH})
    yield model
    model.permits.release(100)  # so that no thread waits for ever


def open_briefings(open_page: Opener, address: str, **options: object) -> Page:
    page = open_page(address, **options)
    page.click('.masthead a[href="#view-briefing"]')
    page.wait_for_selector("#briefing-kept > *, #briefing-one > *", state="attached")
    return page


def paste(page: Page, text: str, title: str = "") -> None:
    page.fill("#briefing-questions", text)
    page.fill("#briefing-title", title)
    page.click("#briefing-form button.main")
    page.wait_for_selector("#briefing .entry")


def row(number: int) -> str:
    return f"#briefing-row-{number}"


@pytest.mark.browser
def test_a_list_is_pasted_answered_edited_and_exported_as_word(
    tmp_path: Path, extractive: Pipeline, model: ScriptedModel, open_page: Opener,
) -> None:
    with serve_page(app_state_in(tmp_path, extractive, model)) as address:
        page = open_briefings(open_page, address)
        page.click("#briefing-form button.main")
        assert "请先写下问题" in page.inner_text("#briefing-flaw:not(:empty)")
        paste(page, LIST, "太湖与运河")
        page.wait_for_selector(DONE.format("已问完"))
        assert page.inner_text(f"{row(1)} .verdict") == "✓ 句句有出处"
        assert "没能作答" in page.inner_text(f"{row(4)} .verdict")
        assert "1 题没能作答" in page.inner_text("#briefing-progress")
        page.click(f"{row(1)} summary >> nth=0")
        page.click(f"{row(1)} .reply a[href^='#cite-'] >> nth=0")
        assert "2338平方千米" in page.inner_text(f"{row(1)} .card.lit mark")
        page.click(f"{row(1)} [data-act=edit]")
        page.fill(f"{row(1)} textarea", "太湖面积为2338平方千米，这一句由人改写[1]。\n\n面积又是77平方千米[1]。")
        page.click(f"{row(1)} form button.main")
        page.wait_for_selector(f"{row(1)} .edited:has-text('已编辑')")
        assert "部分语句没有找到依据" in page.inner_text(f"{row(1)} summary >> nth=0")  # 77 is in no passage
        model.failing.clear()
        page.click("#briefing-acts [data-act=retry]")
        page.wait_for_selector(f"{row(4)} .verdict.grounded")
        with page.expect_download() as download:
            page.click("#briefing [data-format=docx]")
        assert download.value.suggested_filename == "太湖与运河.docx"
        document = docx.Document(io.BytesIO(download.value.path().read_bytes()))
        text = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert "这一句由人改写" in text
        assert "太湖年报" in text[text.rindex("参考文献"):]
        page.click(f"{row(1)} [data-act=restore]")
        page.wait_for_selector(f"{row(1)} .edited", state="detached")
        assert "由人改写" not in page.inner_text(f"{row(1)} .reply")


@pytest.mark.browser
def test_a_stopped_briefing_is_resumed_after_a_restart_and_two_pages_show_the_same(
    tmp_path: Path, extractive: Pipeline, model: ScriptedModel, open_page: Opener,
) -> None:
    model.permits = threading.Semaphore(1)
    with serve_page(app_state_in(tmp_path, extractive, model)) as address:
        page = open_briefings(open_page, address, locale="en-US")
        paste(page, "\n".join(f"{LAKE}{at}" for at in range(6)), "Lake Tai")
        page.wait_for_selector("#briefing .counts:has-text('1 of 6 asked')")
        assert page.locator("#briefing .verdict.under-way").count() == 4
        other_page = open_briefings(open_page, address, locale="en-US")
        other_page.click("#briefing-kept a:has-text('Lake Tai')")
        other_page.wait_for_selector("#briefing .counts:has-text('Being answered')")
        page.focus("#briefing-acts [data-act=stop]")
        page.keyboard.press("Enter")
        page.wait_for_selector(DONE.format("Not finished"))
        assert page.evaluate("document.activeElement.dataset.act") == "resume"  # the button that replaces "stop"
        assert "Not finished" in page.inner_text("#briefing-heard")
        other_page.wait_for_selector(DONE.format("Not finished"))
    second_model = ScriptedModel()
    with serve_page(app_state_in(tmp_path, extractive, second_model)) as address:
        page = open_briefings(open_page, address, locale="en-US", width=360)
        assert "1 of 6 asked" in page.inner_text("#briefing-kept li")
        page.click("#briefing-kept a")
        page.click("#briefing-acts [data-act=resume]")
        page.wait_for_selector(DONE.format("Finished"))
        assert len(model.questions) + len(second_model.questions) == 6
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()
        page.wait_for_selector("#briefing-one h2:has-text('Lake Tai')")  # it is still open
        page.click("#briefing .back a")
        page.click("#briefing-kept [data-act=delete]")
        page.click("dialog .main")
        page.wait_for_selector("#briefing-kept .empty")


@pytest.mark.browser
def test_a_file_is_previewed_and_a_bad_file_is_refused_next_to_the_input(
    tmp_path: Path, extractive: Pipeline, model: ScriptedModel, open_page: Opener,
) -> None:
    (tmp_path / "bad.csv").write_text("number,text\n1,Lake", "utf-8")
    (tmp_path / "清单.csv").write_text("问题,章节\n太湖面积是多少？,水情\n太湖岸线有多长？,岸线\n", "utf-8")
    with serve_page(app_state_in(tmp_path / "home", extractive, model)) as address:
        page = open_briefings(open_page, address)
        page.set_input_files("#briefing-file", tmp_path / "bad.csv")
        assert "no column is called question or 问题" in page.inner_text("#briefing-flaw:not(:empty)")
        assert page.locator("#briefing-questions").is_visible()
        page.set_input_files("#briefing-file", tmp_path / "清单.csv")
        page.wait_for_selector("#briefing-chosen:has-text('2 个问题')")
        assert page.inner_text("#briefing-flaw") == ""
        page.click("#briefing .segments label:has([value=apa])")
        page.click("#briefing [data-act=scope]")
        page.fill("#briefing-scope-find", "太湖")
        page.check("dialog .choices label:has-text('太湖年报') input")
        page.click("dialog .buttons [data-close]")
        page.click("#briefing-form button.main")
        page.wait_for_selector(DONE.format("已问完"))
        assert page.inner_text("#briefing-one h2") == "清单"
        assert "APA" in page.inner_text("#briefing-one .about")
        assert "限于 1 项" in page.inner_text("#briefing-one .about")
        assert page.locator("#briefing .rows h3").all_inner_texts() == ["水情", "岸线"]

"""Library view in a browser: files are added, asked about, inspected, searched, tagged and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.ui.web.conftest import Opener, app_state_of, ask, serve_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

PORT = "# 港口笔记\n\n## 吞吐量\n\n太仓港2023年集装箱吞吐量为803.9万标箱。\n\n## 吉祥物\n\n太仓港的吉祥物是一只叫阿帆的白鹭。\n"
HOSTILE = "<img src=x onerror=window.hacked=1>.md"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pipeline = build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), seeds=None, chat_model=""))
    with serve_page(app_state_of(pipeline, seeds=None)) as address:
        yield address


def open_library(open_page: Opener, address: str, **options: object) -> Page:
    """The page with the library view open."""
    page = open_page(address, **options)
    page.click('.masthead a[href="#view-library"]')
    page.wait_for_selector("#library-list > *")
    return page


def upload(page: Page, *files: Path) -> None:
    """Choose files, and wait until each has been added or refused."""
    page.set_input_files("#library-files", files)
    page.wait_for_selector("#library-summary p")


def write_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.browser
def test_a_document_is_added_asked_about_inspected_found_tagged_and_removed(
    address: str, open_page: Opener, tmp_path: Path,
) -> None:
    page = open_library(open_page, address)
    assert "文库还是空的" in page.inner_text("#library-list")
    page.evaluate("""() => {
        window.states = [];
        new MutationObserver((changes) => changes.forEach((change) => window.states.push(change.oldValue)))
            .observe(document.querySelector('#library-adding'),
                { subtree: true, attributeFilter: ['class'], attributeOldValue: true });
    }""")
    page.fill("#library-tags", "港口")
    upload(page, write_file(tmp_path, "港口笔记（二）.md", PORT), write_file(tmp_path, "broken.pdf", "%PDF-1.4 nothing"))
    assert {"queued", "sending", "reading", "indexing"} <= set(page.evaluate("window.states"))
    summary = page.inner_text("#library-summary")
    assert "2 个文件：加入 1，替换 0，未变 0，没能加入 1" in summary
    assert "broken.pdf 文件已损坏，不能作为" in summary.replace("\n", " ")

    row = page.locator("#library-list tbody tr")
    row.wait_for()
    assert "港口笔记（二）.md" in row.inner_text()
    assert "#港口" in row.inner_text()

    page.click('.masthead a[href="#view-chat"]')
    ask(page, "太仓港的吉祥物是什么？")
    assert "阿帆" in page.inner_text("#chat .bot-row")

    page.click('.masthead a[href="#view-library"]')
    row.locator(".name").click()
    page.wait_for_selector("dialog.pieces li")
    assert "白鹭" in page.inner_text("dialog.pieces")
    page.click("dialog.pieces [data-start] >> nth=0")
    page.wait_for_selector("dialog.reader .here")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")

    page.click('#library [data-part="look"]')
    page.fill("#library-question", "太仓港的吉祥物")
    page.press("#library-question", "Enter")
    first = page.locator("#library-found .hit").first
    assert re.search(r"词语 第 \d", first.inner_text())
    assert "吉祥物" in "".join(first.locator("mark.word").all_inner_texts())

    page.click('#library [data-part="documents"]')
    row.locator('[data-act="tag"]').click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("航运，太仓")
    page.keyboard.press("Enter")
    page.wait_for_selector('#library-list .tag[data-tag="太仓"]')
    assert page.locator("#library-list .tag").count() == 2

    row.locator('[data-act="remove"]').click()
    page.click("dialog.wonder button.main")
    page.wait_for_selector("#library-list .empty")


@pytest.mark.browser
def test_a_file_whose_name_is_markup_is_dropped_on_a_phone_and_runs_nothing(
    address: str, open_page: Opener,
) -> None:
    page = open_library(open_page, address, locale="en-US", width=360, height=740)
    page.evaluate("""name => {
        const carried = new DataTransfer();
        const text = '# Title <img src=x onerror=window.hacked=2>\\n\\nThe heron is called Afan.\\n';
        carried.items.add(new File([text], name));
        const event = (kind) => new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried });
        for (const kind of ['dragover', 'drop']) document.querySelector('#library .drop').dispatchEvent(event(kind));
    }""", HOSTILE)
    page.wait_for_selector("#library-summary p")
    assert "1 added" in page.inner_text("#library-summary")
    row = page.locator("#library-list tbody tr", has_text=HOSTILE)
    row.wait_for()
    row.locator('[data-act="passages"] >> nth=0').click()
    page.wait_for_selector("dialog.pieces")
    assert HOSTILE in page.inner_text("dialog.pieces header")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#library img, dialog img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_an_unknown_type_is_refused_at_once_and_a_failed_file_can_be_tried_again(
    address: str, open_page: Opener, tmp_path: Path,
) -> None:
    page = open_library(open_page, address, locale="en-US")
    path = write_file(tmp_path, "page.docx", "no zip")
    upload(page, path, write_file(tmp_path, "virus.exe", "MZ"))
    assert page.locator("#library-adding li.failed").count() == 2
    retry_buttons = page.locator("#library-adding li.failed button")
    assert retry_buttons.count() == 1  # none for the file of an unknown type, which can never be read
    page.click("#library-adding button >> text=Try again")
    page.wait_for_selector("#library-summary p")
    page.click("#library-clear")
    assert page.locator("#library-adding li").count() == 0
    page.click('#library [data-part="care"]')
    page.click("#library-check")
    page.wait_for_selector("#library-health .sound")
    page.click("#library-rebuild")
    page.wait_for_selector("#library-rebuilding .rebuilt")

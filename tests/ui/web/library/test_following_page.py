"""The part of the library view that follows folders, in a browser."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.ui.web.conftest import Opener, app_state_of, serve_page, wait_until_at_rest
from tests.web_sites import answer, site

PAGE = answer(200, "<title>渡口</title><p>渡口的船每天开两班。</p>".encode(), Content_Type="text/html; charset=utf-8")


@pytest.mark.browser
def test_a_folder_and_an_address_are_followed_on_the_page(open_page: Opener, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    note = folder / "ferry.md"
    note.write_text("# Ferry\n\nThe ferry leaves at six.\n", "utf-8")
    os.utime(note, (time.time() - 60,) * 2)
    pipeline = build_pipeline(Settings(home=tmp_path / "home", seeds=None, chat_model=""))
    state = app_state_of(pipeline, seeds=None, watch_seconds=0.1, allow_private_addresses="127.0.0.1")
    with site({"/a": PAGE}) as web, serve_page(state) as address:
        page = open_page(address, locale="en-US", width=360)
        page.click('.masthead a[href="#view-library"]')
        page.wait_for_selector("#library-list > *")
        page.fill("#library-url", f"{web}/a")
        page.press("#library-url", "Enter")
        page.wait_for_selector("#library-adding .added")
        page.fill("#library-url", "http://10.0.0.1/")
        page.press("#library-url", "Enter")
        page.wait_for_selector("#library-summary li")
        assert "private network" in page.inner_text("#library-summary")

        page.click('#library [data-part="follow"]')
        page.fill("#library-folder", str(folder))
        page.press("#library-folder", "Enter")
        page.wait_for_selector("#library-watches .events .added")
        page.wait_for_function("document.querySelectorAll('#library-changes li').length === 2")
        note.rename(folder / "boat.md")
        page.wait_for_selector("#library-changes .renamed")
        assert "was ferry.md" in page.inner_text("#library-changes li >> nth=0")
        page.click("#library-refresh")
        page.wait_for_selector("#library-refreshing .refreshed")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

        page.focus("#library-watches summary")  # which keeps the focus while the time of the last look goes on
        looked = page.inner_text("#library-watches .state")
        page.wait_for_function(
            "looked => document.querySelector('#library-watches .state').innerText !== looked", arg=looked)
        assert page.evaluate("document.activeElement.matches('#library-watches summary')")

        page.click("[data-unwatch]")
        page.click("dialog.wonder button.main")
        page.wait_for_selector("#library-watches .empty")
        wait_until_at_rest(page)
        state.stop_watching()
    assert len(pipeline.library.sources()) == 2

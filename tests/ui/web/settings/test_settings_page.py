"""Settings view in a browser: a model is listed, tested, chosen, asked, and used again after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import build_pipeline
from rag.settings import Settings, environment_variable, read_settings
from tests.servers import ScriptedServer, json_reply, scripted_server, text_reply, unreachable_url
from tests.ui.web.conftest import Opener, ask, notice_text, serve_page
from ui.history.history import open_history
from ui.web.app_state import AppState

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = "sk-0123456789abcdef-WXYZ"
REPLY = "太湖平均水深1.9米[1]。"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder with one document, and an environment with no other setting."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_variable(name), raising=False)
    monkeypatch.setenv("HUWEN_HOME", str(tmp_path / "home"))
    (tmp_path / "湖.md").write_text("# 太湖\n\n太湖平均水深1.9米。\n", "utf-8")
    library = build_pipeline(read_settings()).library
    with library.write_lock():
        library.add(tmp_path / "湖.md")
    return tmp_path / "home"


def start_app() -> AppState:
    settings = read_settings()
    return AppState(build_pipeline(settings), open_history("", settings.home), settings)


@pytest.fixture
def endpoint() -> Iterator[ScriptedServer]:
    """An endpoint that lists two models and answers one question."""
    models = json_reply({"data": [{"id": "glm-4.5"}, {"id": "通义千问"}]})
    with scripted_server(text_reply("好"), text_reply(*REPLY), pages={"/v1/models": models}) as server:
        yield server


def open_settings(page: Page) -> None:
    page.click('.masthead a[href="#view-settings"]')
    page.wait_for_selector("#settings h2")


@pytest.mark.browser
def test_a_model_is_listed_tested_chosen_asked_and_used_after_a_restart(
    home: Path, endpoint: ScriptedServer, open_page: Opener,
) -> None:
    with serve_page(start_app()) as address:
        page = open_page(address)
        assert notice_text(page)
        open_settings(page)
        page.click("#settings .choice:has(input[value=model])")
        page.fill("#settings-base_url", endpoint.base_url)
        page.fill("#settings-api_key", KEY)
        page.click("#settings-look")
        page.select_option("#settings-pick", "通义千问")
        assert page.input_value("#settings-chat_model") == "通义千问"
        page.click("#settings-test")
        page.wait_for_selector("#settings-findings .verdict.well")
        assert page.locator("#settings-findings .sign").all_inner_texts() == ["✓"] * 3
        page.press("#settings-chat_model", "Enter")  # saves
        page.wait_for_selector("#settings-key-state:has-text('…WXYZ')")
        assert KEY not in page.content()
        assert page.evaluate(f"![...document.querySelectorAll('input')].some(input => input.value.includes('{KEY}'))")
        assert page.evaluate("document.activeElement.id") == "settings-save"
        page.click('.masthead a[href="#view-chat"]')
        page.wait_for_selector("#notice .notice", state="detached")
        ask(page, "太湖平均水深多少？")
        assert "太湖平均水深1.9米" in page.inner_text("#chat .bot-row")
        assert "通义千问" in page.inner_text("#chat .status")
        assert set(endpoint.keys) == {KEY}
        assert notice_text(open_page(address)) == ""
    with serve_page(start_app()) as address:
        page = open_page(address, locale="en-US")
        open_settings(page)
        page.wait_for_selector("#settings-key-state:has-text('ending in …WXYZ')")
        assert page.input_value("#settings-chat_model") == "通义千问"
        assert notice_text(page) == ""
        page.click("#settings .choice:has(input[value=quotes])")
        assert not page.locator("#settings .endpoint").is_visible()
        page.click("#settings-save")
        page.wait_for_selector("#notice .notice", state="attached")


@pytest.mark.browser
def test_a_wrong_address_gives_one_sentence_next_to_its_input(home: Path, open_page: Opener) -> None:
    with serve_page(start_app()) as address, unreachable_url() as address_without_server:
        page = open_page(address)
        open_settings(page)
        page.click("#settings .choice:has(input[value=model])")
        page.fill("#settings-base_url", address_without_server)
        page.click("#settings-look")
        assert "nothing listens" in page.inner_text("#settings-chat_model-flaw:not(:empty)")
        page.fill("#settings-base_url", "ftp://太湖")
        page.fill("#settings-chat_model", "m")
        page.click("#settings-save")
        assert "这不是能用的地址" in page.inner_text("#settings-base_url-flaw:not(:empty)")
        assert page.evaluate("document.activeElement.id") == "settings-base_url"
        assert page.get_attribute("#settings-base_url", "aria-invalid") == "true"
        assert "English" not in page.inner_text("#settings-base_url-flaw")
        page.click("[data-preset*='deepseek']")
        assert page.input_value("#settings-base_url") == "https://api.deepseek.com/v1"
        assert page.get_attribute("[data-preset*='deepseek']", "aria-pressed") == "true"


@pytest.mark.browser
def test_read_only_page_shows_settings_without_a_form(
    home: Path, monkeypatch: pytest.MonkeyPatch, open_page: Opener,
) -> None:
    monkeypatch.setenv("HUWEN_READ_ONLY", "yes")
    with serve_page(start_app()) as address:
        page = open_page(address, width=360)
        open_settings(page)
        assert page.locator("#settings :is(input, button)").count() == 0
        assert "这里只能查看" in page.inner_text("#settings")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

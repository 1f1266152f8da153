"""What the tests of the page share: the real page over the shipped notes, a scripted one, and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.answering.drafting import Drafter
from rag.pipeline import Pipeline, build_pipeline
from rag.settings import SHIPPED_SEEDS, Settings
from ui.history.history import open_history
from ui.web.app_state import AppState

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync").split()
PATIENCE = 45_000  # milliseconds; a small machine that runs other tests beside these needs some


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline without a model, over the shipped notes."""
    made = build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), chat_model=""))
    made.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return made


def with_draft(pipeline: Pipeline, draft: Drafter, model: str = "scripted") -> Pipeline:
    """The same pipeline with another voice."""
    return replace(pipeline, draft=draft, model=model)


def saying(*pieces: str, pause: float = 0.0) -> Drafter:
    """A draft that says these pieces, a pause before each."""

    def draft(*_: object) -> Iterator[str]:
        for piece in pieces:
            time.sleep(pause)
            yield piece

    return draft


def desk_of(pipeline: Pipeline, **chosen: object) -> AppState:
    """What a page works with: this pipeline, settings as they are by default but for those `chosen`, conversations in the home folder."""
    home = pipeline.library.home
    return AppState(pipeline, open_history("", home), Settings(home=home, **{"chat_model": "", **chosen}))  # type: ignore[arg-type]


@contextmanager
def served(page: Pipeline | AppState) -> Iterator[str]:
    """The page on a free port of this machine; yields its address."""
    import uvicorn

    from ui.web.app import create_app

    desk = page if isinstance(page, AppState) else desk_of(page)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(desk), log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def chromium() -> str:
    """The path of an installed Chromium or Chrome, or of playwright's own; empty where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; `make install-dev` does it")
    path = chromium()
    if not path:
        pytest.skip("no Chromium on this machine; `make system` installs one")
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Opens an address in a browser of its own: `open_page(address, locale="en-US", width=360)`.

    When the test ends, no request may have gone elsewhere and no script may have failed.
    """
    contexts: list[BrowserContext] = []
    elsewhere: list[str] = []
    errors: list[str] = []

    def opened(address: str, *, locale: str = "zh-CN", width: int = 1280, height: int = 800, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: None if _is_here(request.url) else elsewhere.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#ask textarea")
        page.wait_for_selector("#send")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert errors == []


def noticed(page: Page) -> str:
    """What the line over the conversation says, once the page has asked for it."""
    page.wait_for_function("performance.getEntriesByType('resource').some(({name}) => name.endsWith('/settings/notice'))")
    return page.inner_text("#banner").strip()


def _is_here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


def ask(page: Page, question: str, turn: int = 1) -> None:
    """Type a question, press Enter, and wait for the verdict under its answer."""
    page.fill("#ask textarea", question)
    page.press("#ask textarea", "Enter")
    wait_for_verdicts(page, turn)
    page.wait_for_timeout(500)  # the kept conversation is drawn once more: a click must not fall between the two


def wait_for_verdicts(page: Page, turns: int) -> None:
    """Wait until so many answers have ended."""
    page.wait_for_function("turns => document.querySelectorAll('#chat .verdict').length === turns", arg=turns)


def shown_texts(page: Page, selector: str) -> Sequence[str]:
    """The visible texts of the elements that a selector finds."""
    return [element.inner_text() for element in page.query_selector_all(selector) if element.is_visible()]

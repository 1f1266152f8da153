"""Fixtures and helpers for tests of the page: the real page over the shipped notes, scripted drafts, and a browser.

Tests wait for events, never for a fixed time: a request that has ended, an element, a step of a draft. The deadlines
only end a test that hangs.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from rag.answering.drafting import Drafter
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import DraftEvent, Thought
from rag.settings import SHIPPED_SEEDS, Settings
from ui.history.history import open_history
from ui.web.app_state import AppState

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync").split()
TIMEOUT_SECONDS = 90.0  # for a small machine that runs other tests at the same time
TIMEOUT_MS = int(TIMEOUT_SECONDS * 1000)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline without a model, over the shipped notes."""
    pipeline = build_pipeline(Settings(home=tmp_path_factory.mktemp("library"), chat_model=""))
    pipeline.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return pipeline


def with_draft(pipeline: Pipeline, draft: Drafter, model: str = "scripted") -> Pipeline:
    """The same pipeline with a scripted draft."""
    return replace(pipeline, draft=draft, model=model)


def scripted_draft(*pieces: str) -> Drafter:
    """A draft that yields the given pieces without waiting."""

    def draft(*_: object) -> Generator[DraftEvent]:
        yield from pieces

    return draft


class SteppedDraft:
    """A draft that yields its first piece at once, and each further piece when the test calls `step`."""

    def __init__(self, *pieces: str | Thought) -> None:
        self._pieces = pieces
        self._steps = threading.Semaphore(1)

    def step(self, count: int = 1) -> None:
        """Let the draft go on by some pieces."""
        self._steps.release(count)

    def __call__(self, *_: object) -> Generator[DraftEvent]:
        for piece in self._pieces:
            assert self._steps.acquire(timeout=TIMEOUT_SECONDS), "the test took no further step"
            yield piece


class EndlessDraft:
    """A draft that repeats a piece until it is closed; then it sets `ended`."""

    def __init__(self, piece: str) -> None:
        self._piece = piece
        self.ended = threading.Event()

    def __call__(self, *_: object) -> Generator[DraftEvent]:
        try:
            while True:
                time.sleep(0.05)  # about the speed of a model; no test depends on it
                yield self._piece
        finally:
            self.ended.set()


def app_state_of(pipeline: Pipeline, **chosen: object) -> AppState:
    """The state of a page over a pipeline, with the settings `chosen`; conversations are in the pipeline's home."""
    home = pipeline.library.home
    settings = Settings(home=home, **{"chat_model": "", **chosen})  # type: ignore[arg-type]
    return AppState(pipeline, open_history("", home), settings)


@contextmanager
def serve_page(page: Pipeline | AppState) -> Iterator[str]:
    """The page on a free port of this machine; yields its address."""
    import uvicorn

    from ui.web.app import create_app

    app_state = page if isinstance(page, AppState) else app_state_of(page)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(app_state), log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started or not thread.is_alive(), "the server starts")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(TIMEOUT_SECONDS)


def http_client(address: str) -> httpx.Client:
    """A client of a page, which ignores the proxies of the environment."""
    return httpx.Client(base_url=address, trust_env=False, timeout=TIMEOUT_SECONDS)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds on the server's side; a failure names `what` was waited for."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)


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
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed; `make install-dev` does it")
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
    """Opens an address in a browser context of its own: `open_page(address, locale="en-US", width=360)`.

    When the test ends, no request may have gone to another host and no script may have failed.
    """
    contexts: list[BrowserContext] = []
    foreign_urls: list[str] = []
    errors: list[str] = []

    def open_address(
        address: str, *, locale: str = "zh-CN", width: int = 1280, height: int = 800, **options: object,
    ) -> Page:
        viewport: ViewportSize = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, locale=locale, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        watch_requests(page)
        page.on("request", lambda request: None if _is_local(request.url) else foreign_urls.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#ask textarea")
        page.wait_for_selector("#send")
        return page

    yield open_address
    for context in contexts:
        context.close()
    assert foreign_urls == []
    assert errors == []


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


# --- waiting for the page


def watch_requests(page: Page) -> None:
    """Keep track of the page's requests without a complete response, for `wait_until_settled`."""
    requests: set[Request] = set()
    # an attribute of the page, because pytest imports this module twice, so that a module variable would exist twice
    page.open_requests = requests  # type: ignore[attr-defined]

    def add_request(request: Request) -> None:
        if request.is_navigation_request():  # leaving a page ends its requests
            requests.clear()
        elif "/page/" in request.url or "/queue/" in request.url:  # the page's own routes; gradio's stream of frames
            requests.add(request)

    def remove_request(request: Request) -> None:
        requests.discard(request)

    page.on("request", add_request)
    page.on("requestfinished", remove_request)
    page.on("requestfailed", remove_request)


_AFTER_FRAMES = """() => new Promise((done) => {
    let left = 3;  // gradio draws in one, the page's script follows in the next
    const next = () => (left-- ? requestAnimationFrame(next) : done());
    next();
})"""


def wait_until_settled(page: Page) -> None:
    """Wait until all requests of the page have ended and their content is drawn."""
    requests: set[Request] = page.open_requests  # type: ignore[attr-defined]
    deadline = time.monotonic() + TIMEOUT_SECONDS
    rounds = 0
    while rounds < 2:  # drawing in the first round may have sent new requests
        assert time.monotonic() < deadline, f"requests have not ended: {[request.url for request in requests]}"
        if requests:
            rounds = 0
            page.wait_for_timeout(10)  # lets playwright receive the browser's events
        else:
            rounds += 1
            page.evaluate(_AFTER_FRAMES)


_IS_AT_REST = """() => {
    const isMoving = (animation) => animation.playState === 'running'
        && animation.effect?.getComputedTiming().iterations !== Infinity;
    const boxes = [...document.querySelectorAll('#chat .message, #evidence .card, dialog, #beside')];
    const places = JSON.stringify([scrollY, ...boxes.map((box) => box.getBoundingClientRect().top)]);
    const isSame = window.lastPlaces === places && !document.getAnimations().some(isMoving);
    window.framesAtRest = isSame ? (window.framesAtRest || 0) + 1 : 0;
    window.lastPlaces = places;
    return window.framesAtRest >= 10;
}"""


def wait_until_at_rest(page: Page) -> None:
    """Wait until the page has settled, no transition is running, and nothing has scrolled for ten frames."""
    wait_until_settled(page)
    page.evaluate("window.framesAtRest = 0")
    page.wait_for_function(_IS_AT_REST)


def notice_text(page: Page) -> str:
    """The notice over the conversation, after the page has loaded it."""
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(({name}) => name.endsWith('/settings/notice'))")
    wait_until_settled(page)
    return page.inner_text("#banner").strip()


def ask(page: Page, question: str, turn: int = 1) -> None:
    """Type a question, press Enter, and wait until its answer is complete, saved and drawn."""
    page.fill("#ask textarea", question)
    page.press("#ask textarea", "Enter")
    wait_for_verdicts(page, turn)
    wait_until_at_rest(page)  # the saved conversation is drawn once more, and scrolls: a click would miss its target


def wait_for_verdicts(page: Page, turns: int) -> None:
    """Wait until the conversation has this number of complete answers."""
    page.wait_for_function("turns => document.querySelectorAll('#chat .verdict').length === turns", arg=turns)


def shown_texts(page: Page, selector: str) -> Sequence[str]:
    """The visible texts of the elements that a selector finds."""
    return [element.inner_text() for element in page.query_selector_all(selector) if element.is_visible()]

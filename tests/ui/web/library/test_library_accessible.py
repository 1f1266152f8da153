"""Accessibility of the library's dialog of versions and of its figures: axe-core, the keyboard, small windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import build_pipeline
from rag.settings import Settings
from tests.ui.web.accessibility import axe_violations, has_focus, open_view, press_through, too_wide_elements
from tests.ui.web.conftest import Opener, app_state_of, serve_page, wait_until_settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = (
    "# 市级机关差旅费与会议费管理办法（{year}年修订）\n\n第一条 为加强管理，制定本办法。\n\n第二条 住宿费标准为每人每天{fee}元。\n\n"
    "第三条 交通费凭据报销。{more}\n")
HANDBOOK = (
    "# Employee Handbook\n\nVersion: {number}\n\n## Leave\n\nEmployees receive {days} days of paid leave each year.\n\n"
    "## Abroad\n\nWorking from abroad is {abroad}.\n")
DOCUMENTS = {
    "rules-2022.md": RULES.format(year=2022, fee=350, more=""),
    f"rules-2024-{'a-long-name-' * 6}final.md": RULES.format(year=2024, fee=450, more="\n\n第四条 不得绕道。"),
    "handbook-1.md": HANDBOOK.format(number=1, days=20, abroad="not permitted"),
    "handbook-2.md": HANDBOOK.format(number=2, days=25, abroad="permitted for up to 20 days"),
    "desk.md": "# 图书馆简介\n\n借书证押金为100元。\n", "notice.md": "# 读者须知\n\n借书证押金为200元。\n"}
SIZES = [(1280, 800), (360, 740)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("accessible")
    pipeline = build_pipeline(Settings(home=folder / "home", seeds=None, chat_model=""))
    with pipeline.library.write_lock():
        for name, text in DOCUMENTS.items():
            path = Path(folder, name)
            path.write_text(text, "utf-8")
            pipeline.library.add(path)
    with serve_page(app_state_of(pipeline, seeds=None)) as address:
        yield address


def open_versions(page: Page, title: str) -> None:
    """Open the dialog of versions of the first document with this title, and wait for the difference."""
    open_view(page, "#view-library")
    page.click(f"#library-list tr:has-text('{title}') [data-act='versions'] >> nth=0")
    page.wait_for_selector("dialog.compared .counts")


def open_figures(page: Page, kind: str) -> None:
    """Open the figures of the library, or the conflicts among them."""
    open_view(page, "#view-library")
    page.click('#library .parts [data-part="figures"]')
    page.wait_for_selector("#figures-list table")
    if kind == "conflicts":
        page.click('[data-figure-list="conflicts"]')
        page.wait_for_selector("#figures-list .conflicts")
    wait_until_settled(page)


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "light"), ("en-US", "dark")])
def test_axe_finds_nothing_in_the_dialog_of_versions(address: str, open_page: Opener, locale: str, shade: str) -> None:
    violations = []
    for width, height in SIZES:
        page = open_page(address, locale=locale, color_scheme=shade, width=width, height=height)
        open_versions(page, "差旅费" if locale == "zh-CN" else "Employee")
        violations += axe_violations(page, f"versions at {width}")
    assert violations == []


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "dark"), ("en-US", "light")])
def test_axe_finds_nothing_in_the_figures(address: str, open_page: Opener, locale: str, shade: str) -> None:
    violations = []
    for width, height in SIZES:
        page = open_page(address, locale=locale, color_scheme=shade, width=width, height=height)
        for kind in ("figures", "conflicts"):
            open_figures(page, kind)
            violations += axe_violations(page, f"{kind} at {width}")
            page.reload()
    assert violations == []


@pytest.mark.browser
def test_versions_are_compared_and_read_by_keyboard(address: str, open_page: Opener) -> None:
    page = open_page(address)
    open_view(page, "#view-library")
    opener = "#library-list tr:has-text('2024') [data-act='versions']"
    page.focus(opener)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.compared .counts")
    press_through(page, "Tab", "[data-side='older']")
    page.keyboard.press("ArrowUp")  # the same version on both sides
    page.wait_for_selector("dialog.compared .difference .same")
    press_through(page, "Shift+Tab", "dialog.compared [data-read]")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.reader article")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.reader article", state="detached")
    if page.locator("dialog.compared").count():
        page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert has_focus(page, "[data-act='versions']")


@pytest.mark.browser
def test_figures_are_filtered_and_opened_by_keyboard(address: str, open_page: Opener) -> None:
    page = open_page(address, locale="en-US")
    open_figures(page, "figures")
    page.focus('#library .lists [data-figure-list="figures"]')
    press_through(page, "Tab", '[data-figure-list="conflicts"]')
    page.keyboard.press("Space")
    page.wait_for_selector("#figures-list .conflicts")
    assert page.get_attribute('[data-figure-list="conflicts"]', "aria-pressed") == "true"
    press_through(page, "Tab", "#figures-kind")
    press_through(page, "Tab", "#figures-list .conflicts .name")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.reader mark")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert has_focus(page, "#figures-list .conflicts .name")


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 640])
def test_nothing_reaches_beyond_the_edge_of_a_small_window(address: str, open_page: Opener, width: int) -> None:
    page = open_page(address, width=width, height=400)
    open_versions(page, "差旅费")
    assert too_wide_elements(page, width) == []
    page.keyboard.press("Escape")
    for kind in ("figures", "conflicts"):
        open_figures(page, kind)
        assert too_wide_elements(page, width) == []

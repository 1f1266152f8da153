"""Accessibility of the page: axe-core, the keyboard, screen readers, enlargement, reduced motion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline, build_pipeline
from rag.schema import Answer, Timings
from rag.settings import Settings
from tests.rag.sources.pdf_files import set_pdf
from tests.ui.web.accessibility import (
    FOCUSED,
    axe_violations,
    has_focus,
    open_view,
    press_through,
    too_wide_elements,
)
from tests.ui.web.conftest import (
    Opener,
    SteppedDraft,
    app_state_of,
    ask,
    scripted_draft,
    serve_page,
    wait_for_verdicts,
    wait_until_settled,
    with_draft,
)
from ui.history.exchange import Exchange
from ui.web.app_state import AppState

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTIONS = {"zh-CN": "苏州有几家灯塔工厂？", "en-US": "How many lighthouse factories does Suzhou have?"}
# what models often write: a heading, a code block, a table, a task list, a long address
WRITTEN = (
    f"# 产值\n\n共3.8万亿元[1]。\n\n```\nprint('{'一行很长的代码，' * 12}')\n```\n\n"
    "| 年份 | 产值 |\n|---|---|\n| 2022 | 3.8 |\n\n"
    f"- [x] 已核对\n\nhttps://example.org/{'a-very-long-address/' * 6}")


@pytest.fixture(scope="module")
def app_state(pipeline: Pipeline) -> AppState:
    return app_state_of(pipeline)


@pytest.fixture(scope="module")
def address(app_state: AppState) -> Iterator[str]:
    with serve_page(app_state) as address:
        yield address


# --- axe-core


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "light"), ("en-US", "dark")])
def test_axe_finds_nothing_in_conversation_evidence_and_dialogs(
    address: str, open_page: Opener, locale: str, shade: str,
) -> None:
    page = open_page(address, locale=locale, color_scheme=shade)
    page.wait_for_selector(".suggestions a >> visible=true")
    violations = axe_violations(page, "empty page")
    ask(page, QUESTIONS[locale])
    page.click('#chat a[href^="#cite-1-"] >> nth=0')
    violations += axe_violations(page, "answer with evidence")
    dialogs = (
        (".card.lit a[href='#document']", "dialog.reader article"), ("#scope-line a", "dialog.scope label"),
        ("#chat a[href='#down-1']", "dialog.wonder"))
    for link, dialog in dialogs:
        page.click(link)
        page.wait_for_selector(dialog)
        violations += axe_violations(page, dialog)
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
    page.hover("#conversations li >> nth=0")
    page.click("#conversations li .menu > summary >> nth=0")
    violations += axe_violations(page, "menu of a conversation")
    assert violations == []


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "dark"), ("en-US", "light")])
def test_axe_finds_nothing_in_the_other_views(address: str, open_page: Opener, locale: str, shade: str) -> None:
    page = open_page(address, locale=locale, color_scheme=shade)
    violations = []
    for view in page.eval_on_selector_all(".masthead nav a", "(all) => all.map((link) => link.hash)")[1:]:
        open_view(page, view)
        violations += axe_violations(page, view)
        if view == "#view-library":
            page.click('#library [data-part="follow"]')
            page.wait_for_selector("#library-changes > *")
            violations += axe_violations(page, "following")
    assert violations == []


@pytest.mark.browser
def test_axe_finds_nothing_on_a_phone(address: str, open_page: Opener) -> None:
    page = open_page(address, width=360, height=740, is_mobile=True, has_touch=True)
    ask(page, QUESTIONS["zh-CN"])
    page.tap('#chat a[href^="#cite-1-"] >> nth=0')
    page.wait_for_selector("#evidence .lit mark")
    violations = axe_violations(page, "sheet from below")
    page.tap(".sheet-close")
    page.tap(".sidebar-toggle")
    page.wait_for_selector("#conversations a.conversation")
    assert axe_violations(page, "drawer") + violations == []


@pytest.mark.browser
def test_axe_finds_nothing_in_what_a_model_writes(pipeline: Pipeline, open_page: Opener) -> None:
    with serve_page(with_draft(pipeline, scripted_draft(WRITTEN))) as address:
        page = open_page(address)
        ask(page, "集群的产值是多少？")
        assert page.locator("#chat .reply :is(h3, table, pre)").count() == 3
        assert axe_violations(page, "what a model writes") == []


# --- the keyboard


@pytest.mark.browser
def test_all_of_a_conversation_is_possible_by_keyboard(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.keyboard.type(QUESTIONS["zh-CN"])  # the input line has the focus
    page.keyboard.press("Enter")
    wait_for_verdicts(page, 1)
    wait_until_settled(page)
    assert has_focus(page, "#ask textarea")
    names = press_through(page, "Shift+Tab", 'a[href^="#cite-1-"]')
    assert {"没有帮助", "有帮助", "重新回答", "复制"} <= set(names)
    marker = page.evaluate("document.activeElement.getAttribute('href')")
    assert page.locator("#hover").is_visible()  # the quote, also without a pointer
    page.keyboard.press("Enter")
    assert has_focus(page, f"{marker} > summary")
    press_through(page, "Tab", ".card.lit a[href='#document']")
    page.keyboard.press("Space")  # the link has the role of a button, so the space bar works too
    page.wait_for_selector("dialog.reader article")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    for _ in range(3):  # nothing behind the dialog is reached; the body means the browser's own controls
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert has_focus(page, ".card.lit a[href='#document']")
    page.keyboard.press("Escape")
    assert has_focus(page, f'#chat a[href="{marker}"]')


@pytest.mark.browser
def test_questions_can_be_edited_judged_and_limited_in_scope_by_keyboard(address: str, open_page: Opener) -> None:
    page = open_page(address, locale="en-US")
    ask(page, QUESTIONS["en-US"])
    page.focus('#chat a[href="#up-1"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.wonder")
    assert page.evaluate("document.querySelector('dialog').getAttribute('aria-labelledby')") == "dialog-title"
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector('#chat a[href="#up-1"][aria-pressed="true"]')
    assert has_focus(page, '#chat a[href="#up-1"]')
    page.focus('#chat a[href="#edit-1"]')
    assert page.evaluate(FOCUSED)["isSeen"]
    page.keyboard.press("Enter")
    assert page.input_value("#ask textarea") == QUESTIONS["en-US"]
    page.keyboard.press("Escape")
    assert page.input_value("#ask textarea") == ""
    press_through(page, "Tab", "#scope-line a")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.scope label")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.wait_for_selector("#scope-line.narrowed")
    assert has_focus(page, "#scope-line a")


@pytest.mark.browser
def test_navigation_list_and_menu_are_usable_by_keyboard(address: str, app_state: AppState, open_page: Opener) -> None:
    answer = Answer("端口？", "zh", "partial", "好。", model="m", timings_ms=Timings(1, 1, 1))
    app_state.history.save_exchange("", Exchange(answer), [])
    page = open_page(address)
    page.wait_for_selector("#conversations .menu")
    page.click("h1")
    page.keyboard.press("Shift+Tab")
    assert has_focus(page, "a.skip")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert has_focus(page, "#ask textarea")
    page.focus("a.skip")
    press_through(page, "Tab", "#conversations .menu > summary")
    page.keyboard.press("ArrowDown")
    assert has_focus(page, '.menu[open] [data-act="rename"]')
    page.keyboard.press("ArrowUp")
    assert has_focus(page, '.menu[open] [data-act="delete"]')
    page.keyboard.press("Escape")
    assert has_focus(page, ".menu:not([open]) > summary")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.wonder input")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#conversations a.conversation')")
    page.focus('.masthead nav a[href="#view-settings"]')
    page.keyboard.press("Enter")
    assert page.get_attribute('.masthead nav a[href="#view-settings"]', "aria-current") == "page"


@pytest.mark.browser
def test_closing_the_sheet_or_the_drawer_returns_the_focus(address: str, open_page: Opener) -> None:
    page = open_page(address, width=360, height=740)
    ask(page, QUESTIONS["zh-CN"])
    page.focus('#chat a[href^="#cite-1-"] >> nth=0')
    for leave in ("Escape", "close"):
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.closest('#beside') !== null")
        if leave == "close":
            page.focus(".sheet-close")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("Escape")
        assert has_focus(page, '#chat a[href^="#cite-1-"]')
    page.focus(".sidebar-toggle")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#sidebar .new-chat')")
    page.wait_for_selector('.sidebar-toggle[aria-expanded="true"]')
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.sidebar-toggle')")
    page.wait_for_selector('.sidebar-toggle[aria-expanded="false"]')


# --- screen readers


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_beginning_and_end_of_an_answer_are_announced_and_its_words_are_not(
    pipeline: Pipeline, open_page: Opener, locale: str,
) -> None:
    begins, ends = {
        "zh-CN": ("正在", "部分语句没有找到依据"),
        "en-US": ("Searching|Writing", "Some statements lack support")}[locale]
    words = ("苏州", "有", "很多", "湖泊", "。")
    draft = SteppedDraft(*words)
    with serve_page(with_draft(pipeline, draft)) as address:
        page = open_page(address, locale=locale)
        page.evaluate("""() => {
            window.announcements = [];
            new MutationObserver(() => announcements.push(document.querySelector('#heard').textContent))
                .observe(document.querySelector('#heard'), { childList: true, characterData: true, subtree: true });
        }""")
        page.fill("#ask textarea", "湖泊？")
        page.press("#ask textarea", "Enter")
        for number in range(1, len(words) + 1):
            page.wait_for_selector(f"#chat .reply:has-text('{''.join(words[:number])}')")
            draft.step()
        wait_for_verdicts(page, 1)
        wait_until_settled(page)
        announcements = page.evaluate("announcements")
        live_states = page.eval_on_selector_all(
            "#chat :is([aria-live], [role=log], [role=status])", "(all) => all.map((each) => each.ariaLive)")
    assert len(announcements) == 2
    assert re.search(begins, announcements[0])
    assert announcements[1].startswith(ends)
    assert "湖泊" not in "".join(announcements)
    assert set(live_states) == {"off"}


@pytest.mark.browser
def test_messages_have_no_markdown_label_and_symbols_are_not_read_aloud(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, QUESTIONS["zh-CN"])
    snapshot = page.locator("#chat").aria_snapshot()
    assert 'heading "苏州有几家灯塔工厂？" [level=2]' in snapshot
    assert 'link "查看依据 [1]"' in snapshot
    assert 'button "重新回答"' in snapshot
    assert not re.search("[✓●○≠]|<div|#cite-1-1\\)", snapshot)


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_headings_are_in_order_and_each_text_has_its_language(address: str, open_page: Opener, locale: str) -> None:
    page = open_page(address, locale=locale)
    ask(page, QUESTIONS[locale])
    page.wait_for_selector("#conversations a.conversation")
    levels = page.evaluate("""() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6, [role=heading]')]
        .filter((each) => each.checkVisibility())
        .map((each) => Number(each.ariaLevel || each.tagName[1]))""")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    wrong_language = page.evaluate("""() => {
        const container = document.querySelector('.gradio-container');
        const texts = document.createTreeWalker(container, NodeFilter.SHOW_TEXT), wrong = [];
        while (texts.nextNode()) {
            const words = texts.currentNode.textContent.trim(), at = texts.currentNode.parentElement;
            if (!words || !at.checkVisibility() || at.closest('script, style')) continue;
            const language = at.closest('[lang]').lang.slice(0, 2);
            const han = (words.match(/[\\u4e00-\\u9fff]/g) || []).length;
            const isChinese = han * 3 > words.length, isEnglish = !han && /[a-z]{3,} [a-z]{3,}/i.test(words);
            if ((language === 'en' && isChinese) || (language === 'zh' && isEnglish))
                wrong.push(`${language}: ${words.slice(0, 80)}`);
        }
        return wrong;
    }""")
    assert wrong_language == []
    assert page.get_attribute("html", "lang") == locale.replace("en-US", "en")


# --- enlargement and reduced motion


@pytest.mark.browser
# 200 % of 1280 × 800, and 400 % of 1280 × 1024
@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])
def test_an_enlarged_page_shows_everything_and_scrolls_in_one_direction(
    pipeline: Pipeline, open_page: Opener, width: int, height: int,
) -> None:
    with serve_page(with_draft(pipeline, scripted_draft(WRITTEN))) as address:
        page = open_page(address, width=width, height=height)
        ask(page, "集群的产值是多少？")
        assert too_wide_elements(page, width) == []
        page.click('#chat a[href="#evidence-1"]')
        page.wait_for_function("getComputedStyle(document.querySelector('#beside')).visibility === 'visible'")
        assert too_wide_elements(page, width) == []
        page.keyboard.press("Escape")
        page.click("#scope-line a")
        page.wait_for_selector("dialog.scope label")
        assert too_wide_elements(page, width) == []
        page.keyboard.press("Escape")
        for view in page.eval_on_selector_all(".masthead nav a", "(all) => all.map((link) => link.hash)")[1:]:
            open_view(page, view)
            assert too_wide_elements(page, width) == [], view


@pytest.mark.browser
def test_text_of_twice_the_size_is_not_cut(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, QUESTIONS["zh-CN"])
    page.evaluate("""() => {
        const all = [...document.querySelectorAll('body *')].filter((each) => each instanceof HTMLElement);
        /* a form may have an input with the name `style` */
        const styleOf = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'style').get;
        const sizes = all.map((each) => parseFloat(getComputedStyle(each).fontSize) * 2);
        all.forEach((each, at) => styleOf.call(each).setProperty('font-size', `${sizes[at]}px`, 'important'));
        all.forEach((each) => styleOf.call(each).setProperty('line-height', '1.5', 'important'));
    }""")
    cut = page.evaluate("""() => {
        const read = '#chat .message-content *, #scope-line *, .masthead nav *, .evidence .passage, #ask textarea';
        return [...document.querySelectorAll(read)]
            .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
            .filter((each) => getComputedStyle(each).overflowX === 'hidden')
            .map((each) => each.outerHTML.slice(0, 100));
    }""")
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.browser
def test_nothing_moves_where_reduced_motion_is_preferred(address: str, open_page: Opener) -> None:
    page = open_page(address, reduced_motion="reduce")
    ask(page, QUESTIONS["zh-CN"])
    moving = page.evaluate("""() => [...document.querySelectorAll('body *')].filter((each) => {
        const style = getComputedStyle(each);
        const durations = style.transitionDuration.split(', ');
        return style.animationName !== 'none' || durations.some((time) => parseFloat(time) > 0);
    }).map((each) => each.outerHTML.slice(0, 100))""")
    assert moving == []


# --- pages of a document


PAGES = {
    "zh-CN": ("青溪水库的最大水深是多少？", "青溪水库的最大水深是48.7米。"),
    "en-US": (
        "What is the maximum depth of the harbour of Westby?",
        "The maximum depth of Westby harbour is 14.2 metres.")}


@pytest.fixture(scope="module")
def pages_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over a PDF in each language, with the answer to its question on the second of three pages."""
    folder = tmp_path_factory.mktemp("files")
    pipeline = build_pipeline(Settings(
        home=tmp_path_factory.mktemp("library"), seeds=None, chat_model="", embed_model="dictionary"))
    with pipeline.library.write_lock():
        for locale, (_, sentence) in PAGES.items():
            pages = ("甲。", f"= 青溪 Westby\n{sentence}", "乙。")
            text = "#pagebreak()\n".join(pages)
            pipeline.library.add(set_pdf(folder / f"{locale}.pdf", f'#set text(font: "Noto Serif CJK SC")\n{text}'))
    with serve_page(app_state_of(pipeline, embed_model="dictionary")) as address:
        yield address


def open_reader(page: Page, locale: str) -> None:
    """Ask the question, and open the cited document at its page."""
    ask(page, PAGES[locale][0])
    page.click('#chat a[href^="#cite-1-"] >> nth=0')
    page.click(".card.lit a[href='#document']")
    page.wait_for_selector("dialog.reader .page-mark")
    page.wait_for_function("document.querySelector('.paper img').complete")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade", "width"), [("zh-CN", "dark", 360), ("en-US", "light", 1280)])
def test_pages_of_a_document_are_accessible_and_turned_by_keys(
    pages_address: str, open_page: Opener, locale: str, shade: str, width: int,
) -> None:
    page = open_page(pages_address, locale=locale, color_scheme=shade, width=width)
    open_reader(page, locale)
    assert axe_violations(page, "page of a document") == []
    if width < 900:
        assert too_wide_elements(page, width) == []
        assert page.evaluate("document.querySelector('.page-box').scrollWidth") <= width
    assert page.inner_text(".zooms output") == "100%"
    assert re.search("第 2 页|page 2", str(page.get_attribute(".paper img", "alt")))
    page.focus(".page-box")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".page-view[data-number='3']")
    assert page.evaluate("document.querySelector('dialog.reader').contains(document.activeElement)")
    page.focus(".turn.previous")
    page.keyboard.press("Enter")
    page.wait_for_selector(".page-view[data-number='2'] .page-mark")
    page.wait_for_function("document.activeElement.matches('.turn.previous')")
    page.focus("[data-zoom='1']")
    page.keyboard.press("Enter")
    assert page.inner_text(".zooms output") == "150%"
    page.focus("[data-view='text']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.reader article mark")
    assert axe_violations(page, "text of a document") == []
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 390), ("en-US", 1280)])
def test_the_library_opens_a_document_at_its_pages_which_fit_the_window(
    pages_address: str, open_page: Opener, locale: str, width: int,
) -> None:
    page = open_page(pages_address, locale=locale, width=width)
    page.click('.masthead a[href="#view-library"]')
    page.click('#library-list [data-act="document"] >> nth=0')
    page.wait_for_selector("dialog.reader .paper")
    assert page.get_attribute("[data-view='pages']", "aria-pressed") == "true"
    assert page.inner_text(".zooms output") == "100%"
    assert page.evaluate("document.querySelector('.page-box').scrollWidth") <= width
    page.click("[data-view='text']")
    page.wait_for_selector("dialog.reader article p")
    assert page.query_selector("dialog.reader .here") is None  # no passage was asked for

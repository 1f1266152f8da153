"""The page for those who do not see it, do not point at it, or see it much enlarged: axe-core, the keyboard, what is said aloud."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import Pipeline
from rag.schema import Answer, Timings
from tests.ui.web.conftest import Opener, ask, desk_of, saying, served, wait_for_verdicts, with_draft
from ui.history.exchange import Exchange
from ui.web.app_state import AppState

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTIONS = {"zh-CN": "苏州有几家灯塔工厂？", "en-US": "How many lighthouse factories does Suzhou have?"}
# a fence, a table, a list of boxes and a heading: what a model likes to write
WRITTEN = (
    f"# 产值\n\n共3.8万亿元[1]。\n\n```\nprint('{'一行很长的代码，' * 12}')\n```\n\n| 年份 | 产值 |\n|---|---|\n| 2022 | 3.8 |\n\n"
    f"- [x] 已核对\n\nhttps://example.org/{'a-very-long-address/' * 6}")


@pytest.fixture(scope="module")
def desk(pipeline: Pipeline) -> AppState:
    return desk_of(pipeline)


@pytest.fixture(scope="module")
def address(desk: AppState) -> Iterator[str]:
    with served(desk) as address:
        yield address


# --- axe-core


def grave(page: Page, where: str) -> list[str]:
    """What axe-core finds in the page as it stands, of every weight but the slightest."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="`make install-dev` installs axe-playwright-python")
    page.wait_for_timeout(250)  # colours in transition have none of the contrasts that they end with
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{where}: {one['id']} ({one['impact']}): {one['nodes'][0]['target']} {one['nodes'][0]['html'][:120]}"
            for one in found if one["impact"] in ("critical", "serious", "moderate")]


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "light"), ("en-US", "dark")])
def test_axe_finds_nothing_in_conversation_evidence_and_dialogs(address: str, open_page: Opener, locale: str, shade: str) -> None:
    page = open_page(address, locale=locale, color_scheme=shade)
    page.wait_for_selector(".suggestions a >> visible=true")
    found = grave(page, "empty page")
    ask(page, QUESTIONS[locale])
    page.click('#chat a[href^="#cite-1-"] >> nth=0')
    found += grave(page, "answer with evidence")
    for link, dialog in ((".card.lit a[href='#document']", "dialog.reader article"), ("#scope-line a", "dialog.scope label"),
                         ("#chat a[href='#down-1']", "dialog.wonder")):
        page.click(link)
        page.wait_for_selector(dialog)
        found += grave(page, dialog)
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
    page.hover("#conversations li >> nth=0")
    page.click("#conversations li .menu > summary >> nth=0")
    found += grave(page, "menu of a conversation")
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "shade"), [("zh-CN", "dark"), ("en-US", "light")])
def test_axe_finds_nothing_in_the_other_views(address: str, open_page: Opener, locale: str, shade: str) -> None:
    page = open_page(address, locale=locale, color_scheme=shade)
    found = []
    for view in page.eval_on_selector_all(".masthead nav a", "(all) => all.map((link) => link.hash)")[1:]:
        turn_to(page, view)
        found += grave(page, view)
    assert found == []


@pytest.mark.browser
def test_axe_finds_nothing_on_a_phone(address: str, open_page: Opener) -> None:
    page = open_page(address, width=360, height=740, is_mobile=True, has_touch=True)
    ask(page, QUESTIONS["zh-CN"])
    page.tap('#chat a[href^="#cite-1-"] >> nth=0')
    page.wait_for_selector("#evidence .lit mark")
    found = grave(page, "sheet from below")
    page.tap(".sheet-close")
    page.tap(".sidebar-toggle")
    page.wait_for_selector("#conversations a.conversation")
    assert grave(page, "drawer") + found == []


@pytest.mark.browser
def test_axe_finds_nothing_in_what_a_model_writes(pipeline: Pipeline, open_page: Opener) -> None:
    with served(with_draft(pipeline, saying(WRITTEN))) as address:
        page = open_page(address)
        ask(page, "集群的产值是多少？")
        assert page.locator("#chat .reply :is(h3, table, pre)").count() == 3
        assert grave(page, "what a model writes") == []


def turn_to(page: Page, view: str) -> None:
    """Open a view, and wait until the server has sent what it shows."""
    page.click(f'.masthead nav a[href="{view}"]')
    page.wait_for_selector(f"{view} h2")
    page.wait_for_timeout(500)


# --- the keyboard


_FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at), composer = at.closest('#composer');
    const isRinged = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none'
        || (composer && getComputedStyle(composer).boxShadow.includes('0px 0px 0px 3px'));
    const isSeen = at.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return { what: `${at.tagName} ${at.id} ${at.className}`, isRinged, isSeen,
             name: (at.getAttribute('aria-label') || at.innerText || at.placeholder || '').trim() };
}"""


def press_through(page: Page, key: str, until: str) -> list[str]:
    """Press a key until the focus is on what a selector finds; returns the names on the way, all of which are seen to be in focus."""
    names = []
    for _ in range(60):
        page.keyboard.press(key)
        at = page.evaluate(_FOCUSED)
        assert at["isSeen"], at
        assert at["isRinged"], at
        names.append(at["name"])
        if page.evaluate("selector => document.activeElement.matches(selector)", until):
            return names
    raise AssertionError(f"{key} does not lead to {until}: {names}")


def focused(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


@pytest.mark.browser
def test_all_of_a_conversation_is_done_by_the_keyboard(address: str, open_page: Opener) -> None:
    page = open_page(address)
    page.keyboard.type(QUESTIONS["zh-CN"])  # the line to ask in has the focus
    page.keyboard.press("Enter")
    wait_for_verdicts(page, 1)
    assert focused(page, "#ask textarea")
    names = press_through(page, "Shift+Tab", 'a[href^="#cite-1-"]')
    assert {"没有帮助", "有帮助", "重新回答", "复制"} <= set(names)
    marker = page.evaluate("document.activeElement.getAttribute('href')")
    assert page.locator("#hover").is_visible()  # what it rests on, also without a pointer
    page.keyboard.press("Enter")
    assert focused(page, f"{marker} > summary")
    press_through(page, "Tab", ".card.lit a[href='#document']")
    page.keyboard.press("Space")  # it is a key, so that the space bar works too
    page.wait_for_selector("dialog.reader article")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    for _ in range(3):  # nothing behind the dialog is reached; the body stands for the browser's own controls
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert focused(page, ".card.lit a[href='#document']")
    page.keyboard.press("Escape")
    assert focused(page, f'#chat a[href="{marker}"]')


@pytest.mark.browser
def test_questions_are_edited_judged_and_narrowed_by_the_keyboard(address: str, open_page: Opener) -> None:
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
    assert focused(page, '#chat a[href="#up-1"]')
    page.focus('#chat a[href="#edit-1"]')
    assert page.evaluate(_FOCUSED)["isSeen"]
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
    assert focused(page, "#scope-line a")


@pytest.mark.browser
def test_head_list_and_menu_are_worked_by_the_keyboard(address: str, desk: AppState, open_page: Opener) -> None:
    desk.history.save_exchange("", Exchange(Answer("端口？", "zh", "partial", "好。", model="m", timings_ms=Timings(1, 1, 1))), [])
    page = open_page(address)
    page.wait_for_selector("#conversations .menu")
    page.click("h1")
    page.keyboard.press("Shift+Tab")
    assert focused(page, "a.skip")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert focused(page, "#ask textarea")
    page.focus("a.skip")
    press_through(page, "Tab", "#conversations .menu > summary")
    page.keyboard.press("ArrowDown")
    assert focused(page, '.menu[open] [data-act="rename"]')
    page.keyboard.press("ArrowUp")
    assert focused(page, '.menu[open] [data-act="delete"]')
    page.keyboard.press("Escape")
    assert focused(page, ".menu:not([open]) > summary")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.wonder input")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('#conversations a.conversation')")
    page.focus('.masthead nav a[href="#view-settings"]')
    page.keyboard.press("Enter")
    assert page.get_attribute('.masthead nav a[href="#view-settings"]', "aria-current") == "page"


@pytest.mark.browser
def test_sheet_and_drawer_give_the_focus_back(address: str, open_page: Opener) -> None:
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
        assert focused(page, '#chat a[href^="#cite-1-"]')
    page.focus(".sidebar-toggle")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#sidebar .new-chat')")
    page.wait_for_selector('.sidebar-toggle[aria-expanded="true"]')
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.sidebar-toggle')")
    page.wait_for_selector('.sidebar-toggle[aria-expanded="false"]')


# --- what is said aloud


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_beginning_and_end_of_an_answer_are_told_and_its_words_are_not(pipeline: Pipeline, open_page: Opener, locale: str) -> None:
    begins, ends = {"zh-CN": ("正在", "部分语句没有找到依据"), "en-US": ("Searching|Writing", "Some statements lack support")}[locale]

    def draft(*_: object) -> Iterator[str]:
        for word in ["苏州", "有", "很多", "湖泊", "。"]:
            time.sleep(0.15)
            yield word

    with served(with_draft(pipeline, draft)) as address:
        page = open_page(address, locale=locale)
        page.evaluate("""() => {
            window.told = [];
            new MutationObserver(() => told.push(document.querySelector('#heard').textContent))
                .observe(document.querySelector('#heard'), { childList: true, characterData: true, subtree: true });
        }""")
        ask(page, "湖泊？")
        page.wait_for_timeout(200)
        told = page.evaluate("told")
        live = page.eval_on_selector_all("#chat :is([aria-live], [role=log], [role=status])", "(all) => all.map((each) => each.ariaLive)")
    assert len(told) == 2
    assert re.search(begins, told[0])
    assert told[1].startswith(ends)
    assert "湖泊" not in "".join(told)
    assert set(live) == {"off"}


@pytest.mark.browser
def test_a_message_is_not_labelled_with_its_own_source_and_signs_are_not_read(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, QUESTIONS["zh-CN"])
    heard = page.locator("#chat").aria_snapshot()
    assert 'heading "苏州有几家灯塔工厂？" [level=2]' in heard
    assert 'link "查看依据 [1]"' in heard
    assert 'button "重新回答"' in heard
    assert not re.search("[✓●○≠]|<div|#cite-1-1\\)", heard)


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_headings_are_in_order_and_each_text_says_its_language(address: str, open_page: Opener, locale: str) -> None:
    page = open_page(address, locale=locale)
    ask(page, QUESTIONS[locale])
    page.wait_for_selector("#conversations a.conversation")
    levels = page.evaluate("""() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6, [role=heading]')]
        .filter((each) => each.checkVisibility())
        .map((each) => Number(each.ariaLevel || each.tagName[1]))""")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    astray = page.evaluate("""() => {
        const texts = document.createTreeWalker(document.querySelector('.gradio-container'), NodeFilter.SHOW_TEXT), astray = [];
        while (texts.nextNode()) {
            const words = texts.currentNode.textContent.trim(), at = texts.currentNode.parentElement;
            if (!words || !at.checkVisibility() || at.closest('script, style')) continue;
            const language = at.closest('[lang]').lang.slice(0, 2), han = (words.match(/[\\u4e00-\\u9fff]/g) || []).length;
            const isChinese = han * 3 > words.length, isEnglish = !han && /[a-z]{3,} [a-z]{3,}/i.test(words);
            if ((language === 'en' && isChinese) || (language === 'zh' && isEnglish)) astray.push(`${language}: ${words.slice(0, 80)}`);
        }
        return astray;
    }""")
    assert astray == []
    assert page.get_attribute("html", "lang") == locale.replace("en-US", "en")


# --- enlarged, and at rest


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])  # of 1280 × 800 and 1280 × 1024: 200 % and 400 %
def test_an_enlarged_page_loses_nothing_and_scrolls_one_way(pipeline: Pipeline, open_page: Opener, width: int, height: int) -> None:
    with served(with_draft(pipeline, saying(WRITTEN))) as address:
        page = open_page(address, width=width, height=height)
        ask(page, "集群的产值是多少？")
        assert too_wide(page, width) == []
        page.click('#chat a[href="#evidence-1"]')
        page.wait_for_function("getComputedStyle(document.querySelector('#beside')).visibility === 'visible'")
        assert too_wide(page, width) == []
        page.keyboard.press("Escape")
        page.click("#scope-line a")
        page.wait_for_selector("dialog.scope label")
        assert too_wide(page, width) == []
        page.keyboard.press("Escape")
        for view in page.eval_on_selector_all(".masthead nav a", "(all) => all.map((link) => link.hash)")[1:]:
            turn_to(page, view)
            assert too_wide(page, width) == [], view


@pytest.mark.browser
def test_text_of_twice_the_size_loses_nothing(address: str, open_page: Opener) -> None:
    page = open_page(address)
    ask(page, QUESTIONS["zh-CN"])
    page.evaluate("""() => {
        const all = [...document.querySelectorAll('body *')].filter((each) => each instanceof HTMLElement);
        const styleOf = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'style').get;  /* a form may have an input of the name */
        const sizes = all.map((each) => parseFloat(getComputedStyle(each).fontSize) * 2);
        all.forEach((each, at) => styleOf.call(each).setProperty('font-size', `${sizes[at]}px`, 'important'));
        all.forEach((each) => styleOf.call(each).setProperty('line-height', '1.5', 'important'));
    }""")
    cut = page.evaluate("""() => {
        const read = '#chat .message-content *, #scope-line *, .masthead nav *, .evidence .passage, #ask textarea';
        return [...document.querySelectorAll(read)].filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
            .filter((each) => getComputedStyle(each).overflowX === 'hidden').map((each) => each.outerHTML.slice(0, 100));
    }""")
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def too_wide(page: Page, width: int) -> list[str]:
    """What reaches beyond the right edge, but for what is folded away."""
    return page.evaluate("""(width) => [...document.querySelectorAll('body *')]
        .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest('.unseen, #carriers, .skip, #said, #sidebar'))
        .filter((each) => each.getBoundingClientRect().width > 1 && each.getBoundingClientRect().right > width + 1)
        .map((each) => each.outerHTML.slice(0, 120))""", width)


@pytest.mark.browser
def test_nothing_moves_for_those_who_asked_for_rest(address: str, open_page: Opener) -> None:
    page = open_page(address, reduced_motion="reduce")
    ask(page, QUESTIONS["zh-CN"])
    moving = page.evaluate("""() => [...document.querySelectorAll('body *')].filter((each) => {
        const style = getComputedStyle(each);
        return style.animationName !== 'none' || style.transitionDuration.split(', ').some((time) => parseFloat(time) > 0);
    }).map((each) => each.outerHTML.slice(0, 100))""")
    assert moving == []

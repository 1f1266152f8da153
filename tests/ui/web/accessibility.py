"""Accessibility of a page in the browser: axe-core, where the focus goes, and what reaches beyond the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.web.conftest import wait_until_at_rest, wait_until_settled

if TYPE_CHECKING:
    from playwright.sync_api import Page


def axe_violations(page: Page, where: str) -> list[str]:
    """The violations that axe-core finds in the present page, except those of minor impact."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="`make install-dev` installs axe-playwright-python")
    wait_until_at_rest(page)  # during a transition colours have other contrasts
    violations = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    lines = []
    for violation in violations:
        node = violation["nodes"][0]
        if violation["impact"] in ("critical", "serious", "moderate"):
            lines.append(
                f"{where}: {violation['id']} ({violation['impact']}): {node['target']} {node['html'][:120]}")
    return lines


def open_view(page: Page, view: str) -> None:
    """Open a view, and wait until it has loaded its content."""
    page.click(f'.masthead nav a[href="{view}"]')
    page.wait_for_selector(f"{view} h2")
    wait_until_settled(page)


FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at), composer = at.closest('#composer');
    const hasOutline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    const isRinged = hasOutline || style.boxShadow !== 'none'
        || (composer && getComputedStyle(composer).boxShadow.includes('0px 0px 0px 3px'));
    const isSeen = at.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return { what: `${at.tagName} ${at.id} ${at.className}`, isRinged, isSeen,
             name: (at.getAttribute('aria-label') || at.innerText || at.placeholder || '').trim() };
}"""


def press_through(page: Page, key: str, until: str) -> list[str]:
    """Press a key until an element that the selector `until` matches has the focus; returns the names passed.

    Each element must be visible and show that it has the focus.
    """
    names = []
    for _ in range(60):
        page.keyboard.press(key)
        focused = page.evaluate(FOCUSED)
        assert focused["isSeen"], focused
        assert focused["isRinged"], focused
        names.append(focused["name"])
        if page.evaluate("selector => document.activeElement.matches(selector)", until):
            return names
    raise AssertionError(f"{key} does not lead to {until}: {names}")


def has_focus(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def too_wide_elements(page: Page, width: int) -> list[str]:
    """Visible elements that reach beyond the right edge."""
    return page.evaluate("""(width) => [...document.querySelectorAll('body *')]
        .filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => !each.closest('.unseen, #carriers, .skip, #said, #sidebar'))
        .filter((each) => each.getBoundingClientRect().width > 1 && each.getBoundingClientRect().right > width + 1)
        .map((each) => each.outerHTML.slice(0, 120))""", width)

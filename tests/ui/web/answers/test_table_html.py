"""Tables of documents on the page: real tables with heads and caption, the cited cell marked, hostile cells as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from rag.pipeline import build_pipeline
from rag.schema import Citation, Passage, Source
from rag.settings import Settings
from rag.sources.blocks import build_blocks
from rag.sources.drawn_tables import find_tables
from rag.sources.elements import Element, Table, table_of_texts
from tests.ui.web.answers.test_evidence_panel import entries_of
from tests.ui.web.chat.test_render import ZH, cite, exchange
from tests.ui.web.conftest import Opener, app_state_of, ask, serve_page, wait_until_at_rest
from tests.ui.web.payloads import PAYLOADS
from ui.web.answers.evidence_panel import render_evidence
from ui.web.chat.document_reader import render_context, render_document

if TYPE_CHECKING:
    from pathlib import Path

ZH_SOURCE = Source("a", "a.md", "统计", "zh")
INCOME = table_of_texts(
    [["城区", "2022年", "2023年"], ["西湖区", "80", "80"], ["上城区", "", "98.5"]], caption="表1 各区收入")


def passage_of(*parts: Element | Table) -> Passage:
    built = build_blocks(parts)
    return replace(ZH, text=built.text, start=0, end=len(built.text), blocks=built.blocks)


def cite_span(passage: Passage, start: int, end: int) -> Citation:
    return replace(cite(passage, passage.text[start:end]), start=start, end=end)


def evidence_of(passage: Passage, *citations: Citation) -> str:
    return render_evidence(entries_of(exchange("…", *citations, passages=(passage,))))


def test_the_evidence_draws_a_table_and_marks_the_cited_one_of_two_equal_cells() -> None:
    passage = passage_of(Element("paragraph", "前言。"), INCOME)
    at = passage.text.rindex("80")
    panel = evidence_of(passage, cite_span(passage, at, at + 2))
    assert "<caption>表1 各区收入</caption>" in panel
    year = '<th scope="col" class="numeric unbroken">'
    assert f'<tr><th scope="col" class="unbroken">城区</th>{year}2022年</th>{year}2023年</th></tr>' in panel
    number, head = '<td class="numeric unbroken">', '<th scope="row" class="unbroken">'
    assert f'{head}西湖区</th>{number}80</td>{number}<mark class="verified">80</mark></td>' in panel
    assert f'{head}上城区</th><td class="numeric"></td>{number}98.5</td>' in panel
    assert " | " not in panel
    assert panel.index("前言。") < panel.index("<table>")


def test_a_quote_of_a_whole_row_is_marked_in_each_of_its_cells() -> None:
    passage = passage_of(INCOME)
    start = passage.text.index("西湖区")
    panel = evidence_of(passage, cite_span(passage, start, passage.text.index("\n", start)))
    assert panel.count('<mark class="verified">') == 3


def test_the_reader_draws_the_whole_table_around_a_part_of_it() -> None:
    rows = [["Branch", "2022"], *([f"Branch {number}", str(number)] for number in range(40))]
    built = build_blocks([table_of_texts(rows), Element("paragraph", "After the table.")])
    start, end = built.text.index("Branch 20 "), built.text.index("\nBranch 25 ")
    tables = find_tables(built.text, built.blocks)
    html = render_document(ZH_SOURCE, built.text, (start, end), [(start, start + 9)], (), tables)
    assert html.count("<table>") == 1
    assert html.count("<tr class=here>") == 5
    assert '<mark>Branch 20</mark>' in html
    assert "<p>After the table.</p>" in html


def test_the_context_of_a_passage_leaves_out_rows_without_their_table() -> None:
    built = build_blocks([INCOME, Element("paragraph", "这是后面的段落。")])
    rows = [(block.start, block.end) for block in built.blocks if block.kind == "row"]
    start = built.text.index("这是")
    assert "上城区" not in render_context(built.text, start, start + 2, rows)
    assert "上城区" in render_context(built.text, start, start + 2)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_cells_heads_and_captions_stay_text(payload: str) -> None:
    line = re.sub(r"[\x00-\x1f]", " ", payload).strip()
    table = table_of_texts([["头", line], ["行", line], [line, "值"]], caption=f"表1 {line}")
    passage = passage_of(table)
    source = replace(ZH_SOURCE, title="t")
    tables = find_tables(passage.text, passage.blocks)
    html = render_document(source, passage.text, (0, len(passage.text)), [(0, 9)], (), tables)
    tags = _Tags()
    tags.feed(html)
    assert tags.names <= {
        "header", "div", "h2", "p", "button", "article", "table", "caption", "thead", "tbody", "tr", "th", "td", "mark",
        "lang", "class", "type", "data-close", "tabindex", "role", "scope", "colspan", "rowspan", "h3", "br", "span"}
    assert tags.text.count("".join(line)) >= 4 or "|" in line


@pytest.mark.browser
def test_a_table_of_payloads_runs_nothing_on_the_page(tmp_path: Path, open_page: Opener) -> None:
    rows = "\n".join(
        f'"作物{number}","' + payload.replace('"', '""').replace("\n", " ").replace("\x00", "") + '"'
        for number, payload in enumerate(PAYLOADS.values()))
    (tmp_path / "作物.csv").write_text(f"作物,说明\n秘密作物,水八仙\n{rows}\n", "utf-8")
    pipeline = build_pipeline(
        Settings(home=tmp_path / "home", seeds=None, chat_model="", embed_model="dictionary"))
    with pipeline.library.write_lock():
        pipeline.library.add(tmp_path / "作物.csv")
    with serve_page(app_state_of(pipeline)) as address:
        page = open_page(address)
        ask(page, "秘密作物的说明是什么？")
        page.click('#chat a[href^="#cite-1-"] >> nth=0')
        page.wait_for_selector("#evidence .lit table mark")
        page.click(".card.lit a[href='#document']")
        page.wait_for_selector("dialog.reader table mark")
        wait_until_at_rest(page)
        assert page.locator("dialog.reader td").count() > len(PAYLOADS)
        assert page.evaluate("window.hacked") is None
        assert page.locator("dialog.reader :is(img, iframe, script, svg, form, a[href^='javascript'])").count() == 0

"""Tables of quoted passages in documents: drawn with their heads in every format, the cited cell in bold."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import docx
import pytest

from rag.schema import Answer, Citation, Language, Passage, Source
from rag.sources.blocks import build_blocks
from rag.sources.drawn_tables import find_tables
from rag.sources.elements import Cell, Element, Table, table_of_texts
from tests.ui.documents.papers import HOSTILE
from tests.ui.documents.test_conversation import conversation_of
from ui.documents.conversation import conversation_paper
from ui.documents.paper import Paper, PaperTable, TextRun
from ui.documents.passage_tables import paper_tables
from ui.documents.quoted_passages import QuotedWords, passage_parts
from ui.documents.write import render_bytes

ZH = [["城区", "2022年", "2023年"], ["西湖区", "80", "80"], ["上城区", "", "98.5"]]
EN = [["Branch", "2022", "2023"], ["Holm", "80", "80"], ["Westby", "", "98.5"]]


def passage_of(*parts: Element | Table, language: Language = "zh") -> Passage:
    built = build_blocks(parts)
    return Passage(1, "p1", "s1", "统计", "收入", 2, 0, len(built.text), built.text, 0.9, language, blocks=built.blocks)


def tables_of(passage: Passage, *quotes: QuotedWords) -> list[PaperTable]:
    return [part for part in passage_parts(passage, quotes) if isinstance(part, PaperTable)]


def cell_texts(table: PaperTable) -> list[list[str]]:
    return [["".join(run.text for run in cell) for cell in row] for row in table.rows]


@pytest.mark.parametrize(("rows", "caption", "language"), [(ZH, "表1 各区收入", "zh"), (EN, "Table 1 Income", "en")])
def test_a_table_of_a_passage_is_drawn_with_the_cited_one_of_two_equal_cells_in_bold(
    rows: list[list[str]], caption: str, language: Language) -> None:
    passage = passage_of(Element("paragraph", "前言。"), table_of_texts(rows, caption=caption), language=language)
    second = passage.text.rindex("80")
    parts = list(passage_parts(passage, [QuotedWords("80", second)]))
    assert parts[0] == (TextRun("前言。"),)
    [table] = tables_of(passage, QuotedWords("80", second))
    assert (table.header, table.caption, table.row_heads) == (tuple(rows[0]), caption, 1)
    assert cell_texts(table) == rows[1:]
    assert [[run.style for run in cell] for cell in table.rows[0]] == [[""], [""], ["strong"]]


def test_heads_of_two_levels_become_groups_and_a_wide_table_several() -> None:
    years = [str(2014 + number) for number in range(6)]
    head = Cell("", (0, 0))
    top = [head, *(Cell(f"{year}年", (0, 1 + 2 * (at // 2)), 1, 2, is_head=True)
                   for at, year in enumerate(year for year in years for _ in range(2)))]
    second = [Cell("城区", (1, 0), is_head=True), *(Cell(name, (1, 1 + at), is_head=True)
                                                  for at, name in enumerate(["收入", "增速"] * 6))]
    body = [Cell("西湖区", (2, 0), is_head=True), *(Cell(str(at), (2, 1 + at)) for at in range(12))]
    tables = tables_of(passage_of(Table((tuple(top), tuple(second), tuple(body)))))
    assert [len(table.header) for table in tables] == [8, 6]
    assert all(table.header[0] == "城区" for table in tables)
    assert tables[0].groups == ((("", 1), ("2014年", 2), ("2015年", 2), ("2016年", 2), ("2017年", 1)),)
    assert cell_texts(tables[1])[0] == ["西湖区", "7", "8", "9", "10", "11"]


def exported(suffix: str) -> bytes:
    passage = passage_of(table_of_texts(ZH, caption="表1 各区收入"))
    at = passage.text.rindex("80")
    citation = Citation(1, "有80。", "p1", "s1", "统计", "收入", 2, "80", "verified quote", at, at + 2)
    answer = Answer("多少？", "zh", "grounded", "有80[1]。", (citation,), (passage,), "m")
    paper = conversation_paper(conversation_of(answer, sources=[Source("s1", "a.pdf", "统计", "zh")]), "zh")
    return render_bytes(paper, suffix)


def test_every_format_draws_the_table() -> None:
    html = exported(".html").decode()
    assert '<th scope="col" class="numeric">2023年</th>' in html
    assert '<th scope="row">西湖区</th>' in html
    assert '<td class="numeric"><strong>80</strong></td></tr>' in html
    assert "<caption>表1 各区收入</caption>" in html
    markdown = exported(".md").decode()
    assert "| 城区 | 2022年 | 2023年 |\n| --- | ---: | ---: |\n| 西湖区 | 80 | **80** |" in markdown
    [table] = docx.Document(BytesIO(exported(".docx"))).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == ZH
    assert [str(cell.paragraphs[0].alignment) for cell in table.rows[1].cells] == ["None", "RIGHT (2)", "RIGHT (2)"]
    assert exported(".pdf").startswith(b"%PDF")


GROUPED = PaperTable(
    ("城区", "收入", "增速"), (((TextRun("西湖区"),), (TextRun("1"),), (TextRun("2"),)),), "表", "zh",
    ((("", 1), ("2023年", 2)),), 1)


def test_groups_of_heads_are_in_every_format() -> None:
    paper = Paper("甲", "zh", blocks=(GROUPED, replace(GROUPED, header=("", "", ""), groups=())))
    html = render_bytes(paper, ".html").decode()
    assert '<th scope="colgroup" colspan="2">2023年</th>' in html
    assert "| 城区 | 2023年 · 收入 | 2023年 · 增速 |" in render_bytes(paper, ".md").decode()
    first, second = docx.Document(BytesIO(render_bytes(paper, ".docx"))).tables
    assert [cell.text for cell in first.rows[0].cells] == ["", "2023年", "2023年"]
    assert [[cell.text for cell in row.cells] for row in second.rows] == [["西湖区", "1", "2"]]  # no empty head row
    assert render_bytes(paper, ".pdf").startswith(b"%PDF")


def test_hostile_cells_and_captions_stay_text() -> None:
    texts = [" ".join(text.split()) for text in HOSTILE]
    rows = [["头", "值"], *([str(number), text] for number, text in enumerate(texts))]
    passage = passage_of(table_of_texts(rows, caption=f"表1 {texts[0]}"))
    [drawn] = find_tables(passage.text, passage.blocks)
    paper = Paper("甲", "zh", blocks=tuple(paper_tables(drawn, lambda start, end: (TextRun(
        passage.text[start:end]),), "zh")))
    html = render_bytes(paper, ".html").decode()
    assert not re.search("<script|<img|<b>|javascript:(?!alert)", html)
    assert "<script" not in render_bytes(paper, ".md").decode().replace("\\<", "")
    assert render_bytes(paper, ".pdf").startswith(b"%PDF")
    [table] = docx.Document(BytesIO(render_bytes(paper, ".docx"))).tables
    assert [row.cells[1].text for row in table.rows[1:]] == texts

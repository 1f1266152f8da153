"""Tables of PDF files: each cell in its row and column, with and without ruling lines; and what is no table."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.sources.elements import Table
from rag.sources.readers.pdf.pdf_reader import read_pdf
from tests.rag.sources.pdf_files import (
    escape_markup,
    invented_paragraphs,
    set_pdf,
    tables_of,
    text_at,
    texts_of,
    write_pdf,
)

_WORDS = {
    "en": ("North", "Harbour", "Mill", "Stone", "Bridge", "Valley", "Copper", "Garden", "Market", "Tower", "Meadow"),
    "zh": ("青溪", "北岸", "东山", "西湖", "云州", "石桥", "白塔", "新城", "港务", "检测", "仓储"),
}
_STYLES = {
    "all lines": "stroke: 0.5pt",
    "no lines": "stroke: none, column-gutter: 8pt",
    "three lines": "stroke: (x, y) => (top: if y < 2 { 0.6pt } else { 0pt }), column-gutter: 8pt",
    "line below each row": "stroke: (x, y) => (bottom: 0.4pt), column-gutter: 8pt",
    "striped rows": "stroke: none, column-gutter: 8pt, fill: (x, y) => if calc.odd(y) { luma(230) }",
    "coloured cells": "stroke: none, fill: (x, y) => if y == 0 { aqua } else { luma(240) }",
}


def _random_grid(seed: int, language: str) -> list[list[str]]:
    """A table with a header, names in the first column, figures or words in the others, and some empty cells."""
    chooser = random.Random(seed)
    columns, rows, has_figures = chooser.randint(2, 6), chooser.randint(4, 12), chooser.random() < 0.6
    space = " " if language == "en" else ""

    def name() -> str:
        return space.join(chooser.sample(_WORDS[language], chooser.randint(1, 2)))

    def cell() -> str:
        if chooser.random() < 0.08:
            return ""
        if has_figures:
            return chooser.choice((f"{chooser.randint(1, 9999):,}", f"{chooser.uniform(0, 99):.1f}%", "-3.25"))
        return name()

    return [[name() for _ in range(columns)],
            *([name(), *(cell() for _ in range(columns - 1))] for _ in range(rows))]


def _document(grid: Sequence[Sequence[str]], language: str, style: str, columns: str = "") -> str:
    before, after = invented_paragraphs(language, 2)
    cells = ", ".join(f"[{escape_markup(cell)}]" for row in grid for cell in row)
    caption = "Table 3 Output of the districts" if language == "en" else "表3 各区产量"
    return f"""#set page(paper: "a4", margin: 2cm)
#set text(size: 10pt, lang: "{language}")
#set par(justify: true)
{escape_markup(before)}

{caption}

#table(columns: {columns or len(grid[0])}, {style}, {cells})

{escape_markup(after)}
"""


def _right_cells(expected: Sequence[Sequence[str]], actual: Sequence[Sequence[str]]) -> float:
    """The share of cells that are in their row and column; white space does not count."""
    found = {(r, c): "".join(text.split()) for r, row in enumerate(actual) for c, text in enumerate(row)}
    wanted = {(r, c): "".join(text.split()) for r, row in enumerate(expected) for c, text in enumerate(row)}
    return sum(found.get(place) == text for place, text in wanted.items()) / len(wanted)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("style", _STYLES)
def test_cells_are_in_their_rows_and_columns(tmp_path: Path, style, language):
    shares = []
    for seed in range(8):
        grid = _random_grid(seed, language)
        tables = tables_of(read_pdf(set_pdf(tmp_path / "table.pdf", _document(grid, language, _STYLES[style]))))
        shares.append(_right_cells(grid, tables[0]) if len(tables) == 1 else 0.0)
    assert sum(shares) / len(shares) >= 0.98


@pytest.mark.parametrize("style", ["all lines", "no lines", "three lines"])
@pytest.mark.parametrize(("language", "text"), [
    ("en", "repaired in spring and painted again after the storm of the following autumn"),
    ("zh", "春季维修完毕，秋季台风过后又重新刷漆，并更换了全部护栏和照明设备"),
])
def test_cell_of_several_lines_is_one_cell(tmp_path, style, language, text):
    words = _WORDS[language]
    grid = [[words[0], words[1], words[2]], [words[3], text, "12.5"], [words[4], "", "7.1"], [words[5], text, "3.0"]]
    markup = _document(grid, language, _STYLES[style], "(auto, 5cm, auto)")
    assert _right_cells(grid, tables_of(read_pdf(set_pdf(tmp_path / "wrapped.pdf", markup)))[0]) == 1


def test_broken_head_belongs_to_its_column(tmp_path):
    rows = [(700, ("Owner", "Shares held", "Share")), (686, ("", "(thousands)", "(%)")),
            (660, ("Vera Kole", "4,120", "31.5")), (640, ("North Shore", "2,066", "15.8")),
            (620, ("Mill", "905", "6.9"))]
    drawn = "".join(text_at(x, y, text) for y, row in rows for x, text in zip((72, 202, 332), row, strict=True) if text)
    assert tables_of(read_pdf(write_pdf(tmp_path / "head.pdf", [drawn]))) == [[
        ["Owner", "Shares held (thousands)", "Share (%)"], ["Vera Kole", "4,120", "31.5"],
        ["North Shore", "2,066", "15.8"], ["Mill", "905", "6.9"]]]


def test_merged_cells_have_their_spans(tmp_path):
    markup = """#set text(size: 10pt)
#table(columns: 3, stroke: 0.5pt, table.cell(rowspan: 2)[部门], table.cell(colspan: 2)[人数], [男], [女], [检验科], [12], [9])"""
    table = next(element for element in read_pdf(set_pdf(tmp_path / "merged.pdf", markup)).elements
                 if isinstance(element, Table))
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["部门", "人数", "人数"], ["部门", "男", "女"], ["检验科", "12", "9"]]
    assert (table.rows[0][0].row_span, table.rows[0][1].column_span) == (2, 2)
    assert table.rows[0][2].origin == (0, 1)
    assert table.rows[1][0].origin == (0, 0)


@pytest.mark.parametrize(("language", "caption"), [("en", "Table 3 Output of the districts"), ("zh", "表 3 各区产量")])
def test_line_above_a_table_is_its_caption(tmp_path, language, caption):
    markup = _document(_random_grid(1, language), language, _STYLES["all lines"])
    content = read_pdf(set_pdf(tmp_path / "caption.pdf", markup))
    table = next(element for element in content.elements if isinstance(element, Table))
    assert table.caption.replace(" ", "") == caption.replace(" ", "")
    assert not any("3" in text and "Output" in text for text in texts_of(content))


@pytest.mark.parametrize("style", ["all lines", "no lines"])
def test_table_in_a_text_column_stands_between_its_paragraphs(tmp_path, style):
    above, below, other = invented_paragraphs("en", 3, seed=3)
    grid = [["Bridge", "Year", "Load"], ["Mill", "1911", "12.5"], ["Stone", "1937", ""], ["Long", "1988", "60.5"]]
    cells = ", ".join(f"[{cell}]" for row in grid for cell in row)
    markup = f"""#set page(paper: "a4", margin: 2cm, columns: 2)
#set text(size: 10pt)
#set par(justify: true)
{escape_markup(above)}

#table(columns: 3, {_STYLES[style]}, {cells})

{escape_markup(below)} #colbreak() {escape_markup(" ".join([other] * 3))}
"""
    content = read_pdf(set_pdf(tmp_path / "column.pdf", markup))
    assert tables_of(content) == [grid]
    kinds = [type(element).__name__ for element in content.elements]
    assert kinds.index("Table") == 1


def test_remark_below_a_table_is_text(tmp_path):
    rows = [(700, ("District", "People", "Growth")), (680, ("North", "1,204", "5.1%")),
            (660, ("South", "2,310", "6.2%"))]
    drawn = "".join(text_at(x, y, text) for y, row in rows for x, text in zip((72, 202, 332), row, strict=True))
    content = read_pdf(write_pdf(tmp_path / "remark.pdf", [drawn + text_at(72, 640, "Source: harbour office")]))
    assert len(tables_of(content)[0]) == 3
    assert texts_of(content) == ["Source: harbour office"]


@pytest.mark.parametrize("rows", [
    [("1.", "Close the valve and wait for a minute"), ("2.", "Open the cover with the small key"),
     ("3.", "Take out the filter")],
    [("Name:", "Vera Kole"), ("Office:", "Holm"), ("Telephone:", "000-5550-0101"), ("Room:", "A12")],
], ids=["list", "labels"])
def test_list_or_labels_are_no_table(tmp_path, rows):
    drawn = "".join(text_at(72, 700 - 18 * i, a) + text_at(150, 700 - 18 * i, b) for i, (a, b) in enumerate(rows))
    content = read_pdf(write_pdf(tmp_path / "list.pdf", [drawn]))
    assert tables_of(content) == []
    assert " ".join(texts_of(content)).split() == " ".join(f"{a} {b}" for a, b in rows).split()


@pytest.mark.parametrize("language", ["en", "zh", "mixed"])
def test_stretched_lines_of_narrow_columns_are_no_table(tmp_path, language):
    body = "\n\n".join(map(escape_markup, invented_paragraphs(language, 40)))
    markup = f"""#set page(paper: "a4", margin: 2.2cm, columns: 3)
#set text(size: 10pt, hyphenate: false)
#set par(justify: true)
{body}"""
    assert tables_of(read_pdf(set_pdf(tmp_path / "narrow.pdf", markup))) == []


def test_frame_around_text_is_no_table(tmp_path):
    paragraph = escape_markup(invented_paragraphs("en", 1)[0])
    content = read_pdf(set_pdf(tmp_path / "frame.pdf", f"#rect(width: 100%, inset: 8pt)[{paragraph}]"))
    assert tables_of(content) == []
    assert len(texts_of(content)) == 1


def test_table_over_two_pages_is_read_on_both(tmp_path):
    rows = "".join(f"[District {i}], [{i * 11}], [{i}.5%], " for i in range(1, 71))
    markup = ("#set page(paper: \"a4\")\n#table(columns: 3, stroke: 0.5pt, "
              f"table.header([District], [People], [Growth]), {rows})")
    tables = tables_of(read_pdf(set_pdf(tmp_path / "long.pdf", markup)))
    assert [table[0] for table in tables] == [["District", "People", "Growth"]] * len(tables)
    assert sum(len(table) - 1 for table in tables) == 70

"""Records: rows kept by column, whose cells stand where they did in the text."""

from rag.schema import Block, Source
from rag.tables.parts import DocumentTables
from rag.tables.records import RecordCell, Records
from rag.tables.source_table import read_tables
from rag.tables.typed_table import TypedTable

_LINES = ["地区 | 销售额（元）", "东湖 | 1,200.50", "西湖 |  ", "合计 | 1,200.50", "注：含税 | "]


def _read(lines: list[str]) -> tuple[str, TypedTable]:
    text = "\n".join(lines)
    blocks, start = [Block("table", 0, len(text), index=0)], 0
    for line in lines:
        blocks.append(Block("row", start, start + len(line), parent=0, index=len(blocks)))
        start += len(line) + 1
    [table] = DocumentTables(read_tables(Source("id", "a.csv", "Sales", "zh"), text, blocks)).tables
    return text, table


def test_cells_stand_where_they_are_written():
    text, table = _read(_LINES)
    cells = [cell for row in table.source.rows for cell in row.cells]
    assert [cell.text for cell in cells][:4] == ["东湖", "1,200.50", "西湖", ""]
    assert all(text[cell.start : cell.start + len(cell.text)] == cell.text for cell in cells)


def test_summaries_and_notes_are_no_records():
    _, table = _read(_LINES)
    assert [row.text(0) for row in table.records] == ["东湖", "西湖"]
    assert [row.text(0) for row in table.summaries] == ["合计"]


def test_the_title_stands_over_a_table():
    assert _read(_LINES)[1].source.headings == ("Sales",)


def test_equal_texts_of_a_table_are_one_object():
    _, table = _read(["区 | 店", *(f"{n} | 东 门店" for n in range(3))])
    texts = table.source.rows.columns[1].texts
    assert len({id(text) for text in texts}) == 1 < len(texts)


def test_scaled_values_compare_as_the_values_do():
    _, table = _read(["店 | 额", "a | 1.5", "b | -2", "c | —", "d | 0.25"])
    column = table.columns[1]
    assert [value is None for value in column.scaled_values] == [False, False, True, False]
    assert column.scaled_values == [None if value is None else value * column.scale for value in column.values]


def test_joined_records_have_the_sections_of_their_tables():
    one = Records.of_rows([((RecordCell("a", 0),), ("x",))], 1)
    two = Records.of_rows([((RecordCell("b", 5),), ())], 1)
    joined = Records.join([(("January",), one), (("February",), two)])
    assert [(row.text(0), row.sections) for row in joined] == [("a", ("January", "x")), ("b", ("February",))]
    assert [row.text(0) for row in joined.select([1])] == ["b"]
    assert joined[-1].cells == (RecordCell("b", 5),)

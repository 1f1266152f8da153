"""Drawn tables: rows, cells and heads from blocks, also for a part of a table; merged heads are one cell again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sources.blocks import build_blocks
from rag.sources.clean import clean
from rag.sources.drawn_tables import DrawnRow, DrawnTable, find_tables
from rag.sources.elements import Cell, Element, FileContent, Table, table_of_texts
from rag.sources.split import split


def draw(*parts: Element | Table) -> tuple[str, list[DrawnTable]]:
    built = build_blocks(parts)
    return built.text, find_tables(built.text, built.blocks)


def texts(rows: tuple[DrawnRow, ...]) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in rows]


def shapes(rows: tuple[DrawnRow, ...]) -> list[list[tuple[str, int, int, str]]]:
    return [[(cell.text, cell.row_span, cell.column_span, cell.scope) for cell in row.cells] for row in rows]


def merged(rows: list[list[str]], *merges: tuple[int, int, int, int], heads: int = 1) -> Table:
    """A table in which each of `merges` (row, column, rows, columns) is one cell, with the text of its first place."""
    grid = [[Cell(text, (r, c), is_head=r < heads or c == 0) for c, text in enumerate(row)]
            for r, row in enumerate(rows)]
    for row, column, height, width in merges:
        cell = Cell(rows[row][column], (row, column), height, width, is_head=grid[row][column].is_head)
        for r in range(row, row + height):
            for c in range(column, column + width):
                grid[r][c] = cell
    return Table(tuple(map(tuple, grid)))


ZH = table_of_texts([["城区", "2022年", "2023年"], ["西湖区", "80", "80"], ["上城区", "", "98.5"]], caption="表1 各区收入")
EN = table_of_texts(
    [["Branch", "2022", "2023"], ["Holm", "80", "80"], ["Westby", "", "98.5"]], caption="Table 1 Income")


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_a_table_has_its_caption_its_heads_and_its_empty_cells(table: Table) -> None:
    text, [drawn] = draw(Element("paragraph", "前言。Before."), table, Element("paragraph", "后记。After."))
    assert drawn.caption is not None
    assert drawn.caption.text == table.caption
    assert text[drawn.start : drawn.end].startswith(table.caption)
    assert shapes(drawn.heads) == [[(cell.text, 1, 1, "col") for cell in table.rows[0]]]
    assert texts(drawn.body) == [[cell.text for cell in row] for row in table.rows[1:]]
    assert [row.cells[0].scope for row in drawn.body] == ["row", "row"]
    assert all(text[slice(*cell.spans[0])] == cell.text for row in drawn.body for cell in row.cells)


def test_of_equal_cells_each_has_its_own_place() -> None:
    _, [drawn] = draw(ZH)
    first, second = (cell.spans for cell in drawn.body[0].cells[1:])
    assert first != second


def test_heads_that_are_merged_are_one_cell() -> None:
    table = merged(
        [["城区", "2022年", "", "2023年", ""], ["", "收入", "增速", "收入", "增速"], ["西湖区", "1", "2", "3", "4"]],
        (0, 0, 2, 1), (0, 1, 1, 2), (0, 3, 1, 2), heads=2)
    text, [drawn] = draw(table)
    assert shapes(drawn.heads) == [
        [("城区", 2, 1, "col"), ("2022年", 1, 2, "colgroup"), ("2023年", 1, 2, "colgroup")],
        [("收入", 1, 1, "col"), ("增速", 1, 1, "col"), ("收入", 1, 1, "col"), ("增速", 1, 1, "col")]]
    assert [text[slice(*span)] for span in drawn.heads[0].cells[0].spans] == ["城区", "城区"]


def test_the_head_of_a_group_of_rows_is_one_cell() -> None:
    rows = [["Region", "Branch", "2023"], ["North", "Holm", "80"], ["", "Norra", "80"], ["South", "Westby", "70"]]
    grid = merged(rows, (1, 0, 2, 1))
    heads = tuple(tuple(Cell(cell.text, cell.origin, cell.row_span, cell.column_span, is_head=cell.is_head or (
        r > 0 and c == 1)) for c, cell in enumerate(row)) for r, row in enumerate(grid.rows))
    _, [drawn] = draw(Table(heads))
    assert shapes(drawn.body)[0][0] == ("North", 2, 1, "rowgroup")
    assert texts(drawn.body) == [["North", "Holm", "80"], ["Norra", "80"], ["South", "Westby", "70"]]


def test_a_row_that_is_merged_as_a_whole_covers_all_columns() -> None:
    table = merged([["城区", "收入", "增速"], ["市区", "", ""], ["西湖区", "80", "6%"]], (1, 0, 1, 3))
    _, [drawn] = draw(table)
    assert [cell.column_span for cell in drawn.body[0].cells] == [3]


def test_equal_values_side_by_side_stay_two_cells() -> None:
    assert texts(draw(ZH)[1][0].body)[0] == ["西湖区", "80", "80"]


def test_a_later_part_of_a_table_gets_the_heads_of_its_columns() -> None:
    rows = [["城区", "2022年收入（亿元）", "2023年收入（亿元）"]]
    rows += [[f"第{number}区", str(100 + number), str(200 + number)] for number in range(300)]
    document = clean(FileContent((table_of_texts(rows),)))
    passages = split(document, "a")
    from rag.sources.blocks import decode_blocks

    last = passages[-1]
    blocks = decode_blocks(last.metadata["blocks"])
    [drawn] = find_tables(last.page_content, blocks, last.metadata["start"])
    assert len(passages) > 2
    assert texts(drawn.heads) == [rows[0]]
    assert texts(drawn.body)[-1] == rows[-1]
    assert all(cell.spans == () for cell in drawn.heads[0].cells)


def test_two_tables_one_after_the_other_are_two() -> None:
    _, drawn = draw(ZH, EN)
    assert [table.caption.text for table in drawn if table.caption] == ["表1 各区收入", "Table 1 Income"]


def test_a_text_without_blocks_has_no_tables() -> None:
    assert find_tables("城区 | 80\n郊区 | 90", ()) == []


_CELLS = st.sampled_from(["", "80", "a", "城区", "2023年", "<b>", "｜", " x "])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(_CELLS, min_size=2, max_size=5), min_size=1, max_size=6))
def test_every_row_of_every_table_covers_all_columns_and_no_cell_is_lost(rows: list[list[str]]) -> None:
    text, drawn = draw(table_of_texts([[" ".join(cell.split()) for cell in row] for row in rows]))
    for table in drawn:
        for part in (table.heads, table.body):
            widths = [0] * len(part)
            for r, row in enumerate(part):
                for cell in row.cells:
                    for below in range(r, min(r + cell.row_span, len(part))):
                        widths[below] += cell.column_span
            assert all(width == table.columns for width in widths)
        for row in (*table.heads, *table.body):
            assert all(text[start:end] == cell.text for cell in row.cells for start, end in cell.spans)

"""The heads of tables of all kinds: of columns, of rows, in several rows, in sections, and none at all."""

from collections.abc import Sequence

import pytest

from rag.sources.elements import Cell, Table, table_of_texts
from rag.sources.table_heads import TableHeads, find_heads

Texts = tuple[str, ...]


def heads_of(table: Table, text: str) -> tuple[Texts, Texts]:
    """The texts of the row heads and of the column heads of the first cell with a text."""
    heads = find_heads(table)
    row, column = next(
        (r, c) for r, cells in enumerate(table.rows) for c, cell in enumerate(cells) if cell.text == text)
    return (
        tuple(table.rows[r][c].text for r, c in heads.row_heads(row, column)),
        tuple(table.rows[r][c].text for r, c in heads.column_heads(row, column)))


def merged_table(*rows: Sequence[str | tuple[str, int, int]]) -> Table:
    """A table whose merged cells are given at their origin as (text, rows, columns); `^` is a place that they cover."""
    grid: list[list[Cell]] = [[Cell("", (r, c)) for c in range(len(row))] for r, row in enumerate(rows)]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            text, height, width = value if isinstance(value, tuple) else (value, 1, 1)
            if text != "^":
                for i in range(r, r + height):
                    grid[i][c : c + width] = [Cell(text, (r, c), height, width)] * width
    return Table(tuple(map(tuple, grid)))


def test_the_first_row_names_columns_and_the_first_column_names_rows() -> None:
    english = table_of_texts([["Shop", "Staff", "Rent"], ["Elm Street", "14", "2,000"], ["Mill Lane", "9", "1,200"]])
    chinese = table_of_texts([["门店", "员工", "租金"], ["榆树街", "14", "2000元"], ["磨坊巷", "9", "1200元"]])
    assert heads_of(english, "1,200") == (("Mill Lane",), ("Rent",))
    assert heads_of(chinese, "1200元") == (("磨坊巷",), ("租金",))


def test_a_head_over_several_columns_comes_before_the_head_below_it() -> None:
    chinese = merged_table(
        [("科室", 2, 1), ("人数", 1, 2), "^"], ["^", "男", "女"], ["检验科", "12", "9"], ["药房", "4", "17"])
    english = merged_table(
        [("Office", 2, 1), ("Staff", 1, 2), "^"], ["^", "men", "women"], ["Laboratory", "12", "9"], ["Post", "4", "17"])
    assert heads_of(chinese, "17") == (("药房",), ("人数", "女"))
    assert heads_of(english, "17") == (("Post",), ("Staff", "women"))


def test_a_head_whose_cells_are_not_merged_reaches_to_the_next_head() -> None:
    english = table_of_texts([
        ["", "Sales", "", "Costs", ""], ["", "2023", "2024", "2023", "2024"], ["Tea", "10", "12", "4", "5"],
        ["Coffee", "20", "22", "9", "8"]])
    chinese = table_of_texts([
        ["", "收入", "", "成本", ""], ["", "2023年", "2024年", "2023年", "2024年"], ["茶叶", "10", "12", "4", "5"],
        ["咖啡", "20", "22", "9", "8"]])
    assert heads_of(english, "8") == (("Coffee",), ("Costs", "2024"))
    assert heads_of(chinese, "8") == (("咖啡",), ("成本", "2024年"))


def test_a_head_in_the_middle_of_the_columns_that_it_names_is_their_head() -> None:
    table = table_of_texts([
        ["", "", "Years ended June 30,", ""], ["", "2019", "2018", "2017"],
        ["Fixed price", "$ 1,452", "$ 1,146", "$ 986"], ["Other", "44.1", "56.7", "70.8"]])
    assert heads_of(table, "70.8") == (("Other",), ("Years ended June 30,", "2017"))


def test_a_group_is_the_outer_head_of_its_rows_also_where_its_cell_is_empty() -> None:
    english = table_of_texts([
        ["Region", "Shop", "May", "June"], ["East", "Elm Street", "120", "130"], ["", "Mill Lane", "90", "95"],
        ["West", "Hill Road", "70", "64"], ["", "Park Row", "55", "50"]])
    chinese = merged_table(
        ["片区", "门店", "五月", "六月"], [("东片", 2, 1), "榆树街", "120", "130"], ["^", "磨坊巷", "90", "95"],
        [("西片", 2, 1), "山路", "70", "64"], ["^", "公园里", "55", "50"])
    assert heads_of(english, "50") == (("West", "Park Row"), ("June",))
    assert heads_of(chinese, "50") == (("西片", "公园里"), ("六月",))


def test_a_row_with_one_label_names_the_rows_below_it() -> None:
    english = table_of_texts([
        ["", "2019", "2018"], ["Revenue:", "", ""], ["Licences", "3,181", "3,042"], ["Services", "1,877", "1,303"],
        ["Costs:", "", ""], ["Staff", "1,020", "986"]])
    chinese = table_of_texts([
        ["项目", "期末余额", "期初余额"], ["流动资产：", "", ""], ["货币资金", "100", "90"], ["存货", "20", "25"],
        ["非流动资产：", "", ""], ["固定资产", "300", "310"]])
    assert heads_of(english, "986") == (("Costs:", "Staff"), ("2018",))
    assert heads_of(chinese, "310") == (("非流动资产：", "固定资产"), ("期初余额",))


def test_pairs_of_head_and_value_beside_each_other_have_no_heads_of_columns() -> None:
    chinese = table_of_texts([
        ["姓名", "李静", "性别", "女"], ["部门", "财务部", "电话", "0512-6600"], ["入职日期", "2021年3月", "工号", "A205"]])
    english = table_of_texts([
        ["Name", "Ann Reed", "Gender", "female"], ["Department", "Finance", "Phone", "555-0188"],
        ["Date of entry", "March 2021", "Staff number", "A205"]])
    assert heads_of(chinese, "A205") == (("工号",), ())
    assert heads_of(english, "A205") == (("Staff number",), ())


def test_serial_numbers_do_not_name_their_rows() -> None:
    chinese = table_of_texts([
        ["序号", "姓名", "岗位"], ["1", "王海", "仓管员"], ["2", "李静", "出纳"], ["3", "赵阳", "司机"]])
    english = table_of_texts([
        ["No.", "Name", "Post"], ["1", "Ann Reed", "driver"], ["2", "Tom Hale", "cashier"], ["3", "Sue Park", "clerk"]])
    assert heads_of(chinese, "司机") == (("赵阳",), ("岗位",))
    assert heads_of(english, "clerk") == (("Sue Park",), ("Post",))
    assert heads_of(chinese, "3") == (("赵阳",), ("序号",))


def test_numbers_of_a_matrix_are_no_heads() -> None:
    chinese = table_of_texts([
        ["", "苏州", "南京", "无锡"], ["苏州", "0", "215", "45"], ["南京", "216", "0", "180"], ["无锡", "46", "181", "0"]])
    english = table_of_texts([
        ["", "Leeds", "York", "Hull"], ["Leeds", "0", "40", "98"], ["York", "41", "0", "62"],
        ["Hull", "99", "63", "0"]])
    assert heads_of(chinese, "181") == (("无锡",), ("南京",))
    assert heads_of(english, "63") == (("Hull",), ("York",))


def test_rows_of_records_without_a_header_have_no_heads_of_columns() -> None:
    chinese = table_of_texts([["1", "王海", "3500"], ["2", "李静", "4200"], ["3", "赵阳", "3900"]])
    english = table_of_texts([["Ann Reed", "3500"], ["Tom Hale", "4200"], ["Sue Park", "3900"]])
    assert find_heads(chinese).header_rows == 0
    assert find_heads(english).header_rows == 0


def test_what_the_format_states_holds() -> None:
    rows = [["12", "15", "18"], ["cat", "dog", "cow"], ["猫", "狗", "牛"]]
    table = Table(tuple(
        tuple(Cell(text, (r, c), is_head=r == 0) for c, text in enumerate(row)) for r, row in enumerate(rows)))
    heads = find_heads(table)
    assert heads.header_rows == 1
    assert heads.column_heads(2, 1) == ((0, 1),)
    assert heads.is_head(0, 2)


@pytest.mark.parametrize("rows", [[], [[]], [[""]], [["only"]], [["", ""], ["", ""]], [["一", "二"]], [["一"], ["二"]]])
def test_a_table_with_hardly_any_cell_has_heads_that_can_be_asked_for(rows: list[list[str]]) -> None:
    heads = find_heads(table_of_texts(rows))
    for r, row in enumerate(heads.table.rows):
        for c in range(len(row)):
            assert (r, c) not in (*heads.row_heads(r, c), *heads.column_heads(r, c))


def test_a_long_list_is_named_down_to_its_last_row() -> None:
    rows = [["工号", "姓名", "工资"], *([f"A{n:04}", f"员工{n}号", str(3000 + n % 700)] for n in range(1, 1200))]
    heads = find_heads(table_of_texts(rows))
    assert (1199, 0) in heads.row_heads(1199, 2)
    assert heads.column_heads(1199, 2) == ((0, 2),)


def is_outside(heads: TableHeads, row: int, column: int) -> bool:
    """Whether no head of a cell is the cell itself."""
    return (row, column) not in (*heads.row_heads(row, column), *heads.column_heads(row, column))


def test_no_cell_is_its_own_head() -> None:
    table = merged_table(
        ["设备", "型号", ("主要参数", 1, 2), "^"], [("水泵", 2, 1), ("B-12", 2, 1), "功率", "1500W"], ["^", "^", "电压", "220V"])
    heads = find_heads(table)
    assert all(is_outside(heads, r, c) for r, row in enumerate(table.rows) for c, cell in enumerate(row)
               if cell.origin == (r, c))

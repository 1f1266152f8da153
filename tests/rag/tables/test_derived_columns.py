"""Derived columns: their values, units and cells."""

from fractions import Fraction

import pytest

from rag.tables.derived_columns import are_addable, derive, format_value

GDP = "区 | 2021年GDP（亿元） | 2022年GDP（亿元） | 人口（万人）\n东湖区 | 500 | 550 | 110\n西山区 | 400 | 380 | 0\n南港区 |  | 90 | 30"


def columns_of(table, *names):
    return [column for name in names for column in table.columns if name in column.name]


@pytest.mark.parametrize(("derivation", "names", "values", "unit"), [
    ("difference", ("2022", "2021"), [50, -20, None], "亿元"), ("growth", ("2022", "2021"), [10, -5, None], "%"),
    ("total", ("2021", "2022"), [1050, 780, None], "亿元"), ("mean", ("2021", "2022"), [525, 390, None], "亿元"),
    ("ratio", ("2022", "人口"), [5, None, 3], "亿元"),
    ("share", ("2021", "2022"), [Fraction(1000, 11), Fraction(2000, 19), None], "%"),
    ("least rise", ("2021", "2022"), [50, -20, None], "亿元"), ("least fall", ("2021", "2022"), [-50, 20, None], "亿元")])
def test_a_value_is_computed_where_every_operand_has_one(read_table, derivation, names, values, unit):
    derived = derive(derivation, columns_of(read_table(GDP), *names))
    assert derived.values == values
    assert derived.unit == unit


def test_a_product_is_in_the_unit_of_money(read_table):
    table = read_table("品名 | 单价（元/箱） | 数量\n纸 | 20 | 3\n水 | 2.5 | 4")
    derived = derive("product", columns_of(table, "单价", "数量"))
    assert (derived.values, derived.unit) == ([60, 10], "元")


def test_dates_differ_by_days(read_table):
    table = read_table("Order | Ordered | Delivered\nA1 | 2024-03-01 | 2024-03-05\nA2 | 2024-02-28 | 2024-03-01")
    derived = derive("difference", columns_of(table, "Delivered", "Ordered"))
    assert (derived.values, derived.unit, derived.decimals) == ([4, 2], "days", 0)


def test_a_value_knows_the_cells_that_it_was_computed_from(read_table):
    derived = derive("difference", columns_of(read_table(GDP), "2022", "2021"))
    assert [cell.text for cell in derived.sources(0)] == ["550", "500"]
    assert derived.cells[0].text == "50"


def test_columns_of_two_units_are_not_added(read_table):
    table = read_table(GDP)
    assert are_addable(columns_of(table, "GDP"))
    assert not are_addable(columns_of(table, "2022", "人口"))


def test_a_value_is_written_without_idle_digits():
    assert [format_value(Fraction(19, 2), 2), format_value(Fraction(-3), 0), format_value(Fraction(1, 3), 2)] == [
        "9.5", "-3", "0.33"]

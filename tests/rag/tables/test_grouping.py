"""Grouping: records taken together by their value in one column."""

import pytest

from rag.tables.grouping import GroupedTable, can_group

ORDERS = "订单 | 客户 | 金额（元）\nA1 | 华兴 | 100\nA2 | 华兴 | 60\nA3 | 大通 | 90\nA4 | 大通 | \nA5 | 永安 | 5"


def group(table, aggregate="total", passing=None):
    column = table.columns[1]
    records = tuple(range(len(table.records))) if passing is None else passing
    return GroupedTable(table.source, aggregate, table=table, by=column, passing=records)


@pytest.mark.parametrize(("aggregate", "values"), [
    ("total", [160, 90, 5]), ("mean", [80, 90, 5]), ("median", [80, 90, 5]), ("largest", [100, 90, 5]),
    ("smallest", [60, 90, 5])])
def test_a_column_is_aggregated_over_the_values_of_each_group(read_table, aggregate, values):
    grouped = group(read_table(ORDERS), aggregate)
    assert [row.text(0) for row in grouped.records] == ["华兴", "大通", "永安"]
    assert grouped.columns[1].values == values


def test_the_last_column_counts_the_records(read_table):
    assert group(read_table(ORDERS)).columns[-1].values == [2, 2, 1]


def test_only_records_that_pass_are_grouped(read_table):
    grouped = group(read_table(ORDERS), passing=(1, 2))
    assert grouped.columns[1].values == [60, 90]


def test_a_group_rests_on_the_cells_of_its_members(read_table):
    assert [cell.text for cell in group(read_table(ORDERS)).columns[1].sources(0)] == ["100", "60"]


def test_a_column_groups_only_if_records_share_a_value(read_table):
    table = read_table(ORDERS)
    assert [can_group(table, column) for column in table.columns] == [False, True, False]

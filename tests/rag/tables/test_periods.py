"""Periods: what labels and questions name, and in which order."""

import pytest

from rag.tables.periods import chronological, covers, find_periods, is_period_label, remove_periods


@pytest.mark.parametrize(("text", "periods"), [
    ("周三", {("weekday", 3)}), ("星期日", {("weekday", 7)}), ("Thursday", {("weekday", 4)}), ("Tue", {("weekday", 2)}),
    ("上半年", {("half", 1)}), ("H2 2023", {("half", 2), ("year", 2023)}), ("the second half of the year", {("half", 2)}),
    ("12 May", {("month", 5), ("day", 12)}), ("FY2021", {("year", 2021)}), ("sunny", set())])
def test_a_text_names_its_periods(text, periods):
    assert find_periods(text) == periods


def test_a_day_in_chinese_has_its_month():
    assert find_periods("5月12日") == {("month", 5), ("day", 12)}


def test_the_end_of_a_financial_year_in_chinese_is_a_period_label():
    assert is_period_label("截至2023年12月31日止年度")


@pytest.mark.parametrize("labels", [
    ("2021年", "2022年"), ("2022 Q4", "2023 Q1"), ("上半年", "下半年"), ("February", "October"), ("Monday", "Friday"),
    ("December 29, 2018", "December 28, 2019")])
def test_labels_are_put_in_the_order_of_time(labels):
    assert sorted(reversed(labels), key=chronological) == list(labels)


@pytest.mark.parametrize(("label", "is_period"), [
    ("2022年", True), ("Year ended May 31, 2019", True), ("2023年度", True), ("2022年GDP", False),
    ("2019 budget", False), ("March", False)])
def test_a_period_label_names_a_year_and_nothing_else(label, is_period):
    assert is_period_label(label) == is_period


def test_a_half_year_consists_of_quarters_and_months():
    assert covers(("half", 2), ("quarter", 3))
    assert covers(("half", 1), ("month", 6))
    assert not covers(("half", 1), ("month", 7))
    assert not covers(("year", 2022), ("month", 7))


def test_a_head_without_its_period_is_its_measure():
    assert [remove_periods(head) for head in ("2022年GDP", "Sales Q1", "2022")] == ["GDP", "Sales", ""]

"""Values of cells: numbers with units, dates, times, blanks."""

from fractions import Fraction

import pytest

from rag.tables.cell_values import is_blank, parse_cell


@pytest.mark.parametrize(("text", "number", "unit"), [
    ("1,234.5", "1234.5", ""), ("（1,200）", "-1200", ""), ("(56)", "-56", ""), ("−5.2", "-5.2", ""),
    ("3.2亿元", "3.2", "亿元"), ("12％", "12", "%"), ("$1,200", "1200", "$"), ("$ (1,200)", "-1200", "$"),
    ("¥99.5", "99.5", "¥"), ("45 min", "45", "min"),
    ("约30人", "30", "人"), ("1 200", "1200", ""), ("$3.2m", "3.2", "$ m")])
def test_a_number_has_its_value_and_unit(text, number, unit):
    value = parse_cell(text)
    assert value is not None
    assert (value.number, value.unit, value.kind) == (Fraction(number), unit, "number")


@pytest.mark.parametrize(("left", "right"), [
    ("2024-03-01", "2024年3月1日"), ("1 March 2024", "2024/3/1"), ("8:30", "8：30"), ("5:05 pm", "17:05")])
def test_one_date_or_time_is_one_value_in_every_notation(left, right):
    assert parse_cell(left) == parse_cell(right)
    assert parse_cell(left).kind in ("date", "time")


@pytest.mark.parametrize("text", ["3-5", "201室", "A12", "东门店", "see note 3", "31.12.2024-5", "12b", "2024-02-30"])
def test_other_text_is_no_value(text):
    assert parse_cell(text) is None


@pytest.mark.parametrize("text", ["", " ", "—", "n/a", "暂缺", "缺考", "- -", "…"])
def test_a_blank_is_no_value(text):
    assert is_blank(text)
    assert parse_cell(text) is None

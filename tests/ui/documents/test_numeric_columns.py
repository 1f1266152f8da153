"""Numeric columns: figures are right-aligned; dates, codes, names with numbers and remarks are not."""

from __future__ import annotations

import pytest

from rag.sources.blocks import build_blocks
from rag.sources.drawn_tables import find_tables
from rag.sources.elements import table_of_texts
from ui.documents.numeric_columns import drawn_numeric_columns, is_figure, numeric_columns, paper_numeric_columns
from ui.documents.paper import PaperTable, TextRun

ZH = [["1号线", "2014-06-28", "32.6", "+3.1%", "含夜班线"], ["2号线", "2016-12-30", "14,820", "—", "停运 2 条"]]
EN = [["North Quay", "3 May 1998", "640 m", "n/a", "53 days"],
      ["Old Basin", "12 Sep 1931", "385.5 m", "−4.0%", "closed"]]


@pytest.mark.parametrize("text", [
    "0", "32.6", "14,820", "+3.1%", "−1.2%", "(1,204)", "¥3.5", "1,234,567.89 万立方米", "27座", "18.40 euros", "2023年",
    "US$40 million", "12.5 km"])
def test_a_number_with_sign_currency_or_unit_is_a_figure(text: str) -> None:
    assert is_figure(text)


@pytest.mark.parametrize("text", [
    "", "2014-06-28", "2024年5月", "2024.5.1", "9:30", "12-15", "007", "3号线", "停运 2 条", "5th", "May 5", "5 May", "第3条",
    "two"])
def test_a_date_a_range_a_code_and_a_number_among_words_are_none(text: str) -> None:
    assert not is_figure(text)


@pytest.mark.parametrize("rows", [ZH, EN])
def test_columns_of_figures_are_found_whatever_cells_are_missing(rows: list[list[str]]) -> None:
    assert numeric_columns(rows, 5) == {2, 3}


def test_a_column_of_missing_values_alone_and_an_empty_one_are_not_numeric() -> None:
    assert numeric_columns([["—", ""], ["n/a", ""]], 2) == frozenset()


@pytest.mark.parametrize("heads", [["年份", "面积"], ["Year", "Area"]])
def test_the_heads_of_rows_are_no_figures_even_if_they_are_years(heads: list[str]) -> None:
    built = build_blocks([table_of_texts([heads, ["2022", "12.5"], ["2023", "13"]])])
    [table] = find_tables(built.text, built.blocks)
    assert drawn_numeric_columns(table) == {1}
    rows = tuple(((TextRun(year),), (TextRun("12."), TextRun("5"))) for year in ("2022", "2023"))
    assert paper_numeric_columns(PaperTable(tuple(heads), rows, row_heads=1)) == {1}

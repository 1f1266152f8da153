"""Markdown tables of an answer: columns of figures are right-aligned; what a model aligned, and code, stay."""

from __future__ import annotations

import pytest

from ui.web.chat.markdown import safe_markdown
from ui.web.chat.markdown_tables import align_figures


@pytest.mark.parametrize(("heads", "row"), [
    ("| 区 | 面积 | 日期 |", "| 甲 | **12.5** [1] | 2024-05-01 |"),
    ("| District | Area | Due |", "| North | **12.5 km²** [1] | 2024-05-01 |")])
def test_a_column_of_figures_is_right_aligned_whatever_is_cited_or_bold(heads: str, row: str) -> None:
    markdown = safe_markdown(f"{heads}\n|---|---|---|\n{row}", 1, {1})
    assert markdown.split("\n")[1] == "| --- | ---: | --- |"
    assert markdown.split("\n")[0] == heads


def test_an_alignment_of_the_model_stays() -> None:
    table = "| 区 | 面积 |\n|:--|:-:|\n| 甲 | 12 |"
    assert align_figures(table) == table.replace("|:--|:-:|", "| :-- | :-: |")


def test_a_table_in_code_and_a_line_with_a_pipe_stay_as_they_are() -> None:
    assert "---:" not in safe_markdown("```\n| a | b |\n|---|---|\n| x | 1 |\n```")
    assert align_figures("a | b\nc | 1") == "a | b\nc | 1"


@pytest.mark.parametrize("text", ["|" * 100_000, "a|b\n" + "-" * 100_000 + "x", "a|b\n" + "-|" * 50_000 + "\nx|y"])
def test_a_long_line_of_signs_takes_linear_time(text: str) -> None:
    align_figures(text)  # the time limit of the tests ends a search that does not end

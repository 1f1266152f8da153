"""Whether the best cell of a table answers: a table without the row or the column that is asked for has one, too."""

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.cell_answerability import answering_probability, answering_thresholds
from rag.reading.cell_ranking import rank_cells
from rag.text.language import detect_language
from tests.rag.reading.made_grids import SHOPS, STORES, Grid, read_grid

WITHOUT_ROW_ZH = read_grid([
    ["门店", "员工人数", "月租金", "开业日期"], ["榆树街店", "14", "2000元", "2018年5月3日"],
    ["河湾店", "21", "3300元", "2016年9月12日"]])
WITHOUT_ROW_EN = read_grid([
    ["Shop", "Staff", "Monthly rent", "Opened on"], ["Elm Street", "14", "2,000 pounds", "3 May 2018"],
    ["River Bend", "21", "3,300 pounds", "12 September 2016"]])


def probability(question: str, grid: Grid) -> float:
    analysed = analyse_question(question, detect_language(question))
    return answering_probability(analysed, rank_cells(analysed, grid[0], lambda term, is_gloss: 5.0))


@pytest.mark.parametrize(("question", "whole", "lacking"), [
    ("磨坊巷店的员工人数是多少？", STORES, WITHOUT_ROW_ZH),
    ("What is the monthly rent of Mill Lane?", SHOPS, WITHOUT_ROW_EN),
])
def test_a_table_without_the_row_that_is_asked_for_answers_less_probably(
    question: str, whole: Grid, lacking: Grid,
) -> None:
    assert probability(question, lacking) < answering_thresholds()["sure"] <= probability(question, whole)


@pytest.mark.parametrize(("question", "grid"), [
    ("红烧肉要炖多少分钟？", STORES), ("Who won the match against the visitors?", SHOPS),
])
def test_a_question_about_something_else_is_not_answered(question: str, grid: Grid) -> None:
    assert probability(question, grid) < answering_thresholds()["possible"]

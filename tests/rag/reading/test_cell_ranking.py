"""Which cell of a table answers a question: by the words of its heads, their opposites, and what is asked for."""

from collections.abc import Sequence

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.cell_candidate import CellCandidate
from rag.reading.cell_features import CELL_FEATURES, cell_feature_table
from rag.reading.cell_ranking import UNLIKELY, cell_probabilities, rank_cells
from rag.reading.table_vocabulary import find_concepts, opposite_concepts
from rag.text.language import detect_language


def grid(rows: Sequence[Sequence[str]]) -> list[CellCandidate]:
    """The values below the first row and right of the first column, as candidates."""
    return [
        CellCandidate(text, (row[0],), (rows[0][c],), tuple(other for other in row if other != text))
        for row in rows[1:] for c, text in enumerate(row) if c]


def best_cell(question: str, cells: Sequence[CellCandidate]) -> str:
    ranked = rank_cells(analyse_question(question, detect_language(question)), cells, lambda term, is_gloss: 5.0)
    return cells[ranked.best].text


SHOPS = grid([
    ["Shop", "Staff", "Monthly rent", "Opened on"], ["Elm Street", "14", "2,000 pounds", "3 May 2018"],
    ["Mill Lane", "9", "1,200 pounds", "1 June 2020"]])
STORES = grid([
    ["门店", "员工人数", "月租金", "开业日期"], ["榆树街店", "14", "2000元", "2018年5月3日"],
    ["磨坊巷店", "9", "1200元", "2020年6月1日"]])


@pytest.mark.parametrize(("question", "answer"), [
    ("How many staff does the Mill Lane shop have?", "9"), ("What rent is paid for Elm Street?", "2,000 pounds"),
    ("When was the shop in Mill Lane opened?", "1 June 2020")])
def test_an_english_question_names_row_and_column(question: str, answer: str) -> None:
    assert best_cell(question, SHOPS) == answer


@pytest.mark.parametrize(("question", "answer"), [
    ("磨坊巷店有多少员工？", "9"), ("榆树街店每月租金多少？", "2000元"), ("磨坊巷店是什么时候开业的？", "2020年6月1日")])
def test_a_chinese_question_names_row_and_column(question: str, answer: str) -> None:
    assert best_cell(question, STORES) == answer


def test_another_word_for_a_head_is_not_taken_for_its_opposite() -> None:
    english = grid([["Item", "Closing balance", "Opening balance"], ["Raw wool", "120,000", "95,500"]])
    chinese = grid([["项目", "期末余额", "期初余额"], ["羊毛", "120,000", "95,500"]])
    assert best_cell("What was the balance of raw wool at the beginning of the year?", english) == "95,500"
    assert best_cell("年初时羊毛的余额是多少？", chinese) == "95,500"


def test_concepts_have_opposites_in_both_languages() -> None:
    assert find_concepts("年末余额") & find_concepts("closing balance")
    assert opposite_concepts(find_concepts("期末")) & find_concepts("opening balance")
    assert not find_concepts("无限售条件") & find_concepts("有限售条件")


def test_all_features_have_values_from_0_to_1() -> None:
    question = analyse_question("2020年磨坊巷店的租金合计是多少？", "zh")
    table = cell_feature_table(question, STORES, lambda term, is_gloss: 5.0)
    assert all(len(row) == len(CELL_FEATURES) for row in table)
    assert all(0.0 <= value <= 1.0001 for row in table for value in row)


def test_no_cell_has_no_scores() -> None:
    assert rank_cells(analyse_question("谁？", "zh"), [], lambda term, is_gloss: 1.0).scores == []


def test_probabilities_add_up_to_one_and_keep_the_order() -> None:
    probabilities = cell_probabilities([2.0, 5.0, UNLIKELY])
    assert sum(probabilities) == pytest.approx(1.0)
    assert probabilities[1] > probabilities[0] > probabilities[2]


def test_the_row_named_is_found_in_a_very_long_list() -> None:
    rows = [["姓名", "工号", "津贴"], *([f"员工{n}号", f"A{n:05}", f"{1000 + n}元"] for n in range(3000))]
    assert best_cell("员工2741号的津贴是多少？", grid([*rows, ["欧阳青禾", "A99999", "777元"]])) != "777元"
    assert best_cell("欧阳青禾的津贴是多少？", grid([*rows, ["欧阳青禾", "A99999", "777元"]])) == "777元"

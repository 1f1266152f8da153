"""Which cells answer together with the best one: those of two heads, of every member of a column, or none."""

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.cell_companions import COMPANION_FEATURES, find_companions
from rag.reading.cell_ranking import rank_cells
from rag.reading.cell_set_models import load_cell_set_model
from rag.text.language import detect_language
from tests.rag.reading.made_grids import SHOPS, STORES, Grid


def quoted(question: str, grid: Grid) -> set[str]:
    cells, rows = grid
    analysed = analyse_question(question, detect_language(question))
    ranked = rank_cells(analysed, cells, lambda term, is_gloss: 5.0)
    return {cells[ranked.best].text, *(cells[i].text for i in find_companions(analysed, ranked, rows))}


@pytest.mark.parametrize(("question", "grid", "wanted"), [
    ("磨坊巷店的员工人数和月租金分别是多少？", STORES, {"9", "1200元"}),
    ("What are the staff and the monthly rent of Mill Lane?", SHOPS, {"9", "1,200 pounds"}),
    ("榆树街店和河湾店的员工人数分别是多少？", STORES, {"14", "21"}),
    ("What is the monthly rent of Elm Street and River Bend respectively?", SHOPS, {"2,000 pounds", "3,300 pounds"}),
])
def test_two_rows_or_columns_that_are_named_are_both_quoted(
    question: str, grid: Grid, wanted: set[str],
) -> None:
    assert quoted(question, grid) == wanted


@pytest.mark.parametrize(("question", "grid", "wanted"), [
    ("各门店的员工人数分别是多少？", STORES, {"14", "9", "21"}),
    ("What is the staff of each shop?", SHOPS, {"14", "9", "21"}),
])
def test_a_question_for_every_member_has_the_whole_column(
    question: str, grid: Grid, wanted: set[str],
) -> None:
    assert quoted(question, grid) >= wanted


@pytest.mark.parametrize(("question", "grid", "wanted"), [
    ("磨坊巷店有多少员工？", STORES, {"9"}), ("How many staff does Mill Lane have?", SHOPS, {"9"}),
])
def test_a_question_for_one_cell_has_no_companions(
    question: str, grid: Grid, wanted: set[str],
) -> None:
    assert quoted(question, grid) == wanted


def test_weights_of_other_features_are_refused() -> None:
    with pytest.raises(ValueError, match="gap"):
        load_cell_set_model("companion", [name for name in COMPANION_FEATURES if name != "gap"])

"""Cell answers: the cell where the row and the column of a question meet, or none."""

import pytest

from rag.reading.cell_answers import cell_answer
from tests.rag.made_passages import make_passages, make_table, rank_text

SHOPS = "# 青禾超市\n\n" + make_table(
    "门店 | 员工人数 | 月租金（元） | 开业日期",
    "榆树店 | 14 | 5600 | 2018年5月3日",
    "磨坊店 | 9 | 4100 | 2020年6月1日",
    "河湾店 | 21 | 7200 | 2016年9月12日",
)
SHOPS_EN = "# Brookline shops\n\n" + make_table(
    "Shop | Staff | Monthly rent (pounds) | Opened on",
    "Elm Street | 14 | 2,050 | 3 May 2018",
    "Mill Lane | 9 | 1,700 | 1 June 2020",
    "River Bend | 21 | 3,300 | 12 September 2016",
)


def answers(question: str, text: str) -> list[tuple[str, str]]:
    return [(sentence.lead, sentence.text) for sentence in cell_answer(rank_text(question, text))]


def values(question: str, text: str) -> list[str]:
    return [text for _, text in answers(question, text)]


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("磨坊店有多少员工？", SHOPS, ("磨坊店 · 员工人数", "9")),
        ("河湾店的月租金是多少？", SHOPS, ("河湾店 · 月租金（元）", "7200")),
        ("榆树店是哪天开业的？", SHOPS, ("榆树店 · 开业日期", "2018年5月3日")),
        ("How many staff does Mill Lane have?", SHOPS_EN, ("Mill Lane · Staff", "9")),
        ("What is the monthly rent of River Bend?", SHOPS_EN, ("River Bend · Monthly rent (pounds)", "3,300")),
        ("When was Elm Street opened?", SHOPS_EN, ("Elm Street · Opened on", "3 May 2018")),
    ],
)
def test_the_cell_in_the_named_row_and_column_answers(question: str, text: str, answer: tuple[str, str]) -> None:
    assert answers(question, text) == [answer]


@pytest.mark.parametrize(
    ("question", "text", "both"),
    [
        ("磨坊店的员工人数和月租金分别是多少？", SHOPS, {"9", "4100"}),
        ("What are the staff and the monthly rent of Mill Lane?", SHOPS_EN, {"9", "1,700"}),
    ],
)
def test_a_question_for_two_cells_is_answered_with_both(question: str, text: str, both: set[str]) -> None:
    assert both <= set(values(question, text))


SAME_ZH = "# 排班\n\n" + make_table("姓名 | 班组 | 年龄", "林晓 | 早班 | 31", "许安 | 早班 | 42", "林晓 | 夜班 | 26")
SAME_EN = "# Rota\n\n" + make_table(
    "Name | Shift | Age", "Tom Reed | Morning | 31", "Ann Fell | Morning | 42", "Tom Reed | Night | 26"
)


@pytest.mark.parametrize(
    ("question", "text"), [("林晓的年龄是多少？", SAME_ZH), ("What is the age of Tom Reed?", SAME_EN)]
)
def test_of_two_rows_with_one_name_both_are_quoted(question: str, text: str) -> None:
    assert values(question, text) == ["31", "26"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("红烧肉怎么做？", SHOPS),
        ("Who won the football match?", SHOPS_EN),
        ("杭州有多少居民？", SHOPS),
        ("How many people live in Lund?", SHOPS_EN),
    ],
)
def test_a_table_of_something_else_does_not_answer(question: str, text: str) -> None:
    assert answers(question, text) == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "2019年榆树店的产值是多少？",
            "# 产值\n\n" + make_table("门店 | 2021年 | 2022年", "榆树店 | 31 | 38", "磨坊店 | 12 | 15"),
        ),
        (
            "What was the output of Elm Street in 2019?",
            "# Output\n\n" + make_table("Shop | 2021 | 2022", "Elm Street | 31 | 38", "Mill Lane | 12 | 15"),
        ),
    ],
)
def test_a_year_that_the_table_does_not_have_is_not_answered_from_another(question: str, text: str) -> None:
    assert answers(question, text) == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "磨坊店的月租金是多少？",
            "# 超市\n\n"
            + make_table("门店 | 员工 | 月租金", "榆树店 | 14 | 5600元", "磨坊店 | 9 | ", "河湾店 | 21 | 7200元"),
        ),
        (
            "What is the rent of Mill Lane?",
            "# Shops\n\n"
            + make_table(
                "Shop | Staff | Rent", "Elm Street | 14 | 2,050", "Mill Lane | 9 | ", "River Bend | 21 | 3,300"
            ),
        ),
    ],
)
def test_an_empty_cell_is_not_answered_from_its_neighbours(question: str, text: str) -> None:
    assert answers(question, text) == []


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("磨坊店的月租金是多少？", SHOPS.replace("4100", "")),
        ("What is the monthly rent of Mill Lane?", SHOPS_EN.replace("1,700", "")),
    ],
)
def test_an_empty_cell_under_a_head_with_a_unit_is_not_answered_from_its_neighbours(question: str, text: str) -> None:
    assert answers(question, text) == []


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "员工149号的津贴是多少？",
            "# 津贴\n\n" + make_table("姓名 | 津贴（元）", *(f"员工{n}号 | {1000 + n}" for n in range(150))),
            "1149",
        ),
        (
            "What is the allowance of worker 149?",
            "# Pay\n\n" + make_table("Name | Allowance", *(f"Worker {n} | {1000 + n}" for n in range(150))),
            "1149",
        ),
    ],
)
def test_a_table_that_is_cut_between_passages_is_one(question: str, text: str, answer: str) -> None:
    assert len(make_passages(text)) > 1
    assert values(question, text) == [answer]


@pytest.mark.parametrize(
    ("question", "text", "sentence"),
    [
        (
            "西街店的店长是谁？",
            "# 门店\n\n西街店的店长是罗青禾。\n\n" + make_table("门店 | 员工", "西街店 | 14", "东街店 | 9"),
            "罗青禾",
        ),
        (
            "Who is the head of the West Row shop?",
            "# Shops\n\nThe head of the West Row shop is Orla Finch.\n\n"
            + make_table("Shop | Staff", "West Row | 14", "East Row | 9"),
            "Orla",
        ),
    ],
)
def test_prose_that_covers_more_of_the_question_is_preferred(question: str, text: str, sentence: str) -> None:
    assert answers(question, text) == []
    assert sentence in rank_text(question, text).best.sentence.text


@pytest.mark.parametrize("text", ["# 集市\n\n集市逢五开市。", "# Market\n\nIt is held on Fridays."])
def test_without_a_table_no_cell_answers(text: str) -> None:
    assert answers("集市几点开市？When?", text) == []


def test_the_company_with_a_capital_letter_is_no_name_that_the_table_lacks() -> None:
    text = "# Income\n\n" + make_table(
        "Item | Current period | Last period", "Revenue | 35.7 | 40.1", "Tax | 1.2 | 1.4")
    assert values("What was the tax of the Company in the last period?", text) == ["1.4"]

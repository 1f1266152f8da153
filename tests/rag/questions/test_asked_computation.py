"""What a question wants computed: operations, ranks, conditions; and what no operation covers."""

import pytest

from rag.questions.asked_computation import asked_computation
from rag.questions.canonical_text import canonical_text, resolve_year_before


@pytest.mark.parametrize(("question", "operation"), [
    ("哪个区增速最快？", "extreme"), ("Which branch is the largest?", "extreme"), ("一共有几家门店？", "sum"),
    ("How many staff work there?", "count"), ("一月销售额合计是多少？", "sum"), ("What is the average salary?", "mean"),
    ("东门店比西门店多卖了多少？", "difference"), ("2022年比2021年增加了多少？", "difference"),
    ("What was the percentage change in total assets between 2015 and 2016?", "growth"), ("同比增长了百分之几？", "growth"),
    ("东湖区GDP占全市的比例是多少？", "share"), ("What share of revenue came from services?", "share"),
    ("东湖区的GDP是西山区的几倍？", "ratio"), ("列出价格低于100元的商品", "list"), ("Who joined after 2020?", "list"),
    ("Does Ben earn more than Eve?", "comparison"), ("谁的分数更高，李雷还是韩梅梅？", "comparison"),
    ("How did revenue change over the years?", "difference"), ("东湖区的GDP排第几？", "rank"), ("工资的中位数是多少？", "median")])
def test_the_likeliest_operation_comes_first(question, operation):
    asked = asked_computation(question)
    assert asked is not None
    assert asked.operations[0] == operation


@pytest.mark.parametrize("question", ["押金是多少？", "总经理是谁？", "Where is the branch?", "What is the test about?"])
def test_a_question_for_a_stated_value_asks_for_no_computation(question):
    assert asked_computation(question) is None


@pytest.mark.parametrize(("question", "ranks", "is_largest", "measure"), [
    ("工资最高的三个人是谁？", (1, 3), True, ""), ("销售额排前三的门店", (1, 3), True, ""), ("第二大的区是哪个？", (2, 2), True, "size"),
    ("the second most expensive room", (2, 2), True, "price"),
    ("Which three branches sold the most?", (1, 3), True, ""),
    ("哪趟车最便宜？", (1, 1), False, "price"), ("Who is the oldest?", (1, 1), True, "age")])
def test_a_superlative_gives_ranks_direction_and_measure(question, ranks, is_largest, measure):
    superlative = asked_computation(question).superlative
    assert (superlative.ranks, superlative.is_largest, superlative.measure) == (ranks, is_largest, measure)


@pytest.mark.parametrize(("question", "conditions"), [
    ("价格低于100元的商品有哪些？", [("below", "100元")]), ("How many cost more than £30?", [("above", "30")]),
    ("月租在2000到3000元之间的有几套？", [("at least", "2000"), ("at most", "3000元")]), ("90分以上的有几人？", [("at least", "90")]),
    ("哪些区的增速高于平均？", [("above", None)]), ("Which are below average?", [("below", None)])])
def test_comparisons_with_figures_are_conditions(question, conditions):
    found = asked_computation(question).conditions
    assert [(one.relation, one.figure.text if one.figure else None) for one in found] == conditions


@pytest.mark.parametrize("question", [
    "没有迟到的有几人？", "How many did not pay?", "人均消费最高的是哪个区？", "上半年一共下了多少雨？",
    "除了技术部，一共有几人？"])
def test_what_no_operation_covers_is_a_complication(question):
    assert asked_computation(question).complications


def test_over_a_year_is_no_condition():
    assert asked_computation("How many came over 2024?").conditions == ()


def test_months_and_quarters_are_written_in_one_way():
    assert canonical_text("第一季度和十二月") == "q1和12月"
    assert canonical_text("the First Quarter") == "the q1"


def test_the_year_before_is_written_as_a_number():
    assert resolve_year_before("2023年的游客比上一年增加了多少？") == "2023年的游客比2022年增加了多少？"
    assert resolve_year_before("growth in 2023 compared with the year before") == "growth in 2023 compared with 2022"
    assert resolve_year_before("2021年和2022年比上一年多多少") == "2021年和2022年比上一年多多少"

"""Quantities: the thing that a sentence counts or measures, with its owner and its year."""

import pytest

from rag.numbers.quantities import find_quantities


@pytest.mark.parametrize(("sentence", "figure", "head", "name"), [
    ("苏州有7家灯塔工厂。", "7家", {"灯塔", "工厂"}, "苏州"),
    ("苏州累计有171家企业入选国家级“小巨人”。", "171家", {"国家级", "巨人"}, "苏州"),
    ("2022年，苏州软件和信息服务业的销售收入为2014亿元。", "2014亿元", {"软件", "信息", "服务"}, "苏州"),
    ("In 2022 the sales revenue of Suzhou's software industry was 201.4 billion yuan.", "201.4 billion yuan",
     {"softwar"}, "suzhou")])
def test_the_head_is_the_noun_that_is_counted(sentence: str, figure: str, head: set[str], name: str) -> None:
    quantity = find_quantities(sentence)[0]
    assert (quantity.figure.text, set(quantity.head)) == (figure, head)
    assert name in quantity.names


@pytest.mark.parametrize("sentence", [
    "苏州排名第4。", "甲厂新增员工200人。", "每家医院有800张床位。", "2号线很长。", "增加5到8家。",
    "营收超100亿元的企业很多。", "The city ranked 4 in China.", "It added 200 workers.", "Each hospital has 800 beds.",
    "Route 7 is long.", "They plan 5-8 plants."])
def test_ranks_names_ranges_and_increments_are_no_quantities(sentence: str) -> None:
    assert find_quantities(sentence) == ()


@pytest.mark.parametrize("sentence", ["到2025年，苏州力争建成8家工厂。", "By 2025 Suzhou aims to have 8 factories."])
def test_an_aim_is_marked_as_planned(sentence: str) -> None:
    assert [quantity.planned for quantity in find_quantities(sentence)] == [True]


@pytest.mark.parametrize(("sentence", "years"), [
    ("苏州2022年有6家工厂，2024年有7家工厂。", ["2022", "2024"]), ("自2012年以来，苏州有6家工厂。", [""]),
    ("In 2022 Suzhou had 6 factories.", ["2022"]), ("Founded in 1958, the hospital has 800 beds.", [""])])
def test_a_quantity_has_the_year_that_the_sentence_gives_it(sentence: str, years: list[str]) -> None:
    assert [quantity.year for quantity in find_quantities(sentence)] == years


def test_a_share_inherits_the_subject_before_it() -> None:
    factories, share = find_quantities("苏州拥有6家全球“灯塔工厂”，占到全国总数的八分之一。")
    assert share.head == factories.head
    assert share.measures == {"base nation"}

"""Number, unit and subject of a quantity in a table of key figures."""

import pytest

from rag.numbers.quantities import find_quantities
from rag.numbers.row_wording import add_hedge, describe_subject, split_unit


@pytest.mark.parametrize(("sentence", "rows"), [
    ("苏州有7家灯塔工厂，占全国的1/9。", [("7", "家", "苏州：灯塔工厂"), ("1/9", "", "苏州灯塔工厂：占全国")]),
    ("四大集群2022年的产值为3.8万亿元。", [("3.8万亿", "元", "四大集群产值")]),
    ("苏州电子信息领域有1374家规模以上工业企业、46家国家级“小巨人”企业和73家上市企业。", [
        ("1374", "家", "苏州电子信息领域：规模以上工业企业"), ("46", "家", "苏州电子信息领域：国家级小巨人企业"),
        ("73", "家", "苏州电子信息领域：上市企业")]),
    ("太湖面积2338平方公里。", [("2338", "平方公里", "太湖面积")]),
    ("知识产权质押融资超100亿元，居全省第一。", [("超100亿", "元", "知识产权质押融资")]),
    ("Suzhou has 7 lighthouse factories, 1/9 of the national total.", [
        ("7", "", "Suzhou: lighthouse factories"), ("1/9", "", "lighthouse factories: of the national total")]),
    ("In 2022 the sales revenue of the software industry was 201.4 billion yuan.", [
        ("201.4 billion", "yuan", "the sales revenue of the software industry")]),
    ("Manufacturing value added accounts for 21% of the provincial total and 2.8% of the national total.", [
        ("21", "%", "Manufacturing value added: of the provincial total"),
        ("2.8", "%", "Manufacturing value added: of the national total")]),
    ("The city's fund exceeds 20 billion yuan.", [("over 20 billion", "yuan", "The city's fund")]),
])
def test_number_unit_and_subject_of_each_quantity(sentence: str, rows: list[tuple[str, str, str]]) -> None:
    actual = []
    for quantity in find_quantities(sentence):
        number, unit = split_unit(quantity.figure, sentence)
        actual.append((add_hedge(number, quantity, sentence), unit, describe_subject(quantity, sentence)))
    assert actual == rows

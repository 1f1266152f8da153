"""Comparable values of figures: units, rounding, and hedges such as `about` and `over`."""

import pytest

from rag.numbers.figures import find_figures
from rag.numbers.units import Value, comparable_value, unit_end, values_agree


def single_value(text: str) -> Value:
    return comparable_value(next(f for f in find_figures(text) if f.kind in ("amount", "percent")), text)


@pytest.mark.parametrize(("one", "other"), [
    ("产值4.36万亿元", "an output of 4.36 trillion yuan"), ("产值3.8万亿元", "产值38000亿元"),
    ("约4.4万亿元", "4.36万亿元"), ("4.4万亿元", "4.36万亿元"), ("超过4万亿元", "4.36万亿元"),
    ("nearly 3,000 workers", "2,950 workers"),
    ("about 500 members", "512 members"),
    ("全长320公里", "320 km long"), ("装机60万千瓦", "600 MW"), ("占八分之一", "12.5% of the total"),
    ("more than 10,000 firms", "13,473家企业")])
def test_values_that_agree(one: str, other: str) -> None:
    assert values_agree(single_value(one), single_value(other))
    assert values_agree(single_value(other), single_value(one))


@pytest.mark.parametrize(("one", "other"), [
    ("6家", "7家"), ("6 factories", "7 factories"), ("占八分之一", "占九分之一"), ("8亿元", "8家"),
    ("8 million yuan", "8 million dollars"), ("占8%", "增长8%"), ("a share of 8%", "up 8%"),
    ("超过4万亿元", "3.8万亿元"), ("超过4万亿元", "9万亿元"), ("3万人", "2.6万人"),
    ("320公里", "320米"), ("about 500 members", "620 members")])
def test_values_that_do_not_agree(one: str, other: str) -> None:
    assert not values_agree(single_value(one), single_value(other))
    assert not values_agree(single_value(other), single_value(one))


@pytest.mark.parametrize(("text", "rest"), [
    ("面积5600平方公里的流域", "的流域"), ("5,600 square kilometres of land", " of land"), ("7家工厂", "工厂")])
def test_a_unit_is_read_completely(text: str, rest: str) -> None:
    assert text[unit_end(find_figures(text)[0], text) :] == rest

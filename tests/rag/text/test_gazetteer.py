"""Places have one key in both languages."""

import pytest

from rag.text.gazetteer import find_places, implies_region


@pytest.mark.parametrize(("text", "keys"), [
    ("合肥重点打造的是哪四大集群？", {"hefei"}), ("How many centres are in Hefei?", {"hefei"}),
    ("苏州工业园区与昆山", {"suzhou", "kunshan"}), ("Suzhou's output and Xi'an's", {"suzhou", "xian"}),
    ("江苏省", {"jiangsu"}), ("France and Qatar", {"france", "qatar"}),
])
def test_cities_provinces_and_countries_are_found(text: str, keys: set[str]) -> None:
    assert find_places(text) == keys


@pytest.mark.parametrize("text", ["", "这里有几家灯塔工厂？", "The lighthouse is on the coast.", "合作办院的是谁？"])
def test_a_common_word_is_not_a_place(text: str) -> None:
    assert find_places(text) == frozenset()


@pytest.mark.parametrize("text", ["占全省的21%", "21% of the province's total"])
def test_the_whole_province_implies_a_province_and_not_a_city(text: str) -> None:
    assert implies_region("jiangsu", text)
    assert not implies_region("wuxi", text)

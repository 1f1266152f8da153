"""Asked change: rises, falls and steady changes."""

import pytest

from rag.questions.asked_change import find_change


@pytest.mark.parametrize(("text", "direction", "is_relative"), [
    ("哪个区的gdp增长最快", 1, True), ("哪个区的gdp增加最多", 1, False), ("哪家店的销售额下降最多", -1, False),
    ("which district grew fastest", 1, True), ("which shop lost most customers", -1, False)])
def test_a_change_has_a_direction_and_may_be_in_per_cent(text, direction, is_relative):
    change = find_change(text)
    assert change is not None
    assert (change.direction, change.is_relative) == (direction, is_relative)


@pytest.mark.parametrize("text", ["哪家店的销售额逐年增长", "which branch grew every year"])
def test_a_change_from_each_period_to_the_next_is_steady(text):
    change = find_change(text)
    assert change is not None
    assert change.is_steady


def test_the_words_of_a_change_are_marked():
    text = "which branch grew every year"
    change = find_change(text)
    assert change is not None
    assert [text[start:end] for start, end in change.spans] == ["grew", "every year"]


@pytest.mark.parametrize("text", ["哪个区的人口最多", "which branch is the largest"])
def test_a_state_is_no_change(text):
    assert find_change(text) is None

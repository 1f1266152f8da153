"""Names of a claim that its source does not say, within a language and across."""

import pytest

from rag.text.entities import find_names, missing_names


@pytest.mark.parametrize(("claim", "source"), [
    ("苏州市有6家灯塔工厂", "苏州有6家灯塔工厂"), ("Suzhou has six lighthouse factories.", "Six lighthouse factories are in Suzhou."),
    ("Suzhou has six lighthouse factories.", "苏州有6家灯塔工厂"), ("苏州有6家灯塔工厂", "Suzhou has six lighthouse factories."),
    ("The palace was finished in 1420.", "It was completed in 1420."), ("蘇州的產值", "苏州的产值")])
def test_names_are_said(claim: str, source: str) -> None:
    assert missing_names(claim, source) == []


@pytest.mark.parametrize(("claim", "source", "strange"), [
    ("杭州有6家灯塔工厂", "苏州有6家灯塔工厂", "杭州"), ("Hangzhou has six of them.", "Suzhou has six of them.", "Hangzhou"),
    ("Hangzhou has six lighthouse factories.", "苏州有6家灯塔工厂", "Hangzhou"),
    ("杭州有6家灯塔工厂", "Suzhou has six lighthouse factories.", "杭州"),
    ("The plant belongs to BMW.", "The plant belongs to Siemens.", "BMW")])
def test_strange_names_are_told(claim: str, source: str, strange: str) -> None:
    assert missing_names(claim, source) == [strange]


def test_capital_that_only_opens_a_sentence_is_no_name() -> None:
    assert find_names("Output reached 5 trillion yuan. Factories grew.") == ()

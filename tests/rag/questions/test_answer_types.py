"""What a question wants, and whether sentences state it."""

import pytest

from rag.numbers.figures import find_figures
from rag.questions.answer_types import value_types
from rag.reading.slot_filling import contains_value


@pytest.mark.parametrize(("question", "sort"), [
    ("投资集团的注册资本是多少？", "money"), ("How much money did the city spend on it?", "money"),
    ("友达智汇有多少名员工？", "people"), ("How many people work there?", "people"),
    ("增速是多少？", "share"), ("What percentage of the plants were upgraded?", "share"),
    ("校区占地多少亩？", "area"), ("恒力排第几位？", "rank"), ("What rank did it take?", "rank"),
    ("合作的是哪所大学？", "university"), ("Which university is its partner?", "university"), ("明年能增长多少？", "ahead"),
])
def test_sort_of_value_is_seen(question: str, sort: str) -> None:
    assert sort in value_types(question)


@pytest.mark.parametrize(("sort", "told"), [
    ("people", "友达智汇服务的客户超过700家。"), ("people", "It serves over 700 firms."), ("share", "昆山的产值突破2000亿元。"),
    ("area", "Kunshan makes 3,000 devices."), ("money", "Kunshan makes 3,000 devices."),
])
def test_near_miss_states_another_sort(sort: str, told: str) -> None:
    assert not contains_value(sort, told, find_figures(told))


@pytest.mark.parametrize(("sort", "told"), [
    ("money", "2022年总产值为4.36万亿元。"), ("money", "The fund put in 20 billion yuan."), ("people", "友达智汇有员工700名。"),
    ("share", "It makes one eighth of the total."), ("rank", "恒力排名第75位。"),
])
def test_answer_states_the_sort(sort: str, told: str) -> None:
    assert contains_value(sort, told, find_figures(told))

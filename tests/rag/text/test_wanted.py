"""What a question wants, and what sentences lack of it."""

import pytest

from rag.text.wanted import unmet, wanted


@pytest.mark.parametrize(("question", "sort"), [
    ("投资集团的注册资本是多少？", "money"), ("How much money did the city spend on it?", "money"),
    ("友达智汇有多少名员工？", "people"), ("How many people work there?", "people"),
    ("增速是多少？", "share"), ("What percentage of the plants were upgraded?", "share"),
    ("校区占地多少亩？", "area"), ("恒力排第几位？", "rank"), ("What rank did it take?", "rank"),
    ("合作的是哪所大学？", "university"), ("Which university is its partner?", "university"), ("明年能增长多少？", "ahead"),
])
def test_sort_of_value_is_seen(question: str, sort: str) -> None:
    assert sort in wanted(question)


@pytest.mark.parametrize(("question", "told"), [
    ("2022年工业企业赚了多少利润？", "2022年工业总产值为4.36万亿元。"),
    ("What profit did the firms make of it?", "Output was 4 billion yuan."),
    ("友达智汇有多少名员工？", "友达智汇服务的客户超过700家。"), ("How many people work for it?", "It serves over 700 firms."),
    ("昆山的人口是多少？", "昆山的产值突破2000亿元。"), ("What is the population of Kunshan?", "Kunshan makes 3,000 devices."),
])
def test_near_miss_lacks_what_is_asked_for(question: str, told: str) -> None:
    assert unmet(question, [told])


@pytest.mark.parametrize(("question", "told"), [
    ("2022年的总产出是多少亿元？", "2022年总产值为4.36万亿元。"), ("How much money was invested?", "The fund put in 20 billion yuan."),
    ("友达智汇有多少名员工？", "友达智汇有员工700名。"), ("What share of the total is it?", "It makes one eighth of the total."),
    ("谁是作者？", "作者是徐枫。"), ("Who wrote it?", "Xu Feng wrote it."),
])
def test_what_answers_lacks_nothing(question: str, told: str) -> None:
    assert unmet(question, [told]) == []

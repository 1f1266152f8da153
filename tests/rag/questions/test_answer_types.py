"""Expected answer types: the tables, the types that a question asks for, and whether sentences state a value."""

import re

import pytest

from rag.numbers.figures import find_figures
from rag.questions.answer_types import (
    ANSWER_KINDS,
    QUANTITY_FAMILIES,
    SLOT_TYPES,
    SLOTS,
    VALUE_TYPES,
    AnswerType,
    matching_types,
    slot_family,
    value_types,
)
from rag.reading.slot_filling import contains_value
from rag.text.language import has_han

TABLES = {"kinds": ANSWER_KINDS, "slots": SLOT_TYPES, "values": VALUE_TYPES, "families": QUANTITY_FAMILIES}


@pytest.mark.parametrize("answer_type", [
    pytest.param(answer_type, id=f"{view}-{answer_type.name}")
    for view, table in TABLES.items() for answer_type in table
])
def test_every_type_has_patterns_of_both_languages(answer_type: AnswerType) -> None:
    assert answer_type.zh
    assert answer_type.en
    assert all(has_han(alternative) for alternative in answer_type.zh)
    assert all(re.search("[A-Za-z]{3}", alternative) for alternative in answer_type.en)
    assert answer_type.pattern.search("") is None


@pytest.mark.parametrize("view", TABLES)
def test_names_of_a_table_are_unique(view: str) -> None:
    names = [answer_type.name for answer_type in TABLES[view]]
    assert len(names) == len(set(names))


def test_every_slot_type_is_counted_as_a_slot() -> None:
    assert {slot_family(slot.name) for slot in SLOT_TYPES} < set(SLOTS)


@pytest.mark.parametrize(("question", "families"), [
    ("增速是多少？", ("growth",)), ("How fast did output grow?", ("growth",)),
    ("花了多少亿元？", ("money",)), ("How much money did it cost?", ("money",)),
    ("有几家灯塔工厂？", ("count",)), ("How many factories are there?", ("count",)),
    ("占全国的比重是多少？", ("share",)), ("What share of the total is it?", ("share",)),
    ("谁提出的？", ()), ("Who proposed it?", ()),
])
def test_quantity_families_are_found_in_both_languages(question: str, families: tuple[str, ...]) -> None:
    assert matching_types(question, QUANTITY_FAMILIES) == families


@pytest.mark.parametrize(("question", "value_type"), [
    ("投资集团的注册资本是多少？", "money"), ("How much money did the city spend on it?", "money"),
    ("友达智汇有多少名员工？", "people"), ("How many people work there?", "people"),
    ("增速是多少？", "share"), ("What percentage of the plants were upgraded?", "share"),
    ("校区占地多少亩？", "area"), ("恒力排第几位？", "rank"), ("What rank did it take?", "rank"),
    ("合作的是哪所大学？", "university"), ("Which university is its partner?", "university"),
    ("明年能增长多少？", "ahead"),
])
def test_value_type_is_found(question: str, value_type: str) -> None:
    assert value_type in value_types(question)


@pytest.mark.parametrize(("value_type", "sentence"), [
    ("people", "友达智汇服务的客户超过700家。"), ("people", "It serves over 700 firms."),
    ("share", "昆山的产值突破2000亿元。"), ("area", "Kunshan makes 3,000 devices."),
    ("money", "Kunshan makes 3,000 devices."),
])
def test_near_miss_states_another_value_type(value_type: str, sentence: str) -> None:
    assert not contains_value(value_type, sentence, find_figures(sentence))


@pytest.mark.parametrize(("value_type", "sentence"), [
    ("money", "2022年总产值为4.36万亿元。"), ("money", "The fund put in 20 billion yuan."),
    ("people", "友达智汇有员工700名。"), ("share", "It makes one eighth of the total."),
    ("rank", "恒力排名第75位。"),
])
def test_answer_states_the_value_type(value_type: str, sentence: str) -> None:
    assert contains_value(value_type, sentence, find_figures(sentence))

"""Measures: what heads and phrases of questions measure."""

import pytest

from rag.reading.measures import find_measures, mention_measures, possible_measures


@pytest.mark.parametrize(("question", "head"), [
    ("Who earns the most?", "Salary (£)"), ("Who is owed the most?", "Balance due"), ("谁的工资最高？", "月薪（元）"),
    ("How many staff work there?", "Employees"), ("公司是哪年成立的？", "成立日期")])
def test_words_of_a_question_may_measure_what_a_head_does(question, head):
    assert possible_measures(question) & possible_measures(head)


@pytest.mark.parametrize(("question", "head"), [("Who earns the most?", "Age"), ("谁的工资最高？", "工龄（年）")])
def test_words_for_other_things_share_no_measure(question, head):
    assert not find_measures(question) & find_measures(head)


def test_the_longest_phrase_is_taken():
    assert [one.name for one in mention_measures("实际支出")] == ["actual"]


def test_a_mention_has_its_place():
    assert {"the salary"[slice(*one.span)] for one in mention_measures("the salary")} == {"salary"}

"""Question analysis: answer kinds, years, terms and their weights, and the questions in a question."""

import pytest

from rag.questions.analysis import analyse_question, remove_filler_words, split_subquestions
from rag.schema import Language
from rag.text.language import detect_language


def kinds(question: str) -> frozenset[str]:
    return analyse_question(question, detect_language(question)).kinds


@pytest.mark.parametrize(("question", "kind"), [
    ("苏州有多少家灯塔工厂？", "number"), ("How many lighthouse factories are there?", "number"),
    ("大会何时召开？", "time"), ("When was the conference held?", "time"),
    ("谁提出了四个聚焦？", "person"), ("Who put forward the plan?", "person"),
    ("增速是多少？", "percent"), ("What share of the national total?", "percent"),
    ("四大集群有哪些？", "list"), ("What are the four clusters?", "list"),
    ("为什么首选电子信息产业？", "reason"), ("Why electronics first?", "reason"),
    ("什么是创新集群？", "definition"), ("What is an innovation cluster?", "definition"),
    ("What is 新质生产力?", "definition"),
])
def test_answer_kind_is_found(question, kind):
    assert kind in kinds(question)


@pytest.mark.parametrize(("text", "kind"), [
    ("几乎所有企业", "number"), ("the sharecropper", "percent"),
    ("What is the output of Suzhou?", "definition"),
])
def test_answer_kind_is_not_found_in_similar_words(text, kind):
    assert kind not in kinds(text)


@pytest.mark.parametrize(("question", "language"), [
    ("2022年2月8日召开了什么会议？", "zh"), ("What was held on 8 February 2022?", "en"),
    ("2022年产值多少？", "zh"), ("How much in 2022?", "en"),
])
def test_year_of_a_question_is_found_alone_or_in_a_date(question: str, language: Language):
    assert analyse_question(question, language).years == {2022}


@pytest.mark.parametrize("text", ["", "???", "的", "the of"])
def test_question_without_content_words_has_no_terms(text):
    assert analyse_question(text, "zh").terms == ()


@pytest.mark.parametrize(("question", "language", "word"), [
    ("根据徐枫的文章，苏州有几家灯塔工厂？", "zh", "灯塔"),
    ("According to the 2024 paper, how many factories are there?", "en", "factori"),
])
def test_words_that_name_the_document_count_less(question: str, language: Language, word: str):
    factors = {term.word: term.weight_factor for term in analyse_question(question, language).terms}
    assert factors[next(term for term in factors if term.startswith(word))] == 1.0
    assert min(factors.values()) < 1.0


def test_question_words_are_removed():
    content = remove_filler_words("苏州有多少家灯塔工厂？")
    assert "多少" not in content
    assert "灯塔工厂" in content


@pytest.mark.parametrize(("question", "language", "subquestions"), [
    ("规上企业有几家，分布在哪些区？", "zh", ("规上企业有几家", "分布在哪些区？")),
    ("昆山从哪一年起提出？它到2025年想做到多大？", "zh", ("昆山从哪一年起提出？", "它到2025年想做到多大？")),
    ("Who wrote it, and where does the author work?", "en", ("Who wrote it", "where does the author work?")),
    ("How many are there? And by when?", "en", ("How many are there?", "And by when?")),
])
def test_questions_in_a_question_are_split(question: str, language: Language, subquestions: tuple[str, ...]):
    assert split_subquestions(question, language) == subquestions


@pytest.mark.parametrize(("question", "language"), [
    ("深圳、杭州、南京的软件收入各是多少？", "zh"), ("2022年，苏州有几家灯塔工厂？", "zh"),
    ("苏州有几家灯塔工厂", "zh"), ("Which firms, and only those, were chosen?", "en"),
    ("What are research and development?", "en"),
])
def test_one_question_is_not_split(question: str, language: Language):
    assert split_subquestions(question, language) == ()

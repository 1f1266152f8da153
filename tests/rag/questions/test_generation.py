"""Question generation: the questions that a sentence or a heading answers, or none."""

import pytest

from rag.questions.generation import questions_from_heading, questions_from_sentence
from rag.schema import Language


@pytest.mark.parametrize(("sentence", "language", "question"), [
    ("苏州是一座制造业大市，2022年苏州规上工业总产值达到4.36万亿元。", "zh", "2022年苏州规上工业总产值达到多少？"),
    ("到2025年，苏州力争培育出500家以上的国家级专精特新企业。", "zh",
     "到2025年，苏州力争培育出多少家国家级专精特新企业？"),
    ("甲市获批创建的平台有甲中心、乙中心和丙中心。", "zh", "甲市获批创建的平台有哪些？"),
    ("In 2022 Suzhou had 59 green factories.", "en", "How many green factories did Suzhou have in 2022?"),
    ("By 2025 Suzhou aims to foster 500 or more little giants.", "en",
     "How many little giants does Suzhou aim to foster by 2025?"),
    ("Suzhou's manufacturing value added accounts for 21% of the provincial total.", "en",
     "What share of the provincial total does Suzhou's manufacturing value added account for?"),
])
def test_a_sentence_answers_a_question(sentence: str, language: Language, question: str) -> None:
    assert question in questions_from_sentence(sentence, language)


@pytest.mark.parametrize(("sentence", "language"), [
    ("该市有7家工厂。", "zh"), ("数量居全省第一。", "zh"), ("甲市有四个区域。", "zh"), ("", "zh"), ("7家。", "zh"),
    ("It has 7 factories.", "en"), ("In 2021 Suzhou's software industry amounted to only 172.7 billion yuan.", "en"),
    ("Suzhou has 46 firms with revenue of more than 10 billion yuan.", "en"), ("", "en")])
def test_no_question_is_better_than_a_clumsy_one(sentence: str, language: Language) -> None:
    assert questions_from_sentence(sentence, language) == ()


@pytest.mark.parametrize(("heading", "language", "question"), [
    ("新型工业化为何是主阵地", "zh", "新型工业化为何是主阵地？"),
    ("Why new industrialization is the main front", "en", "Why is new industrialization the main front?")])
def test_a_heading_answers_a_question(heading: str, language: Language, question: str) -> None:
    assert questions_from_heading(heading, language) == (question,)


@pytest.mark.parametrize(("heading", "language"), [
    ("初步成效与下一步目标", "zh"), ("Background and core judgement", "en"), ("", "en"),
])
def test_most_headings_give_no_question(heading: str, language: Language) -> None:
    assert questions_from_heading(heading, language) == ()

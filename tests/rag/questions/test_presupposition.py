"""Presupposition: the figures that a question takes for granted, and those of the sources."""

import pytest

from rag.questions.analysis import analyse_question
from rag.questions.presupposition import has_false_premise
from rag.schema import Language


@pytest.mark.parametrize(("question", "language", "sentence"), [
    ("科创区是1994年动工的，对吧？", "zh", "科创区于2002年初动工。"),
    ("The district was begun in 1994, wasn't it?", "en", "It was begun in 2002."),
    ("为什么有271家企业入选？", "zh", "共有171家企业入选。"),
    ("Why were 271 firms named?", "en", "In all 171 firms were named."),
])
def test_another_figure_in_the_sources_makes_a_false_premise(question: str, language: Language, sentence: str) -> None:
    assert has_false_premise(analyse_question(question, language), [sentence])


@pytest.mark.parametrize(("question", "language", "sentence"), [
    ("科创区是2002年动工的，对吧？", "zh", "科创区于2002年初动工。"),
    ("The district was begun in 2002, wasn't it?", "en", "It was begun in 2002."),
    ("2019年的产值是多少？", "zh", "2022年产值为4万亿元。"),
    ("What was the output in 2019?", "en", "In 2022 output was 4 trillion yuan."),
    ("为什么有171家企业入选？", "zh", "企业入选靠创新。"),
    ("Why were 171 firms named?", "en", "They were named for their work."),
])
def test_a_right_figure_or_an_open_one_is_no_false_premise(question: str, language: Language, sentence: str) -> None:
    assert not has_false_premise(analyse_question(question, language), [sentence])

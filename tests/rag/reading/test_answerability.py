"""How probably the best sentences answer a question, by the linear evidence alone."""

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.answerability import Judgement, cosine_values, judge_answer
from rag.reading.evidence import evidence_row
from rag.reading.ranking import Ranking, rank_sentences
from rag.schema import Passage
from rag.text.language import detect_language

ZH = "苏州实验室已经挂牌组建，被称为材料领域的国之重器。2022年，苏州的灯塔工厂有6家，占全国八分之一。平台由亨通集团开发，服务企业700家。"
EN = (
    "Suzhou Laboratory has been set up for research on materials. In 2022 Suzhou had 6 lighthouse factories, "
    "one eighth of the nation's. The platform was developed by Hengtong Group and serves 700 firms."
)


def passages(text: str, *cosines: float) -> tuple[Passage, ...]:
    """As many equal passages as there are cosines, or one without."""
    return tuple(
        Passage(
            number=number, id=f"{number}", source_id="s", title="", section="", page=0, start=0, end=len(text),
            text=text, score=1.0, language=detect_language(text), cosine=cosine)
        for number, cosine in enumerate(cosines or (0.0,), 1))


def term_weight(term: str, is_gloss: bool = False) -> float:
    return 1.0 if term in ("苏州", "suzhou") else 6.0


def ranking(question: str, text: str, *cosines: float) -> Ranking:
    return rank_sentences(analyse_question(question, detect_language(question)), passages(text, *cosines), term_weight)


def judge(question: str, text: str) -> Judgement:
    return judge_answer(ranking(question, text))


def evidence(question: str, text: str, feature: str) -> float:
    return evidence_row(ranking(question, text))[feature]


@pytest.mark.parametrize(("question", "text"), [
    ("真丝衬衫上溅了红酒，怎么洗才不伤料子？", ZH), ("腌笃鲜要炖几个钟头？", ZH), ("How many keys are there on a piano?", EN),
    ("How do I get a wine stain out of silk?", EN)])
def test_a_question_on_another_topic_is_refused(question: str, text: str) -> None:
    assert judge(question, text).level == "none"


@pytest.mark.parametrize(("question", "text"), [
    ("苏州2022年有几家灯塔工厂？", ZH), ("平台是哪家集团开发的？", ZH), ("How many lighthouse factories did Suzhou have in 2022?", EN),
    ("Which group developed the platform?", EN)])
def test_a_stated_fact_answers(question: str, text: str) -> None:
    assert judge(question, text).level != "none"


@pytest.mark.parametrize(
    ("answered", "missed", "text"),
    [
        ("苏州2022年有几家灯塔工厂？", "苏州2019年有几家灯塔工厂？", ZH),
        ("平台服务多少家企业？", "平台哪一年上线？", ZH),
        ("Which group developed the platform?", "When was the platform opened?", EN),
        (
            "How many lighthouse factories did Suzhou have in 2022?",
            "How many lighthouse factories did Suzhou have in 2019?",
            EN,
        ),
    ],
)
def test_near_miss_is_less_likely_to_be_answered(answered: str, missed: str, text: str) -> None:
    assert judge(answered, text).probability > judge(missed, text).probability


def test_the_nearest_passages_are_measured_by_their_cosines() -> None:
    assert cosine_values(ranking("平台服务多少家企业？", ZH, 0.82, 0.91, 0.0, 0.88)) == pytest.approx([1.1, 0.3, 0.7, 1.0])
    assert cosine_values(ranking("平台服务多少家企业？", ZH, 0.91)) == pytest.approx([1.1, 0.0, 1.1, 1.0])
    assert cosine_values(ranking("平台服务多少家企业？", ZH)) == [0.0] * 4


@pytest.mark.parametrize(("question", "text"), [
    ("平台开放给谁用？", ZH), ("Who may use the platform?", EN), ("Which firms are served?", ZH)])
def test_a_high_cosine_is_evidence_of_the_topic(question: str, text: str) -> None:
    far, near = (judge_answer(ranking(question, text, cosine)).probability for cosine in (0.77, 0.90))
    assert far < near


def test_figure_of_another_year_does_not_count() -> None:
    assert evidence("苏州2019年有几家灯塔工厂？", ZH, "figure_missing") == 1.0
    assert evidence("苏州2022年有几家灯塔工厂？", ZH, "figure_missing") == 0.0


def test_slot_that_stays_open_is_evidence_against_an_answer() -> None:
    assert evidence("平台哪一年上线？", "平台由亨通集团开发。", "open_time") == 1.0
    assert evidence("平台哪一年上线？", "平台于2021年上线。", "open_time") == 0.0


def test_empty_passage_gives_zero() -> None:
    assert judge("苏州有几家灯塔工厂？", "") == (0.0, "none", ())

"""Slot filling: the open slots of a question, and how well a sentence fills them."""

import pytest

from rag.questions.analysis import analyse_question
from rag.questions.answer_types import SLOTS, open_slots, slot_family
from rag.reading.matching import Sentence, passage_sentences
from rag.reading.slot_filling import fill_score
from rag.schema import Passage
from rag.text.language import detect_language


def sentence(text: str) -> Sentence:
    passage = Passage(
        id="a",
        number=1,
        source_id="s",
        text=text,
        title="",
        section="",
        language=detect_language(text),
        page=0,
        start=0,
        end=len(text),
        score=1.0,
    )
    return passage_sentences([passage])[0]


def term_weight(term: str, is_gloss: bool) -> float:
    return 1.0 if term in ("苏州", "suzhou") else 8.0


def slots_in_question(question: str) -> tuple[str, ...]:
    analysed = analyse_question(question, detect_language(question))
    return open_slots(analysed.text, analysed.kinds)


def slot_score(slot: str, question: str, text: str) -> float:
    return fill_score(slot, analyse_question(question, detect_language(question)), sentence(text), term_weight)


@pytest.mark.parametrize(
    ("question", "slot"),
    [
        ("“千兆城市”是哪一年评上的？", "time"),
        ("几几年摘下来的？", "time"),
        ("When was the campus opened?", "time"),
        ("这份刊物多长时间出一期？", "duration"),
        ("How often does it appear?", "duration"),
        ("How many years did it take?", "duration"),
        ("实验室一把手是谁？", "who"),
        ("Whose idea was it?", "who"),
        ("哪位院士说的？", "person"),
        ("Whose byline is it, and which mayor?", "who"),
        ("落在苏州哪个区？", "place"),
        ("Which district hosts it?", "place"),
        ("钱投给了哪些企业？", "name"),
        ("Which firms were chosen?", "name"),
        ("增长背后是什么拉动的？", "reason"),
        ("What drove the rise?", "reason"),
        ("有多少家灯塔工厂？", "number"),
        ("净利润是多少？", "value:money"),
    ],
)
def test_an_open_slot_is_found(question: str, slot: str) -> None:
    assert slot in slots_in_question(question)
    assert slot_family(slot) in SLOTS


@pytest.mark.parametrize(("question", "slot"), [
    ("修了几个月？", "duration"), ("用了多少个小时？", "duration"), ("花了几星期？", "duration"), ("几月开工？", "time"),
    ("When the park opened, how many firms moved in?", "number"), ("几号线开通了？", "number")])
def test_the_open_slot_is_the_right_one(question: str, slot: str) -> None:
    assert slots_in_question(question)[0] == slot


@pytest.mark.parametrize(("question", "slot"), [
    ("近几年产值是多少？", "duration"), ("十几年来谁负责？", "duration"), ("苏州在哪些领域领先？", "place"),
    ("Which part of the budget is spent?", "place"), ("What company is behind the platform?", "reason")])
def test_no_slot_is_found_in_similar_words(question: str, slot: str) -> None:
    assert slot not in slots_in_question(question)


@pytest.mark.parametrize("question", ["昆山的“三个转型”指什么？", "What do the three transformations mean?"])
def test_a_question_for_a_meaning_has_no_open_slot(question: str) -> None:
    assert slots_in_question(question) == ()


@pytest.mark.parametrize(("slot", "question", "text"), [
    ("time", "校区哪一年启用？", "校区于2023年启用。"), ("time", "When did it open?", "It opened in 2023."),
    ("duration", "多久出一期？", "该刊每月出一期。"), ("duration", "How long is the plan?", "The plan runs for 3 years."),
    ("person", "报告是哪位写的？", "报告的作者是徐枫。"), ("person", "Which professor spoke?", "Hu Hanhui spoke of it."),
    ("who", "谁牵头？", "由华为技术有限公司牵头。"), ("place", "落在哪个区？", "中心落户昆山。"),
    ("place", "Which city hosts it?", "It is in Wuxi."),
    ("name", "是哪家公司开发的？", "平台由亨通集团开发。"), ("reason", "为什么增长？", "增长得益于出口。"),
    ("number", "有几家工厂？", "共有7家工厂。"), ("beside", "灯塔工厂有多少家？", "有7家灯塔工厂。"),
    ("value:money", "赚了多少钱？", "赚了3亿元。"),
])
def test_a_sentence_fills_the_slot(slot: str, question: str, text: str) -> None:
    assert slot_score(slot, question, text) >= 0.5


@pytest.mark.parametrize(("slot", "question", "text"), [
    ("time", "校区哪一年启用？", "校区正在加快建设。"),
    ("time", "When in 2023 did it open, and in which year was it planned?", "It opened in 2023."),
    ("duration", "多久出一期？", "该刊已出122期。"), ("person", "徐枫是哪位？", "徐枫写了这篇文章。"),
    ("place", "落在苏州哪个区？", "苏州获批创建中心。"),
    ("name", "钱投给了哪些企业？", "基金规模为200亿元。"), ("number", "有几家工厂？", "工厂在加快建设。"),
    ("value:money", "赚了多少钱？", "共有46家企业。"),
    ("reason", "为什么增长？", "收入增长8.7%。"), ("place", "Where is the centre of Kunshan Robotics?", "昆山机器人中心正在建设。"),
    ("name", "Which company besides 华为 took part?", "平台由华为公司开发。"), ("place", "苏州工业园区在哪里？", "蘇州工業園區正在建設。"),
])
def test_a_sentence_leaves_the_slot_open(slot: str, question: str, text: str) -> None:
    assert slot_score(slot, question, text) < 0.5


def test_a_place_that_every_passage_names_has_a_low_score() -> None:
    assert slot_score("place", "在哪座城市？", "中心设在苏州。") < 0.2 < slot_score("place", "在哪座城市？", "中心设在无锡。")

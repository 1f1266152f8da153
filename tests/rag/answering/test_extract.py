"""Quoted sentences that answer, and the plain word that nothing does."""

import pytest

from rag.schema import Status
from rag.text import messages
from rag.text.messages import DIFFERENT_FIGURE
from tests.conftest import Shelve

CITY = """# 城市概况

## 工业

2022年，甲市规上工业总产值达4.36万亿元。甲市有灯塔工厂6家，占全国八分之一。甲市的市花是桂花。

## 交通

甲市的地铁里程为350公里。甲市的公交线路覆盖全部街道。
"""
OTHER = "# 调研\n\n## 智能制造\n\n甲市拥有7家灯塔工厂，占全国九分之一。调研组走访了三个开发区。\n"


@pytest.mark.parametrize(("question", "quoted"), [
    ("甲市的地铁有多少公里？", "350公里"), ("甲市2022年规模以上工业产值多大？", "4.36万亿元"), ("甲市的市花是什么？", "桂花")])
def test_the_answer_quotes_the_sentence_and_marks_it(shelve: Shelve, question: str, quoted: str) -> None:
    answer = shelve(city=CITY).ask(question)
    assert quoted in answer.text
    assert answer.status == "grounded"
    assert any(quoted in citation.quote for citation in answer.citations)
    assert answer.model == "extractive"


def test_documents_that_differ_are_both_quoted_and_named(shelve: Shelve) -> None:
    answer = shelve(city=CITY, survey=OTHER).ask("甲市有几家灯塔工厂？")
    assert "6家" in answer.text
    assert "7家" in answer.text
    assert {"《城市概况》" in answer.text, "《调研》" in answer.text} == {True}


def test_at_most_four_sentences(shelve: Shelve) -> None:
    long = "# 清单\n\n## 企业\n\n" + "".join(f"甲市的重点企业包括第{n}厂，产值{n}亿元。" for n in range(10, 30)) + "\n"
    assert 1 <= len(shelve(long=long).ask("甲市的重点企业有哪些？").citations) <= 4


@pytest.mark.parametrize(("question", "refusal"), [
    ("甲市2023年的GDP是多少？", messages.REFUSAL["zh"]), ("红烧肉怎么做？", messages.REFUSAL["zh"]),
    ("Who won the World Cup in 1998?", messages.REFUSAL["en"])])
def test_what_the_library_does_not_say_is_not_answered(shelve: Shelve, question: str, refusal: str) -> None:
    answer = shelve(city=CITY).ask(question)
    assert answer.status == "unanswered"
    assert answer.text.startswith(refusal)
    assert answer.citations == ()


def test_sources_in_the_other_language_are_quoted_as_they_stand(shelve: Shelve) -> None:
    answer = shelve(city=CITY).ask("How many kilometres of metro does the city have?")
    status: Status = "grounded"
    assert answer.status == status
    assert answer.text.startswith(messages.QUOTED_OTHER["en"])
    assert "350公里" in answer.text


def test_a_quotation_inside_a_quotation_is_still_found(shelve: Shelve) -> None:
    answer = shelve(city="# 口号\n\n## 人才\n\n甲市打响“人到甲市必有为”的人才品牌。\n").ask("甲市吸引人才的品牌口号是什么？")
    assert answer.citations[0].state == "verified quote"


@pytest.mark.parametrize("question", [
    "无锡有几家灯塔工厂？", "How many lighthouse factories does Wuxi have?", "甲市灯塔工厂的注册资本是多少？", "甲市灯塔工厂有多少名员工？",
    "How many people work in the lighthouse factories?"])
def test_a_near_miss_is_not_answered_by_what_comes_near(shelve: Shelve, question: str) -> None:
    assert shelve(city=CITY).ask(question).status == "unanswered"


DISTRICT = "# 科创区\n\n## 建设\n\n苏州于2002年初启动独墅湖科创区建设。独墅湖科创区汇聚了许多高校。\n"


def test_a_year_taken_for_granted_is_set_right_from_the_sources(shelve: Shelve) -> None:
    answer = shelve(district=DISTRICT).ask("独墅湖科创区建设是1994年启动的，对吧？")
    assert answer.text.startswith(DIFFERENT_FIGURE["zh"])
    assert "2002年" in answer.text
    assert "1994" not in answer.text


@pytest.mark.parametrize(("question", "first", "second"), [
    ("乙县有多少家医院？", "2021年，乙县有40家医院。", "2023年，乙县有52家医院。"),
    ("How many museums does Lund have?", "In 2021 Lund had 40 museums.", "In 2023 Lund had 52 museums.")])
def test_other_side_of_what_is_quoted_is_quoted_too(shelve: Shelve, question: str, first: str, second: str) -> None:
    answer = shelve(old=f"# 旧 Old\n\n{first}\n", new=f"# 新 New\n\n{second}\n").ask(question)
    assert {figure for figure in ("40", "52") if figure in answer.text} == {"40", "52"}
    assert [differing.difference for differing in answer.disagreements] == ["another year"]


@pytest.mark.parametrize("question", ["甲市的地铁有多少公里，规上工业总产值是多少？", "甲市2022年规上工业总产值多大？地铁又有多少公里？"])
def test_both_questions_in_a_question_are_answered(shelve: Shelve, question: str) -> None:
    answer = shelve(city=CITY).ask(question)
    assert "4.36万亿元" in answer.text
    assert "350公里" in answer.text

"""Extractive answers: sentences that answer are quoted; a question without an answer is refused."""

import pytest

from rag.schema import Status
from rag.text import messages
from rag.text.messages import DIFFERENT_FIGURE
from tests.conftest import MakePipeline

CITY = """# 城市概况

## 工业

2022年，甲市规上工业总产值达4.36万亿元。甲市有灯塔工厂6家，占全国八分之一。甲市的市花是桂花。

## 交通

甲市的地铁里程为350公里。甲市的公交线路覆盖全部街道。
"""
OTHER = "# 调研\n\n## 智能制造\n\n甲市拥有7家灯塔工厂，占全国九分之一。调研组走访了三个开发区。\n"


@pytest.mark.parametrize(("question", "quoted"), [
    ("甲市的地铁有多少公里？", "350公里"), ("甲市2022年规模以上工业产值多大？", "4.36万亿元"), ("甲市的市花是什么？", "桂花")])
def test_the_answer_quotes_the_sentence_and_marks_it(make_pipeline: MakePipeline, question: str, quoted: str) -> None:
    answer = make_pipeline(city=CITY).ask(question)
    assert quoted in answer.text
    assert answer.status == "grounded"
    assert any(quoted in citation.quote for citation in answer.citations)
    assert answer.model == "extractive"


def test_documents_that_differ_are_both_quoted_and_named(make_pipeline: MakePipeline) -> None:
    answer = make_pipeline(city=CITY, survey=OTHER).ask("甲市有几家灯塔工厂？")
    assert "6家" in answer.text
    assert "7家" in answer.text
    assert {"《城市概况》" in answer.text, "《调研》" in answer.text} == {True}


def test_at_most_four_sentences(make_pipeline: MakePipeline) -> None:
    long = "# 清单\n\n## 企业\n\n" + "".join(f"甲市的重点企业包括第{n}厂，产值{n}亿元。" for n in range(10, 30)) + "\n"
    assert 1 <= len(make_pipeline(long=long).ask("甲市的重点企业有哪些？").citations) <= 4


@pytest.mark.parametrize(("question", "refusal"), [
    ("甲市2023年的GDP是多少？", messages.REFUSAL["zh"]), ("红烧肉怎么做？", messages.REFUSAL["zh"]),
    ("Who won the World Cup in 1998?", messages.REFUSAL["en"])])
def test_a_question_without_an_answer_in_the_library_is_refused(
    make_pipeline: MakePipeline, question: str, refusal: str,
) -> None:
    answer = make_pipeline(city=CITY).ask(question)
    assert answer.status == "unanswered"
    assert answer.text.startswith(refusal)
    assert answer.citations == ()


def test_sources_in_the_other_language_are_quoted_without_translation(make_pipeline: MakePipeline) -> None:
    answer = make_pipeline(city=CITY).ask("How many kilometres of metro does the city have?")
    status: Status = "grounded"
    assert answer.status == status
    assert answer.text.startswith(messages.QUOTED_OTHER["en"])
    assert "350公里" in answer.text


def test_a_quotation_inside_a_quotation_is_still_found(make_pipeline: MakePipeline) -> None:
    answer = make_pipeline(city="# 口号\n\n## 人才\n\n甲市打响“人到甲市必有为”的人才品牌。\n").ask("甲市吸引人才的品牌口号是什么？")
    assert answer.citations[0].state == "verified quote"


@pytest.mark.parametrize("question", [
    "无锡有几家灯塔工厂？", "How many lighthouse factories does Wuxi have?", "甲市灯塔工厂有多少名员工？",
    "How many people work in the lighthouse factories?"])
def test_a_near_miss_is_refused(make_pipeline: MakePipeline, question: str) -> None:
    assert make_pipeline(city=CITY).ask(question).status == "unanswered"


DISTRICT = "# 科创区\n\n## 建设\n\n苏州于2002年初启动独墅湖科创区建设。独墅湖科创区汇聚了许多高校。\n"


def test_a_wrong_year_in_the_question_is_corrected_from_the_sources(make_pipeline: MakePipeline) -> None:
    answer = make_pipeline(district=DISTRICT).ask("独墅湖科创区建设是1994年启动的，对吧？")
    assert answer.text.startswith(DIFFERENT_FIGURE["zh"])
    assert "2002年" in answer.text
    assert "1994" not in answer.text


@pytest.mark.parametrize(("question", "first", "second"), [
    ("乙县有多少家医院？", "2021年，乙县有40家医院。", "2023年，乙县有52家医院。"),
    ("How many museums does Lund have?", "In 2021 Lund had 40 museums.", "In 2023 Lund had 52 museums.")])
def test_both_sides_of_a_disagreement_are_quoted(
    make_pipeline: MakePipeline, question: str, first: str, second: str,
) -> None:
    answer = make_pipeline(old=f"# 旧 Old\n\n{first}\n", new=f"# 新 New\n\n{second}\n").ask(question)
    assert {figure for figure in ("40", "52") if figure in answer.text} == {"40", "52"}
    assert [differing.difference for differing in answer.disagreements] == ["another year"]


@pytest.mark.parametrize("question", ["甲市的地铁有多少公里，规上工业总产值是多少？", "甲市2022年规上工业总产值多大？地铁又有多少公里？"])
def test_both_parts_of_a_double_question_are_answered(make_pipeline: MakePipeline, question: str) -> None:
    answer = make_pipeline(city=CITY).ask(question)
    assert "4.36万亿元" in answer.text
    assert "350公里" in answer.text


@pytest.mark.parametrize(("question", "other"), [
    ("甲市的地铁有多少公里？", "企鹅怎样孵蛋？"), ("How long is the metro of City A?", "How do penguins hatch their eggs?")])
def test_an_answer_has_a_higher_score_than_a_refusal(make_pipeline: MakePipeline, question: str, other: str) -> None:
    pipeline = make_pipeline(city=CITY, town="# City A\n\nThe metro of City A is 350 kilometres long.\n")
    answered, refused = pipeline.ask(question), pipeline.ask(other)
    assert (answered.status, refused.status) == ("grounded", "unanswered")
    assert answered.score is not None
    assert refused.score is not None
    assert 0 <= refused.score < answered.score <= 1


def test_an_answer_by_the_structure_of_the_document_has_the_highest_score(make_pipeline: MakePipeline) -> None:
    answer = make_pipeline(faq="# FAQ\n\n**Q: May I bring a dog?**\n\nA: Only on a lead.\n").ask("May I bring a dog?")
    assert (answer.status, answer.score) == ("grounded", 1.0)

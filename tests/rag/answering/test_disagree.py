"""Different values for what is asked are distinguished by year and scope; other values are not compared."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.answering.disagree import find_disagreements
from rag.pipeline import Pipeline
from rag.questions.analysis import analyse_question
from rag.schema import Disagreement, Passage
from rag.text.language import detect_language

# little documents about hospitals, rivers, museums, football, factories and budgets: question, passages and how they
# differ
CASES = [json.loads(line) for line in Path(__file__).with_name("disagreements.jsonl").read_text("utf-8").splitlines()]


def passage(number: int, title: str, date: str, text: str, **more: object) -> Passage:
    values = {"edition_of": "", "section_number": 0, "paragraphs": (0, 0)} | more
    return Passage(
        number,
        f"p{number}",
        f"s{number}",
        title,
        "",
        0,
        0,
        len(text),
        text,
        1.0,
        detect_language(text),
        date=date,
        **values,
    )  # type: ignore[arg-type]


def compare(question: str, passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    return find_disagreements(analyse_question(question, detect_language(question)), passages)


def found(question: str, *notes: tuple[str, str, str]) -> tuple[Disagreement, ...]:
    return compare(question, [passage(n, *note) for n, note in enumerate(notes, 1)])


@pytest.mark.parametrize("name", ["tuned", "held"])
def test_little_documents_are_set_against_each_other_only_where_they_differ(name: str) -> None:
    cases = [(case["difference"], found(case["question"], *case["passages"])) for case in CASES if case["set"] == name]
    fired = [(expected, got[0].difference) for expected, got in cases if got]
    right = [expected for expected, _ in fired if expected]
    assert len(right) / len(fired) >= 0.95, "precision"
    assert len(right) / sum(expected is not None for expected, _ in cases) >= 0.85, "recall"
    assert sum(expected == got for expected, got in fired) / len(fired) >= 0.9, "kind of difference"


@pytest.mark.parametrize(("question", "first", "second", "subject"), [
    ("苏州有几家灯塔工厂？", ("城市概况", "2023-01-01", "苏州有灯塔工厂6家，占全国八分之一。"),
     ("调研", "2024-06-03", "苏州拥有7家灯塔工厂，占全国九分之一。"), "灯塔工厂"),
    ("How many lighthouse factories does Suzhou have?", ("Survey", "2023-01-01", "Suzhou has 6 lighthouse factories."),
     ("Study", "2024-06-03", "All 7 of Suzhou's lighthouse factories are benchmarks."), "lighthouse factories")])
def test_each_value_stands_with_its_year_scope_and_sentence(
        question: str, first: tuple[str, str, str], second: tuple[str, str, str], subject: str) -> None:
    disagreement = found(question, first, second)[0]
    assert (disagreement.subject, disagreement.difference) == (subject, "another year")
    assert [statement.year for statement in disagreement.statements] == ["2023", "2024"]
    assert [statement.passage for statement in disagreement.statements] == [1, 2]
    assert [statement.quote for statement in disagreement.statements] == [first[2], second[2]]
    assert {statement.scope for statement in disagreement.statements} <= {"苏州", "Suzhou"}


def test_the_part_is_told_from_the_whole() -> None:
    told = found("苏州有几家灯塔工厂？", ("甲", "", "苏州有7家灯塔工厂。"), ("乙", "", "苏州的电子信息企业中还有两家入列“灯塔工厂”。"))
    assert [disagreement.difference for disagreement in told] == ["another scope"]
    assert told[0].statements[1].scope == "苏州电子信息"


def test_editions_of_one_work_are_one_statement() -> None:
    pair = [passage(1, "甲", "", "苏州有6家灯塔工厂。", edition_of="w"),
            passage(2, "A", "", "Suzhou has 7 lighthouse factories.", edition_of="w")]
    assert compare("苏州有几家灯塔工厂？", pair) == ()


def test_figures_of_one_sentence_are_told_on_purpose() -> None:
    assert found("医院有多少张床位？", ("甲", "", "医院有床位800张，床位由2010年的500张增至800张。")) == ()


@pytest.mark.parametrize("question", [
    "苏州有几家灯塔工厂？", "How many lighthouse factories does Suzhou have?", "苏州软件业的收入规模是多少？",
    "What is the revenue of Suzhou's software industry?"])
def test_the_shipped_documents_differ_in_these(notes: Pipeline, question: str) -> None:
    told = compare(question, notes.search(question))
    assert told
    assert told[0].difference == "another year"
    assert len({statement.title for statement in told[0].statements}) == 2


@pytest.mark.parametrize("question", [
    "苏州的企业数到底是13383还是13473？", "What is an innovation cluster?", "2021年杭州和南京的软件收入，谁涨得快？", "？", "Why?"])
def test_other_questions_bring_none(notes: Pipeline, question: str) -> None:
    assert compare(question, notes.search(question)) == ()


def test_a_passage_full_of_figures_takes_no_long_time() -> None:
    table = "苏州有灯塔工厂" + "、".join(f"{n}家" for n in range(2_000)) + "。" + "苏州有灯塔工厂9家。" * 2_000
    found("苏州有几家灯塔工厂？", *[("甲", "", table)] * 12)

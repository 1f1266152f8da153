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

# small documents about hospitals, rivers, museums, football, factories and budgets: question, passages, and the kind of
# difference
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


def find_in_notes(question: str, *notes: tuple[str, str, str]) -> tuple[Disagreement, ...]:
    return compare(question, [passage(n, *note) for n, note in enumerate(notes, 1)])


@pytest.mark.parametrize("name", ["tuned", "held"])
def test_disagreements_are_found_with_high_precision_and_recall(name: str) -> None:
    cases = [
        (case["difference"], find_in_notes(case["question"], *case["passages"]))
        for case in CASES if case["set"] == name]
    reported = [(expected, actual[0].difference) for expected, actual in cases if actual]
    expected_kinds = [expected for expected, _ in reported if expected]
    assert len(expected_kinds) / len(reported) >= 0.95, "precision"
    assert len(expected_kinds) / sum(expected is not None for expected, _ in cases) >= 0.85, "recall"
    assert sum(expected == actual for expected, actual in reported) / len(reported) >= 0.9, "kind of difference"


@pytest.mark.parametrize(("question", "first", "second", "subject"), [
    ("苏州有几家灯塔工厂？", ("城市概况", "2023-01-01", "苏州有灯塔工厂6家，占全国八分之一。"),
     ("调研", "2024-06-03", "苏州拥有7家灯塔工厂，占全国九分之一。"), "灯塔工厂"),
    ("How many lighthouse factories does Suzhou have?", ("Survey", "2023-01-01", "Suzhou has 6 lighthouse factories."),
     ("Study", "2024-06-03", "All 7 of Suzhou's lighthouse factories are benchmarks."), "lighthouse factories")])
def test_each_value_has_its_year_scope_and_sentence(
        question: str, first: tuple[str, str, str], second: tuple[str, str, str], subject: str) -> None:
    disagreement = find_in_notes(question, first, second)[0]
    assert (disagreement.subject, disagreement.difference) == (subject, "another year")
    assert [statement.year for statement in disagreement.statements] == ["2023", "2024"]
    assert [statement.passage for statement in disagreement.statements] == [1, 2]
    assert [statement.quote for statement in disagreement.statements] == [first[2], second[2]]
    assert {statement.scope for statement in disagreement.statements} <= {"苏州", "Suzhou"}


def test_a_part_is_distinguished_from_the_whole() -> None:
    disagreements = find_in_notes("苏州有几家灯塔工厂？", ("甲", "", "苏州有7家灯塔工厂。"), ("乙", "", "苏州的电子信息企业中还有两家入列“灯塔工厂”。"))
    assert [disagreement.difference for disagreement in disagreements] == ["another scope"]
    assert disagreements[0].statements[1].scope == "苏州电子信息"


def test_editions_of_one_work_are_one_statement() -> None:
    pair = [passage(1, "甲", "", "苏州有6家灯塔工厂。", edition_of="w"),
            passage(2, "A", "", "Suzhou has 7 lighthouse factories.", edition_of="w")]
    assert compare("苏州有几家灯塔工厂？", pair) == ()


def test_different_figures_in_one_sentence_are_no_disagreement() -> None:
    assert find_in_notes("医院有多少张床位？", ("甲", "", "医院有床位800张，床位由2010年的500张增至800张。")) == ()


@pytest.mark.parametrize("question", [
    "苏州有几家灯塔工厂？", "How many lighthouse factories does Suzhou have?", "苏州软件业的收入规模是多少？",
    "What is the revenue of Suzhou's software industry?"])
def test_disagreements_of_the_shipped_documents_are_found(notes: Pipeline, question: str) -> None:
    disagreements = compare(question, notes.search(question))
    assert disagreements
    assert disagreements[0].difference == "another year"
    assert len({statement.title for statement in disagreements[0].statements}) == 2


@pytest.mark.parametrize("question", [
    "苏州的企业数到底是13383还是13473？", "What is an innovation cluster?", "2021年杭州和南京的软件收入，谁涨得快？", "？", "Why?"])
def test_other_questions_have_no_disagreement(notes: Pipeline, question: str) -> None:
    assert compare(question, notes.search(question)) == ()


def test_passages_with_thousands_of_figures_are_compared() -> None:
    table = "苏州有灯塔工厂" + "、".join(f"{n}家" for n in range(2_000)) + "。" + "苏州有灯塔工厂9家。" * 2_000
    find_in_notes("苏州有几家灯塔工厂？", *[("甲", "", table)] * 12)

"""Numbers computed from the tables of TAT-QA: which questions are read, and how an answer is graded."""

import json
from pathlib import Path

import pytest

from evals.benchmarks.table_numbers import grade_computed, has_number, measure_computed
from evals.benchmarks.table_sets import TableSet, read_tatqa
from rag.schema import Answer, Computation, Passage

TABLE = [
    ["", "2017", "2018", "2019"], ["Revenue", "101.5", "120.0", "133.4"], ["Cost of sales", "60.2", "70.1", "75.5"],
    ["Net profit", "12.1", "(3.4)", "15.8"]]
QUESTIONS = [
    ("q1", "What was the change in revenue from 2017 to 2019?", "arithmetic", "table", 31.9),
    ("q2", "What was the change in debt from 2017 to 2019?", "arithmetic", "table", 120),
    ("q3", "What was the change in debt, as the text says?", "arithmetic", "table-text", 3),
    ("q4", "How many?", "count", "table", "none")]


def read_questions(folder: Path) -> TableSet:
    fields = ("uid", "question", "answer_type", "answer_from", "answer")
    questions = [dict(zip(fields, question, strict=True)) for question in QUESTIONS]
    path = folder / "tatqa.json"
    path.write_text(json.dumps([{"table": {"uid": "a", "table": TABLE}, "questions": questions}]), "utf-8")
    return read_tatqa(path)


def test_questions_that_the_table_alone_answers_with_a_number_are_computed(tmp_path: Path) -> None:
    assert [(question.id, question.number) for question in read_questions(tmp_path).computed] == [
        ("q1", 31.9), ("q2", 120.0)]


def test_a_result_is_right_and_what_the_table_does_not_have_is_refused(tmp_path: Path) -> None:
    tables = read_questions(tmp_path)
    result = measure_computed(tables, tables.computed, tmp_path / "files")
    assert (result.set_name, result.questions, result.right, result.wrong) == ("TAT-QA, computed", 2, 1, 0)
    assert result.refused + result.quoted == 1


@pytest.mark.parametrize(("statement", "number", "is_right"), [
    ("Revenue fell by 1,496.5", -1496.5, True), ("it rose by 8.1%", 8.11, False), ("it rose by 8.11%", 8.11, True),
    ("the share is 48.2%", 0.48, True), ("there are 3", 2, False), ("it rose by 1,203.6", 1203.64, True)])
def test_a_number_is_compared_without_its_sign_and_within_rounding(
    statement: str, number: float, is_right: bool,
) -> None:
    assert has_number(statement, number) == is_right


def answer_of(status: str, statement: str) -> Answer:
    computation = Computation(statement, "", 0, 1, ("1",)) if statement else None
    passage = Passage(
        number=1, id="p", source_id="s", title="t", section="", page=0, start=0, end=1, text="1", score=1.0,
        language="en", computation=computation)
    return Answer("?", "en", status=status, text=statement, passages=(passage,))


def test_a_statement_without_the_number_is_wrong_and_a_quotation_is_no_statement() -> None:
    assert grade_computed(answer_of("grounded", "It rose by 5."), 5) == "right"
    assert grade_computed(answer_of("grounded", "It rose by 6."), 5) == "wrong"
    assert grade_computed(answer_of("grounded", ""), 5) == "quoted"
    assert grade_computed(answer_of("unanswered", ""), 5) == "refused"

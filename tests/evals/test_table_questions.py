"""The benchmark on our own questions over tables: what is read, how an answer is graded, and a run over two files."""

import json

import pytest

from evals.benchmarks.benchmark import BadBenchmark
from evals.benchmarks.table_questions import ask_questions, count_grades, read_questions, shows

SALES = "Branch,Sales (£k),Staff\nEast,320.5,12\nWest,210,8\nNorth,150,9\nSouth,140,7\n"
QUESTIONS = [
    {"id": "1", "set": "x", "file": "sales.csv", "lang": "en", "kind": "sum", "question": "What are the total sales?",
     "answer": ["820.5"]},
    {"id": "2", "set": "x", "file": "sales.csv", "lang": "en", "kind": "extreme", "question": "Which branch sold most?",
     "answer": ["West"]},
    {"id": "3", "set": "x", "file": "sales.csv", "lang": "en", "kind": "none",
     "question": "What was the weather in Oslo?", "answer": []}]


def write_set(folder, lines):
    (folder / "sales.csv").write_text(SALES, "utf-8")
    (folder / "questions.jsonl").write_text("\n".join(lines), "utf-8")


def test_each_question_is_asked_of_its_file_and_graded(tmp_path):
    write_set(tmp_path, map(json.dumps, QUESTIONS))
    graded = list(ask_questions(read_questions(tmp_path), tmp_path / "library"))
    assert [one.grade for one in graded] == ["right", "wrong", "right"]
    assert "“East”" in graded[1].said
    assert count_grades(graded) == {("x", True): {"right": 1, "wrong": 1}, ("x", False): {"right": 1}}


def test_the_shipped_questions_are_about_files_that_are_there():
    questions = read_questions()
    assert len({question.id for question in questions}) == len(questions) == 520
    assert all(question.file.is_file() for question in questions)
    assert {question.set_name for question in questions} == {"a", "b", "c"}


@pytest.mark.parametrize("line", ["{}", "no JSON", '{"id": 1}'])
def test_a_line_that_is_no_question_is_named(tmp_path, line):
    write_set(tmp_path, [line])
    with pytest.raises(BadBenchmark, match="line 1"):
        read_questions(tmp_path)


def test_a_folder_without_questions_is_named(tmp_path):
    with pytest.raises(BadBenchmark, match=r"questions\.jsonl"):
        read_questions(tmp_path)


@pytest.mark.parametrize(("text", "wanted", "is_shown"), [
    ("合计 12,345.6万元", "12345.6", True), ("“东门店”比“西门店”多 110万元", "东门店", True), ("增加 9.47%", "9.5", True),
    ("增加 9.47%", "9.4", False), ("There are 18: …", "8", False), ("−5.2", "5.2", True)])
def test_a_name_or_a_rounded_number_is_shown(text, wanted, is_shown):
    assert shows(text, wanted) is is_shown

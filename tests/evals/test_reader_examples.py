"""Examples for the training of the reader: where a text answers, and the texts that only seem to."""

import json
import random

import pytest

from evals.training.question_libraries import FOLDER, read_questions
from evals.training.reader.examples import Example, elsewhere, near_miss_examples, squad_examples, without_answer
from evals.training.reader.library_passages import library_examples

TEXT = "湖的面积是两千平方公里。湖边有三座城市。苏州是其中之一。"


def squad_file(path, pairs):
    article = {"title": "太_湖", "paragraphs": [{"context": TEXT, "id": "p1", "qas": pairs}]}
    path.write_text(json.dumps({"data": [article]}, ensure_ascii=False), "utf-8")
    return path


def pair(id, question, answer, start=0, **more):
    answers = [{"text": answer, "answer_start": start}] if answer else []
    return {"id": id, "question": question, "answers": answers, **more}


def test_the_place_of_an_answer_is_found_where_it_is_stated(tmp_path):
    path = squad_file(tmp_path / "set.json", [
        pair("1", "湖边有几座城市？", "三座", 15), pair("2", "面积多大？", "两千平方公里", 99), pair("3", " ", "三座"),
        pair("4", "湖有多深？", "", is_impossible=True), pair("5", "有多少岛？", "四十八")])
    examples = list(squad_examples(path, "set"))
    assert [e.answer and TEXT[slice(*e.answer)] for e in examples] == ["三座", "两千平方公里", None]
    assert {e.heading for e in examples} == {"太 湖"}


def test_the_sentence_with_the_answer_is_taken_out():
    example = Example("set", "太湖", "湖边有几座城市？", "太湖", TEXT, (15, 17))
    cut = without_answer(example)
    assert (cut.text, cut.answer) == ("湖的面积是两千平方公里。苏州是其中之一。", None)
    assert without_answer(cut) is None


def test_a_question_is_asked_of_another_text_of_its_article():
    one = Example("set", "太湖", "湖边有几座城市？", "太湖", TEXT, (15, 17))
    other = Example("set", "太湖", "水质如何？", "太湖", "水质良好。", (2, 4))
    moved = list(elsewhere([one, other], random.Random(1)))
    assert [(e.question, e.text, e.answer) for e in moved] == [
        ("湖边有几座城市？", "水质良好。", None), ("水质如何？", TEXT, None)]


def test_near_misses_have_their_paragraph(tmp_path):
    drcd = squad_file(tmp_path / "drcd.json", [pair("p1-1", "湖邊有幾座城市？", "三座", 15)])
    questions = tmp_path / "near.jsonl"
    lines = [{"paragraph": "p1", "kind": "reason", "question": "为什么有三座城市？", "answer": ""},
             {"paragraph": "p1", "kind": "answered", "question": "几座城市靠着湖？", "answer": "三座"}]
    questions.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert [e.answer for e in near_miss_examples(drcd, questions)] == [None, (15, 17)]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "pool").mkdir()
    (folder / "pool" / "rules.md").write_text(
        "# Rules of the pool\n\n- Children under **six** swim with an adult.\n- Lockers cost £1.\n", "utf-8")
    (folder / "pool" / "news.md").write_text("# News\n\nThe sauna is closed in May.\n", "utf-8")
    questions = [
        {"id": "pool-1", "lang": "en", "kind": "condition", "question": "Who must swim with an adult?",
         "behaviour": "answer", "document": "rules.md", "answer": "Children under **six**",
         "sentence": "Children under **six** swim with an adult."},
        {"id": "pool-2", "lang": "en", "kind": "near-miss/reason", "question": "Why is the sauna closed?",
         "behaviour": "refuse", "near": "The sauna is closed in May."}]
    (folder / "pool.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions), "utf-8")
    return folder


def test_a_question_has_the_passage_that_answers_and_others(library):
    examples = [e for e in library_examples(library, "libraries") if e.question.startswith("Who")]
    answered = [e for e in examples if e.answer]
    assert len(answered) == 1
    assert "six" in answered[0].text[slice(*answered[0].answer)]
    assert any("sauna" in e.text for e in examples if not e.answer)


def test_a_near_miss_has_the_passage_that_tempts(library):
    near = [e for e in library_examples(library, "libraries") if e.is_near]
    assert [(e.question, e.answer) for e in near] == [("Why is the sauna closed?", None)]
    assert "sauna" in near[0].text


def test_questions_are_asked_in_the_other_language_by_their_ids(library):
    examples = list(library_examples(library, "across", {"pool-2": "桑拿房为什么关闭？"}))
    assert {e.question for e in examples} == {"桑拿房为什么关闭？"}


def test_the_shipped_questions_in_the_other_language_belong_to_questions():
    known = {question.id: question for question in read_questions()}
    lines = (FOLDER.parent / "questions_across.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    assert len(asked) > 2500
    assert {record["id"] for record in asked} <= known.keys()

"""SQuAD format and the flat layout of CMRC: files are read, and spans are compared as in the scripts of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.benchmarks import squad
from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText
from rag.text.messages import REFUSAL

Publish = Callable[[object], Path]
Grade = Callable[[Benchmark, str, str, str], float | None]

LAKE = "Lake Tai covers 2,338 square kilometres."
POND = "洪泽湖在江苏西部，占全省面积的4.1%。"
ARTICLES: list[object] = [
    {"title": "Lakes", "paragraphs": [
        {"context": LAKE, "qas": [
            {"id": "q1", "question": "How large is Lake Tai?",
             "answers": [{"text": "2,338 square kilometres", "answer_start": 16}]},
            {"id": "q2", "question": "How deep is it?", "answers": [], "is_impossible": True,
             "plausible_answers": [{"text": "2,338", "answer_start": 16}]}]},
        {"context": POND, "qas": [
            {"id": "q3", "question": "洪泽湖在哪里？",
             "answers": [{"text": "江苏", "answer_start": 4}, {"text": "江苏西部", "answer_start": 4}]},
            {"id": "q4", "question": "洪泽湖占全省面积的多少？", "answers": [{"text": "4.1%", "answer_start": 14}]}]}]}]
NESTED = {"version": "v2.0", "data": ARTICLES}
FLAT = [{"context_id": "DEV_1", "context_text": POND, "title": "洪泽湖", "qas": [
    {"query_id": "DEV_1_QUERY_0", "query_text": "洪泽湖在哪里？", "answers": ["江苏", "江苏", "江苏西部"]}]}]


def test_each_paragraph_is_in_the_corpus_once_and_each_question_is_a_case(published: Publish) -> None:
    repeated = {"paragraphs": [{"context": LAKE, "qas": []}], "title": "Lakes"}
    found = squad.read_benchmark(published({"data": [*ARTICLES, repeated]}))
    assert found.corpus == (BenchmarkText("Lakes", LAKE), BenchmarkText("Lakes", POND))
    assert [(c.id, c.language, c.behaviour, c.split) for c in found.cases] == [
        ("q1", "en", "answer", "test"), ("q2", "en", "refuse", "test"),
        ("q3", "zh", "answer", "test"), ("q4", "zh", "answer", "test")]
    assert not found.case_texts
    assert not found.cases[1].must


def test_the_flat_layout_of_cmrc_is_read_too(published: Publish) -> None:
    found = squad.read_benchmark(published(FLAT))
    case, = found.cases
    assert (case.id, case.question, case.reference) == ("DEV_1_QUERY_0", "洪泽湖在哪里？", "江苏")
    assert case.must[0].wordings == ("江苏", "江苏西部")
    assert found.corpus == (BenchmarkText("洪泽湖", POND),)


@pytest.mark.parametrize(("id", "text", "exact", "f1", "contained"), [
    ("q1", "The 2,338 Square Kilometres!", 1.0, 1.0, 1.0),
    ("q1", "It covers 2,338 square kilometres [1].", 0.0, 0.75, 1.0),  # 3 shared of 5 and 3: 6/8
    ("q1", "12,338 square kilometres", 0.0, 2 / 3, 0.0),  # 2 shared of 3 and 3; a longer number is another number
    ("q3", "江苏。", 1.0, 1.0, 1.0),
    ("q3", "它在江苏的西部", 0.0, 4 / 9, 1.0),  # the longest run is 江苏: 2·2/(7+2) with 江苏; 2·2/(7+4) with 江苏西部
    ("q3", "苏江", 0.0, 0.5, 0.0),  # runs have an order: one character in common, 2·1/(2+2)
    ("q4", "占4.1%", 0.0, 0.8, 1.0),  # 4.1 and % are two pieces: 2·2/(3+2)
    ("q4", "14.1%", 0.0, 0.5, 0.0),
])
def test_spans_are_compared_as_the_scripts_do(
    published: Publish, grade: Grade, id: str, text: str, exact: float, f1: float, contained: float,
) -> None:
    found = squad.read_benchmark(published(NESTED))
    assert grade(found, id, "EM", text) == exact
    assert grade(found, id, "F1", text) == pytest.approx(f1)
    assert grade(found, id, "answer contained", text) == contained


@pytest.mark.parametrize(("id", "expected"), [("q1", 0.0), ("q2", 1.0)])
def test_a_refusal_is_the_empty_answer(published: Publish, grade: Grade, id: str, expected: float) -> None:
    found = squad.read_benchmark(published(NESTED))
    assert grade(found, id, "EM", REFUSAL["en"]) == grade(found, id, "F1", REFUSAL["en"]) == expected
    assert grade(found, "q2", "EM", "2,338 square kilometres") == 0.0
    assert grade(found, "q2", "answer contained", REFUSAL["en"]) is None


def test_a_blank_question_is_left_out(published: Publish) -> None:
    content = {"data": [{"paragraphs": [{"context": POND, "qas": [
        {"id": "b1", "question": " ", "answers": [{"text": "江苏"}]},
        {"id": "b2", "question": "在哪？", "answers": [{"text": "江苏"}]}]}]}]}
    assert [case.id for case in squad.read_benchmark(published(content)).cases] == ["b2"]


def one_question(**fields: object) -> object:
    question = {"id": "q", "question": "Why?", **fields}
    return {"data": [{"title": "t", "paragraphs": [{"context": LAKE, "qas": [question]}]}]}


@pytest.mark.parametrize(("content", "message"), [
    ({"version": "1"}, r"published\.json: 'data' is missing"),
    ("text", "an object is expected, but this is a text"),
    ({"data": [{"paragraphs": [7]}]}, r"data 1, paragraphs 1: an object is expected, but this is a number"),
    (one_question(), r"qas 1: 'answers' is missing"),
    (one_question(answers=[]), "'answers' is empty, and the question is not marked 'is_impossible'"),
    (one_question(answers=[{"start": 3}]), r"qas 1, answers: 'text' is missing"),
    (one_question(answers=[None]), "texts are expected, but there is null"),
    ({"data": []}, "contains no question"),
    ([*FLAT, *FLAT], "the id DEV_1_QUERY_0 occurs twice"),
])
def test_a_file_in_another_format_is_reported_in_one_sentence(
    published: Publish, content: object, message: str,
) -> None:
    with pytest.raises(BadBenchmark, match=message) as caught:
        squad.read_benchmark(published(content))
    assert "published.json" in str(caught.value)


def test_a_broken_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(NESTED)[:-5], "utf-8")
    with pytest.raises(BadBenchmark, match=r"cut\.json: not JSON .* cut short"):
        squad.read_benchmark(path)
    path.write_bytes(b"\x1f\x8b\xff")
    with pytest.raises(BadBenchmark, match="not UTF-8"):
        squad.read_benchmark(path)
    path.write_text("[" * 100_000, "utf-8")
    with pytest.raises(BadBenchmark, match="not JSON"):
        squad.read_benchmark(path)
    with pytest.raises(BadBenchmark, match="cannot be read"):
        squad.read_benchmark(tmp_path / "nowhere.json")

"""CRUD-RAG: the tasks are read as questions over news, and the overlap metrics equal the values computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.benchmarks import crud
from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText
from rag.text.messages import REFUSAL

Publish = Callable[[object], Path]
Grade = Callable[[Benchmark, str, str, str], float | None]

ONE = {
    "ID": "n1", "event": "太湖大桥通车", "news1": "5月3日，太湖大桥通车。",
    "questions": "太湖大桥哪天通车？", "answers": "苏州七家"}
TWO = {
    "ID": "n2", "event": "两座大桥", "news1": "5月3日，太湖大桥通车。", "news2": "Hongze Bridge opened in June.",
    "questions": "Which bridges opened?", "answers": "Tai Lake Bridge and Hongze Bridge opened this year"}
FILE = {"event_summary": [{"ID": "x"}], "questanswer_1doc": [ONE], "questanswer_2docs": [TWO]}


def test_news_are_in_the_corpus_once_and_without_the_event_that_reveals_the_answer(published: Publish) -> None:
    found = crud.read_benchmark(published(FILE))
    assert found.corpus == (
        BenchmarkText("", "5月3日，太湖大桥通车。"), BenchmarkText("", "Hongze Bridge opened in June."))
    assert [(c.id, c.language, c.type, c.reference) for c in found.cases] == [
        ("questanswer_1doc-n1", "zh", "questanswer_1doc", "苏州七家"),
        ("questanswer_2docs-n2", "en", "questanswer_2docs", "Tai Lake Bridge and Hongze Bridge opened this year")]
    assert not found.case_texts


def test_a_second_question_on_the_same_news_gets_an_id_of_its_own(published: Publish) -> None:
    found = crud.read_benchmark(published({"questanswer_1doc": [ONE, ONE | {"questions": "它在哪里？"}]}))
    assert [case.id for case in found.cases] == ["questanswer_1doc-n1", "questanswer_1doc-n1-2"]


@pytest.mark.parametrize(("text", "rouge", "f1"), [
    ("苏州有七家。", 8 / 9, 8 / 9),  # 4 in order of 5 and 4
    ("七家苏州", 0.5, 1.0),  # 2 in order of 4 and 4; all shared
    ("苏州七家 [1]", 1.0, 1.0),
    (REFUSAL["zh"], 0.0, 0.0),
])
def test_characters_are_compared_in_order_and_as_a_bag(
    published: Publish, grade: Grade, text: str, rouge: float, f1: float,
) -> None:
    found = crud.read_benchmark(published(FILE))
    assert grade(found, "questanswer_1doc-n1", "ROUGE-L (characters)", text) == pytest.approx(rouge)
    assert grade(found, "questanswer_1doc-n1", "char F1", text) == pytest.approx(f1)


def test_words_are_compared_in_order_and_in_runs(published: Publish, grade: Grade) -> None:
    found = crud.read_benchmark(published(FILE))
    text = "Tai Lake Bridge and Hongze Bridge opened"
    # the reference has 9 words, the answer is its first 7
    assert grade(found, "questanswer_2docs-n2", "ROUGE-L", text) == pytest.approx(14 / 16)
    assert grade(found, "questanswer_2docs-n2", "BLEU", text) == 1.0  # without brevity penalty
    # 1-grams 4 of 5, 2-grams 3 of 4, 3-grams 2 of 3, 4-grams 1 of 2: the product is 1/5
    assert grade(found, "questanswer_2docs-n2", "BLEU", "Tai Lake Bridge and Suzhou") == pytest.approx(0.2 ** 0.25)
    assert grade(found, "questanswer_2docs-n2", "BLEU", "Bridge, bridge, bridge!") == 0.0
    assert grade(found, "questanswer_2docs-n2", "ROUGE-L", REFUSAL["en"]) == 0.0


@pytest.mark.parametrize(("content", "message"), [
    ([ONE], r"published\.json: an object is expected, but this is a list"),
    ({"event_summary": []}, "has none of the tasks questanswer_1doc"),
    ({"questanswer_2docs": [ONE]}, r"questanswer_2docs 1: 'news2' is missing"),
    ({"questanswer_1doc": [ONE | {"answers": " "}]},
     r"questanswer_1doc 1: 'answers' must be a text, but is a blank text"),
    ({"questanswer_1doc": {}}, r"'questanswer_1doc' must be a list, but is an object"),
    ({"questanswer_1doc": []}, "contains no question"),
])
def test_a_file_in_another_format_is_reported_in_one_sentence(
    published: Publish, content: object, message: str,
) -> None:
    with pytest.raises(BadBenchmark, match=message):
        crud.read_benchmark(published(content))

"""ALCE: the three kinds of questions are read with their passages, and the metrics count as in its script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.benchmarks import alce
from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText
from rag.text.messages import REFUSAL

Publish = Callable[[object], Path]
Grade = Callable[[Benchmark, str, str, str], float | None]

DOCS = [
    {"id": "1", "title": "Tai Lake", "text": "Tai Lake covers 2,338 square kilometres.", "score": "1.0"},
    {"id": "2", "title": "太湖", "text": "太湖大桥于2019年通车。", "score": "0.9"},
    *({"id": str(n), "title": None, "text": f"Note {n} speaks of boats.", "score": "0.1"} for n in range(3, 9))]
ASQA = {
    "sample_id": "-17", "question": "How large is the lake, and when was it named?", "answer": "It covers 2,338 km².",
    "docs": DOCS, "qa_pairs": [
        {"question": "How large?", "short_answers": ["2,338 square kilometres", "2338 km²"], "context": "",
         "wikipage": None},
        {"question": "When?", "short_answers": ["the Song dynasty"]}]}
QAMPARI = {"id": "3__simple__test", "question": "Which lakes are in Jiangsu?", "docs": DOCS,
           "answers": [["Tai Lake", "Lake Tai"], ["Hongze"], ["Gaoyou"], ["Luoma"], ["Shijiu"], ["Ge"]]}
ELI5 = {"question": "太湖大桥为什么重要？", "answer": "因为它连接两岸。", "claims": ["大桥连接两岸。"], "docs": DOCS}


def test_the_three_kinds_and_their_first_passages(published: Publish) -> None:
    found = alce.read_benchmark(published([ASQA, QAMPARI, ELI5]))
    assert [(c.id, c.type, c.language, len(c.must)) for c in found.cases] == [
        ("-17", "asqa", "en", 2), ("3__simple__test", "qampari", "en", 6), ("alce-3", "eli5", "zh", 0)]
    assert found.cases[0].must[0].wordings == ("2,338 square kilometres", "2338 km²")
    assert found.case_texts["-17"][0] == BenchmarkText("Tai Lake", "Tai Lake covers 2,338 square kilometres.")
    assert found.case_texts["alce-3"][2] == BenchmarkText("", "Note 3 speaks of boats.")
    assert {len(texts) for texts in found.case_texts.values()} == {5}
    two_passages = alce.read_benchmark(published([ASQA]), passages=2)
    assert {len(texts) for texts in two_passages.case_texts.values()} == {2}
    assert not found.corpus


@pytest.mark.parametrize(("text", "share"), [
    ("It covers 2338 square kilometres [1]; it was named in Song  Dynasty times.", 1.0),
    ("It covers 2,338 KM².", 0.5), (REFUSAL["en"] + " Song dynasty", 0.0)])
def test_short_answers_are_looked_for_in_the_answer(published: Publish, grade: Grade, text: str, share: float) -> None:
    found = alce.read_benchmark(published([ASQA, QAMPARI]))
    assert grade(found, "-17", "STR-EM", text) == share
    assert grade(found, "3__simple__test", "STR-EM", text) is None


@pytest.mark.parametrize(("text", "precision", "recall", "recall_5", "contained"), [
    ("Lake Tai [1], the Hongze, West Lake.", 2 / 3, 2 / 6, 2 / 5, 2 / 6),
    ("Tai Lake, Hongze, Gaoyou, Luoma, Shijiu, ,", 1.0, 5 / 6, 1.0, 5 / 6),
    ("Among them are Tai Lake and Hongze.", 0.0, 0.0, 0.0, 2 / 6),
    (REFUSAL["en"], 0.0, 0.0, 0.0, 0.0),
])
def test_lists_are_compared_item_by_item(
    published: Publish, grade: Grade, text: str, precision: float, recall: float, recall_5: float, contained: float,
) -> None:
    found = alce.read_benchmark(published([QAMPARI, ASQA]))
    values = {"precision": precision, "recall": recall, "recall-5": recall_5, "items contained": contained}
    for name, value in values.items():
        assert grade(found, "3__simple__test", f"QAMPARI {name}", text) == pytest.approx(value)
        assert grade(found, "-17", f"QAMPARI {name}", text) is None


GOOD, ZH = "Tai Lake covers 2,338 square kilometres", "太湖大桥于2019年通车"


@pytest.mark.parametrize(("text", "recall", "precision"), [
    (f"{GOOD} [1]. {GOOD} [1][3]. Swans sing.", 1 / 3, 1 / 3),  # only the first statement is supported
    (f"{GOOD} [1].\n{ZH}[2]。", 1.0, 1.0),
    ("Tai Lake covers 9,999 square kilometres [1].", 0.0, 0.0),
    (f"{GOOD} [7].", 1.0, 1.0),  # the unknown marker is removed, and the supporting passage cited
    (f"{GOOD}.", 1.0, 1.0),
    ("Swans sing.", 0.0, 0.0),
    (REFUSAL["en"], 0.0, 0.0),
])
def test_a_statement_is_supported_if_all_its_citations_are_verified(
    published: Publish, grade: Grade, text: str, recall: float, precision: float,
) -> None:
    found = alce.read_benchmark(published([ASQA]))
    assert grade(found, "-17", "citation recall (by verification)", text) == pytest.approx(recall)
    assert grade(found, "-17", "citation precision (by verification)", text) == pytest.approx(precision)


@pytest.mark.parametrize(("content", "message"), [
    ({"data": [ASQA]}, r"published\.json: a list of questions is expected"),
    ([ASQA, {"question": "Why?", "docs": []}], r"question 2: has none of 'qa_pairs' \(ASQA\)"),
    ([{name: value for name, value in ASQA.items() if name != "docs"}], r"question 1: 'docs' is missing"),
    ([ASQA | {"docs": [{"title": "t"}]}], r"question 1, docs 1: 'text' is missing"),
    ([ASQA | {"qa_pairs": None}], r"question 1: 'qa_pairs' must be a list, but is null"),
    ([ASQA, ASQA], "the id -17 occurs twice"),
    ([], "contains no question"),
])
def test_a_file_in_another_format_is_reported_in_one_sentence(
    published: Publish, content: object, message: str,
) -> None:
    with pytest.raises(BadBenchmark, match=message):
        alce.read_benchmark(published(content))


def test_no_passages_cannot_be_given(published: Publish) -> None:
    with pytest.raises(BadBenchmark, match="give one or more"):
        alce.read_benchmark(published([ASQA]), passages=0)

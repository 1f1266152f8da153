"""RGB: records are read as questions with drawn documents, and the rates are counted as in its script."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.benchmarks import rgb
from evals.benchmarks.benchmark import BadBenchmark, Benchmark
from rag.text.messages import REFUSAL

Publish = Callable[[object], Path]
Grade = Callable[[Benchmark, str, str, str], float | None]

ROOT = Path(__file__).parents[3]
NOISE = {
    "id": 0, "query": "When did the Tai Lake bridge open?", "answer": [["May 3 2019", "3 May 2019"]],
    "positive": [f"Report {n}: the bridge opened on May 3 2019." for n in range(6)],
    "negative": [f"Report {n}: the bridge is long." for n in range(9)]}
PARTS = {
    "id": 4, "query": "太湖大桥和洪泽湖大桥分别长多少？",
    "answer": ["4.3公里", ["12公里", "十二公里"]], "answer2": ["12公里"],
    "positive": [[f"太湖大桥长4.3公里（{n}）。" for n in range(4)], ["洪泽湖大桥长12公里。"]],
    "negative": [f"这座桥很美（{n}）。" for n in range(9)]}
WRONG = {
    "id": 7, "query": "中超冠军是谁？", "answer": "江苏苏宁", "fakeanswer": "广州恒大",
    "positive": ["江苏苏宁夺冠。", "冠军是江苏苏宁。"], "positive_wrong": ["广州恒大夺冠。", "冠军是广州恒大。"],
    "negative": [f"联赛有16支球队（{n}）。" for n in range(9)]}


def texts(benchmark: Benchmark, number: int = 0) -> list[str]:
    return [one.text for one in benchmark.case_texts[benchmark.cases[number].id]]


@pytest.mark.parametrize(("passages", "noise", "helpful"), [
    (5, 0.4, 3), (5, 0.5, 2), (5, 0.0, 5), (10, 0.2, 6), (3, 0.6, 1)])
def test_the_share_of_noise_is_rounded_up_and_missing_documents_are_replaced(
    published_lines: Publish, passages: int, noise: float, helpful: int,
) -> None:
    found = texts(rgb.read_benchmark(published_lines([NOISE]), passages=passages, noise=noise))
    assert len(found) == passages
    assert sum("May 3" in text for text in found) == helpful


def test_a_noise_question_requires_its_answer_in_any_wording(published_lines: Publish, grade: Grade) -> None:
    found = rgb.read_benchmark(published_lines([NOISE]))
    case, = found.cases
    assert (case.id, case.type, case.language, case.behaviour) == ("rgb-en-noise-0", "noise", "en", "answer")
    assert case.must[0].wordings == ("May 3 2019", "3 May 2019")
    assert grade(found, case.id, "accuracy", "It opened on 3  may 2019 [1].") == 1.0
    assert grade(found, case.id, "accuracy", "It opened in May 2019.") == 0.0
    assert grade(found, case.id, "accuracy", REFUSAL["en"] + " May 3 2019") == 0.0
    assert grade(found, case.id, "rejection rate", REFUSAL["en"]) is None
    assert grade(found, case.id, "error detection rate", "x") is None


def test_with_nothing_but_noise_the_question_is_to_be_refused(published_lines: Publish, grade: Grade) -> None:
    found = rgb.read_benchmark(published_lines([NOISE, PARTS, WRONG]), noise=1)
    expectations = [(case.type, case.behaviour, case.must, case.must_not) for case in found.cases]
    assert expectations == [("rejection", "refuse", (), ())] * 3
    assert all(len(texts(found, n)) == 5 for n in range(3))
    assert not any("May 3" in text for text in texts(found))
    assert grade(found, "rgb-en-rejection-0", "rejection rate", REFUSAL["en"]) == 1.0
    assert grade(found, "rgb-en-rejection-0", "rejection rate", "It opened in 1990.") == 0.0
    assert grade(found, "rgb-en-rejection-0", "accuracy", REFUSAL["en"]) is None


@pytest.mark.parametrize(("passages", "noise", "first", "second"), [
    (5, 0.4, 2, 1), (5, 0.8, 1, 1), (2, 0.5, 1, 1), (5, 0.0, 4, 1)])
def test_each_part_of_an_integration_question_keeps_a_document(
    published_lines: Publish, passages: int, noise: float, first: int, second: int,
) -> None:
    found = texts(rgb.read_benchmark(published_lines([PARTS]), passages=passages, noise=noise))
    assert len(found) == passages
    assert (sum("4.3公里" in text for text in found), sum("12公里" in text for text in found)) == (first, second)


def test_every_part_of_an_integration_question_must_be_in_the_answer(published_lines: Publish, grade: Grade) -> None:
    found = rgb.read_benchmark(published_lines([PARTS]))
    assert found.cases[0].id == "rgb-zh-integration-4"
    assert grade(found, "rgb-zh-integration-4", "accuracy", "太湖大桥长 4.3 公里，洪泽湖大桥长十二公里。") == 1.0
    assert grade(found, "rgb-zh-integration-4", "accuracy", "太湖大桥长4.3公里。") == 0.0


def test_counterfactual_documents_contain_the_false_answer(published_lines: Publish, grade: Grade) -> None:
    found = rgb.read_benchmark(published_lines([WRONG]))
    case, = found.cases
    assert case.type == "counterfactual"
    assert (case.must[0].wordings, case.must_not[0].wordings) == (("江苏苏宁",), ("广州恒大",))
    assert sorted(text for text in texts(found) if "冠" in text) == ["冠军是广州恒大。", "广州恒大夺冠。"]
    assert len(texts(found)) == 4  # as in the script of the paper, a missing wrong document is not replaced
    right, wrong = "文档存在事实性错误，冠军是江苏苏宁。", "文档存在事实性错误，冠军是广州恒大。"
    for text, accuracy, detected, corrected in (
            (right, 1.0, 1.0, 1.0), (wrong, 0.0, 1.0, 0.0),
            ("冠军是江苏苏宁。", 1.0, 0.0, None), ("冠军是广州恒大。", 0.0, 0.0, None)):
        assert grade(found, case.id, "accuracy", text) == accuracy
        assert grade(found, case.id, "error detection rate", text) == detected
        assert grade(found, case.id, "error correction rate", text) == corrected


def test_a_false_answer_inside_the_correct_one_is_not_forbidden(published_lines: Publish) -> None:
    assert not rgb.read_benchmark(published_lines([WRONG | {"fakeanswer": "苏宁"}])).cases[0].must_not


def test_the_same_documents_are_drawn_in_every_process(published_lines: Publish) -> None:
    path = published_lines([NOISE, PARTS, WRONG])
    code = (
        "import sys, pathlib; from evals.benchmarks import rgb; "
        "print(hash('x') and rgb.read_benchmark(pathlib.Path(sys.argv[1])).case_texts)")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}).stdout for seed in ("1", "2")}
    assert outputs == {f"{rgb.read_benchmark(path).case_texts}\n"}


def test_the_drawn_documents_do_not_depend_on_other_records(published_lines: Publish) -> None:
    expected = rgb.read_benchmark(published_lines([PARTS])).case_texts["rgb-zh-integration-4"]
    assert rgb.read_benchmark(published_lines([NOISE, WRONG, PARTS])).case_texts["rgb-zh-integration-4"] == expected


def test_a_line_separator_within_a_document_does_not_end_the_record(published_lines: Publish) -> None:
    record = NOISE | {"positive": ["May 3 2019\u2028and\x85on."], "negative": []}
    found = rgb.read_benchmark(published_lines([record]))
    assert texts(found) == ["May 3 2019\u2028and\x85on."]


def test_a_lone_surrogate_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(NOISE | {"positive": ["May 3 2019 \ud83d"], "negative": []}), "utf-8")
    assert texts(rgb.read_benchmark(path)) == ["May 3 2019 \ufffd"]


@pytest.mark.parametrize(("passages", "noise"), [
    (0, 0.4), (5, 1.1), (5, -0.1), (5, float("nan")), (1, 0.4), (2, 0.6)])
def test_options_that_leave_no_document_with_the_answer_are_rejected(
    published_lines: Publish, passages: int, noise: float,
) -> None:
    with pytest.raises(BadBenchmark, match="passages"):
        rgb.read_benchmark(published_lines([NOISE]), passages=passages, noise=noise)


@pytest.mark.parametrize(("change", "message"), [
    ({"query": None}, r"published\.json, line 2: 'query' must be a text, but is null"),
    ({"answer": []}, r"line 2: 'answer' is empty"),
    ({"answer": [{"text": "x"}]}, r"line 2, 'answer': texts are expected, but there is an object"),
    ({"positive": "one"}, r"line 2: 'positive' must be a list, but is a text"),
    ({"negative": [["deep"]]}, r"line 2, 'negative': texts are expected, but there is a list"),
    ({"id": 9}, r"published\.json: the id rgb-en-noise-9 occurs twice"),
])
def test_a_file_in_another_format_is_reported_in_one_sentence(
    published_lines: Publish, change: dict[str, object], message: str,
) -> None:
    with pytest.raises(BadBenchmark, match=message):
        rgb.read_benchmark(published_lines([NOISE | {"id": 9}, NOISE | change]))


def test_a_record_that_lacks_a_field_is_named(published_lines: Publish) -> None:
    with pytest.raises(BadBenchmark, match="line 1: 'negative' is missing"):
        rgb.read_benchmark(published_lines([{name: value for name, value in NOISE.items() if name != "negative"}]))
    with pytest.raises(BadBenchmark, match="line 1: an object is expected, but this is a list"):
        rgb.read_benchmark(published_lines([[NOISE]]))

"""huwen eval reader: the chosen sentence is compared with the span, and paragraphs without an answer get low scores."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.benchmarks.benchmark import BadBenchmark
from evals.reader import measure_reader, read_questions
from ui.cli import app

LAKE = "Lake Tai covers 2,338 square kilometres. It lies in the delta of the Yangtze. The Wu kings fished here."
POND = "洪泽湖在江苏西部。洪泽湖占全省面积的4.1%。渔民在湖上养蟹。"


def question(id: str, text: str, *answers: str) -> dict[str, object]:
    spans = [{"text": answer, "answer_start": 0} for answer in answers]
    record: dict[str, object] = {"id": id, "question": text, "answers": spans}
    return record if answers else record | {"is_impossible": True}


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    """A gzipped file with two documents, three answerable questions and an impossible one."""
    data = [
        {"title": "Lake Tai", "paragraphs": [{"context": LAKE, "qas": [
            question("1", "How many square kilometres does Lake Tai cover?", "2,338 square kilometres"),
            question("2", "Who built the railway to Brighton in 1841?")]}]},
        {"title": "洪泽湖", "paragraphs": [{"context": POND, "qas": [
            question("3", "洪泽湖占全省面积的百分之几？", "4.1%"), question("4", "渔民在湖上养什么？", "蟹")]}]}]
    path = tmp_path / "lakes.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"version": "v2.0", "data": data}).encode()))
    return path


def test_the_chosen_sentence_holds_the_answer_and_missing_answers_have_low_scores(
    squad_file: Path, tmp_path: Path,
) -> None:
    result = measure_reader(squad_file, tmp_path / "home")
    assert (result.questions, result.sentence.n, result.sentence.mean) == (4, 3, 1.0)
    assert result.impossible is not None
    assert (result.impossible.n, result.impossible.area) == (1, 1.0)
    assert result.removed is not None
    assert result.removed.n == 3
    assert result.retrieved is None


def test_questions_are_drawn_evenly(squad_file: Path) -> None:
    assert [one.document for one in read_questions(squad_file, 2)] == ["Lake Tai", "洪泽湖"]
    assert [one.answers for one in read_questions(squad_file)][1] == ()


def test_a_damaged_archive_and_a_file_without_answers_are_named(squad_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(squad_file.read_bytes()[:-40])
    with pytest.raises(BadBenchmark, match="broken"):
        read_questions(broken)
    empty = tmp_path / "impossible.json"
    empty.write_text(json.dumps({"data": [{"title": "t", "paragraphs": [
        {"context": LAKE, "qas": [question("1", "Who?")]}]}]}), "utf-8")
    with pytest.raises(BadBenchmark, match="no question with an answer"):
        read_questions(empty)


def test_the_command_prints_a_table_and_json(squad_file: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "reader", str(squad_file)])
    assert result.exit_code == 0, result.output
    assert "marked impossible" in result.output
    assert "paragraph given: 1.000" in result.output
    [figures] = json.loads(CliRunner().invoke(app, ["eval", "reader", str(squad_file), "--json"]).output)
    assert figures["removed"]["n"] == 3

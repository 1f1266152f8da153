"""Each case is asked of the library of its own folder, which is filled once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.case_libraries import documents_digest, documents_folder, open_case_libraries, read_case_library
from evals.cases import BadDataset, Case, load
from evals.run_folder import EvalRun
from rag.settings import Settings
from tests.conftest import Huwen
from ui.cli import app

DOCUMENTS = {
    "泳馆": ("须知.md", "# 泳馆须知\n\n泳馆每晚21:00关门。\n"),
    "museum": ("rules.txt", "Museum rules\n\nThe gate of the museum closes at 17:30 every evening.\n")}
QUESTIONS = {"泳馆": ("泳馆几点关门？", "21:00"), "museum": ("When does the gate of the museum close?", "17:30")}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two libraries, each with one document and one question that the other library cannot answer."""
    path = tmp_path / "halls.jsonl"
    lines = []
    for name, (file, text) in DOCUMENTS.items():
        folder = tmp_path / "halls" / name
        folder.mkdir(parents=True)
        (folder / file).write_text(text, "utf-8")
        question, time = QUESTIONS[name]
        lines.append({
            "id": f"{name}-1", "question": question, "must": [{"any": [time]}], "library": name,
            "evidence": [{"document": file, "sentence": text.splitlines()[-1], "answer": time}]})
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return path


def small_settings(home: Path) -> Settings:
    return Settings(home=home, seeds=None, chat_model="", base_url="", api_key="", embed_model="none")


def test_each_library_has_only_the_documents_of_its_folder(dataset: Path, tmp_path: Path) -> None:
    cases = load(dataset)
    with open_case_libraries(dataset, cases, small_settings(tmp_path), tmp_path / "filled") as libraries:
        assert list(libraries) == list(DOCUMENTS)
        for case in cases:
            answer = libraries[case.library].ask(case.question)
            assert QUESTIONS[case.library][1] in answer.text
            content = read_case_library(libraries[case.library].library, documents_folder(dataset, case.library))
            assert content.texts == dict([DOCUMENTS[case.library]])
            assert len(content.passages) == 1


def test_libraries_are_filled_again_only_after_a_change(dataset: Path, tmp_path: Path) -> None:
    cases, settings, root = load(dataset), small_settings(tmp_path), tmp_path / "filled"
    for _ in range(2):
        with open_case_libraries(dataset, cases, settings, root):
            pass
        assert len(list(root.iterdir())) == 2
    before = documents_digest(dataset, "museum")
    (documents_folder(dataset, "museum") / "rules.txt").write_text("The gate closes at noon.", "utf-8")
    assert documents_digest(dataset, "museum") != before
    with open_case_libraries(dataset, cases, settings, root) as libraries:
        assert "noon" in libraries["museum"].ask("When does the gate close?").text


def test_a_missing_folder_and_an_unreadable_document_are_named(dataset: Path, tmp_path: Path) -> None:
    settings = small_settings(tmp_path)
    missing: list[Case] = [case for case in load(dataset) if case.library == "museum"]
    (documents_folder(dataset, "museum") / "broken.pdf").write_bytes(b"no PDF at all")
    opening = open_case_libraries(dataset, missing, settings, tmp_path / "a")
    with pytest.raises(BadDataset, match=r"broken\.pdf"), opening:
        pass
    (tmp_path / "halls" / "museum").rename(tmp_path / "halls" / "gallery")
    with pytest.raises(BadDataset, match="museum"), open_case_libraries(dataset, missing, settings, tmp_path / "b"):
        pass


def test_the_command_asks_each_case_of_its_library(dataset: Path, tmp_path: Path, huwen: Huwen) -> None:
    words = ("eval", "--dataset", dataset, "--model", "extractive", "--library", "museum", "--out", tmp_path / "run")
    result = huwen(*words, HUWEN_EMBED_MODEL="none")
    assert result.returncode == 0, result.stderr
    assert "right in all" in result.stdout
    answers = EvalRun.open(tmp_path / "run").read_answers()
    assert list(answers) == ["museum-1"]
    assert "17:30" in answers["museum-1"].text


def test_cases_are_chosen_by_language_and_evenly(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUWEN_EMBED_MODEL", "none")
    monkeypatch.setenv("HUWEN_HOME", str(tmp_path / "home"))
    for options, ids in ((["--language", "zh"], ["泳馆-1"]), (["--limit", "1"], ["泳馆-1"])):
        run = tmp_path / options[0]
        words = ["eval", "--dataset", str(dataset), "--model", "extractive", *options, "--out", str(run)]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert [case.id for case in EvalRun.open(run).cases] == ids


def test_an_unknown_library_is_named(dataset: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "--dataset", str(dataset), "--library", "harbour"])
    assert "no library harbour; it has museum, 泳馆" in str(result.exception)

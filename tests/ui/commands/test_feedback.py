"""Judged answers as eval cases, and the commands that list, export and delete conversations, with a real database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.cases import BadDataset, Case, Fact, load
from evals.metrics.behaviour import answer_correctness
from rag.pipeline import Pipeline
from rag.schema import Answer, Turn
from ui.commands import feedback
from ui.commands import history as commands
from ui.commands.terminal import CommandFailed
from ui.history.exchange import Exchange
from ui.history.feedback_cases import IncompleteCase, build_cases
from ui.history.history import History, open_history

MakePipeline = Callable[..., Pipeline]
ZH, EN = "苏州2022年有几家灯塔工厂？", "What is the output value of Suzhou's four clusters?"


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    """The history of the settings."""
    monkeypatch.setenv("HUWEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUWEN_DATABASE_URL", "")
    built_cases = open_history("", tmp_path / "home")
    yield built_cases
    built_cases.close()


@pytest.fixture
def pipeline(make_pipeline: MakePipeline) -> Pipeline:
    return make_pipeline(
        works_zh="# 灯塔\n\n## 数量\n\n苏州2022年有6家灯塔工厂，占全国的八分之一。\n",
        clusters="# Clusters\n\nThe output value of Suzhou's four clusters is 3.8 trillion yuan.\n")


def ask(history: History, pipeline: Pipeline, *questions: str) -> str:
    id = ""
    for question in questions:
        id, _ = history.save_exchange(id, Exchange(pipeline.ask(question)), pipeline.library.sources())
    return id


def judge(history: History, id: str, position: int, thumb: str, reason: str = "") -> None:
    history.save_judgement(history.get_conversation(id).entries[position].id, thumb, reason)  # type: ignore[arg-type]


def test_an_approved_answer_becomes_a_case_with_its_verified_figures(history: History, pipeline: Pipeline) -> None:
    id = ask(history, pipeline, ZH, EN)
    judge(history, id, 0, "up")
    judge(history, id, 1, "up", "good")
    chinese, english = (case for case in build_cases(history.judged_conversations()) if isinstance(case, Case))
    assert Fact(figure="6家") in chinese.must
    assert not [fact for fact in chinese.must if "2022" in fact.figure]  # the question states it
    assert chinese.gold[0][0].startswith("works#")
    assert english.must == (Fact(figure="3.8 trillion yuan"),)
    assert english.gold == (("The output value of Suzhou's four clusters is 3.8 trillion yuan.",),)
    assert [turn.question for turn in english.history] == [ZH]
    for case in (chinese, english):
        verdict = answer_correctness(case, pipeline.ask(case.question))
        assert verdict
        assert verdict.value == 1


def test_an_approved_refusal_becomes_a_case_that_expects_a_refusal(history: History, pipeline: Pipeline) -> None:
    id = ask(history, pipeline, "火星上有多少人口？")
    judge(history, id, 0, "up")
    (case,) = build_cases(history.judged_conversations())
    assert isinstance(case, Case)
    assert (case.behaviour, case.must, case.gold, case.reference) == ("refuse", (), (), "")


def test_a_rejected_or_unchecked_answer_becomes_an_incomplete_case(history: History, pipeline: Pipeline) -> None:
    id = ask(history, pipeline, ZH)
    history.save_exchange(id, Exchange(Answer(EN, "en", "composing", "It is 3", model="m"), stopped=True), ())
    judge(history, id, 0, "down", "应为7家\n见年报")
    judge(history, id, 1, "up")
    built_cases = list(build_cases(history.judged_conversations()))
    assert all(isinstance(one, IncompleteCase) for one in built_cases)
    rejected, unchecked = (one for one in built_cases if isinstance(one, IncompleteCase))
    assert "应为7家 见年报" in rejected.note
    assert "not checked" in unchecked.note
    assert all((one.case.must, one.case.gold, one.case.reference) == ((), (), "") for one in (rejected, unchecked))
    assert unchecked.case.history == (Turn(ZH, rejected.answer),)


def test_complete_cases_are_exported_as_a_dataset_and_incomplete_ones_to_a_second_file(
    history: History, pipeline: Pipeline, tmp_path: Path,
) -> None:
    id = ask(history, pipeline, ZH, EN)
    judge(history, id, 0, "up")
    judge(history, id, 1, "down", "too short")
    to, to_complete = tmp_path / "cases.jsonl", tmp_path / "cases.to-complete.jsonl"
    result = CliRunner().invoke(feedback.app, ["export", "-o", str(to)])
    assert result.exit_code == 0, result.output
    (case,) = load(to)
    assert case.question == ZH
    with pytest.raises(BadDataset, match="note"):
        load(to_complete)
    incomplete = json.loads(to_complete.read_text("utf-8"))
    assert "too short" in incomplete.pop("note")
    assert "3.8 trillion" in incomplete.pop("answer")
    to_complete.write_text(json.dumps({**incomplete, "must": [{"figure": "3.8 trillion yuan"}]}), "utf-8")
    assert load(to_complete)[0].must == (Fact(figure="3.8 trillion yuan"),)
    second_result = CliRunner().invoke(feedback.app, ["export", "-o", str(to)])
    assert isinstance(second_result.exception, CommandFailed)  # a file that a person may have edited is not replaced
    assert CliRunner().invoke(feedback.app, ["export", "-o", str(to), "--force"]).exit_code == 0


def test_without_judgements_there_is_nothing_to_export(
    history: History, pipeline: Pipeline, tmp_path: Path,
) -> None:
    ask(history, pipeline, ZH)
    result = CliRunner().invoke(feedback.app, ["export", "-o", str(tmp_path / "x.jsonl")])
    assert isinstance(result.exception, CommandFailed)
    assert not (tmp_path / "x.jsonl").exists()


def test_conversations_are_listed_exported_and_deleted(history: History, pipeline: Pipeline, tmp_path: Path) -> None:
    id, other = ask(history, pipeline, ZH), ask(history, pipeline, EN)
    run = CliRunner().invoke
    assert ZH in run(commands.app, ["list"]).output
    assert [one["id"] for one in json.loads(run(commands.app, ["list", "--json", "CLUSTERS"]).output)] == [other]
    for name in ("a.md", "a.json", "a.docx"):
        assert run(commands.app, ["export", id[:8], "-o", str(tmp_path / name)]).exit_code == 0
    assert "## 参考文献" in (tmp_path / "a.md").read_text("utf-8")
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["entries"][0]["question"] == ZH
    assert ZH in run(commands.app, ["delete", id]).output
    assert [one.id for one in history.list_conversations()] == [other]
    assert isinstance(run(commands.app, ["delete", id]).exception, Exception)
    assert isinstance(run(commands.app, ["export", "", "-o", str(tmp_path / "x.pdx")]).exception, Exception)

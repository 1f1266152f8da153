"""A run stores each answer on arrival, can be resumed, and gives the same scores each time."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.answer_cache import AnswerCache
from evals.cases import Case, Fact, dump
from evals.run import EvalSettings, RunInterrupted, run_cases, run_fingerprint, write_results
from evals.run_folder import BadRun, EvalRun, list_runs
from rag.schema import Answer, HuwenError
from tests.conftest import Huwen, MakePipeline
from tests.servers import Reply, error_reply, event, scripted_server, text_reply

LAKE = {
    "lake_zh": "# 太湖\n\n太湖面积2338平方千米。", "lake_en": "# Lake Tai\n\nLake Tai covers 2,338 square kilometres."}


def case(id: str, question: str) -> Case:
    language = "en" if question.isascii() else "zh"
    return Case(id, language, "numeric", question, (), "2338", (Fact("2338"),), (), (), "answer", "dev")


CASES = (case("zh-1", "太湖面积是多少？"), case("en-1", "How large is Lake Tai?"), case("zh-2", "太湖有多大？"))


def pipeline_settings(make_pipeline: MakePipeline) -> EvalSettings:
    pipeline = make_pipeline(**LAKE)
    return EvalSettings(lambda c: pipeline.stream(c.question, c.history))


def create_run(folder: Path, cases: tuple[Case, ...] = CASES) -> EvalRun:
    return EvalRun.create(folder, run_fingerprint(set="lake", model="extractive"), cases)


def test_a_run_leaves_answers_scores_and_reports(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run")
    steps: list[tuple[int, int]] = []
    run_cases(run, pipeline_settings(make_pipeline), lambda done, total: steps.append((done, total)))
    summary = write_results(run)
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {summary.overall[language]["fact recall"].mean for language in ("zh", "en")} == {1.0}
    assert {path.name for path in run.folder.iterdir()} >= {
        "about.json", "cases.jsonl", "answers.jsonl", "scores.jsonl", "summary.json", "report.md", "report.html"}
    about = json.loads((run.folder / "about.json").read_text("utf-8"))
    assert {"set", "model", "code", "prompts"} <= set(about)


def test_scoring_again_writes_the_same_bytes(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    run_cases(create_run(tmp_path / "run"), pipeline_settings(make_pipeline))
    command = [sys.executable, "-c", "from ui.cli import main; main()", "eval", "rescore", str(tmp_path / "run")]
    digests = set()
    for seed in ("0", "1", "random"):
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": seed})
        digests.add(digest_results(tmp_path / "run"))
    assert len(digests) == 1


def digest_results(folder: Path) -> str:
    files = ("scores.jsonl", "summary.json", "report.md", "report.html")
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in files)).hexdigest()


def test_resuming_asks_only_cases_without_an_answer(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run")
    settings = pipeline_settings(make_pipeline)
    asked_ids: list[str] = []

    def ask(c: Case) -> Generator[Answer]:
        asked_ids.append(c.id)
        yield from settings.ask(c)

    run_cases(EvalRun.create(tmp_path / "short", run.about, CASES[:1]), EvalSettings(ask))
    (run.folder / "answers.jsonl").write_bytes((tmp_path / "short" / "answers.jsonl").read_bytes())
    run_cases(EvalRun.open(run.folder), EvalSettings(ask))
    assert asked_ids == ["zh-1", "en-1", "zh-2"]


def test_an_incomplete_line_is_asked_again_and_the_journal_stays_valid(
    make_pipeline: MakePipeline, tmp_path: Path,
) -> None:
    run = create_run(tmp_path / "run")
    run_cases(run, pipeline_settings(make_pipeline))
    journal = run.folder / "answers.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    assert len(run.finished_answers()) == 2
    run_cases(run, pipeline_settings(make_pipeline))
    assert len(run.finished_answers()) == 3
    assert all(json.loads(line) for line in journal.read_text("utf-8").splitlines())


def test_failed_answers_are_recorded_and_asked_again(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run")

    def ask_failing_model(c: Case) -> Generator[Answer]:
        yield Answer(c.question, c.language)
        if c.language == "en":
            raise HuwenError("the endpoint is down")
        yield from pipeline_settings(make_pipeline).ask(c)

    run_cases(run, EvalSettings(ask_failing_model))
    assert write_results(run).overall["en"]["errors"].mean == 1.0
    assert set(run.finished_answers()) == {"zh-1", "zh-2"}
    run_cases(run, pipeline_settings(make_pipeline))
    assert write_results(run).overall["en"]["errors"].mean == 0.0


def test_an_endpoint_that_is_down_is_not_asked_hundreds_of_times(tmp_path: Path) -> None:
    many_cases = tuple(case(f"c-{n}", f"第{n}问？") for n in range(50))
    asked_ids: list[str] = []

    def ask_unreachable_endpoint(c: Case) -> Generator[Answer]:
        asked_ids.append(c.id)
        raise HuwenError("connection refused")
        yield

    with pytest.raises(RunInterrupted, match=r"connection refused.*--resume"):
        run_cases(create_run(tmp_path / "run", many_cases), EvalSettings(ask_unreachable_endpoint))
    assert len(asked_ids) < 10


def test_two_processes_cannot_work_on_one_run(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    run = create_run(tmp_path / "run")
    with run.open_journal(), pytest.raises(BadRun, match="another process"):
        run_cases(EvalRun.open(run.folder), pipeline_settings(make_pipeline))


def test_only_complete_answers_are_cached(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite")
    complete = Answer("问", "zh", "grounded", "答[1]。", model="m")
    cache.put("a", complete)
    cache.put("b", replace(complete, status="failed"))
    cache.put("c", replace(complete, status="composing"))
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (complete, None, None)


def test_a_cached_answer_is_not_asked_again_unless_the_model_changes(
    make_pipeline: MakePipeline, tmp_path: Path,
) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite")
    settings = pipeline_settings(make_pipeline)
    asked_ids: list[str] = []

    def ask(c: Case) -> Generator[Answer]:
        asked_ids.append(c.id)
        yield from settings.ask(c)

    for folder, model in (("one", "a"), ("two", "a"), ("three", "b")):
        run = EvalRun.create(tmp_path / folder, run_fingerprint(set="lake", model=model), CASES)
        run_cases(run, EvalSettings(ask, cache=cache))
    assert len(asked_ids) == 2 * len(CASES)


def test_several_questions_are_asked_at_a_time(tmp_path: Path) -> None:
    barrier = threading.Barrier(3, timeout=60)

    def ask(c: Case) -> Generator[Answer]:
        barrier.wait()
        yield Answer(c.question, c.language, "grounded", "2338")

    run_cases(create_run(tmp_path / "run"), EvalSettings(ask, concurrency=3))
    assert len(EvalRun.open(tmp_path / "run").finished_answers()) == 3


def test_runs_are_listed_oldest_first(tmp_path: Path) -> None:
    for name, started in (("b", "2026-01-01"), ("a", "2026-01-02")):
        EvalRun.create(tmp_path / name, {"started": started}, CASES)
    assert [run.folder.name for run in list_runs(tmp_path)] == ["b", "a"]


# --- the whole command against a real endpoint


def command_line(home: Path, base_url: str, *words: str) -> list[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HUWEN_", "OPENAI_"))}
    settings = {"HUWEN_HOME": str(home), "HUWEN_SEEDS": "", "OPENAI_BASE_URL": base_url, "COLUMNS": "200"}
    os.environ.clear()
    os.environ.update(inherited | settings)
    return [sys.executable, "-c", "from ui.cli import main; main()", *words]


@pytest.fixture
def environment() -> Generator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_a_model_is_evaluated_with_the_command(make_pipeline: MakePipeline, huwen: Huwen, tmp_path: Path) -> None:
    make_pipeline(**LAKE)
    file = tmp_path / "lake.jsonl"
    file.write_text(dump(CASES), "utf-8")
    with scripted_server(text_reply("太湖面积", "2338平方千米[1]。")) as server:
        words = ("eval", "--set", file, "--model", "scripted", "--price", "0.5/2", "--out")
        result = huwen(*words, tmp_path / "run", OPENAI_BASE_URL=server.base_url)
        assert result.returncode == 0, result.stderr
        assert "citation validity" in result.stdout
        assert "cost of 1,000" in result.stdout
        assert len(server.bodies) == 3
        second_run = huwen(*words, tmp_path / "again", OPENAI_BASE_URL=server.base_url)
        assert second_run.returncode == 0, second_run.stderr
        assert "fact recall" in second_run.stdout
        assert len(server.bodies) == 3, "the second run takes its answers from the cache"
    about = json.loads((tmp_path / "run" / "about.json").read_text("utf-8"))
    assert about["model"] == "scripted"
    assert about["endpoint"] == server.base_url


def test_a_broken_stream_is_an_error_and_not_cached(make_pipeline: MakePipeline, huwen: Huwen, tmp_path: Path) -> None:
    make_pipeline(**LAKE)
    file = tmp_path / "lake.jsonl"
    file.write_text(dump(CASES[:1]), "utf-8")
    replies = (Reply((event("太湖面积"),), broken=True), error_reply(400, "too long"), text_reply("2338平方千米[1]。"))
    with scripted_server(*replies) as server:
        words: list[object] = ["eval", "--set", file, "--model", "scripted", "--out", tmp_path / "run"]
        for state in ("failed", "failed", "grounded"):
            result = huwen(*words, OPENAI_BASE_URL=server.base_url)
            assert result.returncode == 0, result.stderr
            if "--resume" not in words:
                words.append("--resume")
            answers = EvalRun.open(tmp_path / "run").read_answers()
            assert answers["zh-1"].status.replace("partial", "grounded") == state


def kill_and_resume(make_pipeline: MakePipeline, tmp_path: Path, kills: int, questions: int) -> set[str]:
    """Kill the command at random moments and resume it; the ids of the answered cases.

    Asserts that no case with an answer on disk is asked again.
    """
    home = make_pipeline(**LAKE).library.home
    many_cases = tuple(case(f"c-{n:03}", f"太湖第{n}次问：面积是多少？") for n in range(questions))
    file = tmp_path / "many.jsonl"
    file.write_text(dump(many_cases), "utf-8")
    rng = random.Random(1_420)
    folder = tmp_path / "run"
    with scripted_server(Reply(text_reply("太湖面积2338平方千米[1]。").pieces, pause=0.02)) as server:
        command = command_line(home, server.base_url, "eval", "--set", str(file), "--model", "scripted", "--no-cache",
                        "--concurrency", "2", "--out", str(folder))
        for _ in range(kills):
            finished = set(EvalRun.open(folder).finished_answers()) if (folder / "about.json").exists() else set()
            before = len(server.bodies)
            arguments = [*command, "--resume"] if folder.exists() else command
            process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while len(server.bodies) == before and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not finished & requested_ids(server.bodies[before:], many_cases)
        finished, before = set(EvalRun.open(folder).finished_answers()), len(server.bodies)
        subprocess.run([*command, "--resume"], check=True, capture_output=True)
        assert not finished & requested_ids(server.bodies[before:], many_cases)
    return set(EvalRun.open(folder).finished_answers())


def requested_ids(bodies: list[dict[str, object]], cases: tuple[Case, ...]) -> set[str]:
    requests = json.dumps(bodies, ensure_ascii=False)
    return {c.id for c in cases if c.question in requests}


@pytest.mark.usefixtures("environment")
def test_killed_and_resumed_no_finished_call_is_repeated(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    assert len(kill_and_resume(make_pipeline, tmp_path, kills=2, questions=40)) == 40


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_killed_twenty_times_no_finished_call_is_repeated(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    assert len(kill_and_resume(make_pipeline, tmp_path, kills=20, questions=300)) == 300

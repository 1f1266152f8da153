"""A briefing that is killed at any row: the next run asks no question again, and the document has the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
QUESTIONS, KILLS = 16, 4


@pytest.fixture
def worker(library_home: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    lines = ["# 年度简报", "## 工业"]
    for i in range(QUESTIONS // 2):
        lines += [f"苏州第{i}号灯塔工厂有几家？", f"How many lighthouse factories has district {i}?"]
    (tmp_path / "questions.txt").write_text("\n".join(lines), "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rag.briefing.worker", str(library_home), str(tmp_path)], cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield process
    assert process.stdin
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


def start_briefing(worker: subprocess.Popen[str], name: str, calls: int = QUESTIONS) -> int:
    """Start a briefing that answers at most `calls` questions and then waits; returns its process id."""
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(f"{name} {calls}\n")
    worker.stdin.flush()
    return int(worker.stdout.readline())


def exit_code(worker: subprocess.Popen[str]) -> int:
    assert worker.stdout
    return int(worker.stdout.readline())


def stored_questions(journal: Path) -> list[str]:
    """The questions with complete answers in a journal."""
    if not journal.exists():
        return []
    lines = journal.read_bytes().split(b"\n")[1:-1]
    return [json.loads(line)["answer"]["question"] for line in lines]


def test_a_briefing_that_is_killed_at_any_row_continues_and_ends_the_same(
    worker: subprocess.Popen[str], tmp_path: Path) -> None:
    start_briefing(worker, "whole")
    assert exit_code(worker) == 0
    journal, calls, rng = tmp_path / "killed.journal", tmp_path / "killed.calls", random.Random(20261121)
    for _ in range(KILLS):
        before = stored_questions(journal)
        earlier_calls = calls.read_text("utf-8").splitlines() if calls.exists() else []
        answers = rng.randint(1, 3)
        # one call more than the answers that are waited for, so that it may be killed while it writes the last one
        child = start_briefing(worker, "killed", min(answers + 1, QUESTIONS - len(before) - 1))
        while len(stored_questions(journal)) < len(before) + answers:
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
        assert exit_code(worker) == -signal.SIGKILL
        new_calls = calls.read_text("utf-8").splitlines()[len(earlier_calls) :]
        assert not set(before) & set(new_calls), "a question of the journal was asked again"
    before, earlier_calls = stored_questions(journal), calls.read_text("utf-8").splitlines()
    start_briefing(worker, "killed")
    assert exit_code(worker) == 0
    assert not set(before) & set(calls.read_text("utf-8").splitlines()[len(earlier_calls) :])
    assert (tmp_path / "killed.docx").read_bytes() == (tmp_path / "whole.docx").read_bytes()

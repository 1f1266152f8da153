"""A briefing killed without warning at any row: the next run asks nothing again, and the document is the same to the byte."""

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
def worker(shelf: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    lines = ["# 年度简报", "## 工业"]
    for i in range(QUESTIONS // 2):
        lines += [f"苏州第{i}号灯塔工厂有几家？", f"How many lighthouse factories has district {i}?"]
    (tmp_path / "questions.txt").write_text("\n".join(lines), "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rag.briefing.worker", str(shelf), str(tmp_path)], cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield process
    assert process.stdin
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


def begun(worker: subprocess.Popen[str], name: str) -> int:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(name + "\n")
    worker.stdin.flush()
    return int(worker.stdout.readline())


def ended(worker: subprocess.Popen[str]) -> int:
    assert worker.stdout
    return int(worker.stdout.readline())


def kept(journal: Path) -> list[str]:
    """The questions whose answers stand whole in a journal."""
    if not journal.exists():
        return []
    whole = journal.read_bytes().split(b"\n")[1:-1]
    return [json.loads(line)["answer"]["question"] for line in whole]


def lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def test_a_briefing_killed_at_any_row_goes_on_and_ends_as_if_nothing_had_been(worker: subprocess.Popen[str], tmp_path: Path) -> None:
    begun(worker, "whole")
    assert ended(worker) == 0
    journal, calls, chosen = tmp_path / "killed.journal", tmp_path / "killed.calls", random.Random(20261121)
    kills = 0
    while len(before := kept(journal)) < QUESTIONS:
        done = calls.read_text("utf-8").splitlines() if calls.exists() else []
        child = begun(worker, "killed")
        target = len(before) + chosen.randint(1, 3)
        while kills < KILLS and lines(journal) < min(target, QUESTIONS) and not (tmp_path / "killed.docx").exists():
            time.sleep(0.005)
        if kills < KILLS:
            os.kill(child, signal.SIGKILL)
        code = ended(worker)
        kills += code == -signal.SIGKILL
        fresh = calls.read_text("utf-8").splitlines()[len(done) :]
        assert not set(before) & set(fresh), "asked again what the journal held"
    assert kills >= 3
    begun(worker, "killed")
    assert ended(worker) == 0
    assert (tmp_path / "killed.docx").read_bytes() == (tmp_path / "whole.docx").read_bytes()

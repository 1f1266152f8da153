"""Writers that are killed at named points: the next writer leaves indexes and originals as the manifest says."""

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rag.library.conftest import ROOT

POINTS = (
    "return Manifest.remove", "return VectorIndex._delete_ids", "return WordIndex.replace_sources",
    "call Originals.remove", "call Manifest.finish_removals", "return Manifest.finish_removals",
    "return Manifest.begin_source", "return VectorIndex._put_batch", "call Manifest.finish_sources",
    "return Manifest.finish_sources", "return Manifest.begin_title")
_ALWAYS = 5  # points that are tried in each run; the others with `pytest -m slow`
_NEVER = "call nothing"  # a writer that is not killed


@dataclass(frozen=True)
class Outcome:
    """What `killed_writers.py` prints for a point."""

    status: int
    steps: int  # within `rag/library`, of the writer that is not killed
    found: dict[str, object]

    @property
    def is_mended(self) -> bool:
        """Whether the next writer left no trace of the kill."""
        traces = self.found["unused originals"], self.found["returns strays"]
        return self.found["is sound"] is True and traces == (0, False)

    @property
    def end(self) -> list[object]:
        """The library after the change has been made to its end."""
        return [self.found[key] for key in ("is sound in the end", "titles", "passages", "unused originals in the end")]


def kill_writers(folder: Path, points: list[str]) -> dict[str, Outcome]:
    """The outcome of each point, by its name."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HUWEN_")}
    program = Path(__file__).with_name("killed_writers.py")
    done = subprocess.run(
        [sys.executable, str(program), str(folder), *points], env=clean | {"PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["point"]: Outcome(one["status"], one["steps"], one) for one in found}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return kill_writers(tmp_path_factory.mktemp("killed"), [_NEVER, *POINTS[:_ALWAYS]])


@pytest.fixture(scope="module")
def other_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return kill_writers(tmp_path_factory.mktemp("killed"), [_NEVER, *POINTS[_ALWAYS:]])


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS[_ALWAYS:])
def test_the_next_writer_mends_what_a_kill_left_at_any_other_point(other_outcomes, point):
    assert other_outcomes[point].status == -9
    assert other_outcomes[point].is_mended, other_outcomes[point].found
    assert other_outcomes[point].end[0] is True


@pytest.mark.parametrize("point", POINTS[:_ALWAYS])
def test_the_next_writer_mends_what_a_kill_left(outcomes, point):
    assert outcomes[point].status == -9
    assert outcomes[point].is_mended, outcomes[point].found
    assert outcomes[point].end == outcomes[_NEVER].end == [True, *outcomes[_NEVER].end[1:3], 0]


@pytest.mark.slow
def test_kills_at_any_step_leave_no_trace(tmp_path, outcomes, capsys):
    draw = random.Random(20261130)
    undisturbed = outcomes[_NEVER]
    points = [f"step {draw.randint(1, undisturbed.steps)}" for _ in range(40)]
    found = kill_writers(tmp_path, points)
    assert all(outcome.status == -9 for outcome in found.values())
    assert [point for point, outcome in found.items() if not outcome.is_mended] == []
    # the passages' ids begin with the name of the folder
    assert {json.dumps([outcome.end[0], outcome.end[1], outcome.end[3]]) for outcome in found.values()} == {
        json.dumps([True, undisturbed.end[1], 0])}
    with capsys.disabled():
        print(f"\n{len(found)} kills at random steps of {undisturbed.steps}; all mended by the next writer")

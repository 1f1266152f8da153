"""Vectors on the command line: `add` makes them, Ctrl-C leaves them to the next writer, `doctor` shows it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rag.encoder.engine import find_obstacle

pytestmark = pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")
# a job in the background ignores SIGINT, and so would the processes that it starts
PROGRAM = (
    sys.executable, "-c",
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from ui.cli import main; main()")


def environment(home: Path, model: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUWEN_", "OPENAI_"))}
    own = {"HUWEN_HOME": str(home), "HUWEN_SEEDS": "", "HUWEN_EMBED_MODEL": model, "COLUMNS": "300"}
    return clean | own | {"LC_ALL": "C.UTF-8"}


def run(home: Path, *words: object, model: str = "encoder") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, env=environment(home, model)
    )


@pytest.fixture
def regulation(tmp_path: Path) -> Path:
    sections = [
        f"# 第{number}节\n\n第{number}类船只每晚的停泊费为{10 + number}元，须在进港之前向港务处登记，逾期加收一倍。"
        for number in range(1, 61)
    ]
    path = tmp_path / "停泊.md"
    path.write_text("\n\n".join(sections), "utf-8")
    return path


def test_ctrl_c_leaves_the_vectors_to_the_next_writer(tmp_path: Path, regulation: Path) -> None:
    home = tmp_path / "home"
    started = subprocess.Popen(
        [*PROGRAM, "add", str(regulation)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment(home, "encoder"))
    assert started.stderr is not None
    shown = ""
    while "60 passages can be found by their words now" not in shown:
        line = started.stderr.readline()
        assert line, shown
        shown += line
    started.send_signal(signal.SIGINT)
    _, rest = started.communicate()
    assert "passages are not made yet" in rest
    assert "Traceback" not in rest
    assert started.returncode == 0
    report = run(home, "doctor").stdout
    assert "of 60 passages are made" in report
    assert "indexes    sound" in report
    again = run(home, "add", regulation)
    assert (again.returncode, "unchanged" in again.stderr) == (0, True)
    assert "by the encoder inside Huwen: all are made" in run(home, "doctor").stdout
    other = run(home, "doctor", model="dictionary").stdout
    assert "those of 0 of 60 passages are made; words alone find the others" in other
    assert "vectors were made by e5-small" in other

"""One writer at a time; a second one gets a sentence that names the first."""

import os
import subprocess
import sys

import pytest

from rag.library.lock import LibraryLocked, write_lock
from tests.rag.library.conftest import ROOT
from tests.small_library import small_library

LOCK_PROGRAM = """
import sys
from pathlib import Path
from rag.library.lock import write_lock
with write_lock(Path(sys.argv[-1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(spawn, tmp_path):
    """A process called `huwen add 报告.pdf …` that has the lock of the library in `home`."""
    process = spawn(LOCK_PROGRAM, "add", "报告.pdf", tmp_path / "home")
    assert process.stdout.readline() == "held\n"
    return process


def test_second_writer_gets_the_name_of_the_holder(holder, tmp_path):
    sentence = rf"home is being written by `huwen add 报告\.pdf .*` \(process {holder.pid}, since 2"
    with (
        pytest.raises(LibraryLocked, match=sentence),
        small_library(tmp_path / "home").write_lock(),
    ):
        pytest.fail("two writers at once")


def test_rebuild_is_a_writer_too(holder, tmp_path):
    with pytest.raises(LibraryLocked, match=f"process {holder.pid}"):
        small_library(tmp_path / "home").rebuild()


def test_the_command_names_the_holder_in_one_sentence(holder, tmp_path, note):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HUWEN_", "OPENAI_"))}
    result = subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "add", str(note("a.md", "水质改善。"))],
        env=environment | {"HUWEN_HOME": str(tmp_path / "home"), "HUWEN_SEEDS": ""}, cwd=ROOT, capture_output=True,
        text=True, check=False)
    assert result.returncode == 1
    assert f"`huwen add 报告.pdf {tmp_path / 'home'}` (process {holder.pid}," in result.stderr
    assert "Traceback" not in result.stderr


def test_readers_can_search_while_another_process_writes(filled, spawn, tmp_path):
    assert spawn(LOCK_PROGRAM, "add", tmp_path / "home").stdout.readline() == "held\n"
    second_library = small_library(tmp_path / "home")
    assert second_library.search_words("太湖水质", 1, "zh") == filled.search_words("太湖水质", 1, "zh") != []


def test_the_lock_is_free_after_its_holder_was_killed(holder, tmp_path):
    holder.kill()
    holder.wait()
    with small_library(tmp_path / "home").write_lock():
        pass


def test_lock_is_free_after_an_error(library):
    with pytest.raises(ZeroDivisionError), library.write_lock():
        _ = 1 / 0
    with library.write_lock():
        pass


def test_a_holder_that_cannot_be_read_yet_is_called_another_process(tmp_path):
    with write_lock(tmp_path):
        (tmp_path / "library.holder").write_text('{"process": 1')  # cut off in the middle
        with pytest.raises(LibraryLocked, match="written by another process; try again"), write_lock(tmp_path):
            pytest.fail("two writers at once")

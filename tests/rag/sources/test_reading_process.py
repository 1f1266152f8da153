"""The reading process: limits of time and memory, crashes, Ctrl-C, threads, and the end of its parent."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rag.sources.elements import Element, FileContent
from rag.sources.errors import UnreadableFile
from rag.sources.process_limits import ReadingLimits
from rag.sources.reading_process import ReadingProcess
from tests.rag.sources import reading_functions as functions

LIMITS = ReadingLimits(seconds=60, mebibytes=200, characters=1_000)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory needs Linux")


@pytest.fixture
def process():
    process = ReadingProcess(LIMITS)
    yield process
    process.close()


def text_of(content: FileContent) -> str:
    return "\n".join(part.text for part in content.elements if isinstance(part, Element))


def problem_of(process: ReadingProcess, read, name: str = "a.txt") -> str:
    with pytest.raises(UnreadableFile) as caught:
        process.read(Path(name), read)
    return caught.value.problem


@pytest.mark.parametrize("name", ["太湖.txt", "lake.txt"])
def test_one_child_reads_many_files(process, name):
    assert text_of(process.read(Path(name), functions.read_name)) == name
    first, second = (text_of(process.read(Path(name), functions.read_process_id)) for _ in range(2))
    assert first == second != str(os.getpid())


@pytest.mark.parametrize(("read", "problem"), [
    (functions.need_memory, "too large"), (functions.crash_natively, "damaged"), (functions.abort, "too large"),
    (functions.recurse, "too deep"), (functions.fail_unexpectedly, "damaged"), (functions.refuse, "damaged"),
    (functions.import_missing_module, "missing reader"),
    (functions.return_much_text, "too much text"), (functions.return_many_cells, "too much text"),
])
def test_a_reader_that_fails_costs_only_its_own_file(process, read, problem):
    assert problem_of(process, read) == problem
    assert text_of(process.read(Path("next.txt"), functions.read_name)) == "next.txt"


def test_a_reader_that_loops_costs_only_its_own_file(process):
    process.limits = replace(LIMITS, seconds=1)
    assert problem_of(process, functions.loop_for_ever) == "too slow"
    process.limits = LIMITS
    assert text_of(process.read(Path("next.txt"), functions.read_name)) == "next.txt"


def test_details_in_two_languages_arrive(process):
    with pytest.raises(UnreadableFile) as caught:
        process.read(Path("a.pdf"), functions.refuse)
    assert "page 3" in caught.value.sentence("en")
    assert "第 3 页" in caught.value.sentence("zh")


def test_an_unexpected_error_is_logged_without_escape_signs_and_shown_without_a_class_name(process, caplog):
    with pytest.raises(UnreadableFile) as caught:
        process.read(Path("a.pdf"), functions.fail_unexpectedly)
    assert "KeyError" in caplog.text
    assert "\x1b" not in caplog.text
    assert "KeyError" not in caught.value.sentence("en")


def test_a_program_that_a_reader_started_is_killed_too(process, tmp_path):
    path = tmp_path / "pid"
    thread = threading.Thread(target=problem_of, args=(process, functions.start_program_and_wait, str(path)))
    thread.start()
    _wait_until(lambda: path.exists() and path.read_text("ascii").endswith("\n"))
    process.close()
    thread.join()
    program = int(path.read_text("ascii"))
    _wait_until(lambda: not _is_running(program))


def test_what_a_library_prints_does_not_disturb_the_replies(process):
    assert text_of(process.read(Path("a.txt"), functions.print_to_standard_output)) == "quiet"
    assert text_of(process.read(Path("next.txt"), functions.read_name)) == "next.txt"


def test_no_reader_reaches_the_network(process):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert problem_of(process, functions.open_connection, str(server.getsockname()[1])) == "damaged"
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_child_has_no_keys(process, monkeypatch):
    monkeypatch.setenv("HUWEN_API_KEY", "abc")
    assert text_of(process.read(Path("a.txt"), functions.read_key)) == "no key"


def test_the_child_inherits_no_open_file(process, tmp_path):
    with (tmp_path / "library.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        assert "library.lock" not in text_of(process.read(Path("a.txt"), functions.list_descriptors))


def test_threads_share_one_child(process):
    texts: dict[int, str] = {}

    def read_names(thread: int) -> None:
        texts[thread] = " ".join(text_of(process.read(Path(f"{thread}-{n}"), functions.read_name)) for n in range(20))

    threads = [threading.Thread(target=read_names, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {thread: " ".join(f"{thread}-{n}" for n in range(20)) for thread in range(8)}


def test_a_child_that_was_killed_while_idle_is_replaced(process):
    child = int(text_of(process.read(Path("a.txt"), functions.read_process_id)))
    os.kill(child, signal.SIGKILL)
    _wait_until(lambda: not _is_running(child))
    assert text_of(process.read(Path("a.txt"), functions.read_name)) == "a.txt"


def test_reading_again_works_after_close(process):
    process.read(Path("a.txt"), functions.read_name)
    process.close()
    assert text_of(process.read(Path("a.txt"), functions.read_name)) == "a.txt"


def test_temporary_files_are_removed_with_the_child(process):
    folder = Path(text_of(process.read(Path("a.txt"), functions.read_temporary_folder)))
    assert folder.is_dir()
    process.close()
    assert not folder.exists()


PARENT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
import sys
from pathlib import Path
from rag.sources.reading_process import ReadingProcess
from tests.rag.sources import reading_functions as functions
process = ReadingProcess()
try:
    print(process.read(Path("a"), functions.read_process_id).elements[0].text, flush=True)
    process.read(Path("a"), getattr(functions, sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted", process.read(Path("again"), functions.read_name).elements[0].text, flush=True)
"""


def _start_parent(read: str) -> tuple["subprocess.Popen[str]", int]:
    """A program that reads a file with this function for ever, and the id of its reading process."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, read], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize("read", ["loop_for_ever", "read_name"])
def test_the_child_dies_with_a_parent_that_is_killed(read):
    parent, child = _start_parent(read)
    parent.kill()
    parent.communicate()
    _wait_until(lambda: not _is_running(child))


def test_ctrl_c_reaches_the_parent_and_ends_the_reading():
    parent, child = _start_parent("loop_for_ever")
    parent.send_signal(signal.SIGINT)
    output, _ = parent.communicate()
    assert output == "interrupted again\n"
    _wait_until(lambda: not _is_running(child))


def test_a_forked_process_gets_a_child_of_its_own():
    program = """
import os
from pathlib import Path
from rag.sources.reading_process import read_bounded
from tests.rag.sources import reading_functions as functions
def child(): return read_bounded(Path("a"), functions.read_process_id).elements[0].text
own = child()
if os.fork() == 0:
    print("different" if child() != own else "same", flush=True)
else:
    os.wait()
    print("kept" if child() == own else "lost", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["different", "kept"]


def test_the_reading_process_loads_nothing_heavy():
    program = (
        "import sys, rag.sources.loaders;"
        "print([m for m in sys.modules if m.split('.')[0] in ('langchain_core','chromadb','gradio','numpy','lxml')])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _is_running(process_id: int) -> bool:
    try:
        state = (Path("/proc") / str(process_id) / "stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _wait_until(is_reached) -> None:
    """Waits as long as a busy machine may need; a test that fails takes a minute."""
    deadline = time.monotonic() + 60
    while not is_reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)

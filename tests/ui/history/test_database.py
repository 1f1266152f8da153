"""History database: an unusable one is reported in one sentence; a usable one serves several threads and processes."""

from __future__ import annotations

import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from rag.schema import HuwenError
from ui.history.database import VERSION, BadDatabaseUrl, NewerDatabase, UnusableDatabase, parse_database_url
from ui.history.history import History, open_history


def error_sentence(error: pytest.ExceptionInfo[HuwenError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert "secret" not in message
    assert ";" in message  # the fault; the advice
    return message


@pytest.mark.parametrize(("url", "message"), [
    ("nonsense", "cannot be understood"),
    ("postgresql://u:secret@h:port/d", "cannot be understood"),
    ("mysql://u:secret@h/d", "'mysql'"),
    ("sqlite://", "names no file"),
    ("sqlite:///:memory:", "names no file"),
    ("postgresql+psycopg2://u:secret@h/d", "psycopg2"),
    ("postgresql+nosuch://u:secret@h/d", "nosuch"),
    ("sqlite+nosuch:///x", "nosuch"),
])
def test_an_unusable_url_is_refused(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadDatabaseUrl, match=message) as error:
        open_history(url, tmp_path)
    error_sentence(error)


@pytest.mark.parametrize("url", ["postgres://u:p@h:1/d", "postgresql://u:p@h:1/d", "postgresql+pg8000://u:p@h:1/d"])
def test_a_plain_url_gets_the_driver_that_is_installed(url: str) -> None:
    assert parse_database_url(url).render_as_string(hide_password=False) == "postgresql+pg8000://u:p@h:1/d"


def test_without_a_url_a_private_file_in_the_home_folder_is_used(tmp_path: Path) -> None:
    open_history("", tmp_path / "家")
    path = tmp_path / "家" / "history.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_server_that_is_down_is_reported(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(UnusableDatabase, match=f"127.0.0.1:{port}") as error:
        open_history(f"postgresql://u:secret@127.0.0.1:{port}/d?application_name=secret", tmp_path)
    assert "server runs" in error_sentence(error)


def test_a_server_that_does_not_know_the_database_is_reported(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue("server").empty_database()
    with pytest.raises(UnusableDatabase, match="does not exist") as error:
        open_history(url + "x", tmp_path)
    error_sentence(error)


def test_a_file_that_is_not_a_database_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("苏州的园林 " * 400, "utf-8")
    with pytest.raises(UnusableDatabase, match="not a database") as error:
        open_history(f"sqlite:///{path}", tmp_path)
    assert str(path) in error_sentence(error)
    assert path.read_text("utf-8").startswith("苏州的园林")


@pytest.mark.parametrize("inside", ["", "file/"])
def test_a_path_that_cannot_be_a_file_is_reported(tmp_path: Path, inside: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnusableDatabase) as error:
        open_history(f"sqlite:///{tmp_path}/{inside or 'folder'}{'x' if inside else ''}", tmp_path)
    error_sentence(error)


def test_a_database_of_a_later_version_is_refused(url: str, history: History, tmp_path: Path) -> None:
    engine = create_engine(parse_database_url(url))
    with engine.begin() as db:
        assert db.scalar(text("SELECT max(number) FROM huwen_version")) == VERSION
        db.execute(text("INSERT INTO huwen_version VALUES (99)"))
    engine.dispose()
    with pytest.raises(NewerDatabase, match="99") as error:
        open_history(url, tmp_path)
    error_sentence(error)


def test_threads_may_open_a_new_database_at_once(url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as threads:
        histories = list(threads.map(lambda _: open_history(url, tmp_path), range(6)))
    assert [history.list_conversations() for history in histories] == [[]] * 6
    for history in histories:
        history.close()


_WRITERS = """
import os, signal, sys
from pathlib import Path
from rag.schema import Answer
from ui.history.exchange import Exchange
from ui.history.history import open_history

def write(url, name):
    history, id = open_history(url, Path(".")), ""
    for n in range(25):
        id, _ = history.save_exchange(id, Exchange(Answer(f"{name} {n} 问", "zh", "grounded", "答")), ())
        os.write(1, f"{url} {name} {id} {n}\\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)

runs = [(url, name) for url in sys.argv[1:] for name in ("甲", "B")]
for url, name in runs:
    if not os.fork():
        write(url, name)
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in runs])
"""


def test_entries_of_two_processes_that_write_at_once_and_are_killed_are_stored(
    request: pytest.FixtureRequest, tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / 'history.sqlite'}"]
    with suppress(pytest.skip.Exception):  # both in one run, because the start of the process takes most of the time
        urls.append(request.getfixturevalue("server").empty_database())
    finished = subprocess.run([sys.executable, "-c", _WRITERS, *urls], capture_output=True, text=True, check=True)
    *lines, exit_codes = finished.stdout.splitlines()
    assert exit_codes == str([-signal.SIGKILL.value] * 2 * len(urls))
    for url in urls:
        history = open_history(url, tmp_path)
        for name in ("甲", "B"):
            stored = [line.split()[2:] for line in lines if line.startswith(f"{url} {name} ")]
            assert [n for _, n in stored] == [str(n) for n in range(25)]
            entries = history.get_conversation(stored[0][0]).entries
            assert [entry.exchange.answer.question for entry in entries] == [f"{name} {n} 问" for n in range(25)]
        history.close()

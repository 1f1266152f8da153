"""Fixtures of the history tests: empty databases of both kinds, and exchanges to store in them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from rag.schema import Answer, CheckedFigure, Citation, Confidence, Disagreement, Passage, Source, Statement, Timings
from ui.history.exchange import Exchange
from ui.history.history import History, open_history


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server for these tests."""

    url: str

    def empty_database(self) -> str:
        """The URL of its database, emptied; without a driver name."""
        engine = create_engine(self.url)
        with engine.begin() as db:
            db.execute(text("DROP TABLE IF EXISTS huwen_entries, huwen_conversations, huwen_version"))
        engine.dispose()
        return self.url.replace("+pg8000", "")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL on a free port of this machine; it is removed with its data when the tests end."""
    folder = _find_binaries()
    if folder is None:
        pytest.skip("no PostgreSQL on this machine (initdb is neither on PATH nor in /usr/lib/postgresql/*/bin)")
    user = _server_user()
    home = Path(tempfile.mkdtemp(prefix="huwen-pg-"))
    if user:
        shutil.chown(home, user)
    as_user = ["runuser", "-u", user, "--"] if user else []
    initdb_result = subprocess.run(
        [*as_user, folder / "initdb", "-D", home / "data", "-U", "huwen", "-A", "trust", "-E", "UTF8", "--locale=C",
         "--no-sync"],
        capture_output=True, text=True, check=False, cwd=home)
    if initdb_result.returncode:
        shutil.rmtree(home, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {initdb_result.stderr.strip()}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server_process = subprocess.Popen(
        [*as_user, folder / "postgres", "-D", home / "data", "-p", str(port), "-h", "127.0.0.1", "-k", home, "-F"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home)
    try:
        url = f"postgresql+pg8000://huwen@127.0.0.1:{port}/postgres"
        _wait_until_ready(url)
        yield Server(url)
    finally:
        pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 3)  # SIGQUIT: ends immediately, without saving
        server_process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _find_binaries() -> Path | None:
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _server_user() -> str:
    """The user that runs PostgreSQL, which cannot run as root; empty: the current user."""
    if os.geteuid() != 0:
        return ""
    if not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root, and there is no runuser to become another")
    return "nobody"


def _wait_until_ready(url: str) -> None:
    engine = create_engine(url)
    for _ in range(200):
        try:
            engine.connect().close()
        except DBAPIError:
            time.sleep(0.05)
        else:
            engine.dispose()
            return
    pytest.skip("PostgreSQL was started and does not answer")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'history.sqlite'}"
    server: Server = request.getfixturevalue("server")
    return server.empty_database()


@pytest.fixture
def history(url: str, tmp_path: Path) -> Iterator[History]:
    """An empty history."""
    empty_history = open_history(url, tmp_path)
    yield empty_history
    empty_history.close()


SOURCES = (
    Source("s1", "core.md", "全面提升苏州制造业核心竞争力", "zh", author="李明", publisher="苏州日报", date="2023-05-01", digest="d1",
           tags=("制造业",)),
    Source("s2", "garden.md", "The Gardens of Suzhou", "en", date="2021", digest="d2"),
    Source("s3", "other.md", "Not cited", "en", digest="d3"),
)

MakeExchange = Callable[..., Exchange]


@pytest.fixture
def make_exchange() -> MakeExchange:
    """Makes an exchange whose answer has a value in every field: `make_exchange("问题", "回答[1]。")`."""

    def build(
        question: str = "灯塔工厂有几家？", answer_text: str = "苏州有6家灯塔工厂[1]。", **more: object,
    ) -> Exchange:
        passage = Passage(
            1, "p1", "s1", SOURCES[0].title, "数量", 3, 10, 40, "苏州拥有灯塔工厂6家。\n\n占全国的八分之一。",
            0.8312345678901234, "zh", "core", 2, (1, 2), "2023")
        garden = Passage(2, "p2", "s2", SOURCES[1].title, "", 0, 0, 30, "The garden was begun in 1509.", 0.5, "en")
        citation = Citation(
            1, "苏州有6家灯塔工厂。", "p1", "s1", passage.title, "数量", 3, "苏州拥有灯塔工厂6家。", "verified quote",
            10, 21)
        answer = Answer(
            question, "zh", "partial", answer_text, (citation,), (passage, garden), "scripted",
            Timings(1.5, 2.25, 1234.5), thinking="我先想一想…",
            figures=(CheckedFigure("6家", 3, 5, "found", (1,), ("6家",)),),
            disagreements=(Disagreement("灯塔工厂", "another year", (
                Statement("6家", "2023", "苏州", 1, passage.title, "苏州拥有灯塔工厂6家。"),
                Statement("7家", "", "", 2, garden.title, "七家"))),),
            confidence=Confidence("fair", ("引文 1/1 已核对",)), suggestions=("分产业呢？",))
        return Exchange(answer, **more)  # type: ignore[arg-type]

    return build

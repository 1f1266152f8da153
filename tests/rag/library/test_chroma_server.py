"""The vectors on a real Chroma server: the same library, found the same; a server that is not there is one sentence."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from rag.library.chroma import ChromaUnreachable
from rag.library.index_builds import OldIndexes
from rag.library.library import Library
from tests.rag.library.conftest import EN, ZH


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a Chroma that listens on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma-server")
    chroma = str(Path(sys.executable).with_name("chroma"))
    command = [chroma, "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=quiet, stdout=nowhere, stderr=nowhere) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/api/v2/heartbeat", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url, process):
    for _ in range(600):
        try:
            if httpx.get(url, timeout=1).is_success:
                return
        except httpx.HTTPError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.05)
    pytest.fail("the server did not start")


@pytest.fixture
def shelved(server, tmp_path, note):
    library = Library(tmp_path / "home", chroma_url=server)
    with library.write_lock():
        for name, text in (("en.md", EN), ("zh.md", ZH)):
            library.add(note(name, text))
    return library


def search_results(library):
    return [[(hit.id, round(hit.score, 4)) for hit in library.search_vectors(question, 3, language)]
            for question, language in (("太湖水质", "zh"), ("granite lighthouse", "en"), ("花岗岩灯塔", "en"))]


def test_server_finds_what_a_folder_finds(shelved, tmp_path):
    beside = Library(tmp_path / "beside")
    with beside.write_lock():
        for name in ("en.md", "zh.md"):
            beside.add(tmp_path / "files" / name)
    assert search_results(shelved) == search_results(beside)
    assert all(search_results(shelved))
    assert shelved.check_indexes().is_sound
    assert not list(shelved.home.glob("index-*/chroma"))


def test_two_libraries_on_one_server_do_not_see_each_other(shelved, server, tmp_path):
    other = Library(tmp_path / "other", chroma_url=server)
    assert other.search_vectors("太湖水质", 3, "zh") == []
    assert shelved.search_vectors("太湖水质", 3, "zh")


def test_rebuild_and_removal_leave_nothing_behind(shelved, server):
    before = search_results(shelved)
    shelved.rebuild()
    assert search_results(shelved) == before
    assert search_results(Library(shelved.home, chroma_url=server)) == before
    with shelved.write_lock():
        for source in shelved.sources():
            shelved.remove(source.id)
    assert shelved.check_indexes().is_sound
    assert search_results(shelved) == [[], [], []]


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_server_that_is_not_there_is_one_sentence(tmp_path, path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}{path}"
    with pytest.raises(ChromaUnreachable, match=r"Chroma server at http://127.*HUWEN_CHROMA_URL"):
        Library(tmp_path / "home", chroma_url=url).search_vectors("太湖", 3, "zh")


def test_library_whose_vectors_are_elsewhere_asks_for_a_rebuild(shelved, server):
    """On another server, or in the folder, there are none: a search by words alone would look like one by both."""
    before = search_results(shelved)
    with pytest.raises(OldIndexes, match=r"HUWEN_CHROMA_URL; set that back, or run `huwen rebuild`"):
        search_results(Library(shelved.home))
    assert search_results(Library(shelved.home, chroma_url=f"{server}/")) == before
    moved = Library(shelved.home)
    moved.rebuild()
    assert search_results(moved) == before
    assert moved.check_indexes().is_sound

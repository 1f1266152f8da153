"""Vectors on a real Chroma server: the same search results as in a folder; an unreachable server is one sentence."""

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
from tests.rag.library.conftest import EN, ZH
from tests.small_library import small_library


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a Chroma that listens on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma-server")
    chroma = str(Path(sys.executable).with_name("chroma"))
    command = [chroma, "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    environment = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    devnull = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=devnull, stderr=devnull) as process:
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
def server_library(server, tmp_path, note):
    library = small_library(tmp_path / "home", chroma_url=server)
    with library.write_lock():
        for name, text in (("en.md", EN), ("zh.md", ZH)):
            library.add(note(name, text))
    return library


def search_results(library):
    return [[(hit.id, round(hit.score, 4)) for hit in library.search_vectors(question, 3, language)]
            for question, language in (("太湖水质", "zh"), ("granite lighthouse", "en"), ("花岗岩灯塔", "en"))]


def test_a_server_gives_the_same_results_as_a_folder(server_library, tmp_path):
    folder_library = small_library(tmp_path / "beside")
    with folder_library.write_lock():
        for name in ("en.md", "zh.md"):
            folder_library.add(tmp_path / "files" / name)
    assert search_results(server_library) == search_results(folder_library)
    assert all(search_results(server_library))
    assert server_library.check_indexes().is_sound
    assert not list(server_library.home.glob("index-*/chroma"))


def test_two_libraries_on_one_server_do_not_see_each_other(server_library, server, tmp_path):
    other = small_library(tmp_path / "other", chroma_url=server)
    assert other.search_vectors("太湖水质", 3, "zh") == []
    assert server_library.search_vectors("太湖水质", 3, "zh")


def test_rebuild_and_removal_leave_nothing_behind(server_library, server):
    before = search_results(server_library)
    server_library.rebuild()
    assert search_results(server_library) == before
    assert search_results(small_library(server_library.home, chroma_url=server)) == before
    with server_library.write_lock():
        for source in server_library.sources():
            server_library.remove(source.id)
    assert server_library.check_indexes().is_sound
    assert search_results(server_library) == [[], [], []]


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_an_unreachable_server_is_one_sentence(tmp_path, path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}{path}"
    with pytest.raises(ChromaUnreachable, match=r"Chroma server at http://127.*HUWEN_CHROMA_URL"):
        small_library(tmp_path / "home", chroma_url=url).search_vectors("太湖", 3, "zh")


def test_a_library_whose_vectors_are_at_another_place_asks_for_a_rebuild(server_library, server):
    """Another server, or the folder, has no vectors: a search by words only would look like a complete one."""
    before = search_results(server_library)
    with pytest.raises(OldIndexes, match=r"HUWEN_CHROMA_URL; set that back, or run `huwen rebuild`"):
        search_results(small_library(server_library.home))
    assert search_results(small_library(server_library.home, chroma_url=f"{server}/")) == before
    moved = small_library(server_library.home)
    moved.rebuild()
    assert search_results(moved) == before
    assert moved.check_indexes().is_sound

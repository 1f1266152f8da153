"""Vectors that are made after the words: until they are whole a question goes by words, and no stop loses any."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from rag.encoder.engine import find_obstacle
from rag.library.ingest import InputFile
from rag.library.library import SMALL_SOURCE_PASSAGES, Library
from rag.library.lock import LibraryLocked, is_wanted, write_lock
from rag.library.vector_worker import VectorWorker
from rag.schema import EmbeddingEndpoint
from rag.settings import SHIPPED_SEEDS
from tests.small_library import small_library

needs_encoder = pytest.mark.skipif(bool(find_obstacle()), reason="the encoder cannot run here")
ENCODER = EmbeddingEndpoint("encoder", "", "")
NOTICE_ZH = "图书馆周一至周五每晚九点闭馆，周末下午五点闭馆，法定节假日全天不开放。"
NOTICE_EN = "Lost cards are replaced at the front desk for a fee of five dollars and a photograph."


def open_with_encoder(home: Path) -> Library:
    return Library(home, embedding=ENCODER)


def add(library: Library, path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    with library.write_lock():
        return library.add(path).source.id


def long_text(paragraphs: int) -> str:
    """As many passages: headings part them."""
    return "\n\n".join(
        f"# Rule {number}\n\nBoats of class {number} pay {10 + number} dollars for each night in the inner harbour."
        for number in range(1, paragraphs + 1))


@needs_encoder
def test_a_small_source_has_its_vectors_before_add_returns(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "a.txt", NOTICE_ZH)
    add(library, tmp_path / "b.txt", NOTICE_EN)
    assert library.vector_state().waiting == 0
    assert library.search_vectors("几点关门？", 3, "zh")
    assert library.search_vectors("我的卡丢了", 3, "en")
    assert library.check_indexes().is_sound


@needs_encoder
def test_of_many_files_the_words_come_first(tmp_path: Path) -> None:
    """Otherwise a folder of thousands of notes could not be searched for an hour."""
    library = open_with_encoder(tmp_path / "home")
    files = [tmp_path / f"{number}.txt" for number in range(SMALL_SOURCE_PASSAGES + 230)]
    for number, file in enumerate(files):
        file.write_text(f"Locker {number} belongs to the rowing club until the end of the season.", "utf-8")
    with library.write_lock():
        assert len([*library.add_files(InputFile(file, file.name) for file in files)]) == len(files)
    assert library.vector_state().waiting == 230
    assert len(library.search_words("rowing club", 300, "en")) == len(files)


@needs_encoder
def test_a_scope_is_searched_by_vectors_only_where_they_are_whole(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    small = add(library, tmp_path / "small.txt", NOTICE_EN)
    add(library, tmp_path / "notice.txt", NOTICE_ZH)
    large = add(library, tmp_path / "large.md", long_text(SMALL_SOURCE_PASSAGES + 5))
    waiting = library.vector_state().waiting
    assert waiting > SMALL_SOURCE_PASSAGES
    assert library.search_words("harbour", 3, "en")
    for scope, is_whole in ((None, False), ({large}, False), ({small, large}, False), ({small}, True)):
        assert bool(library.search_vectors("lost card", 3, "en", source_ids=scope)) is is_whole
    assert library.search_vectors("几点关门？", 3, "zh")  # the other language is whole
    health = library.check_indexes()
    assert (health.is_sound, health.waiting) == (True, waiting)


@needs_encoder
def test_a_stop_keeps_what_was_made_and_the_next_writer_goes_on(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "large.md", long_text(SMALL_SOURCE_PASSAGES + 8))
    with library.write_lock(), closing(library.make_vectors()) as steps:
        next(steps)
        made, total = next(steps)
    assert 0 < made < total
    reopened = open_with_encoder(library.home)
    with reopened.write_lock():
        first, _ = next(reopened.make_vectors())
        assert first == made
        *_, (done, of) = reopened.make_vectors()
    assert done == of == total
    assert library.vector_state().waiting == 0
    assert library.check_indexes().is_sound


KILLED_WRITER = """
import os, sys
from pathlib import Path
from rag.library.library import Library
from rag.schema import EmbeddingEndpoint
library = Library(Path(sys.argv[1]), embedding=EmbeddingEndpoint("encoder", "", ""))
with library.write_lock():
    for number, _ in enumerate(library.make_vectors()):
        if number == 6:
            os.kill(os.getpid(), 9)
"""


@needs_encoder
def test_a_killed_writer_leaves_no_wrong_index(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "large.md", long_text(50))
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(library.home)], check=False)
    assert killed.returncode == -9
    assert library.search_vectors("What does a boat of class 7 pay?", 3, "en") == []
    assert library.search_words("boat class 7", 3, "en")
    with library.write_lock():
        steps = [*library.make_vectors()]
    assert 32 <= steps[0][0] < 50  # the batches that had been stored
    assert library.check_indexes().is_sound
    assert library.search_vectors("What does a boat of class 7 pay?", 3, "en")


@needs_encoder
def test_vectors_of_the_dictionary_are_replaced_and_those_of_another_model_are_left(tmp_path: Path) -> None:
    earlier = small_library(tmp_path / "home")  # as 0.5 made it: 512 dimensions
    add(earlier, tmp_path / "a.txt", NOTICE_ZH)
    earlier.close()
    library = open_with_encoder(tmp_path / "home")
    assert library.search_words("闭馆", 3, "zh")
    assert library.search_vectors("几点关门？", 3, "zh") == []
    assert library.vector_state().waiting == 1
    with library.write_lock():
        assert [*library.make_vectors()]
    assert library.search_vectors("几点关门？", 3, "zh")
    assert library.check_indexes().is_sound


@needs_encoder
def test_a_changed_text_gets_a_new_vector_and_the_old_one_is_removed(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "a.txt", NOTICE_EN)
    add(library, tmp_path / "a.txt", NOTICE_EN.replace("five dollars", "nine dollars"))
    assert library.check_indexes().is_sound
    (hit,) = library.search_vectors("lost card", 3, "en")
    assert "nine dollars" in library.passages([hit.id])[0].page_content


@needs_encoder
def test_the_vectors_of_the_notes_travel_with_them(tmp_path: Path) -> None:
    """If this fails after a change of notes or splitter: `python -m evals.training.seed_vectors seeds`."""
    library = open_with_encoder(tmp_path / "home")
    library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    assert library.vector_state().waiting == 0
    with np.load(SHIPPED_SEEDS / "vectors.npz") as stored:
        assert len(stored["digests"]) == len(library.all_passages())
        assert library.count_known_vectors() == len(library.all_passages())


@needs_encoder
def test_the_worker_makes_all_vectors_and_lets_another_writer_in(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "large.md", long_text(60))
    worker = VectorWorker(library)
    worker.wake()
    other = open_with_encoder(library.home)
    add(other, tmp_path / "b.txt", NOTICE_EN)  # waits for the worker instead of giving up
    while worker.is_running():
        time.sleep(0.05)
    assert library.vector_state().waiting == 0
    assert library.check_indexes().is_sound


@needs_encoder
def test_a_stopped_worker_leaves_a_library_that_another_may_write(tmp_path: Path) -> None:
    library = open_with_encoder(tmp_path / "home")
    add(library, tmp_path / "large.md", long_text(60))
    worker = VectorWorker(library)
    worker.wake()
    worker.stop()
    assert not worker.is_running()
    add(library, tmp_path / "b.txt", NOTICE_EN)
    assert library.search_words("front desk", 1, "en")


def test_a_writer_waits_for_a_holder_that_yields_and_not_for_another(tmp_path: Path) -> None:
    released = threading.Event()

    def work() -> None:
        with write_lock(tmp_path, yields=True):
            held.set()
            while not is_wanted(tmp_path):
                time.sleep(0.01)
            released.set()

    held = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    held.wait()
    with write_lock(tmp_path):
        assert released.is_set()
        assert json.loads((tmp_path / "library.holder").read_text("utf-8"))["yields"] is False
        with pytest.raises(LibraryLocked), write_lock(tmp_path, yields=True):
            pytest.fail("two writers")
        with pytest.raises(LibraryLocked, match=str(os.getpid())), write_lock(tmp_path):
            pytest.fail("two writers")
    thread.join()
    assert not is_wanted(tmp_path)
    assert not (tmp_path / "library.holder").exists()


def test_a_writer_waits_until_a_holder_has_said_that_it_yields(tmp_path: Path) -> None:
    held = threading.Event()

    def hold_unnamed() -> None:
        with FileLock(tmp_path / "library.lock"):
            held.set()
            time.sleep(0.1)  # it has the lock, and has not said yet who it is
            (tmp_path / "library.holder").write_text('{"yields": true}', "utf-8")
            while not is_wanted(tmp_path):
                time.sleep(0.01)

    thread = threading.Thread(target=hold_unnamed)
    thread.start()
    held.wait()
    with write_lock(tmp_path):
        thread.join()
        assert json.loads((tmp_path / "library.holder").read_text("utf-8"))["yields"] is False

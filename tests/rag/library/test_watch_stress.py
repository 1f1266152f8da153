"""Stress test of watched folders: files are changed at random while they are followed."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.following.folder_follower import FolderFollower
from rag.library.following.watching import add_watch, follow_folders
from rag.library.ingest import InputFile
from rag.library.library import Library
from tests.rag.library.conftest import Prose
from tests.small_library import small_library

FILES = 2000
SETTLE = 0.3  # seconds; the real one is longer, and the test would only wait


def paths_of(library: Library) -> dict[str, str]:
    """The id of each source, by the location of its file."""
    return {library.read_location(source.id): source.id for source in library.sources()}


def require_same_passages(library: Library) -> None:
    """Both indexes have the passages of the manifest and no others; Chroma's graph may lose one of some thousand."""
    health = library.check_indexes()
    assert (health.stray_vectors, health.without_words, health.stray_words, health.unfinished) == (0, 0, 0, 0)
    assert health.without_vector <= health.passages / 500


def one_of_each_content(folder: Path) -> dict[bytes, list[Path]]:
    """The documents of a folder, by their content."""
    found: dict[bytes, list[Path]] = {}
    for path in sorted(folder.rglob("*.*")):
        found.setdefault(path.read_bytes(), []).append(path)
    return found


class Disturber:
    """Changes a folder at random, as people and programs do."""

    def __init__(self, folder: Path, prose: Prose, seed: int, *, renames: bool) -> None:
        self.folder, self.prose, self.rng, self.number = folder, prose, random.Random(seed), 0
        self.actions: list[Callable[[], None]] = [self.write_new, self.rewrite, self.remove, self.append]
        if renames:
            self.actions += [self.rename, self.copy, self.move, self.swap]

    def text(self) -> str:
        self.number += 1
        language = self.rng.choice(["zh", "en"])
        return f"# {self.number}\n\n" + self.prose(self.rng.randrange(10**9), self.rng.randint(1, 12), language)

    def pick(self) -> Path:
        while True:  # os.listdir of one random folder is quicker than a look at all
            folder = self.folder / f"{self.rng.randrange(20):02}"
            if names := sorted(folder.iterdir()):
                return self.rng.choice(names)

    def new_path(self) -> Path:
        self.number += 1
        return self.folder / f"{self.rng.randrange(20):02}" / f"文件 {self.number}.{self.rng.choice(['md', 'txt'])}"

    def write_new(self) -> None:
        self.new_path().write_text(self.text(), "utf-8")

    def rewrite(self) -> None:
        path = self.pick()
        unfinished = path.with_name(f".{path.name}.swp")
        unfinished.write_text(self.text(), "utf-8")
        unfinished.replace(path)

    def append(self) -> None:
        with self.pick().open("a", encoding="utf-8") as file:
            file.write(f"\n\n{self.text()}")

    def remove(self) -> None:
        self.pick().unlink()

    def rename(self) -> None:
        self.pick().rename(self.new_path())

    def move(self) -> None:
        path = self.pick()
        path.rename(self.folder / f"{self.rng.randrange(20):02}" / path.name)

    def copy(self) -> None:
        shutil.copy2(self.pick(), self.new_path())

    def swap(self) -> None:
        one, two = self.pick(), self.pick()
        if one != two:
            aside = one.with_name(f".{one.name}.aside")
            one.rename(aside)
            two.rename(one)
            aside.rename(two)

    def disturb(self, seconds: float) -> int:
        """Change the folder for this time; returns the number of changes."""
        changes, deadline = 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.rng.choice(self.actions)()
            changes += 1
            time.sleep(0.02)
        return changes


def filled_folder(folder: Path, prose: Prose) -> Path:
    for number in range(FILES):
        path = folder / f"{number % 20:02}" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        language = "zh" if number % 2 else "en"
        path.write_text(f"# {number}\n\n" + prose(number, 1 + number % 6, language), "utf-8")
    return folder


def follow_while_disturbed(tmp_path: Path, prose: Prose, *, seconds: float, renames: bool) -> tuple[Library, Path]:
    """A library that followed a folder while it was changed, and after that until nothing was left to do."""
    library, folder = small_library(tmp_path / "home"), filled_folder(tmp_path / "files", prose)
    add_watch(library, folder)
    follower, stop = FolderFollower(library, settle_seconds=SETTLE), threading.Event()
    for _ in follow_folders(library, stop, interval=0.1, follower=follower, is_once=True):
        pass
    thread = threading.Thread(
        target=lambda: [*follow_folders(library, stop, interval=0.1, follower=follower)], daemon=True)
    thread.start()
    assert Disturber(folder, prose, 17, renames=renames).disturb(seconds) > 100
    stop.set()
    thread.join()
    again = FolderFollower(library, settle_seconds=SETTLE)  # a restart, which knows nothing but what is recorded
    for _ in range(2):
        for _ in follow_folders(library, threading.Event(), interval=0.1, follower=again, is_once=True):
            pass
    return library, folder


@pytest.mark.slow
def test_a_minute_of_random_changes_ends_in_the_library_of_a_fresh_start(tmp_path: Path, prose: Prose) -> None:
    library, folder = follow_while_disturbed(tmp_path, prose, seconds=60, renames=False)
    fresh = small_library(tmp_path / "fresh")
    with fresh.write_lock():
        results = [*fresh.add_files(InputFile(path, str(path)) for path in sorted(folder.rglob("*.*")))]
    assert len(results) > FILES / 2
    assert library.fingerprint() == fresh.fingerprint()
    require_same_passages(library)


@pytest.mark.slow
def test_with_renames_and_copies_each_content_is_there_once_and_ids_stay(tmp_path: Path, prose: Prose) -> None:
    library, folder = follow_while_disturbed(tmp_path, prose, seconds=60, renames=True)
    ids, contents = paths_of(library), one_of_each_content(folder)
    assert len(ids) == len(contents) == len(library.sources())
    chosen = [next(path for path in paths if str(path) in ids) for paths in contents.values()]
    fresh = small_library(tmp_path / "fresh")
    with fresh.write_lock():
        for _ in fresh.add_files(InputFile(path, str(path), source_id=ids[str(path)]) for path in chosen):
            pass
    assert library.fingerprint() == fresh.fingerprint()
    assert {source.id: source.name for source in library.sources()} == {
        source.id: source.name for source in fresh.sources()}
    require_same_passages(library)

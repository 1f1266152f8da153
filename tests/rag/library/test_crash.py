"""`huwen add` killed at any moment: after one complete run the library is the same as without the kill."""

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.library.library import Hit
from rag.library.manifest import Manifest
from rag.schema import Language
from tests.rag.library.conftest import ROOT
from tests.small_library import small_library

QUESTIONS: list[tuple[str, Language]] = [
    ("太湖的水质与渔民", "zh"), ("港口的钢铁", "zh"), ("lake and water", "zh"), ("balark fizamp", "en"), ("Which tuvend?", "en")]
KILLS_PER_LIBRARY = 4


@pytest.fixture(scope="module")
def texts(tmp_path_factory, prose):
    """Ten files of about 40 kB, half of them Chinese."""
    folder = tmp_path_factory.mktemp("texts")
    for seed in range(10):
        language = ("zh", "en")[seed % 2]
        text = prose(seed, 540, language)
        (folder / f"{seed}.txt").write_text(text, "utf-8")
        assert 35_000 < len(text.encode()) < 50_000
    return sorted(folder.iterdir())


def start_adding(home: Path, texts: list[Path]) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HUWEN_", "OPENAI_"))}
    return subprocess.Popen(
        [sys.executable, "-c", "from ui.cli import main; main()", "add", *map(str, texts)], cwd=ROOT,
        # the encoder's vectors are made after the words, and test_deferred_vectors.py kills that
        env=clean | {"HUWEN_HOME": str(home), "HUWEN_SEEDS": "", "HUWEN_EMBED_MODEL": "dictionary"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until_writing(home: Path, process: subprocess.Popen[str]) -> float:
    """Wait until the process has the lock of the library; returns the time."""
    while process.poll() is None:
        if (home / "library.holder").exists() and f": {process.pid}," in (home / "library.holder").read_text("utf-8"):
            break
        time.sleep(0.002)
    return time.monotonic()


def run_undisturbed(home: Path, texts: list[Path]) -> tuple[float, str]:
    """Run `huwen add` to its end; returns the seconds for which it wrote, and its output."""
    process = start_adding(home, texts)
    started = wait_until_writing(home, process)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return time.monotonic() - started, output + errors


def contents(home: Path) -> dict[str, object]:
    """The visible state of a library: passages, contents of the indexes, and search results."""
    library = small_library(home)
    ids = Manifest(home / "manifest.sqlite").passage_ids()
    indexes = library._current_indexes()
    return {
        "sources": library.sources(),
        "passages": {passage.id: passage.page_content for passage in library.passages(sorted(ids))},
        "vectors": sorted(indexes.vectors.passage_ids()),
        "reachable": indexes.vectors.reachable_ids(),
        "words": indexes.words.passage_ids(),
        "by words": [scores(library.search_words(question, 20, language)) for question, language in QUESTIONS],
        "by meaning": [scores(library.search_vectors(question, 20, language)) for question, language in QUESTIONS],
    }


def scores(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.id, round(hit.score, 5)) for hit in hits]


@dataclass(frozen=True)
class Expected:
    """An undisturbed run: the library that it makes, and how many seconds it writes."""

    contents: dict[str, object]
    seconds: float


@pytest.fixture(scope="module")
def expected(tmp_path_factory, texts) -> Expected:
    home = tmp_path_factory.mktemp("undisturbed")
    seconds, _ = run_undisturbed(home, texts)
    return Expected(contents(home), seconds)


@dataclass(frozen=True)
class Killed:
    """The state after a kill."""

    seconds: float  # after the writer took the lock
    finished: int  # files
    unfinished: int

    def __str__(self) -> str:
        return f"after {self.seconds:5.2f} s of writing: {self.finished:2} files in, {self.unfinished} in part"


def kill(home: Path, texts: list[Path], seconds: float) -> Killed | None:
    """Kill `huwen add` after some seconds of writing; None if it had ended before."""
    process = start_adding(home, texts)
    wait_until_writing(home, process)
    time.sleep(seconds)
    process.kill()
    process.communicate()
    if process.returncode == 0:
        return None
    assert process.returncode == -9
    manifest = Manifest(home / "manifest.sqlite")
    return Killed(seconds, len(manifest.sources()), len(manifest.unfinished_ids()))


def is_readable(home: Path) -> bool:
    """True if a reader finds only whole passages of finished sources right after a kill."""
    library = small_library(home)
    finished = {source.id for source in library.sources()}
    for question, language in QUESTIONS:
        for search in (library.search_words, library.search_vectors):
            for passage in library.passages([hit.id for hit in search(question, 20, language)]):
                where = passage.metadata
                text = library.text(where["source_id"])[where["start"] : where["end"]]
                if where["source_id"] not in finished or text != passage.page_content:
                    return False
    return True


def kill_and_compare(
    home: Path, texts: list[Path], expected: Expected, kills: int, rng: random.Random,
) -> list[Killed]:
    """Kill the writers of one library one after the other, then let one run to its end and compare the library."""
    share = expected.seconds / kills
    # the first kill may fall among the very first files that are created
    delays = [rng.uniform(0, rng.choice((0.3, share))), *(rng.uniform(0, share) for _ in range(kills - 1))]
    killed = []
    for delay in delays:
        if one := kill(home, texts, delay):
            killed.append(one)
            assert is_readable(home), one
    _, output = run_undisturbed(home, texts)
    assert sum(line.startswith(("added", "unchanged")) for line in output.splitlines()) == len(texts)
    assert small_library(home).check_indexes().is_sound, killed
    found = contents(home)
    assert [part for part, wanted in expected.contents.items() if found[part] != wanted] == [], killed
    return killed


def test_an_add_that_was_killed_is_completed_by_the_next_one(tmp_path, texts, expected):
    assert len(kill_and_compare(tmp_path / "home", texts, expected, 3, random.Random(20261120))) >= 2


@pytest.mark.slow
def test_twenty_kills_leave_no_trace(tmp_path, texts, expected, capsys):
    rng = random.Random(7)
    killed: list[Killed] = []
    libraries = 0
    while len(killed) < 20:
        killed += kill_and_compare(
            tmp_path / str(libraries), texts, expected, min(KILLS_PER_LIBRARY, 20 - len(killed)), rng)
        libraries += 1
    with capsys.disabled():
        print(f"\n{len(killed)} kills in {libraries} libraries of {len(expected.contents['vectors'])} passages "
              f"(undisturbed: {expected.seconds:.1f} s of writing); "
              f"{sum(one.unfinished for one in killed)} in the middle of a file")
        print(*killed, sep="\n")

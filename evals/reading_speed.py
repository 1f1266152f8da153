"""Reading benchmark: the CPU time in which the files of a folder are read, and how much of their text is found.

Huwen reads each file, cleans it and splits it into passages; a peer library, in a process of its own, reads it as
Markdown. Each file is read twice by each system, and the faster time counts, so that imports and caches do not.
"""

from __future__ import annotations

import json
import subprocess
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from evals import peer_reader
from evals.peer_reader import cpu_seconds
from evals.peers import PeerMissing
from rag.sources.clean import clean
from rag.sources.errors import UnreadableFile
from rag.sources.loaders import READERS, read_directly
from rag.sources.readers.encodings import decode
from rag.sources.split import split

OWN_NAME = "Huwen"
ALL_SUFFIXES = "all"
_ROUNDS = 2
_PEER_SECONDS = 300  # of clock for one reading, after which a peer is stopped and the file counts as unread
_GRAM = 4  # letters or digits: long enough not to occur by chance, short enough to lose little beside a wrong letter


@dataclass(frozen=True)
class FileReading:
    """The text that a system read of a file, and the CPU seconds that it took."""

    text: str
    seconds: float


@dataclass(frozen=True)
class ReadingResult:
    """What one system made of the files with one suffix.

    `characters` are those of the text without white space. `ratio`: how many times as long as Huwen it took for the
    files that both read; None if there are none, or for Huwen itself. `recall` is the mean character recall of the
    files whose true text is known; None if there are none.
    """

    suffix: str
    system: str
    files: int
    unread: int
    characters: int
    seconds: float
    ratio: float | None = None
    recall: float | None = None


ReadFile = Callable[[Path], FileReading | None]  # None: the system cannot read it


def find_documents(folder: Path) -> dict[Path, Path | None]:
    """The files of a folder that Huwen can read, each with the .txt file of the same stem, which has its true text.

    Such a .txt file is not read itself. `report.pdf` with `report.txt` beside it → {report.pdf: report.txt}.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in READERS)
    truths = {path.with_suffix("") for path in paths if path.suffix == ".txt"}
    others = {path.with_suffix("") for path in paths if path.suffix != ".txt"}
    documents: dict[Path, Path | None] = {}
    for path in paths:
        stem = path.with_suffix("")
        if path.suffix != ".txt":
            documents[path] = path.with_suffix(".txt") if stem in truths else None
        elif stem not in others:
            documents[path] = None
    return documents


def measure_reading(
    documents: Mapping[Path, Path | None], systems: Mapping[str, ReadFile],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[ReadingResult]:
    """The results of each suffix, then of all files, for each system in order; the first is the one to compare with.

    `documents` are paths with the paths of their true texts, as `find_documents` gives them.
    """
    readings: dict[str, dict[Path, FileReading | None]] = {name: {} for name in systems}
    total = len(documents) * len(systems)
    for name, read in systems.items():
        for path in documents:
            readings[name][path] = _fastest_reading(read, path)
            progress(sum(map(len, readings.values())), total)
    recalls = {name: _recalls(documents, readings[name]) for name in systems}
    suffixes = sorted({path.suffix.lower() for path in documents})
    results = []
    for suffix in [*suffixes, ALL_SUFFIXES] if len(suffixes) > 1 else suffixes:
        paths = [path for path in documents if suffix in (path.suffix.lower(), ALL_SUFFIXES)]
        own = readings[next(iter(systems))]
        for name in systems:
            ratio = None if readings[name] is own else _time_ratio(paths, readings[name], own)
            results.append(_sum_up(suffix, name, paths, readings[name], ratio, recalls[name]))
    return results


def _fastest_reading(read: ReadFile, path: Path) -> FileReading | None:
    readings: list[FileReading] = []
    for _ in range(_ROUNDS):
        reading = read(path)
        if reading is None:
            return None
        readings.append(reading)
    return min(readings, key=lambda reading: reading.seconds)


def _sum_up(
    suffix: str, system: str, paths: Sequence[Path], readings: Mapping[Path, FileReading | None], ratio: float | None,
    recalls: Mapping[Path, float],
) -> ReadingResult:
    found = [reading for path in paths if (reading := readings[path]) is not None]
    known = [recalls[path] for path in paths if path in recalls]
    return ReadingResult(
        suffix, system, len(paths), len(paths) - len(found),
        sum(len("".join(reading.text.split())) for reading in found), sum(reading.seconds for reading in found),
        ratio, sum(known) / len(known) if known else None)


def _time_ratio(
    paths: Sequence[Path], readings: Mapping[Path, FileReading | None], own: Mapping[Path, FileReading | None],
) -> float | None:
    pairs = [(theirs.seconds, ours.seconds) for path in paths if (theirs := readings[path]) and (ours := own[path])]
    own_seconds = sum(seconds for _, seconds in pairs)
    return sum(seconds for seconds, _ in pairs) / own_seconds if own_seconds else None


def _recalls(
    documents: Mapping[Path, Path | None], readings: Mapping[Path, FileReading | None],
) -> dict[Path, float]:
    """The recall of each file whose true text is known; 0 for one that was not read."""
    recalls = {}
    for path, truth in documents.items():
        if truth is not None:
            reading = readings[path]
            recalls[path] = character_recall(decode(truth.read_bytes()), reading.text if reading else "")
    return recalls


def character_recall(true_text: str, read_text: str) -> float:
    """The share of a true text that a read text has, 0 to 1: of all its runs of four letters or digits.

    White space, punctuation and marks of Markdown do not count, because readers break lines in different places. The
    time is linear, which that of an edit distance is not. `湖水深1.9米` in `## 湖水深 1.9 米` → 1.0.
    """
    expected, found = _grams(true_text), _grams(read_text)
    total = expected.total()
    return (expected & found).total() / total if total else 1.0


def _grams(text: str) -> Counter[str]:
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))
    return Counter(letters[start : start + _GRAM] for start in range(max(1, len(letters) - _GRAM + 1)) if letters)


def read_with_huwen(path: Path) -> FileReading | None:
    """A file read, cleaned and split, in this process."""
    started = cpu_seconds()
    try:
        document = clean(read_directly(path))
    except UnreadableFile:
        return None
    split(document, path.name)
    return FileReading(document.page_content, cpu_seconds() - started)


def find_peers(python: Path) -> dict[str, str]:
    """The names and versions of the peers that a Python has.

    Raises:
        PeerMissing: it has none, or it is no Python.
    """
    try:
        answer = subprocess.run(_command(python), capture_output=True, text=True, check=True)
        versions: dict[str, str] = json.loads(answer.stdout)
    except (OSError, subprocess.CalledProcessError, json.JSONDecodeError):
        raise PeerMissing(f"{python}: is not a Python that runs; give one with --peer-python") from None
    if not versions:
        names = " or ".join(peer_reader.PEER_READERS)
        raise PeerMissing(
            f"{python}: has no {names}; install one there (pip install 'markitdown[docx,pptx,xlsx,pdf]'), or name "
            "another Python with --peer-python")
    return versions


def _command(python: Path, *arguments: str) -> list[str]:
    # -I keeps the folder of the script, which has modules named as those of the standard library, out of the path
    return [str(python), "-I", str(Path(peer_reader.__file__).absolute()), *arguments]


class PeerProcess:
    """A process in which a peer reads files one after the other; it is started again after a file that ended it."""

    def __init__(self, python: Path, peer: str) -> None:
        self._arguments = _command(python, peer)
        self._process: subprocess.Popen[str] | None = None

    def read(self, path: Path) -> FileReading | None:
        """The reading of a file; None if the peer fails, finds no text, or takes too long."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        timer = threading.Timer(_PEER_SECONDS, self._process.kill)
        timer.start()
        try:
            answer = _exchange(self._process, json.dumps(str(path.absolute())))
        finally:
            timer.cancel()
        if not answer:
            self.close()
            return None
        fields = json.loads(answer)
        text = str(fields["text"])
        return FileReading(text, float(fields["seconds"])) if text.strip() else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    """The line with which a process answers; empty if it has ended."""
    requests, answers = cast(TextIO, process.stdin), cast(TextIO, process.stdout)
    try:
        requests.write(line + "\n")
        requests.flush()
    except BrokenPipeError:
        return ""
    answer = answers.readline()
    return answer if answer.endswith("\n") else ""  # else it was killed while it wrote


@contextmanager
def open_systems(peer_python: Path | None) -> Iterator[dict[str, ReadFile]]:
    """Huwen, and the peers that a Python has with their versions; their processes end with the `with` block.

    Raises:
        PeerMissing: as in `find_peers`.
    """
    systems: dict[str, ReadFile] = {OWN_NAME: read_with_huwen}
    with ExitStack() as stack:
        if peer_python:
            for name, version in find_peers(peer_python).items():
                process = PeerProcess(peer_python, name)
                stack.callback(process.close)
                systems[f"{name} {version}"] = process.read
        yield systems

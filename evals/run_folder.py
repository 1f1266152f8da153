"""A run becomes a folder that outlives the process: what was asked, each answer as soon as it came, scores, reports.

    about.json     what the run is of: set, model, settings, and the digests of code, prompts and corpus
    cases.jsonl    the questions, so that the folder explains itself
    answers.jsonl  an answer a line, synced to the disk as it comes
    scores.jsonl, summary.json, report.md, report.html     made from the two above, again and again alike
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import filelock
from pydantic import TypeAdapter, ValidationError

from evals import cases as datasets
from evals.cases import Case
from rag.schema import Answer, HuwenError

_ANSWER = TypeAdapter(Answer)


class BadRun(HuwenError):
    """A folder is not that of a run, or of another one."""


@dataclass(frozen=True)
class EvalRun:
    """The folder of a run, with what it is of and the cases that it asks."""

    folder: Path
    about: Mapping[str, str]
    cases: tuple[Case, ...]

    @classmethod
    def create(cls, folder: Path, about: Mapping[str, str], cases: tuple[Case, ...]) -> EvalRun:
        """Make the folder.

        Raises:
            BadRun: it holds something already, or cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise BadRun(f"{folder}: is not empty; --resume continues a run, another --out begins one")
            (folder / "cases.jsonl").write_text(datasets.dump(cases), "utf-8")
            (folder / _ABOUT_FILE).write_text(json.dumps(dict(about), ensure_ascii=False, indent=1) + "\n", "utf-8")
        except OSError as error:
            raise BadRun(f"{folder}: cannot be written ({error.strerror}); --out names another place") from None
        return cls(folder, about, cases)

    @classmethod
    def open(cls, folder: Path) -> EvalRun:
        """Read a run that was begun.

        Raises:
            BadRun: there is none in the folder.
        """
        try:
            about = json.loads((folder / _ABOUT_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            raise BadRun(f"{folder}: is not the folder of a run; `huwen eval runs` lists them") from None
        return cls(folder, about, tuple(datasets.load(folder / "cases.jsonl")))

    def read_answers(self) -> dict[str, Answer]:
        """The answers so far, by the case's id; the last of a case counts. A line that was cut off is no answer."""
        path = self.folder / _ANSWERS_FILE
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        found: dict[str, Answer] = {}
        for number, line in enumerate(lines[:-1], 1):  # what stands behind the last line end was cut off
            try:
                told = json.loads(line)
                found[told["id"]] = _ANSWER.validate_python(told["answer"])
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise BadRun(f"{path}, line {number}: not an answer ({type(error).__name__}); delete that line and --resume") from None
        return found

    def finished_answers(self) -> dict[str, Answer]:
        """The answers that need not be asked for again: all but those that failed."""
        return {id: answer for id, answer in self.read_answers().items() if answer.status != "failed"}

    @contextmanager
    def open_journal(self) -> Iterator[AnswerRecorder]:
        """The journal, open for this process alone, without a cut-off last line.

        Raises:
            BadRun: another process is at work on the run.
        """
        lock = filelock.FileLock(self.folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise BadRun(f"{self.folder}: another process is at work on this run; wait for it or stop it") from None
        try:
            with (self.folder / _ANSWERS_FILE).open("a+b") as journal:
                journal.seek(0)
                journal.truncate(journal.read().rfind(b"\n") + 1)
                yield AnswerRecorder(journal.fileno())
        finally:
            lock.release()


_ABOUT_FILE, _ANSWERS_FILE = "about.json", "answers.jsonl"


class AnswerRecorder:
    """Appends answers to a journal, from any thread; what it has returned from is on the disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def record(self, id: str, answer: Answer) -> None:
        """Append and sync one answer."""
        line = json.dumps({"id": id, "answer": asdict(answer)}, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)


def list_runs(root: Path) -> list[EvalRun]:
    """The runs in a folder of runs, oldest first."""
    found = [EvalRun.open(path.parent) for path in root.glob(f"*/{_ABOUT_FILE}")]
    return sorted(found, key=lambda run: run.about.get("started", ""))


def find_resumable(place: Path, about: Mapping[str, str]) -> EvalRun | None:
    """The run in a folder, or the last in a folder of runs, that is of the same in every respect; None where there is none.

    Raises:
        BadRun: the folder is that of a run of something else.
    """
    if (place / _ABOUT_FILE).exists():
        run = EvalRun.open(place)
        if differing := [name for name, value in about.items() if run.about.get(name) != value]:
            raise BadRun(f"{place}: is a run of another {', '.join(differing)}; leave --resume out, and name another --out")
        return run
    return next((run for run in reversed(list_runs(place)) if about.items() <= run.about.items()), None)


def new_folder(root: Path, dataset: str, model: str) -> Path:
    """A name that says when and what: `20261121-0930-suzhou-extractive`, numbered where it is taken."""
    name = "-".join([datetime.now().strftime("%Y%m%d-%H%M%S"), dataset, _safe_filename(model)])
    taken = (path for n in range(2, 10_000) if (path := root / f"{name}-{n}") and not path.exists())
    return root / name if not (root / name).exists() else next(taken)


def _safe_filename(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._" else "-" for c in name)[:60]

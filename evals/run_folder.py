"""Run folder: the files of an evaluation run, which persist when the process ends or is killed.

    about.json     the inputs of the run: set, model, settings, and digests of code, prompts and corpus
    cases.jsonl    the cases, so that the folder is self-contained
    answers.jsonl  one answer a line, synced to the disk when it arrives
    scores.jsonl, summary.json, report.md, report.html     computed from cases and answers; the same bytes each time
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
    """A folder is not the folder of a run, or is the folder of a different run."""


@dataclass(frozen=True)
class EvalRun:
    """The folder of a run, with the inputs of the run (`about`) and its cases."""

    folder: Path
    about: Mapping[str, str]
    cases: tuple[Case, ...]

    @classmethod
    def create(cls, folder: Path, about: Mapping[str, str], cases: tuple[Case, ...]) -> EvalRun:
        """Create the folder with `about.json` and `cases.jsonl`.

        Raises:
            BadRun: the folder is not empty, or cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise BadRun(f"{folder}: is not empty; --resume continues a run, another --out starts a new one")
            (folder / "cases.jsonl").write_text(datasets.dump(cases), "utf-8")
            (folder / _ABOUT_FILE).write_text(json.dumps(dict(about), ensure_ascii=False, indent=1) + "\n", "utf-8")
        except OSError as error:
            raise BadRun(f"{folder}: cannot be written ({error.strerror}); --out names another place") from None
        return cls(folder, about, cases)

    @classmethod
    def open(cls, folder: Path) -> EvalRun:
        """Open the folder of an existing run.

        Raises:
            BadRun: the folder contains no run.
        """
        try:
            about = json.loads((folder / _ABOUT_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            raise BadRun(f"{folder}: is not the folder of a run; `huwen eval runs` lists them") from None
        return cls(folder, about, tuple(datasets.load(folder / "cases.jsonl")))

    def read_answers(self) -> dict[str, Answer]:
        """The answers so far, by the id of the case; the last answer to a case counts.

        An incomplete last line, left by a process that was killed, is ignored.

        Raises:
            BadRun: a complete line is not an answer.
        """
        path = self.folder / _ANSWERS_FILE
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        answers: dict[str, Answer] = {}
        for number, line in enumerate(lines[:-1], 1):  # text after the last line end is an incomplete line
            try:
                record = json.loads(line)
                answers[record["id"]] = _ANSWER.validate_python(record["answer"])
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise BadRun(
                    f"{path}, line {number}: not an answer ({type(error).__name__}); "
                    "delete that line and --resume") from None
        return answers

    def finished_answers(self) -> dict[str, Answer]:
        """The answers that have not failed; these cases are not asked again."""
        return {id: answer for id, answer in self.read_answers().items() if answer.status != "failed"}

    @contextmanager
    def open_journal(self) -> Iterator[AnswerRecorder]:
        """Open and lock the journal of answers, and remove an incomplete last line.

        Raises:
            BadRun: another process is working on the run.
        """
        lock = filelock.FileLock(self.folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise BadRun(f"{self.folder}: another process is working on this run; wait for it or stop it") from None
        try:
            with (self.folder / _ANSWERS_FILE).open("a+b") as journal:
                journal.seek(0)
                journal.truncate(journal.read().rfind(b"\n") + 1)
                yield AnswerRecorder(journal.fileno())
        finally:
            lock.release()


_ABOUT_FILE, _ANSWERS_FILE = "about.json", "answers.jsonl"


class AnswerRecorder:
    """Appends answers to the journal; thread-safe. When `record` returns, the answer is on the disk."""

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
    runs = [EvalRun.open(path.parent) for path in root.glob(f"*/{_ABOUT_FILE}")]
    return sorted(runs, key=lambda run: run.about.get("started", ""))


def find_resumable(path: Path, about: Mapping[str, str]) -> EvalRun | None:
    """The run in a folder, or the latest run in a folder of runs, with the same inputs; None if there is none.

    Raises:
        BadRun: the folder is that of a run with other inputs.
    """
    if (path / _ABOUT_FILE).exists():
        run = EvalRun.open(path)
        differing = [name for name, value in about.items() if run.about.get(name) != value]
        if differing:
            raise BadRun(
                f"{path}: is a run of another {', '.join(differing)}; leave --resume out, and name another --out")
        return run
    for run in reversed(list_runs(path)):
        if about.items() <= run.about.items():
            return run
    return None


def new_folder(root: Path, dataset: str, model: str) -> Path:
    """The path of a new run folder, named by time, dataset and model: `20261121-093000-suzhou-extractive`.

    If the path exists already, a number is added: `20261121-093000-suzhou-extractive-2`.
    """
    name = "-".join([datetime.now().strftime("%Y%m%d-%H%M%S"), dataset, _safe_filename(model)])
    path, number = root / name, 2
    while path.exists():
        path = root / f"{name}-{number}"
        number += 1
    return path


def _safe_filename(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._" else "-" for c in name)[:60]

"""Finished answers become lines of a file that outlives the process, and are found again by what they depend on.

The first line says when the briefing began; each other line holds one answer, and what it was made from: the digest of its
question, the model, the prompts, and the library. A line that was written is on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import filelock
from pydantic import TypeAdapter, ValidationError

from rag.schema import Answer, HuwenError

_VERSION = 1


class BadJournal(HuwenError):
    """A journal that cannot be read or written."""


class JournalInUse(HuwenError):
    """Another process is at work on the journal."""


@dataclass(frozen=True)
class AnswerBasis:
    """What answers are made from, beside their questions."""

    model: str
    prompts: str  # a digest
    library: str  # its fingerprint


@dataclass(frozen=True)
class JournalLine:
    """One answer as it was kept."""

    asked: str  # the digest of its question
    basis: AnswerBasis
    answer: Answer
    edited: bool = False  # by a person


_LINE = TypeAdapter(JournalLine)


def short_digest(*parts: object) -> str:
    """A short digest of what a question is asked with."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


class Journal:
    """The answers so far, from any thread; use `opened`."""

    def __init__(self, path: Path, descriptor: int, start_date: str, lines: list[JournalLine]) -> None:
        self._path, self._descriptor, self._lock = path, descriptor, threading.Lock()
        self.start_date = start_date  # ISO 8601: the date of the briefing
        self.lines: dict[str, list[JournalLine]] = {}  # by the question's digest, the latest last
        for line in lines:
            self.lines.setdefault(line.asked, []).append(line)

    def append_line(self, line: JournalLine) -> None:
        """Append and sync one answer.

        Raises:
            BadJournal: the disk is full or gone.
        """
        with self._lock:
            _append_record(self._path, self._descriptor, asdict(line))
            self.lines.setdefault(line.asked, []).append(line)


@contextmanager
def open_journal(path: Path, today: str = "") -> Iterator[Journal]:
    """The journal at a path, begun where there is none, for this process alone; a last line that was cut off is dropped.

    Raises:
        JournalInUse: another process has it open.
        BadJournal: it cannot be written, or is something else.
    """
    if path.is_dir():
        raise BadJournal(f"{path}: is a folder; --journal names another place")
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise JournalInUse(
            f"{path}: another process is at work on this briefing; wait for it, stop it, or name another --journal") from None
    except OSError as error:
        raise BadJournal(f"{path}: cannot be written ({error.strerror}); --journal names another place") from None
    try:
        with path.open("a+b") as file:
            file.seek(0)
            whole = file.read()
            kept = whole.rfind(b"\n") + 1
            begun, lines = _read_lines(path, whole[:kept])
            file.truncate(kept)
            if not begun:
                begun = today or date.today().isoformat()
                _append_record(path, file.fileno(), {"huwen": "briefing", "version": _VERSION, "begun": begun})
            yield Journal(path, file.fileno(), begun, lines)
    except PermissionError:
        raise BadJournal(f"{path}: cannot be written (permission denied); --journal names another place") from None
    finally:
        lock.release()


def archive_journal(path: Path) -> None:
    """Keep a journal under another name, so that the next one begins anew; where there is none, nothing is to do."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.before"))


def _read_lines(path: Path, data: bytes) -> tuple[str, list[JournalLine]]:
    """The date and the answers of a journal's whole lines."""
    begun, lines = "", []
    for number, written in enumerate(data.splitlines(), 1):
        try:
            told = json.loads(written)
            if number > 1:
                lines.append(_LINE.validate_python(told))
            elif told["huwen"] == "briefing" and told["version"] == _VERSION:
                begun = date.fromisoformat(told["begun"]).isoformat()
            else:
                raise BadJournal(f"{path}: was written by another version of Huwen; --anew begins another")
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            what = "delete that line and run the command again" if number > 1 else "it is no journal; --journal names another place"
            raise BadJournal(f"{path}, line {number}: cannot be read ({type(error).__name__}); {what}") from None
    return begun, lines


def _append_record(path: Path, descriptor: int, record: object) -> None:
    line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError as error:
        raise BadJournal(f"{path}: cannot be written ({error.strerror}); make room, and run the command again") from None

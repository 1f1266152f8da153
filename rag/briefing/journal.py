"""Journal of a briefing: an append-only file of finished answers (JSON lines) that survives a killed process.

The first line has the date on which the briefing began. Each other line has one answer with what it depends on: the
digest of its question, the model, the prompts, and the library. Each line is synced to disk before the next answer.
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
    """Another process has the journal open."""


@dataclass(frozen=True)
class AnswerBasis:
    """What answers depend on besides their questions."""

    model: str
    prompts: str  # a digest
    library: str  # its fingerprint


@dataclass(frozen=True)
class JournalLine:
    """One stored answer. The fields are the keys of the JSON line."""

    asked: str  # the digest of its question
    basis: AnswerBasis
    answer: Answer
    edited: bool = False  # by a person


_LINE = TypeAdapter(JournalLine)


def short_digest(*parts: object) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the parts as JSON."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


class Journal:
    """The answers so far; any thread may append. Create it with `open_journal`."""

    def __init__(self, path: Path, descriptor: int, start_date: str, lines: list[JournalLine]) -> None:
        self._path, self._descriptor, self._lock = path, descriptor, threading.Lock()
        self.start_date = start_date  # ISO 8601: the date of the briefing
        self.lines: dict[str, list[JournalLine]] = {}  # by the question's digest, the latest last
        for line in lines:
            self.lines.setdefault(line.asked, []).append(line)

    def append_line(self, line: JournalLine) -> None:
        """Append one answer and sync the file.

        Raises:
            BadJournal: the disk is full or not available.
        """
        with self._lock:
            _append_record(self._path, self._descriptor, asdict(line))
            self.lines.setdefault(line.asked, []).append(line)


@contextmanager
def open_journal(path: Path, today: str = "") -> Iterator[Journal]:
    """The journal at a path, for this process only; a new file if there is none.

    An incomplete last line is dropped. `today` (ISO 8601) dates a new journal; empty: the current date.

    Raises:
        JournalInUse: another process has it open.
        BadJournal: it cannot be written, or is not a journal.
    """
    if path.is_dir():
        raise BadJournal(f"{path}: is a folder; use --journal to name another file")
    lock = _lock_journal(path)
    try:
        with path.open("a+b") as file:
            file.seek(0)
            content = file.read()
            complete = content.rfind(b"\n") + 1  # bytes of complete lines
            start_date, lines = _read_lines(path, content[:complete])
            file.truncate(complete)
            if not start_date:
                start_date = today or date.today().isoformat()
                _append_record(path, file.fileno(), {"huwen": "briefing", "version": _VERSION, "begun": start_date})
            yield Journal(path, file.fileno(), start_date, lines)
    except PermissionError:
        raise BadJournal(f"{path}: cannot be written (permission denied); use --journal to name another file") from None
    finally:
        lock.release()


def _lock_journal(path: Path) -> filelock.BaseFileLock:
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise JournalInUse(
            f"{path}: another process is writing this briefing; wait for it, stop it, or name another --journal",
        ) from None
    except OSError as error:
        raise BadJournal(f"{path}: cannot be written ({error.strerror}); use --journal to name another file") from None
    return lock


def archive_journal(path: Path) -> None:
    """Rename a journal to `<name>.before`, so that the next run begins a new one; does nothing if there is none."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.before"))


def _read_lines(path: Path, data: bytes) -> tuple[str, list[JournalLine]]:
    """The start date and the answers of a journal's complete lines; the date is empty if there are none."""
    start_date, lines = "", []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            record = json.loads(line)
            if number > 1:
                lines.append(_LINE.validate_python(record))
            elif record["huwen"] == "briefing" and record["version"] == _VERSION:
                start_date = date.fromisoformat(record["begun"]).isoformat()
            else:
                raise BadJournal(f"{path}: was written by another version of Huwen; --anew begins a new one")
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            kind = type(error).__name__
            if number > 1:
                remedy = "delete that line and run the command again"
            else:
                remedy = "it is not a journal; use --journal to name another file"
            raise BadJournal(f"{path}, line {number}: cannot be read ({kind}); {remedy}") from None
    return start_date, lines


def _append_record(path: Path, descriptor: int, record: object) -> None:
    line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError as error:
        raise BadJournal(
            f"{path}: cannot be written ({error.strerror}); free some disk space, and run the command again") from None

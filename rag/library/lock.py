"""One writer at a time: an OS lock on the library's folder, and a note of who holds it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.schema import HuwenError


class LibraryLocked(HuwenError):
    """Another process writes this library."""


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Hold the library for writing; the lock dies with the process that holds it.

    Raises:
        LibraryLocked: another process holds it; the sentence says which.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "library.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryLocked(f"the library in {home} is being written by {_describe_holder(home)}; try again when it is done") from None
    try:
        (home / "library.holder").write_text(json.dumps({
            "process": os.getpid(),
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
            "since": datetime.now().isoformat(timespec="seconds"),
        }, ensure_ascii=False), "utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def opening_lock(home: Path) -> Iterator[None]:
    """Wait for one's turn to open the indexes: two processes that create the same files at once would both fail."""
    with FileLock(home / "opening.lock"):
        yield


def _describe_holder(home: Path) -> str:
    try:
        held = json.loads((home / "library.holder").read_text("utf-8"))
    except (OSError, ValueError):  # the holder is about to write its note
        return "another process"
    return f"`{held['command']}` (process {held['process']}, since {held['since']})"

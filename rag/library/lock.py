"""The writer's lock: an OS lock on the library's folder, and a file that names the process that holds it."""

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
    """Another process is writing to this library."""


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Hold the library for writing; the operating system releases the lock in any case when the process ends.

    Raises:
        LibraryLocked: another process holds it; the message names the process.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "library.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryLocked(
            f"the library in {home} is being written by {_describe_holder(home)}; try again when it is done") from None
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
    """Wait until no other process is opening the indexes: if two create the same files at once, both fail."""
    with FileLock(home / "opening.lock"):
        yield


def _describe_holder(home: Path) -> str:
    try:
        holder = json.loads((home / "library.holder").read_text("utf-8"))
    except (OSError, ValueError):  # the holder has not written its note yet
        return "another process"
    return f"`{holder['command']}` (process {holder['process']}, since {holder['since']})"

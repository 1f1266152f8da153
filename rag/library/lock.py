"""The writer's lock: an OS lock on the library's folder, and a file that names the process that holds it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.schema import HuwenError


class LibraryLocked(HuwenError):
    """Another process is writing to this library."""


_NAMING_SECONDS = 2.0  # how long a holder may take to say who it is, after it has taken the lock
_YIELD_SECONDS = 30.0  # how long a writer waits for one that yields; it is asked for the lock about every second


@contextmanager
def write_lock(home: Path, *, yields: bool = False, wait_seconds: float | None = None) -> Iterator[None]:
    """Hold the library for writing; the operating system releases the lock in any case when the process ends.

    A holder with `yields` works in the background: it looks at `is_wanted` about every second, and then releases the
    lock. Another writer waits for that, instead of giving up. `wait_seconds`: how long to wait for a holder that
    yields; by default long, for one that yields itself not at all.

    Raises:
        LibraryLocked: another process holds it; the message names the process.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "library.lock")
    patience = 0.0 if yields else _YIELD_SECONDS
    _acquire(lock, home, patience if wait_seconds is None else wait_seconds)
    try:
        _write_holder(home, yields=yields)
        yield
    finally:
        (home / "library.holder").unlink(missing_ok=True)
        lock.release()


def _write_holder(home: Path, *, yields: bool) -> None:
    """Say who holds the lock; the file is replaced whole, so that nobody reads half of it."""
    part = home / "library.holder.part"
    part.write_text(json.dumps({
        "process": os.getpid(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
        "since": datetime.now().isoformat(timespec="seconds"),
        "yields": yields,
    }, ensure_ascii=False), "utf-8")
    part.replace(home / "library.holder")


def is_wanted(home: Path) -> bool:
    """True if another writer waits for a holder that yields."""
    try:
        return time.time() - (home / "library.wanted").stat().st_mtime < _YIELD_SECONDS
    except OSError:
        return False


def _acquire(lock: FileLock, home: Path, wait_seconds: float) -> None:
    """Take the lock; a holder that yields is asked for it, and waited for."""
    deadline = time.monotonic() + _NAMING_SECONDS
    while True:
        try:
            lock.acquire(timeout=0)
            return
        except Timeout:
            holder = _read_holder(home)
            is_named = bool(holder) or time.monotonic() > deadline
            if is_named and not (wait_seconds and holder.get("yields")):
                raise _make_error(home) from None
        if is_named:
            break
        time.sleep(_NAMING_SECONDS / 100)
    wanted = home / "library.wanted"
    wanted.touch()
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise _make_error(home) from None
    finally:
        wanted.unlink(missing_ok=True)


def _make_error(home: Path) -> LibraryLocked:
    return LibraryLocked(
        f"the library in {home} is being written by {_describe_holder(home)}; try again when it is done")


@contextmanager
def opening_lock(home: Path) -> Iterator[None]:
    """Wait until no other process is opening the indexes: if two create the same files at once, both fail."""
    with FileLock(home / "opening.lock"):
        yield


def _read_holder(home: Path) -> dict[str, object]:
    """What the holder wrote about itself; empty if it has not written it yet."""
    try:
        holder = json.loads((home / "library.holder").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _describe_holder(home: Path) -> str:
    holder = _read_holder(home)
    if not holder.keys() >= {"command", "process", "since"}:
        return "another process"
    return f"`{holder['command']}` (process {holder['process']}, since {holder['since']})"

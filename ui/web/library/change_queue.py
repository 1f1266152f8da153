"""Change queue: runs changes of the library one after the other in a thread of its own, and streams their progress."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar

from rag.schema import HuwenError

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class LibraryBusy(HuwenError):
    """A short change waited too long for another one to end."""


@dataclass(frozen=True)
class Progress:
    """One step of a change; fields that have no meaning in its state are empty."""

    state: Literal[
        "waiting", "fetching", "reading", "recognising", "indexing", "added", "replaced", "unchanged", "rebuilt",
        "refreshing", "refreshed", "failed"]
    # passages; documents when the indexes are rebuilt, addresses when they are refreshed, pages when text is recognised
    done: int = 0
    of: int = 0
    title: str = ""
    language: str = ""
    why: str = ""  # the error sentence of a failed change, in English
    why_zh: str = ""  # in Chinese, where there is such a sentence
    failed: int = 0  # addresses that could not be refreshed
    changed: int = 0  # addresses whose documents have changed


ProgressListener = Callable[[Progress], None]


class ChangeQueue:
    """One queue for all changes made on the page, so that they never compete for the library's lock.

    A change that has begun runs to its end, even where the page was closed: a half-indexed document would have to be
    finished by the next change.
    """

    def __init__(self, timeout: float = 20.0) -> None:
        self._timeout = timeout  # seconds that a short change waits behind a long one
        self._worker = ThreadPoolExecutor(1, "huwen-library")

    def stream_change(self, change: Callable[[ProgressListener], Progress]) -> AsyncIterator[bytes]:
        """Put a long change in the queue; returns its progress as lines of JSON, each as soon as it is known."""
        loop, updates = asyncio.get_running_loop(), asyncio.Queue[Progress | None]()

        def put_progress(progress: Progress | None) -> None:
            with suppress(RuntimeError):  # the server has ended, and its event loop is closed
                loop.call_soon_threadsafe(updates.put_nowait, progress)

        def run_in_worker() -> None:
            try:
                put_progress(change(put_progress))
            except HuwenError as error:
                put_progress(failed_progress(error))
            except Exception as error:  # the edge of the page: a loader may raise anything
                _log.exception("a change of the library failed")
                reason = f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details"
                put_progress(Progress("failed", why=reason))
            finally:
                put_progress(None)

        self._worker.submit(run_in_worker)
        return _progress_lines(updates)

    def finish_change(self, change: Callable[[], Result]) -> Result:
        """Make a part of a long change, after those before it, however long they take; returns its result."""
        return self._worker.submit(change).result()

    def run_change(self, change: Callable[[], Result]) -> Result:
        """Make a short change after those before it; returns its result.

        Raises:
            LibraryBusy: the changes before it took too long, and this one is not made.
        """
        future = self._worker.submit(change)
        try:
            return future.result(self._timeout)
        except NotInTime:
            if future.cancel():
                raise LibraryBusy("the library is taking in other documents; try again when it is done") from None
            return future.result()  # it has just begun


def failed_progress(error: HuwenError) -> Progress:
    """The last step of a change that failed, with its sentence in both languages."""
    english, chinese = error.sentence("en"), error.sentence("zh")
    return Progress("failed", why=english, why_zh=chinese if chinese != english else "")


async def _progress_lines(updates: asyncio.Queue[Progress | None]) -> AsyncIterator[bytes]:
    yield _encode_progress(Progress("waiting"))
    while (progress := await updates.get()) is not None:
        yield _encode_progress(progress)


def _encode_progress(progress: Progress) -> bytes:
    return json.dumps(asdict(progress), ensure_ascii=False).encode("utf-8", "replace") + b"\n"

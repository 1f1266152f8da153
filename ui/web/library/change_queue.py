"""Changes to the library become turns: one after the other on a thread of their own, each telling how far it is."""

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
    """A small change did not get its turn."""


@dataclass(frozen=True)
class Progress:
    """How far a change is; of the counts only those are told that mean something in its state."""

    state: Literal["waiting", "reading", "indexing", "added", "replaced", "unchanged", "rebuilt", "failed"]
    done: int = 0  # passages; of a rebuilding documents
    of: int = 0
    title: str = ""
    language: str = ""
    why: str = ""  # it failed: one sentence


ProgressListener = Callable[[Progress], None]


class ChangeQueue:
    """The queue of all changes that the page makes, so that none meets the library's lock held by another.

    A change that has begun is brought to its end, also where nobody listens any more: what is half in would only be
    finished by the next.
    """

    def __init__(self, timeout: float = 20.0) -> None:
        self._timeout = timeout  # seconds that a small change waits behind a long one before it is given up
        self._worker = ThreadPoolExecutor(1, "huwen-library")

    def stream_change(self, change: Callable[[ProgressListener], Progress]) -> AsyncIterator[bytes]:
        """Put a long change in the queue; returns its steps as lines of JSON, while they come."""
        loop, steps = asyncio.get_running_loop(), asyncio.Queue[Progress | None]()

        def put_progress(progress: Progress | None) -> None:
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(steps.put_nowait, progress)

        def run_in_worker() -> None:
            try:
                put_progress(change(put_progress))
            except HuwenError as error:
                put_progress(Progress("failed", why=str(error)))
            except Exception as error:  # the edge of the page: whatever a reader of a file type may raise
                _log.exception("a change of the library failed")
                put_progress(Progress("failed", why=f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details"))
            finally:
                put_progress(None)

        self._worker.submit(run_in_worker)
        return _progress_lines(steps)

    def run_change(self, change: Callable[[], Result]) -> Result:
        """Make a small change when its turn comes.

        Raises:
            LibraryBusy: it did not come in time, and the change is not made.
        """
        turn = self._worker.submit(change)
        try:
            return turn.result(self._timeout)
        except NotInTime:
            if turn.cancel():
                raise LibraryBusy("the library is taking in other documents; try again when it is done") from None
            return turn.result()  # it has just begun


async def _progress_lines(updates: asyncio.Queue[Progress | None]) -> AsyncIterator[bytes]:
    yield _encode_progress(Progress("waiting"))
    while (step := await updates.get()) is not None:
        yield _encode_progress(step)


def _encode_progress(progress: Progress) -> bytes:
    return json.dumps(asdict(progress), ensure_ascii=False).encode("utf-8", "replace") + b"\n"

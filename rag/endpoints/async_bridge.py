"""A coroutine that gives out pieces becomes a generator of them, which can be left at any time."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Generator
from functools import cache
from typing import TypeVar

_HEARTBEAT = 0.5  # seconds: whoever waits gets an empty piece so often, and with it the chance to leave
_LOCK = threading.Lock()
_Piece = TypeVar("_Piece")


def pumped(ask: Callable[[Callable[[_Piece], None]], Coroutine[object, object, None]], empty: _Piece) -> Generator[_Piece]:
    """What `ask` gives out, as it comes, and `empty` while nothing does; then it raises what `ask` raised.

    `ask` runs on an event loop in a thread of its own, where a deadline holds to the millisecond whatever the reader
    does; to close the generator cancels it.
    """
    come: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
    running = asyncio.run_coroutine_threadsafe(_ending(ask, come), _loop())
    try:
        while True:
            try:
                piece = come.get(timeout=_HEARTBEAT)
            except queue.Empty:
                piece = empty
            if piece is None:
                running.result()
                return
            yield piece
    finally:
        running.cancel()


def meanwhile(do: Callable[[], None]) -> None:
    """Do it in the thread of the event loop, where nobody waits for it."""
    _loop().call_soon_threadsafe(do)


async def _ending(
    ask: Callable[[Callable[[_Piece], None]], Coroutine[object, object, None]], come: queue.SimpleQueue[_Piece | None],
) -> None:
    try:
        await ask(come.put)
    finally:
        come.put(None)


def _loop() -> asyncio.AbstractEventLoop:
    with _LOCK:  # two threads may ask their first question at once
        return _started()


@cache
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="endpoints", daemon=True).start()
    return loop

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
_Item = TypeVar("_Item")


def iterate(produce: Callable[[Callable[[_Item], None]], Coroutine[object, object, None]], empty: _Item) -> Generator[_Item]:
    """What `ask` gives out, as it comes, and `empty` while nothing does; then it raises what `ask` raised.

    `ask` runs on an event loop in a thread of its own, where a deadline holds to the millisecond whatever the reader
    does; to close the generator cancels it.
    """
    come: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
    running = asyncio.run_coroutine_threadsafe(_run_to_end(produce, come), _event_loop())
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


def run_in_background(function: Callable[[], None]) -> None:
    """Do it in the thread of the event loop, where nobody waits for it."""
    _event_loop().call_soon_threadsafe(function)


async def _run_to_end(
    produce: Callable[[Callable[[_Item], None]], Coroutine[object, object, None]], items: queue.SimpleQueue[_Item | None],
) -> None:
    try:
        await produce(items.put)
    finally:
        items.put(None)


def _event_loop() -> asyncio.AbstractEventLoop:
    with _LOCK:  # two threads may ask their first question at once
        return _start_loop()


@cache
def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="endpoints", daemon=True).start()
    return loop

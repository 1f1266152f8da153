"""Bridge from a coroutine to a generator: one emits items on an event loop, the other yields them in another thread.

Also from a coroutine to its result.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Generator
from functools import cache
from typing import TypeVar

_HEARTBEAT = 0.5  # seconds: while nothing arrives, the caller gets an empty item this often, so that it can stop
_LOCK = threading.Lock()
_Item = TypeVar("_Item")
_Producer = Callable[[Callable[[_Item], None]], Coroutine[object, object, None]]


def iterate(produce: _Producer[_Item], empty: _Item) -> Generator[_Item]:
    """The items that `produce` emits, as they arrive, and `empty` twice a second while none arrives.

    `produce` runs on an event loop in a separate thread, so its deadlines are exact to the millisecond whatever the
    caller does. Closing the generator cancels it; its exception is raised here.
    """
    items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
    running = asyncio.run_coroutine_threadsafe(_run_to_end(produce, items), _event_loop())
    try:
        while True:
            try:
                item = items.get(timeout=_HEARTBEAT)
            except queue.Empty:
                item = empty
            if item is None:
                running.result()
                return
            yield item
    finally:
        running.cancel()


def run_to_end(work: Coroutine[object, object, _Item]) -> _Item:
    """The result of a coroutine, which runs on the event loop of the other thread; Ctrl-C cancels it."""
    running = asyncio.run_coroutine_threadsafe(work, _event_loop())
    try:
        return running.result()
    finally:
        running.cancel()


def run_in_background(function: Callable[[], None]) -> None:
    """Run a function in the thread of the event loop, without waiting for it."""
    _event_loop().call_soon_threadsafe(function)


async def _run_to_end(produce: _Producer[_Item], items: queue.SimpleQueue[_Item | None]) -> None:
    try:
        await produce(items.put)
    finally:
        items.put(None)


def _event_loop() -> asyncio.AbstractEventLoop:
    with _LOCK:  # two threads may ask their first question at the same time
        return _start_loop()


@cache
def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="endpoints", daemon=True).start()
    return loop

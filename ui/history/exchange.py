"""A question becomes an exchange on the page: the answer as it grows, until it is whole, stopped or failed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.schema import Answer, HuwenError, Scope, Turn
from rag.text.language import detect_language

if TYPE_CHECKING:  # it takes seconds to import, and what only reads kept conversations must not wait for it
    from rag.pipeline import Pipeline

_log = logging.getLogger(__name__)
_WHOLE_LIBRARY = Scope()
# a reader sees no more frames a second than this, and a page that is sent more falls behind
_FRAME_PAUSE = 0.04


@dataclass(frozen=True)
class Exchange:
    """One question on the page and its answer as far as it has come."""

    answer: Answer
    problem: str = ""  # one sentence: why the answer is not whole
    stopped: bool = False

    @classmethod
    def begin(cls, question: str, model: str) -> Exchange:
        """One of which nothing has come yet."""
        return cls(Answer(question, detect_language(question), model=model))

    @property
    def in_progress(self) -> bool:
        """True while more may come."""
        return self.answer.status == "composing" and not self.stopped


async def stream_exchange(
    pipeline: Pipeline, question: str, earlier: Sequence[Exchange], stop: asyncio.Event, scope: Scope = _WHOLE_LIBRARY,
) -> AsyncGenerator[Exchange, None]:
    """The exchange at once, and again with every frame of its answer; once `stop` is set, as stopped, and no more.

    Stopping it, closing the iterator and cancelling the task that reads it all stop the model. It raises nothing: what
    goes wrong is the last exchange's `problem`.
    """
    exchange = Exchange.begin(question, pipeline.model)
    yield exchange
    try:
        async with aclosing(_latest_frames(pipeline.stream(question, earlier_turns(earlier), scope), stop)) as frames:
            async for answer in frames:
                exchange = Exchange(answer)
                yield exchange
        if exchange.in_progress:
            yield replace(exchange, stopped=True)
    except HuwenError as error:
        yield _mark_failed(exchange, str(error))
    except Exception as error:  # the edge of the program: a reader sees a sentence, the log the rest
        _log.exception("a question failed")
        yield _mark_failed(exchange, f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details")


def earlier_turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The earlier turns that a follow-up may refer to; what failed or was stopped before a word came is none."""
    return tuple(
        Turn(exchange.answer.question, exchange.answer.text) for exchange in exchanges if exchange.answer.text and not exchange.problem)


def _mark_failed(exchange: Exchange, problem: str) -> Exchange:
    return Exchange(replace(exchange.answer, status="failed"), problem)


async def _latest_frames(frames: Iterator[Answer], stop: asyncio.Event) -> AsyncGenerator[Answer, None]:
    """The frames of an iterator that blocks, read in a thread, until it ends or `stop` is set.

    Frames that nobody waited for are skipped. Closing this closes `frames`, in the thread that reads it, as soon as the
    piece that it waits for has come.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[_QueueItem] = asyncio.Queue()
    left = threading.Event()

    def post_item(item: _QueueItem) -> None:
        with suppress(RuntimeError):  # the loop is closed when the server has stopped meanwhile
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    async def await_stop() -> None:
        await stop.wait()
        arrived.put_nowait(None)

    halting = asyncio.create_task(await_stop())
    threading.Thread(target=_read_frames, args=(frames, post_item, left), name="huwen-answer", daemon=True).start()
    try:
        while True:
            items = [await arrived.get()]
            while not arrived.empty():
                items.append(arrived.get_nowait())
            if answers := [item for item in items if isinstance(item, Answer)]:
                yield answers[-1]
            for error in (item for item in items if isinstance(item, Exception)):
                raise error
            if None in items:
                return
            await asyncio.sleep(_FRAME_PAUSE)
    finally:
        left.set()
        halting.cancel()


_QueueItem = Answer | Exception | None  # a frame, what went wrong, or the end


def _read_frames(frames: Iterator[Answer], post: Callable[[_QueueItem], None], abandoned: threading.Event) -> None:
    """Post every frame and how it ended, until nobody listens any more."""
    try:
        with closing(frames):  # type: ignore[type-var]
            for frame in frames:
                if abandoned.is_set():
                    return
                post(frame)
    except Exception as error:  # whatever it is, it is raised again where the frames are read
        post(error)
    else:
        post(None)

"""Exchange: a question and its answer, streamed frame by frame until it is complete, stopped or failed."""

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

if TYPE_CHECKING:  # it takes seconds to import, and commands that only read stored conversations must not wait for it
    from rag.pipeline import Pipeline

_log = logging.getLogger(__name__)
_WHOLE_LIBRARY = Scope()
# seconds between frames: a reader sees no more than 25 a second, and a page that gets more falls behind
_FRAME_PAUSE = 0.04


@dataclass(frozen=True)
class Exchange:
    """One question and its answer so far."""

    answer: Answer
    problem: str = ""  # one sentence: why the answer is not complete
    stopped: bool = False

    @classmethod
    def begin(cls, question: str, model: str) -> Exchange:
        """An exchange with an empty answer."""
        return cls(Answer(question, detect_language(question), model=model))

    @property
    def in_progress(self) -> bool:
        """True while more may come."""
        return self.answer.status == "composing" and not self.stopped


async def stream_exchange(
    pipeline: Pipeline, question: str, earlier: Sequence[Exchange], stop: asyncio.Event, scope: Scope = _WHOLE_LIBRARY,
) -> AsyncGenerator[Exchange, None]:
    """The exchange immediately, then after every frame of its answer; when `stop` is set, a last one that is stopped.

    Setting `stop`, closing the iterator, and cancelling the task that reads it all stop the model. No error is raised:
    the last exchange has it as its `problem`.
    """
    exchange = Exchange.begin(question, pipeline.model)
    yield exchange
    try:
        answers = pipeline.stream(question, earlier_turns(earlier), scope)
        async with aclosing(_latest_frames(answers, stop)) as frames:
            async for answer in frames:
                exchange = Exchange(answer)
                yield exchange
        if exchange.in_progress:
            yield replace(exchange, stopped=True)
    except HuwenError as error:
        yield _mark_failed(exchange, str(error))
    except Exception as error:  # the edge of the program: a reader sees a sentence, the log the rest
        _log.exception("a question failed")
        name = type(error).__name__
        yield _mark_failed(exchange, f"an unexpected {name}; the terminal that runs Huwen has the details")


def earlier_turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The earlier turns that a follow-up may refer to, without those that failed or have no text."""
    return tuple(
        Turn(exchange.answer.question, exchange.answer.text)
        for exchange in exchanges if exchange.answer.text and not exchange.problem)


def _mark_failed(exchange: Exchange, problem: str) -> Exchange:
    return Exchange(replace(exchange.answer, status="failed"), problem)


async def _latest_frames(frames: Iterator[Answer], stop: asyncio.Event) -> AsyncGenerator[Answer, None]:
    """The frames of a blocking iterator, which a thread reads, until it ends or `stop` is set.

    Frames that arrive faster than they are consumed are skipped. Closing the generator closes `frames` at the next one.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[_QueueItem] = asyncio.Queue()
    abandoned = threading.Event()

    def post_item(item: _QueueItem) -> None:
        with suppress(RuntimeError):  # the loop is closed if the server has stopped meanwhile
            loop.call_soon_threadsafe(queue.put_nowait, item)

    async def await_stop() -> None:
        await stop.wait()
        queue.put_nowait(None)

    stop_task = asyncio.create_task(await_stop())
    threading.Thread(target=_read_frames, args=(frames, post_item, abandoned), name="huwen-answer", daemon=True).start()
    try:
        while True:
            items = await _queued_items(queue)
            answers = [item for item in items if isinstance(item, Answer)]
            if answers:
                yield answers[-1]
            for item in items:
                if isinstance(item, Exception):
                    raise item
            if None in items:
                return
            await asyncio.sleep(_FRAME_PAUSE)
    finally:
        abandoned.set()
        stop_task.cancel()


_QueueItem = Answer | Exception | None  # a frame, an error, or the end


async def _queued_items(queue: asyncio.Queue[_QueueItem]) -> list[_QueueItem]:
    """All items in the queue; waits for the first."""
    items = [await queue.get()]
    while not queue.empty():
        items.append(queue.get_nowait())
    return items


def _read_frames(frames: Iterator[Answer], post: Callable[[_QueueItem], None], abandoned: threading.Event) -> None:
    """Post every frame, then the end or the error; stops early when the reader has left."""
    try:
        with closing(frames):  # type: ignore[type-var]
            for frame in frames:
                if abandoned.is_set():
                    return
                post(frame)
    except Exception as error:  # any error is raised again where the frames are read
        post(error)
    else:
        post(None)

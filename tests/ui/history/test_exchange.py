"""Exchanges: they grow frame by frame, and end in every case."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import cast

from rag.library.scope import WHOLE_LIBRARY
from rag.pipeline import Pipeline
from rag.schema import Answer, HuwenError, Scope, Turn
from ui.history.exchange import Exchange, earlier_turns, stream_exchange


class ScriptedPipeline:
    """A pipeline with a given stream of frames, errors to raise and events to wait for."""

    model = "scripted"

    def __init__(self, *make_frames: Answer | Exception | threading.Event, pause: float = 0.0) -> None:
        self.frames, self.pause = make_frames, pause
        self.closed = threading.Event()
        self.calls: list[tuple[str, tuple[Turn, ...]]] = []

    def stream(self, question: str, earlier: tuple[Turn, ...] = (), scope: Scope = WHOLE_LIBRARY) -> Iterator[Answer]:
        self.calls.append((question, earlier))
        try:
            for frame in self.frames:
                time.sleep(self.pause)
                if isinstance(frame, Exception):
                    raise frame
                if isinstance(frame, threading.Event):
                    frame.wait(30)
                    continue
                yield frame
        finally:
            self.closed.set()


def make_frames(*texts: str) -> list[Answer]:
    return [Answer("问？", "zh", "grounded" if text == texts[-1] else "composing", text) for text in texts]


def collect_exchanges(
    scripted: ScriptedPipeline, earlier: tuple[Exchange, ...] = (), close_after: int = 0,
) -> list[Exchange]:
    async def collect() -> list[Exchange]:
        exchanges: list[Exchange] = []
        stream = stream_exchange(cast("Pipeline", scripted), "问？", earlier, asyncio.Event())
        async for exchange in stream:
            exchanges.append(exchange)
            if len(exchanges) == close_after:
                break
        await stream.aclose()
        return exchanges

    return asyncio.run(collect())


def test_the_question_comes_immediately_and_the_last_frame_is_the_answer() -> None:
    exchanges = collect_exchanges(ScriptedPipeline(*make_frames("", "甲", "甲乙")))
    assert exchanges[0].answer == Answer("问？", "zh", model="scripted")
    assert exchanges[0].in_progress
    assert exchanges[-1].answer.text == "甲乙"
    assert not exchanges[-1].in_progress


def test_frames_that_arrive_too_fast_are_skipped_except_the_last() -> None:
    texts = ["甲" * n for n in range(1, 400)]
    scripted = ScriptedPipeline(*make_frames(*texts))

    async def collect() -> list[Exchange]:
        exchanges: list[Exchange] = []
        async for exchange in stream_exchange(cast("Pipeline", scripted), "问？", (), asyncio.Event()):
            exchanges.append(exchange)
            if exchange.answer.text:  # a slow reader: all other frames arrive before it continues
                await asyncio.to_thread(scripted.closed.wait, 30)
        return exchanges

    exchanges = asyncio.run(collect())
    assert len(exchanges) <= 3  # the question, the frames so far, the last frame
    assert exchanges[-1].answer.text == texts[-1]


def test_closing_the_reader_closes_the_stream() -> None:
    scripted = ScriptedPipeline(*make_frames("甲", "甲乙", "甲乙丙"), pause=0.05)
    collect_exchanges(scripted, close_after=2)
    assert scripted.closed.wait(30)


def test_a_failure_has_the_text_so_far_and_the_reason() -> None:
    scripted = ScriptedPipeline(*make_frames("甲", "…")[:1], HuwenError("the endpoint is gone"), pause=0.05)
    last = collect_exchanges(scripted)[-1]
    assert (last.answer.text, last.answer.status, last.problem) == ("甲", "failed", "the endpoint is gone")


def test_a_bug_is_a_sentence_without_its_details() -> None:
    last = collect_exchanges(ScriptedPipeline(ZeroDivisionError("secret path /x")))[-1]
    assert "ZeroDivisionError" in last.problem
    assert "secret" not in last.problem


def test_earlier_turns_are_passed_on_without_failed_ones() -> None:
    good, failed = Exchange(make_frames("甲", "乙")[0]), Exchange(Answer("坏？", "zh", "failed", "半"), problem="gone")
    scripted = ScriptedPipeline(*make_frames("丙"))
    collect_exchanges(scripted, (good, failed))
    assert scripted.calls == [("问？", (Turn("问？", "甲"),))]
    assert earlier_turns([failed, Exchange(Answer("空？", "zh"))]) == ()


def test_stopping_ends_the_exchange_with_the_text_so_far_even_if_the_model_is_silent() -> None:
    first, *others = make_frames("甲", "乙", "丙")
    silence = threading.Event()
    scripted = ScriptedPipeline(first, silence, *others)

    async def collect() -> list[Exchange]:
        stop, exchanges = asyncio.Event(), []
        async for exchange in stream_exchange(cast("Pipeline", scripted), "问？", (), stop):
            exchanges.append(exchange)
            if exchange.answer.text == "甲":
                stop.set()
        return exchanges

    exchanges = asyncio.run(collect())
    assert not scripted.closed.is_set(), "the model is still silent"
    silence.set()
    assert (exchanges[-1].answer.text, exchanges[-1].stopped, exchanges[-1].in_progress) == ("甲", True, False)
    assert scripted.closed.wait(30)

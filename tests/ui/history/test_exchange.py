"""An exchange grows frame by frame, and ends whatever happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import cast

from rag.pipeline import WHOLE_LIBRARY, Pipeline
from rag.schema import Answer, HuwenError, Scope, Turn
from ui.history.exchange import Exchange, earlier_turns, stream_exchange


class Scripted:
    """A pipeline whose stream is given; notes whether it was closed."""

    model = "scripted"

    def __init__(self, *frames: Answer | Exception, pause: float = 0.0) -> None:
        self.frames, self.pause = frames, pause
        self.closed = False
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def stream(self, question: str, earlier: tuple[Turn, ...] = (), scope: Scope = WHOLE_LIBRARY) -> Iterator[Answer]:
        self.asked.append((question, earlier))
        try:
            for frame in self.frames:
                time.sleep(self.pause)
                if isinstance(frame, Exception):
                    raise frame
                yield frame
        finally:
            self.closed = True


def frames(*texts: str) -> list[Answer]:
    return [Answer("问？", "zh", "grounded" if text == texts[-1] else "composing", text) for text in texts]


def grown(scripted: Scripted, earlier: tuple[Exchange, ...] = (), leave_after: int = 0) -> list[Exchange]:
    async def collect() -> list[Exchange]:
        seen: list[Exchange] = []
        growing = stream_exchange(cast("Pipeline", scripted), "问？", earlier, asyncio.Event())
        async for exchange in growing:
            seen.append(exchange)
            if len(seen) == leave_after:
                break
        await growing.aclose()
        return seen

    return asyncio.run(collect())


def test_the_question_is_there_at_once_and_the_last_frame_is_the_answer() -> None:
    seen = grown(Scripted(*frames("", "甲", "甲乙")))
    assert seen[0].answer == Answer("问？", "zh", model="scripted")
    assert seen[0].in_progress
    assert seen[-1].answer.text == "甲乙"
    assert not seen[-1].in_progress


def test_frames_that_come_too_fast_are_skipped_and_never_the_last() -> None:
    texts = ["甲" * n for n in range(1, 400)]
    seen = grown(Scripted(*frames(*texts)))
    assert len(seen) < 50
    assert seen[-1].answer.text == texts[-1]


def test_leaving_closes_the_stream() -> None:
    scripted = Scripted(*frames("甲", "甲乙", "甲乙丙"), pause=0.05)
    grown(scripted, leave_after=2)
    deadline = time.monotonic() + 5
    while not scripted.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert scripted.closed


def test_a_failure_keeps_what_came_and_says_why() -> None:
    last = grown(Scripted(*frames("甲", "…")[:1], HuwenError("the endpoint is gone"), pause=0.05))[-1]
    assert (last.answer.text, last.answer.status, last.problem) == ("甲", "failed", "the endpoint is gone")


def test_a_bug_is_a_sentence_without_its_details() -> None:
    last = grown(Scripted(ZeroDivisionError("secret path /x")))[-1]
    assert "ZeroDivisionError" in last.problem
    assert "secret" not in last.problem


def test_earlier_turns_go_along_and_failed_ones_do_not() -> None:
    good, failed = Exchange(frames("甲", "乙")[0]), Exchange(Answer("坏？", "zh", "failed", "半"), problem="gone")
    scripted = Scripted(*frames("丙"))
    grown(scripted, (good, failed))
    assert scripted.asked == [("问？", (Turn("问？", "甲"),))]
    assert earlier_turns([failed, Exchange(Answer("空？", "zh"))]) == ()


def test_stopping_ends_it_at_once_with_what_came_even_while_the_model_is_silent() -> None:
    async def collect() -> tuple[list[Exchange], float]:
        stop, seen = asyncio.Event(), []
        async for exchange in stream_exchange(cast("Pipeline", Scripted(*frames("甲", "乙", "丙"), pause=0.4)), "问？", (), stop):
            seen.append(exchange)
            if exchange.answer.text == "甲":
                stop.set()
                since = time.monotonic()
        return seen, time.monotonic() - since

    seen, took = asyncio.run(collect())
    assert took < 0.3
    assert (seen[-1].answer.text, seen[-1].stopped, seen[-1].in_progress) == ("甲", True, False)

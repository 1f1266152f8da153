"""Seconds that an endpoint is given become the moment at which it is waited for no longer."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

_FIRST_DELAY, _MAX_DELAY = 0.25, 10.0  # seconds between attempts; the longest, whatever the endpoint asks for
_USAGE_SECONDS, _END_SECONDS = 1.0, 0.02  # seconds for the usage once the answer is there, and for the reply to end once it says so

Phase = Literal["connect", "first token", "idle", "usage", "end"]


@dataclass(frozen=True)
class Deadlines:
    """Seconds, each a setting, and how often an endpoint is asked in all where nothing has come yet."""

    connect: float = 5.0  # DNS, TCP and TLS
    first_token: float = 30.0  # from the request being sent to the first piece of an answer or a thought
    idle: float = 20.0  # between two pieces
    total: float = 120.0  # all of it, attempts and pauses too
    attempts: int = 3


class DeadlineTimer:
    """The deadlines of one question, on the running event loop."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._final_deadline = _loop_time() + deadlines.total
        self._phase: Phase = "connect"
        self._timeout = asyncio.timeout(None)

    def start_attempt(self) -> asyncio.Timeout:
        """A context that ends an attempt by a TimeoutError when its deadline is over; `told` says which that was."""
        self._phase, self._timeout = "connect", asyncio.timeout_at(self._phase_deadline("connect"))
        return self._timeout

    def begin_phase(self, phase: Phase) -> None:
        """From now on this phase's deadline counts, unless one is over already."""
        if self._timeout.expired():
            return
        self._phase = phase
        self._timeout.reschedule(self._phase_deadline(phase))

    async def trace_event(self, event: str, info: Mapping[str, object]) -> None:
        """Called by the HTTP client as it goes along: connecting ends where the request's headers begin."""
        sent = event.endswith("send_request_headers.started")
        if sent and getattr(info.get("request"), "method", b"") != b"CONNECT":  # that is still a proxy at connecting
            self.begin_phase("first token")

    @property
    def remaining(self) -> float:
        """Seconds until the last moment."""
        return self._final_deadline - _loop_time()

    @property
    def timeout_message(self) -> str:
        """The sentence on the deadline that is over, with the setting that moves it."""
        if self.remaining <= 0:
            return f"was not done after {self._deadlines.total:g} seconds in all; if it needs longer, raise HUWEN_TOTAL_SECONDS"
        match self._phase:
            case "connect":
                return (f"could not be connected to within {self._deadlines.connect:g} seconds; check OPENAI_BASE_URL and the network, "
                        "or raise HUWEN_CONNECT_SECONDS")
            case "first token":
                return (f"sent no word within {self._deadlines.first_token:g} seconds; "
                        "if it needs longer to begin, raise HUWEN_FIRST_TOKEN_SECONDS")
            case _:
                return (f"fell silent for {self._deadlines.idle:g} seconds in the middle of its answer; "
                        "if it needs longer, raise HUWEN_IDLE_SECONDS")

    def _phase_deadline(self, phase: Phase) -> float:
        seconds: dict[Phase, float] = {
            "connect": self._deadlines.connect, "first token": self._deadlines.first_token, "idle": self._deadlines.idle,
            "usage": _USAGE_SECONDS, "end": _END_SECONDS}
        return min(_loop_time() + seconds[phase], self._final_deadline)


def retry_delay(retry_after: float | None, attempts: int) -> float:
    """Seconds before the next attempt: what the endpoint asks for, within reason, or longer each time."""
    wanted = _FIRST_DELAY * 2 ** (attempts - 1) if retry_after is None else retry_after
    return min(_MAX_DELAY, max(0.0, wanted))


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait, given as seconds or as a date (RFC 9110, 10.2.3); None where it does not."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):
            if math.isfinite(seconds := scale * float(headers.get(name, ""))):
                return seconds
    with suppress(ValueError):
        return parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()
    return None


def _loop_time() -> float:
    return asyncio.get_running_loop().time()

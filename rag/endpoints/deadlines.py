"""Deadlines of a streamed answer: connecting, first token, silence and total time, kept on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rag.settings import Settings

_USAGE_SECONDS = 1.0  # for the usage, after the answer is complete
_END_SECONDS = 0.02  # for the reply to end, after it says that nothing more will come

Phase = Literal["connect", "first token", "idle", "usage", "end"]


@dataclass(frozen=True)
class Deadlines:
    """Time limits in seconds, and the number of attempts while no piece of an answer has arrived."""

    connect: float = 5.0  # DNS, TCP and TLS
    first_token: float = 30.0  # from the end of the request to the first piece of an answer or a thought
    idle: float = 20.0  # between two pieces
    total: float = 120.0  # everything, including attempts and pauses
    attempts: int = 3


def endpoint_deadlines(settings: Settings) -> Deadlines:
    """The deadlines that the settings give for the chat endpoint."""
    return Deadlines(
        settings.connect_seconds, settings.first_token_seconds, settings.idle_seconds, settings.total_seconds)


class DeadlineTimer:
    """The deadlines of one question, on the running event loop."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._final_deadline = _loop_time() + deadlines.total
        self._phase: Phase = "connect"
        self._timeout = asyncio.timeout(None)

    def start_attempt(self) -> asyncio.Timeout:
        """A context that ends an attempt with a TimeoutError at its deadline; `timeout_message` names the deadline."""
        self._phase, self._timeout = "connect", asyncio.timeout_at(self._phase_deadline("connect"))
        return self._timeout

    def begin_phase(self, phase: Phase) -> None:
        """Use the deadline of this phase from now on, unless a deadline has passed already."""
        if self._timeout.expired():
            return
        self._phase = phase
        self._timeout.reschedule(self._phase_deadline(phase))

    async def trace_event(self, event: str, info: Mapping[str, object]) -> None:
        """Called by the HTTP client at each step: connecting ends where the request's headers begin."""
        is_sending = event.endswith("send_request_headers.started")
        if is_sending and getattr(info.get("request"), "method", b"") != b"CONNECT":  # CONNECT only reaches the proxy
            self.begin_phase("first token")

    @property
    def remaining(self) -> float:
        """Seconds until the total time is over."""
        return self._final_deadline - _loop_time()

    @property
    def exceeded_phase(self) -> Phase | Literal["total"]:
        """In which phase the time ran out; "total" if that of everything did."""
        return "total" if self.remaining <= 0 else self._phase

    @property
    def timeout_message(self) -> str:
        """Which deadline has passed, and the setting that changes it."""
        limits = self._deadlines
        if self.remaining <= 0:
            return f"was not done after {limits.total:g} seconds in all; if it needs longer, raise HUWEN_TOTAL_SECONDS"
        match self._phase:
            case "connect":
                return (f"could not be reached within {limits.connect:g} seconds; "
                        "check OPENAI_BASE_URL and the network, or raise HUWEN_CONNECT_SECONDS")
            case "first token":
                return (f"sent nothing within {limits.first_token:g} seconds; "
                        "if it needs longer to begin, raise HUWEN_FIRST_TOKEN_SECONDS")
            case _:
                return (f"sent nothing for {limits.idle:g} seconds in the middle of its answer; "
                        "if it needs longer, raise HUWEN_IDLE_SECONDS")

    def _phase_deadline(self, phase: Phase) -> float:
        seconds: dict[Phase, float] = {
            "connect": self._deadlines.connect, "first token": self._deadlines.first_token,
            "idle": self._deadlines.idle, "usage": _USAGE_SECONDS, "end": _END_SECONDS}
        return min(_loop_time() + seconds[phase], self._final_deadline)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()

"""A briefing that is being asked becomes what a page can tell of it: how far it is, how long it will take, why it ended."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from rag.schema import Answer
from ui.web.briefings.rows import Going, Row, Tally
from ui.web.briefings.store import Kept

_SOON = 3  # answers before the time that is left can be told

Phase = Literal["idle", "queued", "running", "stopping"]


@dataclass
class Work:
    """One run of a briefing."""

    retry: bool = False
    only: int = 0  # the row that is asked again; 0: all that have no answer
    phase: Phase = "queued"
    going: Going | None = None
    problem: str = ""  # why it ended before its end
    gave_up: bool = False  # the last answers all failed
    halt: threading.Event = field(default_factory=threading.Event)  # the engine sets it, too, when it gives up
    is_halted: bool = False  # by a person, or because the server ends
    future: Future[None] | None = None
    came: int = 0  # answers of this run
    left: int = 0
    since: float = 0.0
    reason: str = ""  # of the last failure

    def told(self, done: int, of: int, answer: Answer | None) -> None:
        """Take in an answer; the first call, without one, tells what is there already."""
        self.left = of - done
        if answer is None:
            self.since = time.monotonic()
            return
        self.came += 1
        if answer.status == "failed":
            self.reason = answer.text

    @property
    def seconds_left(self) -> float:
        """By the answers so far; 0 where nothing can be told yet."""
        return (time.monotonic() - self.since) / self.came * self.left if self.came >= _SOON else 0.0


IDLE = Work(phase="idle")


@dataclass(frozen=True)
class View:
    """A briefing as it stands."""

    kept: Kept
    rows: tuple[Row, ...]
    work: Work
    version: int  # lines of the journal
    begun: str
    is_old: bool = False  # the library, the model or the prompts have changed since an answer was made

    @property
    def tally(self) -> Tally:
        """How far it is."""
        return Tally.of(self.rows)

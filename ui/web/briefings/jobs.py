"""A briefing that is being asked becomes what a page can tell of it: how far it is, how long it will take, why it ended."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from rag.schema import Answer
from ui.web.briefings.rows import ActiveRun, RowCounts, RowView
from ui.web.briefings.store import StoredBriefing

_MIN_ANSWERS = 3  # answers before the time that is left can be told

Phase = Literal["idle", "queued", "running", "stopping"]


@dataclass
class Job:
    """One run of a briefing."""

    retry: bool = False
    only_row: int = 0  # the row that is asked again; 0: all that have no answer
    phase: Phase = "queued"
    active_run: ActiveRun | None = None
    problem: str = ""  # why it ended before its end
    gave_up: bool = False  # the last answers all failed
    stop_event: threading.Event = field(default_factory=threading.Event)  # the engine sets it, too, when it gives up
    is_stopped: bool = False  # by a person, or because the server ends
    future: Future[None] | None = None
    answer_count: int = 0  # answers of this run
    remaining: int = 0
    started_at: float = 0.0
    last_failure: str = ""  # of the last failure

    def record_progress(self, done: int, of: int, answer: Answer | None) -> None:
        """Take in an answer; the first call, without one, tells what is there already."""
        self.remaining = of - done
        if answer is None:
            self.started_at = time.monotonic()
            return
        self.answer_count += 1
        if answer.status == "failed":
            self.last_failure = answer.text

    @property
    def seconds_left(self) -> float:
        """By the answers so far; 0 where nothing can be told yet."""
        return (time.monotonic() - self.started_at) / self.answer_count * self.remaining if self.answer_count >= _MIN_ANSWERS else 0.0


IDLE = Job(phase="idle")


@dataclass(frozen=True)
class BriefingSnapshot:
    """A briefing as it stands."""

    briefing: StoredBriefing
    rows: tuple[RowView, ...]
    job: Job
    version: int  # lines of the journal
    begun_on: str
    is_outdated: bool = False  # the library, the model or the prompts have changed since an answer was made

    @property
    def counts(self) -> RowCounts:
        """How far it is."""
        return RowCounts.from_rows(self.rows)

"""Briefing jobs: a run with its progress, the time left and the reason for its end; and snapshots for the page."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from rag.schema import Answer
from ui.web.briefings.rows import ActiveRun, RowCounts, RowView
from ui.web.briefings.store import StoredBriefing

_MIN_ANSWERS = 3  # fewer give no useful estimate of the time left

Phase = Literal["idle", "queued", "running", "stopping"]


@dataclass
class Job:
    """One run of a briefing."""

    retry: bool = False
    only_row: int = 0  # the row that is asked again; 0: all rows without an answer
    phase: Phase = "queued"
    active_run: ActiveRun | None = None
    problem: str = ""  # why the run ended early
    gave_up: bool = False  # it ended because several answers in a row failed
    stop_event: threading.Event = field(default_factory=threading.Event)  # the engine sets it, too, when it gives up
    is_stopped: bool = False  # by a person, or because the server ends
    future: Future[None] | None = None
    answer_count: int = 0  # answers of this run
    remaining: int = 0  # answers that this run has still to make
    started_at: float = 0.0  # seconds of the monotonic clock
    last_failure: str = ""  # the text of the last failed answer

    def record_progress(self, done: int, of: int, answer: Answer | None) -> None:
        """Count an answer; the first call of a run has no answer and states how many there are already."""
        self.remaining = of - done
        if answer is None:
            self.started_at = time.monotonic()
            return
        self.answer_count += 1
        if answer.status == "failed":
            self.last_failure = answer.text

    @property
    def seconds_left(self) -> float:
        """Estimated from the answers so far; 0 where there are too few."""
        if self.answer_count < _MIN_ANSWERS:
            return 0.0
        return (time.monotonic() - self.started_at) / self.answer_count * self.remaining


IDLE = Job(phase="idle")


@dataclass(frozen=True)
class BriefingSnapshot:
    """The state of a briefing at one moment."""

    briefing: StoredBriefing
    rows: tuple[RowView, ...]
    job: Job
    version: int  # lines of the journal
    begun_on: str  # the day, ISO 8601; empty where no question has been asked
    is_outdated: bool = False  # the library, the model or the prompts have changed since an answer was made

    @property
    def counts(self) -> RowCounts:
        """The number of rows in each state."""
        return RowCounts.from_rows(self.rows)

"""Briefing service: asks stored briefings in background threads, whether or not a page is open, and edits answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from rag.briefing import editing
from rag.briefing.journal import JournalLine, open_journal
from rag.briefing.run import BriefingSettings, BriefingStopped, run_briefing
from rag.schema import HuwenError
from ui.web.app_state import AppState
from ui.web.briefings.jobs import IDLE, BriefingSnapshot, Job
from ui.web.briefings.rows import (
    ActiveRun,
    JournalReader,
    LanguageAnswer,
    RowCounts,
    RowDigests,
    RowView,
    build_rows,
    row_digests,
)
from ui.web.briefings.store import BriefingStore, StoredBriefing
from ui.web.errors import NotFound

_log = logging.getLogger(__name__)
_MAX_RUNNING = 2  # briefings at the same time; others wait, so that the model still answers the chat view
_CONCURRENT_QUESTIONS = 4  # of one briefing, at the same time
_CACHED_READERS = 8  # journals in memory
_SHUTDOWN_SECONDS = 3.0  # that the server waits for answers when it ends; later ones are lost and asked again


class BriefingBusy(HuwenError):
    """A change that must wait until the briefing is no longer being asked."""


class UnknownRow(NotFound):
    """A row, or an answer of a row, that does not exist."""


class BriefingService:
    """All briefings of a home folder. Every page sees the same ones, and an interrupted briefing can be resumed."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self.store = BriefingStore(app_state.settings.home / "briefings")
        self._pool = ThreadPoolExecutor(_MAX_RUNNING, "huwen-briefing")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._journal_reader: Callable[[Path], JournalReader] = lru_cache(_CACHED_READERS)(JournalReader)
        self._digests: dict[str, RowDigests] = {}  # by briefing id: a plan does not change
        self._known_counts: dict[str, tuple[int, RowCounts]] = {}  # by briefing id: journal size in bytes, row counts

    # --- reading

    def run_settings(self, briefing: StoredBriefing, *, retry: bool = False) -> BriefingSettings:
        """The settings with which the questions of a briefing are asked now."""
        pipeline = replace(self._app_state.pipeline, language="")  # the plan decides on the language of the answers
        plan = briefing.plan
        return BriefingSettings(pipeline, plan.languages, plan.scope, _CONCURRENT_QUESTIONS, retry=retry)

    def take_snapshot(self, id: str) -> BriefingSnapshot:
        """The present state of a briefing.

        Raises:
            UnknownBriefing: there is no briefing of this id.
            BriefingStoreError: its plan cannot be read.
            BadJournal: its journal cannot be read.
        """
        briefing = self.store.load(id)
        job = replace(self._jobs.get(id, IDLE))  # a copy: the run may end at any moment
        active_run = job.active_run
        begun_on, lines = self._journal_reader(briefing.journal).read_lines()
        basis = active_run.basis if active_run else self.run_settings(briefing).answer_basis()
        rows = build_rows(briefing.plan.questions, self._row_digests(briefing), lines, basis, active_run)
        is_outdated = not active_run and any(
            answer.line.basis != basis for row in rows for answer in row.answers if answer.line)
        return BriefingSnapshot(briefing, rows, job, len(lines), begun_on, is_outdated)

    def _row_digests(self, briefing: StoredBriefing) -> RowDigests:
        digests = self._digests.get(briefing.id)
        if not digests:
            digests = row_digests(self.run_settings(briefing), briefing.plan.questions)
            digests = self._digests.setdefault(briefing.id, digests)
        return digests

    def list_all(self) -> list[tuple[StoredBriefing, Job, RowCounts]]:
        """Every briefing with its job and the counts of its rows, the latest first."""
        return [
            (briefing, self._jobs.get(briefing.id, IDLE), self._count_rows(briefing))
            for briefing in self.store.list_all()]

    def _count_rows(self, briefing: StoredBriefing) -> RowCounts:
        """The counts of its rows; those of an idle briefing are cached, because its journal may be long."""
        if self._jobs.get(briefing.id, IDLE).phase != "idle":
            return self.take_snapshot(briefing.id).counts
        size = briefing.journal.stat().st_size if briefing.journal.exists() else 0
        known = self._known_counts.get(briefing.id)
        if not known or known[0] != size:
            known = self._known_counts[briefing.id] = (size, self.take_snapshot(briefing.id).counts)
        return known[1]

    # --- jobs

    def start_job(self, id: str, *, retry: bool = False, only_row: int = 0) -> None:
        """Ask the questions that have no answer, with `retry` also those that failed, or `only_row` again.

        Nothing happens where a job of the briefing is queued or running already.
        """
        briefing = self.store.load(id)
        if only_row:
            self.find_row(self.take_snapshot(id), only_row)
        with self._lock:
            if self._jobs.get(id, IDLE).phase == "idle":
                job = self._jobs[id] = Job(retry, only_row)
                job.future = self._pool.submit(self._run_job, briefing, job)

    def stop_job(self, id: str) -> None:
        """Ask no further question; the answers so far stay in the journal."""
        job = self._jobs.get(id, IDLE)
        job.is_stopped = True
        job.stop_event.set()
        if job.future and job.future.cancel():
            job.phase = "idle"
        elif job.phase == "running":
            job.phase = "stopping"

    def close(self) -> None:
        """Stop all jobs, because the server ends."""
        for id in list(self._jobs):
            self.stop_job(id)
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait([job.future for job in self._jobs.values() if job.future], _SHUTDOWN_SECONDS)

    def _run_job(self, briefing: StoredBriefing, job: Job) -> None:
        settings = self.run_settings(briefing, retry=job.retry)
        try:
            start_line = len(self._journal_reader(briefing.journal).read_lines()[1])
            job.active_run = ActiveRun(
                settings.answer_basis(), start_line, _CONCURRENT_QUESTIONS, job.retry, job.only_row)
            job.phase = "stopping" if job.stop_event.is_set() else "running"
            if job.only_row:
                _ask_row_again(settings, briefing, job)
            else:
                run_briefing(
                    settings, briefing.plan.questions, briefing.journal,
                    stop=job.stop_event, on_progress=job.record_progress)
        except BriefingStopped:
            if not job.is_stopped:  # the engine gave up; its own message is written for the command line
                job.problem, job.gave_up = job.last_failure, True
        except HuwenError as error:
            job.problem = str(error)
        except Exception as error:  # the edge of the page: the page names the error, and the log has the rest
            _log.exception("a briefing broke off")
            job.problem = f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details"
        finally:
            job.active_run, job.phase = None, "idle"

    # --- changes

    def edit_answer(self, id: str, number: int, language: str, text: str) -> None:
        """Replace the text of an answer; the new text is verified like the old one.

        Raises:
            BriefingBusy: the briefing is being asked.
            UnknownRow: there is no answer to edit, or it has no passages as evidence.
        """
        snapshot = self._idle_snapshot(id)
        row = self.find_row(snapshot, number)
        line = self.find_answer(row, language).line
        if line is None or not line.answer.passages:
            raise UnknownRow(f"row {number}: nothing was found for it that an answer could rest on; ask it again")
        briefing = snapshot.briefing
        edited = editing.apply_edit(line.answer, text)
        editing.save_edit(self.run_settings(briefing), row.question, edited, briefing.journal)

    def restore_answer(self, id: str, number: int, language: str) -> None:
        """Restore an answer as it was before it was edited.

        Raises:
            BriefingBusy: the briefing is being asked.
            UnknownRow: there is no such row or answer, or no earlier answer.
        """
        snapshot = self._idle_snapshot(id)
        line = self.find_answer(self.find_row(snapshot, number), language).line
        _, lines = self._journal_reader(snapshot.briefing.journal).read_lines()
        originals = [earlier for earlier in lines if line and earlier.asked == line.asked and not earlier.edited]
        if line is None or not originals:
            raise UnknownRow(f"row {number}: there is no earlier answer")
        with open_journal(snapshot.briefing.journal) as journal:
            journal.append_line(replace(originals[-1], basis=line.basis))

    def remove(self, id: str) -> None:
        """Delete a briefing.

        Raises:
            BriefingBusy: the briefing is being asked.
        """
        self.store.remove(self._idle_snapshot(id).briefing)
        self._jobs.pop(id, None)
        self._digests.pop(id, None)

    def _idle_snapshot(self, id: str) -> BriefingSnapshot:
        if self._jobs.get(id, IDLE).phase != "idle":
            raise BriefingBusy("the briefing is being asked; stop it first, or wait until it is done")
        return self.take_snapshot(id)

    @staticmethod
    def find_row(snapshot: BriefingSnapshot, number: int) -> RowView:
        """The row of a number, counted from 1.

        Raises:
            UnknownRow: there is no such row.
        """
        if not 1 <= number <= len(snapshot.rows):
            raise UnknownRow(f"this briefing has no row {number}")
        return snapshot.rows[number - 1]

    @staticmethod
    def find_answer(row: RowView, language: str) -> LanguageAnswer:
        """The answer of a row in a language.

        Raises:
            UnknownRow: there is none.
        """
        for answer in row.answers:
            if answer.language == language:
                return answer
        raise UnknownRow(f"row {row.number} has no answer in {language[:10]!r}")


def _ask_row_again(settings: BriefingSettings, briefing: StoredBriefing, job: Job) -> None:
    """Ask one row with a journal of its own, then copy its answers to the briefing's journal.

    A failed answer is copied only where there is no other answer: it must not replace a good one.
    """
    row_journal = briefing.folder / "again.journal"
    row_journal.unlink(missing_ok=True)  # left by a run that was killed
    try:
        question = briefing.plan.questions[job.only_row - 1]
        digests = row_digests(settings, [question])[0]
        result = run_briefing(
            settings, [question], row_journal, stop=job.stop_event, on_progress=job.record_progress)
        answers = result.rows[0].answers
        failures = [answer.text for answer in answers if answer.status == "failed"]
        if failures and failures[0]:
            job.problem, job.gave_up = failures[0], False
        with open_journal(briefing.journal) as journal:
            for (_, digest), answer in zip(digests, answers, strict=True):
                has_only_failures = all(line.answer.status == "failed" for line in journal.lines.get(digest, []))
                if answer.status != "failed" or has_only_failures:
                    journal.append_line(JournalLine(digest, settings.answer_basis(), answer))
    finally:
        row_journal.unlink(missing_ok=True)

"""Kept briefings become work: a few at a time are asked in threads of the server, whether or not a page is open."""

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
from ui.web.briefings.rows import ActiveRun, JournalReader, LanguageAnswer, RowCounts, RowDigests, RowView, build_rows, row_digests
from ui.web.briefings.store import BriefingStore, StoredBriefing
from ui.web.errors import NotFound

_log = logging.getLogger(__name__)
_MAX_RUNNING = 2  # briefings; others wait in a queue, so that the conversation beside them still gets its answers
_CONCURRENT_QUESTIONS = 4  # of one briefing, at a time
_CACHED_READERS = 8  # journals that are held in memory
_SHUTDOWN_SECONDS = 3.0  # seconds that the server waits for answers under way when it ends; what does not come is asked again

class BriefingBusy(HuwenError):
    """Something that must wait until a briefing is not being asked."""


class UnknownRow(NotFound):
    """A row, or an answer in it, that is not there."""


class BriefingService:
    """All briefings of a home folder. Every page sees the same, and one that was broken off goes on where it was."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self.store = BriefingStore(app_state.settings.home / "briefings")
        self._pool = ThreadPoolExecutor(_MAX_RUNNING, "huwen-briefing")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._journal_reader: Callable[[Path], JournalReader] = lru_cache(_CACHED_READERS)(JournalReader)
        self._digests: dict[str, RowDigests] = {}  # by briefing: its plan does not change
        self._known_counts: dict[str, tuple[int, RowCounts]] = {}  # by briefing: the size of its journal, and how far that is

    # --- looking

    def run_settings(self, briefing: StoredBriefing, *, retry: bool = False) -> BriefingSettings:
        """How its questions are asked now."""
        pipeline = replace(self._app_state.pipeline, language="")  # the plan says what language, and not the settings of the day
        return BriefingSettings(pipeline, briefing.plan.languages, briefing.plan.scope, _CONCURRENT_QUESTIONS, retry=retry)

    def take_snapshot(self, id: str) -> BriefingSnapshot:
        """A briefing as it stands.

        Raises:
            UnknownBriefing, UnkeptBriefing, BadJournal.
        """
        kept, work = self.store.load(id), self._jobs.get(id, IDLE)
        going = work.active_run  # once: a run may end meanwhile
        begun, lines = self._journal_reader(kept.journal).read_lines()
        basis = going.basis if going else self.run_settings(kept).answer_basis()
        asked = self._digests.get(id) or self._digests.setdefault(id, row_digests(self.run_settings(kept), kept.plan.questions))
        shown = build_rows(kept.plan.questions, asked, lines, basis, going)
        is_old = not going and any(side.line.basis != basis for row in shown for side in row.answers if side.line)
        return BriefingSnapshot(kept, shown, work, len(lines), begun, is_old)

    def list_all(self) -> list[tuple[StoredBriefing, Job, RowCounts]]:
        """Every briefing, the latest first, and how far it is."""
        return [(kept, self._jobs.get(kept.id, IDLE), self._count_rows(kept)) for kept in self.store.list_all()]

    def _count_rows(self, briefing: StoredBriefing) -> RowCounts:
        """How far it is; counted once for each state of the journal, which may be long."""
        if self._jobs.get(briefing.id, IDLE).phase != "idle":
            return self.take_snapshot(briefing.id).counts
        size = briefing.journal.stat().st_size if briefing.journal.exists() else 0
        known = self._known_counts.get(briefing.id)
        if not known or known[0] != size:
            known = self._known_counts[briefing.id] = (size, self.take_snapshot(briefing.id).counts)
        return known[1]

    # --- asking

    def start_job(self, id: str, *, retry: bool = False, only_row: int = 0) -> None:
        """Ask what has no answer yet, with `retry` also what failed, or one row again; where it is at work already, nothing."""
        kept = self.store.load(id)
        if only_row:
            self.find_row(self.take_snapshot(id), only_row)
        with self._lock:
            if self._jobs.get(id, IDLE).phase == "idle":
                work = self._jobs[id] = Job(retry, only_row)
                work.future = self._pool.submit(self._run_job, kept, work)

    def stop_job(self, id: str) -> None:
        """Ask no further question; what came is kept."""
        work = self._jobs.get(id, IDLE)
        work.is_stopped = True
        work.stop_event.set()
        if work.future and work.future.cancel():
            work.phase = "idle"
        elif work.phase == "running":
            work.phase = "stopping"

    def close(self) -> None:
        """End all work, because the server ends."""
        for id in list(self._jobs):
            self.stop_job(id)
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait([work.future for work in self._jobs.values() if work.future], _SHUTDOWN_SECONDS)

    def _run_job(self, briefing: StoredBriefing, job: Job) -> None:
        asking = self.run_settings(briefing, retry=job.retry)
        try:
            job.active_run = ActiveRun(asking.answer_basis(), len(self._journal_reader(briefing.journal).read_lines()[1]), _CONCURRENT_QUESTIONS, job.retry, job.only_row)
            job.phase = "stopping" if job.stop_event.is_set() else "running"
            if job.only_row:
                _ask_row_again(asking, briefing, job)
            else:
                run_briefing(asking, briefing.plan.questions, briefing.journal, stop=job.stop_event, on_progress=job.record_progress)
        except BriefingStopped:
            if not job.is_stopped:  # the engine's own sentence speaks to a terminal
                job.problem, job.gave_up = job.last_failure, True
        except HuwenError as error:
            job.problem = str(error)
        except Exception as error:  # the edge of the page: whatever it is, the page says so and the log has the rest
            _log.exception("a briefing broke off")
            job.problem = f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details"
        finally:
            job.active_run, job.phase = None, "idle"

    # --- changing

    def edit_answer(self, id: str, number: int, language: str, text: str) -> None:
        """Put other words in the place of an answer; they are checked like it.

        Raises:
            AtWork: the briefing is being asked.
            NoSuchRow: there is no answer to edit, or nothing that it could rest on.
        """
        view = self._idle_snapshot(id)
        row = self.find_row(view, number)
        line = self.find_answer(row, language).line
        if line is None or not line.answer.passages:
            raise UnknownRow(f"row {number}: nothing was found for it that an answer could rest on; ask it again")
        editing.save_edit(self.run_settings(view.briefing), row.question, editing.apply_edit(line.answer, text), view.briefing.journal)

    def restore_answer(self, id: str, number: int, language: str) -> None:
        """Bring back the answer as it was before it was edited.

        Raises:
            AtWork, NoSuchRow.
        """
        view = self._idle_snapshot(id)
        line = self.find_answer(self.find_row(view, number), language).line
        before = [one for one in self._journal_reader(view.briefing.journal).read_lines()[1] if line and one.asked == line.asked and not one.edited]
        if line is None or not before:
            raise UnknownRow(f"row {number}: there is no earlier answer")
        with open_journal(view.briefing.journal) as journal:
            journal.append_line(replace(before[-1], basis=line.basis))

    def remove(self, id: str) -> None:
        """Delete a briefing.

        Raises:
            AtWork: it is being asked.
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
        """The row of a number.

        Raises:
            NoSuchRow.
        """
        if not 1 <= number <= len(snapshot.rows):
            raise UnknownRow(f"this briefing has no row {number}")
        return snapshot.rows[number - 1]

    @staticmethod
    def find_answer(row: RowView, language: str) -> LanguageAnswer:
        """The answer of a row in a language.

        Raises:
            NoSuchRow.
        """
        found = next((side for side in row.answers if side.language == language), None)
        if found is None:
            raise UnknownRow(f"row {row.number} has no answer in {language[:10]!r}")
        return found


def _ask_row_again(settings: BriefingSettings, briefing: StoredBriefing, job: Job) -> None:
    """Ask one row in a journal of its own, and only what came of it goes into the briefing's: a failure replaces nothing but a failure."""
    aside = briefing.folder / "again.journal"
    aside.unlink(missing_ok=True)  # of a run that was killed
    try:
        question = briefing.plan.questions[job.only_row - 1]
        asked = row_digests(settings, [question])[0]
        fresh = run_briefing(settings, [question], aside, stop=job.stop_event, on_progress=job.record_progress).rows[0].answers
        if failed := next((answer.text for answer in fresh if answer.status == "failed"), ""):
            job.problem, job.gave_up = failed, False
        with open_journal(briefing.journal) as journal:
            for (_, digest), answer in zip(asked, fresh, strict=True):
                if answer.status != "failed" or all(line.answer.status == "failed" for line in journal.lines.get(digest, [])):
                    journal.append_line(JournalLine(digest, settings.answer_basis(), answer))
    finally:
        aside.unlink(missing_ok=True)

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
from ui.web.app_state import Desk
from ui.web.briefings.jobs import IDLE, View, Work
from ui.web.briefings.rows import Follower, Going, Row, Side, Tally, Tasks, rows, tasks
from ui.web.briefings.store import Kept, Shelf
from ui.web.errors import NotThere

_log = logging.getLogger(__name__)
_AT_ONCE = 2  # briefings; others wait in a queue, so that the conversation beside them still gets its answers
_QUESTIONS = 4  # of one briefing, at a time
_FOLLOWED = 8  # journals that are held in memory
_PARTING = 3.0  # seconds that the server waits for answers under way when it ends; what does not come is asked again

class AtWork(HuwenError):
    """Something that must wait until a briefing is not being asked."""


class NoSuchRow(NotThere):
    """A row, or an answer in it, that is not there."""


class Briefings:
    """All briefings of a home folder. Every page sees the same, and one that was broken off goes on where it was."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.shelf = Shelf(desk.settings.home / "briefings")
        self._pool = ThreadPoolExecutor(_AT_ONCE, "huwen-briefing")
        self._works: dict[str, Work] = {}
        self._guard = threading.Lock()
        self._followed: Callable[[Path], Follower] = lru_cache(_FOLLOWED)(Follower)
        self._tasks: dict[str, Tasks] = {}  # by briefing: its plan does not change
        self._tallies: dict[str, tuple[int, Tally]] = {}  # by briefing: the size of its journal, and how far that is

    # --- looking

    def asking(self, kept: Kept, *, retry: bool = False) -> BriefingSettings:
        """How its questions are asked now."""
        pipeline = replace(self._desk.pipeline, language="")  # the plan says what language, and not the settings of the day
        return BriefingSettings(pipeline, kept.plan.languages, kept.plan.scope, _QUESTIONS, retry=retry)

    def view(self, id: str) -> View:
        """A briefing as it stands.

        Raises:
            UnknownBriefing, UnkeptBriefing, BadJournal.
        """
        kept, work = self.shelf.open(id), self._works.get(id, IDLE)
        going = work.going  # once: a run may end meanwhile
        begun, lines = self._followed(kept.journal).read()
        basis = going.basis if going else self.asking(kept).answer_basis()
        asked = self._tasks.get(id) or self._tasks.setdefault(id, tasks(self.asking(kept), kept.plan.questions))
        shown = rows(kept.plan.questions, asked, lines, basis, going)
        is_old = not going and any(side.line.basis != basis for row in shown for side in row.sides if side.line)
        return View(kept, shown, work, len(lines), begun, is_old)

    def all(self) -> list[tuple[Kept, Work, Tally]]:
        """Every briefing, the latest first, and how far it is."""
        return [(kept, self._works.get(kept.id, IDLE), self._tally(kept)) for kept in self.shelf.kept()]

    def _tally(self, kept: Kept) -> Tally:
        """How far it is; counted once for each state of the journal, which may be long."""
        if self._works.get(kept.id, IDLE).phase != "idle":
            return self.view(kept.id).tally
        size = kept.journal.stat().st_size if kept.journal.exists() else 0
        known = self._tallies.get(kept.id)
        if not known or known[0] != size:
            known = self._tallies[kept.id] = (size, self.view(kept.id).tally)
        return known[1]

    # --- asking

    def begin(self, id: str, *, retry: bool = False, only: int = 0) -> None:
        """Ask what has no answer yet, with `retry` also what failed, or one row again; where it is at work already, nothing."""
        kept = self.shelf.open(id)
        if only:
            self.row(self.view(id), only)
        with self._guard:
            if self._works.get(id, IDLE).phase == "idle":
                work = self._works[id] = Work(retry, only)
                work.future = self._pool.submit(self._carry_out, kept, work)

    def stop(self, id: str) -> None:
        """Ask no further question; what came is kept."""
        work = self._works.get(id, IDLE)
        work.is_halted = True
        work.halt.set()
        if work.future and work.future.cancel():
            work.phase = "idle"
        elif work.phase == "running":
            work.phase = "stopping"

    def close(self) -> None:
        """End all work, because the server ends."""
        for id in list(self._works):
            self.stop(id)
        self._pool.shutdown(wait=False, cancel_futures=True)
        wait([work.future for work in self._works.values() if work.future], _PARTING)

    def _carry_out(self, kept: Kept, work: Work) -> None:
        asking = self.asking(kept, retry=work.retry)
        try:
            work.going = Going(asking.answer_basis(), len(self._followed(kept.journal).read()[1]), _QUESTIONS, work.retry, work.only)
            work.phase = "stopping" if work.halt.is_set() else "running"
            if work.only:
                _asked_again(asking, kept, work)
            else:
                run_briefing(asking, kept.plan.questions, kept.journal, stop=work.halt, on_progress=work.told)
        except BriefingStopped:
            if not work.is_halted:  # the engine's own sentence speaks to a terminal
                work.problem, work.gave_up = work.reason, True
        except HuwenError as error:
            work.problem = str(error)
        except Exception as error:  # the edge of the page: whatever it is, the page says so and the log has the rest
            _log.exception("a briefing broke off")
            work.problem = f"an unexpected {type(error).__name__}; the terminal that runs Huwen has the details"
        finally:
            work.going, work.phase = None, "idle"

    # --- changing

    def edit(self, id: str, number: int, language: str, text: str) -> None:
        """Put other words in the place of an answer; they are checked like it.

        Raises:
            AtWork: the briefing is being asked.
            NoSuchRow: there is no answer to edit, or nothing that it could rest on.
        """
        view = self._idle(id)
        row = self.row(view, number)
        line = self.side(row, language).line
        if line is None or not line.answer.passages:
            raise NoSuchRow(f"row {number}: nothing was found for it that an answer could rest on; ask it again")
        editing.save_edit(self.asking(view.kept), row.question, editing.apply_edit(line.answer, text), view.kept.journal)

    def restore(self, id: str, number: int, language: str) -> None:
        """Bring back the answer as it was before it was edited.

        Raises:
            AtWork, NoSuchRow.
        """
        view = self._idle(id)
        line = self.side(self.row(view, number), language).line
        before = [one for one in self._followed(view.kept.journal).read()[1] if line and one.asked == line.asked and not one.edited]
        if line is None or not before:
            raise NoSuchRow(f"row {number}: there is no earlier answer")
        with open_journal(view.kept.journal) as journal:
            journal.append_line(replace(before[-1], basis=line.basis))

    def remove(self, id: str) -> None:
        """Delete a briefing.

        Raises:
            AtWork: it is being asked.
        """
        self.shelf.remove(self._idle(id).kept)
        self._works.pop(id, None)
        self._tasks.pop(id, None)

    def _idle(self, id: str) -> View:
        if self._works.get(id, IDLE).phase != "idle":
            raise AtWork("the briefing is being asked; stop it first, or wait until it is done")
        return self.view(id)

    @staticmethod
    def row(view: View, number: int) -> Row:
        """The row of a number.

        Raises:
            NoSuchRow.
        """
        if not 1 <= number <= len(view.rows):
            raise NoSuchRow(f"this briefing has no row {number}")
        return view.rows[number - 1]

    @staticmethod
    def side(row: Row, language: str) -> Side:
        """The answer of a row in a language.

        Raises:
            NoSuchRow.
        """
        found = next((side for side in row.sides if side.language == language), None)
        if found is None:
            raise NoSuchRow(f"row {row.number} has no answer in {language[:10]!r}")
        return found


def _asked_again(asking: BriefingSettings, kept: Kept, work: Work) -> None:
    """Ask one row in a journal of its own, and only what came of it goes into the briefing's: a failure replaces nothing but a failure."""
    aside = kept.folder / "again.journal"
    aside.unlink(missing_ok=True)  # of a run that was killed
    try:
        question = kept.plan.questions[work.only - 1]
        asked = tasks(asking, [question])[0]
        fresh = run_briefing(asking, [question], aside, stop=work.halt, on_progress=work.told).rows[0].answers
        if failed := next((answer.text for answer in fresh if answer.status == "failed"), ""):
            work.problem, work.gave_up = failed, False
        with open_journal(kept.journal) as journal:
            for (_, digest), answer in zip(asked, fresh, strict=True):
                if answer.status != "failed" or all(line.answer.status == "failed" for line in journal.lines.get(digest, [])):
                    journal.append_line(JournalLine(digest, asking.answer_basis(), answer))
    finally:
        aside.unlink(missing_ok=True)

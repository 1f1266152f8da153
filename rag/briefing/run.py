"""Briefing run: answers a list of questions concurrently, and stores each finished answer in the journal.

A question that several rows share is answered once; answers that the journal already has are used again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from rag.briefing.bilingual_answers import answer_in_language
from rag.briefing.journal import AnswerBasis, Journal, JournalLine, open_journal, short_digest
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.scope_parsing import parse_scope
from rag.library.scope import WHOLE_LIBRARY
from rag.pipeline import Pipeline, validate_question
from rag.schema import Answer, HuwenError, Language, Scope, Source
from rag.text.language import detect_language
from rag.text.prompts import prompts_version

# this many failures in a row are caused by the endpoint, not by the questions
_MAX_FAILURES = 5

BriefingProgress = Callable[[int, int, Answer | None], None]  # answers done, answers in total, the latest answer


class BriefingStopped(HuwenError):
    """A briefing was stopped before its end; the journal has the answers so far."""


@dataclass(frozen=True)
class BriefingSettings:
    """How the questions of a briefing are asked."""

    pipeline: Pipeline
    languages: tuple[Language, ...] = ()  # of the answers; two: both side by side; none: that of each question
    scope: Scope = WHOLE_LIBRARY  # of rows without a scope
    concurrency: int = 4
    rate: float = 0.0  # questions per minute; 0: no limit
    retry: bool = False  # ask failed questions again

    def answer_languages(self, question: BriefingQuestion) -> tuple[Language, ...]:
        """The languages of a row's answers.

        Two languages in the settings apply to every row. Otherwise there is one: that of the row, else of the settings,
        else of the pipeline, else of the question's text.
        """
        if len(self.languages) > 1:
            return self.languages
        requested = question.language or next(iter(self.languages), "") or self.pipeline.language
        return (requested or detect_language(question.text),)

    def answer_basis(self) -> AnswerBasis:
        """What answers currently depend on, besides their questions."""
        return AnswerBasis(self.pipeline.model, prompts_version(), self.pipeline.library.fingerprint())


@dataclass(frozen=True)
class AnsweredRow:
    """A question and its answers, one for each language; the text of a failed answer is the reason."""

    question: BriefingQuestion
    answers: tuple[Answer, ...]
    same_as: str = ""  # the earlier row with the same question, which was asked once; empty: none
    edited: bool = False  # by a person


@dataclass(frozen=True)
class AnsweredList:
    """All rows of a list, in its order."""

    rows: tuple[AnsweredRow, ...]
    start_date: str  # ISO 8601: when the journal began; this is the date of the briefing
    asked_count: int  # questions that this run asked
    reused_count: int  # answers from the journal
    changed_basis: tuple[str, ...] = ()  # what has changed since the journal's answers: "model", "prompts", "library"


@dataclass(frozen=True)
class _Task:
    """One call: a question in one language, for all rows that share it."""

    digest: str
    text: str
    scope_text: str
    language: Language


def run_briefing(
    settings: BriefingSettings, questions: Sequence[BriefingQuestion], journal: Path, *,
    stop: threading.Event | None = None, on_progress: BriefingProgress = lambda done, total, answer: None,
    today: str = "",
) -> AnsweredList:
    """Ask the questions that the journal does not answer, and return all rows. Ctrl-C or `stop` ends the run early.

    An answer of the journal is used again if the question, the model and the prompts are the same, and the library is
    the same or still retrieves the same passages. A failed answer is used too, unless `retry` is set. `today`
    (ISO 8601) dates a new journal.

    Raises:
        BriefingStopped: the run was stopped before its end; the message says how to continue.
        JournalInUse, BadJournal: as `open_journal`.
    """
    tasks = [_row_tasks(settings, question) for question in questions]
    sources = tuple(settings.pipeline.library.sources())
    runner = _TaskRunner(settings, stop or threading.Event(), settings.answer_basis(), sources)
    with open_journal(journal, today) as opened:
        lines = runner.run_tasks({task.digest: task for group in tasks for task in group}, opened, on_progress)
        first_rows: dict[tuple[str, ...], str] = {}
        rows = []
        for question, group in zip(questions, tasks, strict=True):
            key = tuple(task.digest for task in group)
            row_lines = [lines[task.digest] for task in group]
            answers = tuple(line.answer for line in row_lines)
            edited = any(line.edited for line in row_lines)
            rows.append(AnsweredRow(question, answers, first_rows.get(key, ""), edited))
            first_rows.setdefault(key, question.row)
        return AnsweredList(
            tuple(rows), opened.start_date, runner.asked_count, len(lines) - runner.asked_count,
            tuple(sorted(runner.changed_basis)))


def question_digest(settings: BriefingSettings, question: BriefingQuestion, language: Language) -> str:
    """The key of a question in the journal: a digest of all that its answer depends on, besides the answer basis."""
    scope = settings.scope
    return short_digest(
        question.text.strip(), language, question.scope.strip(), [*scope.sources], [*scope.tags], [*scope.languages],
        [*(scope.years or ())])


def _row_tasks(settings: BriefingSettings, question: BriefingQuestion) -> list[_Task]:
    """One task for each language of a row."""
    text, scope = question.text.strip(), question.scope.strip()
    return [
        _Task(question_digest(settings, question, language), text, scope, language)
        for language in settings.answer_languages(question)]


class _TaskRunner:
    """Runs tasks in a thread pool, counts the questions asked, and records what changed since the journal's answers."""

    def __init__(
        self, settings: BriefingSettings, stop: threading.Event, basis: AnswerBasis, sources: Sequence[Source],
    ) -> None:
        self._settings, self._stop, self._basis, self._sources = settings, stop, basis, sources
        self._limiter = _RateLimiter(settings.rate, stop)
        self._lock = threading.Lock()
        self._failures, self._reason = 0, ""  # consecutive failures of the endpoint, and the last one's reason
        self.asked_count = 0
        self.changed_basis: set[str] = set()

    def run_tasks(
        self, tasks: dict[str, _Task], journal: Journal, on_progress: BriefingProgress,
    ) -> dict[str, JournalLine]:
        """The journal line of each task, by its digest.

        Raises:
            BriefingStopped: the run was stopped before its end.
        """
        current_lines = {digest: self._current_line(journal.lines.get(digest, [])) for digest in tasks}
        done = {digest: line for digest, line in current_lines.items() if line}
        on_progress(len(done), len(tasks), None)
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            pending: set[Future[JournalLine | None]] = {
                pool.submit(self._answer_task, task, journal) for digest, task in tasks.items() if digest not in done}
            try:
                while pending:
                    ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for line in filter(None, (future.result() for future in ready)):
                        done[line.asked] = line
                        on_progress(len(done), len(tasks), line.answer)
                        self._check_failures(len(done), len(tasks))
            except KeyboardInterrupt:
                self._stop.set()
            finally:
                if pending:
                    self._stop.set()
                for future in pending:
                    future.cancel()
        if len(done) < len(tasks):
            progress = _progress_text(len(done), len(tasks))
            raise BriefingStopped(f"stopped; {progress}; run the same command again to continue")
        return done

    def _check_failures(self, done: int, total: int) -> None:
        if self._failures >= _MAX_FAILURES:
            raise BriefingStopped(
                f"the last {self._failures} questions failed: {self._reason}; {_progress_text(done, total)}; "
                "run the same command with --retry to continue")

    def _current_line(self, lines: Sequence[JournalLine]) -> JournalLine | None:
        """The latest line with the current answer basis, but no failed line in a retry; None if there is none."""
        for line in reversed(lines):
            if line.basis == self._basis and (line.answer.status != "failed" or not self._settings.retry):
                return line
        if lines:
            latest = lines[-1].basis
            for name in ("model", "prompts", "library"):
                if getattr(latest, name) != getattr(self._basis, name):
                    self.changed_basis.add(name)
        return None

    def _answer_task(self, task: _Task, journal: Journal) -> JournalLine | None:
        """The line of a task, appended to the journal; None if the run was stopped before the answer was finished."""
        if self._stop.is_set():
            return None
        line = self._reusable_line(task, journal.lines.get(task.digest, [])) or self._ask_question(task)
        if line:
            journal.append_line(line)
        return line

    def _reusable_line(self, task: _Task, lines: Sequence[JournalLine]) -> JournalLine | None:
        """An answer from another state of the library that still retrieves the same passages."""
        for line in reversed(lines):
            if replace(line.basis, library=self._basis.library) != self._basis or line.answer.status == "failed":
                continue
            try:
                passages = self._settings.pipeline.search(task.text, scope=self._task_scope(task))
            except HuwenError:  # the question will fail in the same way, and its row gets the message
                return None
            if [passage.id for passage in passages] == [passage.id for passage in line.answer.passages]:
                return replace(line, basis=self._basis)
        return None

    def _ask_question(self, task: _Task) -> JournalLine | None:
        """The line of a new answer; an invalid question or scope is not sent to the endpoint."""
        try:
            scope = self._task_scope(task)
            self._settings.pipeline.library.resolve_scope(scope)
            validate_question(task.text)
        except HuwenError as error:
            return self._new_line(task, self._failed_answer(task, error))
        if not self._limiter.wait_turn():
            return None
        try:
            answer = answer_in_language(self._settings.pipeline, task.text, task.language, scope, self._stop)
        except HuwenError as error:
            answer = self._failed_answer(task, error)
        if answer is None:
            return None
        with self._lock:
            self._failures = self._failures + 1 if answer.status == "failed" else 0
            self._reason = answer.text
        return self._new_line(task, answer)

    def _failed_answer(self, task: _Task, error: HuwenError) -> Answer:
        return Answer(task.text, task.language, "failed", str(error), model=self._settings.pipeline.model)

    def _new_line(self, task: _Task, answer: Answer) -> JournalLine:
        with self._lock:
            self.asked_count += 1
        return JournalLine(task.digest, self._basis, answer)

    def _task_scope(self, task: _Task) -> Scope:
        return parse_scope(task.scope_text, self._sources, self._settings.scope)


def _progress_text(done: int, total: int) -> str:
    return f"{done} of {total} answers are saved"


class _RateLimiter:
    """Gives all threads together a number of turns per minute, at equal intervals."""

    def __init__(self, rate: float, stop: threading.Event) -> None:
        self._interval = 60 / rate if rate else 0.0
        self._stop, self._lock, self._next_start = stop, threading.Lock(), 0.0

    def wait_turn(self) -> bool:
        """Wait for the next turn; False if the run is stopped while waiting."""
        with self._lock:
            due = max(self._next_start, time.monotonic())
            self._next_start = due + self._interval
        return not self._stop.wait(max(0.0, due - time.monotonic()))

"""A list of questions becomes answered rows: several at a time, each kept as soon as it is there, none asked for twice."""

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
from rag.pipeline import WHOLE_LIBRARY, Pipeline, validate_question
from rag.schema import Answer, HuwenError, Language, Scope, Source
from rag.text import prompts
from rag.text.language import detect_language

# so many failures on end, before anything was answered between them, are the endpoint's and not the questions'
_MAX_FAILURES = 5

BriefingProgress = Callable[[int, int, Answer | None], None]  # answers there, answers in all, the one that has just come


class BriefingStopped(HuwenError):
    """A briefing was stopped before its end; what came is kept."""


@dataclass(frozen=True)
class BriefingSettings:
    """How the questions of a briefing are asked."""

    pipeline: Pipeline
    languages: tuple[Language, ...] = ()  # of the answers; two: side by side; none: each in its question's
    scope: Scope = WHOLE_LIBRARY  # of rows that name none
    concurrency: int = 4
    rate: float = 0.0  # questions a minute; 0: as fast as they are answered
    retry: bool = False  # ask those again that failed

    def answer_languages(self, question: BriefingQuestion) -> tuple[Language, ...]:
        """The languages of a row's answers: two are for every row, else the row's own comes first."""
        if len(self.languages) > 1:
            return self.languages
        own = question.language or next(iter(self.languages), "") or self.pipeline.language or detect_language(question.text)
        return (own,)

    def answer_basis(self) -> AnswerBasis:
        """What answers are made from now."""
        return AnswerBasis(self.pipeline.model, prompts_digest(), self.pipeline.library.fingerprint())


@dataclass(frozen=True)
class AnsweredRow:
    """A question and its answers, one for each language; one that failed has that status, and its text says why."""

    question: BriefingQuestion
    answers: tuple[Answer, ...]
    same_as: str = ""  # the row before that asked the same: it was asked once
    edited: bool = False


@dataclass(frozen=True)
class AnsweredList:
    """All rows of a list, in its order."""

    rows: tuple[AnsweredRow, ...]
    start_date: str  # ISO 8601: when the journal was, and so the date of the briefing
    asked_count: int  # questions that this run put
    reused_count: int  # answers from the journal
    changed_basis: tuple[str, ...] = ()  # what is another since answers of the journal were made: model, prompts, library


@dataclass(frozen=True)
class _Task:
    """One call: a question in one language, for all rows that ask it."""

    digest: str
    text: str
    scope_text: str
    language: Language


def run_briefing(
    settings: BriefingSettings, questions: Sequence[BriefingQuestion], journal: Path, *, stop: threading.Event | None = None,
    on_progress: BriefingProgress = lambda done, total, answer: None, today: str = "",
) -> AnsweredList:
    """Ask what the journal does not hold, and give all rows. Ctrl-C or `stop` ends it between two questions.

    An answer of the journal counts where question, model and prompts are the same, and the library is, or still gives the same
    passages. A failed one counts too, unless `retry` is set. `today` dates a journal that begins now.

    Raises:
        Stopped: before the end; the sentence says how to go on.
        JournalInUse, BadJournal: as `journal.opened`.
    """
    tasks = [[_make_task(settings, question, language) for language in settings.answer_languages(question)] for question in questions]
    work = _TaskRunner(settings, stop or threading.Event(), settings.answer_basis(), tuple(settings.pipeline.library.sources()))
    with open_journal(journal, today) as kept:
        lines = work.run_tasks({task.digest: task for some in tasks for task in some}, kept, on_progress)
        first: dict[tuple[str, ...], str] = {}
        rows = []
        for question, some in zip(questions, tasks, strict=True):
            key = tuple(task.digest for task in some)
            own = [lines[task.digest] for task in some]
            rows.append(AnsweredRow(question, tuple(line.answer for line in own), first.get(key, ""), any(line.edited for line in own)))
            first.setdefault(key, question.row)
        return AnsweredList(tuple(rows), kept.start_date, work.asked_count, len(lines) - work.asked_count, tuple(sorted(work.changed_basis)))


def prompts_digest() -> str:
    """The version of what is said to a model."""
    return short_digest(Path(prompts.__file__).read_text("utf-8"))


def question_digest(settings: BriefingSettings, question: BriefingQuestion, language: Language) -> str:
    """The digest by which a journal knows a question: of all that its answer depends on, beside the basis."""
    scope = settings.scope
    return short_digest(question.text.strip(), language, question.scope.strip(), [*scope.sources], [*scope.tags], [*scope.languages],
                  [*(scope.years or ())])


def _make_task(settings: BriefingSettings, question: BriefingQuestion, language: Language) -> _Task:
    return _Task(question_digest(settings, question, language), question.text.strip(), question.scope.strip(), language)


class _TaskRunner:
    """A run under way."""

    def __init__(self, settings: BriefingSettings, stop: threading.Event, basis: AnswerBasis, sources: Sequence[Source]) -> None:
        self._settings, self._stop, self._basis, self._sources = settings, stop, basis, sources
        self._limiter = _RateLimiter(settings.rate, stop)
        self._lock = threading.Lock()
        self._failures, self._reason = 0, ""  # of the endpoint, on end
        self.asked_count = 0
        self.changed_basis: set[str] = set()

    def run_tasks(self, tasks: dict[str, _Task], journal: Journal, on_progress: BriefingProgress) -> dict[str, JournalLine]:
        """The line of each task."""
        done = {asked: line for asked in tasks if (line := self._current_line(journal.lines.get(asked, [])))}
        on_progress(len(done), len(tasks), None)
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            pending: set[Future[JournalLine | None]] = {
                pool.submit(self._answer_task, task, journal) for asked, task in tasks.items() if asked not in done}
            try:
                while pending:
                    ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for line in filter(None, (future.result() for future in ready)):
                        done[line.asked] = line
                        on_progress(len(done), len(tasks), line.answer)
                        if self._failures >= _MAX_FAILURES:
                            raise BriefingStopped(f"the last {self._failures} questions failed: {self._reason}; {_progress_text(len(done), len(tasks))}, "
                                          "and the same command with --retry goes on from there")
            except KeyboardInterrupt:
                self._stop.set()
            finally:
                if pending:
                    self._stop.set()
                for future in pending:
                    future.cancel()
        if len(done) < len(tasks):
            raise BriefingStopped(f"stopped; {_progress_text(len(done), len(tasks))}, and the same command goes on from there")
        return done

    def _current_line(self, lines: Sequence[JournalLine]) -> JournalLine | None:
        """The latest answer that was made from what there is now."""
        for line in reversed(lines):
            if line.basis == self._basis and (line.answer.status != "failed" or not self._settings.retry):
                return line
        if lines:
            latest = lines[-1].basis
            self.changed_basis |= {name for name in ("model", "prompts", "library") if getattr(latest, name) != getattr(self._basis, name)}
        return None

    def _answer_task(self, task: _Task, journal: Journal) -> JournalLine | None:
        """The answer to a question, on the disk; None where the run was stopped before it came."""
        if self._stop.is_set():
            return None
        line = self._reusable_line(task, journal.lines.get(task.digest, [])) or self._ask_question(task)
        if line:
            journal.append_line(line)
        return line

    def _reusable_line(self, task: _Task, lines: Sequence[JournalLine]) -> JournalLine | None:
        """An answer that was made when the library was another, but from passages that it still gives."""
        for line in reversed(lines):
            if replace(line.basis, library=self._basis.library) != self._basis or line.answer.status == "failed":
                continue
            try:
                found = self._settings.pipeline.search(task.text, scope=self._task_scope(task))
            except HuwenError:  # then it is asked, and the row says what is wrong
                return None
            if [passage.id for passage in found] == [passage.id for passage in line.answer.passages]:
                return replace(line, basis=self._basis)
        return None

    def _ask_question(self, task: _Task) -> JournalLine | None:
        """The answer, newly asked for; a question that cannot be asked never comes to the endpoint."""
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
    return f"{done} of {total} answers are kept"


class _RateLimiter:
    """So many turns a minute, at even distances, whoever takes them."""

    def __init__(self, rate: float, stop: threading.Event) -> None:
        self._interval = 60 / rate if rate else 0.0
        self._stop, self._lock, self._next_start = stop, threading.Lock(), 0.0

    def wait_turn(self) -> bool:
        """Wait for one's turn; False where the run is stopped meanwhile."""
        with self._lock:
            due = max(self._next_start, time.monotonic())
            self._next_start = due + self._interval
        return not self._stop.wait(max(0.0, due - time.monotonic()))

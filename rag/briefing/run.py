"""A list of questions becomes answered rows: several at a time, each kept as soon as it is there, none asked for twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from rag.briefing.bilingual_answers import answered
from rag.briefing.journal import Basis, Journal, Line, digest, opened
from rag.briefing.question_list import Question
from rag.briefing.scope_parsing import scoped
from rag.pipeline import EVERYTHING, Pipeline, checked
from rag.schema import Answer, HuwenError, Language, Scope, Source
from rag.text import prompts
from rag.text.language import detect_language

# so many failures on end, before anything was answered between them, are the endpoint's and not the questions'
_GIVE_UP = 5

Progress = Callable[[int, int, Answer | None], None]  # answers there, answers in all, the one that has just come


class Stopped(HuwenError):
    """A briefing was stopped before its end; what came is kept."""


@dataclass(frozen=True)
class Asking:
    """How the questions of a briefing are asked."""

    pipeline: Pipeline
    languages: tuple[Language, ...] = ()  # of the answers; two: side by side; none: each in its question's
    scope: Scope = EVERYTHING  # of rows that name none
    concurrency: int = 4
    rate: float = 0.0  # questions a minute; 0: as fast as they are answered
    retry: bool = False  # ask those again that failed

    def languages_of(self, question: Question) -> tuple[Language, ...]:
        """The languages of a row's answers: two are for every row, else the row's own comes first."""
        if len(self.languages) > 1:
            return self.languages
        own = question.language or next(iter(self.languages), "") or self.pipeline.language or detect_language(question.text)
        return (own,)

    def basis(self) -> Basis:
        """What answers are made from now."""
        return Basis(self.pipeline.model, prompts_digest(), self.pipeline.library.fingerprint())


@dataclass(frozen=True)
class Row:
    """A question and its answers, one for each language; one that failed has that status, and its text says why."""

    question: Question
    answers: tuple[Answer, ...]
    same_as: str = ""  # the row before that asked the same: it was asked once
    edited: bool = False


@dataclass(frozen=True)
class Answered:
    """All rows of a list, in its order."""

    rows: tuple[Row, ...]
    begun: str  # ISO 8601: when the journal was, and so the date of the briefing
    asked: int  # questions that this run put
    kept: int  # answers from the journal
    changed: tuple[str, ...] = ()  # what is another since answers of the journal were made: model, prompts, library


@dataclass(frozen=True)
class _Task:
    """One call: a question in one language, for all rows that ask it."""

    asked: str
    text: str
    cell: str
    language: Language


def run(
    asking: Asking, questions: Sequence[Question], journal: Path, *, stop: threading.Event | None = None,
    on_progress: Progress = lambda done, total, answer: None, today: str = "",
) -> Answered:
    """Ask what the journal does not hold, and give all rows. Ctrl-C or `stop` ends it between two questions.

    An answer of the journal counts where question, model and prompts are the same, and the library is, or still gives the same
    passages. A failed one counts too, unless `retry` is set. `today` dates a journal that begins now.

    Raises:
        Stopped: before the end; the sentence says how to go on.
        JournalInUse, BadJournal: as `journal.opened`.
    """
    tasks = [[_task(asking, question, language) for language in asking.languages_of(question)] for question in questions]
    work = _Work(asking, stop or threading.Event(), asking.basis(), tuple(asking.pipeline.library.sources()))
    with opened(journal, today) as kept:
        lines = work.carried_out({task.asked: task for some in tasks for task in some}, kept, on_progress)
        first: dict[tuple[str, ...], str] = {}
        rows = []
        for question, some in zip(questions, tasks, strict=True):
            key = tuple(task.asked for task in some)
            own = [lines[task.asked] for task in some]
            rows.append(Row(question, tuple(line.answer for line in own), first.get(key, ""), any(line.edited for line in own)))
            first.setdefault(key, question.row)
        return Answered(tuple(rows), kept.begun, work.asked, len(lines) - work.asked, tuple(sorted(work.changed)))


def prompts_digest() -> str:
    """The version of what is said to a model."""
    return digest(Path(prompts.__file__).read_text("utf-8"))


def asked_digest(asking: Asking, question: Question, language: Language) -> str:
    """The digest by which a journal knows a question: of all that its answer depends on, beside the basis."""
    scope = asking.scope
    return digest(question.text.strip(), language, question.scope.strip(), [*scope.sources], [*scope.tags], [*scope.languages],
                  [*(scope.years or ())])


def _task(asking: Asking, question: Question, language: Language) -> _Task:
    return _Task(asked_digest(asking, question, language), question.text.strip(), question.scope.strip(), language)


class _Work:
    """A run under way."""

    def __init__(self, asking: Asking, stop: threading.Event, basis: Basis, sources: Sequence[Source]) -> None:
        self._asking, self._stop, self._basis, self._sources = asking, stop, basis, sources
        self._pace = _Pace(asking.rate, stop)
        self._guard = threading.Lock()
        self._failures, self._reason = 0, ""  # of the endpoint, on end
        self.asked = 0
        self.changed: set[str] = set()

    def carried_out(self, tasks: dict[str, _Task], journal: Journal, on_progress: Progress) -> dict[str, Line]:
        """The line of each task."""
        done = {asked: line for asked in tasks if (line := self._as_kept(journal.lines.get(asked, [])))}
        on_progress(len(done), len(tasks), None)
        with ThreadPoolExecutor(self._asking.concurrency) as pool:
            pending: set[Future[Line | None]] = {
                pool.submit(self._one, task, journal) for asked, task in tasks.items() if asked not in done}
            try:
                while pending:
                    ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for line in filter(None, (future.result() for future in ready)):
                        done[line.asked] = line
                        on_progress(len(done), len(tasks), line.answer)
                        if self._failures >= _GIVE_UP:
                            raise Stopped(f"the last {self._failures} questions failed: {self._reason}; {_told(len(done), len(tasks))}, "
                                          "and the same command with --retry goes on from there")
            except KeyboardInterrupt:
                self._stop.set()
            finally:
                if pending:
                    self._stop.set()
                for future in pending:
                    future.cancel()
        if len(done) < len(tasks):
            raise Stopped(f"stopped; {_told(len(done), len(tasks))}, and the same command goes on from there")
        return done

    def _as_kept(self, lines: Sequence[Line]) -> Line | None:
        """The latest answer that was made from what there is now."""
        for line in reversed(lines):
            if line.basis == self._basis and (line.answer.status != "failed" or not self._asking.retry):
                return line
        if lines:
            latest = lines[-1].basis
            self.changed |= {name for name in ("model", "prompts", "library") if getattr(latest, name) != getattr(self._basis, name)}
        return None

    def _one(self, task: _Task, journal: Journal) -> Line | None:
        """The answer to a question, on the disk; None where the run was stopped before it came."""
        if self._stop.is_set():
            return None
        line = self._as_before(task, journal.lines.get(task.asked, [])) or self._put(task)
        if line:
            journal.record(line)
        return line

    def _as_before(self, task: _Task, lines: Sequence[Line]) -> Line | None:
        """An answer that was made when the library was another, but from passages that it still gives."""
        for line in reversed(lines):
            if replace(line.basis, library=self._basis.library) != self._basis or line.answer.status == "failed":
                continue
            try:
                found = self._asking.pipeline.search(task.text, scope=self._scope(task))
            except HuwenError:  # then it is asked, and the row says what is wrong
                return None
            if [passage.id for passage in found] == [passage.id for passage in line.answer.passages]:
                return replace(line, basis=self._basis)
        return None

    def _put(self, task: _Task) -> Line | None:
        """The answer, newly asked for; a question that cannot be asked never comes to the endpoint."""
        try:
            scope = self._scope(task)
            self._asking.pipeline.library.within(scope)
            checked(task.text)
        except HuwenError as error:
            return self._line(task, self._failed(task, error))
        if not self._pace.turn():
            return None
        try:
            answer = answered(self._asking.pipeline, task.text, task.language, scope, self._stop)
        except HuwenError as error:
            answer = self._failed(task, error)
        if answer is None:
            return None
        with self._guard:
            self._failures = self._failures + 1 if answer.status == "failed" else 0
            self._reason = answer.text
        return self._line(task, answer)

    def _failed(self, task: _Task, error: HuwenError) -> Answer:
        return Answer(task.text, task.language, "failed", str(error), model=self._asking.pipeline.model)

    def _line(self, task: _Task, answer: Answer) -> Line:
        with self._guard:
            self.asked += 1
        return Line(task.asked, self._basis, answer)

    def _scope(self, task: _Task) -> Scope:
        return scoped(task.cell, self._sources, self._asking.scope)


def _told(done: int, total: int) -> str:
    return f"{done} of {total} answers are kept"


class _Pace:
    """So many turns a minute, at even distances, whoever takes them."""

    def __init__(self, rate: float, stop: threading.Event) -> None:
        self._between = 60 / rate if rate else 0.0
        self._stop, self._guard, self._next = stop, threading.Lock(), 0.0

    def turn(self) -> bool:
        """Wait for one's turn; False where the run is stopped meanwhile."""
        with self._guard:
            due = max(self._next, time.monotonic())
            self._next = due + self._between
        return not self._stop.wait(max(0.0, due - time.monotonic()))

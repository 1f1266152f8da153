"""Rows of a briefing: each question of the plan with its answers from the journal, also while a run is in progress."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from rag.briefing.journal import AnswerBasis, BadJournal, JournalLine
from rag.briefing.question_list import BriefingQuestion
from rag.briefing.run import AnsweredList, BriefingSettings, question_digest
from rag.briefing.run import AnsweredRow as AnsweredRow
from rag.schema import Answer, Language

RowState = Literal["waiting", "under way", "grounded", "partial", "unanswered", "failed"]
_STATE_ORDER: tuple[RowState, ...] = ("under way", "waiting", "failed", "partial", "grounded", "unanswered")

# for each row the languages of its answers, each with the digest of the question in the journal
RowDigests = tuple[tuple[tuple[Language, str], ...], ...]
NumberedLine = tuple[int, JournalLine]  # a line with its number in the journal, counted from 1


@dataclass(frozen=True)
class ActiveRun:
    """What the rows must know of a run in progress."""

    basis: AnswerBasis
    start_line: int  # lines of the journal when it began
    concurrency: int  # questions asked at the same time, in the order of the list
    retry: bool = False  # failed questions are asked again, too
    only_row: int = 0  # the row that is asked again; 0: all rows without an answer


@dataclass(frozen=True)
class LanguageAnswer:
    """The answer of a row in one language."""

    language: Language
    state: RowState
    line: JournalLine | None = None  # its line in the journal; None while it is being asked
    line_number: int = 0  # the number of its latest line in the journal, counted from 1; 0 where there is none


@dataclass(frozen=True)
class RowView:
    """One question of a briefing with its answers, one for each language."""

    number: int  # from 1
    question: BriefingQuestion
    answers: tuple[LanguageAnswer, ...]
    same_as: int = 0  # the number of an earlier row with the same question; 0: there is none

    @property
    def state(self) -> RowState:
        """Of two answers the state that comes first in `_STATE_ORDER`: work to do, then the worse result."""
        return min((answer.state for answer in self.answers), key=_STATE_ORDER.index)

    @property
    def is_edited(self) -> bool:
        """A person has rewritten an answer."""
        return any(answer.line.edited for answer in self.answers if answer.line)

    @property
    def last_line(self) -> int:
        """The number of the journal's line that last changed the row."""
        return max(answer.line_number for answer in self.answers)


def row_digests(settings: BriefingSettings, questions: Sequence[BriefingQuestion]) -> RowDigests:
    """The digests under which the journal has the answers of each row."""
    digests = []
    for question in questions:
        languages = settings.answer_languages(question)
        digests.append(tuple((language, question_digest(settings, question, language)) for language in languages))
    return tuple(digests)


def build_rows(
    questions: Sequence[BriefingQuestion], digests: RowDigests, lines: Sequence[JournalLine], basis: AnswerBasis,
    active_run: ActiveRun | None,
) -> tuple[RowView, ...]:
    """All rows with their answers from the journal's lines; answers made on the current `basis` come before others."""
    by_digest: dict[str, list[NumberedLine]] = {}
    for line_number, line in enumerate(lines, 1):
        by_digest.setdefault(line.asked, []).append((line_number, line))
    open_states = _open_states(digests, by_digest, active_run) if active_run else {}
    first_rows: dict[tuple[str, ...], int] = {}
    rows = []
    for number, (question, language_digests) in enumerate(zip(questions, digests, strict=True), 1):
        answers = tuple(
            _build_answer(language, by_digest.get(digest, []), basis, open_states.get(digest))
            for language, digest in language_digests)
        same_as = first_rows.setdefault(tuple(digest for _, digest in language_digests), number)
        rows.append(RowView(number, question, answers, same_as if same_as < number else 0))
    return tuple(rows)


def _open_states(
    digests: RowDigests, by_digest: dict[str, list[NumberedLine]], active_run: ActiveRun,
) -> dict[str, RowState]:
    """The states of the questions that a run has still to answer, by digest.

    A run asks the questions in their order, `concurrency` at a time: so the first open ones are under way.
    """
    if active_run.only_row:
        return {digest: "under way" for _, digest in digests[active_run.only_row - 1]}
    unique_digests = dict.fromkeys(digest for row in digests for _, digest in row)
    open_digests = [digest for digest in unique_digests if _is_open(by_digest.get(digest, []), active_run)]
    return {
        digest: "under way" if position < active_run.concurrency else "waiting"
        for position, digest in enumerate(open_digests)}


def _is_open(lines: Sequence[NumberedLine], active_run: ActiveRun) -> bool:
    """The run has not answered the question yet, and does not keep an earlier answer to it."""
    for line_number, line in lines:
        if line_number > active_run.start_line:
            return False
        if line.basis == active_run.basis and not (line.answer.status == "failed" and active_run.retry):
            return False
    return True


def _build_answer(
    language: Language, lines: Sequence[NumberedLine], basis: AnswerBasis, open_state: RowState | None,
) -> LanguageAnswer:
    line_number, line = _latest_line(lines, basis)
    if open_state:
        return LanguageAnswer(language, open_state, None, line_number)
    status = line.answer.status if line else "composing"
    return LanguageAnswer(language, "waiting" if status == "composing" else status, line, line_number)


def _latest_line(lines: Sequence[NumberedLine], basis: AnswerBasis) -> tuple[int, JournalLine | None]:
    """The last line made on the basis, else the last line; (0, None) where there is none."""
    for line_number, line in reversed(lines):
        if line.basis == basis:
            return line_number, line
    return lines[-1] if lines else (0, None)


def collect_answers(rows: Sequence[RowView], begun_on: str, missing: dict[Language, str]) -> AnsweredList:
    """The rows as input for `build_briefing`; a missing answer is a failed one with the text `missing`."""
    answered_rows = []
    answer_count = 0
    for row in rows:
        answers = []
        for answer in row.answers:
            if answer.line:
                answers.append(answer.line.answer)
                answer_count += 1
            else:
                answers.append(Answer(row.question.text, answer.language, "failed", missing[answer.language]))
        same_as = rows[row.same_as - 1].question.row if row.same_as else ""
        answered_rows.append(AnsweredRow(row.question, tuple(answers), same_as, row.is_edited))
    return AnsweredList(tuple(answered_rows), begun_on, 0, answer_count)


@dataclass(frozen=True)
class RowCounts:
    """How many rows of a briefing are in which state."""

    all: int
    done: int
    failed: int
    unanswered: int
    edited: int

    @classmethod
    def from_rows(cls, rows: Sequence[RowView]) -> RowCounts:
        """Count the rows."""
        states = Counter(row.state for row in rows)
        left = states["waiting"] + states["under way"]
        edited = sum(row.is_edited for row in rows)
        return cls(len(rows), len(rows) - left, states["failed"], states["unanswered"], edited)


_LINE_ADAPTER = TypeAdapter(JournalLine)


class JournalReader:
    """Reads a journal that a run may be writing to; each line is read once."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._lock = path, 0, threading.Lock()
        self._begun_on = ""
        self._lines: list[JournalLine] = []

    def read_lines(self) -> tuple[str, list[JournalLine]]:
        """The day on which the journal began (empty where there is no journal yet), and its complete lines.

        Raises:
            BadJournal: a line cannot be read.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._offset)
                    new_bytes = file.read()
            except FileNotFoundError:
                new_bytes = b""
            complete = new_bytes[: new_bytes.rfind(b"\n") + 1]
            try:
                for record in complete.splitlines():
                    self._parse_line(json.loads(record))
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                why = f"cannot be read ({type(error).__name__}); delete the briefing, or mend the file"
                raise BadJournal(f"{self._path}: {why}") from None
            self._offset += len(complete)
            return self._begun_on, list(self._lines)

    def _parse_line(self, record: dict[str, object]) -> None:
        if self._begun_on:
            self._lines.append(_LINE_ADAPTER.validate_python(record))
        else:
            self._begun_on = str(record["begun"])

"""A plan and the journal of its answers become the rows that the page shows, while answers still come."""

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

RowDigests = tuple[tuple[tuple[Language, str], ...], ...]  # of each row: the languages, and by what digest the journal knows them


@dataclass(frozen=True)
class ActiveRun:
    """A run under way, as its rows see it."""

    basis: AnswerBasis
    start_line: int  # lines of the journal when it began
    concurrency: int  # questions that are asked at a time, in the order of the list
    retry: bool = False
    only_row: int = 0  # the row that is asked again; 0: all that have no answer


@dataclass(frozen=True)
class LanguageAnswer:
    """A question in one language."""

    language: Language
    state: RowState
    line: JournalLine | None = None  # its answer
    line_number: int = 0  # the number of that line in the journal, counted from 1


@dataclass(frozen=True)
class RowView:
    """One question of a briefing with its answers, one for each language."""

    number: int
    question: BriefingQuestion
    answers: tuple[LanguageAnswer, ...]
    same_as: int = 0  # the row before that asks the same

    @property
    def state(self) -> RowState:
        """What there is still to do, or else the worse of two answers."""
        return min((side.state for side in self.answers), key=_STATE_ORDER.index)

    @property
    def is_edited(self) -> bool:
        """A person has rewritten an answer."""
        return any(side.line.edited for side in self.answers if side.line)

    @property
    def last_line(self) -> int:
        """The journal's line that changed it last."""
        return max(side.line_number for side in self.answers)


def row_digests(settings: BriefingSettings, questions: Sequence[BriefingQuestion]) -> RowDigests:
    """By what the journal knows each row."""
    return tuple(
        tuple((language, question_digest(settings, question, language)) for language in settings.answer_languages(question))
        for question in questions)


def build_rows(questions: Sequence[BriefingQuestion], digests: RowDigests, lines: Sequence[JournalLine], basis: AnswerBasis, active_run: ActiveRun | None) -> tuple[RowView, ...]:
    """All rows, as the journal's lines have them. `basis` is what answers are made from now: its own count before others."""
    by_digest: dict[str, list[tuple[int, JournalLine]]] = {}
    for at, line in enumerate(lines, 1):
        by_digest.setdefault(line.asked, []).append((at, line))
    open_ = _open_states(digests, by_digest, active_run) if active_run else {}
    first: dict[tuple[str, ...], int] = {}
    shown = []
    for number, (question, some) in enumerate(zip(questions, digests, strict=True), 1):
        sides = tuple(_build_answer(language, by_digest.get(digest, []), basis, open_.get(digest)) for language, digest in some)
        same_as = first.setdefault(tuple(digest for _, digest in some), number)
        shown.append(RowView(number, question, sides, same_as if same_as < number else 0))
    return tuple(shown)


def _open_states(digests: RowDigests, by_digest: dict[str, list[tuple[int, JournalLine]]], active_run: ActiveRun) -> dict[str, RowState]:
    """What a run has still to answer. It takes the questions in their order, so many at a time: the first of them are under way."""
    if active_run.only_row:
        return {digest: "under way" for _, digest in digests[active_run.only_row - 1]}

    def is_open(digest: str) -> bool:
        known = by_digest.get(digest, [])
        kept = any(at <= active_run.start_line and line.basis == active_run.basis and (line.answer.status != "failed" or not active_run.retry)
                   for at, line in known)
        return not kept and not any(at > active_run.start_line for at, _ in known)

    left = [digest for digest in dict.fromkeys(digest for some in digests for _, digest in some) if is_open(digest)]
    return {digest: "under way" if place < active_run.concurrency else "waiting" for place, digest in enumerate(left)}


def _build_answer(language: Language, lines: Sequence[tuple[int, JournalLine]], basis: AnswerBasis, open_state: RowState | None) -> LanguageAnswer:
    at, line = next((one for one in reversed(lines) if one[1].basis == basis), lines[-1] if lines else (0, None))
    if open_state:
        return LanguageAnswer(language, open_state, None, at)
    status = line.answer.status if line else "composing"
    return LanguageAnswer(language, "waiting" if status == "composing" else status, line, at)


def collect_answers(rows: Sequence[RowView], begun_on: str, missing: dict[Language, str]) -> AnsweredList:
    """Rows as the engine makes a briefing of them; one without an answer has `missing` in its place, as if it had failed."""
    made = [
        AnsweredRow(row.question, tuple(
            side.line.answer if side.line else Answer(row.question.text, side.language, "failed", missing[side.language])
            for side in row.answers), rows[row.same_as - 1].question.row if row.same_as else "", row.is_edited)
        for row in rows]
    return AnsweredList(tuple(made), begun_on, 0, sum(side.line is not None for row in rows for side in row.answers))


@dataclass(frozen=True)
class RowCounts:
    """How far a briefing is, in rows."""

    all: int
    done: int
    failed: int
    unanswered: int
    edited: int

    @classmethod
    def from_rows(cls, rows: Sequence[RowView]) -> RowCounts:
        """The count."""
        states = Counter(row.state for row in rows)
        left = states["waiting"] + states["under way"]
        return cls(len(rows), len(rows) - left, states["failed"], states["unanswered"], sum(row.is_edited for row in rows))


_LINE_ADAPTER = TypeAdapter(JournalLine)


class JournalReader:
    """The lines of a journal that a run may be adding to; each is read once."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._lock = path, 0, threading.Lock()
        self._begun_on = ""
        self._lines: list[JournalLine] = []

    def read_lines(self) -> tuple[str, list[JournalLine]]:
        """The day on which the journal began, empty where it has not, and the lines that are whole by now.

        Raises:
            BadJournal: one cannot be read.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._offset)
                    fresh = file.read()
            except FileNotFoundError:
                fresh = b""
            whole = fresh[: fresh.rfind(b"\n") + 1]
            try:
                for written in whole.splitlines():
                    self._parse_line(json.loads(written))
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise BadJournal(f"{self._path}: cannot be read ({type(error).__name__}); delete the briefing, or mend the file") from None
            self._offset += len(whole)
            return self._begun_on, list(self._lines)

    def _parse_line(self, record: dict[str, object]) -> None:
        if self._begun_on:
            self._lines.append(_LINE_ADAPTER.validate_python(record))
        else:
            self._begun_on = str(record["begun"])

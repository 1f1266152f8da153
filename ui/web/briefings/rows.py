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
_ORDER: tuple[RowState, ...] = ("under way", "waiting", "failed", "partial", "grounded", "unanswered")

Tasks = tuple[tuple[tuple[Language, str], ...], ...]  # of each row: the languages, and by what digest the journal knows them


@dataclass(frozen=True)
class Going:
    """A run under way, as its rows see it."""

    basis: AnswerBasis
    since: int  # lines of the journal when it began
    at_once: int  # questions that are asked at a time, in the order of the list
    retry: bool = False
    only: int = 0  # the row that is asked again; 0: all that have no answer


@dataclass(frozen=True)
class Side:
    """A question in one language."""

    language: Language
    state: RowState
    line: JournalLine | None = None  # its answer
    at: int = 0  # the number of that line in the journal, counted from 1


@dataclass(frozen=True)
class Row:
    """One question of a briefing with its answers, one for each language."""

    number: int
    question: BriefingQuestion
    sides: tuple[Side, ...]
    same_as: int = 0  # the row before that asks the same

    @property
    def state(self) -> RowState:
        """What there is still to do, or else the worse of two answers."""
        return min((side.state for side in self.sides), key=_ORDER.index)

    @property
    def edited(self) -> bool:
        """A person has rewritten an answer."""
        return any(side.line.edited for side in self.sides if side.line)

    @property
    def at(self) -> int:
        """The journal's line that changed it last."""
        return max(side.at for side in self.sides)


def tasks(asking: BriefingSettings, questions: Sequence[BriefingQuestion]) -> Tasks:
    """By what the journal knows each row."""
    return tuple(
        tuple((language, question_digest(asking, question, language)) for language in asking.answer_languages(question))
        for question in questions)


def rows(questions: Sequence[BriefingQuestion], asked: Tasks, lines: Sequence[JournalLine], basis: AnswerBasis, going: Going | None) -> tuple[Row, ...]:
    """All rows, as the journal's lines have them. `basis` is what answers are made from now: its own count before others."""
    by_digest: dict[str, list[tuple[int, JournalLine]]] = {}
    for at, line in enumerate(lines, 1):
        by_digest.setdefault(line.asked, []).append((at, line))
    open_ = _open(asked, by_digest, going) if going else {}
    first: dict[tuple[str, ...], int] = {}
    shown = []
    for number, (question, some) in enumerate(zip(questions, asked, strict=True), 1):
        sides = tuple(_side(language, by_digest.get(digest, []), basis, open_.get(digest)) for language, digest in some)
        same_as = first.setdefault(tuple(digest for _, digest in some), number)
        shown.append(Row(number, question, sides, same_as if same_as < number else 0))
    return tuple(shown)


def _open(asked: Tasks, by_digest: dict[str, list[tuple[int, JournalLine]]], going: Going) -> dict[str, RowState]:
    """What a run has still to answer. It takes the questions in their order, so many at a time: the first of them are under way."""
    if going.only:
        return {digest: "under way" for _, digest in asked[going.only - 1]}

    def is_open(digest: str) -> bool:
        known = by_digest.get(digest, [])
        kept = any(at <= going.since and line.basis == going.basis and (line.answer.status != "failed" or not going.retry)
                   for at, line in known)
        return not kept and not any(at > going.since for at, _ in known)

    left = [digest for digest in dict.fromkeys(digest for some in asked for _, digest in some) if is_open(digest)]
    return {digest: "under way" if place < going.at_once else "waiting" for place, digest in enumerate(left)}


def _side(language: Language, known: Sequence[tuple[int, JournalLine]], basis: AnswerBasis, open_: RowState | None) -> Side:
    at, line = next((one for one in reversed(known) if one[1].basis == basis), known[-1] if known else (0, None))
    if open_:
        return Side(language, open_, None, at)
    status = line.answer.status if line else "composing"
    return Side(language, "waiting" if status == "composing" else status, line, at)


def answered(shown: Sequence[Row], begun: str, missing: dict[Language, str]) -> AnsweredList:
    """Rows as the engine makes a briefing of them; one without an answer has `missing` in its place, as if it had failed."""
    made = [
        AnsweredRow(row.question, tuple(
            side.line.answer if side.line else Answer(row.question.text, side.language, "failed", missing[side.language])
            for side in row.sides), shown[row.same_as - 1].question.row if row.same_as else "", row.edited)
        for row in shown]
    return AnsweredList(tuple(made), begun, 0, sum(side.line is not None for row in shown for side in row.sides))


@dataclass(frozen=True)
class Tally:
    """How far a briefing is, in rows."""

    all: int
    done: int
    failed: int
    unanswered: int
    edited: int

    @classmethod
    def of(cls, shown: Sequence[Row]) -> Tally:
        """The count."""
        states = Counter(row.state for row in shown)
        left = states["waiting"] + states["under way"]
        return cls(len(shown), len(shown) - left, states["failed"], states["unanswered"], sum(row.edited for row in shown))


_LINE = TypeAdapter(JournalLine)


class Follower:
    """The lines of a journal that a run may be adding to; each is read once."""

    def __init__(self, path: Path) -> None:
        self._path, self._at, self._guard = path, 0, threading.Lock()
        self._begun = ""
        self._lines: list[JournalLine] = []

    def read(self) -> tuple[str, list[JournalLine]]:
        """The day on which the journal began, empty where it has not, and the lines that are whole by now.

        Raises:
            BadJournal: one cannot be read.
        """
        with self._guard:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._at)
                    fresh = file.read()
            except FileNotFoundError:
                fresh = b""
            whole = fresh[: fresh.rfind(b"\n") + 1]
            try:
                for written in whole.splitlines():
                    self._take(json.loads(written))
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise BadJournal(f"{self._path}: cannot be read ({type(error).__name__}); delete the briefing, or mend the file") from None
            self._at += len(whole)
            return self._begun, list(self._lines)

    def _take(self, told: dict[str, object]) -> None:
        if self._begun:
            self._lines.append(_LINE.validate_python(told))
        else:
            self._begun = str(told["begun"])

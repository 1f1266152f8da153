"""Difference of two documents: the clauses that were added, removed, changed or moved, and the figures that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.comparison.clause_alignment import align_clauses
from rag.comparison.clauses import Clause
from rag.comparison.figure_changes import FigureChange, common_length, compare_figures
from rag.schema import Language

ChangeKind = Literal["changed", "added", "removed", "moved"]
Operation = Literal["same", "removed", "added"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("changed", "added", "removed", "moved")

_MAX_WORDS = 1_500  # of a clause that is compared word by word; of a longer one all words are replaced
_LEAST_COMMON = 0.15  # share of the clauses that correspond, below which two documents have little in common
_WORD = re.compile(r"[\u3400-\u9fff]|\d[\d.,:%]*|[^\W\d_]+|\s+|.", re.S)


@dataclass(frozen=True)
class TextPart:
    """A part of a changed clause: in both versions, only in the old one, or only in the new one."""

    operation: Operation
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """What happened to a clause; a moved one has only another number or another place among the others."""

    kind: ChangeKind
    old: Clause | None
    new: Clause | None
    parts: tuple[TextPart, ...] = ()  # of a changed clause
    figures: tuple[FigureChange, ...] = ()
    is_moved: bool = False  # changed, and moved too

    def place(self, language: Language) -> str:
        """Where the change is, in the new document if it is there: 第七条; 第七条 → 第八条 if the number changed."""
        clause = self.new or self.old
        if clause is None:
            return ""
        if self.old and self.new and self.old.number != self.new.number:
            return f"{self.old.place(language)} → {self.new.place(language)}"
        return clause.place(language)


@dataclass(frozen=True)
class DocumentDiff:
    """The difference of two documents, in the order of the new one."""

    changes: tuple[ClauseChange, ...]
    unchanged: int  # clauses that are the same in both
    is_related: bool  # False: they have little in common

    @property
    def is_same(self) -> bool:
        """Whether both have the same text."""
        return not self.changes

    def of_kind(self, kind: ChangeKind) -> list[ClauseChange]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind == kind]

    def to_json(self, language: Language) -> dict[str, object]:
        """The difference as `huwen diff --json` prints it; offsets are characters of the clean texts."""
        return {
            "is_same": self.is_same, "is_related": self.is_related, "unchanged": self.unchanged,
            **{kind: len(self.of_kind(kind)) for kind in CHANGE_KINDS},
            "changes": [{
                "kind": change.kind, "place": change.place(language), "moved": change.is_moved,
                "old": _clause_json(change.old), "new": _clause_json(change.new),
                "figures": [{"old": figure.old, "new": figure.new} for figure in change.figures],
            } for change in self.changes]}


def _clause_json(clause: Clause | None) -> dict[str, object] | None:
    if clause is None:
        return None
    return {"number": clause.number, "heading": clause.heading, "text": clause.text, "start": clause.start,
            "end": clause.end}


def compare_documents(old: Sequence[Clause], new: Sequence[Clause]) -> DocumentDiff:
    """The difference of two documents, given as their clauses; nearly linear in their length."""
    pairs = align_clauses(old, new)
    by_new, kept_old = {pair.new: pair for pair in pairs}, {pair.old for pair in pairs}
    removed = _removed_after(old, kept_old)
    changes: list[ClauseChange] = [*removed.get(-1, ())]
    unchanged = 0
    for j, clause in enumerate(new):
        pair = by_new.get(j)
        if pair is None:
            changes.append(ClauseChange("added", None, clause))
            continue
        change = _compare_clauses(old[pair.old], clause, is_moved=pair.is_moved)
        changes += [change] if change else []
        unchanged += change is None or change.kind == "moved"
        changes += removed.get(pair.old, ())
    least = _LEAST_COMMON * min(len(old), len(new))
    return DocumentDiff(tuple(changes), unchanged, bool(pairs) and len(pairs) >= least)


def _removed_after(old: Sequence[Clause], kept: set[int]) -> dict[int, list[ClauseChange]]:
    """The removed clauses by the index of the kept clause before them; -1 for those at the beginning."""
    removed: dict[int, list[ClauseChange]] = {}
    last = -1
    for i, clause in enumerate(old):
        if i in kept:
            last = i
        else:
            removed.setdefault(last, []).append(ClauseChange("removed", clause, None))
    return removed


def _compare_clauses(old: Clause, new: Clause, *, is_moved: bool) -> ClauseChange | None:
    """The change from one clause to the other; None if they are the same in the same place."""
    if old.body == new.body:
        is_moved = is_moved or (old.number != new.number)
        return ClauseChange("moved", old, new, is_moved=True) if is_moved else None
    return ClauseChange(
        "changed", old, new, tuple(_compare_words(old.body, new.body)), tuple(compare_figures(old.body, new.body)),
        is_moved)


def _compare_words(old: str, new: str) -> Iterator[TextPart]:
    """The parts that both texts share and those that differ, word by word; Chinese character by character."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    first = common_length(left, right)
    last = common_length(left[first:][::-1], right[first:][::-1])
    if first:
        yield TextPart("same", "".join(left[:first]))
    yield from _compare_middle(left[first : len(left) - last], right[first : len(right) - last])
    if last:
        yield TextPart("same", "".join(left[len(left) - last :]))


def _compare_middle(left: Sequence[str], right: Sequence[str]) -> Iterator[TextPart]:
    """The parts of two series of words that begin and end differently."""
    if max(len(left), len(right)) > _MAX_WORDS or not (left and right):
        operations = [("replace", 0, len(left), 0, len(right))]
    else:
        operations = [*SequenceMatcher(None, left, right, autojunk=False).get_opcodes()]
    for operation, i1, i2, j1, j2 in operations:
        if operation == "equal":
            yield TextPart("same", "".join(left[i1:i2]))
            continue
        if i1 < i2:
            yield TextPart("removed", "".join(left[i1:i2]))
        if j1 < j2:
            yield TextPart("added", "".join(right[j1:j2]))

"""Conflicts of a folder of documents: which of the planted ones the ledger finds, and what it reports beside them.

The folder has `docs/` with the documents, and `truth.jsonl` with one planted conflict a line: `id`, `kind`, `file_a`,
`quote_a`, `file_b`, `quote_b`; a quote is the sentence, or the row of a table with its cells joined by ` | `. The
lines of `passages.jsonl` are counted where there is one.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.huwen import open_unfilled
from rag.ledger.conflicts import LedgerConflict
from rag.library.figure_records import FigureRecords
from rag.schema import HuwenError
from rag.settings import read_settings
from rag.text.language import normalise

_MIN_SHARE = 0.7  # of the words of a quote that a reported sentence must have, together with all its figures


class BadConflictSet(HuwenError):
    """A folder does not have the form of a set of planted conflicts."""


@dataclass(frozen=True)
class PlantedConflict:
    """Two quotes that contradict each other, each with its file."""

    id: str
    kind: str
    sides: tuple[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class ReportedConflict:
    """A conflict that the ledger reports: file, sentence and figure of each side."""

    subject: str
    sides: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ConflictResult:
    """What was found: the planted conflicts by kind, and the reports that are none of them."""

    planted: dict[str, int]  # how many, by kind
    found: dict[str, int]  # of them
    missed: tuple[str, ...]  # their ids
    false_alarms: tuple[ReportedConflict, ...]
    passages: int
    figures: int
    ledger_seconds: float
    conflict_seconds: float

    @property
    def recall(self) -> float:
        """The share of the planted conflicts that are reported; 0 without any."""
        return sum(self.found.values()) / max(1, sum(self.planted.values()))

    @property
    def alarm_rate(self) -> float:
        """False alarms per 1,000 passages."""
        return 1000 * len(self.false_alarms) / max(1, self.passages)


def read_planted(folder: Path) -> list[PlantedConflict]:
    """The planted conflicts of a folder.

    Raises:
        BadConflictSet: it has no `docs/` or `truth.jsonl`, or a line of another form.
    """
    path = folder / "truth.jsonl"
    if not path.is_file() or not (folder / "docs").is_dir():
        raise BadConflictSet(f"{folder}: is no set of conflicts; it must have docs/ and truth.jsonl")
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [
            PlantedConflict(str(row["id"]), str(row.get("kind", "")), (
                (row["file_a"], row["quote_a"]), (row["file_b"], row["quote_b"]))) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise BadConflictSet(f"{path}: a line is no planted conflict ({error})") from None


def measure_conflicts(
    folder: Path, home: Path, progress: Callable[[int, int], None] = lambda done, total: None,
) -> ConflictResult:
    """Add the documents to a new library in `home`, and compare the conflicts of its ledger with the planted ones."""
    planted = read_planted(folder)
    with open_unfilled(read_settings(home=home, embed_model="dictionary", chat_model="")) as huwen:
        files = sorted(path for path in (folder / "docs").rglob("*") if path.is_file())
        ledger = huwen.library.ledger
        with huwen.library.write_lock():
            for done, _ in enumerate(huwen.add(files), 1):
                progress(done, len(files))
            ledger.forget()  # all anew, so that the time is that of the whole ledger
            begin = time.process_time()
            for _ in ledger.fill():
                pass
        filled = time.process_time()
        found = ledger.conflicts()
        ended = time.process_time()
        reported = [*_describe(found, FigureRecords(huwen.library))]
        passages = sum(source.passages for source in huwen.sources())
        figures = sum(ledger.count_by_source().values())
    hits = [_find_planted(report, planted) for report in reported]
    found_ids = {id for ids in hits for id in ids}
    return ConflictResult(
        dict(Counter(conflict.kind for conflict in planted)),
        dict(Counter(conflict.kind for conflict in planted if conflict.id in found_ids)),
        tuple(conflict.id for conflict in planted if conflict.id not in found_ids),
        tuple(report for report, ids in zip(reported, hits, strict=True) if not ids),
        _count_passages(folder) or passages, figures, filled - begin, ended - filled)


def _describe(conflicts: Sequence[LedgerConflict], records: FigureRecords) -> Iterator[ReportedConflict]:
    for conflict in conflicts:
        sides = tuple(
            (records.source(entry).name, f"{records.sentence(entry)} {entry.subject}", entry.text)
            for entry in conflict.entries)
        yield ReportedConflict(conflict.subject, sides)


def _find_planted(report: ReportedConflict, planted: Sequence[PlantedConflict]) -> list[str]:
    """The ids of the planted conflicts of which a report has both sides."""
    return [
        conflict.id for conflict in planted
        if all(any(states_quote(side, file, quote) for side in report.sides) for file, quote in conflict.sides)]


def states_quote(side: tuple[str, str, str], file: str, quote: str) -> bool:
    """Whether a reported side stands for a quote: one contains the other, or has most of its words and the figure."""
    name, sentence, figure = side
    if name != Path(file).name:
        return False
    told, wanted = _compact(sentence), _compact(quote)
    if wanted in told or _compact(figure) not in wanted:
        return wanted in told
    words = set(_words(quote))
    return len(words & set(_words(sentence))) >= _MIN_SHARE * len(words) or _is_row(quote, sentence)


def _is_row(quote: str, sentence: str) -> bool:
    """Whether a quote is the row of a table, of which the sentence names the label."""
    return " | " in quote and _compact(quote.split(" | ")[0]) in _compact(sentence)


def _compact(text: str) -> str:
    return re.sub(r"\s+", "", normalise(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|[\d.]+|[一-鿿]", normalise(text))


def _count_passages(folder: Path) -> int:
    path = folder / "passages.jsonl"
    return sum(bool(line.strip()) for line in path.read_text("utf-8").splitlines()) if path.is_file() else 0

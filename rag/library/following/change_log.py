"""Log of changes: which documents were added, changed, renamed and removed, and when.

It is written in the transaction of the change itself, whoever makes it: a command, the page, a watched folder.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from rag.schema import HuwenError, Language

ChangeKind = Literal["added", "changed", "renamed", "removed"]
_MAX_ENTRIES = 100_000  # the oldest are dropped beyond that, about 20 MB
_DAYS_OR_HOURS = re.compile(r"(\d{1,4})\s*([dh])", re.I)


class BadTime(HuwenError):
    """A point in time that cannot be understood."""

    def sentence(self, language: Language) -> str:
        """The message in a language."""
        given = self.args[0]
        if language == "zh":
            return f"{given!r} 不是日期；请写成 2026-11-01、2026-11-01T09:30、7d（七天内）或 12h（十二小时内）"
        return (f"{given!r} is no point in time; write 2026-11-01, 2026-11-01T09:30, 7d (the last seven days) or 12h "
                "(the last twelve hours)")

    def __str__(self) -> str:
        return self.sentence("en")


@dataclass(frozen=True)
class Change:
    """One entry: what happened to which document; `time` is ISO 8601 in UTC.

    `place` is where the document came from: a path, an address, `upload:` with a name. `earlier` is the name or title
    before it was renamed.
    """

    time: str
    kind: ChangeKind
    source_id: str
    name: str
    title: str
    place: str
    earlier: str = ""

    def to_json(self) -> dict[str, str]:
        """The public form, what `huwen changes --json` prints."""
        return {**asdict(self)}


def parse_since(text: str, now: datetime) -> datetime:
    """The point in time that a person wrote: a day, a time, or how long ago; without a zone it is that of `now`.

    `2026-11-01` → midnight of that day; `7d` → seven days before `now`; `12h` → twelve hours before it.

    Raises:
        BadTime: it is none of these.
    """
    if ago := _DAYS_OR_HOURS.fullmatch(text.strip()):
        hours = int(ago[1]) * (24 if ago[2].lower() == "d" else 1)
        return now - timedelta(hours=hours)
    try:
        time = datetime.fromisoformat(text.strip())
        return (time if time.tzinfo else time.replace(tzinfo=now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime(text[:40]) from None


def log_finished(db: sqlite3.Connection, source_ids: Iterable[str]) -> None:
    """Log unfinished sources, before they replace their earlier versions: added, changed, or with another title."""
    for source_id in source_ids:
        versions = {ready: (place, digest, json.loads(about)["source"]) for ready, place, digest, about in db.execute(
            "SELECT ready, place, digest, about FROM sources WHERE id = ?", (source_id,))}
        if 0 not in versions:
            continue
        place, digest, source = versions[0]
        if 1 not in versions:
            _insert(db, "added", source_id, source, place)
            continue
        _, earlier_digest, earlier = versions[1]
        if digest != earlier_digest and not _has_same_original(source, earlier):
            _insert(db, "changed", source_id, source, place)
        elif source["title"] != earlier["title"] and source.get("renamed"):
            _insert(db, "renamed", source_id, source, place, earlier=earlier["title"])


def log_removed(db: sqlite3.Connection, source_id: str) -> None:
    """Log a source that is about to be removed."""
    row = db.execute("SELECT place, about FROM sources WHERE id = ? ORDER BY ready DESC", (source_id,)).fetchone()
    if row:
        _insert(db, "removed", source_id, json.loads(row[1])["source"], row[0])


def log_moved(db: sqlite3.Connection, source_id: str, earlier: str) -> None:
    """Log a source whose file has another name or place; `earlier`: the one that it had."""
    query = "SELECT place, about FROM sources WHERE id = ? ORDER BY ready DESC"
    place, about = db.execute(query, (source_id,)).fetchone()
    _insert(db, "renamed", source_id, json.loads(about)["source"], place, earlier=earlier)


def read_changes(db: sqlite3.Connection, since: datetime, limit: int) -> list[Change]:
    """The changes since a point in time, newest first, at most `limit`."""
    rows = db.execute(
        "SELECT time, kind, source_id, name, title, place, earlier FROM changes WHERE time >= ? "
        "ORDER BY number DESC LIMIT ?", (_format_time(since), limit))
    return [Change(*row) for row in rows]


def _has_same_original(source: dict[str, object], earlier: dict[str, object]) -> bool:
    """True if the same bytes were read again, by a newer reader."""
    return bool(source.get("original")) and source.get("original") == earlier.get("original")


def _insert(
    db: sqlite3.Connection, kind: ChangeKind, source_id: str, source: dict[str, str], place: str, *, earlier: str = "",
) -> None:
    row = (_format_time(datetime.now(UTC)), kind, source_id, source["name"], source["title"], place, earlier)
    cursor = db.execute(
        "INSERT INTO changes (time, kind, source_id, name, title, place, earlier) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.execute("DELETE FROM changes WHERE number <= ?", ((cursor.lastrowid or 0) - _MAX_ENTRIES,))


def _format_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")

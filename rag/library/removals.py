"""Removals: the journal of what the manifest has removed and the indexes and originals may still have.

A removal is recorded in the transaction that makes it in the manifest, and forgotten when it is made everywhere. A
process that is killed in between leaves it to the next writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Removal:
    """A removed source, or the earlier version of a changed one; `original`: the digest of its file, or empty."""

    number: int
    source_id: str
    original: str


def record_removal(db: sqlite3.Connection, source_id: str, *, is_replaced: bool = False) -> None:
    """Record a source that is about to be removed; `is_replaced`: only its finished version, by the unfinished one."""
    db.execute(
        "INSERT INTO removals (source_id, original) "
        "SELECT id, coalesce(json_extract(about, '$.source.original'), '') FROM sources WHERE id = ? AND ready >= ?",
        (source_id, is_replaced))


def read_removals(db: sqlite3.Connection) -> list[Removal]:
    """The recorded removals, in their order."""
    return [Removal(*row) for row in db.execute("SELECT number, source_id, original FROM removals ORDER BY number")]


def forget_removals(db: sqlite3.Connection, removals: Iterable[Removal]) -> None:
    """Forget removals that are made everywhere."""
    db.executemany("DELETE FROM removals WHERE number = ?", [(removal.number,) for removal in removals])

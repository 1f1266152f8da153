"""Rows of the ledger of figures: entries as SQLite stores them, and the queries on them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from rag.ledger.entry import LedgerEntry, SubjectTerms
from rag.ledger.search import FigureFilter, query_terms, searchable_text, unit_family
from rag.ledger.version import LEDGER_VERSION
from rag.library.manifest_rows import forget_entries
from rag.numbers.units import Value
from rag.text.language import normalise

_COLUMNS = (
    "id, source_id, passage_id, start, stop, part_start, part_stop, text, number, family, exactness, step, unit, kind, "
    "year, year_source, period, subject, scope, terms")


def replace_entries(db: sqlite3.Connection, source_id: str, title: str, entries: Iterable[LedgerEntry]) -> None:
    """Store the entries of a source in place of those that it had, with the version of the ledger."""
    forget_entries(db, source_id)
    db.executemany(
        f"INSERT INTO figures ({_COLUMNS.removeprefix('id, ')}, words) VALUES ({','.join('?' * 20)})",
        (_to_row(entry, title) for entry in entries))
    db.execute("INSERT OR REPLACE INTO figure_versions VALUES (?, ?)", (source_id, LEDGER_VERSION))


def count_entries(db: sqlite3.Connection, criteria: FigureFilter, source_ids: Set[str] | None) -> int:
    """How many entries a filter finds in these sources; None: in all."""
    condition, values = _conditions(criteria, source_ids)
    return int(db.execute(f"SELECT count(*) FROM figures WHERE {condition}", values).fetchone()[0])


def select_entries(
    db: sqlite3.Connection, criteria: FigureFilter, source_ids: Set[str] | None, limit: int, offset: int,
) -> Iterator[LedgerEntry]:
    """The entries that a filter finds, by source and in it as in the text; at most `limit`, -1 for all."""
    condition, values = _conditions(criteria, source_ids)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM figures WHERE {condition} ORDER BY source_id, start, id LIMIT ? OFFSET ?",
        (*values, limit, offset))
    return map(_from_row, rows)


def _conditions(criteria: FigureFilter, source_ids: Set[str] | None) -> tuple[str, list[object]]:
    """The condition of a query in SQL, with its values."""
    conditions: list[str] = ["1"]
    values: list[object] = []
    if source_ids is not None:
        conditions.append("source_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(source_ids)))
    for forms in query_terms(criteria.query):
        conditions.append("(" + " OR ".join(["words LIKE ? ESCAPE '\\'"] * len(forms)) + ")")
        values.extend(f"%{_escape(form)}%" for form in forms)
    if criteria.years:
        conditions.append("year BETWEEN ? AND ?")
        values.extend(map(str, criteria.years))
    if criteria.kind:
        conditions.append("kind = ?")
        values.append(criteria.kind)
    if criteria.place.strip():
        conditions.append("words LIKE ? ESCAPE '\\'")
        values.append(f"%{_escape(normalise(criteria.place.strip()))}%")
    if unit := criteria.unit.strip():
        family = unit_family(unit)
        conditions.append("(unit = ? OR family = ?)")
        values.extend((unit, family or "-"))
    return " AND ".join(conditions), values


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _to_row(entry: LedgerEntry, title: str) -> tuple[object, ...]:
    value = entry.value
    terms = json.dumps({key: item for key, item in asdict(entry.terms).items() if item}, ensure_ascii=False)
    return (
        entry.source_id, entry.passage_id, entry.start, entry.end, entry.part_start, entry.part_end, entry.text,
        str(value.number), value.family, value.exactness, str(value.step), entry.unit, entry.kind, entry.year,
        entry.year_source, entry.period, entry.subject, entry.scope, terms, searchable_text(entry, title))


def _from_row(row: Any) -> LedgerEntry:  # the columns have types that SQLite does not tell
    (id, source_id, passage_id, start, end, part_start, part_end, text, number, family, exactness, step, unit, kind,
     year, year_source, period, subject, scope, terms) = row
    known: Any = {key: tuple(item) if isinstance(item, list) else item for key, item in json.loads(terms).items()}
    value = Value(Fraction(number), family, exactness, Fraction(step))
    return LedgerEntry(
        source_id, passage_id, start, end, part_start, part_end, text, value, unit, kind, year, year_source, period,
        subject, scope, SubjectTerms(**known), id)

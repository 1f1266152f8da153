"""Rows of the manifest on versions: the records of sources, the keys that find related ones, and their relations."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from rag.comparison.similarity import Sketch
from rag.comparison.version_records import RelatedSource, Relation, VersionRecord, find_relation
from rag.library.manifest_rows import split_ids
from rag.references.stated_version import StatedVersion

_MAX_OF_KEY = 100  # sources with one key; a shingle that more have says nothing
_MAX_CANDIDATES = 60  # sources that a new one is compared with
_MAX_FAMILY = 200  # sources that are related with each other, directly or through others


def save_record(db: sqlite3.Connection, record: VersionRecord) -> None:
    """Store the record of a source and its relations to those stored before, in place of earlier ones."""
    remove_record(db, record.source_id)
    db.execute("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", (
        record.source_id, record.language, record.stated.to_json(), record.text_digest, record.wording.to_bytes(),
        record.content.to_bytes()))
    for other in _read_records(db, _find_candidates(db, record)):
        if relation := find_relation(record, other):
            db.executemany("INSERT OR REPLACE INTO relations VALUES (?, ?, ?)", [
                (record.source_id, other.source_id, relation), (other.source_id, record.source_id, relation)])
    db.executemany("INSERT INTO version_keys VALUES (?, ?)", [(key, record.source_id) for key in record.keys])


def remove_record(db: sqlite3.Connection, source_id: str) -> None:
    """Remove all that is stored of a source's version."""
    db.execute("DELETE FROM versions WHERE source_id = ?", (source_id,))
    db.execute("DELETE FROM version_keys WHERE source_id = ?", (source_id,))
    db.execute("DELETE FROM relations WHERE source_id = ? OR other_id = ?", (source_id, source_id))


def _find_candidates(db: sqlite3.Connection, record: VersionRecord) -> list[str]:
    """The sources that share a key with a record, those that share the most first."""
    shared: dict[str, int] = {}
    for key in record.keys:
        rows = db.execute("SELECT source_id FROM version_keys WHERE key = ? ORDER BY rowid DESC LIMIT ?",
                          (key, _MAX_OF_KEY + 1)).fetchall()
        if len(rows) > _MAX_OF_KEY and key.startswith("shingle"):
            continue
        for (source_id,) in rows:
            shared[source_id] = shared.get(source_id, 0) + (1 if key.startswith("shingle") else len(record.keys))
    return sorted(shared, key=lambda id: (-shared[id], id))[:_MAX_CANDIDATES]


def _read_records(db: sqlite3.Connection, source_ids: Sequence[str]) -> list[VersionRecord]:
    records = []
    for group, placeholders in split_ids(source_ids):
        for id, language, stated, digest, wording, content in db.execute(
                f"SELECT source_id, language, stated, text_digest, wording, content FROM versions "
                f"WHERE source_id IN ({placeholders})", group):
            records.append(VersionRecord(
                id, language, StatedVersion.from_json(stated), Sketch.from_bytes(wording), Sketch.from_bytes(content),
                digest))
    return records


def find_copy(db: sqlite3.Connection, text_digest: str) -> str:
    """The id of a source with this content; empty if there is none."""
    row = db.execute("SELECT source_id FROM version_keys WHERE key = ? LIMIT 1", (f"text {text_digest}",)).fetchone()
    return str(row[0]) if row else ""


def ids_without_record(db: sqlite3.Connection) -> list[str]:
    """The finished sources of which nothing is stored yet: those of an older library."""
    query = "SELECT id FROM sources WHERE ready = 1 AND id NOT IN (SELECT source_id FROM versions) ORDER BY id"
    return [row[0] for row in db.execute(query)]


def read_relatives(db: sqlite3.Connection, source_ids: Iterable[str]) -> dict[str, RelatedSource]:
    """These sources, and all that are related with them directly or through others, by id."""
    known: dict[str, list[tuple[str, Relation]]] = {}
    waiting = list(dict.fromkeys(source_ids))
    limit = len(waiting) + _MAX_FAMILY
    while waiting and len(known) < limit:
        for id in waiting:
            known[id] = []
        for group, placeholders in split_ids(waiting):
            for id, other, relation in db.execute(
                    f"SELECT source_id, other_id, relation FROM relations WHERE source_id IN ({placeholders}) "
                    "ORDER BY source_id, other_id", group):
                known[id].append((other, relation))
        waiting = list(dict.fromkeys(other for id in waiting for other, _ in known[id] if other not in known))
    return _describe_sources(db, known)


def _describe_sources(
    db: sqlite3.Connection, relations: dict[str, list[tuple[str, Relation]]],
) -> dict[str, RelatedSource]:
    found = {}
    for group, placeholders in split_ids(relations):
        for id, about, stated in db.execute(
                "SELECT versions.source_id, json_extract(about, '$.source'), stated FROM versions JOIN sources "
                "ON sources.id = versions.source_id AND ready = 1 "
                f"WHERE versions.source_id IN ({placeholders})", group):
            source = json.loads(about)
            found[id] = RelatedSource(
                id, source["title"], source["name"], StatedVersion.from_json(stated), tuple(relations[id]))
    return found

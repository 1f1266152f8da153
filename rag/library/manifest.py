"""The manifest: the library's record in SQLite: sources with their clean text, and passages."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.documents import Document

from rag.schema import HuwenError, Language, Source

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    id TEXT NOT NULL, place TEXT NOT NULL, digest TEXT NOT NULL, ready INTEGER NOT NULL,
    text TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY (id, ready)
);
CREATE INDEX IF NOT EXISTS sources_by_digest ON sources (digest);
CREATE TABLE IF NOT EXISTS passages (
    id TEXT PRIMARY KEY, source_id TEXT NOT NULL, ordinal INTEGER NOT NULL,
    edition TEXT NOT NULL, section_number INTEGER NOT NULL, text TEXT NOT NULL, about TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_by_source ON passages (source_id, ordinal);
CREATE INDEX IF NOT EXISTS passages_by_edition ON passages (edition, section_number);
CREATE TABLE IF NOT EXISTS passages_anew AS SELECT * FROM passages WHERE 0;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_IDS_PER_QUERY = 500  # SQLite takes a limited number of parameters


class UnreadableManifest(HuwenError):
    """The library's manifest cannot be opened; without it nothing can be read."""


class Manifest:
    """The sources and passages of a library.

    Every change is one transaction and increases the number `generation`, so that readers in other processes notice it.

    A changed source has two rows until its indexing is finished: the old one (ready) and the new one (not ready).

    Raises:
        UnreadableManifest: the file is damaged, or its folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()  # each thread needs its own connection
        try:
            with self._transaction() as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise UnreadableManifest(
                f"{path}: the library's record cannot be opened ({error}); "
                "make its folder writable, put a copy back, or set HUWEN_HOME to another folder") from None

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on this thread's connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = sqlite3.connect(self._path, timeout=30)
        with db:
            yield db

    def begin_source(self, source: Source, location: str, digest: str, document: Document) -> None:
        """Record a source before it is indexed, with all data needed to finish the indexing if the process dies.

        The old version stays readable until `finish_sources`.
        """
        time_added = datetime.now(UTC).isoformat(timespec="seconds")
        about = json.dumps(
            {"source": source.__dict__, "metadata": document.metadata, "came": time_added}, ensure_ascii=False)
        row = (source.id, location, digest, document.page_content, about)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, 0, ?, ?)", row)

    def finish_sources(self, indexed: Mapping[str, Sequence[Document]], **numbers: int) -> None:
        """Finish sources that are in both indexes: the passages replace the old ones; `numbers` as in `save_state`."""
        with self._transaction() as db:
            for source_id, passages in indexed.items():
                db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
                db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", _passage_rows(source_id, passages))
                db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE id = ? AND ready = 0", (source_id,))
            _save_state(db, numbers)
            _bump_generation(db)

    def stage_passages(self, indexed: Mapping[str, Sequence[Document]] | None) -> None:
        """Store passages next to the current ones, for `swap_passages`; None: delete those of an earlier attempt."""
        with self._transaction() as db:
            if indexed is None:
                db.execute("DELETE FROM passages_anew")
            for source_id, passages in (indexed or {}).items():
                rows = _passage_rows(source_id, passages)
                db.executemany("INSERT INTO passages_anew VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def swap_passages(self, **numbers: int) -> None:
        """Replace all passages with the staged ones; `numbers` as in `save_state`."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages")
            db.execute("INSERT INTO passages SELECT * FROM passages_anew")
            db.execute("DELETE FROM passages_anew")
            db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE ready = 0")
            _save_state(db, numbers)
            _bump_generation(db)

    def source_tags(self, source_id: str) -> tuple[str, ...]:
        """The tags of a source; none for an unknown source."""
        query = "SELECT about, digest FROM sources WHERE id = ? ORDER BY ready DESC"
        with self._transaction() as db:
            row = db.execute(query, (source_id,)).fetchone()
        return _parse_source(*row).tags if row else ()

    def set_tags(self, source_id: str, tags: Sequence[str]) -> None:
        """Replace the tags of a source."""
        with self._transaction() as db:
            rows = db.execute("SELECT ready, about FROM sources WHERE id = ?", (source_id,)).fetchall()
            for ready, about_json in rows:
                about = json.loads(about_json)
                about["source"]["tags"] = [*tags]
                db.execute("UPDATE sources SET about = ? WHERE id = ? AND ready = ?",
                           (json.dumps(about, ensure_ascii=False), source_id, ready))
            _bump_generation(db)

    def remove(self, source_id: str) -> None:
        """Remove a source and its passages."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
            _bump_generation(db)

    def sources(self) -> list[Source]:
        """All finished sources, Chinese ones first, by title, with their numbers of passages."""
        return [source for source, _ in self.dated_sources()]

    def dated_sources(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time when it was last added (ISO 8601, UTC); empty if an old version added it."""
        passage_count = "(SELECT count(*) FROM passages WHERE source_id = sources.id)"
        with self._transaction() as db:
            rows = db.execute(f"SELECT about, digest, {passage_count} FROM sources WHERE ready = 1").fetchall()
        dated = [
            (replace(_parse_source(about, digest), passages=count), str(json.loads(about).get("came", "")))
            for about, digest, count in rows]
        return sorted(dated, key=lambda pair: (pair[0].language != "zh", pair[0].title))

    def languages(self) -> list[Language]:
        """The languages of the finished sources, in alphabetical order."""
        query = ("SELECT DISTINCT json_extract(about, '$.source.language') AS language FROM sources "
                 "WHERE ready = 1 ORDER BY language")
        with self._transaction() as db:
            return [row[0] for row in db.execute(query)]

    def unfinished_ids(self) -> list[str]:
        """Ids of the sources whose indexing was interrupted."""
        with self._transaction() as db:
            return [row[0] for row in db.execute("SELECT id FROM sources WHERE ready = 0 ORDER BY id")]

    def source_ids(self) -> list[str]:
        """Ids of all sources, unfinished ones included."""
        with self._transaction() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT id FROM sources ORDER BY id")]

    def find_by_digest(self, digest: str) -> tuple[str, str] | None:
        """Id and location of a finished source with this content, if there is one."""
        with self._transaction() as db:
            row = db.execute("SELECT id, place FROM sources WHERE digest = ? AND ready = 1", (digest,)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def read_source(self, source_id: str, *, pending: bool = False) -> tuple[Source, Document]:
        """A source and its clean document, as readers see it; `pending`: the unfinished version, if there is one.

        Raises:
            KeyError: there is no such source.
        """
        order = "ASC" if pending else "DESC"
        with self._transaction() as db:
            row = db.execute(
                f"SELECT about, digest, text FROM sources WHERE id = ? ORDER BY ready {order}", (source_id,)).fetchone()
        if row is None:
            raise KeyError(source_id)
        return _parse_source(*row[:2]), Document(row[2], metadata=json.loads(row[0])["metadata"])

    def passages(self, ids: Iterable[str]) -> dict[str, Document]:
        """The passages with these ids, by id; unknown ids are left out."""
        all_ids, found = list(ids), {}
        with self._transaction() as db:
            for start in range(0, len(all_ids), _IDS_PER_QUERY):
                group = all_ids[start : start + _IDS_PER_QUERY]
                placeholders = ",".join("?" * len(group))
                for row in db.execute(f"SELECT id, text, about FROM passages WHERE id IN ({placeholders})", group):
                    found[row[0]] = _parse_passage(*row)
        return found

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        query = "SELECT id, text, about FROM passages WHERE source_id = ? ORDER BY ordinal"
        with self._transaction() as db:
            rows = db.execute(query, (source_id,)).fetchall()
        return [_parse_passage(*row) for row in rows]

    def text_lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """The length of the clean text of each of these sources, in characters, by source id."""
        placeholders = ",".join("?" * len(ids))
        query = f"SELECT id, length(text) FROM sources WHERE ready = 1 AND id IN ({placeholders})"
        with self._transaction() as db:
            return dict(db.execute(query, ids).fetchall())

    def edition_passages(self, edition: str, section_number: int) -> list[Document]:
        """The passages of one section in every edition of a work, in reading order."""
        query = ("SELECT id, text, about FROM passages "
                 "WHERE edition = ? AND section_number = ? ORDER BY source_id, ordinal")
        with self._transaction() as db:
            rows = db.execute(query, (edition, section_number)).fetchall()
        return [_parse_passage(*row) for row in rows]

    def passage_ids(self) -> set[str]:
        """The ids of all passages."""
        with self._transaction() as db:
            return {row[0] for row in db.execute("SELECT id FROM passages")}

    def library_number(self) -> int:
        """A number that no other library has, created at the first call."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO state VALUES ('number', ?)", (secrets.randbits(62),))
        return self.read_state("number")

    def read_state(self, name: str) -> int:
        """The number stored under a name; 0 if there is none."""
        with self._transaction() as db:
            row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def save_state(self, **numbers: int) -> None:
        """Store numbers under their names in one transaction, and increase `generation`."""
        with self._transaction() as db:
            _save_state(db, numbers)
            _bump_generation(db)


def _passage_rows(source_id: str, passages: Sequence[Document]) -> Iterator[tuple[object, ...]]:
    for ordinal, passage in enumerate(passages):
        about = passage.metadata
        yield (passage.id, source_id, ordinal, about.get("edition_of", ""), about.get("section_number", 0),
               passage.page_content, json.dumps(about, ensure_ascii=False))


def _parse_passage(id: str, text: str, about: str) -> Document:
    return Document(text, id=id, metadata=json.loads(about))


def _parse_source(about: str, digest: str) -> Source:
    """A source from its row, which a version without tags may have written; the digest has its own column."""
    fields = json.loads(about)["source"]
    return Source(**{**fields, "tags": tuple(fields.get("tags", ())), "digest": digest})


def _save_state(db: sqlite3.Connection, numbers: Mapping[str, int]) -> None:
    db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", numbers.items())


def _bump_generation(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO state VALUES ('generation', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")

"""The library's own record, in SQLite: sources with their clean text, and passages; both indexes can be made from it."""

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
_IDS_PER_QUERY = 500  # SQLite takes a bounded number of parameters


class UnreadableManifest(HuwenError):
    """The library's record cannot be opened, and nothing without it."""


class Manifest:
    """What the library holds. Every change is one transaction, and bumps the state `generation` for readers elsewhere.

    A source that replaces itself has two rows until it is finished: as it was (ready) and as it comes in (not ready).

    Raises:
        UnreadableManifest: the file is damaged, or its folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()  # a connection may not cross threads
        try:
            with self._transaction() as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise UnreadableManifest(f"{path}: the library's record cannot be opened ({error}); "
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
        """Note that a source is coming in, with all that is needed to finish it should the process die.

        As it was, it stays readable until `finish`.
        """
        came = datetime.now(UTC).isoformat(timespec="seconds")
        about = json.dumps({"source": source.__dict__, "metadata": document.metadata, "came": came}, ensure_ascii=False)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, 0, ?, ?)",
                       (source.id, location, digest, document.page_content, about))

    def finish_sources(self, indexed: Mapping[str, Sequence[Document]], **numbers: int) -> None:
        """These sources are in both indexes: their passages replace the former ones, and numbers are kept as by `note`."""
        with self._transaction() as db:
            for source_id, passages in indexed.items():
                db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
                db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", _passage_rows(source_id, passages))
                db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE id = ? AND ready = 0", (source_id,))
            _save_state(db, numbers)
            _bump_generation(db)

    def stage_passages(self, indexed: Mapping[str, Sequence[Document]] | None) -> None:
        """Lay passages beside the present ones, for `change_over`; None: clear what an earlier attempt left there."""
        with self._transaction() as db:
            if indexed is None:
                db.execute("DELETE FROM passages_anew")
            for source_id, passages in (indexed or {}).items():
                db.executemany("INSERT INTO passages_anew VALUES (?, ?, ?, ?, ?, ?, ?)", _passage_rows(source_id, passages))

    def swap_passages(self, **numbers: int) -> None:
        """All passages are those that were laid beside them, and numbers are kept as by `note`."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages")
            db.execute("INSERT INTO passages SELECT * FROM passages_anew")
            db.execute("DELETE FROM passages_anew")
            db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE ready = 0")
            _save_state(db, numbers)
            _bump_generation(db)

    def source_tags(self, source_id: str) -> tuple[str, ...]:
        """The tags of a source; none of one that is not in."""
        with self._transaction() as db:
            row = db.execute("SELECT about, digest FROM sources WHERE id = ? ORDER BY ready DESC", (source_id,)).fetchone()
        return _parse_source(*row).tags if row else ()

    def set_tags(self, source_id: str, tags: Sequence[str]) -> None:
        """Give a source these tags, in place of those that it had."""
        with self._transaction() as db:
            for ready, told in db.execute("SELECT ready, about FROM sources WHERE id = ?", (source_id,)).fetchall():
                about = json.loads(told)
                about["source"]["tags"] = [*tags]
                kept = json.dumps(about, ensure_ascii=False)
                db.execute("UPDATE sources SET about = ? WHERE id = ? AND ready = ?", (kept, source_id, ready))
            _bump_generation(db)

    def remove(self, source_id: str) -> None:
        """Forget a source and its passages."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
            _bump_generation(db)

    def sources(self) -> list[Source]:
        """The sources that are in, by title, with the number of their passages."""
        return [source for source, _ in self.dated_sources()]

    def dated_sources(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time at which it last came in: ISO 8601 in UTC, empty where it was not noted yet."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT about, digest, (SELECT count(*) FROM passages WHERE source_id = sources.id) FROM sources WHERE ready = 1"
            ).fetchall()
        listed = [(replace(_parse_source(about, digest), passages=count), str(json.loads(about).get("came", "")))
                  for about, digest, count in rows]
        return sorted(listed, key=lambda held: (held[0].language != "zh", held[0].title))

    def languages(self) -> list[Language]:
        """The languages of the sources that are in, in order."""
        with self._transaction() as db:
            return [row[0] for row in db.execute(
                "SELECT DISTINCT json_extract(about, '$.source.language') AS language FROM sources WHERE ready = 1 ORDER BY language")]

    def unfinished_ids(self) -> list[str]:
        """Ids of the sources whose coming in was cut off."""
        with self._transaction() as db:
            return [row[0] for row in db.execute("SELECT id FROM sources WHERE ready = 0 ORDER BY id")]

    def source_ids(self) -> list[str]:
        """Ids of all sources, those that are not finished too."""
        with self._transaction() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT id FROM sources ORDER BY id")]

    def find_by_digest(self, digest: str) -> tuple[str, str] | None:
        """Id and place of a finished source with this content, if there is one."""
        with self._transaction() as db:
            row = db.execute("SELECT id, place FROM sources WHERE digest = ? AND ready = 1", (digest,)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def read_source(self, source_id: str, *, pending: bool = False) -> tuple[Source, Document]:
        """A source and its clean document, as readers see it; `coming`: as it will be once it is finished.

        Raises:
            KeyError: there is no such source.
        """
        with self._transaction() as db:
            row = db.execute(f"SELECT about, digest, text FROM sources WHERE id = ? ORDER BY ready {'ASC' if pending else 'DESC'}",
                             (source_id,)).fetchone()
        if row is None:
            raise KeyError(source_id)
        return _parse_source(*row[:2]), Document(row[2], metadata=json.loads(row[0])["metadata"])

    def passages(self, ids: Iterable[str]) -> dict[str, Document]:
        """The passages of these ids, as far as they are in."""
        wanted, out = list(ids), {}
        with self._transaction() as db:
            for at in range(0, len(wanted), _IDS_PER_QUERY):
                some = wanted[at : at + _IDS_PER_QUERY]
                marks = ",".join("?" * len(some))
                for row in db.execute(f"SELECT id, text, about FROM passages WHERE id IN ({marks})", some):
                    out[row[0]] = Document(row[1], id=row[0], metadata=json.loads(row[2]))
        return out

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        with self._transaction() as db:
            rows = db.execute("SELECT id, text, about FROM passages WHERE source_id = ? ORDER BY ordinal", (source_id,)).fetchall()
        return [Document(text, id=id, metadata=json.loads(about)) for id, text, about in rows]

    def text_lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """Characters of the clean text of some sources, by their ids."""
        marks = ",".join("?" * len(ids))
        with self._transaction() as db:
            return dict(db.execute(f"SELECT id, length(text) FROM sources WHERE ready = 1 AND id IN ({marks})", ids).fetchall())

    def edition_passages(self, edition: str, section_number: int) -> list[Document]:
        """The passages of one section in every edition of a work, in reading order."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT id, text, about FROM passages WHERE edition = ? AND section_number = ? ORDER BY source_id, ordinal",
                (edition, section_number)).fetchall()
        return [Document(text, id=id, metadata=json.loads(about)) for id, text, about in rows]

    def passage_ids(self) -> set[str]:
        """The ids of all passages."""
        with self._transaction() as db:
            return {row[0] for row in db.execute("SELECT id FROM passages")}

    def library_number(self) -> int:
        """A number that no other library has, made when it is first asked for."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO state VALUES ('number', ?)", (secrets.randbits(62),))
        return self.read_state("number")

    def read_state(self, name: str) -> int:
        """A number kept under a name; 0 where none was."""
        with self._transaction() as db:
            row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def save_state(self, **numbers: int) -> None:
        """Keep numbers under their names, all at once, and tell readers elsewhere."""
        with self._transaction() as db:
            _save_state(db, numbers)
            _bump_generation(db)


def _passage_rows(source_id: str, passages: Sequence[Document]) -> Iterator[tuple[object, ...]]:
    for ordinal, p in enumerate(passages):
        yield (p.id, source_id, ordinal, p.metadata.get("edition_of", ""), p.metadata.get("section_number", 0), p.page_content,
               json.dumps(p.metadata, ensure_ascii=False))


def _parse_source(about: str, digest: str) -> Source:
    """A source as it was written down, perhaps before there were tags; its digest is the row's."""
    kept = json.loads(about)["source"]
    return Source(**{**kept, "tags": tuple(kept.get("tags", ())), "digest": digest})


def _save_state(db: sqlite3.Connection, numbers: Mapping[str, int]) -> None:
    db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", numbers.items())


def _bump_generation(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO state VALUES ('generation', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")

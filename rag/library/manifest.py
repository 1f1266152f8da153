"""The library's own record, in SQLite: sources with their clean text, and passages; both indexes can be made from it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from langchain_core.documents import Document

from rag.schema import HuwenError, Source

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
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
_IDS_A_QUERY = 500  # SQLite takes a bounded number of parameters


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
            with self._connection() as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise UnreadableManifest(f"{path}: the library's record cannot be opened ({error}); "
                                     "make its folder writable, put a copy back, or set HUWEN_HOME to another folder") from None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on this thread's connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = sqlite3.connect(self._path, timeout=30)
        with db:
            yield db

    def begin(self, source: Source, place: str, digest: str, document: Document) -> None:
        """Note that a source is coming in, with all that is needed to finish it should the process die.

        As it was, it stays readable until `finish`.
        """
        about = json.dumps({"source": source.__dict__, "metadata": document.metadata}, ensure_ascii=False)
        with self._connection() as db:
            db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, 0, ?, ?)",
                       (source.id, place, digest, document.page_content, about))

    def finish(self, indexed: Mapping[str, Sequence[Document]], **numbers: int) -> None:
        """These sources are in both indexes: their passages replace the former ones, and numbers are kept as by `note`."""
        with self._connection() as db:
            for source_id, passages in indexed.items():
                rows = [(p.id, source_id, n, p.metadata.get("edition_of", ""), p.metadata.get("section_number", 0), p.page_content,
                         json.dumps(p.metadata, ensure_ascii=False)) for n, p in enumerate(passages)]
                db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
                db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE id = ? AND ready = 0", (source_id,))
            _keep(db, numbers)
            _bump(db)

    def remove(self, source_id: str) -> None:
        """Forget a source and its passages."""
        with self._connection() as db:
            db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
            _bump(db)

    def sources(self) -> list[Source]:
        """The sources that are in, by title, with the number of their passages."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT about, (SELECT count(*) FROM passages WHERE source_id = sources.id) FROM sources WHERE ready = 1"
            ).fetchall()
        listed = [Source(**{**json.loads(about)["source"], "passages": count}) for about, count in rows]
        return sorted(listed, key=lambda source: (source.language != "zh", source.title))

    def unfinished(self) -> list[str]:
        """Ids of the sources whose coming in was cut off."""
        with self._connection() as db:
            return [row[0] for row in db.execute("SELECT id FROM sources WHERE ready = 0 ORDER BY id")]

    def known(self) -> list[str]:
        """Ids of all sources, those that are not finished too."""
        with self._connection() as db:
            return [row[0] for row in db.execute("SELECT DISTINCT id FROM sources ORDER BY id")]

    def holds(self, digest: str) -> tuple[str, str] | None:
        """Id and place of a finished source with this content, if there is one."""
        with self._connection() as db:
            row = db.execute("SELECT id, place FROM sources WHERE digest = ? AND ready = 1", (digest,)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def source(self, source_id: str, *, coming: bool = False) -> tuple[Source, Document]:
        """A source and its clean document, as readers see it; `coming`: as it will be once it is finished.

        Raises:
            KeyError: there is no such source.
        """
        with self._connection() as db:
            row = db.execute(
                f"SELECT text, about FROM sources WHERE id = ? ORDER BY ready {'ASC' if coming else 'DESC'}", (source_id,)).fetchone()
        if row is None:
            raise KeyError(source_id)
        about = json.loads(row[1])
        return Source(**about["source"]), Document(row[0], metadata=about["metadata"])

    def passages(self, ids: Iterable[str]) -> dict[str, Document]:
        """The passages of these ids, as far as they are in."""
        wanted, out = list(ids), {}
        with self._connection() as db:
            for at in range(0, len(wanted), _IDS_A_QUERY):
                some = wanted[at : at + _IDS_A_QUERY]
                marks = ",".join("?" * len(some))
                for row in db.execute(f"SELECT id, text, about FROM passages WHERE id IN ({marks})", some):
                    out[row[0]] = Document(row[1], id=row[0], metadata=json.loads(row[2]))
        return out

    def counterparts(self, edition: str, section_number: int) -> list[Document]:
        """The passages of one section in every edition of a work, in reading order."""
        with self._connection() as db:
            rows = db.execute(
                "SELECT id, text, about FROM passages WHERE edition = ? AND section_number = ? ORDER BY source_id, ordinal",
                (edition, section_number)).fetchall()
        return [Document(text, id=id, metadata=json.loads(about)) for id, text, about in rows]

    def passage_ids(self) -> set[str]:
        """The ids of all passages."""
        with self._connection() as db:
            return {row[0] for row in db.execute("SELECT id FROM passages")}

    def state(self, name: str) -> int:
        """A number kept under a name; 0 where none was."""
        with self._connection() as db:
            row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def note(self, **numbers: int) -> None:
        """Keep numbers under their names, all at once, and tell readers elsewhere."""
        with self._connection() as db:
            _keep(db, numbers)
            _bump(db)


def _keep(db: sqlite3.Connection, numbers: Mapping[str, int]) -> None:
    db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", numbers.items())


def _bump(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO state VALUES ('generation', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")

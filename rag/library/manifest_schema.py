"""Schema of the manifest: its version number, the migrations to it, and the refusal of files that cannot be used.

The number is SQLite's own `user_version`. Version 0: all libraries before 0.6, in the layouts that they had; 1: the
addresses of passages (`article 12`), and sources with their blocks, original, reader and omissions; 2: which sources
have their vectors; 3: the log of changes, watched folders with their files, and web addresses; 4: what text
recognition read of the sources; 5: versions of documents, and sources that are nearly alike; 6: the
ledger of figures; 7: removals that are still to be made in the indexes.

Opening looks at the header and the names of the tables only, because `PRAGMA quick_check` reads the whole file. SQLite
itself repairs what a killed process left; damage by anything else is reported when the damaged page is read, and by
`huwen doctor`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from rag.library.originals import has_originals
from rag.schema import HuwenError

_UNVERSIONED_TABLES = (
    """CREATE TABLE IF NOT EXISTS sources (
        id TEXT NOT NULL, place TEXT NOT NULL, digest TEXT NOT NULL, ready INTEGER NOT NULL,
        text TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY (id, ready))""",
    "CREATE INDEX IF NOT EXISTS sources_by_digest ON sources (digest)",
    """CREATE TABLE IF NOT EXISTS passages (
        id TEXT PRIMARY KEY, source_id TEXT NOT NULL, ordinal INTEGER NOT NULL,
        edition TEXT NOT NULL, section_number INTEGER NOT NULL, text TEXT NOT NULL, about TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS passages_by_source ON passages (source_id, ordinal)",
    "CREATE INDEX IF NOT EXISTS passages_by_edition ON passages (edition, section_number)",
    "CREATE TABLE IF NOT EXISTS passages_anew AS SELECT * FROM passages WHERE 0",
    "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
)
_ADDRESS_TABLES = (
    """CREATE TABLE IF NOT EXISTS addresses (
        address TEXT NOT NULL, source_id TEXT NOT NULL, passage_id TEXT NOT NULL, ordinal INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS addresses_by_address ON addresses (address, source_id, ordinal)",
    "CREATE INDEX IF NOT EXISTS addresses_by_source ON addresses (source_id, ordinal)",
)
_FOLLOWING_TABLES = (
    "CREATE INDEX IF NOT EXISTS sources_by_place ON sources (place)",
    """CREATE TABLE IF NOT EXISTS changes (
        number INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, source_id TEXT NOT NULL,
        name TEXT NOT NULL, title TEXT NOT NULL, place TEXT NOT NULL, earlier TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS changes_by_time ON changes (time)",
    """CREATE TABLE IF NOT EXISTS watches (
        folder TEXT PRIMARY KEY, tags TEXT NOT NULL, device INTEGER NOT NULL DEFAULT 0,
        mounts TEXT NOT NULL DEFAULT '[]', checked TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS watched_files (
        folder TEXT NOT NULL, path TEXT NOT NULL, source_id TEXT NOT NULL, owned INTEGER NOT NULL,
        size INTEGER NOT NULL, modified INTEGER NOT NULL, inode INTEGER NOT NULL, changed INTEGER NOT NULL,
        problem TEXT NOT NULL DEFAULT '', PRIMARY KEY (folder, path))""",
    "CREATE INDEX IF NOT EXISTS watched_files_by_source ON watched_files (source_id)",
    """CREATE TABLE IF NOT EXISTS web_addresses (
        url TEXT PRIMARY KEY, source_id TEXT NOT NULL, etag TEXT NOT NULL DEFAULT '',
        modified TEXT NOT NULL DEFAULT '', checked TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '')""",
)
_VERSION_TABLES = (
    """CREATE TABLE versions (
        source_id TEXT PRIMARY KEY, language TEXT NOT NULL, stated TEXT NOT NULL, text_digest TEXT NOT NULL,
        wording BLOB NOT NULL, content BLOB NOT NULL)""",
    "CREATE TABLE version_keys (key TEXT NOT NULL, source_id TEXT NOT NULL)",
    "CREATE INDEX version_keys_by_key ON version_keys (key)",
    "CREATE INDEX version_keys_by_source ON version_keys (source_id)",
    """CREATE TABLE relations (
        source_id TEXT NOT NULL, other_id TEXT NOT NULL, relation TEXT NOT NULL, PRIMARY KEY (source_id, other_id))""",
    "CREATE INDEX relations_by_other ON relations (other_id)",
)
_FIGURE_TABLES = (
    """CREATE TABLE IF NOT EXISTS figures (
        id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, passage_id TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL, part_start INTEGER NOT NULL, part_stop INTEGER NOT NULL,
        text TEXT NOT NULL, number TEXT NOT NULL, family TEXT NOT NULL, exactness TEXT NOT NULL, step TEXT NOT NULL,
        unit TEXT NOT NULL, kind TEXT NOT NULL, year TEXT NOT NULL, year_source TEXT NOT NULL, period TEXT NOT NULL,
        subject TEXT NOT NULL, scope TEXT NOT NULL, terms TEXT NOT NULL, words TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS figures_by_source ON figures (source_id, start)",
    "CREATE INDEX IF NOT EXISTS figures_by_year ON figures (year, kind)",
    "CREATE TABLE IF NOT EXISTS figure_versions (source_id TEXT PRIMARY KEY, version INTEGER NOT NULL)",
)
_REMOVAL_TABLE = """CREATE TABLE IF NOT EXISTS removals (
    number INTEGER PRIMARY KEY, source_id TEXT NOT NULL, original TEXT NOT NULL)"""
_TABLES = {"sources", "passages", "passages_anew", "state", "addresses"}


class UnreadableManifest(HuwenError):
    """The library's manifest cannot be used as it is; without it nothing can be read."""


class DamagedManifest(UnreadableManifest):
    """The manifest is damaged or lost: only a backup, or reading the documents again, brings it back."""


class NewerManifest(UnreadableManifest):
    """A later version of Huwen has written the library."""


def prepare_manifest(path: Path) -> None:
    """Create the manifest, or migrate it to the present version; each migration is one transaction.

    Raises:
        DamagedManifest: it is not a whole manifest, or it is missing while the folder has indexes.
        NewerManifest: a later version of Huwen has written it.
        UnreadableManifest: it needs a migration, and its folder cannot be written.
    """
    if not path.is_file() or path.stat().st_size == 0:
        _refuse_beside_indexes(path, "is empty" if path.is_file() else "is missing")
    with manifest_errors(path), closing(connect_manifest(path)) as db:
        db.isolation_level = None  # transactions begin only where a migration begins one
        version, tables = _read_version(db), _table_names(db)
        if version > VERSION:
            raise NewerManifest(
                f"{path}: a newer version of Huwen has written this library (its manifest has version {version}, "
                f"this Huwen knows {VERSION}); update Huwen, or set HUWEN_HOME to another folder")
        if version and (missing := sorted(_TABLES - tables)):
            raise damaged_manifest(path, f"it has no table {missing[0]}")
        if not version and not tables:
            _refuse_beside_indexes(path, "has no tables")
        if is_writable(path):
            db.execute("PRAGMA journal_mode=WAL")
            _migrate(db)
        elif version < VERSION:
            raise UnreadableManifest(
                f"{path}: an earlier version of Huwen has written this library, and it cannot be brought up to date "
                "because its folder cannot be written; make it writable once, or copy it to a folder that is")


def connect_manifest(path: Path) -> sqlite3.Connection:
    """A connection to the manifest: for reading only if its folder cannot be written.

    SQLite needs a shared-memory file beside a manifest in WAL mode. Where it cannot make one, and there is no WAL that
    another process may be writing, the file is read as one that does not change.
    """
    if is_writable(path):
        return sqlite3.connect(path, timeout=30)
    mode = "mode=ro" if _has_wal(path) else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=30)


def file_state(path: Path) -> tuple[int, bool]:
    """What changes when another process writes the manifest: the time of its last change, and whether it has a WAL."""
    return path.stat().st_mtime_ns, _has_wal(path)


def is_writable(path: Path) -> bool:
    """True if this process may write the manifest, and the files that SQLite makes beside it."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def quick_check(db: sqlite3.Connection) -> str:
    """What SQLite's own check finds wrong in the whole file; empty if it is sound. The time is linear in its size."""
    finding = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    return "" if finding == "ok" else " ".join(finding.split())


@contextmanager
def manifest_errors(path: Path) -> Iterator[None]:
    """Raise UnreadableManifest instead of SQLite's errors on files, and of those of damaged JSON in a row."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # text that is not UTF-8 has no code
        if code not in _REMEDIES:
            raise damaged_manifest(path, str(error)) from None
        raise UnreadableManifest(
            f"{path}: the library's manifest cannot be used now ({error}); {_REMEDIES[code]}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise damaged_manifest(path, str(error)) from None


_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; try again when it is done",
    sqlite3.SQLITE_LOCKED: "another process is writing to it; try again when it is done",
    sqlite3.SQLITE_FULL: "the disk is full; make room and do it again",
    sqlite3.SQLITE_READONLY: "make its folder writable, or set HUWEN_HOME to another folder",
    sqlite3.SQLITE_CANTOPEN: "make its folder writable, or set HUWEN_HOME to another folder",
    sqlite3.SQLITE_PERM: "make its folder writable, or set HUWEN_HOME to another folder",
    sqlite3.SQLITE_IOERR: "check the disk and the permissions of its folder",
}


def damaged_manifest(path: Path, reason: str) -> DamagedManifest:
    """The error on a damaged manifest, with every way out that there is."""
    ways = "restore it from a backup, or add the documents again to a new folder (HUWEN_HOME)"
    if has_originals(path.parent):
        ways = ("restore it from a backup, or run `huwen rebuild --read`, which reads the kept originals of the "
                "documents again, or add the documents again to a new folder (HUWEN_HOME)")
    return DamagedManifest(f"{path}: the library's manifest is damaged ({reason}); {ways}")


def _refuse_beside_indexes(path: Path, state: str) -> None:
    """Raise an error if the folder has indexes: then the manifest is lost, and the library is not a new one."""
    if any(path.parent.glob("index-*")):
        raise damaged_manifest(path, f"it {state}, but the indexes made from it are there")


def _has_wal(path: Path) -> bool:
    wal = path.with_name(f"{path.name}-wal")
    return wal.is_file() and wal.stat().st_size > 0


def _read_version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _table_names(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _migrate(db: sqlite3.Connection) -> None:
    """Run the migrations that are still to be run; another process may run them at the same time."""
    while _read_version(db) < VERSION:
        with db:
            db.execute("BEGIN IMMEDIATE")
            version = _read_version(db)
            if version < VERSION:
                _MIGRATIONS[version](db)
                db.execute(f"PRAGMA user_version = {version + 1}")


def _migrate_to_1(db: sqlite3.Connection) -> None:
    """Add addresses and blocks; before that, complete the tables of an old library, or make those of a new one.

    Until 0.2 a source could have one row only; the key of its table is changed by copying it.
    """
    if _key_columns(db, "sources") == ["id"]:
        db.execute("DROP INDEX IF EXISTS sources_by_digest")
        db.execute("ALTER TABLE sources RENAME TO sources_by_id")
        db.execute(_UNVERSIONED_TABLES[0])
        db.execute("INSERT INTO sources SELECT id, place, digest, ready, text, about FROM sources_by_id")
        db.execute("DROP TABLE sources_by_id")
    for statement in (*_UNVERSIONED_TABLES, *_ADDRESS_TABLES):
        db.execute(statement)
    # apart from `about`, which every list of the sources reads
    db.execute("ALTER TABLE sources ADD COLUMN blocks TEXT NOT NULL DEFAULT ''")


def _migrate_to_2(db: sqlite3.Connection) -> None:
    """Record which sources have the vectors of all their passages; until then they were made with the words."""
    db.execute("ALTER TABLE sources ADD COLUMN vectors INTEGER NOT NULL DEFAULT 1")


def _migrate_to_3(db: sqlite3.Connection) -> None:
    """Add the log of changes, watched folders and web addresses; the log begins with the times of adding."""
    for statement in _FOLLOWING_TABLES:
        db.execute(statement)
    db.execute("""
        INSERT INTO changes (time, kind, source_id, name, title, place)
        SELECT json_extract(about, '$.came'), 'added', id, json_extract(about, '$.source.name'),
            json_extract(about, '$.source.title'), place
        FROM sources WHERE ready = 1 AND json_extract(about, '$.came') <> '' ORDER BY 1""")


def _migrate_to_4(db: sqlite3.Connection) -> None:
    """Keep what text recognition read of each source: the places of its lines, and what it doubts."""
    db.execute("ALTER TABLE sources ADD COLUMN recognition TEXT NOT NULL DEFAULT ''")


def _migrate_to_5(db: sqlite3.Connection) -> None:
    """Add the versions of documents; those of present sources are recorded by the next writer."""
    for statement in _VERSION_TABLES:
        db.execute(statement)


def _migrate_to_6(db: sqlite3.Connection) -> None:
    """Add the ledger of figures, which the next writer fills."""
    for statement in _FIGURE_TABLES:
        db.execute(statement)


def _migrate_to_7(db: sqlite3.Connection) -> None:
    """Record what is removed until it is gone from the indexes and the originals, too."""
    db.execute(_REMOVAL_TABLE)


def _key_columns(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table's primary key; none if there is no such table."""
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5]]


# the migration to version 1, to version 2, and so on; one that has been released is never changed
_MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _migrate_to_1, _migrate_to_2, _migrate_to_3, _migrate_to_4, _migrate_to_5, _migrate_to_6, _migrate_to_7)
VERSION = len(_MIGRATIONS)

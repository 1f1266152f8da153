"""Follow records: the tables of the manifest with watched folders, their files, and web addresses.

They say what a folder and an address were like when they were last looked at, so that a restart notices what changed
meanwhile. They change no answer, so that `generation` stays.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from rag.schema import Language

Sentences = dict[Language, str]  # one sentence in each language; empty if there is nothing to say
_Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]
_FILE_COLUMNS = "path, source_id, owned, size, modified, inode, changed, problem"


@dataclass(frozen=True)
class FileSignature:
    """By what a changed file is noticed without reading it: times in nanoseconds, size in bytes, its number on disk.

    `changed` is the time of the last change of its permissions or name, `modified` that of its content.
    """

    size: int
    modified: int
    inode: int
    changed: int = 0

    def is_same_content(self, other: FileSignature) -> bool:
        """True if nothing suggests that the content has changed."""
        return (self.size, self.modified, self.inode) == (other.size, other.modified, other.inode)


@dataclass(frozen=True)
class WatchedFile:
    """A file of a watched folder, as it was when it was last read.

    `is_owned`: its source came into the library by the watch, and leaves it with the file. `source_id` is empty for a
    file that has not been read, or could not be; then `problem` says why.
    """

    path: str  # inside the folder, with /
    source_id: str
    is_owned: bool
    signature: FileSignature
    problem: Sentences = field(default_factory=dict)


@dataclass(frozen=True)
class WatchedFolder:
    """A watched folder; `device` and `mounts` are the disks that were there when it was last looked at."""

    folder: str
    tags: tuple[str, ...] = ()
    device: int = 0
    mounts: tuple[str, ...] = ()
    checked: str = ""  # when it was last looked at, ISO 8601 in UTC
    problem: Sentences = field(default_factory=dict)


@dataclass(frozen=True)
class WebAddress:
    """A web address in the library, with what its server said at the last visit by which a change is noticed."""

    url: str
    source_id: str
    etag: str = ""
    modified: str = ""
    checked: str = ""
    problem: Sentences = field(default_factory=dict)


class FollowRecords:
    """The records in the manifest's file; each method is one transaction."""

    def __init__(self, transaction: _Transaction) -> None:
        self._transaction = transaction

    # watched folders

    def folders(self) -> list[WatchedFolder]:
        """All watched folders, by path."""
        query = "SELECT folder, tags, device, mounts, checked, problem FROM watches ORDER BY folder"
        with self._transaction() as db:
            return [
                WatchedFolder(folder, tuple(json.loads(tags)), device, tuple(json.loads(mounts)), checked,
                              _parse_sentences(problem))
                for folder, tags, device, mounts, checked, problem in db.execute(query)]

    def save_folder(self, watch: WatchedFolder) -> None:
        """Record a watched folder, or its present state."""
        row = (watch.folder, json.dumps(watch.tags, ensure_ascii=False), watch.device,
               json.dumps(watch.mounts, ensure_ascii=False), watch.checked, _format_sentences(watch.problem))
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?, ?)", row)

    def remove_folder(self, folder: str) -> None:
        """Watch a folder no longer; its sources stay, and what is known of its files too, for a later watch."""
        with self._transaction() as db:
            db.execute("DELETE FROM watches WHERE folder = ?", (folder,))

    # their files

    def files(self, folder: str) -> dict[str, WatchedFile]:
        """The known files of a folder by path."""
        with self._transaction() as db:
            rows = db.execute(f"SELECT {_FILE_COLUMNS} FROM watched_files WHERE folder = ?", (folder,))
            return {row[0]: _parse_file(row) for row in rows}

    def find_file(self, folder: str, path: str) -> WatchedFile | None:
        """The known file with this path; None for an unknown one."""
        with self._transaction() as db:
            row = db.execute(
                f"SELECT {_FILE_COLUMNS} FROM watched_files WHERE folder = ? AND path = ?", (folder, path)).fetchone()
        return _parse_file(row) if row else None

    def save_files(self, folder: str, files: Iterable[WatchedFile]) -> None:
        """Record files of a folder as they are now."""
        rows = [
            (folder, file.path, file.source_id, file.is_owned, file.signature.size, file.signature.modified,
             file.signature.inode, file.signature.changed, _format_sentences(file.problem)) for file in files]
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO watched_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def remove_files(self, folder: str, paths: Sequence[str]) -> None:
        """Forget files of a folder."""
        with self._transaction() as db:
            db.executemany("DELETE FROM watched_files WHERE folder = ? AND path = ?", [(folder, p) for p in paths])

    def files_of_source(self, source_id: str) -> list[tuple[str, WatchedFile]]:
        """The watched files with the content of a source, each after its folder."""
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT folder, {_FILE_COLUMNS} FROM watched_files WHERE source_id = ? "
                "AND folder IN (SELECT folder FROM watches) ORDER BY folder, path", (source_id,)).fetchall()
        return [(row[0], _parse_file(row[1:])) for row in rows]

    def count_files(self, folder: str) -> tuple[int, int]:
        """How many files of a folder are known, and how many of them could not be read at their last change."""
        with self._transaction() as db:
            known, faulty = db.execute(
                "SELECT count(*), coalesce(sum(problem <> ''), 0) FROM watched_files WHERE folder = ?",
                (folder,)).fetchone()
        return int(known), int(faulty)

    def faulty_files(self, folder: str, limit: int) -> list[WatchedFile]:
        """The files of a folder that could not be read at their last change, at most `limit`."""
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT {_FILE_COLUMNS} FROM watched_files WHERE folder = ? AND problem <> '' ORDER BY path LIMIT ?",
                (folder, limit))
            return [_parse_file(row) for row in rows]

    # web addresses

    def addresses(self) -> list[WebAddress]:
        """All web addresses that were added, by URL."""
        with self._transaction() as db:
            rows = db.execute("SELECT * FROM web_addresses ORDER BY url")
            return [_parse_address(row) for row in rows]

    def find_address(self, url: str) -> WebAddress | None:
        """What is known of an address; None for one that was never added."""
        with self._transaction() as db:
            row = db.execute("SELECT * FROM web_addresses WHERE url = ?", (url,)).fetchone()
        return _parse_address(row) if row else None

    def save_address(self, address: WebAddress) -> None:
        """Record an address as it is now."""
        row = (address.url, address.source_id, address.etag, address.modified, address.checked,
               _format_sentences(address.problem))
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO web_addresses VALUES (?, ?, ?, ?, ?, ?)", row)

    def remove_address(self, url: str) -> None:
        """Forget an address; its source stays in the library."""
        with self._transaction() as db:
            db.execute("DELETE FROM web_addresses WHERE url = ?", (url,))


def _parse_file(row: Sequence[object]) -> WatchedFile:
    path, source_id, owned, size, modified, inode, changed, problem = row
    signature = FileSignature(int(str(size)), int(str(modified)), int(str(inode)), int(str(changed)))
    return WatchedFile(str(path), str(source_id), bool(owned), signature, _parse_sentences(str(problem)))


def _parse_address(row: Sequence[object]) -> WebAddress:
    url, source_id, etag, modified, checked, problem = map(str, row)
    return WebAddress(url, source_id, etag, modified, checked, _parse_sentences(problem))


def _parse_sentences(stored: str) -> Sentences:
    sentences: Sentences = json.loads(stored) if stored else {}
    return sentences


def _format_sentences(sentences: Sentences) -> str:
    return json.dumps(sentences, ensure_ascii=False) if sentences else ""

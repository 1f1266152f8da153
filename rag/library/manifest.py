"""The manifest: the library's record in SQLite: sources with their clean text, and passages."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from rag.comparison.version_records import RelatedSource, VersionRecord
from rag.library.following.change_log import Change, log_finished, log_moved, log_removed, read_changes
from rag.library.lock import opening_lock
from rag.library.manifest_rows import (
    change_source,
    count_addresses,
    fill_addresses,
    find_addresses,
    find_passage_at,
    forget_entries,
    parse_passage,
    parse_source,
    passage_rows,
    sources_without_entries,
    split_ids,
)
from rag.library.manifest_schema import (
    UnreadableManifest,
    connect_manifest,
    damaged_manifest,
    file_state,
    is_writable,
    manifest_errors,
    prepare_manifest,
    quick_check,
)
from rag.library.removals import Removal, forget_removals, read_removals, record_removal
from rag.library.version_rows import (
    find_copy,
    ids_without_record,
    read_relatives,
    remove_record,
    save_record,
)
from rag.schema import HuwenError, Language, Source

if TYPE_CHECKING:  # the ledger needs the dictionary, which a list of the sources does not
    from rag.ledger.entry import LedgerEntry
    from rag.ledger.search import FigureFilter


class Manifest:
    """The sources and passages of a library.

    Every change is one transaction and increases the number `generation`, so that readers in other processes notice it.

    A changed source has two rows until its indexing is finished: the old one (ready) and the new one (not ready).

    Raises:
        DamagedManifest: the file is damaged, or missing while indexes are there; also from every method.
        NewerManifest: a later version of Huwen has written it.
        UnreadableManifest: its folder cannot be made, or it cannot be written and the manifest needs a migration.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()  # each thread needs its own connection
        path.parent.mkdir(parents=True, exist_ok=True)
        prepare_manifest(path)
        self._is_writable = is_writable(path)

    @property
    def can_write(self) -> bool:
        """True if the library's folder can be written."""
        return self._is_writable

    def require_writable(self) -> None:
        """Refuse a change that cannot be made.

        Raises:
            UnreadableManifest: the library's folder cannot be written.
        """
        if not self._is_writable:
            raise UnreadableManifest(
                f"{self._path.parent}: the library's folder cannot be written, so it can only be read; make it "
                "writable, or set HUWEN_HOME to another folder")

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on this thread's connection."""
        with manifest_errors(self._path):
            if not self._is_writable and getattr(self._local, "state", None) != (state := file_state(self._path)):
                self.close()  # a file that was opened as one that does not change has been changed by somebody
                self._local.state = state
            db: sqlite3.Connection | None = getattr(self._local, "db", None)
            if db is None:
                db = self._local.db = connect_manifest(self._path)
            with db:
                yield db

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction for tables that have a module of their own; it does not change `generation`."""
        return self._transaction()

    def check_file(self) -> None:
        """Check the whole file, in a time that is linear in its size.

        Raises:
            DamagedManifest: SQLite finds it damaged.
        """
        with self._transaction() as db:
            finding = quick_check(db)
        if finding:
            raise damaged_manifest(self._path, finding)

    def begin_source(self, source: Source, location: str, digest: str, document: Document) -> None:
        """Record a source before it is indexed, with all data needed to finish the indexing if the process dies.

        The old version stays readable until `finish_sources`.
        """
        time_added = datetime.now(UTC).isoformat(timespec="seconds")
        metadata = {**document.metadata}
        blocks, recognition = (
            json.dumps(part, ensure_ascii=False) if (part := metadata.pop(key, None)) else ""
            for key in ("blocks", "recognition"))
        about = json.dumps({"source": source.__dict__, "metadata": metadata, "came": time_added}, ensure_ascii=False)
        row = (source.id, location, digest, document.page_content, about, blocks, recognition)
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, 0, ?, ?, ?, 0, ?)", row)

    def finish_sources(
        self, indexed: Mapping[str, Sequence[Document]], *, have_vectors: bool = True, **numbers: int,
    ) -> None:
        """Finish sources that are indexed: the passages replace the old ones; `numbers` as in `save_state`.

        `have_vectors`: whether the vector index has all their passages too.
        """
        with self._transaction() as db:
            log_finished(db, indexed)
            for source_id, passages in indexed.items():
                record_removal(db, source_id, is_replaced=True)
                db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
                db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", passage_rows(source_id, passages))
                fill_addresses(db, source_id)
                forget_entries(db, source_id)
                db.execute("UPDATE OR REPLACE sources SET ready = 1, vectors = ? WHERE id = ? AND ready = 0",
                           (have_vectors, source_id))
            _save_state(db, numbers)
            _bump_generation(db)

    def stage_passages(self, indexed: Mapping[str, Sequence[Document]] | None) -> None:
        """Store passages next to the current ones, for `swap_passages`; None: delete those of an earlier attempt."""
        with self._transaction() as db:
            if indexed is None:
                db.execute("DELETE FROM passages_anew")
            for source_id, passages in (indexed or {}).items():
                rows = passage_rows(source_id, passages)
                db.executemany("INSERT INTO passages_anew VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def swap_passages(self, *, have_vectors: bool = True, **numbers: int) -> None:
        """Replace all passages with the staged ones; the arguments as of `finish_sources`."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages")
            db.execute("INSERT INTO passages SELECT * FROM passages_anew")
            db.execute("DELETE FROM passages_anew")
            fill_addresses(db)
            unfinished = db.execute("SELECT id FROM sources WHERE ready = 0 ORDER BY id").fetchall()
            log_finished(db, [row[0] for row in unfinished])
            forget_entries(db)
            db.execute("UPDATE OR REPLACE sources SET ready = 1 WHERE ready = 0")
            db.execute("UPDATE sources SET vectors = ?", (have_vectors,))
            _save_state(db, numbers)
            _bump_generation(db)

    def find_source(self, source_id: str) -> Source | None:
        """A source by its id, finished or not; None for an unknown source."""
        query = "SELECT about, digest FROM sources WHERE id = ? ORDER BY ready DESC"
        with self._transaction() as db:
            row = db.execute(query, (source_id,)).fetchone()
            return parse_source(*row) if row else None

    def source_tags(self, source_id: str) -> tuple[str, ...]:
        """The tags of a source; none for an unknown source."""
        source = self.find_source(source_id)
        return source.tags if source else ()

    def read_location(self, source_id: str) -> str:
        """The location of a finished source: the name of its file on every machine.

        Raises:
            KeyError: there is no such source.
        """
        with self._transaction() as db:
            row = db.execute("SELECT place FROM sources WHERE id = ? AND ready = 1", (source_id,)).fetchone()
            if row is None:
                raise KeyError(source_id)
            return str(row[0])

    def find_by_location(self, location: str) -> str:
        """The id of the finished source with this location; empty if there is none."""
        with self._transaction() as db:
            row = db.execute("SELECT id FROM sources WHERE place = ? AND ready = 1", (location,)).fetchone()
        return str(row[0]) if row else ""

    def is_id_of_other(self, source_id: str, location: str) -> bool:
        """True if a source with this id, finished or not, came from another location."""
        with self._transaction() as db:
            row = db.execute("SELECT 1 FROM sources WHERE id = ? AND place <> ?", (source_id, location)).fetchone()
        return row is not None

    def set_location(self, source_id: str, location: str, name: str) -> None:
        """Record that the file of a source has another location and name; its id stays."""
        with self._transaction() as db:
            rows = db.execute("SELECT about, ready, place FROM sources WHERE id = ?", (source_id,)).fetchall()
            for about, ready, _ in rows:
                db.execute("UPDATE sources SET place = ?, about = ? WHERE id = ? AND ready = ?",
                           (location, change_source(about, {"name": name}), source_id, ready))
            if rows:
                about, _, earlier_location = rows[0]
                earlier_name = json.loads(about)["source"]["name"]
                log_moved(db, source_id, earlier_name if earlier_name != name else earlier_location)
            _bump_generation(db)

    def changes(self, since: datetime, limit: int) -> list[Change]:
        """The logged changes since a point in time, newest first, at most `limit`."""
        with self._transaction() as db:
            return read_changes(db, since, limit)

    def set_tags(self, source_id: str, tags: Sequence[str]) -> None:
        """Replace the tags of a source."""
        self._change_fields(source_id, {"tags": [*tags]})

    def set_original(self, source_id: str, digest: str) -> None:
        """Record under which digest the original of a source is kept."""
        self._change_fields(source_id, {"original": digest})

    def _change_fields(self, source_id: str, changes: Mapping[str, object]) -> None:
        """Change fields of a source that are in no index."""
        with self._transaction() as db:
            rows = db.execute("SELECT about, ready FROM sources WHERE id = ?", (source_id,)).fetchall()
            for about, ready in rows:
                db.execute("UPDATE sources SET about = ? WHERE id = ? AND ready = ?",
                           (change_source(about, changes), source_id, ready))
            _bump_generation(db)

    def begin_title(self, source_id: str, title: str) -> None:
        """Record a title that a person gave, before the passages are indexed with it; otherwise as `begin_source`."""
        query = "SELECT id, place, digest, text, about, blocks, recognition FROM sources WHERE id = ? AND ready = 1"
        with self._transaction() as db:
            *row, about, blocks, recognition = db.execute(query, (source_id,)).fetchone()
            about = change_source(about, {"title": title, "renamed": True})
            db.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, 0, ?, ?, ?, 0, ?)",
                (*row, about, blocks, recognition))

    def original_digests(self) -> set[str]:
        """The digests of the originals that sources use, unfinished sources included."""
        query = "SELECT DISTINCT json_extract(about, '$.source.original') FROM sources"
        with self._transaction() as db:
            return {row[0] for row in db.execute(query) if row[0]}

    def remove(self, source_id: str) -> None:
        """Remove a source and its passages; `removals` has it until `finish_removals`."""
        with self._transaction() as db:
            record_removal(db, source_id)
            log_removed(db, source_id)
            db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM addresses WHERE source_id = ?", (source_id,))
            forget_entries(db, source_id)
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
            remove_record(db, source_id)
            _bump_generation(db)

    def removals(self) -> list[Removal]:
        """What has been removed here and is still to be removed from the indexes and the originals."""
        with self._transaction() as db:
            return read_removals(db)

    def finish_removals(self, removals: Iterable[Removal]) -> None:
        """Record that removals are made everywhere."""
        with self._transaction() as db:
            forget_removals(db, removals)
            _bump_generation(db)

    def save_versions(self, records: Iterable[VersionRecord]) -> None:
        """Store what finished sources say of their versions, and their relations to the sources stored before."""
        with self._transaction() as db:
            for record in records:
                save_record(db, record)
            _bump_generation(db)

    def ids_without_version(self) -> list[str]:
        """Ids of the finished sources whose version is still to be recorded."""
        with self._transaction() as db:
            return ids_without_record(db)

    def find_copy(self, text_digest: str) -> str:
        """The id of a source with the same clean text; empty if there is none."""
        with self._transaction() as db:
            return find_copy(db, text_digest)

    def read_relatives(self, source_ids: Iterable[str]) -> dict[str, RelatedSource]:
        """These sources with all their versions and near-copies, by id."""
        with self._transaction() as db:
            return read_relatives(db, source_ids)

    def sources(self) -> list[Source]:
        """All finished sources, Chinese ones first, by title, with their numbers of passages."""
        return [source for source, _ in self.dated_sources()]

    def dated_sources(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time when it was last added (ISO 8601, UTC); empty if an old version added it."""
        passage_count = "(SELECT count(*) FROM passages WHERE source_id = sources.id)"
        with self._transaction() as db:
            dated = [
                (replace(parse_source(about, digest), passages=count), str(json.loads(about).get("came", "")))
                for about, digest, count in
                db.execute(f"SELECT about, digest, {passage_count} FROM sources WHERE ready = 1")]
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

    def sources_without_vectors(self) -> dict[str, Language]:
        """The language of each finished source whose vectors have not all been made, by source id."""
        query = ("SELECT id, json_extract(about, '$.source.language') FROM sources "
                 "WHERE ready = 1 AND vectors = 0 ORDER BY id")
        with self._transaction() as db:
            return dict(db.execute(query).fetchall())

    def count_passages(self, source_ids: Iterable[str]) -> dict[str, int]:
        """The number of passages of each of these sources that has any, by source id."""
        found: dict[str, int] = {}
        with self._transaction() as db:
            for group, placeholders in split_ids(source_ids):
                found |= dict(db.execute(
                    "SELECT source_id, count(*) FROM passages "
                    f"WHERE source_id IN ({placeholders}) GROUP BY source_id", group).fetchall())
        return found

    def record_vectors(self, source_id: str) -> None:
        """Record that the vectors of all passages of a source have been made."""
        with self._transaction() as db:
            db.execute("UPDATE sources SET vectors = 1 WHERE id = ? AND ready = 1", (source_id,))
            _bump_generation(db)

    def forget_vectors(self) -> None:
        """Record that no source has vectors."""
        with self._transaction() as db:
            db.execute("UPDATE sources SET vectors = 0")
            _bump_generation(db)

    def sources_without_figures(self) -> list[str]:
        """Ids of the finished sources whose entries in the ledger of figures are missing or of another version."""
        with self._transaction() as db:
            return sources_without_entries(db)

    def record_figures(self, source_id: str, title: str, entries: Iterable[LedgerEntry]) -> None:
        """Store the entries of a finished source in place of those that it had."""
        from rag.library import ledger_rows  # slow imports, as above

        with self._transaction() as db:
            ledger_rows.replace_entries(db, source_id, title, entries)
            _bump_generation(db)

    def count_figures(self, criteria: FigureFilter, source_ids: Set[str] | None) -> int:
        """How many entries a filter finds in these sources; None: in all."""
        from rag.library import ledger_rows  # slow imports, as above

        with self._transaction() as db:
            return ledger_rows.count_entries(db, criteria, source_ids)

    def select_figures(
        self, criteria: FigureFilter, source_ids: Set[str] | None, limit: int, offset: int,
    ) -> list[LedgerEntry]:
        """The entries that a filter finds, by source and in it as in the text; a `limit` of -1 is none."""
        from rag.library import ledger_rows  # slow imports, as above

        with self._transaction() as db:
            return [*ledger_rows.select_entries(db, criteria, source_ids, limit, offset)]

    def count_figures_by_source(self) -> dict[str, int]:
        """The number of entries of each source that has any, by source id."""
        with self._transaction() as db:
            return dict(db.execute("SELECT source_id, count(*) FROM figures GROUP BY source_id").fetchall())

    def forget_figures(self) -> None:
        """Remove the entries of all sources."""
        with self._transaction() as db:
            forget_entries(db)
            _bump_generation(db)

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
                f"SELECT about, digest, text, blocks, recognition FROM sources WHERE id = ? ORDER BY ready {order}",
                (source_id,),
            ).fetchone()
            if row is None:
                raise KeyError(source_id)
            about, digest, text, blocks, recognition = row
            metadata = json.loads(about)["metadata"]
            metadata |= {"blocks": json.loads(blocks)} if blocks else {}
            metadata |= {"recognition": json.loads(recognition)} if recognition else {}
            return parse_source(about, digest), Document(text, metadata=metadata)

    def passages(self, ids: Iterable[str]) -> dict[str, Document]:
        """The passages with these ids, by id; unknown ids are left out."""
        found = {}
        with self._transaction() as db:
            for group, placeholders in split_ids(ids):
                for row in db.execute(f"SELECT id, text, about FROM passages WHERE id IN ({placeholders})", group):
                    found[row[0]] = parse_passage(*row)
        return found

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        query = "SELECT id, text, about FROM passages WHERE source_id = ? ORDER BY ordinal"
        with self._transaction() as db:
            return [parse_passage(*row) for row in db.execute(query, (source_id,))]

    def passages_at(self, source_id: str, offsets: Iterable[int]) -> list[Document]:
        """The passages of a source that have these characters of its clean text, each once, in their order."""
        with self._transaction() as db:
            found = (find_passage_at(db, source_id, offset) for offset in dict.fromkeys(offsets))
            return list({passage.id: passage for passage in found if passage is not None}.values())

    def text_lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """The length of the clean text of each of these sources, in characters, by source id."""
        placeholders = ",".join("?" * len(ids))
        query = f"SELECT id, length(text) FROM sources WHERE ready = 1 AND id IN ({placeholders})"
        with self._transaction() as db:
            return dict(db.execute(query, ids).fetchall())

    def read_openings(self, source_ids: Iterable[str], length: int) -> dict[str, str]:
        """The first `length` characters of the clean text of each of these sources, by source id."""
        found: dict[str, str] = {}
        with self._transaction() as db:
            for group, placeholders in split_ids(source_ids):
                found |= dict(db.execute(
                    f"SELECT id, substr(text, 1, ?) FROM sources WHERE ready = 1 AND id IN ({placeholders})",
                    [length, *group]).fetchall())
        return found

    def read_titles(self, length: int) -> dict[str, tuple[str, str]]:
        """The title of each finished source, and the first `length` characters of its clean text, by source id."""
        query = "SELECT id, json_extract(about, '$.source.title'), substr(text, 1, ?) FROM sources WHERE ready = 1"
        with self._transaction() as db:
            return {id: (str(title), opening) for id, title, opening in db.execute(query, (length,))}

    def edition_passages(self, edition: str, section_number: int) -> list[Document]:
        """The passages of one section in every edition of a work, in reading order."""
        query = ("SELECT id, text, about FROM passages "
                 "WHERE edition = ? AND section_number = ? ORDER BY source_id, ordinal")
        with self._transaction() as db:
            return [parse_passage(*row) for row in db.execute(query, (edition, section_number))]

    def find_addresses(
        self, addresses: Sequence[str], source_ids: Set[str] | None = None,
    ) -> list[tuple[str, str, str]]:
        """Address, source id and passage id of all passages with these addresses, such as `article 12`.

        They are ordered by source, and in it as in the text. `source_ids`: the sources to search; None: all.
        """
        with self._transaction() as db:
            return [row for row in find_addresses(db, addresses) if source_ids is None or row[1] in source_ids]

    def address_counts(self, source_ids: Iterable[str], unit: str) -> dict[str, tuple[int, str]]:
        """How many different addresses of a unit each of these sources has, and the last of them; by source id.

        A law of 58 articles has for `article` (58, "article 58"). Sources without one are left out.
        """
        with self._transaction() as db:
            return count_addresses(db, source_ids, unit)

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


def open_manifest(home: Path) -> Manifest:
    """The manifest of a library's folder, which is made if it does not exist; it may be one that can only be read.

    Raises:
        UnreadableManifest: the manifest cannot be used as it is.
        HuwenError: the folder cannot be made.
    """
    path = home / "manifest.sqlite"
    if path.is_file() and not is_writable(path):
        return Manifest(path)  # without the lock, whose file could not be written either
    try:
        home.mkdir(parents=True, exist_ok=True)
        with opening_lock(home):
            return Manifest(path)
    except OSError as error:
        raise HuwenError(
            f"{home}: the library's folder cannot be made ({error.strerror}); set HUWEN_HOME to another") from None


def _save_state(db: sqlite3.Connection, numbers: Mapping[str, int]) -> None:
    db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", numbers.items())


def _bump_generation(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO state VALUES ('generation', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")

"""Rows of the manifest: passages, sources and addresses as SQLite stores them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields

from langchain_core.documents import Document

from rag.ledger.version import LEDGER_VERSION
from rag.schema import Source

_IDS_PER_QUERY = 500  # SQLite takes a limited number of parameters
_SOURCE_FIELDS = frozenset(field.name for field in fields(Source))
_ADDRESSES_OF_PASSAGES = """
    INSERT INTO addresses SELECT DISTINCT json_each.value, passages.source_id, passages.id, passages.ordinal
    FROM passages, json_each(passages.about, '$.addresses')"""


def split_ids(ids: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """The ids in groups that one query takes, each with its placeholders."""
    all_ids = list(ids)
    for start in range(0, len(all_ids), _IDS_PER_QUERY):
        group = all_ids[start : start + _IDS_PER_QUERY]
        yield group, ",".join("?" * len(group))


def passage_rows(source_id: str, passages: Sequence[Document]) -> Iterator[tuple[object, ...]]:
    """The rows of the passages of a source, in reading order."""
    for ordinal, passage in enumerate(passages):
        about = passage.metadata
        yield (passage.id, source_id, ordinal, about.get("edition_of", ""), about.get("section_number", 0),
               passage.page_content, json.dumps(about, ensure_ascii=False))


def parse_passage(id: str, text: str, about: str) -> Document:
    """A passage from its row."""
    return Document(text, id=id, metadata=json.loads(about))


def find_passage_at(db: sqlite3.Connection, source_id: str, offset: int) -> Document | None:
    """The passage of a source that has a character of its clean text; None if none has it.

    Passages follow each other in the text, so that their starts are searched by halves.
    """
    query = "SELECT id, text, about FROM passages WHERE source_id = ? AND ordinal = ?"
    low, high = 0, int(db.execute("SELECT count(*) FROM passages WHERE source_id = ?", (source_id,)).fetchone()[0]) - 1
    while low <= high:
        middle = (low + high) // 2
        passage = parse_passage(*db.execute(query, (source_id, middle)).fetchone())
        if offset < passage.metadata["start"]:
            high = middle - 1
        elif offset >= passage.metadata["end"]:
            low = middle + 1
        else:
            return passage
    return None


def parse_source(about: str, digest: str) -> Source:
    """A source from its row, which an earlier version may have written; the digest has its own column."""
    stored = {name: value for name, value in json.loads(about)["source"].items() if name in _SOURCE_FIELDS}
    lists = {name: tuple(stored.get(name, ())) for name in ("tags", "omissions")}
    return Source(**{**stored, **lists, "digest": digest})


def change_source(about: str, changes: Mapping[str, object]) -> str:
    """The `about` of a source with other values of some fields."""
    parsed = json.loads(about)
    parsed["source"].update(changes)
    return json.dumps(parsed, ensure_ascii=False)


def fill_addresses(db: sqlite3.Connection, source_id: str = "") -> None:
    """Make the addresses of a source, or of all sources, from the key `addresses` of their passages."""
    if source_id:
        db.execute("DELETE FROM addresses WHERE source_id = ?", (source_id,))
        db.execute(f"{_ADDRESSES_OF_PASSAGES} WHERE passages.source_id = ?", (source_id,))
        return
    db.execute("DELETE FROM addresses")
    db.execute(_ADDRESSES_OF_PASSAGES)


def find_addresses(db: sqlite3.Connection, addresses: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Address, source id and passage id of the passages with these addresses: by source, then in reading order."""
    rows: list[tuple[str, int, str, str]] = []
    for group, placeholders in split_ids(dict.fromkeys(addresses)):
        rows += db.execute(
            "SELECT source_id, ordinal, address, passage_id FROM addresses "
            f"WHERE address IN ({placeholders})", group).fetchall()
    for source_id, _, address, passage_id in sorted(rows):
        yield address, source_id, passage_id


def count_addresses(
    db: sqlite3.Connection, source_ids: Iterable[str], unit: str,
) -> dict[str, tuple[int, str]]:
    """How many different addresses of a unit each source has, and the last of them in the order of the text."""
    found: dict[str, dict[str, None]] = {}
    for group, placeholders in split_ids(source_ids):
        rows = db.execute(
            f"SELECT source_id, address FROM addresses WHERE source_id IN ({placeholders}) "
            "AND substr(address, 1, ?) = ? ORDER BY source_id, ordinal, rowid", [*group, len(unit) + 1, f"{unit} "])
        for source_id, address in rows:
            found.setdefault(source_id, {})[address] = None
    return {source_id: (len(addresses), [*addresses][-1]) for source_id, addresses in found.items()}


def forget_entries(db: sqlite3.Connection, source_id: str = "") -> None:
    """Remove the entries of a source, or of all: they are to be made again."""
    condition, values = ("WHERE source_id = ?", (source_id,)) if source_id else ("", ())
    db.execute(f"DELETE FROM figures {condition}", values)
    db.execute(f"DELETE FROM figure_versions {condition}", values)


def sources_without_entries(db: sqlite3.Connection) -> list[str]:
    """The finished sources whose entries are missing, or were made by another version of the ledger."""
    return [row[0] for row in db.execute(
        "SELECT id FROM sources WHERE ready = 1 AND id NOT IN "
        "(SELECT source_id FROM figure_versions WHERE version = ?) ORDER BY id", (LEDGER_VERSION,))]

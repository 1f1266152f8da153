"""The manifest's schema: old files are migrated, newer and damaged ones refused in one sentence; addresses."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.documents import Document

from rag.library.manifest import Manifest
from rag.library.manifest_schema import VERSION, DamagedManifest, NewerManifest, UnreadableManifest
from rag.library.reader_version import READER_VERSION, find_outdated
from rag.schema import Source
from tests.small_library import small_library

# the tables of 0.4 and 0.5, as these versions made them
OLD_SCHEMA = """
PRAGMA journal_mode=WAL;
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
OLD_TITLES = {"湿地": "湿地保护条例", "harbour": "Harbour rules"}


def write_old_manifest(path: Path, schema: str = OLD_SCHEMA) -> Path:
    """A manifest with two sources of one passage each, as 0.4 wrote them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(schema)
        for id, title in OLD_TITLES.items():
            source = {"id": id, "name": f"{id}.md", "title": title, "language": "en" if id.isascii() else "zh",
                      "tags": ["rules"], "passages": 0}
            about = json.dumps({"source": source, "metadata": {"markup": "markdown", "page_starts": []}})
            db.execute("INSERT INTO sources VALUES (?, ?, ?, 1, ?, ?)", (id, f"/f/{id}.md", f"of-{id}", title, about))
            db.execute("INSERT INTO passages VALUES (?, ?, 0, '', 0, ?, ?)",
                       (f"{id}:0", id, title, json.dumps({"source_id": id, "start": 0, "end": len(title)})))
        db.execute("INSERT INTO state VALUES ('generation', 7)")
    return path


def read_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def fold_wal(path: Path) -> None:
    """Write everything into the manifest's own file."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- versions


def test_a_new_manifest_has_the_present_version(tmp_path):
    Manifest(tmp_path / "manifest.sqlite")
    assert read_version(tmp_path / "manifest.sqlite") == VERSION


def test_an_old_manifest_is_migrated_and_keeps_everything(tmp_path):
    manifest = Manifest(write_old_manifest(tmp_path / "manifest.sqlite"))
    assert {source.id: source.title for source in manifest.sources()} == OLD_TITLES
    assert manifest.passages_of("湿地")[0].page_content == "湿地保护条例"
    assert manifest.read_source("harbour")[1].metadata == {"markup": "markdown", "page_starts": []}
    assert manifest.read_state("generation") == 7
    assert read_version(tmp_path / "manifest.sqlite") == VERSION


def test_sources_of_an_old_manifest_are_of_an_older_reader_without_originals(tmp_path):
    manifest = Manifest(write_old_manifest(tmp_path / "manifest.sqlite"))
    outdated = find_outdated(manifest.sources())
    assert outdated.with_original == ()
    assert {source.id for source in outdated.without_original} == OLD_TITLES.keys()
    assert {(source.reader, source.omissions) for source in manifest.sources()} == {(0, ())}


def test_the_single_row_of_the_oldest_layout_may_get_a_second_one(tmp_path):
    schema = OLD_SCHEMA.replace("id TEXT NOT NULL, place", "id TEXT PRIMARY KEY, place")
    schema = schema.replace(", PRIMARY KEY (id, ready)", "")
    manifest = Manifest(write_old_manifest(tmp_path / "manifest.sqlite", schema))
    manifest.begin_source(manifest.sources()[0], "/f/湿地.md", "d2", Document("湿地保护条例（修订）"))
    assert manifest.read_source("湿地")[1].page_content == "湿地保护条例"
    assert manifest.read_source("湿地", pending=True)[1].page_content == "湿地保护条例（修订）"


def test_a_field_of_a_source_that_this_version_does_not_know_is_ignored(tmp_path):
    path = write_old_manifest(tmp_path / "manifest.sqlite")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sources SET about = json_set(about, '$.source.colour', 'green')")
    assert {source.title for source in Manifest(path).sources()} == set(OLD_TITLES.values())


def test_a_migration_that_fails_changes_nothing(tmp_path):
    path = write_old_manifest(tmp_path / "manifest.sqlite")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE addresses (something TEXT)")  # in the way of the new table
    with pytest.raises(UnreadableManifest, match="manifest"):
        Manifest(path)
    assert read_version(path) == 0
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM sources").fetchone() == (2,)


def test_a_manifest_of_a_later_version_is_refused_and_left_as_it_is(tmp_path):
    path = write_old_manifest(tmp_path / "manifest.sqlite")
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    fold_wal(path)
    before = path.read_bytes()
    with pytest.raises(NewerManifest, match=rf"version {VERSION + 1}.*update Huwen"):
        Manifest(path)
    assert path.read_bytes() == before


# --- damage


def empty(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def garble_header(path):
    path.write_bytes("湖".encode() * 40 + path.read_bytes()[120:])


def garble_tables(path):
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes(3996) + data[4096:])


def drop_table(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE passages")


@pytest.fixture
def library_folder(tmp_path):
    """A library's folder with a manifest and indexes, which are only looked for and not opened."""
    home = tmp_path / "home"
    Manifest(write_old_manifest(home / "manifest.sqlite")).close()
    fold_wal(home / "manifest.sqlite")
    (home / "index-0" / "words").mkdir(parents=True)
    return home


@pytest.mark.parametrize("damage", [empty, cut, garble_header, garble_tables, drop_table, Path.unlink])
def test_a_damaged_or_lost_manifest_is_one_sentence_and_its_indexes_stay(library_folder, damage):
    path = library_folder / "manifest.sqlite"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    damage(path)
    for _ in range(2):  # opening it must not make it look like a new library
        with pytest.raises(DamagedManifest, match=r"sqlite: the library's manifest is damaged .*backup") as error:
            small_library(library_folder)
        assert "\n" not in str(error.value)
    assert (library_folder / "index-0" / "words").is_dir()


def test_a_lost_manifest_is_told_with_the_indexes_that_are_left(library_folder):
    (library_folder / "manifest.sqlite").unlink()
    with pytest.raises(DamagedManifest, match="is missing, but the indexes made from it are there"):
        small_library(library_folder)


def test_reading_the_originals_again_is_offered_only_if_there_are_any(library_folder):
    empty(library_folder / "manifest.sqlite")
    with pytest.raises(DamagedManifest) as without:
        small_library(library_folder)
    (library_folder / "originals" / "ab").mkdir(parents=True)
    (library_folder / "originals" / "ab" / "abc.txt").write_text("潮汐")
    with pytest.raises(DamagedManifest) as with_originals:
        small_library(library_folder)
    assert ("rebuild --read" in str(without.value), "rebuild --read" in str(with_originals.value)) == (False, True)


def test_an_empty_file_without_indexes_is_a_new_library_that_was_interrupted(tmp_path):
    (tmp_path / "manifest.sqlite").write_bytes(b"")
    assert Manifest(tmp_path / "manifest.sqlite").sources() == []


def fill_pages(path):
    """Add so many passages that most pages of the file belong to them."""
    manifest = Manifest(path)
    text = "The tide is high. 潮水很高。" * 20
    manifest.finish_sources({"harbour": [Document(text, id=f"p{n}", metadata={"n": n}) for n in range(400)]})
    manifest.close()
    fold_wal(path)


def test_damage_in_the_middle_is_found_by_the_full_check_and_is_one_sentence_where_it_is_read(library_folder):
    path = library_folder / "manifest.sqlite"
    fill_pages(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40_960] = b"\xff" * 40_960
    path.write_bytes(data)
    manifest = Manifest(path)
    with pytest.raises(DamagedManifest, match="backup"):
        manifest.check_file()
    with pytest.raises(DamagedManifest, match="backup"):
        manifest.passages_of("harbour")


def test_a_sound_manifest_passes_the_full_check(library_folder):
    fill_pages(library_folder / "manifest.sqlite")
    Manifest(library_folder / "manifest.sqlite").check_file()


@pytest.mark.parametrize("about", ["{", b"\xff\xfe{}"])
def test_a_damaged_row_is_one_sentence(library_folder, about):
    path = library_folder / "manifest.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sources SET about = CAST(? AS TEXT)", (about,))
    with pytest.raises(DamagedManifest, match="backup"):
        Manifest(path).sources()


# --- a folder that can only be read


@pytest.fixture
def locked_folder(library_folder):
    """Makes a library's folder readable only; skips the test for users whom permissions do not bind."""

    def lock():
        for path in (*library_folder.iterdir(), library_folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.access(library_folder, os.W_OK):
            pytest.skip("permissions do not bind this user")
        return library_folder

    yield lock
    library_folder.chmod(0o755)


def test_a_library_in_a_read_only_folder_can_be_read_but_not_written(locked_folder):
    library = small_library(locked_folder())
    assert library.text("湿地") == "湿地保护条例"
    with pytest.raises(UnreadableManifest, match="can only be read"), library.write_lock():
        pass
    with pytest.raises(UnreadableManifest, match="can only be read"):
        library.rebuild()


def test_an_old_library_in_a_read_only_folder_says_that_it_must_be_migrated(library_folder, locked_folder):
    (library_folder / "manifest.sqlite").unlink()
    write_old_manifest(library_folder / "manifest.sqlite")
    with pytest.raises(UnreadableManifest, match=r"earlier version.*make it writable once"):
        small_library(locked_folder())


# --- addresses


def passage(id, text, *addresses):
    return Document(text, id=id, metadata={"addresses": list(addresses)} if addresses else {})


@pytest.fixture
def manifest(tmp_path):
    """Two laws with addresses, and a note without them."""
    manifest = Manifest(tmp_path / "laws" / "manifest.sqlite")
    texts = {
        "湖泊法": [passage("h0", "总则", "chapter 1"), passage("h1", "第一条 第二条", "article 1", "article 2"),
                passage("h2", "第二条续 第十条", "article 2", "article 10")],
        "harbour": [passage("b0", "Article 2. Article 3.", "article 2", "article 3")],
        "note": [passage("n0", "No articles.")]}
    for id, passages in texts.items():
        source = Source(id=id, name=id, title=id, language="zh" if id == "湖泊法" else "en")
        manifest.begin_source(source, id, id, Document("…"))
        manifest.finish_sources({id: passages})
    return manifest


def test_passages_are_found_by_their_addresses_in_the_order_of_the_text(manifest):
    assert manifest.find_addresses(["article 2"]) == [
        ("article 2", "harbour", "b0"), ("article 2", "湖泊法", "h1"), ("article 2", "湖泊法", "h2")]
    assert manifest.find_addresses(["article 10", "article 1"], {"湖泊法"}) == [
        ("article 1", "湖泊法", "h1"), ("article 10", "湖泊法", "h2")]
    assert manifest.find_addresses(["article"]) == manifest.find_addresses([]) == []
    assert manifest.find_addresses(["article 2"], frozenset()) == []


def test_different_addresses_of_a_unit_are_counted_and_the_last_one_is_named(manifest):
    assert manifest.address_counts(["湖泊法", "harbour", "note"], "article") == {
        "湖泊法": (3, "article 10"), "harbour": (2, "article 3")}
    assert manifest.address_counts(["湖泊法"], "chapter") == {"湖泊法": (1, "chapter 1")}
    assert manifest.address_counts(["湖泊法"], "art") == {}


def test_addresses_go_with_their_source_and_change_with_it(manifest):
    manifest.remove("harbour")
    source = manifest.find_source("湖泊法")
    manifest.begin_source(source, "湖泊法", "d2", Document("…"))
    manifest.finish_sources({"湖泊法": [passage("h9", "第九条", "article 9")]})
    assert manifest.find_addresses(["article 2", "article 9"]) == [("article 9", "湖泊法", "h9")]


def test_a_rebuild_renews_all_addresses(manifest):
    manifest.stage_passages({"湖泊法": [passage("h7", "第七条", "article 7")], "note": [passage("n0", "No articles.")]})
    assert manifest.find_addresses(["article 7"]) == []
    manifest.swap_passages(build=1)
    assert manifest.find_addresses(["article 2", "article 7"]) == [("article 7", "湖泊法", "h7")]


def test_more_addresses_than_the_parameter_limit_of_sqlite_are_found(manifest):
    assert len(manifest.find_addresses([f"article {n}" for n in range(3000)])) == 6


def test_the_new_fields_of_a_source_are_read_back(manifest):
    source = Source(id="s", name="s.pdf", title="潮汐表", language="zh", original="ab" * 32, reader=READER_VERSION,
                    renamed=True, omissions=("scanned pages|2|3, 7",))
    manifest.begin_source(source, "/f/s.pdf", "d", Document("…"))
    manifest.finish_sources({"s": []})
    stored = manifest.read_source("s")[0]
    assert (stored.original, stored.reader, stored.renamed, stored.omissions) == (
        "ab" * 32, READER_VERSION, True, ("scanned pages|2|3, 7",))

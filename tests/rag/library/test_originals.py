"""Originals: kept once by their digest, read again for a newer reader or a lost manifest; titles that people give."""

import json
import sqlite3
from contextlib import closing

import pytest

import rag
from rag.library.health import compare_originals
from rag.library.originals import MissingOriginal, OriginalRecord, Originals
from rag.library.reader_version import READER_VERSION, find_outdated
from rag.library.recovery import set_aside_damaged
from rag.library.titles import BadTitle
from rag.schema import HuwenError
from rag.settings import Settings
from tests.small_library import small_library

TIDES = "潮汐观测\n\n观测站每小时记录一次潮位，平均潮差为四米二。\n"
FERRY = "Ferry timetable\n\nThe first ferry leaves the pier at six in the morning.\n"
RECORD = OriginalRecord("潮汐.txt", "/f/潮汐.txt", ("海洋",))


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path / "home")


def add(library, *paths, tags=()):
    with library.write_lock():
        return [library.add(path, tags=tags).source for path in paths]


@pytest.fixture
def filled(library, note):
    add(library, note("潮汐.txt", TIDES), note("ferry.txt", FERRY), tags=["海洋"])
    return library


def restore(originals, digest):
    """The text of a kept original."""
    with originals.restored_file(digest, "潮汐.txt") as path:
        return path.read_text("utf-8")


def kept_texts(library):
    """The texts of all kept files of a library."""
    return sorted(path.read_text("utf-8") for path in library.originals.folder.glob("??/*")
                  if not path.name.startswith("about-"))


def make_outdated(library):
    """Let a library look as if an older reader had read its sources."""
    with closing(sqlite3.connect(library.home / "manifest.sqlite")) as db, db:
        db.execute("UPDATE sources SET digest = 'old-' || id, about = json_set(about, '$.source.reader', 0)")
        db.execute("UPDATE state SET value = value + 1 WHERE name = 'generation'")


def read_again(library):
    with library.write_lock():
        return {path.name: result for path, result in library.read_again()}


# --- the files


def test_a_file_is_kept_once_by_its_digest_for_its_owner_only(tmp_path):
    originals = Originals(tmp_path)
    digest = originals.keep(TIDES.encode(), RECORD)
    assert originals.keep(TIDES.encode(), RECORD) == digest
    (kept,) = [path for path in originals.folder.glob("??/*") if not path.name.startswith("about-")]
    assert kept.relative_to(tmp_path).as_posix() == f"originals/{digest[:2]}/{digest}.txt"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == kept.parent.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["无后缀", "odd.a b", "long." + "x" * 50])
def test_a_suffix_of_unusual_form_is_not_part_of_the_kept_name(tmp_path, name):
    originals = Originals(tmp_path)
    digest = originals.keep(b"ferry", OriginalRecord(name, name))
    assert (originals.folder / digest[:2] / digest).is_file()
    with originals.restored_file(digest, name) as path:
        assert (path.name, path.read_bytes()) == (name, b"ferry")


def test_a_file_is_restored_under_its_own_name_and_only_for_a_while(tmp_path):
    originals = Originals(tmp_path)
    with originals.restored_file(originals.keep(TIDES.encode(), RECORD), "潮汐.txt") as path:
        assert (path.name, path.read_text("utf-8")) == ("潮汐.txt", TIDES)
    assert not path.exists()


def test_a_missing_or_changed_original_is_one_sentence(tmp_path):
    originals = Originals(tmp_path)
    digest = originals.keep(TIDES.encode(), RECORD)
    next(originals.folder.glob(f"??/{digest}*")).write_bytes(b"another tide")
    with pytest.raises(MissingOriginal, match=r"damaged.*add the file again"):
        restore(originals, digest)
    originals.remove(digest)
    with pytest.raises(MissingOriginal, match=r"is not in.*add the file again"):
        restore(originals, digest)


@pytest.mark.parametrize("digest", ["", "*", "../../secret", "AB" * 32])
def test_what_is_no_digest_removes_and_finds_nothing(tmp_path, digest):
    originals = Originals(tmp_path)
    originals.keep(TIDES.encode(), RECORD)
    originals.remove(digest)
    assert len(originals.digests()) == 1
    with pytest.raises(MissingOriginal):
        restore(originals, digest)


def test_a_part_of_a_file_that_a_killed_process_wrote_is_removed(tmp_path):
    originals = Originals(tmp_path)
    digest = originals.keep(TIDES.encode(), RECORD)
    (originals.folder / digest[:2] / ".half").write_bytes(b"half")
    originals.remove_leftovers()
    assert originals.digests() == {digest}
    assert not list(originals.folder.glob("??/.*"))


def test_originals_without_a_readable_record_can_still_be_read(tmp_path):
    originals = Originals(tmp_path)
    digest = originals.keep(TIDES.encode(), RECORD)
    assert originals.records() == {digest: RECORD}
    (originals.folder / digest[:2] / f"about-{digest}").write_text("{")
    assert originals.records()[digest].name == f"{digest}.txt"


# --- with the library


def test_the_original_of_an_added_file_is_kept_until_its_source_is_removed(filled):
    assert kept_texts(filled) == sorted([TIDES, FERRY])
    with filled.write_lock():
        filled.remove("潮汐.txt")
    assert kept_texts(filled) == [FERRY]


def test_the_original_of_a_changed_file_replaces_the_earlier_one(filled, note):
    add(filled, note("ferry.txt", FERRY.replace("six", "seven")))
    assert kept_texts(filled) == sorted([TIDES, FERRY.replace("six", "seven")])
    assert compare_originals(filled.sources(), filled.originals).unused == 0


def test_an_original_that_another_source_uses_stays(filled):
    tides = filled.find_source("潮汐.txt")
    with closing(sqlite3.connect(filled.home / "manifest.sqlite")) as db, db:
        db.execute("UPDATE sources SET about = json_set(about, '$.source.original', ?)", (tides.original,))
        db.execute("UPDATE state SET value = value + 1 WHERE name = 'generation'")
    with filled.write_lock():
        filled.remove("ferry.txt")
    assert TIDES in kept_texts(filled)


def test_no_originals_are_kept_where_the_setting_turns_them_off(tmp_path, note):
    library = small_library(tmp_path / "home", keep_originals=False)
    (source,) = add(library, note("ferry.txt", FERRY))
    assert (source.original, library.originals.digests()) == ("", set())


def test_the_setting_has_a_variable_and_is_on_by_default(monkeypatch):
    assert Settings().keep_originals
    monkeypatch.setenv("HUWEN_KEEP_ORIGINALS", "0")
    assert not Settings().keep_originals


def test_an_unchanged_file_gets_its_original_once_the_setting_is_on(tmp_path, note):
    add(small_library(tmp_path / "home", keep_originals=False), note("ferry.txt", FERRY))
    library = small_library(tmp_path / "home")
    add(library, note("ferry.txt", FERRY))
    assert kept_texts(library) == [FERRY]
    assert library.find_source("ferry.txt").original in library.originals.digests()


# --- reading again


def test_sources_of_an_older_reader_are_read_again_from_their_originals(filled, note):
    before = {source.id: source.tags for source in filled.sources()}
    make_outdated(filled)
    note("潮汐.txt", "文件后来变了。")  # the file itself is not looked at
    results = read_again(filled)
    assert {name: result.outcome for name, result in results.items()} == {"潮汐.txt": "replaced", "ferry.txt": "replaced"}
    assert {source.id: source.tags for source in filled.sources()} == before
    assert {source.reader for source in filled.sources()} == {READER_VERSION}
    assert "四米二" in filled.text(filled.find_source("潮汐.txt").id)
    assert filled.check_indexes().is_sound


def test_what_the_present_reader_has_read_is_not_read_again(filled):
    assert read_again(filled) == {}


def test_a_lost_original_is_reported_and_the_others_are_read(filled):
    make_outdated(filled)
    filled.originals.remove(filled.find_source("潮汐.txt").original)
    results = read_again(filled)
    assert isinstance(results["潮汐.txt"], MissingOriginal)
    assert results["ferry.txt"].outcome == "replaced"
    assert [source.name for source in find_outdated(filled.sources()).with_original] == ["潮汐.txt"]
    assert [source.name for source in compare_originals(filled.sources(), filled.originals).missing] == ["潮汐.txt"]


def test_a_library_whose_manifest_is_lost_is_read_again_with_names_tags_and_titles(filled, tmp_path):
    with filled.write_lock():
        filled.set_tags("ferry.txt", ["harbour"])
        filled.set_title("潮汐.txt", "东岸潮汐")
    before = {(s.id, s.name, s.title, s.tags) for s in filled.sources()}
    filled.close()
    for path in (tmp_path / "home").glob("manifest.sqlite*"):
        path.unlink()
    folder = set_aside_damaged(tmp_path / "home")
    assert [path.name for path in folder.iterdir()] == ["index-0"]
    library = small_library(tmp_path / "home")
    library.begin_recovery()
    assert library.needs_originals()
    with library.write_lock():
        assert not [result for _, result in library.read_originals() if isinstance(result, HuwenError)]
    assert not library.needs_originals()
    assert {(s.id, s.name, s.title, s.tags) for s in library.sources()} == before


# --- titles


def indexed_titles(library, name):
    return {passage.metadata["title"] for passage in library.passages_of(library.find_source(name).id)}


@pytest.mark.parametrize(("name", "title", "query", "language"), [
    ("潮汐.txt", "东岸年鉴", "年鉴", "zh"), ("ferry.txt", "Kelpie crossing", "kelpie", "en")])
def test_a_new_title_is_in_the_source_its_passages_and_the_indexes(filled, name, title, query, language):
    assert filled.search_words(query, 3, language) == []
    with filled.write_lock():
        renamed = filled.set_title(name, title)
    assert (renamed.title, filled.find_source(title).id) == (title, renamed.id)
    assert indexed_titles(filled, name) == {title}
    (found,) = filled.passages([hit.id for hit in filled.search_words(query, 1, language)])
    assert found.metadata["source_id"] == renamed.id
    assert filled.check_indexes().is_sound
    assert filled.rebuild() == 2
    assert indexed_titles(filled, name) == {title}


def test_a_given_title_stays_when_the_file_changes_and_is_added_again(filled, note):
    with filled.write_lock():
        filled.set_title("ferry.txt", "Kelpie crossing")
    add(filled, note("ferry.txt", FERRY.replace("six", "seven")))
    assert filled.find_source("ferry.txt").title == "Kelpie crossing"
    assert indexed_titles(filled, "ferry.txt") == {"Kelpie crossing"}
    make_outdated(filled)
    read_again(filled)
    assert filled.find_source("ferry.txt").title == "Kelpie crossing"


def test_a_title_does_not_change_when_the_source_was_added(filled):
    before = dict((source.id, time) for source, time in filled.dated_sources())
    with filled.write_lock():
        filled.set_title("潮汐.txt", "东岸潮汐")
    assert dict((source.id, time) for source, time in filled.dated_sources()) == before


@pytest.mark.parametrize("title", ["", " \n\t", "\u202e", "长" * 301])
def test_an_empty_or_endless_title_is_refused_in_one_sentence(filled, title):
    with filled.write_lock(), pytest.raises(BadTitle, match="1 to 300 characters"):
        filled.set_title("ferry.txt", title)


def test_a_title_is_one_line_without_characters_that_cannot_be_seen(filled):
    with filled.write_lock():
        assert filled.set_title("ferry.txt", " 渡轮\u202e时刻\n2031\x1b[2J ").title == "渡轮 时刻 2031 [2J"


def test_the_public_interface_renames(tmp_path, note):
    with rag.open(tmp_path / "home") as huwen:
        list(huwen.add(note("ferry.txt", FERRY)))
        assert huwen.rename("ferry.txt", "Kelpie crossing").title == "Kelpie crossing"
        assert [source.title for source in huwen.sources()] == ["Kelpie crossing"]


def test_the_record_of_an_original_is_readable_by_other_programs(filled):
    (about,) = [json.loads(path.read_text("utf-8")) for path in filled.originals.folder.glob("??/about-*")
                if "ferry" in path.read_text("utf-8")]
    assert about["name"] == "ferry.txt"
    assert about["tags"] == ["海洋"]

"""The commands on the library's documents: what is left out or skipped, old and damaged libraries, printed names."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from langchain_core.documents import Document

from rag.library.manifest import Manifest
from rag.library.omissions import describe_omission, encode_omission
from rag.library.reader_version import READER_VERSION
from rag.schema import LANGUAGES, Source
from rag.sources.elements import Omission, OmissionKind
from rag.text.messages import OMISSIONS, ONE_OMISSION
from tests.conftest import Huwen
from tests.rag.sources.scans import draw_page
from ui.commands.terminal import interface_language, shown_name


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two readable files and four of other types, one of which is hidden."""
    folder = tmp_path / "papers"
    (folder / "pictures").mkdir(parents=True)
    (folder / "渡口.txt").write_text("渡口\n\n渡口的船每天开两班。\n", "utf-8")
    (folder / "ferry.txt").write_text("Ferry\n\nThe ferry leaves at six.\n", "utf-8")
    for name in ("a.qqq", "pictures/b.qqq", "pictures/c.zzz", ".hidden"):
        (folder / name).write_bytes(b"\0\1\2")
    return folder


def record_source(home: Path, source: Source) -> None:
    """Put a source into the manifest, as if it had been added."""
    manifest = Manifest(home / "manifest.sqlite")
    manifest.begin_source(source, f"/f/{source.name}", source.id, Document("潮位表。"))
    manifest.finish_sources({source.id: []})


def printed(result: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in result.stdout + result.stderr
    return result.stdout + result.stderr


# --- what was left out of files


def test_there_are_sentences_for_all_kinds_of_omissions_and_for_no_others() -> None:
    assert OMISSIONS.keys() == ONE_OMISSION.keys() == set(get_args(OmissionKind))


@pytest.mark.parametrize("kind", get_args(OmissionKind))
def test_every_kind_of_omission_has_its_sentences(kind: OmissionKind) -> None:
    sentences = {describe_omission(encode_omission(Omission(kind, count)), language)
                 for count in (1, 2) for language in LANGUAGES}
    assert len(sentences) == 4
    assert all("1" in sentence or "2" in sentence for sentence in sentences)


def test_an_omission_names_its_place_even_with_a_bar_in_it() -> None:
    encoded = encode_omission(Omission("hidden sheets", 1, "甲|乙"))
    assert describe_omission(encoded, "zh") == "其中 1 张隐藏的工作表没有读（甲|乙）"
    assert describe_omission(encoded, "en") == "1 hidden sheet was left out (甲|乙)"


def test_an_omission_of_a_later_version_is_shown_as_it_is() -> None:
    assert describe_omission("smells|3|p. 2", "en") == "smells|3|p. 2"


@pytest.mark.parametrize(("locale", "sentence"), [
    ("zh_CN.UTF-8", "其中 2 页是扫描件，没有读出文字（3, 7）；"), ("en_GB.UTF-8", "2 scanned pages were left out (3, 7);")])
def test_sources_and_show_say_what_was_left_out(huwen: Huwen, home: Path, locale: str, sentence: str) -> None:
    record_source(home, Source(
        id="tide", name="tide.pdf", title="潮位表", language="zh", reader=READER_VERSION,
        omissions=("scanned pages|2|3, 7",)))
    assert sentence in huwen("sources", LC_ALL=locale).stdout
    shown = huwen("show", "tide.pdf", LC_ALL=locale)
    assert shown.stdout == "潮位表。\n"  # the text alone, which may be redirected to a file
    assert sentence in shown.stderr
    assert json.loads(huwen("show", "tide.pdf", "--json").stdout)["omissions"] == ["scanned pages|2|3, 7"]


@pytest.mark.parametrize(("locale", "sentence"), [
    ("zh_CN.UTF-8", "第 1 页的文字由文字识别（OCR）读出"), ("C.UTF-8", "the text of page 1 was read by text recognition (OCR)")])
def test_a_scan_is_added_and_says_that_its_text_was_recognised(
    huwen: Huwen, tmp_path: Path, locale: str, sentence: str,
) -> None:
    pytest.importorskip("rapidocr")
    draw_page("Quay 7", size=24, width="60mm", height="30mm").save(tmp_path / "quay.png")
    assert sentence in printed(huwen("add", tmp_path / "quay.png", LC_ALL=locale))


# --- files that are skipped


def test_files_of_unknown_types_in_a_folder_are_counted_and_are_no_failure(huwen: Huwen, folder: Path) -> None:
    result = huwen("add", folder)
    assert result.returncode == 0
    assert "skipped    3 files (.qqq 2, .zzz 1)" in printed(result)
    assert len(json.loads(huwen("sources", "--json").stdout)) == 2


def test_a_folder_without_a_readable_file_is_a_failure(huwen: Huwen, folder: Path) -> None:
    result = huwen("add", folder / "pictures")
    assert result.returncode == 1
    assert "skipped    2 files (.qqq 1, .zzz 1)" in printed(result)
    assert "nothing was added" in result.stderr


@pytest.mark.parametrize(("locale", "says"), [("zh_CN.UTF-8", "没有这个文件"), ("C.UTF-8", "absent.txt: cannot be read")])
def test_a_file_that_fails_is_reported_in_the_language_of_the_terminal(
    huwen: Huwen, folder: Path, locale: str, says: str,
) -> None:
    result = huwen("add", folder, folder / "absent.txt", LC_ALL=locale)
    assert result.returncode == 1
    assert says in printed(result)
    assert "1 of 3 files" in result.stderr


@pytest.mark.parametrize(("variables", "language"), [
    ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"), ({"LC_MESSAGES": "zh_TW"}, "zh"),
    ({"LANG": "de_DE"}, "en"), ({}, "en"), ({"LC_ALL": "", "LANG": "zh"}, "zh")])
def test_the_language_is_that_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert interface_language() == language


# --- titles


@pytest.mark.parametrize(("name", "title"), [("渡口.txt", "东渡口船期"), ("ferry.txt", "Kelpie crossing")])
def test_rename_changes_the_title_in_lists_and_answers(huwen: Huwen, folder: Path, name: str, title: str) -> None:
    huwen("add", folder)
    assert huwen("rename", name, title).stdout == f"{name}: {title}\n"
    assert title in [source["title"] for source in json.loads(huwen("sources", "--json").stdout)]
    found = json.loads(huwen("search", title, "--json").stdout)
    assert title in [passage["title"] for passage in found["passages"]]


def test_rename_of_an_unknown_source_is_one_sentence(huwen: Huwen) -> None:
    result = huwen("rename", "月球", "太阳")
    assert result.returncode == 1
    assert "no such source" in printed(result)


@pytest.mark.parametrize(("text", "shown"), [
    ("年报\x1b[2J\x9b31m", "年报\\x1b[2J\\x9b31m"), ("exe\u202etxt.pdf\n", "exe\\u202etxt.pdf\\x0a"),
    ("太湖 [1]", "太湖 [1]")])
def test_characters_that_move_the_cursor_or_turn_the_direction_are_escaped(text: str, shown: str) -> None:
    assert shown_name(text).replace("\\[", "[") == shown


def test_names_titles_and_tags_reach_the_terminal_escaped(huwen: Huwen, home: Path) -> None:
    record_source(home, Source(
        id="tide", name="x\u202efdp.exe", title="潮\x1b[2J位 :warning:", language="zh", reader=0, tags=("a\u2066b",)))
    result = printed(huwen("sources"))
    assert not set(result) & set("\x1b\u202e\u2066")
    for escaped in ("潮\\x1b[2J位 :warning:", "#a\\u2066b", "x\\u202efdp.exe"):
        assert escaped in result


# --- old, damaged and lost libraries


def test_sources_of_an_older_reader_are_named_with_the_command_that_helps(
    huwen: Huwen, home: Path, folder: Path,
) -> None:
    huwen("add", folder / "渡口.txt")
    record_source(home, Source(id="old", name="old.txt", title="Old", language="en"))
    with closing(sqlite3.connect(home / "manifest.sqlite")) as db, db:
        db.execute("UPDATE sources SET digest = 'old-' || id, about = json_set(about, '$.source.reader', 2)")
    for command in ("sources", "doctor"):
        advice = [line for line in printed(huwen(command)).splitlines() if "older reader" in line]
        assert [("rebuild --read" in line, "渡口.txt" in line) for line in advice] == [(True, True), (False, False)]
        assert "huwen add FILE…" in advice[1]
        assert "old.txt" in advice[1]
    result = printed(huwen("rebuild", "--read"))
    assert "1 original was read again" in result
    advice = [line for line in result.splitlines() if "older reader" in line]
    assert len(advice) == 1
    assert "old.txt" in advice[0]


def test_a_lost_manifest_is_told_and_its_documents_are_read_again_from_their_originals(
    huwen: Huwen, home: Path, folder: Path,
) -> None:
    huwen("add", folder, "--tag", "港口")
    for path in home.glob("manifest.sqlite*"):
        path.unlink()
    for command in ("sources", "doctor", "rebuild"):
        result = huwen(command)
        assert result.returncode == 1
        assert "is missing, but the indexes made from it are there" in printed(result)
    assert (home / "index-0").is_dir()
    assert huwen("rebuild", "--read").returncode == 0
    listed = json.loads(huwen("sources", "--json").stdout)
    assert [(source["name"], source["tags"]) for source in listed] == [("渡口.txt", ["港口"]), ("ferry.txt", ["港口"])]
    assert next(home.glob("damaged-*/index-0")).is_dir()
    assert huwen("doctor").returncode == 0


def test_a_damaged_manifest_without_originals_stays_as_it_is(huwen: Huwen, home: Path, folder: Path) -> None:
    huwen("add", folder, HUWEN_KEEP_ORIGINALS="0")
    for path in home.glob("manifest.sqlite*"):
        path.unlink()
    (home / "manifest.sqlite").write_bytes("潮汐".encode() * 4000)
    result = huwen("rebuild", "--read")
    assert result.returncode == 1
    assert "restore it from a backup, or add the documents again" in printed(result)
    assert (home / "manifest.sqlite").read_bytes() == "潮汐".encode() * 4000
    assert (home / "index-0").is_dir()


def test_doctor_names_a_lost_original_and_fails(huwen: Huwen, home: Path, folder: Path) -> None:
    huwen("add", folder)
    assert "originals  2 kept" in huwen("doctor").stdout
    for path in home.glob("originals/??/*"):
        path.unlink()
    result = huwen("doctor")
    assert result.returncode == 1
    assert "2 are missing" in printed(result)
    assert "渡口.txt" in result.stdout

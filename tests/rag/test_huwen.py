"""The public Python interface, as a script uses it: real files, a real library."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import rag
from rag.huwen import expand_folders
from rag.library.lock import LibraryLocked, write_lock
from rag.settings import BadSettings

ZH = "苏州有7家灯塔工厂。\n\n独墅湖图书馆每天开放到二十二点。"
EN = "The library by Dushu Lake closes at ten every evening."


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HUWEN_HOME", "HUWEN_SEEDS", "HUWEN_CHAT_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text(ZH, "utf-8")
    (folder / "b.txt").write_text(EN, "utf-8")
    (folder / "c.pdf").write_bytes(b"no pdf")
    return folder


def test_files_are_added_asked_and_removed(files: Path, tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen:
        outcomes = list(huwen.add([files, tmp_path / "gone.md"], tags=["notes"]))
        assert [(o.path.name, o.state) for o in outcomes if o.source] == [("a.md", "added"), ("b.txt", "added")]
        assert {o.path.name for o in outcomes if o.error} == {"c.pdf", "gone.md"}
        assert all(str(o.error) for o in outcomes if o.error)
        zh = next(source for source in huwen.sources() if source.language == "zh")
        assert "7家灯塔工厂" in huwen.text(zh.id)
        assert "7家" in huwen.ask("苏州有多少家灯塔工厂？").text
        assert huwen.search("灯塔工厂", k=1)[0].source_id == zh.id
        assert huwen.remove("a.md").id == zh.id
        assert [source.name for source in huwen.sources()] == ["b.txt"]


def test_added_files_are_there_when_the_library_is_opened_again(files: Path, tmp_path: Path) -> None:
    for state in ("added", "unchanged"):
        with rag.open(tmp_path / "home") as huwen:
            assert [outcome.state for outcome in huwen.add([files / "a.md"])] == [state]


def test_a_follow_up_and_a_scope(files: Path, tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen:
        assert all(outcome.source for outcome in huwen.add([files / "a.md", files / "b.txt"]))
        turn = rag.Turn("独墅湖图书馆每天开放到几点？", "二十二点。")
        assert "7家" in huwen.ask("苏州有多少家灯塔工厂？", history=[turn]).text
        assert {p.language for p in huwen.search("library", scope=rag.Scope(languages=("en",)))} == {"en"}
        first, *_, last = huwen.stream("苏州有多少家灯塔工厂？", scope=rag.Scope(languages=("zh",)))
        assert first.passages
        assert last.text == huwen.ask("苏州有多少家灯塔工厂？").text


def test_the_notes_are_added_only_if_they_are_named(tmp_path: Path) -> None:
    with rag.open(tmp_path / "empty") as huwen:
        assert huwen.sources() == []
    seeds = tmp_path / "seeds" / "zh"
    seeds.mkdir(parents=True)
    (seeds / "one.md").write_text("苏州有7家灯塔工厂。", "utf-8")
    with rag.open(tmp_path / "filled", seeds=seeds.parent) as huwen:
        assert len(huwen.sources()) == 1


def test_the_lock_is_taken_only_for_writing(files: Path, tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen:
        outcomes = huwen.add([files / "a.md"])
        assert next(outcomes).state == "added"
        with write_lock(tmp_path / "home"), pytest.raises(LibraryLocked):
            list(huwen.add([files / "b.txt"]))


def test_one_lock_may_cover_several_changes(files: Path, tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen:
        with huwen.write_lock():
            outcomes = huwen.add([files / "a.md", files / "c.pdf", files / "b.txt"])
            assert next(outcomes).error  # as soon as it is known: the others wait for their commit
            with pytest.raises(LibraryLocked), write_lock(tmp_path / "home"):
                pytest.fail("two writers at once")
            assert [outcome.state for outcome in outcomes] == ["added", "added"]
            assert huwen.remove("a.md").name == "a.md"
        with write_lock(tmp_path / "home"):
            assert [source.name for source in huwen.sources()] == ["b.txt"]


def test_folders_are_expanded_to_the_files_that_can_be_read(files: Path) -> None:
    (files / "below.md").mkdir()
    (files / "below.md" / "d.html").write_text("<p>苏州</p>", "utf-8")
    (files / "e.xyz").write_text("?", "utf-8")
    expanded = [path.relative_to(files).as_posix() for path in expand_folders([files, files / "e.xyz"])]
    assert expanded == ["a.md", "b.txt", "below.md/d.html", "c.pdf", "e.xyz"]


@pytest.mark.parametrize("name", ["a.md", "b.txt"])
def test_a_source_is_found_by_its_file_name(files: Path, tmp_path: Path, name: str) -> None:
    with rag.open(tmp_path / "home") as huwen:
        assert all(outcome.source for outcome in huwen.add([files / "a.md", files / "b.txt"]))
        assert huwen.find_source(name).name == name
        with pytest.raises(rag.HuwenError, match="no such source"):
            huwen.find_source("月球")


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="chat_modell"):
        rag.open(tmp_path / "home", chat_modell="qwen")


def test_an_unknown_source_has_no_text(tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen, pytest.raises(rag.HuwenError, match="nothing-like-this"):
        huwen.text("nothing-like-this")


def test_the_public_module_lists_its_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'answer'"):
        rag.answer  # noqa: B018
    assert all(getattr(rag, name) for name in rag.__all__)


def test_one_path_is_taken_and_wrong_tags_are_refused(files: Path, tmp_path: Path) -> None:
    with rag.open(tmp_path / "home") as huwen:
        with pytest.raises(rag.HuwenError, match="tags are a list"):
            list(huwen.add([files / "a.md"], tags="policy"))
        assert [outcome.state for outcome in huwen.add(str(files / "a.md"), tags=["policy"])] == ["added"]
        assert huwen.sources()[0].tags == ("policy",)


def test_a_relative_home_stays_the_same_library(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rag.open("home") as huwen:
        assert [outcome.state for outcome in huwen.add([files / "a.md"])] == ["added"]
        monkeypatch.chdir(files)
        assert len(huwen.sources()) == 1
        assert "7家" in huwen.ask("苏州有多少家灯塔工厂？").text


def test_paths_that_cannot_be_read_fail_alone(files: Path, tmp_path: Path) -> None:
    (files / "loop.md").symlink_to(files / "loop.md")
    os.mkfifo(files / "pipe.md")
    bad_name = files / os.fsdecode(b"b\xff.md")
    bad_name.write_text("苏州。", "utf-8")
    paths = [files / "loop.md", files / "pipe.md", bad_name, files / ("x" * 300), files / "nul\0.md", files / "a.md"]
    with rag.open(tmp_path / "home") as huwen:
        outcomes = list(huwen.add(paths))
        assert [outcome.state for outcome in outcomes] == ["failed"] * 5 + ["added"]
        assert all(len(str(outcome.error)) > 20 for outcome in outcomes[:5])

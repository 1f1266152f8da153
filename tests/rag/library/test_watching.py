"""Watched folders: new, changed, renamed and removed files are followed, and nothing is lost when a folder is away."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.library.following.folder_follower import FolderFollower, FollowEvent
from rag.library.following.folder_scan import scan_folder
from rag.library.following.follow_errors import FollowError
from rag.library.following.follow_records import WatchedFile
from rag.library.following.watching import add_watch, follow_folders, remove_watch
from rag.library.library import Library
from rag.schema import LANGUAGES
from tests.rag.library.conftest import EN, ZH
from tests.small_library import small_library

LATER = "\n\n## 后记\n\n今年又多了两座码头。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a Chinese and an English document, written long ago."""
    folder = tmp_path / "文件"
    (folder / "notes").mkdir(parents=True)
    write(folder / "太湖.md", ZH)
    write(folder / "notes" / "lighthouse.md", EN)
    return folder


def write(path: Path, text: str, *, age: float = 60.0) -> Path:
    """A file that was last changed `age` seconds ago."""
    path.write_text(text, "utf-8")
    os.utime(path, (time.time() - age,) * 2)
    return path


def follow(library: Library, follower: FolderFollower | None = None) -> list[FollowEvent]:
    """Look at the watched folders until nothing is left to be done."""
    follower = follower or FolderFollower(library, settle_seconds=0.01)
    return [*follow_folders(library, threading.Event(), interval=0.01, follower=follower, is_once=True)]


def outline(events: list[FollowEvent]) -> list[tuple[str, str]]:
    return [(event.kind, event.path) for event in events]


@pytest.fixture
def watched(library: Library, folder: Path) -> Library:
    """A library that follows the folder."""
    add_watch(library, folder, ["港口"])
    assert outline(follow(library)) == [("added", "notes/lighthouse.md"), ("added", "太湖.md")]
    return library


# --- what is followed


def test_new_files_come_with_the_tags_of_the_folder_and_a_second_look_does_nothing(watched: Library) -> None:
    assert {source.tags for source in watched.sources()} == {("港口",)}
    assert follow(watched) == []


@pytest.mark.parametrize("name", ["太湖.md", "notes/lighthouse.md"])
def test_a_changed_file_is_the_new_content_of_the_same_source(watched: Library, folder: Path, name: str) -> None:
    before = watched.find_location(str(folder / name))
    write(folder / name, (folder / name).read_text("utf-8") + LATER, age=30)
    assert outline(follow(watched)) == [("changed", name)]
    assert watched.find_location(str(folder / name)) == before
    assert "两座码头" in watched.text(before)


def test_a_renamed_file_keeps_its_source_also_when_its_old_name_is_used_again(watched: Library, folder: Path) -> None:
    before = watched.find_location(str(folder / "太湖.md"))
    (folder / "太湖.md").rename(folder / "notes" / "湖泊.md")
    assert outline(follow(watched)) == [("renamed", "notes/湖泊.md")]
    write(folder / "太湖.md", "# 太湖志\n\n太湖志共有十二卷。\n")
    write(folder / "notes" / "湖泊.md", ZH + LATER, age=30)
    assert sorted(outline(follow(watched))) == [("added", "太湖.md"), ("changed", "notes/湖泊.md")]
    assert watched.source_by_id(before).name == "湖泊.md"
    assert "两座码头" in watched.text(before)
    assert watched.find_location(str(folder / "太湖.md")) not in ("", before)


def test_a_file_without_a_title_has_its_new_name_as_title(library: Library, folder: Path) -> None:
    write(folder / "ferry.txt", "the ferry leaves at six, and comes back at nine.\n")
    add_watch(library, folder)
    follow(library)
    id = library.find_location(str(folder / "ferry.txt"))
    (folder / "ferry.txt").rename(folder / "boat.txt")
    follow(library)
    assert library.source_by_id(id).title == "boat"


def test_a_removed_file_is_removed(watched: Library, folder: Path) -> None:
    (folder / "notes" / "lighthouse.md").unlink()
    assert outline(follow(watched)) == [("removed", "notes/lighthouse.md")]
    assert [source.name for source in watched.sources()] == ["太湖.md"]


def test_of_a_removed_file_that_was_added_by_hand_the_document_stays(library: Library, folder: Path) -> None:
    with library.write_lock():
        library.add(folder / "太湖.md")
    add_watch(library, folder)
    follow(library)
    (folder / "太湖.md").unlink()
    assert outline(follow(library)) == [("kept", "太湖.md")]
    assert len(library.sources()) == 2


def test_a_copy_is_no_second_document_and_survives_the_first_file(watched: Library, folder: Path) -> None:
    id = watched.find_location(str(folder / "太湖.md"))
    shutil.copy2(folder / "太湖.md", folder / "副本.md")
    [event] = follow(watched)
    assert (event.kind, event.path, event.title) == ("same", "副本.md", "太湖治理")
    (folder / "太湖.md").unlink()
    assert outline(follow(watched)) == [("renamed", "副本.md")]
    assert watched.source_by_id(id).name == "副本.md"


def test_a_copy_is_a_document_of_its_own_when_the_first_file_changes(watched: Library, folder: Path) -> None:
    shutil.copy2(folder / "太湖.md", folder / "副本.md")
    follow(watched)
    write(folder / "太湖.md", ZH + LATER, age=30)
    assert sorted(outline(follow(watched))) == [("added", "副本.md"), ("changed", "太湖.md")]
    assert "两座码头" not in watched.text(watched.find_location(str(folder / "副本.md")))


def test_a_document_that_a_person_removed_comes_back_only_with_a_change(watched: Library, folder: Path) -> None:
    with watched.write_lock():
        watched.remove("太湖.md")
    assert follow(watched) == []
    write(folder / "太湖.md", ZH + LATER, age=30)
    assert outline(follow(watched)) == [("added", "太湖.md")]


def test_a_restart_notices_what_changed_meanwhile(watched: Library, folder: Path) -> None:
    write(folder / "new.md", "# New\n\nA new pier was opened.\n")
    (folder / "太湖.md").unlink()
    reopened = small_library(watched.home)
    assert sorted(outline(follow(reopened))) == [("added", "new.md"), ("removed", "太湖.md")]


# --- what is not read


@pytest.mark.parametrize("name", [
    "~$报告.docx", ".报告.md.swp", "报告.md.tmp", "report.pdf.part", ".hidden.md", ".~lock.report.odt#", "a.md~"])
def test_locks_temporary_and_hidden_files_are_left_alone(folder: Path, name: str) -> None:
    write(folder / name, ZH)
    assert scan_folder(folder).files.keys() == {"太湖.md", "notes/lighthouse.md"}


def test_loops_of_links_and_links_to_the_outside_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.md", "# Secret\n\nThe code is 1234.\n")
    (folder / "loop").symlink_to(folder)
    (folder / "notes" / "self.md").symlink_to("self.md")
    (folder / "notes" / "stolen.md").symlink_to(secret)
    (folder / "link.md").symlink_to(folder / "太湖.md")
    assert scan_folder(folder).files.keys() == {"太湖.md", "notes/lighthouse.md", "link.md"}


def test_a_file_is_read_only_when_it_has_been_written_to_its_end(watched: Library, folder: Path) -> None:
    follower = FolderFollower(watched, settle_seconds=3600)
    [watch] = watched.follow_records.folders()
    (folder / "half.md").write_text("# Half\n\nOnly the first half", "utf-8")
    (folder / "empty.md").touch()
    assert [*follower.check(watch)] == []
    assert follower.is_unfinished
    write(folder / "half.md", "# Whole\n\nBoth halves are there now.\n", age=7200)
    assert outline([*follower.check(watch)]) == [("added", "half.md")]


def test_one_look_ends_although_a_file_does_not_stop_growing(watched: Library, folder: Path) -> None:
    class Growing(FolderFollower):
        """A follower that finds a file longer at each look."""

        def check(self, *given: object, **named: object) -> Iterator[FollowEvent]:
            with (folder / "service.log").open("a", encoding="utf-8") as file:
                file.write("one more line\n")
            return super().check(*given, **named)  # type: ignore[arg-type]

    assert follow(watched, Growing(watched, settle_seconds=3600)) == []


def test_a_file_of_a_machine_with_a_fast_clock_is_read_when_it_has_stayed_the_same(
    watched: Library, folder: Path,
) -> None:
    write(folder / "tomorrow.md", "# Tomorrow\n\nIts clock is fast.\n", age=-86_400)
    assert outline(follow(watched)) == [("added", "tomorrow.md")]


def test_a_damaged_file_is_named_once_and_its_earlier_version_stays(watched: Library, folder: Path) -> None:
    write(folder / "tide.json", '{"high": "six in the morning", "low": "noon"}')
    follow(watched)
    id = watched.find_location(str(folder / "tide.json"))
    write(folder / "tide.json", '{"high": "six in the', age=30)
    [event] = follow(watched)
    assert (event.kind, event.path, event.source_id) == ("failed", "tide.json", id)
    assert event.sentences is not None
    assert event.sentences["zh"].startswith("tide.json：不是有效的 JSON")
    assert event.sentences["en"].startswith("tide.json: it is not valid JSON")
    assert "noon" in watched.text(id)
    assert follow(watched) == []


# --- folders that are away


def problem_of(library: Library) -> FollowEvent:
    [event] = follow(library)
    assert event.kind == "problem"
    [watch] = library.follow_records.folders()
    assert watch.problem == event.sentences
    assert watch.problem.keys() == {*LANGUAGES}
    return event


def test_of_a_folder_that_vanishes_nothing_is_lost_and_it_is_followed_when_it_is_back(
    watched: Library, folder: Path, tmp_path: Path,
) -> None:
    folder.rename(tmp_path / "away")
    assert "不在了" in (problem_of(watched).sentences or {})["zh"]
    assert len(watched.sources()) == 2
    (tmp_path / "away").rename(folder)
    (folder / "太湖.md").unlink()
    assert outline(follow(watched)) == [("removed", "太湖.md")]
    assert not watched.follow_records.folders()[0].problem


def test_a_folder_that_is_suddenly_empty_loses_nothing(watched: Library, folder: Path) -> None:
    (folder / "太湖.md").unlink()
    (folder / "notes" / "lighthouse.md").unlink()
    assert "2 documents are gone at once" in (problem_of(watched).sentences or {})["en"]
    assert len(watched.sources()) == 2


def test_a_folder_on_another_disk_without_its_documents_is_not_mounted(watched: Library, folder: Path) -> None:
    [watch] = watched.follow_records.folders()
    watched.follow_records.save_folder(type(watch)(watch.folder, watch.tags, device=watch.device + 1))
    shutil.rmtree(folder)
    write_other = folder / "other.md"
    folder.mkdir()
    write(write_other, "# Other\n\nAnother disk.\n")
    assert "没有挂载" in (problem_of(watched).sentences or {})["zh"]
    assert len(watched.sources()) == 2


def test_what_came_from_a_disk_inside_the_folder_stays_while_that_is_not_mounted(
    watched: Library, folder: Path,
) -> None:
    [watch] = watched.follow_records.folders()
    watched.follow_records.save_folder(
        type(watch)(watch.folder, watch.tags, watch.device, mounts=("notes",), checked=watch.checked))
    (folder / "notes" / "lighthouse.md").unlink()
    assert "notes" in (problem_of(watched).sentences or {})["en"]
    assert len(watched.sources()) == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_what_came_from_a_folder_that_cannot_be_read_stays(watched: Library, folder: Path) -> None:
    (folder / "notes").chmod(0)
    try:
        assert "notes" in (problem_of(watched).sentences or {})["en"]
        assert len(watched.sources()) == 2
    finally:
        (folder / "notes").chmod(0o755)


# --- which folders


def test_a_folder_is_watched_once_and_none_inside_or_around_it(watched: Library, folder: Path) -> None:
    add_watch(watched, folder)
    assert [watch.tags for watch in watched.follow_records.folders()] == [("港口",)]
    for other, problem in ((folder / "notes", "inside"), (folder.parent, "around"), (watched.home, "own folder"),
                           (folder / "太湖.md", "not a folder"), (folder / "nowhere", "not a folder")):
        with pytest.raises(FollowError) as raised:
            add_watch(watched, other)
        assert raised.value.problem == problem
        assert raised.value.sentence("zh") != raised.value.sentence("en")


def test_a_folder_that_is_not_watched_any_more_keeps_its_documents(watched: Library, folder: Path) -> None:
    remove_watch(watched, str(folder))
    (folder / "太湖.md").unlink()
    assert follow(watched) == []
    assert len(watched.sources()) == 2
    with pytest.raises(FollowError, match="no folder is watched"):
        remove_watch(watched, str(folder))


def test_two_followers_of_one_folder_do_its_work_once(watched: Library, folder: Path) -> None:
    write(folder / "new.md", "# New\n\nA new pier was opened.\n")
    other = small_library(watched.home)
    [watch] = watched.follow_records.folders()
    first, second = (FolderFollower(library, settle_seconds=0.01) for library in (watched, other))
    events = [*first.check(watch), *second.check(watch)]
    assert outline(events) == [("added", "new.md")]


def test_a_look_at_ten_thousand_unchanged_files_is_quick(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for number in range(100):
        inner = folder / f"{number:02}"
        inner.mkdir(parents=True)
        for name in range(100):
            (inner / f"{name}.md").write_bytes(b"#")
    add_watch(library, folder)
    files = scan_folder(folder).files
    records = library.follow_records
    records.save_files(str(folder), [
        WatchedFile(path, f"id of {path}", True, signature) for path, signature in files.items()])
    [watch] = records.folders()
    begin = time.process_time()  # not the clock: other tests may be running
    assert [*FolderFollower(library).check(watch)] == []
    assert time.process_time() - begin < 2


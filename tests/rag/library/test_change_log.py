"""Log of changes: who changes the library is logged, and what a person may write for a point in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rag.library.following.change_log import BadTime, parse_since
from rag.library.library import Library
from rag.library.manifest import Manifest
from tests.rag.library.conftest import ZH, Note
from tests.rag.library.test_manifest_schema import write_old_manifest

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 29, 21, 0, tzinfo=timezone(timedelta(hours=8)))


def kinds(library: Library) -> list[tuple[str, str, str]]:
    """Kind, name and earlier name of each entry, oldest first."""
    return [(change.kind, change.name, change.earlier) for change in reversed(library.changes(EPOCH))]


def test_every_change_is_logged_and_what_changes_nothing_is_not(filled: Library, note: Note) -> None:
    with filled.write_lock():
        filled.add(note("太湖.md", ZH))  # unchanged
        filled.add(note("太湖.md", ZH + "\n\n今年又多了两座码头。\n"))
        filled.set_tags("太湖.md", ["水"])
        filled.set_title("太湖.md", "太湖志")
        filled.remove("lighthouse.md")
    filled.rebuild()
    assert kinds(filled) == [
        ("added", "太湖.md", ""), ("added", "lighthouse.md", ""), ("changed", "太湖.md", ""),
        ("renamed", "太湖.md", "太湖治理"), ("removed", "lighthouse.md", "")]


def test_only_what_happened_since_is_listed_newest_first(filled: Library) -> None:
    assert filled.changes(datetime.now(UTC) + timedelta(minutes=1)) == []
    assert [change.name for change in filled.changes(datetime.now(UTC) - timedelta(minutes=1))] == [
        "lighthouse.md", "太湖.md"]
    assert len(filled.changes(EPOCH, limit=1)) == 1


def test_the_log_of_an_old_library_begins_with_the_times_that_it_knows(tmp_path: Path) -> None:
    manifest = Manifest(write_old_manifest(tmp_path / "manifest.sqlite"))
    assert manifest.changes(EPOCH, 10) == []  # 0.4 did not record when a document was added


@pytest.mark.parametrize(("text", "time"), [
    ("2026-11-01", datetime(2026, 10, 31, 16, tzinfo=UTC)),
    ("2026-11-01T09:30", datetime(2026, 11, 1, 1, 30, tzinfo=UTC)),
    ("2026-11-01T09:30Z", datetime(2026, 11, 1, 9, 30, tzinfo=UTC)), ("7d", NOW - timedelta(days=7)),
    (" 12H ", NOW - timedelta(hours=12))])
def test_a_point_in_time_is_a_day_a_time_or_how_long_ago(text: str, time: datetime) -> None:
    assert parse_since(text, NOW) == time


@pytest.mark.parametrize("text", ["昨天", "yesterday", "", "2026-13-01", "9999999d", "0001-01-01"])
def test_another_text_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(BadTime) as raised:
        parse_since(text, NOW)
    assert "2026-11-01" in str(raised.value)
    assert "不是日期" in raised.value.sentence("zh")

"""HTML of the watched folders: what has happened to a file, and which files could not be read."""

from __future__ import annotations

import pytest

from rag.library.following.folder_follower import FollowEvent
from rag.library.following.follow_records import WatchedFolder
from rag.library.following.watch_worker import FolderActivity
from ui.web.library.following_view import render_watch


def watch_html(*events: FollowEvent, faulty: int = 0) -> str:
    return render_watch(
        WatchedFolder("/papers"), FolderActivity(), events, (len(events) + faulty, faulty), (), {}, read_only=True)


@pytest.mark.parametrize(("earlier", "path"), [("会议纪要.md", "三月会议纪要.md"), ("ferry.md", "<b>boat</b>.md")])
def test_a_renamed_file_says_what_it_was_called(earlier: str, path: str) -> None:
    html = watch_html(FollowEvent("renamed", "/papers", path, "T", "t", earlier=earlier))
    assert f"原为 {earlier}" in html
    assert f"was {earlier}" in html
    assert "<b>" not in html


def test_files_that_could_not_be_read_have_a_sign_not_only_a_colour() -> None:
    html = watch_html(faulty=2)
    assert '<summary class="unsound"><span class="sign">!</span>' in html
    assert "2 个文件没能读出" in html
    assert "unsound" not in watch_html()

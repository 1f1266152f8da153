"""Watched folders: which folders may be watched, and the loop that looks at them every few seconds.

They are looked at, not listened to: the notices of an operating system do not come from network drives, and do not say
what has changed while nothing was running.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rag.library.following.folder_follower import FolderFollower, FollowEvent
from rag.library.following.follow_errors import FollowError
from rag.library.following.follow_records import WatchedFolder
from rag.library.library import Library
from rag.library.lock import LibraryLocked

_UNFINISHED_SECONDS = 1.0  # to the next look, if a file is being written or another process has the lock
_PATIENCE = 30  # looks without any progress, after which one that is to end does not wait for a growing file any more

FolderProgress = Callable[[WatchedFolder, int, int], None]


def add_watch(library: Library, folder: Path, tags: Sequence[str] = ()) -> WatchedFolder:
    """Watch a folder from now on; one that is watched already gets the tags, if any are given.

    Raises:
        FollowError: it is no folder, belongs to the library, or is inside or around a watched one.
        UnreadableManifest: the library's folder cannot be written.
    """
    records = library.follow_records
    try:
        resolved = folder.expanduser().resolve()
        is_folder = resolved.is_dir()
    except (OSError, ValueError, RuntimeError):
        is_folder = False
    if not is_folder:
        raise FollowError("not a folder", str(folder))
    library.require_writable()
    home = library.home.resolve()
    if resolved.is_relative_to(home):
        raise FollowError("own folder", str(resolved))
    known = {watch.folder: watch for watch in records.folders()}
    for other in known:
        if resolved != Path(other) and resolved.is_relative_to(other):
            raise FollowError("inside", str(resolved), other=other)
        if resolved != Path(other) and Path(other).is_relative_to(resolved):
            raise FollowError("around", str(resolved), other=other)
    before = known.get(str(resolved), WatchedFolder(str(resolved)))
    watch = WatchedFolder(
        before.folder, tuple(tags) or before.tags, before.device, before.mounts, before.checked, before.problem)
    records.save_folder(watch)
    return watch


def remove_watch(library: Library, folder: str) -> None:
    """Watch a folder no longer; its documents stay in the library.

    Raises:
        FollowError: it is not watched.
        UnreadableManifest: the library's folder cannot be written.
    """
    records = library.follow_records
    known = [watch.folder for watch in records.folders()]
    resolved = folder
    with suppress(OSError, RuntimeError):  # links that point at each other: then it is named as it was written
        resolved = str(Path(folder).expanduser().resolve())
    name = next((name for name in (folder, resolved) if name in known), None)
    if name is None:
        raise FollowError("unknown" if known else "none", folder, known=", ".join(known))
    library.require_writable()
    records.remove_folder(name)


def follow_folders(
    library: Library, stop: threading.Event, *, interval: float, follower: FolderFollower | None = None,
    only: Sequence[str] | None = None, is_once: bool = False,
    progress: FolderProgress = lambda watch, done, total: None,
    note_look: Callable[[WatchedFolder, datetime], None] = lambda watch, time: None,
) -> Iterator[FollowEvent]:
    """Look at the watched folders every `interval` seconds until `stop` is set; yields what was done, and problems.

    `only`: these folders, by path; by default all, also those that are added later. `is_once`: until nothing is left to
    be done, but for files that do not stop growing. `note_look` is told when a folder has been looked at; `progress`,
    how many of its files have been read.
    A writer in another process is waited for: what is left is done at the next look.

    Raises:
        LibraryLocked: with `is_once`, if another process goes on writing.
        HuwenError: the library cannot be written.
    """
    follower = follower or FolderFollower(library)
    idle_looks = 0
    while not stop.is_set():
        is_unfinished = False
        idle_looks += 1
        for watch in library.follow_records.folders():
            if stop.is_set() or (only is not None and watch.folder not in only):
                continue
            try:
                for event in follower.check(watch, is_stopped=stop.is_set, progress=partial(progress, watch)):
                    yield event
                    idle_looks = 0 if event.kind != "problem" else idle_looks
                is_unfinished = is_unfinished or follower.is_unfinished
            except LibraryLocked:
                if is_once and idle_looks >= _PATIENCE:
                    raise
                is_unfinished = True
            note_look(watch, datetime.now(UTC))
        if is_once and (not is_unfinished or idle_looks >= _PATIENCE):
            return
        stop.wait(min(interval, _UNFINISHED_SECONDS) if is_unfinished else interval)

"""Watch worker: a thread that follows the watched folders of a library, for the page."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rag.library.following.folder_follower import FolderFollower, FollowEvent
from rag.library.following.follow_records import WatchedFolder
from rag.library.following.watching import follow_folders
from rag.library.library import Library
from rag.schema import HuwenError

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 30.0  # after the library could not be written
_MAX_EVENTS = 50  # of a folder that are kept
_CHANGING = ("added", "changed", "renamed", "removed")


@dataclass(frozen=True)
class FolderActivity:
    """What the worker does with a folder: files read and to be read (0: none), and when it was last looked at."""

    done: int = 0
    total: int = 0
    looked: datetime | None = None


class WatchWorker:
    """Follows all watched folders of a library from `start` to `stop`; `note_change` is called after each change."""

    def __init__(self, library: Library, *, interval: float, note_change: Callable[[], None] = lambda: None) -> None:
        self.library = library
        self._interval, self._note_change = interval, note_change
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._activities: dict[str, FolderActivity] = {}
        self._events: dict[str, deque[FollowEvent]] = {}

    def start(self) -> None:
        """Begin to follow the folders, if that is not done already and there is one; returns at once."""
        with self._lock:
            is_running = self._thread is not None and self._thread.is_alive()
            if not is_running and not self._stopping.is_set() and self.library.follow_records.folders():
                self._thread = threading.Thread(target=self._run, name="huwen-watch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the files that are being read, and wait for that."""
        self._stopping.set()
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def activity(self, folder: str) -> FolderActivity:
        """What is being done with a folder."""
        return self._activities.get(folder, FolderActivity())

    def events(self, folder: str) -> list[FollowEvent]:
        """The last events of a folder since the start, newest first."""
        return [*reversed([*self._events.get(folder, ())])]

    def _run(self) -> None:
        follower = FolderFollower(self.library)
        while not self._stopping.is_set():
            try:
                for event in follow_folders(
                        self.library, self._stopping, interval=self._interval, follower=follower,
                        progress=self._note_progress, note_look=self._note_look):
                    self._note_event(event)
            except HuwenError as error:  # the page still answers; the view of the library shows the problem
                _log.warning("watched folders cannot be followed now: %s", error)
                self._stopping.wait(_RETRY_SECONDS)
        self.library.close_thread()

    def _note_event(self, event: FollowEvent) -> None:
        if event.kind in _CHANGING:
            self._note_change()
        if event.kind != "problem":  # it is recorded with the folder
            self._events.setdefault(event.folder, deque(maxlen=_MAX_EVENTS)).append(event)

    def _note_progress(self, watch: WatchedFolder, done: int, total: int) -> None:
        self._activities[watch.folder] = replace(self.activity(watch.folder), done=done, total=total)

    def _note_look(self, watch: WatchedFolder, time: datetime) -> None:
        self._activities[watch.folder] = FolderActivity(looked=time)

"""Folder follower: one look at a watched folder, and the changes of the library that follow from it.

New and changed files are read before files that are gone count: so a renamed file is recognised by its content, and
its source keeps its id, with which conversations cite it.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from rag.library.following.folder_scan import FolderScan, describe_unread, scan_folder
from rag.library.following.follow_errors import FollowError, error_sentences
from rag.library.following.follow_records import FileSignature, FollowRecords, Sentences, WatchedFile, WatchedFolder
from rag.sources.errors import UnreadableFile

if TYPE_CHECKING:
    from rag.library.ingest import AddResult
    from rag.library.library import Library

SETTLE_SECONDS = 2.0  # a file that has not changed for so long is written to its end; FAT keeps times in steps of 2 s
_FILES_PER_LOCK = 50  # that are read before other writers may take their turn
_MAX_RENUMBERED = 100  # files with another number on disk and nothing else, read at one look: some network drives
_STATE_SECONDS = 60.0  # between two records of the time of a look at a folder in which nothing has changed
_LOCK_SECONDS = 3.0  # how long another writer in the background is waited for
_PASSING_PROBLEMS = ("unreadable", "no reading process")  # of the system, not of the file
_UNREAD = FileSignature(-1, -1, -1)

FollowKind = Literal["added", "changed", "renamed", "removed", "same", "kept", "failed", "problem"]


@dataclass(frozen=True)
class FollowEvent:
    """What was done about a file of a watched folder.

    "same": a second file with the content of `title`. "kept": the file is gone, but its document was not added by the
    watch. "failed": the file cannot be read; an earlier version stays. "problem": the folder itself, for `path` empty.
    """

    kind: FollowKind
    folder: str
    path: str = ""
    title: str = ""
    source_id: str = ""
    sentences: Sentences | None = None  # of a failure or problem, in both languages
    earlier: str = ""  # the path before, of a renamed file


@dataclass(frozen=True)
class _Differences:
    """The files to be read, and those that are gone, by path inside the folder."""

    ready: Sequence[str]
    gone: Sequence[str]


class FolderFollower:
    """Looks at watched folders, one after the other; between two looks it remembers which files were being written.

    `settle_seconds`: for how long a file must not have changed before it is read, and be away before it is gone.
    """

    def __init__(self, library: Library, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._library, self._settle = library, settle_seconds
        self._written: dict[str, tuple[FileSignature, float]] = {}  # by absolute path: since when it is like this
        self._missing: dict[str, float] = {}  # by absolute path: since when it is away
        self._saved: dict[str, float] = {}  # by folder: when its state was last recorded
        self.is_unfinished = False  # the last look left something to be done at the next one

    @property
    def _records(self) -> FollowRecords:
        return self._library.follow_records

    def check(
        self, watch: WatchedFolder, *, is_stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Iterator[FollowEvent]:
        """Look at a folder once, and bring the library up to date; yields what was done, and problems.

        `progress` gets the number of files that have been read, and of those to be read.

        Raises:
            LibraryLocked: another process is writing; the next look does what is left.
            HuwenError: the library cannot be written.
        """
        self.is_unfinished = False
        known = self._records.files(watch.folder)
        try:
            scan = scan_folder(Path(watch.folder), watch.mounts, self._library.home.resolve())
            self._require_documents(watch, scan, known)
        except FollowError as error:
            self._save_state(watch, error.sentences())
            yield FollowEvent("problem", watch.folder, sentences=error.sentences())
            return
        found = self._compare(watch.folder, scan, known)
        if found.ready or found.gone:
            yield from self._apply(watch, scan, found, is_stopped, progress)
        problem = self._describe_problem(watch, scan)
        if problem:
            yield FollowEvent("problem", watch.folder, sentences=problem)
        self._save_state(replace(watch, device=scan.device, mounts=tuple(sorted(scan.mounts))), problem)

    # what has changed

    def _require_documents(self, watch: WatchedFolder, scan: FolderScan, known: dict[str, WatchedFile]) -> None:
        """Refuse to take a disk that is not there for a folder whose files were all removed.

        Raises:
            FollowError: none of the known documents is there any more.
        """
        documents = [path for path, file in known.items() if file.source_id]
        if not documents or any(path in scan.files or scan.is_unknown(path) for path in documents):
            return
        if watch.device and watch.device != scan.device:
            raise FollowError("disk gone", watch.folder)
        if not scan.files and len(documents) > 1:
            raise FollowError("emptied", watch.folder, number=len(documents))

    def _compare(self, folder: str, scan: FolderScan, known: dict[str, WatchedFile]) -> _Differences:
        now, wall = time.monotonic(), time.time_ns()
        ready, renumbered = [], []
        for path, signature in scan.files.items():
            file = known.get(path)
            if file and _is_unchanged(file, signature):
                self._written.pop(f"{folder}/{path}", None)
            elif not self._is_settled(f"{folder}/{path}", signature, now, wall):
                self.is_unfinished = True
            elif file and replace(file.signature, inode=signature.inode).is_same_content(signature):
                renumbered.append(path)
            else:
                ready.append(path)
        gone = [path for path in known if path not in scan.files and not scan.is_unknown(path)]
        gone = [path for path in gone if self._is_gone(f"{folder}/{path}", now)]
        self._missing = {
            path: since for path, since in self._missing.items()
            if not path.startswith(f"{folder}/") or path[len(folder) + 1 :] not in scan.files}
        return _Differences(sorted(ready) + sorted(renumbered)[:_MAX_RENUMBERED], sorted(gone))

    def _is_settled(self, path: str, signature: FileSignature, now: float, wall: int) -> bool:
        """True if a file has been like this for long enough: by its own time, or since an earlier look."""
        age = (wall - signature.modified) / 1e9  # below 0 where the clock of the file's machine is fast
        if age >= self._settle:
            return True
        before, since = self._written.get(path, (None, now))
        if before != signature:
            self._written[path] = signature, now
            return False
        return now - since >= self._settle

    def _is_gone(self, path: str, now: float) -> bool:
        """True if a file has been away for long enough: editors remove a file for a moment when they save it."""
        since = self._missing.setdefault(path, now)
        if now - since >= self._settle:
            return True
        self.is_unfinished = True
        return False

    # what follows from it

    def _apply(
        self, watch: WatchedFolder, scan: FolderScan, found: _Differences, is_stopped: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> Iterator[FollowEvent]:
        """Read files and release those that are gone, some at a time, so that other writers get their turn."""
        total, copies = len(found.ready), list[FollowEvent]()
        for start in range(0, total, _FILES_PER_LOCK):
            if is_stopped():
                self.is_unfinished = True
                return
            with self._library.write_lock(yields=True, wait_seconds=_LOCK_SECONDS):
                paths = found.ready[start : start + _FILES_PER_LOCK]
                for done, event in enumerate(self._read_files(watch, scan, paths, is_stopped), 1):
                    progress(start + done, total)
                    if event and event.kind == "same":
                        copies.append(event)
                    elif event:
                        yield event
            if self._library.is_wanted():  # what is left is done at the next look
                self.is_unfinished = True
                return
            progress(min(start + _FILES_PER_LOCK, total), total)
        for start in range(0, len(found.gone), _FILES_PER_LOCK):
            with self._library.write_lock(yields=True, wait_seconds=_LOCK_SECONDS):
                yield from self._release_files(watch, found.gone[start : start + _FILES_PER_LOCK])
        yield from self._true_copies(copies)

    def _read_files(
        self, watch: WatchedFolder, scan: FolderScan, paths: Sequence[str], is_stopped: Callable[[], bool],
    ) -> Iterator[FollowEvent | None]:
        from rag.library.ingest import InputFile  # file readers, which only a change needs

        known = self._records.files(watch.folder)  # another process may have been here since the look
        pending = [
            path for path in paths
            if path not in known or not _is_unchanged(known[path], scan.files[path])]
        self._announce(watch, [path for path in pending if path not in known])
        names = {_location(watch.folder, path): path for path in pending}

        def may_go_on(_: object) -> bool:
            if is_stopped() or self._library.is_wanted():
                self.is_unfinished = True
                return False
            return True

        files = (InputFile(Path(location), location, watch.tags) for location in names)
        for path, result in self._library.add_files(takewhile(may_go_on, files)):
            inner = names[str(path)]
            before = self._records.find_file(watch.folder, inner) or WatchedFile(inner, "", False, _UNREAD)
            if isinstance(result, UnreadableFile):
                yield self._note_failure(watch.folder, replace(before, signature=scan.files[inner]), result)
            else:
                yield self._note_result(watch.folder, replace(before, signature=scan.files[inner]), result)

    def _announce(self, watch: WatchedFolder, paths: Sequence[str]) -> None:
        """Record that sources of these files are the watch's, before they are there: a killed process leaves it."""
        new = [path for path in paths if not self._library.find_location(_location(watch.folder, path))]
        self._records.save_files(watch.folder, [WatchedFile(path, "", True, _UNREAD) for path in new])

    def _note_failure(self, folder: str, file: WatchedFile, error: UnreadableFile) -> FollowEvent | None:
        if not _is_regular(Path(folder, file.path)):  # it has just been removed
            return None
        sentences, before = error_sentences(error.with_name(file.path)), file.problem
        signature = _UNREAD if error.problem in _PASSING_PROBLEMS else file.signature  # then it is tried at each look
        self._records.save_files(folder, [replace(file, signature=signature, problem=sentences)])
        if before == sentences:
            return None
        return FollowEvent("failed", folder, file.path, source_id=file.source_id, sentences=sentences)

    def _note_result(self, folder: str, file: WatchedFile, result: AddResult) -> FollowEvent | None:
        """Record which source a file has; its earlier one, if it is another, is released."""
        source, location = result.source, _location(folder, file.path)
        is_own_place = self._library.read_location(source.id) == location
        is_owned = result.outcome != "unchanged" or (
            file.is_owned and (file.source_id == source.id or (not file.source_id and is_own_place)))
        self._records.save_files(folder, [replace(file, source_id=source.id, is_owned=is_owned, problem={})])
        event = None
        if file.source_id and file.source_id != source.id:
            event = self._release_source(folder, file)
        if result.outcome == "replaced":
            self._reread_copies(source.id, folder, file.path)
        if result.outcome != "unchanged":
            kind: FollowKind = "added" if result.outcome == "added" else "changed"
            return FollowEvent(kind, folder, file.path, source.title, source.id)
        if event is None and file.source_id != source.id and not is_own_place:
            return FollowEvent("same", folder, file.path, source.title, source.id)
        return event

    def _reread_copies(self, source_id: str, folder: str, path: str) -> None:
        """Forget the other files with a source that has got new content: they have the earlier one still."""
        for other_folder, copy in self._records.files_of_source(source_id):
            if (other_folder, copy.path) != (folder, path):
                self._records.remove_files(other_folder, [copy.path])
                self.is_unfinished = True

    def _release_files(self, watch: WatchedFolder, paths: Sequence[str]) -> Iterator[FollowEvent]:
        """Forget files that are gone; a source goes with its last file, if the watch brought it."""
        for path in paths:
            file = self._records.find_file(watch.folder, path)
            if file is None or _is_regular(Path(watch.folder, path)):
                continue
            self._records.remove_files(watch.folder, [path])
            self._missing.pop(f"{watch.folder}/{path}", None)
            if file.source_id and (event := self._release_source(watch.folder, file)):
                yield event

    def _release_source(self, folder: str, file: WatchedFile) -> FollowEvent | None:
        """What becomes of a source after one of its files is gone, or has other content.

        With other files: it moves to one of them. Without: it is removed, if the watch brought it.
        """
        place = self._library.read_location(file.source_id)
        others = [
            (other_folder, other) for other_folder, other in self._records.files_of_source(file.source_id)
            if (other_folder, other.path) != (folder, file.path)]
        if not place or (others and place != _location(folder, file.path)):
            return None  # removed by hand; or only a copy is gone
        title = self._library.source_by_id(file.source_id).title
        if others:
            heir_folder, heir = next(
                (pair for pair in others if _is_regular(Path(pair[0], pair[1].path))), others[0])
            return self._move_source(heir_folder, replace(heir, is_owned=heir.is_owned or file.is_owned), file.path)
        if not file.is_owned or place != _location(folder, file.path):
            return FollowEvent("kept", folder, file.path, title, file.source_id)
        self._library.remove_sources([file.source_id])
        return FollowEvent("removed", folder, file.path, title, file.source_id)

    def _move_source(self, folder: str, heir: WatchedFile, earlier_path: str) -> FollowEvent:
        """Give a source the name of another file with the same content; it is read again where its name matters."""
        from rag.library.ingest import InputFile  # as in `_read_files`

        location = _location(folder, heir.path)
        self._records.save_files(folder, [heir])
        source = self._library.move_source(heir.source_id, location)
        before, after = PurePosixPath(earlier_path), PurePosixPath(heir.path)
        if before.suffix.lower() != after.suffix.lower() or source.title == before.stem != after.stem:
            file = InputFile(Path(location), location, source_id=source.id, is_reread=True)
            for _, result in self._library.add_files([file]):
                if not isinstance(result, UnreadableFile):
                    source = result.source
        return FollowEvent("renamed", folder, heir.path, source.title, source.id, earlier=earlier_path)

    def _true_copies(self, events: Sequence[FollowEvent]) -> Iterator[FollowEvent]:
        """Without those whose source has moved to them, or soon will: a renamed file is no copy."""
        for event in events:
            place = self._library.read_location(event.source_id)
            if place != _location(event.folder, event.path) and place not in self._missing:
                yield event

    # the folder's state

    def _describe_problem(self, watch: WatchedFolder, scan: FolderScan) -> Sentences:
        if not scan.unread:
            return {}
        return FollowError("part unread", watch.folder, **describe_unread(scan)).sentences()

    def _save_state(self, watch: WatchedFolder, problem: Sentences) -> None:
        """Record when a folder was looked at: at once if its state has changed, else now and then."""
        now = time.monotonic()
        before = next((known for known in self._records.folders() if known.folder == watch.folder), None)
        if before is None:
            return  # it has been removed meanwhile
        after = replace(watch, problem=problem, checked=before.checked)
        if after != before or now - self._saved.get(watch.folder, 0.0) >= _STATE_SECONDS:
            self._saved[watch.folder] = now
            checked = datetime.now(UTC).isoformat(timespec="seconds")
            self._records.save_folder(replace(after, checked=checked))


def _is_unchanged(file: WatchedFile, signature: FileSignature) -> bool:
    """True if a file need not be read; one that could not be read is tried again after any change, even of rights."""
    if file.problem and file.signature.changed != signature.changed:
        return False
    return file.signature.is_same_content(signature)


def _is_regular(path: Path) -> bool:
    """True if a file is there with something in it."""
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size > 0


def _location(folder: str, path: str) -> str:
    return str(Path(folder, path))

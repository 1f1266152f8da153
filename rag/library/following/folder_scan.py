"""Folder scan: which documents are in a folder, without reading them: 10,000 files take a tenth of a second.

Left out: hidden files and folders, locks and temporary files of editors and downloads, other types of files, folders
behind symbolic links (which may form loops), and links to files outside.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.library.following.follow_errors import FollowError, FollowProblem
from rag.library.following.follow_records import FileSignature
from rag.sources.errors import unreadable_by_system
from rag.sources.loaders import readable_suffixes
from rag.text.language import valid_unicode

_MAX_ENTRIES = 500_000  # files and folders; a larger tree is a whole disk, and a look at it takes many seconds
_MAX_INTEGER = (1 << 63) - 1  # of SQLite; numbers of files and disks may be larger
_LOCK_PREFIXES = (".", "~$", "~lock")  # hidden; Word, Excel and PowerPoint; old LibreOffice
_MAX_SHOWN = 3  # names in a sentence


@dataclass
class FolderScan:
    """What a scan found: the signature of each document by its path inside the folder, with /.

    `unread`: folders that could not be read, whose files are unknown. `mounts`: folders in it that are on other disks.
    `empty`: documents of no bytes, which are being written. `bad_names`: names that are not valid text, escaped.
    `suffixes`: those of the documents that can be read on this machine.
    """

    device: int
    files: dict[str, FileSignature] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
    empty: set[str] = field(default_factory=set)
    bad_names: list[str] = field(default_factory=list)
    suffixes: frozenset[str] = field(default_factory=lambda: frozenset(readable_suffixes()))

    def is_unknown(self, path: str) -> bool:
        """True if nothing can be said of a file: it is being written, or a folder above it could not be read."""
        return path in self.empty or any(path == folder or path.startswith(f"{folder}/") for folder in self.unread)


def scan_folder(folder: Path, known_mounts: Sequence[str] = (), excluded: Path | None = None) -> FolderScan:
    """Look at all documents of a folder; `excluded` is a folder inside it that is left out.

    A folder of `known_mounts` that is not on another disk any more counts as one that cannot be read.

    Raises:
        FollowError: the folder is gone, is none, cannot be read, or has too many files.
    """
    try:
        status = folder.stat()
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        problem: FollowProblem = "gone" if is_gone else "no permission"
        raise FollowError(problem, str(folder), reason=_reason(error)) from None
    if not stat.S_ISDIR(status.st_mode):
        raise FollowError("not a folder", str(folder))
    scan = FolderScan(status.st_dev & _MAX_INTEGER)
    entries = 0
    waiting = [""]
    while waiting:
        inner = waiting.pop()
        try:
            for entry in _entries(folder, inner):
                entries += 1
                if entries > _MAX_ENTRIES:
                    raise FollowError("too many", str(folder), limit=f"{_MAX_ENTRIES:,}")
                _look_at(scan, folder, inner, entry, waiting, excluded)
        except OSError as error:
            if not inner:
                raise FollowError("no permission", str(folder), reason=_reason(error)) from None
            scan.unread.append(inner)
    for mount in known_mounts:
        if mount not in scan.mounts and mount not in scan.unread:
            scan.unread.append(mount)
            scan.mounts.append(mount)  # it is remembered until it is there again
    return scan


def describe_unread(scan: FolderScan) -> dict[str, object]:
    """The details of the sentence on folders that could not be read."""
    names = ", ".join(sorted(scan.unread)[:_MAX_SHOWN]) + (" …" if len(scan.unread) > _MAX_SHOWN else "")
    return {"number": len(scan.unread), "names": names}


def _entries(folder: Path, inner: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder / inner) as entries:
        yield from entries


def _look_at(
    scan: FolderScan, root: Path, inner: str, entry: os.DirEntry[str], waiting: list[str], excluded: Path | None,
) -> None:
    """Note one entry of a folder: a document, or a folder to be looked into."""
    name, path = entry.name, f"{inner}/{entry.name}" if inner else entry.name
    if name.startswith(_LOCK_PREFIXES):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            _enter_folder(scan, path, entry, waiting, excluded)
        elif os.path.splitext(name)[1].lower() in scan.suffixes:  # noqa: PTH122  # once for each file of a large tree
            _note_file(scan, root, path, entry)
    except FileNotFoundError:
        return  # it has just been removed
    except OSError:
        scan.unread.append(path)


def _enter_folder(
    scan: FolderScan, path: str, entry: os.DirEntry[str], waiting: list[str], excluded: Path | None,
) -> None:
    if excluded is not None and Path(entry.path) == excluded:
        return
    device = entry.stat(follow_symlinks=False).st_dev & _MAX_INTEGER
    if device and device != scan.device:  # Windows gives 0 here
        scan.mounts.append(path)
    waiting.append(path)


def _note_file(scan: FolderScan, root: Path, path: str, entry: os.DirEntry[str]) -> None:
    if valid_unicode(path) != path:
        scan.bad_names.append(valid_unicode(path))
        return
    if entry.is_symlink() and not _leads_inside(Path(entry.path), root):
        return
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        return
    if not status.st_size:  # a download or a copy that has just begun
        scan.empty.add(path)
        return
    scan.files[path] = FileSignature(
        status.st_size, status.st_mtime_ns, status.st_ino & _MAX_INTEGER, status.st_ctime_ns)


def _leads_inside(link: Path, root: Path) -> bool:
    """False for a link to a file outside the folder, or to none."""
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # links that point at each other
        return False


def _reason(error: OSError) -> object:
    return unreadable_by_system(error).details["detail"]

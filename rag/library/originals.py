"""Originals: the bytes of the added files, kept by their digest, so that a later version can read them again.

A file is kept once as `originals/ab/abcd….pdf`, readable by its owner only. Beside it, `about-abcd…` has what is needed
to add the file again if the manifest is lost: name, location, tags, and a title that a person gave.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.schema import HuwenError, Source

_FOLDER = "originals"
_ABOUT = "about-"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")  # of a file's name; anything else is not kept as a suffix


class MissingOriginal(HuwenError):
    """A kept original is missing, or it is not the file any more that was added."""


@dataclass(frozen=True)
class OriginalRecord:
    """What is known of a kept original besides its bytes; `title` is empty if the file's own title is used.

    `id` is that of its source, which stays when the file gets another name. `url` and `accessed` are empty for a
    document that did not come from a web address.
    """

    name: str
    location: str
    tags: tuple[str, ...] = ()
    title: str = ""
    id: str = ""
    url: str = ""
    accessed: str = ""

    @classmethod
    def of_source(cls, source: Source, location: str) -> OriginalRecord:
        """The record of a source."""
        title = source.title if source.renamed else ""
        url, accessed = (source.url, source.accessed) if is_web_location(location) else ("", "")
        return cls(source.name, location, source.tags, title, source.id, url, accessed)


def is_web_location(location: str) -> bool:
    """True for a source that came from a web address."""
    return location.startswith(("http://", "https://"))


class Originals:
    """The kept originals of a library; `is_enabled` False: no new ones are kept, those that are there stay."""

    def __init__(self, home: Path, *, is_enabled: bool = True) -> None:
        self.folder, self._is_enabled = home / _FOLDER, is_enabled
        self._checked: dict[str, tuple[int, int, int]] = {}  # the state in which an original had its digest

    def keep(self, content: bytes, record: OriginalRecord) -> str:
        """Keep the bytes of a file; returns their digest, or "" if no originals are kept.

        Raises:
            HuwenError: the folder cannot be written.
        """
        if not self._is_enabled:
            return ""
        digest = hashlib.sha256(content).hexdigest()
        suffix = Path(record.name).suffix
        path = self.folder / digest[:2] / f"{digest}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if not path.is_file() or path.stat().st_size != len(content):
                _write_atomically(path, content)
            self._write_record(digest, record)
        except OSError as error:
            raise HuwenError(
                f"{self.folder}: the original of {record.name} cannot be kept ({error.strerror}); make room or make "
                "the folder writable, or set HUWEN_KEEP_ORIGINALS=0") from None
        return digest

    def describe_again(self, source: Source, location: str) -> None:
        """Record the present name, tags and title of a source with its original, if it has one."""
        if source.original and self._find(source.original):
            with suppress(OSError):  # the record is needed only if the manifest is lost
                self._write_record(source.original, OriginalRecord.of_source(source, location))

    def find_file(self, digest: str, name: str) -> Path:
        """The kept original itself, which must not be changed; `name` is for the sentence of the error.

        Its bytes are compared with the digest, once for each state of the file.

        Raises:
            MissingOriginal: there is none, or its bytes have changed.
        """
        kept = self._find(digest)
        if kept is None:
            raise MissingOriginal(f"{name}: its original is not in {self.folder}; add the file again")
        status = kept.stat()
        state = status.st_mtime_ns, status.st_size, status.st_ino
        if self._checked.get(digest) != state:
            with kept.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise MissingOriginal(f"{name}: its original {kept} is damaged; add the file again")
            self._checked[digest] = state
        return kept

    @contextmanager
    def restored_file(self, digest: str, name: str) -> Iterator[Path]:
        """The original under its own name, in a temporary folder that is removed at the end of the `with` block.

        Raises:
            MissingOriginal: there is none, or its bytes have changed.
        """
        kept = self.find_file(digest, name)
        with tempfile.TemporaryDirectory(prefix="huwen-original-") as folder:
            path = Path(folder) / (Path(name).name or kept.name)
            shutil.copyfile(kept, path)
            yield path

    def remove(self, digest: str) -> None:
        """Remove an original that no source uses any more; nothing happens for a digest that is none."""
        if not _DIGEST.fullmatch(digest):
            return
        folder = self.folder / digest[:2]
        for path in (*folder.glob(f"{digest}*"), folder / f"{_ABOUT}{digest}"):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # others are in it, or it does not exist
            folder.rmdir()

    def remove_leftovers(self) -> None:
        """Remove the parts of files that a killed process was writing; inside the library's `write_lock`."""
        for path in self.folder.glob("??/.*"):
            path.unlink(missing_ok=True)

    def digests(self) -> set[str]:
        """The digests of all kept originals."""
        names = (path.name[:64] for path in self.folder.glob("??/*"))
        return {name for name in names if _DIGEST.fullmatch(name)}

    def records(self) -> dict[str, OriginalRecord]:
        """What is known of each original, by digest; one whose record is damaged has its digest as a name."""
        return {digest: self._read_record(digest) for digest in sorted(self.digests())}

    def size(self) -> int:
        """The bytes of all kept originals."""
        return sum(path.stat().st_size for path in self.folder.glob("??/*") if _DIGEST.match(path.name))

    def _find(self, digest: str) -> Path | None:
        """The file with this digest in its name, if there is one."""
        if not _DIGEST.fullmatch(digest):
            return None
        return next(iter(sorted((self.folder / digest[:2]).glob(f"{digest}*"))), None)

    def _write_record(self, digest: str, record: OriginalRecord) -> None:
        content = json.dumps(asdict(record), ensure_ascii=False).encode("utf-8", "surrogatepass")
        _write_atomically(self.folder / digest[:2] / f"{_ABOUT}{digest}", content)

    def _read_record(self, digest: str) -> OriginalRecord:
        path = self._find(digest)
        name = path.name if path else digest
        try:
            stored = json.loads((self.folder / digest[:2] / f"{_ABOUT}{digest}").read_text("utf-8"))
            tags = tuple(str(tag) for tag in stored["tags"])
            later = {field: str(stored.get(field, "")) for field in ("id", "url", "accessed")}  # since 0.6
            return OriginalRecord(str(stored["name"]), str(stored["location"]), tags, str(stored["title"]), **later)
        except (OSError, ValueError, KeyError, TypeError):
            return OriginalRecord(name, f"original:{digest}")


def has_originals(home: Path) -> bool:
    """True if a library's folder has kept originals."""
    return any((home / _FOLDER).glob("??/*"))


def _write_atomically(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; after a crash the old file is there, or none, or the whole new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")  # private from its first byte
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

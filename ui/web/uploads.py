"""File uploads: the body of a request is saved under the file's own name, in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterable
from pathlib import Path

from rag.schema import HuwenError
from rag.sources.loaders import READERS

MB = 1_000_000
_MAX_NAME_BYTES = 255  # the limit of common file systems


class BadUpload(HuwenError):
    """A file that is refused before it is read."""


async def save_upload(body: AsyncIterable[bytes], name: str, max_mb: int) -> Path:
    """Save an upload of at most `max_mb` megabytes; returns its path, in a new folder that the caller removes.

    The name is not changed: the library shows it, and its suffix selects the loader.

    Raises:
        BadUpload: the name is not a file name, its suffix is unknown, or the file is too large; no file is left behind.
    """
    name, size = validate_file_name(name), 0
    folder = Path(tempfile.mkdtemp(prefix="huwen-"))
    is_complete = False
    try:
        with (folder / name).open("xb") as file:
            async for chunk in body:
                size += len(chunk)
                if size > max_mb * MB:
                    raise BadUpload(f"{name}: is larger than {max_mb} MB; split it, or raise HUWEN_UPLOAD_MB")
                file.write(chunk)
        is_complete = True
    except OSError as error:
        raise BadUpload(
            f"{name}: cannot be kept while it is read ({error.strerror}); make room on the disk, or shorten its name",
        ) from None
    finally:  # also where the browser has closed the connection
        if not is_complete:
            shutil.rmtree(folder, ignore_errors=True)
    return folder / name


def validate_file_name(raw_name: str) -> str:
    """The file name in Unicode normal form C (macOS sends é as two characters), checked to be nothing but a name.

    Raises:
        BadUpload: it leads to a folder, has control characters, is too long, or is of a type that cannot be read.
    """
    name = unicodedata.normalize("NFC", raw_name)
    shown = f"{name[:40]}…" if len(name) > 60 else name
    if name in ("", ".", "..") or any(_is_forbidden(letter) for letter in name):
        raise BadUpload(f"{shown!r}: is not a file name; rename the file")
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise BadUpload(
            f"{shown}: the name is longer than {_MAX_NAME_BYTES} bytes (a Chinese character takes three); shorten it")
    if Path(name).suffix.lower() not in READERS:
        raise BadUpload(f"{shown}: there is no reader for this type; known: {', '.join(READERS)}")
    return name


def _is_forbidden(letter: str) -> bool:
    """A path separator, a control character or half of a surrogate pair."""
    return letter in "/\\" or unicodedata.category(letter) in ("Cc", "Cs")

"""A request's body becomes a file under the name that its reader gave it, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterable
from pathlib import Path

from rag.schema import HuwenError
from rag.sources.loaders import READERS

MB = 1_000_000
_MAX_NAME_BYTES = 255  # bytes; what file systems take


class BadUpload(HuwenError):
    """A file that the library does not take, before it is read."""


async def save_upload(body: AsyncIterable[bytes], name: str, max_mb: int) -> Path:
    """The file, whole; its folder is its own and the caller's to remove.

    The name stays as it is: the library tells it, and the reader of a file type goes by its ending.

    Raises:
        BadUpload: the name is none, its ending unknown, or the file too large; nothing is left behind.
    """
    name, size = validate_file_name(name), 0
    folder = Path(tempfile.mkdtemp(prefix="huwen-"))
    whole = False
    try:
        with (folder / name).open("xb") as file:
            async for piece in body:
                size += len(piece)
                if size > max_mb * MB:
                    raise BadUpload(f"{name}: is larger than {max_mb} MB; split it, or raise HUWEN_UPLOAD_MB")
                file.write(piece)
        whole = True
    except OSError as error:
        raise BadUpload(f"{name}: cannot be kept while it is read ({error.strerror}); make room on the disk, or shorten its name") from None
    finally:  # also where the browser has gone meanwhile
        if not whole:
            shutil.rmtree(folder, ignore_errors=True)
    return folder / name


def validate_file_name(raw_name: str) -> str:
    """A name that is nothing but a name, composed as most systems write it (macOS takes é apart).

    Raises:
        BadUpload: it leads to a folder, has control characters, is far too long, or of a type that is not read.
    """
    name = unicodedata.normalize("NFC", raw_name)
    shown = f"{name[:40]}…" if len(name) > 60 else name
    if name in ("", ".", "..") or any(letter in "/\\" or unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise BadUpload(f"{shown!r}: is no file name; rename the file")
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise BadUpload(f"{shown}: the name is longer than {_MAX_NAME_BYTES} bytes (a Chinese character takes three); shorten it")
    if Path(name).suffix.lower() not in READERS:
        raise BadUpload(f"{shown}: there is no reader for this type; known: {', '.join(READERS)}")
    return name

"""Recovery: the files of a library whose manifest is damaged or lost are set aside, so that it can begin anew."""

from __future__ import annotations

import shutil
from datetime import datetime
from itertools import count
from pathlib import Path

from rag.library.lock import opening_lock, write_lock


def set_aside_damaged(home: Path) -> Path:
    """Move manifest and indexes to a new folder inside the library's folder; returns it. Originals stay.

    Nothing is deleted: an expert may still get something out of the damaged file.

    Raises:
        LibraryLocked: another process is writing.
    """
    with write_lock(home), opening_lock(home):
        day = datetime.now().strftime("%Y-%m-%d")
        folder = next(path for number in count(1) if not (path := home / f"damaged-{day}-{number}").exists())
        folder.mkdir(mode=0o700)
        for path in (*home.glob("manifest.sqlite*"), *home.glob("index-*")):
            shutil.move(path, folder / path.name)
    return folder

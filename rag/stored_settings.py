"""What was chosen on the page becomes a file of the home folder that only its owner can read, and values again."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

# so plain that no two programs read another host in it: no password, no backslash, no letter that looks like another
_PLAIN_ADDRESS = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:/[!-~]*)?", re.I)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def read_stored_settings(path: Path) -> dict[str, str]:
    """The values by their names; none where nothing has been chosen yet. What others could read is shut to them.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds anything but texts by their names.
    """
    try:
        with suppress(PermissionError):  # another's file, or a disk without owners: it says no more than it did
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
        kept = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        raise ValueError("it is nested without end") from None
    if not (isinstance(kept, dict) and all(isinstance(value, str) for value in kept.values())):
        raise ValueError("it must be an object of texts")
    return kept


def write_stored_settings(path: Path, values: Mapping[str, str]) -> None:
    """Keep the values, all or, where that fails, those that were there before.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")  # for its owner alone from the first byte on
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(values), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def is_same_server(one: str, other: str) -> bool:
    """Whether what may be told to one address may be told to the other: the same protocol, host and port.

    `https://api.deepseek.com/v1`, `https://API.deepseek.com:443` → True; `http://…` in place of `https://…` → False
    """
    return one == other or (_server_parts(one) is not None and _server_parts(one) == _server_parts(other))


def _server_parts(url: str) -> tuple[str, str, str] | None:
    found = _PLAIN_ADDRESS.fullmatch(url)
    if not found:
        return None
    protocol, host, port = (found[1].lower(), found[2].lower(), found[3])
    return protocol, host, port or _DEFAULT_PORTS[protocol]


def is_plain_address(url: str) -> bool:
    """Whether an address is http or https and nothing in it can be taken in two ways: no name, password, query or fragment.

    `http://127.0.0.1:8000/v1` → True; `http://me:secret@host/v1`, `https://host/v1?key=secret`, `host/v1` → False
    """
    return _server_parts(url) is not None and not set(url) & set("?#\\") and "@" not in url

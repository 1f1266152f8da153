"""Stored settings: the choices made on the page, in a file that only its owner can read; comparison of addresses."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

# an address in which all programs read the same host: no password, no backslash, only ASCII letters
_PLAIN_ADDRESS = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:/[!-~]*)?", re.I)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def read_stored_settings(path: Path) -> dict[str, str]:
    """The values by name; empty if nothing has been chosen yet. Permissions of other users are removed from the file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a JSON object of strings.
    """
    try:
        with suppress(PermissionError):  # the file of another user, or a disk without permissions
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
        values = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not (isinstance(values, dict) and all(isinstance(value, str) for value in values.values())):
        raise ValueError("it must be an object of strings")
    return values


def write_stored_settings(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file with a new one that has these values; if that fails, the old file is unchanged.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")  # private from its first byte
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(values), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_same_server(left: str, right: str) -> bool:
    """True if two addresses have the same protocol, host and port, so that a key for one may be sent to the other.

    `https://api.deepseek.com/v1`, `https://API.deepseek.com:443` → True; `http://…` and `https://…` → False
    """
    return left == right or (_server_parts(left) is not None and _server_parts(left) == _server_parts(right))


def _server_parts(url: str) -> tuple[str, str, str] | None:
    """Protocol, host and port of an address; None if it is not plain."""
    match = _PLAIN_ADDRESS.fullmatch(url)
    if not match:
        return None
    protocol, host, port = match[1].lower(), match[2].lower(), match[3]
    return protocol, host, port or _DEFAULT_PORTS[protocol]


def is_plain_address(url: str) -> bool:
    """True for an http or https address that all programs read in the same way: no user, password, query or fragment.

    `http://127.0.0.1:8000/v1` → True; `http://me:secret@host/v1`, `https://host/v1?key=secret`, `host/v1` → False
    """
    return _server_parts(url) is not None and not set(url) & set("?#\\") and "@" not in url

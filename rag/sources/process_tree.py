"""Process tree: a process and all that it started, which end together."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def kill_tree(root: int) -> None:
    """Kill a process that leads a group, and what it started: on Linux also what began a session of its own.

    On Windows only the process itself is killed.
    """
    kill_descendants(root)
    with suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, for a process that has ended
        if hasattr(os, "killpg"):
            os.killpg(root, signal.SIGKILL)
        else:
            os.kill(root, signal.SIGTERM)  # which is the end of a process there


def kill_descendants(root: int) -> None:
    """Kill what a process started, and what that started, on Linux."""
    for descendant in _find_descendants(root):
        with suppress(ProcessLookupError):
            os.kill(descendant, signal.SIGKILL)


def _find_descendants(root: int) -> list[int]:
    """The processes that a process and its descendants started; empty where `/proc` is missing."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            # the name in parentheses may contain spaces and parentheses; state and parent follow it
            parent = int(status.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
            children[parent].append(int(status.parent.name))
    descendants: list[int] = []
    waiting = [root]
    while waiting:
        started = children[waiting.pop()]
        descendants += started
        waiting += started
    return descendants

"""Limits of the reading process: the time and memory that reading one file may take, set by the process for itself.

The limit of memory holds on Linux only, limits of time on Unix: Windows has none that a process can set for itself.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_MEBIBYTE = 1 << 20
_MAX_WRITTEN_BYTES = 1 << 30  # a file that is unpacked or converted on disk
_ALARM_DELAY = 5  # seconds by which the parent, which knows the reason, stops the process before its own alarm does


@dataclass(frozen=True)
class ReadingLimits:
    """Limits for one file: seconds of clock, MiB of memory beyond the interpreter's own, characters of all its text.

    Where the reader reports pages (`rag/sources/page_progress.py`), a page has `seconds` of processor time, and
    `page_seconds` of clock: recognition takes several seconds of each page, and a busy machine gives it a part of them.
    """

    seconds: int = 30
    page_seconds: int = 120
    mebibytes: int = 1_024
    characters: int = 50_000_000


def limit_process() -> None:
    """Set what holds for the whole life of the process: no memory dumps, and no huge files."""
    if resource:
        _lower_limit(resource.RLIMIT_CORE, 0)
        _lower_limit(resource.RLIMIT_FSIZE, _MAX_WRITTEN_BYTES)


def start_limits(limits: ReadingLimits) -> None:
    """Limit what follows: memory where the system tells its present size (Linux), time (Unix)."""
    if not resource:
        return
    if size := address_space():
        _set_soft_limit(resource.RLIMIT_AS, size + limits.mebibytes * _MEBIBYTE)
    restart_clock(limits, limits.seconds)


def allow_memory(mebibytes: int) -> None:
    """Let the file that is being read take so much more memory: for a reader that needs more than others do."""
    if not resource:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        _set_soft_limit(resource.RLIMIT_AS, soft + mebibytes * _MEBIBYTE)


def restart_clock(limits: ReadingLimits, clock_seconds: int) -> None:
    """Begin the time of a file, or of one of its pages, now."""
    if not resource:
        return
    _set_soft_limit(resource.RLIMIT_CPU, int(time.process_time()) + limits.seconds + _ALARM_DELAY)
    # the system ends the process at the alarm, even while a library holds the interpreter's lock
    signal.setitimer(signal.ITIMER_REAL, clock_seconds + _ALARM_DELAY)


def stop_limits() -> None:
    """End the limits of one file."""
    if resource:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _set_soft_limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)


def _set_soft_limit(kind: int, value: int) -> None:
    """Set a limit that can be raised again, at most to the limit that the system gave the process."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = hard if value == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, hard))


def _lower_limit(kind: int, value: int) -> None:
    soft, hard = resource.getrlimit(kind)
    lowest = min((limit for limit in (value, soft, hard) if limit != resource.RLIM_INFINITY), default=value)
    resource.setrlimit(kind, (lowest, hard))


def address_space() -> int:
    """The bytes of address space that the process has; 0 where the system does not tell (macOS, Windows)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_mebibytes() -> int:
    """The most memory that this process and those that it started have held; 0 on Windows.

    On Linux the usage of a process that was just started includes the memory of its parent: its status does not.
    """
    if not resource:
        return 0
    own = _own_peak_mebibytes()
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _USAGE_BYTES // _MEBIBYTE)


def _own_peak_mebibytes() -> int:
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _USAGE_BYTES // _MEBIBYTE
    _, _, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) * 1_024 // _MEBIBYTE if rest else 0


_USAGE_BYTES = 1 if sys.platform == "darwin" else 1_024  # the unit of a usage

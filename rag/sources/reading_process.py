"""Reading process: a child process with limits in which files are read, so that no file can harm the program.

A reader may loop, need all memory, or crash in a native library. In the child, which reads many files one after the
other, each file has a limit of time and memory; a child that exceeds it is killed together with the programs that it
started, the file becomes an error, and the next file gets a new child.

The limit of memory holds on Linux only: macOS and Windows have none that a process can set for itself. On Windows the
programs that the child started are not killed.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar, cast

from rag.sources.elements import Cell, Element, FileContent, Omission, RecognisedLine, Table
from rag.sources.errors import WRONG_PART, BilingualText, UnreadableFile, escape_hidden, restore_error
from rag.sources.file_types import type_of_suffix
from rag.sources.page_progress import PageProgress, announce_page
from rag.sources.pages.views import Converted, Mark, PageImage, PageLayout
from rag.sources.process_limits import ReadingLimits
from rag.sources.process_tree import kill_tree
from rag.sources.reading_worker import Crash, ReadFunction, Reply, Request, read_message, write_message

_START_SECONDS = 60  # an interpreter starts in a tenth of a second, on an overloaded machine in several seconds
_MAX_REPLY_BYTES = 512 << 20  # several times what the limit of characters allows

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result", FileContent, PageLayout, PageImage, Converted)


def read_bounded(path: Path, read: Callable[[Path], FileContent]) -> FileContent:
    """What `read`, a function of a module, makes of a file, in the child process that all threads share.

    Raises:
        UnreadableFile: that of `read`; "too slow", "too large" or "too much text" beyond a limit; "damaged" where the
            reader fails in a way that nobody expected, which is logged. The sentence does not name the file.
    """
    return _shared_process.read(path, read)


class ReadingProcess:
    """A child process that reads files one after the other; it is started for the first and replaced when it ends.

    Threads may share it: they wait for each other. `peak_mebibytes` is the most memory that a child has reported.
    """

    def __init__(self, limits: ReadingLimits | None = None) -> None:
        self.limits = limits or ReadingLimits()
        self.peak_mebibytes = 0
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def read(self, path: Path, read: Callable[[Path], FileContent]) -> FileContent:
        """As `read_bounded`."""
        return self.run(path, read, FileContent)

    def run(self, path: Path, function: Callable[[Path], _Result], kind: type[_Result]) -> _Result:
        """What a function of a module, or a `partial` of one, makes of a file: a value of the class `kind`.

        Raises:
            UnreadableFile: as in `read_bounded`.
        """
        with self._lock:
            reply = self._exchange(Request(path, cast(ReadFunction, function), self.limits))
        self.peak_mebibytes = max(self.peak_mebibytes, reply.peak_mebibytes)
        if isinstance(reply.outcome, kind):
            return reply.outcome
        if isinstance(reply.outcome, Crash):
            trace = "\n".join(map(escape_hidden, reply.outcome.trace.splitlines()))
            _log.error("no reader may fail like this, which it did with %s:\n%s", escape_hidden(path.name), trace)
            raise UnreadableFile("missing reader") if reply.outcome.is_import else _damage_error(path, WRONG_PART)
        raise reply.outcome if isinstance(reply.outcome, UnreadableFile) else _damage_error(path, WRONG_PART)

    def close(self) -> None:
        """End the child, also while it reads; the next file starts another one."""
        child, self._child = self._child, None
        if child:
            child.kill()

    def _exchange(self, request: Request) -> Reply:
        """The reply to a request. The child is given up unless all went well, also at Ctrl-C.

        Raises:
            UnreadableFile: the child was stopped or died.
        """
        try:
            return self._exchange_once(request)
        except _EndedIdle:  # nobody has begun with the file, so that another child may
            try:
                return self._exchange_once(request)
            except _EndedIdle:
                raise UnreadableFile("no reading process") from None

    def _exchange_once(self, request: Request) -> Reply:
        child = self._child = self._child or _Child()
        is_fit = False
        try:
            reply = child.exchange(request)
            is_fit = not (reply.is_worn or child.has_expired)
            return reply
        finally:
            if not is_fit:
                self.close()


class _EndedIdle(Exception):
    """A child had ended, or was killed from outside, before it received a request."""


class _Child:
    """One child process with its pipes and its folder for temporary files.

    Raises:
        UnreadableFile: it cannot be started.
    """

    def __init__(self) -> None:
        self.has_expired = False
        self._folder = tempfile.mkdtemp(prefix="huwen-reading-")
        try:
            self._process = subprocess.Popen(
                _worker_command(self._folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_worker_environment(self._folder), start_new_session=True)
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise UnreadableFile("no reading process") from None
        try:
            self._receive(_START_SECONDS)
        except EOFError:
            self.kill()
            raise UnreadableFile("no reading process") from None

    def exchange(self, request: Request) -> Reply:
        """The reply to a request.

        Raises:
            UnreadableFile: the child was stopped or died, or its reply is not one.
            _EndedIdle: it had ended before it received the request.
        """
        try:
            self._send(pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
            self._receive(_START_SECONDS)  # received
        except (EOFError, OSError):
            raise _EndedIdle from None
        seconds = request.limits.seconds
        while True:
            answer = self._receive_answer(request, seconds)
            if not isinstance(answer, PageProgress):
                return answer
            announce_page(answer)
            seconds = request.limits.page_seconds

    def _receive_answer(self, request: Request, seconds: int) -> Reply | PageProgress:
        """The reply, or the next page that the reader reports."""
        try:
            message = self._receive(seconds)
        except (EOFError, OSError):
            self.kill()
            raise self._death_error(request, seconds) from None
        try:
            return cast(Reply | PageProgress, _ReplyUnpickler(io.BytesIO(message)).load())
        except pickle.UnpicklingError:
            raise _damage_error(request.path, WRONG_PART) from None

    def kill(self) -> None:
        """End the process and those that it started, and remove its temporary files."""
        kill_tree(self._process.pid)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _send(self, message: bytes) -> None:
        write_message(cast(IO[bytes], self._process.stdin), message)  # type: ignore[arg-type]

    def _receive(self, seconds: int) -> bytes:
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            return read_message(cast(IO[bytes], self._process.stdout), _MAX_REPLY_BYTES)  # type: ignore[arg-type]
        finally:
            timer.cancel()
            timer.join()  # if it has just expired, the child is dead before anyone asks whether it is

    def _expire(self) -> None:
        self.has_expired = True
        self.kill()

    def _death_error(self, request: Request, seconds: int) -> UnreadableFile:
        """The error of a file with which the child ended: by a clock, for lack of memory or by a crash."""
        cause = -self._process.returncode  # the number of a signal
        if self.has_expired or cause in _CLOCK_SIGNALS:
            return UnreadableFile("too slow", seconds=seconds)
        if cause in _MEMORY_SIGNALS:
            return UnreadableFile("too large", mebibytes=request.limits.mebibytes)
        return _damage_error(request.path, _BROKEN_OFF)


def _signal_numbers(*names: str) -> frozenset[int]:
    """The numbers of those signals that the system has: Windows has few."""
    return frozenset(int(getattr(signal, name)) for name in names if hasattr(signal, name))


_CLOCK_SIGNALS = _signal_numbers("SIGALRM", "SIGXCPU")
# the system kills; C++ aborts, and pdfium stops at an invalid instruction, when memory cannot be had
_MEMORY_SIGNALS = _signal_numbers("SIGKILL", "SIGABRT", "SIGILL", "SIGTRAP")
_BROKEN_OFF: BilingualText = {"en": "reading it broke off", "zh": "读取中断"}


def _damage_error(path: Path, detail: BilingualText) -> UnreadableFile:
    return UnreadableFile("damaged", type=type_of_suffix(path.suffix.lower()).names, detail=detail)


class _ReplyUnpickler(pickle.Unpickler):
    """Accepts our own classes only: hostile bytes may have taken control of the child."""

    def find_class(self, module_name: str, global_name: str) -> object:
        try:
            return _REPLY_CLASSES[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module_name}.{global_name}") from None


_REPLY_CLASSES: dict[tuple[str, str], object] = {
    (known.__module__, known.__name__): known
    for known in (
        Reply, Crash, PageProgress, FileContent, Element, Table, Cell, Omission, RecognisedLine, PageLayout, Mark,
        PageImage, Converted, restore_error)}


def _worker_command(folder: str) -> list[str]:
    """The interpreter with our own import path; `-P` keeps the working folder out of it."""
    import_path = json.dumps([os.path.abspath(entry) for entry in sys.path])  # noqa: PTH100 - an entry may be empty
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
        "from rag.sources.reading_worker import serve_requests; serve_requests(sys.argv[2])")
    return [sys.executable, "-P", "-X", f"utf8={sys.flags.utf8_mode}", "-c", code, import_path, folder]


def _worker_environment(folder: str) -> dict[str, str]:
    """Our environment without keys and passwords, which a reader does not need.

    Each thread of a numerical library would reserve address space, which is limited.
    """
    environment = {name: value for name, value in os.environ.items() if not _SECRET_NAME.search(name)}
    single_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return environment | single_thread | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)


_SECRET_NAME = re.compile("KEY|TOKEN|SECRET|PASSW", re.I)


_shared_process = ReadingProcess()


def _forget_child() -> None:
    """In a forked process: leave the child to the parent, whose pipes it reads."""
    global _shared_process
    _shared_process = ReadingProcess()


atexit.register(lambda: _shared_process.close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_child)

"""Reading worker: the child process in which files are read; a request on its standard input turned into a reply.

A message is eight bytes with its length, and a pickle of that length; an empty one says that the process is ready, or
that it has received a request. Before a reply the progress of a reader may come, page by page. The process ends when
its input ends, which is also the case when its parent was killed.
"""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rag.sources.elements import FileContent, Table
from rag.sources.errors import UnreadableFile
from rag.sources.page_progress import PageProgress, set_reporter
from rag.sources.pages.views import Converted, PageImage, PageLayout
from rag.sources.process_limits import (
    ReadingLimits,
    address_space,
    limit_process,
    peak_mebibytes,
    restart_clock,
    start_limits,
    stop_limits,
)
from rag.sources.process_tree import kill_descendants, kill_tree

# what a function that is run in the process may return: values of our own classes, which the parent accepts
Result = FileContent | PageLayout | PageImage | Converted
ReadFunction = Callable[[Path], Result]

LENGTH_BYTES = 8  # of the length before each message
_MEBIBYTE = 1 << 20
_MAX_GROWTH_MEBIBYTES = 512  # of address space, after which a new process is better than what libraries have kept
_CELL_CHARACTERS = 25  # characters of text that take as much memory as one cell


@dataclass(frozen=True)
class Request:
    """One file to be read, with a function of a module by which it is read."""

    path: Path
    read: ReadFunction
    limits: ReadingLimits


@dataclass(frozen=True)
class Crash:
    """An error of a reader or of a library that nobody expected, as its traceback.

    `is_import`: a module could not be imported, for which the file is not to blame.
    """

    trace: str
    is_import: bool = False


@dataclass(frozen=True)
class Reply:
    """What came of a request; `peak_mebibytes` is the most memory that the process has held so far.

    `is_worn`: the process should not read further files.
    """

    outcome: Result | UnreadableFile | Crash
    is_worn: bool = False
    peak_mebibytes: int = 0


def serve_requests(folder: str) -> None:
    """Answer requests until the input ends: the main function of the process.

    `folder` is where temporary files are written; the process removes it at its end.
    """
    requests, replies = _take_over_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which decides
    sys.addaudithook(_refuse_network)
    limit_process()
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive_messages, args=(requests, replies, messages, folder), daemon=True).start()
    write_message(replies, b"")  # ready
    initial_size = address_space()
    while True:
        reply = _reply_to(messages.get(), initial_size, replies)
        write_message(replies, pickle.dumps(reply, pickle.HIGHEST_PROTOCOL))


def read_message(stream: BinaryIO, limit: int | None = None) -> bytes:
    """The next message.

    Raises:
        EOFError: the other process has ended, or the message is longer than the limit.
    """
    length = int.from_bytes(_read_exactly(stream, LENGTH_BYTES), "big")
    if limit is not None and length > limit:
        raise EOFError
    return _read_exactly(stream, length)


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def write_message(stream: BinaryIO, message: bytes) -> None:
    """Send a message.

    Raises:
        OSError: the other process has ended.
    """
    stream.write(len(message).to_bytes(LENGTH_BYTES, "big"))
    stream.write(message)
    stream.flush()


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes of requests and replies; what libraries read or print goes nowhere."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return requests, replies


def _receive_messages(
    requests: BinaryIO, replies: BinaryIO, messages: queue.SimpleQueue[bytes], folder: str,
) -> None:
    """Pass on requests; at the end of the input, end the process also in the middle of a file."""
    while True:
        try:
            message = read_message(requests)
            write_message(replies, b"")  # received; the reply comes later, as the other thread waits for the message
            messages.put(message)
        except (EOFError, OSError):
            kill_descendants(os.getpid())  # LibreOffice, which writes into the folder
            shutil.rmtree(folder, ignore_errors=True)
            kill_tree(os.getpid())


def _refuse_network(event: str, _: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        raise PermissionError("a document is read without the network")


def _reply_to(message: bytes, initial_size: int, replies: BinaryIO) -> Reply:
    """Read a file within its limits."""
    try:
        request: Request = pickle.loads(message)

        def report(progress: PageProgress) -> None:
            restart_clock(request.limits, request.limits.page_seconds)
            write_message(replies, pickle.dumps(progress, pickle.HIGHEST_PROTOCOL))

        set_reporter(report)
        start_limits(request.limits)
        outcome: Result | UnreadableFile | Crash = request.read(request.path)
        if isinstance(outcome, FileContent):
            _check_amount(outcome, request.limits)
    except UnreadableFile as error:
        outcome = error
    except MemoryError:
        stop_limits()
        return Reply(UnreadableFile("too large", mebibytes=request.limits.mebibytes), True, peak_mebibytes())
    except RecursionError:
        outcome = UnreadableFile("too deep")
    # the only broad `except` of the readers: a library may raise anything when the bytes are hostile, and one bad file
    # must not stop the others; the parent logs the traceback
    except Exception as error:
        outcome = Crash(traceback.format_exc(limit=-_TRACEBACK_ENTRIES), isinstance(error, ImportError))
    stop_limits()
    is_worn = address_space() - initial_size > _MAX_GROWTH_MEBIBYTES * _MEBIBYTE
    return Reply(_plain_outcome(outcome), is_worn, peak_mebibytes())


_TRACEBACK_ENTRIES = 20  # the innermost ones, which show the fault; a recursion has thousands


def _check_amount(content: FileContent, limits: ReadingLimits) -> None:
    """Refuse so much content that it would burden the parent.

    Raises:
        UnreadableFile: "too much text".
    """
    characters = 0
    for part in content.elements:
        characters += sum(_cell_costs(part)) if isinstance(part, Table) else len(part.text)
        if characters > limits.characters:
            raise UnreadableFile("too much text", limit=f"{limits.characters:,}")


def _cell_costs(table: Table) -> list[int]:
    return [len(cell.text) + _CELL_CHARACTERS for row in table.rows for cell in row]


def _plain_outcome(outcome: Result | UnreadableFile | Crash) -> Result | UnreadableFile | Crash:
    """An outcome that consists of our own classes and texts only, which is all that the parent accepts."""
    if isinstance(outcome, UnreadableFile):
        details = {key: _plain_detail(value) for key, value in outcome.details.items()}
        return UnreadableFile(outcome.problem, outcome.name, **details)
    if isinstance(outcome, FileContent):
        return FileContent(
            tuple(outcome.elements), {str(key): str(value) for key, value in outcome.metadata.items()},
            tuple(outcome.omissions), tuple(outcome.recognised))
    return outcome


def _plain_detail(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    return value if type(value) in (int, float) else str(value)

"""Functions that are run in a reading process by its tests: good ones, and each kind of bad one."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from importlib import import_module
from pathlib import Path

from rag.sources.elements import Element, FileContent, table_of_texts
from rag.sources.errors import UnreadableFile


def content_of(text: str) -> FileContent:
    return FileContent((Element("paragraph", text),))


def read_name(path: Path) -> FileContent:
    return content_of(path.name)


def read_process_id(path: Path) -> FileContent:
    return content_of(str(os.getpid()))


def loop_for_ever(path: Path) -> FileContent:
    while True:
        path.name.upper()


def start_program_and_wait(path: Path) -> FileContent:
    program = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    path.write_text(f"{program.pid}\n", "ascii")
    program.wait()
    return content_of("")


def need_memory(path: Path) -> FileContent:
    return content_of("太湖" * 500_000_000)


def crash_natively(path: Path) -> FileContent:
    ctypes.string_at(0)
    return content_of("")


def abort(path: Path) -> FileContent:
    os.abort()


def recurse(path: Path) -> FileContent:
    return recurse(path)


def fail_unexpectedly(path: Path) -> FileContent:
    raise KeyError(f"\x1b[31m{path.name}")


def import_missing_module(path: Path) -> FileContent:
    return content_of(import_module("rag.sources.readers.no_such_reader").__name__)


def refuse(path: Path) -> FileContent:
    raise UnreadableFile("damaged", type="PDF", detail={"en": "page 3", "zh": "第 3 页"})


def return_much_text(path: Path) -> FileContent:
    return content_of("a" * 1_001)


def return_many_cells(path: Path) -> FileContent:
    return FileContent((table_of_texts([[""] * 100]),))


def print_to_standard_output(path: Path) -> FileContent:
    print("noise")
    os.write(1, b"noise")
    return content_of("quiet")


def open_connection(path: Path) -> FileContent:
    socket.create_connection(("127.0.0.1", int(path.name)))
    return content_of("")


def read_key(path: Path) -> FileContent:
    return content_of(os.environ.get("HUWEN_API_KEY", "no key"))


def list_descriptors(path: Path) -> FileContent:
    return content_of(" ".join(str(target.resolve()) for target in Path("/proc/self/fd").iterdir()))


def read_temporary_folder(path: Path) -> FileContent:
    return content_of(os.environ["TMPDIR"])

"""Peer reader: a script that reads files with another library, and reports the text and the CPU time of each.

    PYTHON -I peer_reader.py               prints the names and versions of the peers that this Python has
    PYTHON -I peer_reader.py MarkItDown    answers each line of its input, a path in JSON, with a line of JSON

It is run by a Python that may have other packages than ours, so that it imports nothing of Huwen. A file on which the
library fails ends the script; `evals/reading_speed.py` starts it again for the next one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module, metadata

ReadText = Callable[[str], str]  # a path → the text of the file, as Markdown


def cpu_seconds() -> float:
    """The CPU time that this process, with its threads and its ended children, has used so far."""
    usage = os.times()
    return time.process_time() + usage.children_user + usage.children_system


def _load_markitdown() -> ReadText:
    """MarkItDown with its defaults."""
    converter = import_module("markitdown").MarkItDown()

    def read_text(path: str) -> str:
        return str(converter.convert(path).text_content)

    return read_text


def _load_docling() -> ReadText:
    """Docling with its defaults, which include models for the layout of pages."""
    converter = import_module("docling.document_converter").DocumentConverter()

    def read_text(path: str) -> str:
        return str(converter.convert(path).document.export_to_markdown())

    return read_text


# the name of each peer, with its package and what loads it
PEER_READERS: dict[str, tuple[str, Callable[[], ReadText]]] = {
    "MarkItDown": ("markitdown", _load_markitdown), "Docling": ("docling", _load_docling)}


def installed_peers() -> dict[str, str]:
    """The names of the peers that this Python has, with their versions."""
    versions = {}
    for name, (package, _) in PEER_READERS.items():
        try:
            versions[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def answer_requests(peer: str) -> None:
    """Answer each path on the standard input with its text and CPU time on the standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    read_text = PEER_READERS[peer][1]()
    for line in sys.stdin:
        started = cpu_seconds()
        text = read_text(json.loads(line))
        json.dump({"text": text, "seconds": cpu_seconds() - started}, answers)
        answers.write("\n")
        answers.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        answer_requests(sys.argv[1])
    else:
        json.dump(installed_peers(), sys.stdout)

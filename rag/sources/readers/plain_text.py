"""Plain text reader: a text file turned into its raw lines, whose paragraphs are found later."""

from __future__ import annotations

from pathlib import Path

from rag.sources.elements import Element, FileContent
from rag.sources.readers.encodings import decode


def read_plain_text(path: Path) -> FileContent:
    """The text of a file as one element of kind `lines`; its encoding is detected.

    Raises:
        UnreadableFile: "not text": the bytes are text in no known encoding.
    """
    return FileContent((Element("lines", decode(path.read_bytes())),))

"""XML of Excel sheets: the elements of a part one after another, and the references of cells."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.package import damage_error
from rag.sources.readers.office.xml import Node


class Area(NamedTuple):
    """A range of cells, such as B2:D3: its first and last row and column, from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


def stream_nodes(archive: zipfile.ZipFile, part: str, names: tuple[str, ...]) -> Iterator[Node]:
    """The elements of a part that have one of these names, each of which is released after its use."""
    from lxml import etree  # a native library, for office files only

    entries = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    try:
        with archive.open(entries[part.lower()]) as source:
            nodes = etree.iterparse(
                source, events=("end",), tag=[f"{{*}}{name}" for name in names], resolve_entities=False,
                no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
            for _, node in nodes:
                yield cast(Node, node)
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
    except RuntimeError:  # an entry that is encrypted, which no office program writes
        raise UnreadableFile("locked") from None
    except _DAMAGE as error:
        raise damage_error(Path(archive.filename or "").suffix.lower(), part, error) from None


_DAMAGE = (  # SyntaxError is raised by lxml
    KeyError, ValueError, EOFError, NotImplementedError, OSError, SyntaxError, zipfile.BadZipFile, zlib.error)


def local_name(node: Node) -> str:
    """The name of an element without its namespace; empty for an entity."""
    return _name_without_namespace(node.tag) if isinstance(node.tag, str) else ""


@lru_cache(maxsize=1024)
def _name_without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def string_text(node: Node) -> str:
    """The text of a string with its runs; without the phonetic guide."""
    texts = []
    for part in node:
        name = local_name(part)
        if name == "t":
            texts.append(part.text or "")
        elif name == "r":
            texts += [run.text or "" for run in part if local_name(run) == "t"]
    return "".join(texts)


def parse_area(reference: str) -> Area | None:
    """The area of a reference such as `B2` or `A1:D3`; None for anything else."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        return None
    letters, row, last_letters, last_row = match.groups()
    first = int(row), column_number(letters)
    last = (int(last_row), column_number(last_letters)) if last_row else first
    return Area(min(first[0], last[0]), min(first[1], last[1]), max(first[0], last[0]), max(first[1], last[1]))


_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """The number of a column: A → 1, AB → 28; 0 if there is no such column."""
    if not _COLUMN_LETTERS.fullmatch(letters):
        return 0
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number


_DIGITS = "0123456789"
_COLUMN_LETTERS = re.compile("[A-Za-z]{1,3}")


def column_name(number: int) -> str:
    """The letters of a column: 1 → A, 28 → AB."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

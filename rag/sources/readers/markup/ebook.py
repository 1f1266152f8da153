"""E-book reader: the elements of the chapters of an EPUB in reading order, and its bibliographic fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.sources.elements import Element, FileContent, Omission, Table
from rag.sources.readers.encodings import decode
from rag.sources.readers.markup.ebook_package import open_package
from rag.sources.readers.markup.html_tree import declared_charset
from rag.sources.readers.markup.web_page import read_page


def read_ebook(path: Path) -> FileContent:
    """The chapters of an EPUB as the book's spine orders them; its table of contents is left out.

    Raises:
        UnreadableFile: "damaged"; "locked": its chapters are encrypted; "too large".
    """
    elements: list[Element | Table] = []
    omissions: list[Omission] = []
    with open_package(path) as package:
        for name in package.chapters:
            data = package.read(name)
            page = read_page(decode(data, declared_charset(data)), "navigation")
            elements += page.elements
            omissions += page.omissions
        return FileContent(tuple(elements), package.metadata, sum_omissions(omissions))


def sum_omissions(omissions: Sequence[Omission]) -> tuple[Omission, ...]:
    """One omission of each kind, with the sum of their counts."""
    kinds = dict.fromkeys(omission.kind for omission in omissions)
    return tuple(Omission(kind, sum(each.count for each in omissions if each.kind == kind)) for kind in kinds)

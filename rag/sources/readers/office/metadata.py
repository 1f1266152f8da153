"""Metadata of office files: the title and the author in the document properties, as far as the text confirms them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.references.file_properties import word_properties
from rag.sources.elements import Element, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.package import OfficePackage
from rag.sources.readers.office.xml import children


def stated_metadata(package: OfficePackage, elements: Sequence[Element | Table]) -> dict[str, str]:
    """`title` and `author` of an office file, of those that it states; damaged properties are ignored."""
    part = next((found.target for found in package.relations("").values() if found.kind == "core-properties"), "")
    if not package.has_part(part):
        return {}
    try:
        properties = package.parse_part(part)
    except UnreadableFile:
        return {}
    names = ("dc:title", "dc:creator")
    title, author = ("".join(node.text or "" for node in children(properties, name)) for name in names)
    return word_properties(title, author, "\n".join(_texts(elements)))


def _texts(elements: Sequence[Element | Table]) -> Iterator[str]:
    for element in elements:
        if isinstance(element, Element):
            yield element.text
        else:
            yield from (cell.text for row in element.rows for cell in row)

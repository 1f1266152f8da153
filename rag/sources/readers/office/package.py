"""Office package: the XML parts of a .docx or .pptx file, which is a ZIP archive, and the relations between them.

Only the parts that are asked for are unpacked, and their sizes are added up; pictures are never unpacked.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import NamedTuple, cast

from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.file_type import check_zip, office_suffix
from rag.sources.readers.office.xml import SCHEMAS, Node, attribute, children

# MiB of unpacked XML in all: some 50 times the text of a long book; lxml needs about 5 times as much memory
MAX_XML_MEBIBYTES = 200


class Relation(NamedTuple):
    """A relation from one part to another: the last word of its type, such as `header`, and the name of the part."""

    kind: str
    target: str


class OfficePackage:
    """An open .docx or .pptx file.

    Part names have no leading slash: `word/document.xml`. All methods that read raise `UnreadableFile`: "damaged" or
    "too large".
    """

    def __init__(self, archive: zipfile.ZipFile, suffix: str) -> None:
        self.suffix = suffix
        self._archive = archive
        self._names = {_comparable_name(name): name for name in archive.namelist()}
        self._unread_bytes = MAX_XML_MEBIBYTES << 20
        self._relations: dict[str, dict[str, Relation]] = {}

    def has_part(self, name: str) -> bool:
        """True if the archive has a part of this name, in upper or lower case."""
        return _comparable_name(name) in self._names

    def main_part(self) -> str:
        """The name of the part with the text.

        Raises:
            UnreadableFile: "wrong type": the package is of another program, or not of an office program at all.
        """
        part = {".docx": "word/document.xml", ".pptx": "ppt/presentation.xml"}[self.suffix]
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has_part(relation.target):
                part = relation.target
        actual = office_suffix(self._names)
        if not self.has_part(part) or (actual in (".docx", ".pptx", ".xlsx") and actual != self.suffix):
            raise UnreadableFile("wrong type", type=self.suffix, actual=actual, suffix=actual)
        return part

    def parse_part(self, name: str) -> Node:
        """The root element of a part; the namespaces of Strict Open XML are those of the usual, transitional one."""
        transitional = rb"\1" + SCHEMAS.encode() + rb"\2/2006/\3\1"
        return self._parse_xml(name, _STRICT_NAMESPACE.sub(transitional, self._read(name)))

    def relations(self, part: str) -> dict[str, Relation]:
        """The relations of a part by their id; those of the package itself for an empty name; without links."""
        if part not in self._relations:
            name = join(dirname(part), "_rels", part.rpartition("/")[2] + ".rels")
            found = children(self.parse_part(name), "rel:Relationship") if self.has_part(name) else []
            self._relations[part] = {
                attribute(node, "Id"): Relation(
                    attribute(node, "Type").rpartition("/")[2], _resolve_name(part, attribute(node, "Target")))
                for node in found
                if attribute(node, "TargetMode") != "External"
            }
        return self._relations[part]

    def _read(self, name: str) -> bytes:
        try:
            entry = self._archive.getinfo(self._names[_comparable_name(name)])
            self._unread_bytes -= entry.file_size  # zipfile unpacks no more than an entry announces
            if self._unread_bytes < 0:
                raise UnreadableFile("too large", mebibytes=MAX_XML_MEBIBYTES)
            return self._archive.read(entry)
        except (KeyError, ValueError, EOFError, NotImplementedError, OSError, zipfile.BadZipFile, zlib.error) as error:
            raise damage_error(self.suffix, name, error) from None
        except RuntimeError:  # an entry that is encrypted, which no office program writes
            raise UnreadableFile("locked") from None

    def _parse_xml(self, name: str, content: bytes) -> Node:
        from lxml import etree  # a native library, for office files only

        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise damage_error(self.suffix, name, error) from None
        etree.strip_elements(root, etree.Entity, with_tail=False)
        return cast(Node, root)


@contextmanager
def open_package(path: Path, suffix: str) -> Iterator[OfficePackage]:
    """Opens a file as an office package of this suffix, `.docx` or `.pptx`.

    Raises:
        UnreadableFile: "wrong type", "locked", "empty" or "damaged".
    """
    check_zip(path, suffix)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise damage_error(suffix, "ZIP", error) from None
    with archive:
        yield OfficePackage(archive, suffix)


def damage_error(suffix: str, name: str, error: Exception) -> UnreadableFile:
    """The error of a damaged part."""
    reason = str(error).partition("\n")[0][:_MAX_REASON_LENGTH]
    return UnreadableFile("damaged", type=suffix, detail=f"{name}: {reason or type(error).__name__}")


_MAX_REASON_LENGTH = 120  # characters; a library may quote the file
_STRICT_NAMESPACE = re.compile(rb"""(["'])http://purl\.oclc\.org/ooxml/(\w+)/([\w/]+)\1""")


def _comparable_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _resolve_name(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return normpath(join(dirname(part), target)) if target else ""

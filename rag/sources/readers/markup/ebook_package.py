"""Package of an EPUB: its archive, whose list of files names the chapters in order and states the metadata."""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from rag.references.imprint import iso_date
from rag.sources.errors import UnreadableFile
from rag.text.language import has_han

_MAX_FILE, _MAX_BOOK = 20 << 20, 200 << 20  # bytes, uncompressed: of one chapter, and of all that are read
_MAX_CHAPTERS = 10_000
_MAX_FIELD_LENGTH = 300  # characters of a bibliographic field
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_CHAPTER_SUFFIXES = (".xhtml", ".html", ".htm")
_CONTENTS_NAMES = ("toc", "nav", "contents")  # of a chapter that is the table of contents
_FONT_ENCRYPTION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#rc")
_ARCHIVE_ERRORS = (  # OSError, although the archive is in memory: damaged bzip2 data
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, OSError)


class XmlNode(Protocol):
    """An element of an XML file, as lxml has it."""

    text: str | None

    def get(self, key: str, default: str = "") -> str: ...

    def iter(self, *tags: str) -> Iterator[XmlNode]: ...


@dataclass(slots=True)
class EbookPackage:
    """An open EPUB: the names of its chapters in reading order, and its bibliographic fields."""

    archive: zipfile.ZipFile
    chapters: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    size: int = 0  # bytes read so far

    def read(self, name: str) -> bytes:
        """The content of a file of the archive; empty if it is missing.

        Raises:
            UnreadableFile: "damaged"; "too large".
        """
        if name not in self.archive.NameToInfo:
            return b""
        try:
            with self.archive.open(name) as file:
                data = file.read(_MAX_FILE + 1)
        except _ARCHIVE_ERRORS as error:
            raise _damage_error(str(error)) from None
        self.size += len(data)
        if len(data) > _MAX_FILE or self.size > _MAX_BOOK:
            raise UnreadableFile("too large", mebibytes=_MAX_BOOK >> 20)
        return data


@contextmanager
def open_package(path: Path) -> Iterator[EbookPackage]:
    """The package of an EPUB.

    Raises:
        UnreadableFile: "damaged": it is no archive, or has no list of files; "locked": its chapters are encrypted.
    """
    data = io.BytesIO(path.read_bytes())
    try:
        archive = zipfile.ZipFile(data)
    except _ARCHIVE_ERRORS as error:
        raise _damage_error(str(error)) from None
    with archive:
        package = EbookPackage(archive)
        list_name = _find_list(package)
        root = parse_xml(package.read(list_name))
        folder = posixpath.dirname(list_name)
        package.chapters = tuple(_chapter_names(root, folder, archive.NameToInfo))
        package.metadata = _metadata(root)
        _refuse_encrypted_chapters(package)
        yield package


def parse_xml(data: bytes) -> XmlNode:
    """The root of an XML file, whose entities are not resolved.

    Raises:
        UnreadableFile: "damaged": it is no XML.
    """
    from lxml import etree  # a native library

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root: XmlNode | None = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _damage_error(str(error).partition("\n")[0]) from None
    if root is None:
        raise _damage_error("an empty list of files")
    return root


def _damage_error(detail: str) -> UnreadableFile:
    return UnreadableFile("damaged", type="EPUB", detail=detail[:200])


def _find_list(package: EbookPackage) -> str:
    """The name of the file that lists the book's files (OPF)."""
    container = package.read("META-INF/container.xml")
    stated = [node.get("full-path", "") for node in parse_xml(container).iter("{*}rootfile")] if container else []
    lists = [name for name in package.archive.NameToInfo if name.lower().endswith(".opf")]
    for name in (*stated, *lists):
        if name in package.archive.NameToInfo:
            return name
    raise _damage_error("no list of files")


def _chapter_names(root: XmlNode, folder: str, names: Mapping[str, object]) -> Iterator[str]:
    """The names of the chapters in the order of the spine, or of the list of files if there is no spine."""
    files = {node.get("id", ""): node for node in root.iter("{*}item")}
    contents = _contents_names(root, folder)
    order = [node.get("idref", "") for node in root.iter("{*}itemref")] or list(files)
    done: set[str] = set()
    for identifier in order:
        if identifier not in files or len(done) >= _MAX_CHAPTERS:
            continue
        node = files[identifier]
        name = _archive_name(folder, node.get("href", ""))
        is_contents = name in contents or "nav" in node.get("properties", "").split()
        if name in names and name not in done and _is_chapter(node, name) and not is_contents:
            done.add(name)
            yield name


def _is_chapter(node: XmlNode, name: str) -> bool:
    return node.get("media-type", "").lower() in _CHAPTER_TYPES or name.lower().endswith(_CHAPTER_SUFFIXES)


def _contents_names(root: XmlNode, folder: str) -> set[str]:
    """The chapters that the guide of an EPUB 2 calls its table of contents."""
    guide = [node for node in root.iter("{*}reference") if node.get("type", "").lower() in _CONTENTS_NAMES]
    return {_archive_name(folder, node.get("href", "")) for node in guide}


def _archive_name(folder: str, address: str) -> str:
    """The name in the archive of a file that the list of files mentions."""
    return posixpath.normpath(posixpath.join(folder, unquote(address.partition("#")[0]))).lstrip("/")


def _refuse_encrypted_chapters(package: EbookPackage) -> None:
    """Raises:
        UnreadableFile: "locked": a chapter is encrypted; encrypted fonts do not matter.
    """
    if any(package.archive.NameToInfo[name].flag_bits & 1 for name in package.chapters):
        raise UnreadableFile("locked")
    encryption = package.read("META-INF/encryption.xml")
    if not encryption:
        return
    for entry in parse_xml(encryption).iter("{*}EncryptedData"):
        methods = [node.get("Algorithm", "").lower() for node in entry.iter("{*}EncryptionMethod")]
        files = {_archive_name("", node.get("URI", "")) for node in entry.iter("{*}CipherReference")}
        if not files.isdisjoint(package.chapters) and not all(method in _FONT_ENCRYPTION for method in methods):
            raise UnreadableFile("locked")


def _metadata(root: XmlNode) -> dict[str, str]:
    language = _field(root, "language")[:2].lower()
    fields = {
        "title": _field(root, "title"),
        "author": _join_names(_fields(root, "creator")),
        "publisher": _field(root, "publisher"),
        "date": iso_date(_publication_date(root)),
        "language": language if language in ("zh", "en") else "",
    }
    return {key: value for key, value in fields.items() if value}


def _publication_date(root: XmlNode) -> str:
    """The date of publication: an EPUB 2 can have several dates, an EPUB 3 has one."""
    dates = list(root.iter("{http://purl.org/dc/elements/1.1/}date"))
    events = [node for node in dates if "publication" in node.get("{http://www.idpf.org/2007/opf}event", "")]
    return next((_node_text(node) for node in (*events, *dates)), "")


def _field(root: XmlNode, name: str) -> str:
    return next(iter(_fields(root, name)), "")


def _fields(root: XmlNode, name: str) -> list[str]:
    texts = [_node_text(node) for node in root.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}")]
    return [text for text in texts if text]


def _node_text(node: XmlNode) -> str:
    return " ".join((node.text or "")[: 4 * _MAX_FIELD_LENGTH].split())[:_MAX_FIELD_LENGTH]


def _join_names(names: Sequence[str]) -> str:
    """Several authors in one field: `徐枫`, `张桥` → 徐枫、张桥; names with a comma are separated by semicolons."""
    if any("," in name for name in names):
        return "; ".join(names)
    return ("、" if any(map(has_han, names)) else ", ").join(names)

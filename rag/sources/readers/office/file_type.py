"""File types of office files: what a file is by its content, if it is not what its suffix says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rag.sources.errors import UnreadableFile

COMPOUND_FILE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .doc, .ppt, .xls and of locked files
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_OPENING_LENGTH = 4096  # bytes that tell what a file is

# streams of a compound file; the directory of streams holds their names in UTF-16
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_LOCKED_STREAMS = tuple(name.encode("utf-16-le") for name in ("EncryptedPackage", "DRMContent"))
_SUFFIX_BY_STREAM = {
    _WORD_STREAM: ".doc",
    "PowerPoint Document".encode("utf-16-le"): ".ppt",
    "Workbook".encode("utf-16-le"): ".xls",
    "Book".encode("utf-16-le"): ".xls",
}
_HTML_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table|div|p)\b", re.I | re.S)
# the beginning of a file with text: the suffix and how the type is named in an error
_TEXT_TYPES = (
    (re.compile(rb"\s*\{\\rtf"), ".rtf", "RTF"),
    (re.compile(rb"\s*%PDF-"), ".pdf", "PDF"),
    (_HTML_OPENING, ".html", "HTML"),
    (re.compile(rb"\s*<\?xml\b"), ".xml", "XML"),
    (re.compile(rb"MIME-Version:|From: <", re.I), ".mht", "MHTML"),
)


def check_zip(path: Path, suffix: str) -> None:
    """Raises an error for a file that is not a ZIP archive, as every .docx and .pptx file is.

    Raises:
        UnreadableFile: "empty"; "locked"; "wrong type", with the suffix of what it is; "damaged".
    """
    if path.stat().st_size == 0:
        raise UnreadableFile("empty")
    with path.open("rb") as file:
        opening = file.read(_OPENING_LENGTH)
    if opening.startswith(_ZIP_MARKS):
        return
    if opening.startswith(COMPOUND_FILE_MARK):
        content = path.read_bytes()
        if is_locked(content):
            raise UnreadableFile("locked")
        actual = name = compound_suffix(content)
    else:
        actual, name = text_type(opening)
    if not actual:
        raise UnreadableFile("damaged", type=suffix, detail="ZIP")
    raise UnreadableFile("wrong type", type=suffix, actual=name, suffix=actual)


def text_type(opening: bytes) -> tuple[str, str]:
    """The suffix and the name of the type of a file that is not packed, by its first bytes; empty if unknown.

    >>> text_type(b"<html><body>...")
    ('.html', 'HTML')
    """
    opening = opening.removeprefix(b"\xef\xbb\xbf")
    for pattern, suffix, name in _TEXT_TYPES:
        if pattern.match(opening):
            return suffix, name
    return (".txt", "TXT") if opening and not _CONTROL_BYTES.search(opening) else ("", "")


_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def compound_suffix(content: bytes) -> str:
    """The suffix of a compound file by its streams, such as `.doc`; empty if it is of no office program."""
    for stream, suffix in _SUFFIX_BY_STREAM.items():
        if stream in content:
            return suffix
    return ""


def is_locked(content: bytes) -> bool:
    """True for a compound file that holds an encrypted package, or an encrypted .doc or .ppt file."""
    if any(stream in content for stream in _LOCKED_STREAMS):
        return True
    return _has_encrypted_header(content) or _ENCRYPTED_SLIDES in content


# the header token of an encrypted .ppt file ([MS-PPT] 2.3.2)
_ENCRYPTED_SLIDES = b"\x14\x00\x00\x00\xdf\xc4\xd1\xf3"


def _has_encrypted_header(content: bytes) -> bool:
    """True if the header of a .doc file, at the start of one of its sectors, says so ([MS-DOC] 2.5.2, fEncrypted)."""
    if _WORD_STREAM not in content:
        return False
    headers = (m.start() for m in re.finditer(re.escape(_WORD_HEADER_MARK), content) if m.start() % _SECTOR_LENGTH == 0)
    return any(content[start + 11 : start + 12] and content[start + 11] & 1 for start in headers)


_WORD_HEADER_MARK = b"\xec\xa5\xc1\x00"  # of Word 97 and later
_SECTOR_LENGTH = 512


def office_suffix(names: Iterable[str]) -> str:
    """The suffix of a ZIP archive by the names of its entries, such as `.docx` or `.odt`; `.zip` for any other."""
    names = {name.lower() for name in names}
    for suffix, part in _PART_BY_SUFFIX.items():
        if part in names:
            return suffix
    return ".zip"


_PART_BY_SUFFIX = {
    ".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml",
    ".epub": "meta-inf/container.xml", ".odt": "content.xml"}

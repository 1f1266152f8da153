"""Loaders: a file turned into its content, read by the reader of its type in a process with limits.

`READERS` maps each known suffix to its reader; a new file type is one more entry. The bytes of a file are looked at
only in the reading process (`rag/sources/reading_process.py`).
"""

from __future__ import annotations

import logging
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from rag.sources import file_types
from rag.sources.elements import Element, FileContent, Table
from rag.sources.errors import WRONG_PART, BilingualText, UnreadableFile, escape_hidden, unreadable_by_system
from rag.sources.file_types import FileType
from rag.sources.reading_process import ReadingProcess, read_bounded
from rag.sources.recognition.installation import has_recogniser

_log = logging.getLogger(__name__)

Reader = Callable[[Path], FileContent]

# the fields that a document may state about itself
BIBLIOGRAPHIC_FIELDS = (
    "title", "author", "publisher", "container", "date", "language", "kind", "edition_of",
    "city", "volume", "issue", "pages", "edition", "number", "url", "accessed")

_PLAIN_TEXT_READER = "rag.sources.readers.plain_text:read_plain_text"
_PICTURE_READER = "rag.sources.readers.pictures.picture_reader:read_picture"
_LEGACY_READER = "rag.sources.readers.office.libreoffice:read_legacy"
# suffixes in lower case, with the module and function that is imported for the first file of the type; the keys are the
# file types that `huwen add` takes from a folder
READERS: dict[str, str] = {
    ".md": "rag.sources.readers.markup.markdown:read_markdown",
    **dict.fromkeys((".txt", ".text", ".log"), _PLAIN_TEXT_READER),
    ".pdf": "rag.sources.readers.pdf.pdf_reader:read_pdf",
    **dict.fromkeys((".docx", ".docm"), "rag.sources.readers.office.word:read_word"),
    ".pptx": "rag.sources.readers.office.slides:read_slides",
    **dict.fromkeys((".xlsx", ".xlsm"), "rag.sources.readers.tabular.sheets:read_sheet"),
    **dict.fromkeys((".csv", ".tsv"), "rag.sources.readers.tabular.separated_values:read_separated_values"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "rag.sources.readers.tabular.records:read_records"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mht", ".mhtml"), "rag.sources.readers.markup.web_page:read_web_page"),
    ".epub": "rag.sources.readers.markup.ebook:read_ebook",
    ".eml": "rag.sources.readers.markup.mail:read_mail",
    **dict.fromkeys((".doc", ".rtf", ".wps", ".odt", ".ppt", ".xls", ".ods"), _LEGACY_READER),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"), _PICTURE_READER),
}
_SHEET_SUFFIXES = frozenset((".xlsx", ".xlsm", ".xls", ".ods"))
_ZIP_SUFFIXES = frozenset((".docx", ".docm", ".pptx", ".xlsx", ".xlsm", ".epub", ".odt", ".ods"))
_PICTURE_SUFFIXES = frozenset(suffix for suffix, reader in READERS.items() if reader == _PICTURE_READER)
_BINARY_SUFFIXES = _ZIP_SUFFIXES | _PICTURE_SUFFIXES | {".pdf", ".doc", ".rtf", ".wps", ".ppt", ".xls"}
_MAX_FILE_BYTES = 200 << 20  # larger ones are archives and recordings; a reader holds a file several times in memory
_MEBIBYTE = 1 << 20


def load(path: Path, process: ReadingProcess | None = None) -> FileContent:
    """The content of a file, read in another process, which is stopped where it exceeds its limits; by default in the
    one that all threads share.

    The suffix selects the reader; a file with an unknown suffix or without one (`README`, `LICENSE`) is read as plain
    text if it is text.

    Raises:
        UnreadableFile: there is no such regular file, or it is empty, too large, of an unknown type, of another type
            than its suffix says, damaged or locked, or there is no text in it. The sentence begins with its name.
    """
    try:
        _check_regular_file(path)
        return process.read(path, read_directly) if process else read_bounded(path, read_directly)
    except UnreadableFile as error:
        raise _complete_error(error, path) from None


def readable_suffixes() -> list[str]:
    """The suffixes of the files that can be read on this machine: pictures need the extra for text recognition."""
    return [suffix for suffix in READERS if suffix not in _PICTURE_SUFFIXES or has_recogniser()]


def _complete_error(error: UnreadableFile, path: Path) -> UnreadableFile:
    """The error of a reader with the file's name, and with a type and a detail that both languages have.

    A detail that is a bare string is the message of a library, for the log.
    """
    details = dict(error.details)
    if isinstance(details.get("type"), str):
        details["type"] = file_types.type_of_suffix(path.suffix.lower()).names
    if isinstance(detail := details.get("detail"), str):
        _log.info("%s: %s (%s)", escape_hidden(path.name), error.problem, escape_hidden(detail))
        details["detail"] = _SYNTAX_DETAILS.get(error.problem, WRONG_PART)
    is_unread_type = error.problem == "wrong type" and details.get("suffix") not in READERS
    return UnreadableFile("no document" if is_unread_type else error.problem, path.name or str(path), **details)


_SYNTAX_DETAIL: BilingualText = {"en": "the syntax is wrong", "zh": "语法有误"}
_SYNTAX_DETAILS: dict[str, BilingualText] = {"bad JSON": _SYNTAX_DETAIL, "bad front matter": _SYNTAX_DETAIL}


def _check_regular_file(path: Path) -> None:
    """Raise an error for what must not be opened: a pipe or a device might never end."""
    if not _is_valid_name(str(path)):
        raise UnreadableFile("bad name")
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable_by_system(error) from None
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile("not a file")
    if status.st_size == 0:
        raise UnreadableFile("empty")
    if status.st_size > _MAX_FILE_BYTES:
        raise UnreadableFile(
            "file too large", mebibytes=status.st_size // _MEBIBYTE, limit=_MAX_FILE_BYTES // _MEBIBYTE)


def _is_valid_name(name: str) -> bool:
    """False for bytes of a name that are not UTF-8, which Python shows as halves of surrogate pairs, and for NUL."""
    return "\0" not in name and not any("\ud800" <= character <= "\udfff" for character in name)


def read_directly(path: Path) -> FileContent:
    """The content of a regular file, read in this process without limits: only the reading process calls it.

    Raises:
        UnreadableFile: as in `load`; the sentence does not name the file.
    """
    try:
        actual = file_types.recognise_type(path)
    except OSError as error:
        raise unreadable_by_system(error) from None
    content = _choose_reader(path, actual)(path)
    if not any(map(_has_text, content.elements)):
        raise UnreadableFile("no text", advice=_advice_without_text(path, content))
    return content


def _choose_reader(path: Path, actual: FileType | None) -> Reader:
    """The reader of a file's suffix, if the file can be of its type.

    Raises:
        UnreadableFile: "unknown type", or the content is certainly of another type.
    """
    suffix = path.suffix.lower()
    if actual is file_types.ENCRYPTED_OFFICE:
        raise UnreadableFile("locked")
    if suffix not in READERS:
        _check_unknown_suffix(suffix, actual)
        return _import_reader(_PLAIN_TEXT_READER)
    if actual and not _can_be_of_type(path, actual):
        if actual is file_types.PLAIN_TEXT and suffix in _SHEET_SUFFIXES:
            actual = file_types.recognise_text_table(path)
        expected = file_types.type_of_suffix(suffix).names
        if actual.suffix:
            raise UnreadableFile("wrong type", type=expected, actual=actual.names, suffix=actual.suffix)
        raise UnreadableFile("no document", type=expected, actual=actual.names)
    return _import_reader(READERS[suffix])


def _check_unknown_suffix(suffix: str, actual: FileType | None) -> None:
    if actual in (file_types.PLAIN_TEXT, file_types.XML):
        return
    if actual and actual.suffix:
        raise UnreadableFile("missing suffix", actual=actual.names, suffix=actual.suffix)
    raise UnreadableFile("unknown type", suffix=suffix or _NO_SUFFIX, known=" ".join(READERS))


_NO_SUFFIX: BilingualText = {"en": "a file without a suffix", "zh": "没有后缀的文件"}


def _can_be_of_type(path: Path, actual: FileType) -> bool:
    """True if the reader of the file's suffix can read a file of this type."""
    suffix = path.suffix.lower()
    if READERS.get(actual.suffix) == READERS[suffix] and actual not in (file_types.PLAIN_TEXT, file_types.XML):
        return True
    match actual:
        case file_types.PLAIN_TEXT:
            # a PDF may have a few lines of text before it
            return suffix not in _BINARY_SUFFIXES or (suffix == ".pdf" and file_types.has_pdf_header(path))
        case file_types.XML:  # Word 2003 and Excel 2003 also saved as XML
            return suffix not in _BINARY_SUFFIXES or READERS[suffix] == _LEGACY_READER
        case file_types.WEB_ARCHIVE:  # a mail with pictures looks alike
            return suffix == ".eml"
        case file_types.DAMAGED_ZIP:
            return suffix in _ZIP_SUFFIXES
        case file_types.OLE_CONTAINER:
            return READERS[suffix] == _LEGACY_READER
        case _:
            return False


def _import_reader(address: str) -> Reader:
    module, _, function = address.partition(":")
    reader: Reader = getattr(import_module(module), function)
    return reader


def _has_text(part: Element | Table) -> bool:
    texts = [part.text] if isinstance(part, Element) else [cell.text for row in part.rows for cell in row]
    return any(text.strip(_BLANK_CHARACTERS) for text in texts)


# white space, and characters without width, of which some exports consist
_BLANK_CHARACTERS = (
    " \t\n\r\f\v\0\x85\xa0\xad\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
    "\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\ufffd")


def _advice_without_text(path: Path, content: FileContent) -> BilingualText | str:
    is_scan = any(omission.kind in _SCAN_OMISSIONS for omission in content.omissions)
    if not is_scan and path.suffix.lower() not in _PICTURE_SUFFIXES | {".pdf"}:
        return ""
    return _RECOGNISED_ADVICE if has_recogniser() else _SCAN_ADVICE


_SCAN_OMISSIONS = ("scanned pages", "unrecognised pages", "pictures")
_SCAN_ADVICE: BilingualText = {
    "en": "; a scan is read by text recognition (OCR), which is not installed: install huwen[ocr] and add it again",
    "zh": "；扫描件要经文字识别（OCR）读取，尚未安装：请安装 huwen[ocr] 后重新添加",
}
_RECOGNISED_ADVICE: BilingualText = {
    "en": "; text recognition (OCR) found no words: scan it upright and sharp, at 200 dpi or more",
    "zh": "；文字识别（OCR）也没有找到：请正放、清晰地扫描，分辨率不低于 200 dpi",
}

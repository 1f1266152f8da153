"""File types: what a file is by its content, whatever its suffix says.

The first bytes of a PDF, an archive or a picture are its signature; the kind of a ZIP or OLE container is known by the
names in it; text is recognised by its characters.
"""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rag.sources.errors import BilingualText, UnreadableFile
from rag.sources.readers.encodings import decode

_HEAD_BYTES = 4_096  # of a file, which show its type
_OLE_CONTENTS_BYTES = 64 << 20  # of an old Office file, in which its directory is searched


@dataclass(frozen=True)
class FileType:
    """A type of file: how it is called, and the suffix under which it can be read; empty if it cannot."""

    names: BilingualText
    suffix: str = ""


def _file_type(english: str, chinese: str, suffix: str = "") -> FileType:
    return FileType({"en": english, "zh": chinese}, suffix)


PDF = _file_type("a PDF", "PDF", ".pdf")
WORD = _file_type("a Word document", "Word 文档", ".docx")
SHEET = _file_type("an Excel workbook", "Excel 工作簿", ".xlsx")
SLIDES = _file_type("a PowerPoint presentation", "PowerPoint 演示文稿", ".pptx")
EBOOK = _file_type("an EPUB book", "EPUB 电子书", ".epub")
WEB_PAGE = _file_type("a web page (HTML)", "网页（HTML）", ".html")
WEB_ARCHIVE = _file_type("a saved web page (MHTML)", "保存的网页（MHTML）", ".mht")
OLD_WORD = _file_type("an old Word document", "旧版 Word 文档", ".doc")
OLD_SHEET = _file_type("an old Excel workbook", "旧版 Excel 工作簿", ".xls")
OLD_SLIDES = _file_type("an old PowerPoint presentation", "旧版 PowerPoint 演示文稿", ".ppt")
RICH_TEXT = _file_type("an RTF document", "RTF 文档", ".rtf")
OPEN_TEXT = _file_type("an OpenDocument text", "OpenDocument 文档", ".odt")
OPEN_SHEET = _file_type("an OpenDocument spreadsheet", "OpenDocument 表格", ".ods")
PNG = _file_type("a PNG picture", "PNG 图片", ".png")
JPEG = _file_type("a JPEG picture", "JPEG 图片", ".jpg")
GIF = _file_type("a GIF picture", "GIF 图片", ".gif")
TIFF = _file_type("a TIFF picture", "TIFF 图片", ".tif")
BITMAP = _file_type("a BMP picture", "BMP 图片", ".bmp")
WEBP = _file_type("a WebP picture", "WebP 图片", ".webp")
PLAIN_TEXT = _file_type("plain text", "纯文本", ".txt")
TABS = _file_type("a table in plain text (TSV)", "纯文本表格（TSV）", ".tsv")
COMMAS = _file_type("a table in plain text (CSV)", "纯文本表格（CSV）", ".csv")
XML = _file_type("an XML file", "XML 文件", ".txt")
ZIP_ARCHIVE = _file_type("a ZIP archive", "ZIP 压缩包")
DAMAGED_ZIP = _file_type("a damaged ZIP archive", "损坏的 ZIP 压缩包")
OLE_CONTAINER = _file_type("an old Office file", "旧版 Office 文件")
ENCRYPTED_OFFICE = _file_type("an Office file with a password", "有密码的 Office 文件")
BINARY_SHEET = _file_type("a binary Excel workbook (.xlsb)", "二进制 Excel 工作簿（.xlsb）")

TYPES_OF_SUFFIXES: dict[str, FileType] = {
    ".pdf": PDF, ".docx": WORD, ".docm": WORD, ".xlsx": SHEET, ".xlsm": SHEET, ".pptx": SLIDES, ".epub": EBOOK,
    ".html": WEB_PAGE, ".htm": WEB_PAGE, ".xhtml": WEB_PAGE, ".mht": WEB_ARCHIVE, ".mhtml": WEB_ARCHIVE,
    ".doc": OLD_WORD, ".xls": OLD_SHEET, ".ppt": OLD_SLIDES, ".rtf": RICH_TEXT, ".odt": OPEN_TEXT, ".ods": OPEN_SHEET,
    ".wps": _file_type("a WPS document", "WPS 文档"), ".eml": _file_type("an e-mail", "电子邮件"),
    ".md": _file_type("Markdown", "Markdown 文本"), ".csv": _file_type("a CSV table", "CSV 表格"),
    ".tsv": _file_type("a TSV table", "TSV 表格"), ".json": _file_type("JSON", "JSON 文件"),
    ".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".gif": GIF, ".tif": TIFF, ".tiff": TIFF, ".bmp": BITMAP, ".webp": WEBP,
    ".jsonl": _file_type("JSON Lines", "JSON Lines 文件"), ".ndjson": _file_type("JSON Lines", "JSON Lines 文件"),
}

# a text may begin with one of these signatures: `GIF89a` is also the name of a format
_SIGNATURES: tuple[tuple[bytes, FileType], ...] = (
    (b"\x89PNG\r\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF87a", GIF), (b"GIF89a", GIF),
    (b"II*\0", TIFF), (b"MM\0*", TIFF),
    (b"8BPS\0", _file_type("a Photoshop picture", "Photoshop 图片")),
    (b"\x1f\x8b\x08", _file_type("a gzip archive", "gzip 压缩包")),
    (b"BZh9", _file_type("a bzip2 archive", "bzip2 压缩包")),
    (b"\xfd7zXZ\0", _file_type("an xz archive", "xz 压缩包")),
    (b"7z\xbc\xaf\x27\x1c", _file_type("a 7z archive", "7z 压缩包")),
    (b"Rar!\x1a\x07", _file_type("a RAR archive", "RAR 压缩包")),
    (b"(\xb5/\xfd", _file_type("a zstd archive", "zstd 压缩包")),
    (b"\x7fELF", _file_type("a program", "程序")),
    (b"MZ\x90\0", _file_type("a program", "程序")),
    (b"\xcf\xfa\xed\xfe", _file_type("a program", "程序")),
    (b"\xca\xfe\xba\xbe", _file_type("a program", "程序")),
    (b"SQLite format 3\0", _file_type("an SQLite database", "SQLite 数据库")),
    (b"ID3", _file_type("an MP3 recording", "MP3 录音")),
    (b"OggS", _file_type("an Ogg recording", "Ogg 录音")),
)
# forms whose signature follows a field of four or eight bytes: RIFF and MP4 give a length first
_INNER_SIGNATURES: tuple[tuple[int, bytes, FileType], ...] = (
    (8, b"WEBP", WEBP),
    (8, b"WAVE", _file_type("a WAV recording", "WAV 录音")),
    (4, b"ftyp", _file_type("an MP4 video", "MP4 视频")),
    (257, b"ustar", _file_type("a tar archive", "tar 压缩包")),
)
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# EPUB and OpenDocument files begin with a stored entry that names their type
_ZIP_MEDIA_TYPES: tuple[tuple[bytes, FileType], ...] = (
    (b"mimetypeapplication/epub+zip", EBOOK),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", OPEN_TEXT),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", OPEN_SHEET),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", _file_type(
        "an OpenDocument presentation", "OpenDocument 演示文稿")),
)
_ZIP_MAIN_PARTS: tuple[tuple[str, FileType], ...] = (
    ("word/document.xml", WORD), ("xl/workbook.xml", SHEET), ("xl/workbook.bin", BINARY_SHEET),
    ("ppt/presentation.xml", SLIDES), ("meta-inf/container.xml", EBOOK))
_OLE_STREAMS: tuple[tuple[str, FileType], ...] = (
    ("EncryptedPackage", ENCRYPTED_OFFICE), ("WordDocument", OLD_WORD), ("Workbook", OLD_SHEET),
    ("PowerPoint Document", OLD_SLIDES))

_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.S | re.I)
_MHTML_HEAD = re.compile(r"^Content-Type:\s*multipart/related\b", re.M | re.I)


def type_of_suffix(suffix: str) -> FileType:
    """The type that a suffix in lower case promises; plain text for an unknown one."""
    return TYPES_OF_SUFFIXES.get(suffix, PLAIN_TEXT)


def recognise_type(path: Path) -> FileType | None:
    """The type of a file by its content; None if the content is not typical of any.

    `PLAIN_TEXT` is text that is nothing more special. A PDF named `report.docx` gives `PDF`.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP_SIGNATURES):
        return _recognise_zip(path, head)
    if head.startswith(_OLE_SIGNATURE):
        return _recognise_ole(path)
    return _recognise_signature(head) or _recognise_text(head)


def has_pdf_header(path: Path) -> bool:
    """True if the signature of a PDF is near the beginning of a file: programs also read one with lines before it."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(_PDF_HEADER_BYTES)


_PDF_HEADER_BYTES = 1_024  # where other programs look for it


def recognise_text_table(path: Path) -> FileType:
    """The type of a text file that was named as a workbook, as many programs name what they export."""
    with path.open("rb") as file:
        first_line = _decode_head(file.read(_HEAD_BYTES)).partition("\n")[0]
    if "\t" in first_line:
        return TABS
    return COMMAS if "," in first_line else PLAIN_TEXT


def _recognise_signature(head: bytes) -> FileType | None:
    if _PDF_START.match(head):
        return PDF
    if head.startswith(b"{\\rtf"):
        return RICH_TEXT
    if not _CONTROL_BYTE.search(head):
        return None
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return BITMAP
    for signature, file_type in _SIGNATURES:
        if head.startswith(signature):
            return file_type
    for position, signature, file_type in _INNER_SIGNATURES:
        if head.startswith(signature, position):
            return file_type
    return None


_PDF_START = re.compile(rb"%PDF-\d\.\d\s*[\r\n]")
_CONTROL_BYTE = re.compile(rb"[\0-\x08\x0e-\x1a]")


def _recognise_zip(path: Path, head: bytes) -> FileType | None:
    """The type of a ZIP container; None for an Office file whose main part has an unusual name."""
    for media_type, file_type in _ZIP_MEDIA_TYPES:
        if head.startswith(media_type, _ZIP_FIRST_NAME):
            return file_type
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, OverflowError, struct.error):
        return DAMAGED_ZIP
    for main_part, file_type in _ZIP_MAIN_PARTS:
        if main_part in names:
            return file_type
    return None if "[content_types].xml" in names else ZIP_ARCHIVE


_ZIP_FIRST_NAME = 30  # where the name of the first entry begins


def _recognise_ole(path: Path) -> FileType:
    """The type of an OLE container, by the names of the streams in its directory."""
    with path.open("rb") as file:
        content = file.read(_OLE_CONTENTS_BYTES)
    for stream, file_type in _OLE_STREAMS:
        if stream.encode("utf-16-le") in content:
            return file_type
    return OLE_CONTAINER


def _recognise_text(head: bytes) -> FileType | None:
    text = _decode_head(head)
    if not text.strip() or len(_BINARY_CHARACTER.findall(text)) > _MAX_BINARY_SHARE * len(text):
        return None
    if _HTML_START.match(text):
        return WEB_PAGE
    if text.startswith("<?xml"):
        return XML
    if text.startswith(("MIME-Version:", "From: <Saved by")) and _MHTML_HEAD.search(text):
        return WEB_ARCHIVE
    return PLAIN_TEXT


_BINARY_CHARACTER = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\ufffd]")  # without the escape sign of coloured logs
_MAX_BINARY_SHARE = 0.01  # a long text may have a damaged character


def _decode_head(head: bytes) -> str:
    """The beginning of a text; empty if the bytes are not text. Its last character may be cut."""
    for cut in range(min(4, len(head))):
        try:
            return decode(head[: len(head) - cut])
        except UnreadableFile:
            continue
    return ""

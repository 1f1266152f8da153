"""Loaders: the text of a file as a Document, with the bibliographic fields that the file states.

`READERS` maps each known suffix to its reader; a new file type is one more entry.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import yaml
from langchain_core.documents import Document

from rag.references.file_properties import html_properties, pdf_properties, word_properties
from rag.schema import HuwenError
from rag.text.language import HAN, has_han

FORM_FEED = "\f"  # between pages, as in `clean`

# the fields that a document may state about itself in its front matter
BIBLIOGRAPHIC_FIELDS = (
    "title", "author", "publisher", "container", "date", "language", "kind", "edition_of",
    "city", "volume", "issue", "pages", "edition", "number", "url", "accessed")


class UnreadableFile(HuwenError):
    """A file whose text cannot be read."""


def load(path: Path) -> Document:
    """The text of a file as one Document; if the format has pages, form feeds separate them.

    Metadata: `markup` (`markdown` or `text`), and those of BIBLIOGRAPHIC_FIELDS that the file states; all are strings.

    Raises:
        UnreadableFile: the file is missing, of an unknown type, empty, damaged or locked.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        known = ", ".join(READERS)
        raise UnreadableFile(f"{path.name}: no reader for {path.suffix or 'a file without a suffix'!r}; known: {known}")
    try:
        if path.stat().st_size == 0:
            raise UnreadableFile("the file is empty")
        document = read(path)
        if not document.page_content.replace("\0", "").strip():
            raise UnreadableFile("no text in it" + _ADVICE.get(path.suffix.lower(), ""))
    except UnreadableFile as error:  # the readers do not name the file
        raise UnreadableFile(f"{path.name}: {error}") from None
    except OSError as error:
        reason = error.strerror or error
        raise UnreadableFile(f"{path}: cannot be read ({reason}); check the path and its permissions") from None
    return document


_ADVICE = {".pdf": "; a scan must go through text recognition (OCR) first"}


def decode(data: bytes, declared: str = "") -> str:
    """Bytes of a text file as text, in the first encoding that fits.

    In this order: the byte-order mark; UTF-16 by its high bytes; strict UTF-8; the encoding that the file declares
    (`declared`, in lower case); GB18030 or Big5, whichever gives more common characters; Western European
    (Windows-1252) if neither gives Chinese.

    Raises:
        UnreadableFile: the bytes are not text in any of these encodings; the message does not name the file.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decode_strictly(data, encoding)
    if utf16 := _detect_utf16(data):
        return _decode_strictly(data, utf16)
    if text := _try_decode(data, "utf-8") or _try_decode(data, _ENCODING_ALIASES.get(declared, declared)):
        return text
    decoded = [_try_decode(data, encoding) for encoding in ("gb18030", "big5")]
    chinese = [(_common_share(text), text) for text in decoded if text]
    western = _decode_western(data)
    if western and max(chinese, default=(0.0, ""))[0] == 0:
        return western
    if not chinese:
        raise UnreadableFile(
            "the text is in no encoding that can be recognised (UTF-8, UTF-16, GB18030, Big5); save it as UTF-8")
    return max(chinese)[1]


# supersets of the declared encodings, which browsers use in their place
_ENCODING_ALIASES = {
    "gbk": "gb18030", "gb2312": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}


def _decode_strictly(data: bytes, encoding: str) -> str:
    """The text of bytes that are certainly in this encoding.

    Raises:
        UnreadableFile: the bytes are damaged.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"damaged {encoding} text at byte {error.start}; save it as UTF-8") from None


def _detect_utf16(data: bytes) -> str:
    """The UTF-16 of bytes without a byte-order mark; empty for other encodings.

    In one of the two byte orders most high bytes are those of ASCII, full-width punctuation and Han characters.
    """
    if len(data) % 2:
        return ""
    byte_orders = (_high_byte_share(data[1::2], "utf-16-le"), _high_byte_share(data[0::2], "utf-16-be"))
    best, other = sorted(
        byte_orders, key=lambda order: (order.share > _MIN_HIGH_SHARE, order.zeros, order.share), reverse=True)
    if best.share <= _MIN_HIGH_SHARE:
        return ""
    # without zero bytes, letters look like high bytes in both orders, and valid UTF-8 is not UTF-16
    is_clear = best.zeros or (other.share < _MAX_OTHER_SHARE and not _try_decode(data, "utf-8"))
    return best.encoding if is_clear else ""


class _ByteOrder(NamedTuple):
    """A byte order of UTF-16: the share of its high bytes that are usual in text, 0 to 1, and how many are zero."""

    share: float
    zeros: int
    encoding: str


def _high_byte_share(high_bytes: bytes, encoding: str) -> _ByteOrder:
    plausible = sum(byte in _HIGH_BYTES for byte in high_bytes)
    return _ByteOrder(plausible / max(1, len(high_bytes)), high_bytes.count(0), encoding)


_MIN_HIGH_SHARE, _MAX_OTHER_SHARE = 0.9, 0.7
_HIGH_BYTES = frozenset((0x00, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)))


def _try_decode(data: bytes, encoding: str) -> str:
    """The text of bytes if they are in this encoding; empty if they are not, or if there is no such encoding."""
    try:
        return data.decode(encoding or "ascii")
    except (UnicodeDecodeError, LookupError):
        return ""


def _decode_western(data: bytes) -> str:
    """The text of bytes in Windows-1252; empty if three non-ASCII characters are in a row, as in no real text."""
    text = _try_decode(data, "cp1252")
    return "" if re.search(r"[^\x00-\x7f]{3}", text) else text


def _common_share(text: str) -> float:
    """The share of very common Chinese characters, 0 to 1: it is higher in the correct one of GB18030 and Big5."""
    han = re.findall(f"[{HAN}]", text)
    return sum(c in _COMMON_CHARACTERS for c in han) / max(1, len(han))


_COMMON_CHARACTERS = frozenset(  # simplified and traditional
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "這為個國時來們對會發動過說產種後學經業與從開關應實點現進長場電體濟政府市場企业")


def _read_text(path: Path) -> Document:
    """A text file; an extractor may have broken its lines."""
    return Document(decode(path.read_bytes()), metadata={"markup": "text"})


_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?=[ \t]*\S)(.*?)\n---[ \t]*(?:\n|\Z)", re.S)


def _read_markdown(path: Path) -> Document:
    """A Markdown file without its front matter, whose fields are metadata."""
    text = decode(path.read_bytes()).replace("\r\n", "\n")
    metadata = {"markup": "markdown"}
    front_matter = _FRONT_MATTER.match(text)
    stated = _parse_front_matter(front_matter.group(1)) if front_matter else None
    if front_matter and stated is not None:
        metadata |= {key: _metadata_text(stated[key]) for key in BIBLIOGRAPHIC_FIELDS if stated.get(key)}
        text = text[front_matter.end() :]
    return Document(text, metadata=metadata)


def _parse_front_matter(text: str) -> dict[str, object] | None:
    """The fields of the front matter; None if it is prose between two horizontal rules.

    Raises:
        UnreadableFile: it looks like front matter but is not YAML.
    """
    try:
        stated = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        if not re.match(r"\s*[\w-]+\s*:", text):
            return None
        raise UnreadableFile(f"the front matter is not YAML ({str(error).splitlines()[0]})") from None
    if isinstance(stated, str):
        return None
    return stated if isinstance(stated, dict) else {}


def _metadata_text(value: object) -> str:
    """A field as a string; several authors are joined: `[徐枫, 张桥]` → 徐枫、张桥, `[A. Hu, B. Li]` → A. Hu, B. Li."""
    if not isinstance(value, list):
        return str(value)
    names = [str(name) for name in value]
    if any("," in name for name in names):
        return "; ".join(names)  # the surname is first: `Hu, Hanhui`
    return ("、" if any(map(has_han, names)) else ", ").join(names)


def _read_pdf(path: Path) -> Document:
    """The text layer of a PDF, with a form feed between pages."""
    import pypdfium2  # a native library, for PDF files only

    try:
        pdf = pypdfium2.PdfDocument(path)
        try:
            pages = [page.get_textpage().get_text_bounded() for page in pdf]
            properties = pdf.get_metadata_dict()
        finally:
            pdf.close()
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(
            f"not a PDF that can be read to its end ({error}); remove its password or export it again") from None
    text = FORM_FEED.join(pages)
    return Document(text, metadata={"markup": "text"} | pdf_properties(properties["Title"], properties["Author"], text))


def _read_docx(path: Path) -> Document:
    """A Word document: headings as in Markdown, a table row as one line."""
    import docx  # python-docx and lxml, for Word files only
    from docx.opc.exceptions import PackageNotFoundError

    damage_errors = (  # SyntaxError is raised by lxml
        PackageNotFoundError, KeyError, ValueError, SyntaxError, zipfile.BadZipFile, zlib.error)
    try:
        document = docx.Document(str(path))
        properties = document.core_properties.title, document.core_properties.author
    except damage_errors as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableFile(f"not a Word document that can be opened ({reason}); save it again as .docx") from None
    text = "\n\n".join(block for block in _docx_blocks(document) if block)
    return Document(text, metadata={"markup": "markdown"} | word_properties(*properties, text))


def _docx_blocks(document) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """The paragraphs, headings and table rows of a Word document, in order; those without text are empty."""
    from docx.table import Table  # as in `_read_docx`

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from (_docx_row(row.cells) for row in block.rows)
            continue
        text = re.sub(r"\s*\n\s*", " ", block.text).strip()
        level = re.fullmatch(r"(?:Heading|标题) ?([1-6])", block.style.name if block.style else "")
        if text:
            yield f"{'#' * int(level.group(1))} {text}" if level else text


def _docx_row(cells) -> str:  # type: ignore[no-untyped-def]
    """A table row as one line, `a | b`; a merged cell, which python-docx repeats, is written once."""
    distinct = [*cells[:1], *(cell for before, cell in pairwise(cells) if cell._tc is not before._tc)]
    texts = (re.sub(r"\s+", " ", cell.text).strip() for cell in distinct)
    return " | ".join(text for text in texts if text)


def _read_html(path: Path) -> Document:
    """The visible text of an HTML page, headings as in Markdown."""
    from rag.sources.html import declared_charset, read_page  # beautifulsoup and lxml, for HTML files only

    data = path.read_bytes()
    markup = decode(data, declared_charset(data))
    title, text = read_page(markup)
    metadata = {"markup": "markdown"} | ({"title": title} if title else {}) | html_properties(markup)
    return Document(text, metadata=metadata)


# suffixes in lower case; the keys are the file types that `huwen add` takes from a folder
READERS: dict[str, Callable[[Path], Document]] = {
    ".md": _read_markdown,
    ".txt": _read_text,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
    ".html": _read_html,
    ".htm": _read_html,
}

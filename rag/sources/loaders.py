"""A file becomes a Document: its text, and what it says of itself."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import yaml
from langchain_core.documents import Document

from rag.references.file_properties import html_properties, pdf_properties, word_properties
from rag.schema import HuwenError
from rag.text.language import HAN, has_han

FORM_FEED = "\f"  # between pages; `clean` knows it too

# what a document may say of itself in its front matter
BIBLIOGRAPHIC_FIELDS = (
    "title", "author", "publisher", "container", "date", "language", "kind", "edition_of",
    "city", "volume", "issue", "pages", "edition", "number", "url", "accessed")


class UnreadableFile(HuwenError):
    """A file of which no text can be had."""


def load(path: Path) -> Document:
    """The whole of a file as one Document; pages, where there are any, are separated by form feeds.

    Metadata: `markup` (`markdown` or `text`) and those of BIBLIOGRAPHIC that the file states, all strings.

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
    except UnreadableFile as error:  # the readers do not say of which file they speak
        raise UnreadableFile(f"{path.name}: {error}") from None
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    return document


_ADVICE = {".pdf": "; a scan must go through text recognition (OCR) first"}


def decode(data: bytes, declared: str = "") -> str:
    """Bytes of a text file as text, in the first encoding that fits.

    The byte-order mark comes first, then UTF-16 by its high bytes, strict UTF-8, what the file declares, GB18030 or
    Big5 by the commoner characters, and Western European (Windows-1252) where neither reads like Chinese.

    Raises:
        UnreadableFile: the bytes are no text in any of these encodings; the sentence does not name the file.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decode_strictly(data, encoding)
    if utf16 := _detect_utf16(data):
        return _decode_strictly(data, utf16)
    if text := _try_decode(data, "utf-8") or _try_decode(data, _ENCODING_ALIASES.get(declared, declared)):
        return text
    chinese = [(_common_share(text), text) for encoding in ("gb18030", "big5") if (text := _try_decode(data, encoding))]
    western = _decode_western(data)
    if western and max(chinese, default=(0.0, ""))[0] == 0:
        return western
    if not chinese:
        raise UnreadableFile("the text is in no encoding that can be told (UTF-8, UTF-16, GB18030, Big5); save it as UTF-8")
    return max(chinese)[1]


# what browsers read where a page declares less
_ENCODING_ALIASES = {"gbk": "gb18030", "gb2312": "gb18030", "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"damaged {encoding} text at byte {error.start}; save it as UTF-8") from None


def _detect_utf16(data: bytes) -> str:
    """UTF-16 without a mark, by the share of high bytes that text has: of ASCII, full-width marks and Han characters."""
    if len(data) % 2:
        return ""
    (share, nuls, encoding), (other, *_) = sorted(
        ((sum(byte in _HIGH_BYTES for byte in high) / max(1, len(high)), high.count(0), encoding)
         for encoding, high in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2]))),
        key=lambda side: (side[0] > _MIN_HIGH_SHARE, side[1], side[0]), reverse=True)
    # where nothing is zero, plain letters look like high bytes on both sides, and what is UTF-8 is not UTF-16
    told = nuls or (other < _MAX_OTHER_SHARE and not _try_decode(data, "utf-8"))
    return encoding if share > _MIN_HIGH_SHARE and told else ""


_MIN_HIGH_SHARE, _MAX_OTHER_SHARE = 0.9, 0.7
_HIGH_BYTES = frozenset((0x00, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)))


def _try_decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding or "ascii")
    except (UnicodeDecodeError, LookupError):
        return ""


def _decode_western(data: bytes) -> str:
    """Windows-1252, where accents and curly quotes stand between plain letters; a run of three is no such text."""
    text = _try_decode(data, "cp1252")
    return "" if re.search(r"[^\x00-\x7f]{3}", text) else text


def _common_share(text: str) -> float:
    """The share of very common Chinese characters, simplified and traditional: tells GB18030 from Big5."""
    han = re.findall(f"[{HAN}]", text)
    return sum(c in _COMMON_CHARACTERS for c in han) / max(1, len(han))


_COMMON_CHARACTERS = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "這為個國時來們對會發動過說產種後學經業與從開關應實點現進長場電體濟政府市場企业")


def _read_text(path: Path) -> Document:
    return Document(decode(path.read_bytes()), metadata={"markup": "text"})


_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?=[ \t]*\S)(.*?)\n---[ \t]*(?:\n|\Z)", re.S)


def _read_markdown(path: Path) -> Document:
    text = decode(path.read_bytes()).replace("\r\n", "\n")
    metadata = {"markup": "markdown"}
    front = _FRONT_MATTER.match(text)
    stated = _parse_front_matter(front.group(1)) if front else None
    if front and stated is not None:
        metadata |= {key: _metadata_text(stated[key]) for key in BIBLIOGRAPHIC_FIELDS if stated.get(key)}
        text = text[front.end() :]
    return Document(text, metadata=metadata)


def _parse_front_matter(text: str) -> dict[str, object] | None:
    """What the front matter states; None where it is prose that happens to stand between two rules."""
    try:
        stated = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that no calendar has
        if not re.match(r"\s*[\w-]+\s*:", text):
            return None
        raise UnreadableFile(f"the front matter is not YAML ({str(error).splitlines()[0]})") from None
    if isinstance(stated, str):
        return None
    return stated if isinstance(stated, dict) else {}


def _metadata_text(value: object) -> str:
    """Several authors as one string: `[徐枫, 张桥]` → 徐枫、张桥."""
    if not isinstance(value, list):
        return str(value)
    names = [str(name) for name in value]
    if any("," in name for name in names):
        return "; ".join(names)  # each with its surname first: `Hu, Hanhui`
    return ("、" if any(map(has_han, names)) else ", ").join(names)


def _read_pdf(path: Path) -> Document:
    import pypdfium2  # a native library that only PDF users load

    try:
        pdf = pypdfium2.PdfDocument(path)
        try:
            pages = [page.get_textpage().get_text_bounded() for page in pdf]
            said = pdf.get_metadata_dict()
        finally:
            pdf.close()
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(f"not a PDF that can be read to its end ({error}); remove its password or export it anew") from None
    text = FORM_FEED.join(pages)
    return Document(text, metadata={"markup": "text"} | pdf_properties(said["Title"], said["Author"], text))


def _read_docx(path: Path) -> Document:
    import docx  # python-docx, with lxml under it
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
        said = document.core_properties.title, document.core_properties.author
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError, zipfile.BadZipFile, zlib.error) as error:  # SyntaxError: lxml's
        why = str(error).partition("\n")[0]
        raise UnreadableFile(f"not a Word document that can be opened ({why}); save it again as .docx") from None
    text = "\n\n".join(block for block in _docx_blocks(document) if block)
    return Document(text, metadata={"markup": "markdown"} | word_properties(*said, text))


def _docx_blocks(document) -> Iterator[str]:  # type: ignore[no-untyped-def]
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from (_docx_row(row.cells) for row in block.rows)
            continue
        text = re.sub(r"\s*\n\s*", " ", block.text).strip()
        level = re.fullmatch(r"(?:Heading|标题) ?([1-6])", block.style.name if block.style else "")
        if text:
            yield f"{'#' * int(level.group(1))} {text}" if level else text


def _docx_row(cells) -> str:  # type: ignore[no-untyped-def]
    """A table row as one line; a cell that Word merged comes repeated and is given once."""
    own = [*cells[:1], *(cell for before, cell in pairwise(cells) if cell._tc is not before._tc)]
    texts = (re.sub(r"\s+", " ", cell.text).strip() for cell in own)
    return " | ".join(text for text in texts if text)


def _read_html(path: Path) -> Document:
    from rag.sources.html import declared_charset, read_page  # with beautifulsoup and lxml under it

    data = path.read_bytes()
    markup = decode(data, declared_charset(data))
    title, text = read_page(markup)
    return Document(text, metadata={"markup": "markdown"} | ({"title": title} if title else {}) | html_properties(markup))


READERS: dict[str, Callable[[Path], Document]] = {
    ".md": _read_markdown,
    ".txt": _read_text,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
    ".html": _read_html,
    ".htm": _read_html,
}

"""A file becomes a Document: its text, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from langchain_core.documents import Document

from rag.schema import HuwenError
from rag.sources.clean import FORM_FEED
from rag.text.language import HAN

# what a document may say of itself in its front matter
BIBLIOGRAPHIC = ("title", "author", "publisher", "container", "date", "language", "kind", "edition_of")


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
            raise UnreadableFile(f"{path.name}: the file is empty")
        document = read(path)
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    if not document.page_content.strip():
        raise UnreadableFile(f"{path.name}: no text in it; a scan must go through text recognition (OCR) first")
    return document


def decode(data: bytes) -> str:
    """Bytes of a text file as text: by byte-order mark, then strict UTF-8, then UTF-16 by its zeros, then GB18030 or Big5.

    Raises:
        UnreadableFile: the bytes are no text in any of these encodings.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strict(data, encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass  # not UTF-8: the next rules decide
    if utf16 := _utf16(data):
        return _strict(data, utf16)
    readings = [(_commonness(text), text) for encoding in ("gb18030", "big5") if (text := _lenient(data, encoding))]
    if not readings:
        raise UnreadableFile("the text is in no encoding that can be told (UTF-8, UTF-16, GB18030, Big5); save it as UTF-8")
    return max(readings)[1]


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"damaged {encoding} text at byte {error.start}; save it as UTF-8") from None


def _utf16(data: bytes) -> str:
    """UTF-16 without a mark: the high bytes of ASCII are zero; of Chinese, most lie between 0x4e and 0x9f."""
    if len(data) % 2:
        return ""
    for encoding, high in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        low = data[0::2] if high is not data[0::2] and encoding == "utf-16-le" else data[1::2]
        if high.count(0) > 0.2 * len(high) and low.count(0) < 0.05 * len(low):
            return encoding
    return ""


def _lenient(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _commonness(text: str) -> float:
    """The share of very common Chinese characters, simplified and traditional: tells GB18030 from Big5."""
    han = re.findall(f"[{HAN}]", text)
    return sum(c in _COMMON for c in han) / max(1, len(han))


_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "這為個國時來們對會發動過說產種後學經業與從開關應實點現進長場電體濟政府市場企业")


def _read_text(path: Path) -> Document:
    return Document(decode(path.read_bytes()), metadata={"markup": "text"})


_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.S)


def _read_markdown(path: Path) -> Document:
    text = decode(path.read_bytes()).replace("\r\n", "\n")
    metadata = {"markup": "markdown"}
    if front := _FRONT_MATTER.match(text):
        try:
            stated = yaml.safe_load(front.group(1))
        except yaml.YAMLError as error:
            raise UnreadableFile(f"{path.name}: the front matter is not YAML ({str(error).splitlines()[0]})") from None
        stated = stated if isinstance(stated, dict) else {}
        metadata |= {key: str(stated[key]) for key in BIBLIOGRAPHIC if stated.get(key)}
        text = text[front.end() :]
    return Document(text, metadata=metadata)


def _read_pdf(path: Path) -> Document:
    import pypdfium2  # a native library that only PDF users load

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile(f"{path.name}: not a PDF that can be opened ({error}); remove its password or export it anew") from None
    try:
        pages = [page.get_textpage().get_text_bounded() for page in pdf]
    finally:
        pdf.close()
    return Document(FORM_FEED.join(pages), metadata={"markup": "text"})


def _read_docx(path: Path) -> Document:
    import docx  # python-docx, with lxml under it
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UnreadableFile(f"{path.name}: not a Word document that can be opened ({error}); save it again as .docx") from None
    metadata = {"markup": "markdown"}
    if title := document.core_properties.title:
        metadata["title"] = title
    return Document("\n\n".join(_docx_blocks(document)), metadata=metadata)


def _docx_blocks(document) -> Iterator[str]:  # type: ignore[no-untyped-def]
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from (_row(cell.text for cell in row.cells) for row in block.rows)
            continue
        text = re.sub(r"\s*\n\s*", " ", block.text).strip()
        level = re.fullmatch(r"(?:Heading|标题) ?([1-6])", block.style.name if block.style else "")
        if text:
            yield f"{'#' * int(level.group(1))} {text}" if level else text


def _row(cells: Iterator[str]) -> str:
    """A table row as one line; cells that Word merged come repeated and are given once."""
    out: list[str] = []
    for cell in cells:
        text = re.sub(r"\s+", " ", cell).strip()
        if text and (not out or out[-1] != text):
            out.append(text)
    return " | ".join(out)


_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "tr", "blockquote", "pre", "figcaption", "dt", "dd")
_FURNITURE = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "svg", "iframe")


def _read_html(path: Path) -> Document:
    from bs4 import BeautifulSoup  # with lxml under it

    data = path.read_bytes()
    charset = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:4096], re.I)
    declared = charset.group(1).decode("ascii").lower() if charset else ""
    text = _lenient(data, "gb18030") if declared in ("gbk", "gb2312", "gb18030") else ""
    page = BeautifulSoup(text or decode(data), "lxml")
    title = page.title.get_text(" ", strip=True) if page.title else ""
    for tag in page(_FURNITURE):
        if not (tag.name == "header" and tag.find("h1")):
            tag.decompose()
    blocks = list(_html_blocks(page)) or [page.get_text("\n", strip=True)]
    return Document("\n\n".join(blocks), metadata={"markup": "markdown"} | ({"title": title} if title else {}))


def _html_blocks(page) -> Iterator[str]:  # type: ignore[no-untyped-def]
    for tag in page.find_all(_BLOCKS):
        if tag.find(_BLOCKS):
            continue  # its inner blocks speak for it
        if tag.name == "tr":
            text = _row(cell.get_text(" ", strip=True) for cell in tag.find_all(("td", "th")))
        else:
            text = re.sub(r"\s+", " ", tag.get_text("", strip=False)).strip()
        if text:
            yield f"{'#' * int(tag.name[1])} {text}" if re.fullmatch("h[1-6]", tag.name) else text


READERS: dict[str, Callable[[Path], Document]] = {
    ".md": _read_markdown,
    ".txt": _read_text,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
    ".html": _read_html,
    ".htm": _read_html,
}

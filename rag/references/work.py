"""Bibliographic records: a `Source` → a `Work`, with the parts that a reference needs.

The fields of a source come from files and users. Each part of a work is one clean line and has one meaning.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.references.authors import Author, parse_authors
from rag.references.imprint import (
    DocumentType,
    Serial,
    find_document_type,
    format_edition,
    is_newspaper,
    is_press,
    is_standard,
    iso_date,
    parse_serial,
    plain_number,
)
from rag.schema import Language, Source


@dataclass(frozen=True)
class Work:
    """The bibliographic parts of a document; unknown parts are empty. Dates are ISO 8601, as far as they are known."""

    document_type: DocumentType  # never `A` and never empty
    language: Language
    title: str
    authors: tuple[Author, ...] = ()
    has_more_authors: bool = False  # the document has authors that it does not name
    number: str = ""
    container: str = ""
    year: str = ""  # of the issue or volume, else of the date
    volume: str = ""
    issue: str = ""
    pages: str = ""
    edition: str = ""
    city: str = ""
    publisher: str = ""
    date: str = ""
    url: str = ""
    access_date: str = ""
    kind: str = ""  # the document's own word for its type: `调研报告`, `journal article`


def build_work(source: Source) -> Work:
    """The work of a source, whatever its fields contain.

    A report or document in a numbered issue of a serial is an article of that serial, because a reader finds it there.
    An article without a serial is `Z`, because `J` would mean a journal.
    """
    serial = parse_serial(_clean_line(source.container))
    volume = _clean_number(source.volume) or _clean_number(serial.volume)
    issue = _clean_number(source.issue) or _clean_number(serial.issue)
    document_type = _document_type(source, serial, is_numbered=bool(volume or issue))
    author_list = parse_authors(_clean_line(source.author))
    date = iso_date(source.date) or serial.date
    return Work(
        document_type=document_type,
        language=source.language,
        title=_clean_title(source),
        authors=author_list.authors,
        has_more_authors=author_list.has_more,
        number=_clean_field(source.number).rstrip(_EDGE_PUNCTUATION),
        container=_container_name(source, serial, document_type),
        year=(serial.date or date)[:4],
        volume=volume,
        issue=issue,
        pages=_clean_number(source.pages) or _clean_number(serial.pages),
        edition=_clean_edition(source),
        city=_clean_field(source.city),
        publisher=_first_publisher(source.publisher),
        date=date,
        url=_clean_url(source.url),
        access_date=iso_date(source.accessed),
        kind=_clean_line(source.kind))


def _document_type(source: Source, serial: Serial, *, is_numbered: bool) -> DocumentType:
    """The type that the source's kind states; for an article or an unknown kind, the type that other fields show."""
    document_type = find_document_type(_clean_line(source.kind))
    if document_type in ("R", "Z") and serial.name and is_numbered:
        return "J"
    if document_type not in ("A", ""):
        return document_type
    if serial.name or is_newspaper(source.publisher):
        return "N" if is_newspaper(serial.name or source.publisher) else "J"
    is_unknown = not document_type
    if is_unknown and is_standard(source.number):
        return "S"
    if is_unknown and (source.edition or is_press(source.publisher)):
        return "M"
    return "EB" if _clean_url(source.url) else "Z"


def _container_name(source: Source, serial: Serial, document_type: DocumentType) -> str:
    """The name of a journal; of a newspaper or else its publisher; for a book the whole container: 鲁迅全集 第3卷."""
    if document_type == "J":
        return _clean_field(serial.name)
    if document_type == "N":
        return _clean_field(serial.name) or _first_publisher(source.publisher)
    return _clean_field(source.container.replace("《", "").replace("》", ""))


_CONTROL_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
_MAX_PART_LENGTH = 300  # characters of one part; the longest titles of papers have half as many
_EDGE_PUNCTUATION = " \t.,;:/，。；：、·"


def _clean_line(text: str) -> str:
    """The text in one line, with single spaces and without control characters and text direction marks."""
    single_spaced = " ".join(text[: 9 * _MAX_PART_LENGTH].split())
    line = " ".join("".join(filter(_is_printable, single_spaced)).split())
    return line if len(line) <= _MAX_PART_LENGTH else line[: _MAX_PART_LENGTH - 1].rstrip() + "…"


def _is_printable(character: str) -> bool:
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return not is_noncharacter and unicodedata.category(character) not in _CONTROL_CATEGORIES


def _clean_field(text: str) -> str:
    """The text as a part of an entry, without punctuation at its ends.

    Square brackets become round ones, because the standard uses square ones for its marks. The scheme of a web address
    is removed, because an address may only be at the end of an entry.
    """
    part = re.sub("(?:https?|ftp)://", "", _clean_line(text), flags=re.I).translate(_ROUND_BRACKETS)
    part = part.lstrip(_EDGE_PUNCTUATION).rstrip(" ,;:/，。；：、·")  # the full stop of `Inc.` belongs to the name
    return part.rstrip(_EDGE_PUNCTUATION) if part.endswith(" .") else part


_ROUND_BRACKETS = str.maketrans("[]", "()")
_TYPE_MARK = re.compile(r"\s*\[[A-Z]{1,2}(?:/[A-Z]{2})?\][\s.。]*$")


def _clean_title(source: Source) -> str:
    """The title without a copied type mark (`韩国图书馆法[J].`); if empty, the file's name or the source's id."""
    for text in (source.title, source.name, source.id):
        title = _clean_field(_TYPE_MARK.sub("", _clean_line(text))).rstrip(_EDGE_PUNCTUATION)
        if title:
            return title
    return "无题名" if source.language == "zh" else "Untitled"


def _clean_edition(source: Source) -> str:
    """The edition without colons, because text before a colon would be read as a place."""
    return _clean_field(re.sub(r"\s*[:：]\s*", " ", format_edition(_clean_line(source.edition), source.language)))


def _first_publisher(text: str) -> str:
    """The first of several publishers, as the standard requires of places (8.4.1.2)."""
    return _clean_field(re.split("[;；]", _clean_line(text))[0])


def _clean_number(text: str) -> str:
    """The number of an issue, volume or page, without the punctuation of an entry; at most 20 characters."""
    return re.sub(r"[^\w\-+/.]+", "", plain_number(_clean_line(text))).strip("-+/._")[:20]


def _clean_url(text: str) -> str:
    """A web address, or the address of a DOI; empty for anything else, such as `javascript:` or a file path."""
    address = _clean_line(text).replace(" ", "%20")
    if doi := re.fullmatch(r"(?:doi:(?:%20)?)?(10\.[0-9]{4,9}/.+)", address, re.I):
        address = f"https://doi.org/{doi[1]}"
    is_complete = len(address) < _MAX_PART_LENGTH and _WEB_ADDRESS.fullmatch(address)
    return address.rstrip(".,;，。；") if is_complete else ""


_WEB_ADDRESS = re.compile(r"""(?:https?|ftp)://[^\s/?#\[\]<>"'`{}|\\^]+(?:[/?#][^\s\[\]<>"`{}|\\^]*)?""", re.I)

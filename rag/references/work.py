"""A Source becomes a Work: what a reference says of it, each part clean, in one line, and told from the others."""

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
    """What is known of a document; parts that are not known are empty. Dates are ISO 8601, as far as they are known."""

    document_type: DocumentType  # never `A` and never empty
    language: Language
    title: str
    authors: tuple[Author, ...] = ()
    has_more_authors: bool = False  # there are authors beside those named
    number: str = ""
    container: str = ""
    year: str = ""  # of the issue or volume; else of the date
    volume: str = ""
    issue: str = ""
    pages: str = ""
    edition: str = ""
    city: str = ""
    publisher: str = ""
    date: str = ""
    url: str = ""
    access_date: str = ""
    kind: str = ""  # in the document's own words


def build_work(source: Source) -> Work:
    """The Work that a source is, whatever its fields hold: they are a stranger's.

    A report or document in a numbered issue of a serial is an article of that serial, for that is where a reader finds it.
    An article whose serial nobody names is `Z`: `J` would promise a journal.
    """
    place = parse_serial(_clean_line(source.container))
    volume, issue = _clean_number(source.volume) or _clean_number(place.volume), _clean_number(source.issue) or _clean_number(place.issue)
    sort = _document_type(source, place, is_numbered=bool(volume or issue))
    container, publisher = _container_name(source, place, sort), _first_publisher(source.publisher)
    named = parse_authors(_clean_line(source.author))
    date = iso_date(source.date) or place.date
    return Work(
        document_type=sort, language=source.language, title=_clean_title(source), authors=named.authors, has_more_authors=named.has_more,
        number=_clean_field(source.number).rstrip(_EDGE_PUNCTUATION),
        container=container or (publisher if sort == "N" else ""), year=(place.date or date)[:4], volume=volume, issue=issue,
        pages=_clean_number(source.pages) or _clean_number(place.pages), edition=_clean_edition(source),
        city=_clean_field(source.city), publisher=publisher, date=date, url=_clean_url(source.url), access_date=iso_date(source.accessed),
        kind=_clean_line(source.kind))


def _document_type(source: Source, place: Serial, *, is_numbered: bool) -> DocumentType:
    """What its kind says; an article, and what says nothing, by where it appeared."""
    sort = find_document_type(_clean_line(source.kind))
    if sort in ("R", "Z") and place.name and is_numbered:
        return "J"
    if sort not in ("A", ""):
        return sort
    if place.name or is_newspaper(source.publisher):
        return "N" if is_newspaper(place.name or source.publisher) else "J"
    if not sort and is_standard(source.number):
        return "S"
    if not sort and (source.edition or is_press(source.publisher)):
        return "M"
    return "EB" if _clean_url(source.url) else "Z"


def _container_name(source: Source, place: Serial, document_type: DocumentType) -> str:
    """The name of a serial; a book and a volume of proceedings keep theirs whole: 鲁迅全集 第3卷."""
    return _clean_field(place.name) if document_type in ("J", "N") else _clean_field(source.container.replace("《", "").replace("》", ""))


_CONTROL_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
_MAX_PART_LENGTH = 300  # characters of one part: the longest titles of papers have half as many
_EDGE_PUNCTUATION = " \t.,;:/，。；：、·"


def _clean_line(text: str) -> str:
    """One line of it: no control characters, nothing that turns the reading direction, one blank between words."""
    kept = (c for c in " ".join(text[: 9 * _MAX_PART_LENGTH].split()) if unicodedata.category(c) not in _CONTROL_CATEGORIES and ord(c) & 0xFFFE != 0xFFFE)
    line = " ".join("".join(kept).split())
    return line if len(line) <= _MAX_PART_LENGTH else line[: _MAX_PART_LENGTH - 1].rstrip() + "…"


def _clean_field(text: str) -> str:
    """A part between two marks of punctuation.

    Square brackets are the standard's own, so a part has round ones; an address stands at the end of an entry only.
    """
    inner = re.sub("(?:https?|ftp)://", "", _clean_line(text), flags=re.I).translate(_ROUND_BRACKETS).lstrip(_EDGE_PUNCTUATION).rstrip(" ,;:/，。；：、·")
    return inner.rstrip(_EDGE_PUNCTUATION) if inner.endswith(" .") else inner  # the stop of `Inc.` is its own


_ROUND_BRACKETS = str.maketrans("[]", "()")
_TYPE_MARK = re.compile(r"\s*\[[A-Z]{1,2}(?:/[A-Z]{2})?\][\s.。]*$")


def _clean_title(source: Source) -> str:
    """The title without a mark that it was copied with (`韩国图书馆法[J].`); the file's name where there is none."""
    told = (_clean_field(_TYPE_MARK.sub("", _clean_line(text))).rstrip(_EDGE_PUNCTUATION) for text in (source.title, source.name, source.id))
    return next(filter(None, told), "无题名" if source.language == "zh" else "Untitled")


def _clean_edition(source: Source) -> str:
    """Without colons: what stands before one would read as a place."""
    return _clean_field(re.sub(r"\s*[:：]\s*", " ", format_edition(_clean_line(source.edition), source.language)))


def _first_publisher(text: str) -> str:
    """The first of several, as the standard has it of places (8.4.1.2)."""
    return _clean_field(re.split("[;；]", _clean_line(text))[0])


def _clean_number(text: str) -> str:
    """A number of an issue, volume or page, which no punctuation of the entry may stand in."""
    return re.sub(r"[^\w\-+/.]+", "", plain_number(_clean_line(text))).strip("-+/._")[:20]


def _clean_url(text: str) -> str:
    """An address that leads to the web, or the one that a DOI has there; nothing else: no `javascript:`, no folder."""
    address = _clean_line(text).replace(" ", "%20")
    if doi := re.fullmatch(r"(?:doi:(?:%20)?)?(10\.[0-9]{4,9}/.+)", address, re.I):
        address = f"https://doi.org/{doi[1]}"
    whole = len(address) < _MAX_PART_LENGTH and _WEB_ADDRESS.fullmatch(address)
    return address.rstrip(".,;，。；") if whole else ""


_WEB_ADDRESS = re.compile(r"""(?:https?|ftp)://[^\s/?#\[\]<>"'`{}|\\^]+(?:[/?#][^\s\[\]<>"`{}|\\^]*)?""", re.I)

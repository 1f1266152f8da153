"""A Source becomes a Work: what a reference says of it, each part clean, in one line, and told from the others."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.references.authors import Author, authors
from rag.references.imprint import (
    Serial,
    Sort,
    edition,
    is_newspaper,
    is_press,
    is_standard,
    iso_date,
    plain_number,
    serial,
    sort_of,
)
from rag.schema import Language, Source


@dataclass(frozen=True)
class Work:
    """What is known of a document; parts that are not known are empty. Dates are ISO 8601, as far as they are known."""

    sort: Sort  # never `A` and never empty
    language: Language
    title: str
    authors: tuple[Author, ...] = ()
    more: bool = False  # there are authors beside those named
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
    accessed: str = ""
    kind: str = ""  # in the document's own words


def work(source: Source) -> Work:
    """The Work that a source is, whatever its fields hold: they are a stranger's.

    A report or document in a numbered issue of a serial is an article of that serial, for that is where a reader finds it.
    An article whose serial nobody names is `Z`: `J` would promise a journal.
    """
    place = serial(_line(source.container))
    volume, issue = _small(source.volume) or _small(place.volume), _small(source.issue) or _small(place.issue)
    sort = _sort(source, place, is_numbered=bool(volume or issue))
    container, publisher = _container(source, place, sort), _publisher(source.publisher)
    named = authors(_line(source.author))
    date = iso_date(source.date) or place.date
    return Work(
        sort=sort, language=source.language, title=_title(source), authors=named.named, more=named.cut,
        number=_field(source.number).rstrip(_AROUND),
        container=container or (publisher if sort == "N" else ""), year=(place.date or date)[:4], volume=volume, issue=issue,
        pages=_small(source.pages) or _small(place.pages), edition=_edition(source),
        city=_field(source.city), publisher=publisher, date=date, url=_url(source.url), accessed=iso_date(source.accessed),
        kind=_line(source.kind))


def _sort(source: Source, place: Serial, *, is_numbered: bool) -> Sort:
    """What its kind says; an article, and what says nothing, by where it appeared."""
    sort = sort_of(_line(source.kind))
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
    return "EB" if _url(source.url) else "Z"


def _container(source: Source, place: Serial, sort: Sort) -> str:
    """The name of a serial; a book and a volume of proceedings keep theirs whole: 鲁迅全集 第3卷."""
    return _field(place.name) if sort in ("J", "N") else _field(source.container.replace("《", "").replace("》", ""))


_CONTROL = ("Cc", "Cf", "Cs", "Co")
_LONGEST = 300  # characters of one part: the longest titles of papers have half as many
_AROUND = " \t.,;:/，。；：、·"


def _line(text: str) -> str:
    """One line of it: no control characters, nothing that turns the reading direction, one blank between words."""
    kept = (c for c in " ".join(text[: 9 * _LONGEST].split()) if unicodedata.category(c) not in _CONTROL and ord(c) & 0xFFFE != 0xFFFE)
    line = " ".join("".join(kept).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _field(text: str) -> str:
    """A part between two marks of punctuation.

    Square brackets are the standard's own, so a part has round ones; an address stands at the end of an entry only.
    """
    inner = re.sub("(?:https?|ftp)://", "", _line(text), flags=re.I).translate(_ROUND).lstrip(_AROUND).rstrip(" ,;:/，。；：、·")
    return inner.rstrip(_AROUND) if inner.endswith(" .") else inner  # the stop of `Inc.` is its own


_ROUND = str.maketrans("[]", "()")
_COPIED_MARK = re.compile(r"\s*\[[A-Z]{1,2}(?:/[A-Z]{2})?\][\s.。]*$")


def _title(source: Source) -> str:
    """The title without a mark that it was copied with (`韩国图书馆法[J].`); the file's name where there is none."""
    told = (_field(_COPIED_MARK.sub("", _line(text))).rstrip(_AROUND) for text in (source.title, source.name, source.id))
    return next(filter(None, told), "无题名" if source.language == "zh" else "Untitled")


def _edition(source: Source) -> str:
    """Without colons: what stands before one would read as a place."""
    return _field(re.sub(r"\s*[:：]\s*", " ", edition(_line(source.edition), source.language)))


def _publisher(text: str) -> str:
    """The first of several, as the standard has it of places (8.4.1.2)."""
    return _field(re.split("[;；]", _line(text))[0])


def _small(text: str) -> str:
    """A number of an issue, volume or page, which no punctuation of the entry may stand in."""
    return re.sub(r"[^\w\-+/.]+", "", plain_number(_line(text))).strip("-+/._")[:20]


def _url(text: str) -> str:
    """An address that leads to the web, or the one that a DOI has there; nothing else: no `javascript:`, no folder."""
    address = _line(text).replace(" ", "%20")
    if doi := re.fullmatch(r"(?:doi:(?:%20)?)?(10\.[0-9]{4,9}/.+)", address, re.I):
        address = f"https://doi.org/{doi[1]}"
    whole = len(address) < _LONGEST and _ADDRESS.fullmatch(address)
    return address.rstrip(".,;，。；") if whole else ""


_ADDRESS = re.compile(r"""(?:https?|ftp)://[^\s/?#\[\]<>"'`{}|\\^]+(?:[/?#][^\s\[\]<>"`{}|\\^]*)?""", re.I)

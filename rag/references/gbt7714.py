"""GB/T 7714-2015 style: a Work → its entry in a reference list in the order of citation.

Numbers in brackets are sections of the standard; chapters 4, 7 and 8 are covered.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.references.authors import Author
from rag.references.work import Work
from rag.text.language import has_han

_MAX_AUTHORS = 3  # (8.1.2)
_UNKNOWN_CITY = {"zh": "出版地不详", "en": "S.l."}  # (8.4.1.3)
_UNKNOWN_PUBLISHER = {"zh": "出版者不详", "en": "s.n."}  # (8.4.2.3)


def format_entry(work: Work) -> str:
    """One entry without its number. Punctuation is half-width with a space after it, as in the standard's examples.

    Books, proceedings, theses and reports (4.1) and their parts (4.2). An unknown place is `[出版地不详]` or `[S.l.]`
    (8.4.1.3), an unknown publisher `[出版者不详]` or `[s.n.]` (8.4.2.3). Both may be left out of online resources. They
    are also left out of standards and of type Z, since a file without an imprint is not a printed book.

        罗杰斯. 西方文明史: 问题与源头[M]. 2版. 大连: 东北财经大学出版社, 2011: 15-16.
        CALKIN D, AGER A, THOMPSON M. A comparative risk assessment framework[R]. [S.l.: s.n.], 2011: 8-9.

    Articles of serials (4.4) and newspapers (4.4, 8.8.3):

        李炳穆. 韩国图书馆法[J/OL]. 图书情报工作, 2008, 52(6): 6-12[2013-10-25]. http://www.docin.com/p-400265742.html.
        KANAMORI H. Shaking without quaking[J]. Science, 1998, 279(5359): 2063.
        丁文祥. 数字革命与竞争国际化[N]. 中国青年报, 2000-11-20(15).

    Patents (4.5) and electronic resources (4.6). The publisher is the author of a web page without authors:

        张凯军. 轨道火车及高速轨道火车紧急安全制动辅助装置: 201220158825.2[P]. 2012-04-05.
        Dublin core metadata element set: version 1.1[EB/OL]. (2012-06-14)[2014-06-11].
        http://dublincore.org/documents/dces/.
    """
    mark = f"[{work.document_type}/OL]" if work.url else f"[{work.document_type}]"
    number = work.number if work.document_type in ("R", "S", "P", "Z") and work.number not in work.title else ""
    title = f"{work.title}: {number}{mark}" if number else work.title + mark
    if work.container and work.document_type not in ("J", "N", "EB", "P", "D"):
        title += f"//{work.container}"
    edition = work.edition if work.document_type not in ("J", "N", "EB", "P") else ""
    return _join_with_stops([format_creators(work), title, edition, _publication_part(work), work.url])


def _join_with_stops(parts: Iterable[str]) -> str:
    """The parts that are not empty, each with one full stop; `et al.` and `Inc.` have theirs already."""
    return " ".join(_add_full_stop(part) for part in parts if part)


def _add_full_stop(part: str) -> str:
    is_address = part.startswith(("http", "ftp"))
    return part if part.endswith(".") and not is_address else f"{part}."


def format_creators(work: Work) -> str:
    """Up to three authors, then 等 or et al (8.1.2): `HU H H, XU F, ZHANG Q, et al`.

    Empty for a work without authors, whose entry begins with its title (8.1.3).
    """
    if not work.authors:
        return work.publisher if work.document_type == "EB" and not work.city else ""
    names = [_format_name(author) for author in work.authors[:_MAX_AUTHORS]]
    if work.has_more_authors or len(work.authors) > _MAX_AUTHORS:
        names.append("等" if any(map(has_han, names)) else "et al")
    return ", ".join(names)


def _format_name(author: Author) -> str:
    """The surname in capitals, then the initials without full stops (8.1.1); an organisation unchanged.

    `EINSTEIN A`, `DE MORGAN A`, `SODEMAN W A, Jr`.
    """
    if not author.surname:
        return author.name.translate(_ROUND_BRACKETS)
    name = " ".join((author.surname.upper(), *author.initials)).translate(_ROUND_BRACKETS)
    return f"{name}, {author.suffix}" if author.suffix else name


_ROUND_BRACKETS = str.maketrans("[]", "()")


def _publication_part(work: Work) -> str:
    """Where and when the work appeared; for an online resource also when it was changed and accessed (8.4.4)."""
    match work.document_type:
        case "J":
            imprint = _serial_part(work)
        case "N":
            imprint = _newspaper_part(work)
        case "P":
            imprint = work.date
        case _:
            imprint = _imprint_part(work)
    if not work.url:
        return imprint
    has_date = work.date in imprint or (len(work.date) == 4 and imprint)
    date_part = f"({work.date})" if work.date and not has_date else ""
    access_part = f"[{work.access_date}]" if work.access_date else ""
    return imprint + date_part + access_part


def _serial_part(work: Work) -> str:
    """`图书情报工作, 2008, 52(6): 6-12`, `文献, 2013(1)`; without volume, issue and pages `求是, 2024-06-03`."""
    has_volume = work.volume or work.issue or work.pages
    date = work.year if has_volume or len(work.date) == 4 else work.date
    serial = ", ".join(part for part in (work.container, date, work.volume) if part)
    if work.issue:
        serial += f"({work.issue})" if date or work.volume else f", ({work.issue})"
    if work.pages:
        serial += f": {work.pages}"
    return serial.lstrip(", ")


def _newspaper_part(work: Work) -> str:
    """`中国青年报, 2000-11-20(15)`, with the page in brackets (8.8.3)."""
    newspaper = ", ".join(part for part in (work.container, work.date) if part)
    return f"{newspaper}({work.pages})" if work.pages and newspaper else newspaper


def _imprint_part(work: Work) -> str:
    """`北京: 科学出版社, 2010: 2-3`, `[S.l.: s.n.], 2011`; the publisher of a web page only if it has a place."""
    publisher = work.publisher if work.document_type != "EB" or work.city else ""
    publisher = publisher or (work.container if work.document_type == "D" else "")
    if work.document_type in ("M", "C", "D", "R") and not work.url:
        place = _place_part(work, publisher)
    else:
        place = ": ".join(part for part in (work.city, publisher) if part)
    if not place and work.url:
        return ""
    date = work.date if work.document_type == "Z" else work.year
    imprint = ", ".join(part for part in (place, date) if part)
    return f"{imprint}: {work.pages}" if work.pages and imprint else imprint


def _place_part(work: Work, publisher: str) -> str:
    """`北京: 科学出版社`, with the standard's words for what is unknown: `[S.l.]: Saunders`."""
    unknown_city, unknown_publisher = _UNKNOWN_CITY[work.language], _UNKNOWN_PUBLISHER[work.language]
    if not work.city and not publisher:
        return f"[{unknown_city}: {unknown_publisher}]"
    return f"{work.city or f'[{unknown_city}]'}: {publisher or f'[{unknown_publisher}]'}"

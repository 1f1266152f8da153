"""A Work becomes an entry of a reference list after GB/T 7714-2015, in the order of citation (chapters 4, 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterable

from rag.references.authors import Author
from rag.references.work import Work
from rag.text.language import has_han

_MAX_AUTHORS = 3  # 8.1.2
_UNKNOWN_CITY = {"zh": "出版地不详", "en": "S.l."}  # 8.4.1.3
_UNKNOWN_PUBLISHER = {"zh": "出版者不详", "en": "s.n."}  # 8.4.2.3


def format_entry(work: Work) -> str:
    """One entry without its number; punctuation is half-width with a blank behind, as the standard's examples print it.

    Books, proceedings, theses and reports (4.1), and what stands in them (4.2), with `[出版地不详]` or `[S.l.]` where the place, and
    `[出版者不详]` or `[s.n.]` where the publisher is not known (8.4.1.3, 8.4.2.3), unless they were had online, where both may be
    left out. They are left out of standards and of sort Z too: a file without an imprint is no printed book that lost it.

        罗杰斯. 西方文明史: 问题与源头[M]. 2版. 大连: 东北财经大学出版社, 2011: 15-16.
        CALKIN D, AGER A, THOMPSON M. A comparative risk assessment framework[R]. [S.l.: s.n.], 2011: 8-9.

    Articles of serials (4.4) and newspapers (4.4, 8.8.3):

        李炳穆. 韩国图书馆法[J/OL]. 图书情报工作, 2008, 52(6): 6-12[2013-10-25]. http://www.docin.com/p-400265742.html.
        KANAMORI H. Shaking without quaking[J]. Science, 1998, 279(5359): 2063.
        丁文祥. 数字革命与竞争国际化[N]. 中国青年报, 2000-11-20(15).

    Patents (4.5) and electronic resources (4.6); a web page without an author is its publisher's:

        张凯军. 轨道火车及高速轨道火车紧急安全制动辅助装置: 201220158825.2[P]. 2012-04-05.
        Dublin core metadata element set: version 1.1[EB/OL]. (2012-06-14)[2014-06-11]. http://dublincore.org/documents/dces/.
    """
    mark = f"[{work.document_type}/OL]" if work.url else f"[{work.document_type}]"
    number = work.number if work.document_type in ("R", "S", "P", "Z") and work.number not in work.title else ""
    title = f"{work.title}: {number}{mark}" if number else work.title + mark
    if work.container and work.document_type not in ("J", "N", "EB", "P", "D"):
        title += f"//{work.container}"
    edition = work.edition if work.document_type not in ("J", "N", "EB", "P") else ""
    return _join_with_stops([format_creators(work), title, edition, _publication_part(work), work.url])


def _join_with_stops(parts: Iterable[str]) -> str:
    """Parts with a full stop behind each; one that ends in a stop of its own (`et al.`, `Inc.`) has no second one."""
    return " ".join(part if part.endswith(".") and not part.startswith(("http", "ftp")) else f"{part}." for part in parts if part)


def format_creators(work: Work) -> str:
    """Up to three, and 等 or et al. (8.1.2): `HU H H, XU F, ZHANG Q, et al`. Without any the entry begins with its title (8.1.3)."""
    if not work.authors:
        return work.publisher if work.document_type == "EB" and not work.city else ""
    names = [_format_name(author) for author in work.authors[:_MAX_AUTHORS]]
    if work.has_more_authors or len(work.authors) > _MAX_AUTHORS:
        names.append("等" if any(map(has_han, names)) else "et al")
    return ", ".join(names)


def _format_name(author: Author) -> str:
    """Surname first and in capitals, initials without stops (8.1.1): `EINSTEIN A`, `DE MORGAN A`, `SODEMAN W A, Jr`; a body as it is."""
    if not author.surname:
        return author.name.translate(_ROUND_BRACKETS)
    name = " ".join((author.surname.upper(), *author.initials)).translate(_ROUND_BRACKETS)
    return f"{name}, {author.suffix}" if author.suffix else name


_ROUND_BRACKETS = str.maketrans("[]", "()")


def _publication_part(work: Work) -> str:
    """Where and when it appeared, with the day on which an online resource was put there or changed, and was read (8.4.4)."""
    match work.document_type:
        case "J":
            stated = _serial_part(work)
        case "N":
            stated = _newspaper_part(work)
        case "P":
            stated = work.date
        case _:
            stated = _imprint_part(work)
    if not work.url:
        return stated
    told = work.date in stated or (len(work.date) == 4 and stated)
    return stated + (f"({work.date})" if work.date and not told else "") + (f"[{work.access_date}]" if work.access_date else "")


def _serial_part(work: Work) -> str:
    """`图书情报工作, 2008, 52(6): 6-12`, `文献, 2013(1)`; without volume and issue its day, as of a paper: `求是, 2024-06-03`."""
    when = work.year if work.volume or work.issue or len(work.date) == 4 or work.pages else work.date
    where = ", ".join(part for part in (work.container, when, work.volume) if part)
    if work.issue:
        where += f"({work.issue})" if when or work.volume else f", ({work.issue})"
    return (where + (f": {work.pages}" if work.pages else "")).lstrip(", ")


def _newspaper_part(work: Work) -> str:
    """`中国青年报, 2000-11-20(15)`: the page stands in brackets (8.8.3)."""
    where = ", ".join(part for part in (work.container, work.date) if part)
    return f"{where}({work.pages})" if work.pages and where else where


def _imprint_part(work: Work) -> str:
    """`北京: 科学出版社, 2010: 2-3`, `[S.l.: s.n.], 2011`; an electronic resource without a place only its publisher and year."""
    publisher = work.publisher if work.document_type != "EB" or work.city else ""
    publisher = publisher or (work.container if work.document_type == "D" else "")
    if work.document_type in ("M", "C", "D", "R") and not work.url:
        place = _place_part(work, publisher)
    else:
        place = ": ".join(part for part in (work.city, publisher) if part)
    if not place and work.url:
        return ""
    issued = ", ".join(part for part in (place, work.year if work.document_type != "Z" else work.date) if part)
    return f"{issued}: {work.pages}" if work.pages and issued else issued


def _place_part(work: Work, publisher: str) -> str:
    no_city, no_publisher = _UNKNOWN_CITY[work.language], _UNKNOWN_PUBLISHER[work.language]
    if not work.city and not publisher:
        return f"[{no_city}: {no_publisher}]"
    return f"{work.city or f'[{no_city}]'}: {publisher or f'[{no_publisher}]'}"

"""APA style: a Work → its entry in a reference list, as plain text.

The source is the Publication Manual of the American Psychological Association, 7th edition. Numbers in brackets are its
sections.
"""

from __future__ import annotations

import re

from rag.references.authors import Author
from rag.references.work import Work

_MAX_AUTHORS = 20  # if there are more, the first nineteen and the last are named (9.8)
_MONTHS = "January February March April May June July August September October November December".split()
_THESIS_LEVELS = (
    ("Doctoral dissertation", r"博士|doctor|ph\.?d|dissertation"),
    ("Master's thesis", r"硕士|master|msc|m\.a"),
    ("Bachelor's thesis", "本科|学士|bachelor"))


def format_entry(work: Work) -> str:
    """One entry: authors, (date), title, source. Chinese names and titles keep their characters; there are no italics.

        李炳穆. (2008). 韩国图书馆法. 图书情报工作, 52(6), 6–12. http://www.docin.com/p-400265742.html
        Kanamori, H. (1998). Shaking without quaking. Science, 279(5359), 2063.
        Ding, W. (2000, November 20). The digital revolution. China Youth Daily, 15.
        World Health Organization. (1970). Factors regulating the immune response (No. 482).

    Without an author the title comes first (9.12); without a date, `(n.d.)` (9.17). No full stop follows a web address
    (9.35). The date of access is given if a page has no date itself (9.16).
    """
    date = f"({_date_part(work)})."
    title = _add_full_stop(work.title + _title_details(work))
    authors = _format_authors(work.authors, has_more=work.has_more_authors)
    opening = [_add_full_stop(authors), date, title] if authors else [title, date]
    parts = [*opening, _add_full_stop(_source_part(work, authors)), _url_part(work)]
    return " ".join(part for part in parts if part)


def _add_full_stop(text: str) -> str:
    return text if not text or text[-1] in ".?!。？！" else f"{text}."


def _format_authors(authors: tuple[Author, ...], *, has_more: bool) -> str:
    """`Hu, H., & Xu, F.` (9.8)."""
    names = [_format_name(author) for author in authors]
    if len(names) > _MAX_AUTHORS:
        return f"{', '.join(names[: _MAX_AUTHORS - 1])}, . . . {names[-1]}"
    if has_more and names:
        return ", ".join((*names, "et al."))
    return f"{', '.join(names[:-1])}, & {names[-1]}" if len(names) > 1 else "".join(names)


def _format_name(author: Author) -> str:
    """`Hu, H.`, `Sartre, J.-P.`, `Sodeman, W. A., Jr.` (9.8); an organisation unchanged (9.11)."""
    if not author.surname:
        return author.name
    surname = author.surname
    if surname.isupper() and len(surname) > 1:
        surname = surname.title()
    initials = [_format_initials(word) for word in author.given_names]
    name = " ".join((f"{surname},", *filter(None, initials)))
    if not author.suffix:
        return name
    return f"{name}, {author.suffix}{'.' if author.suffix in ('Jr', 'Sr') else ''}"


def _format_initials(word: str) -> str:
    """`Jean-Paul` → J.-P.; `JD` and `J.D.` → J. D.; `Hanhui` → H."""
    if re.fullmatch(r"(?:[A-Z]\.?){1,3}", word):
        return " ".join(f"{letter}." for letter in word if letter.isalpha())
    letters = [next(filter(str.isalpha, part), "") for part in word.split("-")]
    return "-".join(f"{letter.upper()}." for letter in letters if letter)


def _date_part(work: Work) -> str:
    """The year of a journal article or a book; the full date of a newspaper or magazine article (9.14)."""
    if not (work.date or work.year):
        return "n.d."
    is_volume = work.document_type == "J" and bool(work.volume or work.issue)
    if work.document_type in ("M", "C", "D", "S") or is_volume or not work.date:
        return work.year
    return _spell_date(work.date)


def _spell_date(date: str) -> str:
    """`2024-06-03` → 2024, June 3; `2024-06` → 2024, June."""
    year, *month_and_day = date.split("-")
    if not month_and_day:
        return year
    month, *days = month_and_day
    return f"{year}, {' '.join([_MONTHS[int(month) - 1], *(str(int(day)) for day in days)])}"


_NUMBER_LABELS = {"R": "No. ", "P": "Patent No. ", "S": "", "Z": ""}  # by document type


def _title_details(work: Work) -> str:
    """What follows the title: `[Thesis, 清华大学]` (10.6), else number and edition in round brackets."""
    if work.document_type == "D":
        return f" [{', '.join(part for part in (_thesis_level(work), work.publisher or work.container) if part)}]"
    details = []
    if work.number and work.document_type in _NUMBER_LABELS and work.number not in work.title:
        has_label = work.document_type == "R" and re.search(r"\bNo\b|号", work.number)
        details.append(work.number if has_label else _NUMBER_LABELS[work.document_type] + work.number)
    if work.edition and not work.container and work.document_type in ("M", "R", "S"):
        details.append(work.edition)
    return f" ({', '.join(details)})" if details else ""


def _thesis_level(work: Work) -> str:
    for level, pattern in _THESIS_LEVELS:
        if re.search(pattern, work.kind, re.I):
            return level
    return "Thesis"


def _source_part(work: Work, author_text: str) -> str:
    """`Science, 279(5359), 2063`; `In Handbook (2nd ed., pp. 1–9). Springer`.

    A publisher that is also the author is not repeated (9.29).
    """
    if work.document_type in ("D", "P"):
        return ""
    pages = work.pages.replace("-", "–")
    if work.document_type in ("J", "N"):
        issue = f"({work.issue})" if work.issue else ""
        return ", ".join(part for part in (work.container, work.volume + issue, pages) if part)
    publisher = work.publisher if work.publisher != author_text else ""
    if not work.container or work.document_type == "EB":
        return publisher or work.container
    details = [work.edition]
    if pages:
        details.append(f"{'pp' if '–' in pages else 'p'}. {pages}")
    details_text = ", ".join(part for part in details if part)
    host = f"In {work.container}" + (f" ({details_text})" if details_text else "")
    return f"{host}. {publisher}" if publisher else host


def _url_part(work: Work) -> str:
    if not work.url or work.date or not work.access_date:
        return work.url
    year, _, day = _spell_date(work.access_date).partition(", ")
    return f"Retrieved {f'{day}, ' if day else ''}{year}, from {work.url}"

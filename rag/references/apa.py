"""A Work becomes an entry of a reference list after the Publication Manual of the APA, 7th edition (chapters 9 and 10), in plain text."""

from __future__ import annotations

import re

from rag.references.authors import Author
from rag.references.work import Work

_MAX_AUTHORS = 20  # 9.8: of more, nineteen and the last
_MONTHS = "January February March April May June July August September October November December".split()
_THESIS_LEVELS = (("Doctoral dissertation", r"博士|doctor|ph\.?d|dissertation"), ("Master's thesis", r"硕士|master|msc|m\.a"),
           ("Bachelor's thesis", r"本科|学士|bachelor"))


def format_entry(work: Work) -> str:
    """One entry: who, (when), what, where. Chinese names and titles stay in their characters; italics have no plain text.

        李炳穆. (2008). 韩国图书馆法. 图书情报工作, 52(6), 6–12. http://www.docin.com/p-400265742.html
        Kanamori, H. (1998). Shaking without quaking. Science, 279(5359), 2063.
        Ding, W. (2000, November 20). The digital revolution. China Youth Daily, 15.
        World Health Organization. (1970). Factors regulating the immune response (No. 482).

    Without an author the title comes first (9.12), without a date `(n.d.)` (9.17). Behind an address there is no full stop
    (9.35); the day of reading is told where a page has no date of its own (9.16).
    """
    when, title = f"({_date_part(work)}).", _add_full_stop(work.title + _title_details(work))
    who = _format_authors(work.authors, has_more=work.has_more_authors)
    opening = [_add_full_stop(who), when, title] if who else [title, when]
    return " ".join(part for part in (*opening, _add_full_stop(_source_part(work, who)), _url_part(work)) if part)


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
    """`Hu, H.`, `Sartre, J.-P.`, `Sodeman, W. A., Jr.` (9.8); a body as it is (9.11)."""
    if not author.surname:
        return author.name
    surname = author.surname.title() if author.surname.isupper() and len(author.surname) > 1 else author.surname
    name = " ".join((f"{surname},", *filter(None, map(_format_initials, author.given_names))))
    return f"{name}, {author.suffix}{'.' if author.suffix in ('Jr', 'Sr') else ''}" if author.suffix else name


def _format_initials(word: str) -> str:
    """`Jean-Paul` → J.-P.; `JD` and `J.D.` → J. D.; `Hanhui` → H."""
    if re.fullmatch(r"(?:[A-Z]\.?){1,3}", word):
        return " ".join(f"{letter}." for letter in word if letter.isalpha())
    letters = (next(filter(str.isalpha, piece), "") for piece in word.split("-"))
    return "-".join(f"{letter.upper()}." for letter in letters if letter)


def _date_part(work: Work) -> str:
    """A periodical that counts by days has its day (9.14), a journal and a book its year."""
    if not (work.date or work.year):
        return "n.d."
    by_year = work.document_type in ("M", "C", "D", "S") or (work.document_type == "J" and bool(work.volume or work.issue))
    return work.year if by_year or not work.date else _spell_date(work.date)


def _spell_date(date: str) -> str:
    """`2024-06-03` → 2024, June 3."""
    year, *rest = date.split("-")
    if not rest:
        return year
    return f"{year}, {' '.join([_MONTHS[int(rest[0]) - 1], *(str(int(day)) for day in rest[1:])])}"


def _title_details(work: Work) -> str:
    """What stands behind the title: number, edition, pages of a chapter's book elsewhere; `[Thesis, 清华大学]` (10.6)."""
    if work.document_type == "D":
        level = next((name for name, pattern in _THESIS_LEVELS if re.search(pattern, work.kind, re.I)), "Thesis")
        return f" [{', '.join(part for part in (level, work.publisher or work.container) if part)}]"
    labels = {"R": "" if re.search(r"\bNo\b|号", work.number) else "No. ", "P": "Patent No. ", "S": "", "Z": ""}
    said = [labels[work.document_type] + work.number] if work.number and work.document_type in labels and work.number not in work.title else []
    if work.edition and not work.container and work.document_type in ("M", "R", "S"):
        said.append(work.edition)
    return f" ({', '.join(said)})" if said else ""


def _source_part(work: Work, author_text: str) -> str:
    """`Science, 279(5359), 2063`; `In Handbook (2nd ed., pp. 1–9). Springer`; a publisher that is the author is not told twice (9.29)."""
    pages = work.pages.replace("-", "–")
    if work.document_type in ("J", "N"):
        issue = f"({work.issue})" if work.issue else ""
        return ", ".join(part for part in (work.container, work.volume + issue, pages) if part)
    publisher = "" if work.document_type in ("D", "P") or work.publisher == author_text else work.publisher
    if not work.container or work.document_type in ("D", "P", "EB"):
        return publisher or ("" if work.document_type in ("D", "P") else work.container)
    within = ", ".join(part for part in (work.edition, f"{'pp' if '–' in pages else 'p'}. {pages}" if pages else "") if part)
    host = f"In {work.container}" + (f" ({within})" if within else "")
    return f"{host}. {publisher}" if publisher else host


def _url_part(work: Work) -> str:
    if not work.url or work.date or not work.access_date:
        return work.url
    year, _, day = _spell_date(work.access_date).partition(", ")
    return f"Retrieved {f'{day}, ' if day else ''}{year}, from {work.url}"

"""Version statements: what a document says of its own version, in its title, its file's name and its text.

`本办法自2024年1月1日起施行，《差旅费管理办法》（2022年修订）同时废止。` → effective from 2024-01-01, replaces what that names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import PurePath

from rag.references import version_patterns as patterns
from rag.references.imprint import iso_date
from rag.references.stated_version import StatedStatus, StatedVersion, comparable_code
from rag.references.version_titles import TitleMarks, parse_file_name, parse_title, version_number

_HEAD_LENGTH, _TAIL_LENGTH = 2_500, 2_000  # characters at both ends in which a document speaks of itself
_TITLE_PART = 600  # characters in which the dates of its revisions are
_SIGNATURE_LENGTH = 200  # characters at the end in which the day of a notice is
_HISTORY_LENGTH = 1_500  # characters of a table of versions
_MAX_SENTENCE, _MAX_REPLACED = 300, 5  # characters; sentences on what a document replaces


def read_version(
    title: str, file_name: str, text: str, *, date_stated: str = "", edition: str = "", properties: str = "",
) -> StatedVersion:
    """What a document says of its own version.

    `date_stated` and `edition` are its bibliographic fields; `properties` are lines such as `status: repealed` from its
    front matter. The time is linear in the text.
    """
    file_marks = parse_file_name(file_name)
    marks = file_marks if title == PurePath(file_name).stem else parse_title(title)
    head = unicodedata.normalize("NFKC", f"{properties}\n{text[:_HEAD_LENGTH]}")
    whole = head + unicodedata.normalize("NFKC", text[_HEAD_LENGTH:])
    control = patterns.HISTORY_HEADING.search(whole, len(head))
    if control:  # what stands at the end in some documents, and at the beginning in others
        head += whole[control.start() : control.end() + _HISTORY_LENGTH]
    last = _last_in_history(whole)
    issued = max((iso_date(date_stated), *_issue_dates(head))) or marks.date or file_marks.date or last[1]
    issued = issued or _date_line(whole)
    effective = _effective_date(whole, head, issued)
    number = marks.number or file_marks.number or _line_number(head) or version_number(edition) or last[0]
    years = [int(match["year"]) for match in patterns.ADOPTED_AGAIN.finditer(head[:_TITLE_PART])]
    replaces = tuple(_find_replaced(whole))
    status = marks.status or _text_status(head, whole[-_TAIL_LENGTH:]) or file_marks.status
    is_marked = marks.is_explicit or file_marks.is_explicit
    is_explicit = is_marked or bool(number or effective or replaces or years or status)
    return StatedVersion(
        base_title=marks.base_title or file_marks.base_title, number=number,
        year=marks.year or file_marks.year or max(years, default=0), issued=issued, effective_from=effective,
        effective_until=_last_day(whole, head, effective), status=status, age=marks.age or file_marks.age,
        is_trial=marks.is_trial or file_marks.is_trial,
        period=_find_period(marks, file_marks, is_explicit=is_explicit),
        is_explicit=is_explicit, replaces=replaces, is_superseding=marks.is_superseding or file_marks.is_superseding,
        code=_find_code(head))


def _find_period(marks: TitleMarks, file_marks: TitleMarks, *, is_explicit: bool) -> str:
    """The period of a report; a version mark in the title, or anywhere if the title has no period, means that there is
    none.
    """
    if marks.is_explicit or (is_explicit and not marks.period):
        return ""
    return marks.period or file_marks.period or _month_of_title(marks)


def _find_code(head: str) -> str:
    match = patterns.CODE.search(head)
    return comparable_code(match["zh"] or match["number"] or match["order"] or match["en"]) if match else ""


def _month_of_title(marks: TitleMarks) -> str:
    """The month in a title, 2026-10, if it says nothing else of a version; empty if a day or nothing is named."""
    return marks.date if len(marks.date) == len("2026-10") else ""


def _parse_day(text: str) -> str:
    return iso_date(re.sub(r"\s", "", text) if "年" in text else text)


def _issue_dates(head: str) -> Iterator[str]:
    for match in patterns.ISSUED.finditer(head):
        yield _parse_day(match["zh"] or match["on"] or match["en"])


def _date_line(whole: str) -> str:
    """The day in a line of its own among the first or the last lines: of a notice, or below its signature."""
    for part in (whole[:_TITLE_PART], whole[-_SIGNATURE_LENGTH:]):
        if match := patterns.DATE_LINE.search(part):
            return _parse_day(next(filter(None, match.groups())))
    return ""


def _line_number(head: str) -> str:
    """The number in a line such as `版本：V2.1` or `Revision: B`."""
    match = patterns.NUMBER_LINE.search(head)
    if match is None:
        return ""
    if match["ordinal"]:
        return version_number(match["ordinal"])
    number = match["zh"] or match["en"]
    return number.lower() if number.isalpha() and number.isascii() else version_number(number)


def _last_in_history(whole: str) -> tuple[str, str]:
    """Number and day of the last version in a table of the document's versions; empty without one."""
    heading = patterns.HISTORY_HEADING.search(whole)
    if heading is None:
        return "", ""
    best: tuple[tuple[int, ...], str, str] = ((), "", "")
    for line in whole[heading.end() : heading.end() + _HISTORY_LENGTH].split("\n"):
        number, day = patterns.HISTORY_ROW.search(line), patterns.HISTORY_DAY.search(line)
        if number and day:
            parts = number["number"].split(".")
            order = tuple(int(p) for p in parts) if all(p.isdigit() for p in parts) else (ord(parts[0].lower()),)
            best = max(best, (order, number["number"].lower(), _parse_day(day[0])))
    return best[1], best[2]


def _effective_date(whole: str, head: str, issued: str) -> str:
    """The first day of which the document says that it takes effect; that of its issue if it says so."""
    for match in _own_matches(patterns.EFFECTIVE_SENTENCES, patterns.EFFECTIVE_LABELS, whole, head):
        if day := _parse_day(match["day"]):
            return day
        if patterns.ON_ITS_ISSUE.search(match["day"]):
            return issued
    return ""


def _last_day(whole: str, head: str, effective: str) -> str:
    """The last day of which the document says that it is in force, or the end of so many years after it took effect."""
    for match in _own_matches(patterns.UNTIL_SENTENCES, patterns.UNTIL_LABELS, whole, head):
        if day := _parse_day(match["day"]):
            return day
    for years in patterns.YEARS_VALID.finditer(whole):
        sentence = _sentence_before(whole, years.start()) + years[0]
        count = int(version_number(years["years"]) or 0)
        if effective and count and re.search("本|施行|试行|实施", sentence):
            return _last_day_after(effective, count)
    return ""


def _last_day_after(day: str, years: int) -> str:
    """The last day of so many years from a day, as far as the day is known."""
    moved = f"{int(day[:4]) + years}{day[4:]}"
    try:
        return date.fromordinal(date.fromisoformat(moved).toordinal() - 1).isoformat()
    except ValueError:  # only a year or a month is known, or 29 February
        return moved[:7]


def _own_matches(
    sentences: Sequence[re.Pattern[str]], labels: Sequence[re.Pattern[str]], whole: str, head: str,
) -> Iterator[re.Match[str]]:
    """The matches in which a document speaks of itself: sentences anywhere, labels in its first lines."""
    for pattern in sentences:
        for match in pattern.finditer(whole):
            if patterns.SELF.match(match[0]) or _is_of_itself(_sentence_before(whole, match.start())):
                yield match
    for pattern in labels:
        yield from pattern.finditer(head)


def _sentence_before(text: str, position: int) -> str:
    """What stands before a position in its sentence."""
    before = text[max(0, position - _MAX_SENTENCE) : position]
    return re.split(r"[。；;\n]|\.\s", before)[-1]


def _is_of_itself(before: str) -> bool:
    """Whether the words before a statement name the document itself, or nothing: 本办法, 第十二条."""
    own = [*patterns.SELF.finditer(before)]
    if own:
        return not re.search("[《原旧]", before[own[-1].end() :])  # another document is named after it
    if _ORDERS.search(before):
        return True
    before = _ADOPTED.sub("", before)
    return not re.sub(r"第\S{1,6}条|[\s\W]|^\d+|有效期限?|现", "", before)


# a notice that speaks of what it orders: 现对停车收费作如下调整，自…
_ORDERS = re.compile("现[将对就把予][^《》原旧]{2,60}$")
# what stands before it in the same sentence: 2026年10月16日院务会通过，自…; 2026年4月1日起执行，至…止
_ADOPTED = re.compile(
    r"[自从]?\d{4}\s?年[\d\s月日]*(?:[^，。；\d]{0,20}(?:通过|公布|发布|印发|批准|审议)"
    r"|起[，,]?[^。；\d]{0,30}?(?:执行|施行|实施|试行|生效))[，,]?")


def _text_status(head: str, tail: str) -> StatedStatus:
    """The status that the text states of the document itself."""
    for text in (head, tail):
        if patterns.REPEALED.search(text) or patterns.REPEALED_EN.search(text):
            return "repealed"
    if patterns.DRAFT.search(head):
        return "draft"
    return "in force" if patterns.IN_FORCE.search(head) else ""


def _find_replaced(whole: str) -> Iterator[str]:
    """The first statements on what the document replaces, without those on itself."""
    found = 0
    for pattern in (patterns.REPLACES, patterns.REPLACES_EN):
        for match in pattern.finditer(whole):
            after = re.split(r"[。；;\n]|\.(?:\s|$)", whole[match.end() : match.end() + _MAX_SENTENCE])[0]
            before = _sentence_before(whole, match.start())
            sentence = " ".join(f"{before}{match[0]}{after}".split())[-_MAX_SENTENCE:]
            is_of_itself = patterns.REPEALED.search(sentence) or patterns.REPEALED_EN.search(sentence)
            if patterns.NAMES_ANOTHER.search(sentence) and not is_of_itself:
                yield sentence
                found += 1
            if found == _MAX_REPLACED:
                return

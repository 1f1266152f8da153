"""Asked days: the years and dates that a question names, as points in time, and the question without them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.numbers.figures import find_figures

_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_FIRST_DATE = 1000_00_00  # as a number, year, month and day; smaller values have no year
_BEFORE_DAY = r"\b(?:before|prior to|until|up to) (?:the )?$"
_AFTER_DAY = r"(?:之|以)?前(?!版)"


# how many years ago: 去年 1, the year before last 2
_YEARS_AGO = tuple((years, re.compile(pattern, re.I)) for years, pattern in (
    (2, r"前年(?!度)的?|\b(?:in |of |from )?the year before last(?:'s)?|\b(?:in |of |from )?two years ago"),
    (1, r"去年(?!度?相比)的?|(?<![较比与和同])上年的?|\b(?:in |of |from )?(?<!\bthe )last year(?:'s)?"),
))


def find_relative_years(text: str, today: date) -> list[str]:
    """The years that a text names by today's: 去年 → 2025, if today is in 2026."""
    return [str(today.year - years) for years, pattern in _YEARS_AGO if pattern.search(text)]


def remove_relative_years(text: str) -> str:
    """A text without the years that `find_relative_years` finds."""
    for _, pattern in _YEARS_AGO:
        text = pattern.sub(" ", text)
    return text


def find_days(text: str) -> list[str]:
    """The years and dates of a text in ISO 8601; for `before March 2024` the month before."""
    days = []
    for figure in find_figures(text):
        value = int(figure.value)
        day = str(value) if figure.kind == "year" else ""
        if figure.kind == "date" and value > _FIRST_DATE:
            day = f"{value // 10_000:04}-{value // 100 % 100:02}-{value % 100:02}".replace("-00", "")
        if not day:
            continue
        is_before = re.search(_BEFORE_DAY, text[: figure.start], re.I) or re.match(_AFTER_DAY, text[figure.end :])
        days.append(_time_before(day) if is_before else day)
    if not days:
        days = re.findall(rf"(?:in|during|for|as of|at) ({_YEAR})", text, re.I)
        days += [str(int(year) - 1) for year in re.findall(rf"(?:before|prior to|until) ({_YEAR})", text, re.I)]
    return list(dict.fromkeys(days))


def find_month_days(text: str) -> list[str]:
    """The days of a text without a year: `the notice of 12 May` → 05-12."""
    values = [int(figure.value) for figure in find_figures(text) if figure.kind == "date"]
    return [f"{value // 100:02}-{value % 100:02}" for value in values if value % 100 and value < _FIRST_DATE // 1000]


def _time_before(day: str) -> str:
    """The year before a year, the month before a month, the day before a day."""
    year, *rest = (int(part) for part in day.split("-"))
    if not rest:
        return str(year - 1)
    if len(rest) == 1:
        return f"{year}-{rest[0] - 1:02}" if rest[0] > 1 else f"{year - 1}-12"
    try:
        return (date(year, *rest) - timedelta(days=1)).isoformat()
    except ValueError:  # 30 February
        return day


_DAY_LEAD = re.compile(
    r"(?:\b(?:that|which) (?:applied|applies|were|was|is|are)(?: in force| valid| effective)? )?"
    r"(?:\b(?:in|during|as of|at|on|for|from|since|by|before|after|until|up to|prior to|starting|beginning"
    r"|dated|signed(?: on)?|made on)(?: the)? )$"
    r"|(?:从|自|于|在|截至|截止|到)$", re.I)
_DAY_TAIL = re.compile(
    r"(?:年?(?:起|开始|以后|之后|以来|以前|之前|前(?!版)|后(?!来)|的时候|时|期间)|\s?onwards?)(?:的)?[,，]?|[,，](?=\s?\S)", re.I)


def remove_days(text: str) -> str:
    """A text without its dates, and without what connects them."""
    spans = [
        (figure.start, figure.end) for figure in find_figures(text)
        if figure.kind == "year" or (figure.kind == "date" and figure.value > _FIRST_DATE)]
    spans += [match.span(1) for match in re.finditer(
        rf"\b(?:in|during|for|as of|at|before|until|since|from) ({_YEAR})", text, re.I)]
    for start, end in sorted(set(spans), reverse=True):
        lead, tail = _DAY_LEAD.search(text[:start]), _DAY_TAIL.match(text[end:])
        text = f"{text[: lead.start() if lead else start]} {text[end + (tail.end() if tail else 0) :]}"
    return text

"""Periods: the years, months and quarters that a head, a cell or a question names."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from rag.questions.canonical_text import canonical_text

_YEAR = re.compile(r"(?<!\d)(?:fy\s?)?((?:19|20)\d\d)(?!\d)(?:\s?年(?:度|末|底)?)?(?:\s?[-/—–]\s?\d\d(?!\d))?", re.I)
_MONTH = re.compile(
    r"(?<!\d)(1[0-2]|[1-9])\s?月(?:份)?(?!\d(?!\d?\s?[日号]))"
    r"|\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b", re.I)
_QUARTER = re.compile(r"\bq\s?([1-4])\b|(?<![a-z])q([1-4])(?!\d)", re.I)
_HAN_PERIOD = re.compile(r"(?<![一二三四五六七八九十个])(?:十[一二]?|[一二三四五六七八九])月(?:份)?(?!个)|第?[一二三四1-4]季度?")
_HALF = re.compile(r"([上下])半年|\b(?:(first|second) half(?: of (?:the )?year)?|h([12]))\b", re.I)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.I)
_WEEKDAY_LABEL = re.compile(r"\s*(mon|tue|wed|thu|fri|sat|sun)(?:s|rs|r)?\.?\s*", re.I)
_WEEKDAY_ALONE = re.compile(r"^\s*(?:mon|tue|wed|thu|fri|sat|sun)(?:s|rs|r)?\.?\s*$", re.I)
_DAY_NUMBER = r"3[01]|[12]\d|[1-9]"
_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAY = re.compile(
    rf"月\s?({_DAY_NUMBER})\s?[日号]|\b(?:{_MONTH_NAMES}) "
    rf"({_DAY_NUMBER})(?:st|nd|rd|th)?\b(?!\d)|\b({_DAY_NUMBER})(?:st|nd|rd|th)? (?:of )?(?:{_MONTH_NAMES})\b", re.I)
_PERIOD_REST = re.compile(r"^[\s·:：,，-]+|[\s·:：,，-]+$|\b(?:ended|ending|december|31)\b", re.I)
# what may stand beside the year of a label that only names a period: Year Ended May 31, 2019; 截至2023年12月31日止年度
_PERIOD_WORDS = re.compile(
    r"\b(?:(?:fiscal|financial|calendar|full|reporting)?\s?years?|months?|weeks?|quarters?|periods?|ended|ending|as|at"
    r"|of|on|for|the|to|in|fy|cy|three|six|nine|twelve|restated|audited|unaudited|actual|st|nd|rd|th)\b"
    r"|截[至止]|止|年度|全年|期末|年末|本年|[日号年度末底]|\d+|[\s·:：,，.()（）'’*/-]+", re.I)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Period = tuple[str, int]  # its kind (year, half, quarter, month, weekday, day) and its number


def find_periods(text: str) -> frozenset[Period]:
    """The periods that a text names.

    >>> sorted(find_periods("2022年第一季度")), sorted(find_periods("Sales in March"))
    ([('quarter', 1), ('year', 2022)], [('month', 3)])
    """
    plain = canonical_text(text)
    found: set[Period] = {("year", int(year)) for year in _YEAR.findall(plain)}
    for number, name in _MONTH.findall(plain):
        found.add(("month", int(number) if number else 1 + _MONTHS.index(name[:3])))
    found |= {("day", int(next(filter(None, groups)))) for groups in _DAY.findall(plain)}
    found |= {("quarter", int(first or second)) for first, second in _QUARTER.findall(plain)}
    if match := _WEEKDAY_LABEL.fullmatch(plain):
        found.add(("weekday", 1 + _WEEKDAYS.index(match[1])))
    for han, name in _WEEKDAY.findall(plain):
        found.add(("weekday", 1 + (_WEEKDAYS.index(name[:3]) if name else "一二三四五六日".find(han.replace("天", "日")))))
    found |= {("half", 1 if "上" in half or half in ("first", "1") else 2)
              for groups in _HALF.findall(plain) for half in (next(filter(None, groups)).lower(),)}
    return frozenset(found)


def chronological(text: str) -> tuple[int, ...]:
    """The period of a label as a key that sorts in time: year, half, quarter, month, day; -1 for what it does not name.

    >>> chronological("December 29, 2018") < chronological("December 28, 2019")
    True
    """
    named = dict(find_periods(text))
    return tuple(named.get(kind, -1) for kind in ("year", "half", "quarter", "month", "day", "weekday"))


def covers(longer: Period, shorter: Period) -> bool:
    """Whether a half-year or a quarter consists of a quarter or a month, among others.

    >>> covers(("half", 1), ("quarter", 2)), covers(("quarter", 1), ("month", 4))
    (True, False)
    """
    lengths = {"half": 6, "quarter": 3, "month": 1}
    own, other = lengths.get(longer[0], 0), lengths.get(shorter[0], 0)
    first = (shorter[1] - 1) * other
    return own > other > 0 and (longer[1] - 1) * own <= first < longer[1] * own


def period_spans(text: str) -> list[tuple[int, int]]:
    """Where a canonical text names periods; a day with its month: 5月12日."""
    patterns = (_YEAR, _MONTH, _DAY, _QUARTER, _HALF, _WEEKDAY)
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def period_name(head: str) -> str:
    """The period of a head, as a value: 2022 for 2022年GDP（亿元）."""
    parts = {kind: str(number) for kind, number in find_periods(head)}
    return " ".join(filter(None, (
        parts.get("year"), f"H{parts['half']}" if "half" in parts else "",
        f"Q{parts['quarter']}" if "quarter" in parts else "", f"{parts['month']}月" if "month" in parts else "")))


def remove_periods(text: str) -> str:
    """A head without its periods: `GDP（亿元）` for `2022年GDP（亿元）`; empty for a head that is only a period."""
    if is_period_label(text):
        return ""
    plain = text
    for pattern in (_YEAR, _HALF, _MONTH, _QUARTER, _HAN_PERIOD, _WEEKDAY, _WEEKDAY_ALONE):
        plain = pattern.sub(" ", plain)
    plain = _PERIOD_REST.sub("", " ".join(plain.split()))
    return plain.strip(" ·,-")


def is_period_label(text: str) -> bool:
    """Whether a label only names a period that has a year.

    >>> is_period_label("Fiscal Year Ended · April 27, 2019"), is_period_label("2019 budget")
    (True, False)
    """
    plain = canonical_text(text)
    if _YEAR.search(plain) is None:
        return False
    for pattern in (_YEAR, _HALF, _MONTH, _QUARTER, _HAN_PERIOD, _PERIOD_WORDS):
        plain = pattern.sub(" ", plain)
    return not plain.strip()


def are_compatible(named: frozenset[Period], asked: frozenset[Period]) -> bool:
    """Whether a head's periods are none that the question excludes by naming others of their kind."""
    for kind in ("year", "half", "month", "quarter", "weekday"):
        own = {number for of_kind, number in named if of_kind == kind}
        wanted = {number for of_kind, number in asked if of_kind == kind}
        if own and wanted and not own & wanted:
            return False
    return True


def is_in_periods(ordinal: Fraction, periods: frozenset[Period]) -> bool:
    """Whether a date, as its ordinal day, lies in all kinds of the periods: in a year, and in a month of it."""
    day = date.fromordinal(int(ordinal))
    numbers = {"year": day.year, "month": day.month, "quarter": (day.month + 2) // 3, "half": (day.month + 5) // 6,
               "weekday": day.isoweekday(), "day": day.day}
    kinds = {kind for kind, _ in periods}
    return all((kind, numbers[kind]) in periods for kind in kinds)

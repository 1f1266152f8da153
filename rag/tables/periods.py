"""Periods: the years, months and quarters that a head, a cell or a question names."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from rag.questions.canonical_text import canonical_text

_YEAR = re.compile(r"(?<!\d)(?:fy\s?)?((?:19|20)\d\d)(?!\d)(?:\s?年(?:度|末|底)?)?(?:\s?[-/—–]\s?\d\d(?!\d))?", re.I)
_MONTH = re.compile(
    r"(?<!\d)(1[0-2]|[1-9])\s?月(?:份)?(?!\d)"
    r"|\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b", re.I)
_QUARTER = re.compile(r"\bq\s?([1-4])\b|(?<![a-z])q([1-4])(?!\d)", re.I)
_HAN_PERIOD = re.compile(r"(?<![一二三四五六七八九十个])(?:十[一二]?|[一二三四五六七八九])月(?:份)?(?!个)|第?[一二三四1-4]季度?")
_DAY_NUMBER = r"3[01]|[12]\d|[1-9]"
_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAY = re.compile(
    rf"月\s?({_DAY_NUMBER})\s?[日号]|\b(?:{_MONTH_NAMES}) "
    rf"({_DAY_NUMBER})(?:st|nd|rd|th)?\b(?!\d)|\b({_DAY_NUMBER})(?:st|nd|rd|th)? (?:of )?(?:{_MONTH_NAMES})\b", re.I)
_PERIOD_REST = re.compile(r"^[\s·:：,，-]+|[\s·:：,，-]+$|\b(?:ended|ending|december|31)\b", re.I)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Period = tuple[str, int]  # its kind (year, month, quarter, day) and its number


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
    return frozenset(found)


def period_spans(text: str) -> list[tuple[int, int]]:
    """Where a canonical text names periods; a day with its month: 5月12日."""
    return [match.span() for pattern in (_YEAR, _MONTH, _DAY, _QUARTER) for match in pattern.finditer(text)]


def remove_periods(text: str) -> str:
    """A head without its periods: `GDP（亿元）` for `2022年GDP（亿元）`; empty for a head that is only a period."""
    plain = text
    for pattern in (_YEAR, _MONTH, _QUARTER, _HAN_PERIOD):
        plain = pattern.sub(" ", plain)
    plain = _PERIOD_REST.sub("", " ".join(plain.split()))
    return plain.strip(" ·,-")


def are_compatible(named: frozenset[Period], asked: frozenset[Period]) -> bool:
    """Whether a head's periods are none that the question excludes by naming others of their kind."""
    for kind in ("year", "month", "quarter"):
        own = {number for of_kind, number in named if of_kind == kind}
        wanted = {number for of_kind, number in asked if of_kind == kind}
        if own and wanted and not own & wanted:
            return False
    return True


def is_in_periods(ordinal: Fraction, periods: frozenset[Period]) -> bool:
    """Whether a date, as its ordinal day, lies in all kinds of the periods: in a year, and in a month of it."""
    day = date.fromordinal(int(ordinal))
    numbers = {"year": day.year, "month": day.month, "quarter": (day.month + 2) // 3, "day": day.day}
    kinds = {kind for kind, _ in periods}
    return all((kind, numbers[kind]) in periods for kind in kinds)

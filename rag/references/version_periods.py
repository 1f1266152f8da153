"""Periods of reports and schedules: a year, or a part of it: 2026, 2026-10 (a month), 2026-q3, 2026-春季, 2026-第一学期."""

from __future__ import annotations

import re

# the parts of a year or a school year, in their order
_PARTS_OF_YEAR = tuple(re.compile(words, re.I) for words in (
    r"q1|h1|第?[一1]季|第[一1]学期|上半年|上学期|春季?|spring|first (?:quarter|half)",
    r"q2|h2|第?[二2]季|第[二2]学期|下半年|下学期|夏季?|summer|second (?:quarter|half)",
    r"q3|第?[三3]季|第[三3]学期|秋季?|autumn|fall|third quarter", r"q4|第?[四4]季|第[四4]学期|冬季?|winter|fourth quarter"))
_ASKED = re.compile(
    r"(?<![a-z])(?:q[1-4]|h[12]|spring|summer|autumn|winter|(?:first|second|third|fourth) (?:quarter|half))(?![a-z])"
    r"|第?[一二三四1-4]季度?|第[一二三四1-4]学期|[上下]半年|[上下]学期|[春夏秋冬]季", re.I)


def period_order(period: str) -> tuple[str, int]:
    """Year and order of its part, by which periods are sorted: 2026-q3 → (2026, 2); -1 for the whole year."""
    year, _, part = period.partition("-")
    return year, int(part) if part.isdigit() else _part_order(part)


def is_in_period(period: str, day: str, question: str) -> bool:
    """Whether a day (ISO 8601, as far as it is known) is in a period; `question` may name the part of the year.

    2026-10 is in the periods 2026 and 2026-10; 2026 is in 2026-q1 if the question says Q1, or no part.
    """
    year, _, part = period.partition("-")
    if day[:4] != year:
        return False
    if part.isdigit():
        return day[5:7] in ("", part)
    asked = _ASKED.search(question)
    return not part or asked is None or _part_order(asked[0]) == _part_order(part)


def is_of_part(period: str, question: str) -> bool:
    """Whether a question names the part of a year that a period is, whatever the year: 夏季时刻表, the price in Q1."""
    asked, part = _ASKED.search(question), period.partition("-")[2]
    return bool(asked and part and not part.isdigit()) and _part_order(asked[0] if asked else "") == _part_order(part)


def _part_order(part: str) -> int:
    return next((order for order, words in enumerate(_PARTS_OF_YEAR) if part and words.search(part)), -1)

"""Periods: the part of a year that a sentence gives for its figures: a month, a quarter, the months from January."""

from __future__ import annotations

import re
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?" \
         r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
_HAN = {"一": 1, "二": 2, "三": 3, "四": 4, "首": 1, "前一": 1, "1": 1, "2": 2, "3": 3, "4": 4}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "two": 2, "three": 3}
_MONTH_RANGE = re.compile(
    rf"(?<!\d)(1[0-2]|0?[1-9])月?\s?[-–—~～至到]\s?(1[0-2]|0?[1-9])月|\b({_MONTH})\s?(?:-|–|—|to|through|until|and)\s?"
    rf"({_MONTH})(?![a-z])")
_FIRST_MONTHS = re.compile(r"前([1-9]|1[01]|[二三四五六七八九十])个?月|\bfirst (\w+) months\b", re.I)
_QUARTER = re.compile(r"前([二三])季度|第?([一二三四首1-4])季度|\bQ([1-4])\b|\b(first|second|third|fourth) quarter\b", re.I)
_FIRST_QUARTERS = re.compile(r"前三季度|前两季度|\bfirst (two|three) quarters\b|\bnine months\b", re.I)
_HALF = re.compile(r"([上下])半年|\b(first|second) half\b(?! of the (?:month|day))|\bH([12])\b", re.I)
_MONTH_ALONE = re.compile(
    rf"(?<![\d/.])(1[0-2]|0?[1-9])月(?:(\d{{1,2}})[日号])?|(?:(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?)?"
    rf"\b({_MONTH})(?![a-z])"
    r"(?:\s+(\d{1,2})(?!\d))?")
RELATIVE_PERIOD = "now"  # a time that only the day of the text says: what two texts state of it is not compared
_RELATIVE = re.compile(
    r"今年以来|截至发稿|近\d+[天日周月年个]|近[一二三两半]|本周|上周|本月|上月|昨[日天晚]|今[日天晚早]|当[日天晚]|当地时间|日前|刚刚|未来[一二三两几\d]"
    r"|\b(?:yesterday|today|tonight|tomorrow|so far|this (?:week|month|morning)|last (?:week|month|night)"
    r"|past \d+ (?:days|weeks|months))\b",
    re.I)
_DAY_ALONE = re.compile(r"(?:^|[，。；\s（今昨前本])([12]?\d|3[01])日(?=[凌上中下晚早傍，\s电在至到])")  # 6日凌晨
# a day by which something is done, or from which it applies, is no period of its figures: 9月12日前, from 1 June
_DEADLINE = re.compile(
    rf"(?:自|从)?(?:\d{{4}}年)?\d{{1,2}}月(?:\d{{1,2}}[日号])?(?:之?前|以前|起|开始|以后)|(?:自|从)\d{{1,2}}月(?:\d{{1,2}}[日号])?"
    rf"|\b(?:by|before|until|till|from|since|after|due on|due by|no later than|on or before)\s"
    rf"(?:the end of\s)?(?:\d{{1,2}}\s)?{_MONTH}"
    rf"(?:\s\d{{1,2}}(?!\d))?(?!\s(?:to|until|through|and)\b)(?!\s?[-–—])(?![a-z])")
_MAX_DAYS = 4
_MAY_IS_VERB = re.compile(r"\bmay\b|\bmarch(?:ed|es)?\b")


@lru_cache(maxsize=1_000)
def find_period(sentence: str) -> str:
    """The part of a year that a sentence gives; empty for none.

    `上半年` → H1; `1-6月` and `January to June` → 01-06; `第三季度` → Q3; `前三季度` → Q1-3; `6月` → 06; `6月9日` → 0609.
    """
    plain = _DEADLINE.sub(" ", _MAY_IS_VERB.sub(lambda word: " " * len(word.group()), sentence))
    if match := _MONTH_RANGE.search(plain):
        first, last = match[1] or match[3], match[2] or match[4]
        return f"{_month_number(first):02}-{_month_number(last):02}"
    if match := _FIRST_QUARTERS.search(plain):
        return "Q1-2" if (match[1] or "").lower() == "two" or "两" in match.group() else "Q1-3"
    if match := _FIRST_MONTHS.search(plain):
        return f"01-{_count(match[1] or match[2])}"
    if match := _QUARTER.search(plain):
        return f"Q{_quarter_number(match)}"
    if match := _HALF.search(plain):
        is_first = match[1] == "上" or (match[2] or "").lower() == "first" or match[3] == "1"
        return "H1" if is_first else "H2"
    found = ((match[1] or match[4], match[2] or match[3] or match[5] or 0) for match in _MONTH_ALONE.finditer(plain))
    days = {f"{_month_number(month):02}{int(day):02}".removesuffix("00") for month, day in found}
    if not days and _RELATIVE.search(plain):
        return RELATIVE_PERIOD
    if not days:
        days = {f"D{int(match[1]):02}" for match in _DAY_ALONE.finditer(plain)}
    return ",".join(sorted(days)[:_MAX_DAYS])


@lru_cache(maxsize=1_000)  # a sentence is asked for each of its figures
def period_spans(sentence: str) -> tuple[tuple[int, int], ...]:
    """The offsets of the months, quarters and halves of a year in a sentence."""
    plain = _MAY_IS_VERB.sub(lambda word: word.group().replace("M", "m"), sentence)
    return tuple(match.span() for pattern in _PERIODS for match in pattern.finditer(plain))


def mask_periods(sentence: str) -> str:
    """The sentence with its months, quarters and halves of a year as blanks: they say when, not of what."""
    for start, end in period_spans(sentence):
        sentence = sentence[:start] + " " * (end - start) + sentence[end:]
    return sentence


def mask_dates(text: str) -> str:
    """The text with its years and its parts of a year as blanks: empty but for blanks if it only says when."""
    return _YEAR.sub(lambda year: " " * len(year.group()), mask_periods(text))


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?:年[末底初]?)?(?!\d)")
_PERIODS = (_MONTH_RANGE, _FIRST_QUARTERS, _FIRST_MONTHS, _QUARTER, _HALF, _MONTH_ALONE)


def _quarter_number(match: re.Match[str]) -> int:
    if match[4]:
        return _ORDINALS[match[4].lower()]
    return _HAN.get(match[1] or match[2] or match[3], 0)


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1 if name[0].isalpha() and name.isascii() else int(name)


def _count(name: str) -> str:
    words = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
             "eleven": 11, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
    return f"{words.get(name.lower(), name):0>2}" if not name.isdigit() else f"{int(name):02}"

"""Cell values: the text of a table's cell as a number with its unit, a date, a time, or a blank.

`1,234.5` → 1234.5; `(56)` → −56; `3.2亿元` → 3.2 亿元; `12%` → 12 %; `2024-03-01` → a date; `—` and `n/a` → blank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from rag.numbers.figures import find_figures
from rag.text.language import normalise

ValueKind = Literal["number", "date", "time"]

_LONGEST_VALUE = 40  # characters; a longer cell is text
_BLANKS = frozenset((
    "", "-", "--", "- -", "—", "——", "–", "−", "/", "\\", "*", "n/a", "na", "n.a.", "nil", "none", "null", "tbd", "无",
    "暂无", "暂缺", "缺", "缺考", "未知", "待定", "…", "...", "absent", "unknown", "?"))
_LONGEST_BLANK = max(map(len, _BLANKS))


@dataclass(frozen=True, slots=True)
class CellValue:
    """The value of a cell.

    `number`: in `unit`, with the scale that the unit begins with (3.2 for `3.2亿元`); a date as its ordinal day, a time
    in minutes. `unit`: as written, without white space; `decimals`: digits after the point, as written.
    """

    number: Fraction
    unit: str = ""
    kind: ValueKind = "number"
    decimals: int = 0


_CURRENCY = r"(?:us\$|hk\$|nt\$|[$¥€£]|rmb|cny|usd|eur|gbp|hkd)"
_NUMBER = re.compile(
    rf"(?:约|近|~|≈|about )?\s*(?P<sign>[-−–+])?\s*(?P<before>{_CURRENCY})?\s*(?P<open>[(\[])?\s*(?P<inner>[-−–])?\s*"
    rf"(?P<currency>{_CURRENCY})?\s*"
    r"(?P<number>\d{1,3}(?:[,，' ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>[^\d()\[\]]{0,16}?)\s*[)\]]?")
# written in this way nearly all numbers of long tables; it is never a date, except 2024.05
_PLAIN_NUMBER = re.compile(
    r"(?P<sign>[-−+])?(?:(?P<currency>[$¥€£])(?!.*%))?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<unit>%)?")
_NO_UNIT = re.compile(r"[-–—~～至到:：]|^[a-fijn-rux-z]$|^[号室栋楼]$")  # 3-5, 8:30, 12b, 201室 are no amounts
_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?::[0-5]\d)?\s*(?P<half>[ap]\.?m\.?)?")
_MONTH_ONLY = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:(?:\s*年\s*|[-/])(?P<month>1[0-2]|0?[1-9])(?:\s*月(?:份)?)?|\.(?P<dotted>1[0-2]|0[1-9]))")
_DOTTED = re.compile(r"\d{4}\.\d\d")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>(?:19|20)\d\d)")


def is_blank(text: str) -> bool:
    """Whether a cell says nothing: empty, `—`, `n/a`, 暂缺."""
    plain = text.strip()
    return len(plain) <= _LONGEST_BLANK and normalise(plain) in _BLANKS


@lru_cache(maxsize=20_000)  # dates and small numbers repeat; a column keeps its own values
def parse_cell(text: str) -> CellValue | None:
    """The value of a cell's text; None if it is blank or has no value that fills it."""
    plain = normalise(text.strip())
    if not plain or len(plain) > _LONGEST_VALUE or not any(sign.isdigit() for sign in plain) or plain in _BLANKS:
        return None
    if (match := _PLAIN_NUMBER.fullmatch(plain)) and not _MONTH_ONLY.fullmatch(plain):
        unit = (match["currency"] or "") + (match["unit"] or "")
        return _number_value(match["number"], unit, is_negative=(match["sign"] or "+") != "+")
    return _parse_time(plain) or _parse_date(plain) or _parse_number(plain)


def parse_number(text: str) -> CellValue | None:
    """The number of a cell in a column of numbers, where 2024.05 is no month; None if it has none."""
    value = parse_cell(text)
    if value is not None and value.kind == "date" and _DOTTED.fullmatch(text.strip()):
        return _parse_number(text.strip())
    return value if value is not None and value.kind == "number" else None


def _parse_number(plain: str) -> CellValue | None:
    match = _NUMBER.fullmatch(plain)
    if match is None or _NO_UNIT.search(match["unit"]):
        return None
    is_negative = bool(match["open"] and plain.rstrip().endswith((")", "]")))
    is_negative = is_negative or (match["sign"] or match["inner"] or "+") != "+"
    currency = match["before"] or match["currency"] or ""
    unit = f"{currency} {match['unit']}" if currency and match["unit"] else currency + match["unit"]
    return _number_value(re.sub(r"[，' ]", "", match["number"]), unit.strip(), is_negative=is_negative)


def _number_value(number: str, unit: str, *, is_negative: bool) -> CellValue:
    whole, _, decimals = number.replace(",", "").partition(".")
    value = int(whole + decimals)
    return CellValue(Fraction(-value if is_negative else value, 10 ** len(decimals)), unit, "number", len(decimals))


def _parse_time(plain: str) -> CellValue | None:
    match = _TIME.fullmatch(plain)
    if match is None:
        return None
    hour = int(match["hour"]) % 12 + (12 if match["half"][0] == "p" else 0) if match["half"] else int(match["hour"])
    return CellValue(Fraction(60 * hour + int(match["minute"])), "", "time")


def _parse_date(plain: str) -> CellValue | None:
    if match := _MONTH_ONLY.fullmatch(plain):
        ordinal = _ordinal(int(match["year"]), int(match["month"] or match["dotted"]), 1)
        return CellValue(Fraction(ordinal), "month", "date")
    if match := _DAY_FIRST.fullmatch(plain):
        day, month = int(match["day"]), int(match["month"])
        day, month = (month, day) if month > 12 else (day, month)
        return _date_value(int(match["year"]), month, day)
    figures = find_figures(plain)
    if len(figures) != 1 or figures[0].kind != "date" or figures[0].end - figures[0].start < len(plain.rstrip()):
        return None
    stamp = int(figures[0].value)
    return _date_value(stamp // 10_000 or _NO_YEAR, stamp // 100 % 100, stamp % 100 or 1)


_NO_YEAR = 4  # of a date without a year: a leap year, before all others


def _date_value(year: int, month: int, day: int) -> CellValue | None:
    ordinal = _ordinal(year, month, day)
    return CellValue(Fraction(ordinal), "", "date") if ordinal else None


def _ordinal(year: int, month: int, day: int) -> int:
    """The ordinal of a day; 0 if there is no such day."""
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return 0

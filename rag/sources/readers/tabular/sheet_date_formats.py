"""Date formats of spreadsheets: a number of days turned into a date, a time or a duration in ISO.

The result is as precise as the format shows it.

45446.6041666667 with `yyyy/m/d h:mm` → 2024-06-03 14:30; with `yyyy"年"m"月"` → 2024-06.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class DateCode(NamedTuple):
    """A run of one letter in a format code, in lower case; `is_elapsed`: in brackets, which show all hours."""

    letter: str
    is_elapsed: bool = False


class DateParts(NamedTuple):
    """The parts of a date or time that a format shows; `elapsed` is the letter of the largest part of a duration."""

    year: bool = False
    month: bool = False
    day: bool = False
    time: bool = False
    seconds: bool = False
    elapsed: str = ""


def date_parts(codes: Sequence[DateCode]) -> DateParts | None:
    """The parts that the letters of a format show, of which `e` is a year and `a` a weekday.

    None without letters: it is a format of numbers.
    """
    letters = [code.letter for code in codes]
    if not letters:
        return None
    is_minutes = [
        letter == "m" and ("h" in letters[max(0, i - 1) : i] or "s" in letters[i + 1 : i + 2] or codes[i].is_elapsed)
        for i, letter in enumerate(letters)]
    has_month = any(letter == "m" and not minutes for letter, minutes in zip(letters, is_minutes, strict=True))
    elapsed = next((code.letter for code in codes if code.is_elapsed), "")
    return DateParts(
        year="y" in letters or "e" in letters, month=has_month, day="d" in letters or "a" in letters,
        time="h" in letters or "s" in letters or any(is_minutes), seconds="s" in letters, elapsed=elapsed)


def format_serial(days: float, parts: DateParts, *, is_1904: bool) -> str:
    """Days since 1900 or 1904 in ISO; empty if they are no date."""
    if parts.elapsed:
        return _format_duration(days, parts)
    try:
        moment = _moment(days, is_1904=is_1904)
    except OverflowError:
        return ""
    if days < 0:
        return ""
    time = f"{moment:%H:%M:%S}" if parts.seconds and moment.second else f"{moment:%H:%M}"
    if not (parts.year or parts.month or parts.day):
        return time
    if days < 1 and parts.time and not is_1904:  # a time in a cell whose format would also show a date
        return time
    date = moment.date().isoformat()
    if not parts.day and not parts.time:
        date = date[:7] if parts.month else date[:4]
    return f"{date} {time}" if parts.time else date


def _moment(days: float, *, is_1904: bool) -> datetime:
    """The date and time to the second.

    Spreadsheets count a 29 February 1900, which did not exist: the days before it are one later.

    Raises:
        OverflowError: it is no date.
    """
    epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 31) if days < 60 else datetime(1899, 12, 30)
    return epoch + timedelta(seconds=round(days * _SECONDS_PER_DAY))


_SECONDS_PER_DAY = 86_400


def _format_duration(days: float, parts: DateParts) -> str:
    """A duration as `26:30` or `26:30:05`; with `[mm]` minutes and seconds, with `[ss]` seconds."""
    total = round(abs(days) * _SECONDS_PER_DAY)
    minutes, seconds = divmod(total, 60)
    sign = "-" if days < 0 else ""
    if parts.elapsed == "s":
        return f"{sign}{total}"
    if parts.elapsed == "m":
        return f"{sign}{minutes}:{seconds:02}" if parts.seconds else f"{sign}{minutes}"
    hours, minutes = divmod(minutes, 60)
    if not parts.time:
        return f"{sign}{hours}"
    return f"{sign}{hours}:{minutes:02}" + (f":{seconds:02}" if parts.seconds and seconds else "")

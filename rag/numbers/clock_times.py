"""Clock times: times of day in a text, as minutes after midnight, alone or as the two ends of a range."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.numbers.numerals import parse_number

_HAN_HOUR = "十[一二]?|二十[一二三四]?|[一二三四五六七八九]"
_DAY_PART = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|早|晚"
_MERIDIEM = r"[apAP](?:\.\s?[mM]\.|[mM]\b)"
# 9:30, 9：30 (not 1:3, a ratio, nor 12:30:05 of a log), 9.30 a.m., 9 a.m.; 上午9点半, 17时30分, 晚八点
_TIME = (
    rf"(?:(?P<part{{n}}>{_DAY_PART})\s?)?(?:"
    rf"(?<![\d:：.])(?P<hour{{n}}>[01]?\d"
    rf"|2[0-4])[:：](?P<minute{{n}}>[0-5]\d)(?![\d:：])(?:\s?(?P<half{{n}}>{_MERIDIEM}))?"
    rf"|(?<![\d:：.])(?P<hour_dot{{n}}>1[0-2]"
    rf"|0?[1-9])(?:\.(?P<minute_dot{{n}}>[0-5]\d))?\s?(?P<half_dot{{n}}>{_MERIDIEM})"
    rf"|(?<![\d.])(?P<hour_han{{n}}>[01]?\d|2[0-4])\s?(?:点钟?|时(?!间|隔|长|代|期|候|速|刻|常))"
    rf"(?:(?P<minute_han{{n}}>[0-5]?\d)分|(?P<is_half{{n}}>半)|整)?"
    rf"|(?<=[早晚午上晨间傍夜])(?P<numeral{{n}}>{_HAN_HOUR})点(?:钟|(?P<numeral_half{{n}}>半)|整)?)")
_POINTS = r"(?!\d|[\d一二三四五六七八九十]|意见|建议|要求|原因|理由|启示|体会|内容|思考|说明|以上|共识)"
_RANGE = r"\s?(?:-|–|—|——|~|～|至|到|to|until|till|and)\s?"
_ONE = re.compile(_TIME.format(n="") + _POINTS)
_PAIR = re.compile(
    rf"(?:{_TIME.format(n='1')}|(?<![\d.:：])(?P<bare>1[0-2]|0?[1-9])(?=\s?(?:-|–"
    rf"|to)\s?\d{{1,2}}(?:[:.]\d\d)?\s?[apAP]\.?[mM]))"
    rf"{_RANGE}(?P<next_day>次日|翌日)?{_TIME.format(n='2')}{_POINTS}")
_AFTERNOON = frozenset("下午 傍晚 晚上 晚间 夜间 晚 中午".split())
_NOON = 12


@dataclass(frozen=True)
class ClockTime:
    """A time of day, or a range of two: `text[start:end]` is written so; minutes after midnight.

    `until` is -1 for a single time. `9:00—17:30` → minutes 540, until 1050.
    """

    minutes: int
    until: int
    start: int
    end: int


def find_clock_times(text: str) -> list[ClockTime]:
    """The times of day of a text, left to right: `上午9点至下午5点半`, `9 a.m.–5 p.m.`, `8:30`.

    An end before its beginning is in the afternoon where that is possible: 9:00–5:30.
    """
    found: list[ClockTime] = []
    offset = 0
    while pair_or_time := min(
            filter(None, (_PAIR.search(text, offset), _ONE.search(text, offset))),
            key=lambda match: (match.start(), -match.end()), default=None):
        found.append(_read_match(pair_or_time))
        offset = pair_or_time.end()
    return found


def _read_match(match: re.Match[str]) -> ClockTime:
    groups = match.groupdict()
    if "hour2" not in groups:
        return ClockTime(_minutes(groups, "")[0], -1, *match.span())
    until, is_certain = _minutes(groups, "2")
    if groups["bare"]:
        begin, begin_certain = int(groups["bare"]) * 60, False
    else:
        begin, begin_certain = _minutes(groups, "1")
    if until <= begin and not is_certain and until < _NOON * 60 and not groups["next_day"]:
        until += _NOON * 60
    if begin_certain is False and is_certain and begin + _NOON * 60 < until and begin < 6 * 60:
        begin += _NOON * 60  # 2–5 p.m.
    return ClockTime(begin, until, *match.span())


def _minutes(groups: dict[str, str | None], n: str) -> tuple[int, bool]:
    """Minutes after midnight, and whether the text says which half of the day it is."""
    hour = int(groups[f"hour{n}"] or groups[f"hour_dot{n}"] or groups[f"hour_han{n}"]
               or parse_number(groups[f"numeral{n}"] or ""))
    minute = int(groups[f"minute{n}"] or groups[f"minute_dot{n}"] or groups[f"minute_han{n}"] or 0)
    if groups[f"is_half{n}"] or groups[f"numeral_half{n}"]:
        minute = 30
    half = (groups[f"half{n}"] or groups[f"half_dot{n}"] or "").lower()[:1]
    part = groups[f"part{n}"] or ""
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    elif part in _AFTERNOON and hour < _NOON and not (part == "中午" and hour > 9):
        hour += _NOON
    return hour * 60 + minute, bool(half or part or hour > _NOON)

"""Figures: the numbers in a text as exact values with units.

`4.36万亿元`, `43,600亿元` and `4.36 trillion yuan` are one value, 4,360,000,000,000 yuan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, Protocol

from rag.numbers.numerals import (
    DIGITS,
    ENGLISH_NUMERAL,
    ENGLISH_SCALE,
    ENGLISH_SCALES,
    HAN_NUMERAL,
    LARGE,
    NUMBER,
    SCALES,
    parse_number,
)
from rag.text.lexicon import load_lexicon

FigureKind = Literal["amount", "percent", "year", "date"]


@dataclass(frozen=True)
class Figure:
    """A number in a text: its exact value, its unit and its place.

    `start` and `end` are character offsets in the text, `text` is the written form between them.
    `unit` is canonical: `yuan`, `usd`, `%`, `year`, `date`, or a measure such as `家`; English counts and bare numbers
    have none. `spelled` marks numbers written as words (四, seven), which also occur inside names.
    Worked example: `2.18万个` → value 21800, unit 个; `one eighth` and `八分之一` → value 1/8, unit "".
    """

    value: Fraction
    unit: str
    kind: FigureKind
    text: str
    start: int
    end: int
    spelled: bool = False

    def has_same_value(self, other: Figure) -> bool:
        """Whether both have the same value; money never equals a count, and a percentage never a plain number.

        Counters do not matter: 6家 and 6个 are equal.
        """
        return self.value == other.value and self.is_comparable(other)

    def is_comparable(self, other: Figure) -> bool:
        """Whether their values can be compared: money of one currency, percentages, counts, years, or dates."""
        return _comparison_kind(self) == _comparison_kind(other)


def _comparison_kind(figure: Figure) -> str:
    if figure.unit in ("yuan", "usd"):
        return figure.unit
    return figure.kind


_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
          "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100, "‰": 1000}
_MONTHS = {m: i for i, m in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|" \
         r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
_ORDINAL = r"(?:st|nd|rd|th)"

_SPACE = r"[ \t\u00a0\u3000]*"
_GAP = r"[ \t\u00a0\u3000-]?"  # between number, scale and unit: 20 billion yuan, 20-billion-yuan
_CURRENCY = {"元": "yuan", "人民币": "yuan", "yuan": "yuan", "rmb": "yuan", "cny": "yuan", "¥": "yuan", "￥": "yuan",
             "美元": "usd", "dollars": "usd", "dollar": "usd", "usd": "usd", "$": "usd", "us$": "usd"}
_MEASURES = "家个项名人位座所条款种类件次份部台套辆亩户层岁倍天年月日吨公里平方米支只片块期批门处张"
_PERCENT = r"[%％]|per ?cent(?:age points?)?|percentage points?|个百分点|pct"
# the borders of a Latin word or number; `\b` sees no border between a digit and a Han character
_OPEN, _CLOSE = r"(?<![A-Za-z0-9.,])", r"(?![A-Za-z0-9])"
_UNIT_EN = rf"(?:yuan|RMB|CNY|USD|(?:U\.?S\.?[ -])?dollars?){_CLOSE}"
# before a Han numeral; without it every suffix of a long run of numerals is tried as well
_NOT_IN_NUMERAL = f"(?<![{DIGITS}{SCALES}])"
_MORE = f"(?:(?P<more>[余多])(?P<beyond>[{LARGE}]{{1,2}})?)?"  # 200多亿
_POINT = f"点[{DIGITS}]+"

_THOUSAND_MORE = r"\d千(?![米克瓦])"
_SCALE_ZH = r"[十百千]?[万萬][亿億]?|[百千]?[亿億]|(?<!\d{4})[百千](?=[余多]?[家元个名人亩])|(?<=(?<!\d)\d)" \
            r"(?:百(?![年度货])|千(?![米克瓦卡赫帕年]))"
_REST_ZH = rf"(?<=[亿億])[零〇]?\d{{1,4}}[十百千]?[万萬](?:{_THOUSAND_MORE})?|(?<=[万萬]){_THOUSAND_MORE}"

# numerals that state no figure: 数千家, 十几个, the unit of 2千米, and idioms
_NOT_A_FIGURE = rf"[数几][{SCALES}]+(?![{DIGITS}])|{_NOT_IN_NUMERAL}{HAN_NUMERAL}几(?!乎)[{SCALES}]*" \
           r"|(?<=[\d ])千(?=[米克瓦])|千方百计|千家万户|万家灯火|百家争鸣|千千万万|成百上千|成千上万" \
           rf"|(?<![{DIGITS}{SCALES}\d])千万(?=不|别|莫|勿|记|小心|注意|要(?![素求点件]))"

# `2000 firms` is a count; `in 2022 firms …` and `the 2022 projects` name a year
_COUNTED = "|".join(load_lexicon("rag.numbers", "english_counted_nouns"))
_QUALITY = r"[a-z]+-[a-z-]+|new|small|large|local|foreign|private|industrial|innovative|leading|manufacturing"
_AFTER_DATING_WORD = "".join(
    rf"(?<!\b{word} \d{{4}})"
    for word in "in since by from until till during before after as the early late year".split())

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    # ASCII only: otherwise `ı` and `ſ` match i and s, and the tables have no entries for them
    (reader, re.compile(pattern, re.I | re.A)) for reader, pattern in (
        ("nothing", _NOT_A_FIGURE),
        ("date", rf"(?P<y>(?<!\d)(?:19|20)\d\d|二[〇零○][{DIGITS}]{{2}}){_SPACE}年{_SPACE}"
                 rf"(?P<m>\d{{1,2}}|十?[一二三四五六七八九十]){_SPACE}月"
                 rf"(?:{_SPACE}(?P<d>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十]){_SPACE}[日号])?"),
        ("date", rf"{_OPEN}(?:(?P<d1>\d{{1,2}})(?:{_ORDINAL}(?:\s+of)?)?\s+)?(?P<m>{_MONTH})"
                 rf"(?:\s+(?P<d2>\d{{1,2}}){_ORDINAL}?(?:,|(?=\s)))?,?\s+(?P<y>(?:19|20)\d\d)(?!\d)"),
        ("date", r"(?<!\d)(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
        ("date", rf"(?<!\d)(?P<m>\d{{1,2}}){_SPACE}月{_SPACE}(?P<d>\d{{1,2}}){_SPACE}[日号]"),
        ("date", rf"{_OPEN}(?:(?P<d1>\d{{1,2}})(?:{_ORDINAL}(?:\s+of)?)?\s+(?P<m1>{_MONTH})"
                 rf"|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?!\d))(?![\d%])"),
        ("year", r"(?<![\d.])(?P<y>(?:19|20)\d\d)[ ]?年"),
        ("year", rf"(?P<y>[一二][{DIGITS}]{{3}})年"),
        ("percent", rf"百分之(?P<n>{HAN_NUMERAL}(?:{_POINT})?|{NUMBER})"),
        ("fraction", rf"(?P<d>{_NOT_IN_NUMERAL}{HAN_NUMERAL}|(?<!\d)\d+)分之(?P<n>{HAN_NUMERAL}|\d+)"),
        ("fraction", r"(?<![\d/.])(?P<n>\d{1,2})/(?P<d>\d{1,3})(?![\d/])"),
        ("fraction", rf"(?<!\d)(?P<n>{NUMBER}){_SPACE}(?P<d>‰)"),
        ("half", rf"{_OPEN}(?:(?P<n>{ENGLISH_NUMERAL}|\d+)[- ]and[- ]a[- ]half(?:[- ](?P<scale>{ENGLISH_SCALE}))?"
                 rf"|(?:a[- ])?half(?:[- ]an?)?[- ](?P<scale_alone>{ENGLISH_SCALE}))"
                 rf"(?:{_GAP}(?P<unit>{_UNIT_EN}))?{_CLOSE}"),
        ("fraction", rf"{_OPEN}(?P<n>{ENGLISH_NUMERAL}|a|an|\d+)[- ](?P<d>{'|'.join(_PARTS)})s?{_CLOSE}"),
        ("half", rf"一半|{_OPEN}half{_CLOSE}"),
        ("percent", rf"(?<!\d)(?P<n>{NUMBER}){_SPACE}(?:{_PERCENT})"),
        ("percent", rf"{_NOT_IN_NUMERAL}(?P<n>{HAN_NUMERAL}(?:{_POINT})?)个百分点"),
        ("percent", rf"{_OPEN}(?P<n>{ENGLISH_NUMERAL}){_SPACE}(?:{_PERCENT})"),
        ("tenths", rf"(?<![{DIGITS}{SCALES}第数几\d.])(?P<n>[一二两三四五六七八九]|\d(?:\.\d)?)成"
                   r"(?P<more>[半五](?![年家个]))?"
                   r"(?![员立功分果为长都本熟品就效不交渝])"),
        ("amount", rf"(?:(?P<pre>(?<![A-Za-z\d])(?:US ?\$|USD|RMB|CNY)|(?<![A-Za-z])[$¥￥]){_SPACE}|(?<![A-Za-z\d.]))"
                   rf"(?P<n>{NUMBER})"
                   rf"(?:{_GAP}(?P<scale>{_SCALE_ZH}|{ENGLISH_SCALE}|k{_CLOSE})(?P<rest>{_REST_ZH})?)?{_MORE}"
                   rf"(?:{_GAP}(?P<unit>人民币|美元|元|{_UNIT_EN}|[{_MEASURES}]))?"
                   rf"(?:{_AFTER_DATING_WORD}(?=[ ](?:(?:{_QUALITY})[ ])?(?:{_COUNTED}){_CLOSE})(?P<counted>))?"),
        ("numeral", rf"{_OPEN}(?P<n>{ENGLISH_NUMERAL})(?:{_GAP}(?P<unit>{_UNIT_EN}))?{_CLOSE}"),
        ("numeral", rf"(?P<n>{HAN_NUMERAL}"
                    rf"(?:{_POINT}(?:[十百千]?[{LARGE}]+|(?=[元倍吨公米]|美元|人民币)))?){_MORE}"
                    rf"(?P<unit>人民币|美元|元|[{_MEASURES}])?"),
    )
)


def find_figures(text: str) -> list[Figure]:
    """The figures of a text, left to right; none overlap.

    Where several patterns match at the same place, the first in the list of patterns is used.
    `2022年达３.８万亿元，占八分之一` → 2022 (year), 3,800,000,000,000 yuan, 1/8.
    """
    return list(_find_all(text))


@lru_cache(maxsize=4_000)
def _find_all(text: str) -> tuple[Figure, ...]:
    plain = _to_half_width(text)
    figures: list[Figure] = []
    # a pattern's next match stays valid until the scan passes it; searching all patterns after each figure is quadratic
    next_matches = {rank: match for rank, (_, pattern) in enumerate(_PATTERNS) if (match := pattern.search(plain))}
    while next_matches:
        first = min(next_matches, key=lambda rank: (next_matches[rank].start(), rank))
        match = next_matches[first]
        if figure := _read_match(_PATTERNS[first][0], match):
            figures.append(replace(figure, text=text[figure.start : figure.end]))
        for rank in [rank for rank, other in next_matches.items() if other.start() < match.end()]:
            if later := _PATTERNS[rank][1].search(plain, match.end()):
                next_matches[rank] = later
            else:
                del next_matches[rank]
    return tuple(figures)


_Groups = dict[str, Any]  # the named groups of a match: text, or None for a group that did not match


class _FigureBuilder(Protocol):
    def __call__(
        self, value: Fraction | int, unit: str = "", kind: FigureKind = "amount", spelled: bool = False) -> Figure: ...


def _to_half_width(text: str) -> str:
    """The text with full-width digits and signs as ASCII, of the same length, so that offsets stay valid."""
    return text.translate(_FULL_WIDTH)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％／＄", "0123456789.%/$")


def _read_match(reader: str, match: re.Match[str]) -> Figure | None:
    def make_figure(
            value: Fraction | int, unit: str = "", kind: FigureKind = "amount", spelled: bool = False) -> Figure:
        return Figure(Fraction(value), unit, kind, match.group(), match.start(), match.end(), spelled)

    try:
        return _READERS[reader](match.groupdict(), make_figure)
    except ValueError:  # numeral characters that are not a number: 七八个, 万一
        return None


def _read_date(groups: _Groups, make_figure: _FigureBuilder) -> Figure:
    year = parse_number(groups["y"]) if groups.get("y") else Fraction(0)
    month = _month_number(_first_group(groups, ("m", "m1", "m2")))
    day_text = _first_group(groups, ("d", "d1", "d2"))
    day = parse_number(day_text) if day_text else Fraction(0)
    return make_figure(year * 10_000 + month * 100 + day, "date", "date")


def _first_group(groups: _Groups, names: Sequence[str]) -> str:
    """The text of the first of these groups that matched; empty if none did."""
    return next((text for name in names if (text := groups.get(name))), "")


def _month_number(name: str) -> Fraction:
    if name[0].isalpha() and name.isascii():
        return Fraction(_MONTHS[name[:3].lower()])
    return parse_number(name)


def _read_fraction(groups: _Groups, make_figure: _FigureBuilder) -> Figure | None:
    denominator = _PARTS.get(groups["d"].lower()) or parse_number(groups["d"])
    numerator = 1 if groups["n"].lower() in ("a", "an") else parse_number(groups["n"])
    return make_figure(Fraction(numerator) / denominator) if denominator else None


def _read_half(groups: _Groups, make_figure: _FigureBuilder) -> Figure:
    """`half`, `half a million`, `two and a half`, `two and a half million`."""
    whole = parse_number(groups["n"]) if groups.get("n") else Fraction(0)
    scale = (groups.get("scale") or groups.get("scale_alone") or "").lower()
    value = (whole + Fraction(1, 2)) * ENGLISH_SCALES.get(scale, 1)
    return make_figure(value, _canonical_unit(groups.get("unit")), spelled=bool(groups.get("n")))


def _read_tenths(groups: _Groups, make_figure: _FigureBuilder) -> Figure:
    """三成 is 30%; 三成五 and 三成半 are 35%."""
    return make_figure(parse_number(groups["n"]) * 10 + (5 if groups["more"] else 0), "%", "percent")


def _read_amount(groups: _Groups, make_figure: _FigureBuilder) -> Figure:
    scale = (groups["scale"] or "").lower()
    factor = ENGLISH_SCALES.get(scale)
    han_numeral = groups["n"] + scale + (groups["rest"] or groups["beyond"] or "")
    value = parse_number(groups["n"]) * factor if factor else parse_number(han_numeral)
    is_bare = groups["n"].isdigit() and not any(groups[name] for name in ("scale", "unit", "pre", "more"))
    if is_bare and groups["counted"] is None and 1900 <= value <= 2099 and len(groups["n"]) == 4:
        return make_figure(value, "year", "year")
    return make_figure(value, _canonical_unit(groups["unit"] or groups["pre"]))


def _read_numeral(groups: _Groups, make_figure: _FigureBuilder) -> Figure | None:
    if len(groups["n"]) == 1 and groups["n"] in SCALES and groups["n"] not in "十拾" and not groups["unit"]:
        return None  # 百, 千 or 万 alone is part of a name: 百度, 千岛湖
    value = parse_number(groups["n"] + (groups.get("beyond") or ""))
    return make_figure(value, _canonical_unit(groups["unit"]), spelled=True)


def _canonical_unit(raw_unit: str | None) -> str:
    unit = re.sub(r"^u\.?s\.?[ -](?=[d$])|[ ]", "", (raw_unit or "").lower())
    return _CURRENCY.get(unit, unit)


_READERS: dict[str, Callable[[_Groups, _FigureBuilder], Figure | None]] = {
    "nothing": lambda part, figure: None,
    "date": _read_date,
    "year": lambda part, figure: figure(parse_number(part["y"]), "year", "year"),
    "percent": lambda part, figure: figure(parse_number(part["n"]), "%", "percent"),
    "fraction": _read_fraction,
    "half": _read_half,
    "tenths": _read_tenths,
    "amount": _read_amount,
    "numeral": _read_numeral,
}

# Smaller numbers in words state nothing by themselves: they are as often part of a name or an idiom (四大, 两个问题,
# `one of`) as a count. Used where a figure is checked against a source, shown in a table of key figures, or asked for
# in a suggested question.
MIN_STATED_IN_WORDS = 11
# Smaller numbers in words do not answer "how many": 一个 and `one of` are articles, but 三家 is an answer. Lower than
# `MIN_STATED_IN_WORDS`, because it scores the candidates for an answer: missing 三家 costs more there than accepting
# 四大. The weights of rag/reading were trained with this value; a change needs a new training.
MIN_COUNTED_IN_WORDS = 3


def is_incidental(figure: Figure, minimum: int = MIN_STATED_IN_WORDS) -> bool:
    """Whether a figure is a small number in words, which states nothing by itself: 四大产业, `one of`.

    `minimum` is the smallest number in words that is not incidental.
    """
    return figure.spelled and figure.value < minimum


def informative_figures(text: str) -> Iterator[Figure]:
    """The figures that state something: all but small numbers in words, which also occur inside names."""
    return (figure for figure in find_figures(text) if not is_incidental(figure))


def named_years(figure_list: Sequence[Figure]) -> frozenset[int]:
    """The years that figures name, alone or in dates."""
    dated = (int(f.value) // 10_000 for f in figure_list if f.kind == "date")
    return frozenset({int(f.value) for f in figure_list if f.kind == "year"} | {year for year in dated if year})


def small_counts(figure_list: Sequence[Figure]) -> Iterator[int]:
    """The whole numbers from 2 to 30: they may be the length of a list."""
    return (int(f.value) for f in figure_list if f.kind == "amount" and f.value in range(2, 31))

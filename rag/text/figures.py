"""Numbers as they are written become values with units: 4.36万亿元 = 43,600亿元 = 4.36 trillion yuan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol

Kind = Literal["amount", "percent", "year", "date"]


@dataclass(frozen=True)
class Figure:
    """A number in a text: its exact value, its unit and where it stands.

    `unit` is canonical: `yuan`, `usd`, `%`, `year`, `date`, or a measure such as `家`; English counts and bare
    numbers have none. `spelled` marks numbers written as words (四, seven), which also occur inside names.
    Worked example: `2.18万个` → value 21800, unit 个; `one eighth` and `八分之一` → value 1/8, unit "".
    """

    value: Fraction
    unit: str
    kind: Kind
    text: str
    start: int
    end: int
    spelled: bool = False

    def same_as(self, other: Figure) -> bool:
        """Equal as a value; money never equals a count, nor a percentage a plain number; counters do not matter."""
        return self.value == other.value and _family(self) == _family(other)


def _family(figure: Figure) -> str:
    if figure.unit in ("yuan", "usd"):
        return figure.unit
    return figure.kind


_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "○": 0}
_DIGITS |= dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True))
_SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
_HAN_NUMERAL = f"[{''.join(_DIGITS)}{''.join(_SMALL)}万亿萬億]+"

_ENGLISH_ONES = {w: i for i, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split())}
_ENGLISH_TENS = {w: 10 * i for i, w in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ENGLISH_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
                   "bn": 10**9, "tn": 10**12, "mn": 10**6, "k": 10**3}
_ENGLISH_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
                  "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100}
_MONTHS = {m: i for i, m in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|" \
         r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"

_NUMBER = r"\d{1,3}(?:[,，]\d{3})+(?:[.．]\d+)?|\d+(?:[.．]\d+)?"
_SPACE = r"[ \t\u00a0\u3000]*"
_GAP = r"[ \t\u00a0\u3000-]?"  # between number, scale and unit: 20 billion yuan, 20-billion-yuan
_CURRENCY = {"元": "yuan", "人民币": "yuan", "yuan": "yuan", "rmb": "yuan", "cny": "yuan", "¥": "yuan", "￥": "yuan",
             "美元": "usd", "dollars": "usd", "dollar": "usd", "usd": "usd", "$": "usd", "us$": "usd"}
_MEASURES = "家个项名人位座所条款种类件次份部台套辆亩户层岁倍天年月日吨公里平方米支只片块期批门处张"
_PERCENT = r"[%％]|per ?cent(?:age points?)?|percentage points?|个百分点|pct"

_EN_WORD = "|".join([*_ENGLISH_TENS, *sorted(_ENGLISH_ONES, key=len, reverse=True)])
_EN_NUMERAL = rf"(?:(?:{_EN_WORD})(?:[- ](?:and )?(?:{_EN_WORD}|hundred))*)"
_EN_SCALE = r"(?:hundred|thousand|million|billion|trillion|bn|tn|mn)"
# what stands before and after a Latin word or number; `\b` sees no border between a digit and a Han character
_OPEN, _CLOSE = r"(?<![A-Za-z0-9.,])", r"(?![A-Za-z0-9])"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.I)) for name, pattern in (
        ("date_zh", rf"(?P<y>(?<!\d)(?:19|20)\d\d|二[〇零○][{''.join(_DIGITS)}]{{2}}){_SPACE}年{_SPACE}"
                    rf"(?P<m>\d{{1,2}}|十?[一二三四五六七八九十]){_SPACE}月(?:{_SPACE}(?P<d>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十]){_SPACE}[日号])?"),
        ("date_en", rf"{_OPEN}(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?P<m>{_MONTH})(?:\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,|(?=\s))"
                    rf")?,?\s+(?P<y>(?:19|20)\d\d)(?!\d)"),
        ("date_iso", r"(?<!\d)(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
        ("day_zh", rf"(?<!\d)(?P<m>\d{{1,2}}){_SPACE}月{_SPACE}(?P<d>\d{{1,2}}){_SPACE}[日号]"),
        ("day_en", rf"{_OPEN}(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?!\d))(?![\d%])"),
        ("year_zh", r"(?<![\d.])(?P<y>(?:19|20)\d\d)[ ]?年"),
        ("year_han", rf"(?P<y>[一二][{''.join(_DIGITS)}]{{3}})年"),
        ("percent_of", rf"百分之(?P<n>{_HAN_NUMERAL}(?:点[{''.join(_DIGITS)}]+)?|{_NUMBER})"),
        ("fraction_zh", rf"(?P<d>{_HAN_NUMERAL}|\d+)分之(?P<n>{_HAN_NUMERAL}|\d+)"),
        ("fraction_slash", r"(?<![\d/.])(?P<n>\d{1,2})/(?P<d>\d{1,3})(?![\d/])"),
        ("fraction_en", rf"{_OPEN}(?P<n>{_EN_NUMERAL}|a|an|\d+)[- ](?P<d>{'|'.join(_ENGLISH_PARTS)})s?{_CLOSE}"),
        ("half", rf"一半|{_OPEN}half{_CLOSE}"),
        ("percent", rf"(?P<n>{_NUMBER}){_SPACE}(?:{_PERCENT})"),
        ("percent_en", rf"{_OPEN}(?P<n>{_EN_NUMERAL}){_SPACE}(?:{_PERCENT})"),
        ("amount", rf"(?P<pre>US\$|[$¥￥]|RMB{_SPACE}|CNY{_SPACE})?(?<![A-Za-z\d.])(?P<n>{_NUMBER})(?:{_GAP}"
                   rf"(?P<scale>[十百千]?[万萬](?:[亿億])?|[百千]?[亿億]|[百千](?=[余多家元个名人亩])|{_EN_SCALE}{_CLOSE}|k{_CLOSE}))?(?P<more>[余多])?"
                   rf"(?:{_GAP}(?P<unit>人民币|美元|元|yuan{_CLOSE}|RMB{_CLOSE}|CNY{_CLOSE}|USD{_CLOSE}|dollars?{_CLOSE}|[{_MEASURES}]))?"),
        ("numeral_en", rf"{_OPEN}(?P<n>{_EN_NUMERAL})(?P<scales>(?:[- ]{_EN_SCALE})+)?(?:[ ](?P<unit>yuan|RMB|dollars?))?{_CLOSE}"),
        ("numeral_zh", rf"(?P<n>{_HAN_NUMERAL})(?P<more>[余多])?(?P<unit>人民币|美元|元|[{_MEASURES}])?"),
    )
)


def figures(text: str) -> list[Figure]:
    """Every figure of a text, left to right, none overlapping.

    `2022年达３.８万亿元，占八分之一` → 2022 (year), 3,800,000,000,000 yuan, 1/8.
    """
    plain = _half_width(text)
    found: list[Figure] = []
    at = 0
    while at < len(plain):
        best = _first(plain, at)
        if best is None:
            break
        figure, after = best
        if figure is not None:
            found.append(Figure(**{**figure.__dict__, "text": text[figure.start : figure.end]}))
        at = after
    return found


def _first(text: str, at: int) -> tuple[Figure | None, int] | None:
    """The earliest match from `at`; of those that begin together, the pattern that stands first in the list."""
    hits = [(m.start(), rank, name, m) for rank, (name, pattern) in enumerate(_PATTERNS) if (m := pattern.search(text, at))]
    if not hits:
        return None
    _, _, name, match = min(hits, key=lambda hit: hit[:2])
    return _read(name, match), match.end()


_Parts = dict[str, Any]  # the named groups of a match: text, or None where a group took no part


class _Maker(Protocol):
    def __call__(self, value: Fraction | int, unit: str = "", kind: Kind = "amount", spelled: bool = False) -> Figure: ...


def _half_width(text: str) -> str:
    """Full-width digits and signs made ASCII, one character for one, so that offsets stay true."""
    return text.translate(_FULL_WIDTH)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％／＄", "0123456789.%/$")


def _read(name: str, match: re.Match[str]) -> Figure | None:
    part: _Parts = match.groupdict()

    def figure(value: Fraction | int, unit: str = "", kind: Kind = "amount", spelled: bool = False) -> Figure:
        return Figure(Fraction(value), unit, kind, match.group(), match.start(), match.end(), spelled)

    if name.startswith(("date", "day")):
        year = _number(part["y"]) if part.get("y") else Fraction(0)
        month = _month(next(v for k in ("m", "m1", "m2") if (v := part.get(k))))
        day = next((_number(v) for k in ("d", "d1", "d2") if (v := part.get(k))), Fraction(0))
        return figure(year * 10_000 + month * 100 + day, "date", "date")
    if name.startswith("year"):
        return figure(_number(part["y"]), "year", "year")
    if name.startswith("percent"):
        return figure(_number(part["n"]), "%", "percent")
    if name.startswith("fraction"):
        below = _ENGLISH_PARTS.get(part["d"].lower()) or _number(part["d"])
        above = 1 if part["n"].lower() in ("a", "an") else _number(part["n"])
        return figure(Fraction(above) / below) if below else None
    if name == "half":
        return figure(Fraction(1, 2))
    if name == "numeral_zh":
        return _han_numeral(part, figure)
    if name == "numeral_en":
        value = _number(part["n"])
        for scale in re.findall(r"[a-z]+", (part["scales"] or "").lower()):
            value *= _ENGLISH_SCALES[scale]
        return figure(value, _CURRENCY.get((part["unit"] or "").lower(), ""), spelled=True)
    return _amount(part, figure)


def _amount(part: _Parts, figure: _Maker) -> Figure:
    value = _number(part["n"] or "")
    scale = (part["scale"] or "").lower()
    for character in scale if scale and scale not in _ENGLISH_SCALES else ():
        value *= {**_SMALL, **_LARGE}[character]
    value *= _ENGLISH_SCALES.get(scale, 1)
    unit = (part["unit"] or (part["pre"] or "").strip()).lower()
    unit = _CURRENCY.get(unit, unit)
    bare = not (scale or unit or part["pre"]) and (part["n"] or "").isdigit()
    if bare and 1900 <= value <= 2099 and len(part["n"] or "") == 4:
        return figure(value, "year", "year")
    return figure(value, unit)


def _han_numeral(part: _Parts, figure: _Maker) -> Figure | None:
    numeral, unit = part["n"] or "", part["unit"] or ""
    if numeral[0] in "万亿萬億百千" and len(numeral) == 1 and not unit:
        return None
    try:
        value = _number(numeral)
    except ValueError:
        return None
    return figure(value, _CURRENCY.get(unit, unit), spelled=True)


def _month(name: str) -> Fraction:
    return Fraction(_MONTHS[name[:3].lower()]) if name[0].isalpha() and name.isascii() else _number(name)


def _number(written: str) -> Fraction:
    """The value of a number in digits, Chinese numerals or English words.

    Raises:
        ValueError: the characters do not make a number.
    """
    written = written.replace(",", "").replace("，", "").lower()
    if re.fullmatch(r"[\d.]+", written):
        return Fraction(Decimal(written))
    if written[0].isascii():
        return Fraction(_english(written))
    whole, _, decimals = written.partition("点")
    value = Fraction(_chinese(whole))
    for place, digit in enumerate(decimals, 1):
        value += Fraction(_DIGITS[digit], 10**place)
    return value


def _english(written: str) -> int:
    total = 0
    for word in re.findall(r"[a-z]+", written):
        if word == "hundred":
            total *= 100
        elif word != "and":
            total += _ENGLISH_ONES.get(word, 0) + _ENGLISH_TENS.get(word, 0)
    return total


def _chinese(written: str) -> int:
    """一百二十三 → 123; 二〇二三 → 2023; 两千零五 → 2005; 三万五 → 35000."""
    if all(c in _DIGITS for c in written):
        return int("".join(str(_DIGITS[c]) for c in written))
    total = section = digit = 0
    last = 1
    for c in written:
        if c in _DIGITS:
            digit = _DIGITS[c]
            last = last if digit else 1
        elif c in _SMALL:
            section += (digit or 1) * _SMALL[c]
            digit, last = 0, _SMALL[c]
        else:
            total = (total + section + digit or 1) * _LARGE[c]
            section, digit, last = 0, 0, _LARGE[c]
    return total + section + (digit * last // 10 if last >= 100 else digit)


def stated(text: str) -> Iterator[Figure]:
    """The figures that state something: all but numbers spelled as small words, which also occur inside names."""
    return (f for f in figures(text) if not (f.spelled and f.value < _SMALLEST_SPELLED))


# below this a number in words is as often part of a name (四大, 一个, one of) as a statement
_SMALLEST_SPELLED = 11

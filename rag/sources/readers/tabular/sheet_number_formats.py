"""Number formats of spreadsheets: a stored number and its format code turned into the text that a reader sees.

0.061 with `0.0%` → 6.1%; 1234.5 with `#,##0.00` → 1,234.50; dates and times become ISO (`sheet_date_formats.py`).
The grammar of the codes is in ECMA-376, part 1, 18.8.31.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from rag.sources.readers.tabular.sheet_date_formats import DateCode, DateParts, date_parts, format_serial


@dataclass(frozen=True)
class _Section:
    """One of the parts of a format code that semicolons separate.

    `pieces`: pairs of a kind and a text. Kinds: `literal`; `digit`, one of 0 # ?; `point`, `comma`, `percent`,
    `exponent`, `slash`; `general`, also for `@`.
    `plain`: for most formats of numbers, a format of Python with the same result, to the multiple of `unit`.
    """

    pieces: tuple[tuple[str, str], ...]
    kinds: frozenset[str]
    dates: DateParts | None = None
    condition: tuple[str, float] | None = None
    plain: str = ""
    unit: Decimal = Decimal(1)


def format_number(value: float, code: str, *, is_1904: bool = False) -> str:
    """A number as its format shows it; empty if the format hides it.

    `is_1904`: days are counted from 1904, as on old Macs.

    >>> format_number(-1234.5, "#,##0.0;(#,##0.0)"), format_number(45446.0, "yyyy/m/d")
    ('(1,234.5)', '2024-06-03')
    """
    sections = _parse_format(code[:_MAX_CODE_LENGTH])
    index = _choose_section(sections, value)
    section = sections[index]
    if section.dates:
        return format_serial(value, section.dates, is_1904=is_1904) or _format_general(value)
    is_negative_section = index == 1 and section.condition is None and value < 0
    text = _fill_section(section, abs(value)).strip()
    if value >= 0 or not text or not re.search(r"[1-9]", text):
        return text
    has_sign = is_negative_section and re.search(r"[-−()（）]", "".join(text for kind, text in section.pieces))
    return text if has_sign else f"-{text}"


_MAX_CODE_LENGTH = 255  # of a format code in Excel
_PIECE = re.compile(
    r"""(?P<quoted>"[^"]*"?)|\\(?P<escaped>.)|(?P<blank>[_*].)|\[(?P<bracket>[^\]]*)\]
    |(?P<general>General|@|G/通用格式)|(?P<half>AM/PM|A/P|上午/下午)|(?P<exponent>E[+-])
    |(?P<date>y+|m+|d+|h+|s+|e+|aaa+)|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)
    |(?P<percent>%)|(?P<slash>/)|(?P<separator>;)|(?P<literal>.)""", re.I | re.X | re.S)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARISONS = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq, "<=": operator.le, ">=": operator.ge, "<>": operator.ne}


@lru_cache(maxsize=1024)
def _parse_format(code: str) -> tuple[_Section, ...]:
    sections: list[list[re.Match[str]]] = [[]]
    for match in _PIECE.finditer(code or "General"):
        if match.lastgroup == "separator":
            sections.append([])
        else:
            sections[-1].append(match)
    return tuple(map(_parse_section, sections))


def _parse_section(matches: Sequence[re.Match[str]]) -> _Section:
    pieces: list[tuple[str, str]] = []
    dates: list[DateCode] = []
    condition = None
    for match in matches:
        kind, text = match.lastgroup or "literal", match.group(match.lastgroup or 0)
        if kind == "bracket":
            if found := _CONDITION.fullmatch(text):
                condition = found.group(1), float(found.group(2))
            elif text.startswith("$"):
                pieces.append(("literal", text[1:].partition("-")[0]))
            elif re.fullmatch(r"h+|m+|s+", text, re.I):
                dates.append(DateCode(text[0].lower(), is_elapsed=True))
        elif kind == "date":
            dates.append(DateCode(text[0].lower()))
        elif kind in ("quoted", "escaped"):
            pieces.append(("literal", text.strip('"') if kind == "quoted" else text))
        elif kind not in ("blank", "half"):
            pieces.append((kind, text))
    plain, decimals = _plain_format(pieces)
    return _Section(
        tuple(pieces), frozenset(kind for kind, _ in pieces), date_parts(dates), condition, plain,
        Decimal(1).scaleb(-decimals))


def _plain_format(pieces: Sequence[tuple[str, str]]) -> tuple[str, int]:
    """`¥#,##0.00` as `¥{:,f}` with two decimals; empty for a format that has no such equivalent."""
    middle = "".join(text if kind in _PLAIN_KINDS else "\n" for kind, text in pieces).strip("\n")
    match = _PLAIN_NUMBER.fullmatch(middle)
    if not match or [kind for kind, _ in pieces].count("percent") > 1:
        return "", 0
    inner = [i for i, (kind, _) in enumerate(pieces) if kind in _PLAIN_KINDS]
    if any(kind not in ("literal", "percent") for kind, _ in (*pieces[: inner[0]], *pieces[inner[-1] + 1 :])):
        return "", 0
    before, after = (
        "".join(text for _, text in part).replace("{", "{{").replace("}", "}}")
        for part in (pieces[: inner[0]], pieces[inner[-1] + 1 :]))
    return f"{before}{{:{',' if match.group(1) else ''}f}}{after}", len(match.group(2) or "")


_PLAIN_KINDS = ("digit", "comma", "point")
_PLAIN_NUMBER = re.compile(r"(#,##)?0(?:\.(0+))?")


def _choose_section(sections: Sequence[_Section], value: float) -> int:
    """The index of the section for a value: that of its condition, else that of its sign."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        for index, section in enumerate(numeric):
            if section.condition is None or _COMPARISONS[section.condition[0]](value, section.condition[1]):
                return index
        return len(numeric) - 1
    if value < 0 and len(numeric) > 1:
        return 1
    return 2 if value == 0 and len(numeric) > 2 else 0


def _fill_section(section: _Section, value: float) -> str:
    """A number that is not negative in the places of a section."""
    if "slash" in section.kinds:  # a fraction, which is written as a decimal number
        return _format_general(value)
    if "general" in section.kinds:
        number = _format_general(value)
        return "".join(number if kind == "general" else text for kind, text in section.pieces if kind in _SHOWN)
    if "digit" not in section.kinds:
        return "".join(text for kind, text in section.pieces if kind == "literal")
    if "exponent" in section.kinds:
        return _fill_exponent(section, value)
    if section.plain:
        scaled = _decimal(value).scaleb(2 if "percent" in section.kinds else 0)
        return section.plain.format(scaled.quantize(section.unit, context=_CONTEXT))
    return _fill_places(section, _decimal(value))


_SHOWN = ("general", "literal")


def _fill_exponent(section: _Section, value: float) -> str:
    kinds = [kind for kind, _ in section.pieces]
    after_point = kinds[kinds.index("point") :] if "point" in kinds else []
    decimals = after_point[: after_point.index("exponent")].count("digit") if "exponent" in after_point else 0
    return f"{value:.{decimals}E}"


def _fill_places(section: _Section, number: Decimal) -> str:
    """Digits in the places of the integer and of the decimals, with the literals between them."""
    pieces = section.pieces
    point = next((i for i, (kind, _) in enumerate(pieces) if kind == "point"), len(pieces))
    integer, decimals = pieces[:point], pieces[point + 1 :]
    scaling = _commas_after_digits(integer) + _commas_after_digits(decimals)
    has_groups = sum(kind == "comma" for kind, _ in integer) > _commas_after_digits(integer)
    number = number.scaleb(2 * sum(kind == "percent" for kind, _ in pieces) - 3 * scaling, _CONTEXT)
    places = sum(kind == "digit" for kind, _ in decimals)
    digits = str(number.quantize(Decimal(1).scaleb(-places), context=_CONTEXT))
    whole, _, rest = digits.partition(".")
    shown_integer = _fill_integer(integer, whole.lstrip("0"), has_groups=has_groups)
    shown_decimals = _fill_decimals(decimals, rest)
    return shown_integer + ("." if re.match(r"\d", shown_decimals) else "") + shown_decimals


def _commas_after_digits(pieces: Sequence[tuple[str, str]]) -> int:
    """The number of commas after the last place, each of which divides by a thousand."""
    last = max((i for i, (kind, _) in enumerate(pieces) if kind == "digit"), default=len(pieces))
    return sum(kind == "comma" for kind, _ in pieces[last + 1 :])


_CONTEXT = Context(prec=400, rounding=ROUND_HALF_UP)  # a float has at most 309 digits before the point


def _fill_integer(pieces: Sequence[tuple[str, str]], digits: str, *, has_groups: bool) -> str:
    """Digits from the right into places; the first place takes all that are left."""
    left = [i for i, (kind, _) in enumerate(pieces) if kind == "digit"]
    shown: list[str] = []
    for index in range(len(pieces) - 1, -1, -1):
        kind, text = pieces[index]
        if kind == "digit":
            is_first = index == left[0]
            taken, digits = (digits, "") if is_first else (digits[-1:], digits[:-1])
            shown.append(taken or ("0" if text == "0" else ""))
        elif kind in ("literal", "percent"):
            shown.append(text)
    whole = digits + "".join(reversed(shown))  # `.00` has no place for the digits before its point
    return re.sub(r"\d+", lambda run: _GROUP_END.sub(",", run.group()), whole, count=1) if has_groups else whole


_GROUP_END = re.compile(r"\B(?=(?:\d{3})+$)")


def _fill_decimals(pieces: Sequence[tuple[str, str]], digits: str) -> str:
    shown = [text for kind, text in pieces if kind in ("digit", "literal", "percent")]
    is_place = [kind == "digit" for kind, _ in pieces if kind in ("digit", "literal", "percent")]
    places = [i for i, place in enumerate(is_place) if place]
    filled = dict(zip(places, digits, strict=False))
    for place in reversed(places):
        if shown[place] == "0" or filled.get(place) != "0":
            break
        filled[place] = ""
    return "".join(filled.get(i, text) for i, text in enumerate(shown))


def _decimal(value: float) -> Decimal:
    """The value to 15 significant digits, as spreadsheets compute."""
    return Decimal(format(value, ".15g"))


def _format_general(value: float) -> str:
    """A number without a format: 0.1 + 0.2 → 0.3; whole numbers in full, as identity numbers are.

    A decimal has as many digits as the format General shows.
    """
    short = format(value, f".{_GENERAL_DIGITS - 1}g")
    if _SHORT_DECIMAL.fullmatch(short) and float(short) == value:
        return short
    number = _decimal(value)
    if number == number.to_integral_value():
        return format(value, ".0f") if abs(value) < _MAX_WHOLE else format(value, ".6G")
    if abs(value) < _MIN_DECIMAL:
        return format(value, ".6G")
    whole_digits = max(1, number.adjusted() + 1)
    decimals = max(2, _GENERAL_DIGITS - whole_digits)
    text = str(number.quantize(Decimal(1).scaleb(-decimals), context=_CONTEXT))
    return text.rstrip("0").rstrip(".")


_MAX_WHOLE, _MIN_DECIMAL = 1e15, 1e-6  # beyond them a number is written with an exponent
_GENERAL_DIGITS = 10
_SHORT_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")

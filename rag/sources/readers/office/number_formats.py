"""Number formats of lists: the number 12 as `12`, `十二`, `XII`, `l` or `⑫`, by the names that Open XML gives them."""

from __future__ import annotations

from collections.abc import Callable

_CHINESE_DIGITS = "〇一二三四五六七八九"
_FORMAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_FORMAL_DIGITS_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_MAX_COUNTED = 9_999  # numbers in words are written up to here
_MAX_LETTER_REPEATS = 3  # Word writes 27 as aa and 53 as aaa; beyond that a list is numbered by mistake


def format_number(number: int, name: str) -> str:
    """A number of a list in the format of this name; decimal if the format is unknown or ends before the number.

    >>> format_number(12, "chineseCountingThousand"), format_number(4, "lowerRoman")
    ('十二', 'iv')
    """
    if name == "none":
        return ""
    written = _FORMATS[name](number) if name in _FORMATS and number >= 0 else ""
    return written or str(number)


def _chinese_number(number: int, digits: str, units: str) -> str:
    """`units` are the signs of 10, 100 and 1000: 305 → 三百零五; empty above 9999."""
    if number == 0 or number > _MAX_COUNTED:
        return "零" if number == 0 else ""
    text, has_gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            has_gap = bool(text)
            continue
        text += ("零" if has_gap else "") + digits[digit] + (units[place - 1] if place else "")
        has_gap = False
    return text


def _counted_chinese(number: int) -> str:
    text = _chinese_number(number, _CHINESE_DIGITS, "十百千")
    return text[1:] if text.startswith("一十") else text


def _digit_by_digit(number: int) -> str:
    return "".join(_CHINESE_DIGITS[int(digit)] for digit in str(number))


def _roman_number(number: int) -> str:
    if not 0 < number < 4000:
        return ""
    text = ""
    for value, sign in _ROMAN_SIGNS:
        text += sign * (number // value)
        number %= value
    return text


_ROMAN_SIGNS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def _letter_number(number: int) -> str:
    repeats, place = divmod(number - 1, 26)
    return chr(ord("A") + place) * (repeats + 1) if 0 <= repeats < _MAX_LETTER_REPEATS else ""


def _ordinal_number(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _sign_of_series(*series: tuple[int, int, str]) -> Callable[[int], str]:
    """A format whose signs are characters in a row: for each row its first and last number and its first sign."""
    def write(number: int) -> str:
        for first, last, sign in series:
            if first <= number <= last:
                return chr(ord(sign) + number - first)
        return ""
    return write


def _sign_of_cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else ""


_circled = _sign_of_series((0, 0, "⓪"), (1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱"))
_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": str,  # full-width digits would become these on cleaning
    "upperRoman": _roman_number,
    "lowerRoman": lambda number: _roman_number(number).lower(),
    "upperLetter": _letter_number,
    "lowerLetter": lambda number: _letter_number(number).lower(),
    "ordinal": _ordinal_number,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _sign_of_series((1, 20, "⑴")),
    "decimalEnclosedFullstop": _sign_of_series((1, 20, "⒈")),
    "ideographEnclosedCircle": _sign_of_series((1, 10, "㊀")),
    "ideographTraditional": _sign_of_cycle(_STEMS),
    "ideographZodiac": _sign_of_cycle(_BRANCHES),
    **dict.fromkeys(("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"), _digit_by_digit),
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
         "taiwaneseCountingThousand"), _counted_chinese),
    "chineseLegalSimplified": lambda number: _chinese_number(number, _FORMAL_DIGITS, "拾佰仟"),
    **dict.fromkeys(
        ("ideographLegalTraditional", "japaneseLegal"),
        lambda number: _chinese_number(number, _FORMAL_DIGITS_TRADITIONAL, "拾佰仟")),
}

"""Numerals: numbers in digits, Chinese characters or English words, parsed to exact values."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "○": 0}
_HAN_DIGITS |= dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True))
_SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}

DIGITS = "".join(_HAN_DIGITS)
LARGE = "".join(_LARGE)
SCALES = "".join(_SMALL) + LARGE
HAN_NUMERAL = f"[{DIGITS}{SCALES}]+"
NUMBER = r"(?:\d{1,3}(?:[,，]\d{3}){1,6}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"

_ONES = {w: i for i, w in enumerate("zero one two three four five six seven eight nine".split())}
_TEENS = {w: i for i, w in enumerate(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10)}
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_ENGLISH_WORDS = _ONES | _TEENS | _TENS
ENGLISH_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
                  "bn": 10**9, "tn": 10**12, "mn": 10**6, "k": 10**3}

# atomic groups, so that `three hundred and five hundred` is not read as 305; bounded counts keep long texts fast
_BIG = r"(?:thousand|million|billion|trillion|bn|tn|mn)(?![A-Za-z])"
_TO_99 = (
    rf"(?>(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES)}))?|{'|'.join(_TEENS)}|{'|'.join(_ONES)})"
    r"(?![A-Za-z]))")
_TO_999 = rf"(?>{_TO_99}(?:[- ]hundred(?![A-Za-z])(?:[- ](?:and[- ])?{_TO_99}(?![- ]hundred))?)?)"
ENGLISH_NUMERAL = (
    rf"(?:{_TO_999}(?:(?:[- ]{_BIG}){{1,2}}(?:[- ]{_TO_999}[- ]{_BIG}){{0,3}}"
    rf"(?:[- ](?:and[- ])?{_TO_999}(?![- ]{_BIG}))?)?)")
ENGLISH_SCALE = rf"(?:hundred(?![A-Za-z])|{_BIG})"

# numeral characters that are not one exact number: 七八个, 三四十, 十四五 (approximate, or a name), 万一, 千百, 万万
_NOT_EXACT = re.compile(
    rf"[一二两三四五六七八九]{{2}}|^[百千{LARGE}][{DIGITS}]|[{''.join(_SMALL)}]{{2}}|[{LARGE}][万萬]")
_HAN_PART = re.compile(r"\d[\d,]*(?:\.\d+)?|.", re.A)


def parse_number(numeral: str) -> Fraction:
    """The value of a number in digits, Chinese numerals, both (1亿2000万), or English words.

    `两千零五` → 2005; `twelve thousand five hundred` → 12500; `43,600` → 43600.

    Raises:
        ValueError: the characters are not a number, or only an approximate one (七八百).
    """
    numeral = numeral.replace("，", ",").lower()
    if re.fullmatch(r"[\d.,]+", numeral):
        return Fraction(Decimal(numeral.replace(",", "")))
    if "a" <= numeral[:1] <= "z":
        return _parse_english(numeral)
    whole, _, decimals = numeral.partition("点")
    value = _parse_chinese(whole)
    decimal_digits = decimals.rstrip(SCALES)
    for place, digit in enumerate(decimal_digits, 1):
        value += Fraction(_HAN_DIGITS[digit], 10**place)
    for scale in decimals[len(decimal_digits) :]:
        value *= (_SMALL | _LARGE)[scale]
    return value


def _parse_english(numeral: str) -> Fraction:
    """twelve thousand five hundred → 12500; two hundred and three → 203."""
    total = section = Fraction(0)
    largest_scale = 1
    for word in re.findall(r"[a-z]+", numeral):
        scale = ENGLISH_SCALES.get(word, 0)
        if word == "hundred":
            section *= 100
        elif scale:
            total, section = _apply_scale(total, section, scale, largest_scale), Fraction(0)
            largest_scale = max(largest_scale, scale)
        elif word != "and":
            section += _ENGLISH_WORDS[word]
    return total + section


def _parse_chinese(numeral: str) -> Fraction:
    """一百二十三 → 123; 二〇二三 → 2023; 两千零五 → 2005; 三万五 → 35000; 1亿2000万 → 120000000."""
    if all(c in _HAN_DIGITS for c in numeral):
        return Fraction(_read_digits(numeral))
    if _NOT_EXACT.search(numeral):
        raise ValueError(f"{numeral!r} is not an exact number")
    total = section = digit = Fraction(0)
    last_scale = largest_scale = 1
    for part in _HAN_PART.findall(numeral):
        if part in _LARGE:
            total = _apply_scale(total, section + digit, _LARGE[part], largest_scale)
            section = digit = Fraction(0)
            last_scale, largest_scale = _LARGE[part], max(largest_scale, _LARGE[part])
        elif part in _SMALL:
            section += (digit or 1) * _SMALL[part]
            digit, last_scale = Fraction(0), _SMALL[part]
        elif part in _HAN_DIGITS:
            digit = Fraction(_HAN_DIGITS[part])
            last_scale = last_scale if digit else 1
        else:
            digit, last_scale = Fraction(part.replace(",", "")), 1
    return total + section + (digit * last_scale / 10 if last_scale >= 100 else digit)  # 三万五 is 35,000


def _apply_scale(total: Fraction, section: Fraction, scale: int, largest_scale: int) -> Fraction:
    """The total after a large scale.

    The scale multiplies everything before it (三万五千亿), unless a larger scale came first (一亿二千万).
    """
    if scale > largest_scale:
        return (total + section or Fraction(1)) * scale
    return total + section * scale if section else total * scale


def _read_digits(numeral: str) -> int:
    """二〇二三 → 2023; two or three digits without a zero are approximate or a list: 七八, 一二三产."""
    is_short = len(numeral) < 4 and not set(numeral) & set("〇零○")
    if len(numeral) > 1 and ("两" in numeral or is_short):
        raise ValueError(f"{numeral!r} is not an exact number")
    return int("".join(str(_HAN_DIGITS[c]) for c in numeral))

"""A figure that no source states becomes one that follows from others: a sum, a difference, a share, a conversion, a rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from rag.numbers.figures import Figure

_MOST_PARTS = 24  # of so many figures the pairs are tried; more would agree with anything by chance
_MOST_SUMMANDS = 6  # figures in a row that a sum may have


@dataclass(frozen=True)
class Derivation:
    """What a figure follows from, and how: 1.2万亿元, 3000亿元; `1.2万亿元 + 3000亿元`."""

    parts: tuple[Figure, ...]
    how: str


def find_derivation(figure: Figure, parts: Sequence[Figure], claim: str) -> Derivation | None:
    """How a figure of a claim follows from others, if it does.

    A share may be told as a percentage, and 约 or `about` allows rounding; the rest only where the claim says that it
    reckons: 合计, 增长, `more than`, `times`. What was reckoned is compared as exactly as the figure is written.

    `合计1.5万亿元` from 1.2万亿元 and 3000亿元 → 1.2万亿元 + 3000亿元; `12.5%` from 八分之一 → 八分之一.
    """
    tried = list(dict.fromkeys(part for part in parts if part.kind != "date"))[:_MOST_PARTS]
    return next(_convert_shares(figure, tried), None) or next(_find_roundings(figure, tried, claim), None) or (
        next(_find_calculations(figure, tried), None) if _CALCULATION_WORDS.search(claim) else None)


_CALCULATION_WORDS = re.compile(
    r"合计|总计|总共|共计|共有|一共|之和|加起来|相加|总和|相差|差距|差额|多出|少了|高出|低于|超出|增加|增长|增幅|增量|减少|下降|降低|提高|提升|上升"
    r"|翻[一两二三四番]|倍|占|比例|比重|份额|平均|人均|每年|年均|之比|其余|其他|剩|历时|间隔|相隔|前后|用了"
    r"|\b(?:total|sum|together|combined|altogether|plus|difference|differ|gap|more than|less than|fewer|increase|decrease|grow|grew"
    r"|growth|rise|rose|risen|fall|fell|fallen|drop|gain|up by|down by|times|twice|double|doubled|triple|ratio|share|percent|per cent"
    r"|proportion|rest|left|remaining|others?|average|per capita|each|took|lasted|later|after|between|higher|lower|larger|smaller)", re.I)
_ABOUT_BEFORE = re.compile(r"(?:约为?|大约|大概|左右|上下|近似|about|around|approximately|roughly|some|circa|~)[^\d，。,.]{0,2}$", re.I)
_ABOUT_AFTER = re.compile(r"^[^\d，。,.；;]{0,4}(?:左右|上下|or so)")
_NEARLY_BEFORE = re.compile(r"(?:近|将近|接近|不到|不足|nearly|almost|close to|under|less than|just under)[^\d，。,.]{0,2}$", re.I)
_OVER_BEFORE = re.compile(r"(?:超过?|逾|突破|高于|多于|over|more than|above|exceed\w*|at least|至少|不少于)[^\d，。,.]{0,2}$", re.I)
_OVER_AFTER = re.compile(r"^[^\d，。,.；;]{0,4}(?:以上|多[家个名元]?|余[家个名元]?|or more)")
_WIDE_TOLERANCE, _NARROW_TOLERANCE = Fraction(1, 4), Fraction(1, 20)  # how far `over` and `nearly` reach, and `about`


def _convert_shares(figure: Figure, parts: Sequence[Figure]) -> Iterator[Derivation]:
    """A share told the other way: 12.5% and 八分之一, 50% and 一半."""
    for part in parts:
        if {figure.kind, part.kind} == {"percent", "amount"} and not (figure.unit + part.unit).strip("%"):
            percent, share = (figure, part) if figure.kind == "percent" else (part, figure)
            if share.value < 1 and abs(percent.value - share.value * 100) <= _last_digit_value(percent) / 2:
                yield Derivation((part,), part.text)


def _find_roundings(figure: Figure, parts: Sequence[Figure], claim: str) -> Iterator[Derivation]:
    before, behind = claim[: figure.start], claim[figure.end :]
    about = _ABOUT_BEFORE.search(before) or _ABOUT_AFTER.search(behind)
    nearly, over = _NEARLY_BEFORE.search(before), _OVER_BEFORE.search(before) or _OVER_AFTER.search(behind)
    for part in parts:
        if not part.is_comparable(figure) or not figure.value or part.kind in ("year", "date"):
            continue
        off = (part.value - figure.value) / figure.value
        if (about and (abs(off) <= _NARROW_TOLERANCE or abs(part.value - figure.value) <= _last_digit_value(figure) / 2)) \
                or (nearly and -_WIDE_TOLERANCE <= off <= 0) or (over and 0 <= off <= _WIDE_TOLERANCE):
            yield Derivation((part,), f"≈ {part.text}")


def _find_calculations(figure: Figure, parts: Sequence[Figure]) -> Iterator[Derivation]:
    near = _last_digit_value(figure) / 2
    for part in parts:
        if figure.kind == part.kind == "percent" and abs(100 - part.value - figure.value) <= near:
            yield Derivation((part,), f"100% − {part.text}")
    for first, second in permutations(parts, 2):
        for value, sign in _pair_results(figure, first, second):
            if abs(value - figure.value) <= near:
                yield Derivation((first, second), f"{first.text} {sign} {second.text}")
    for begin in range(len(parts)):
        for end in range(begin + 3, min(len(parts), begin + _MOST_SUMMANDS) + 1):
            run = parts[begin:end]
            if all(part.is_comparable(figure) for part in run) and abs(sum(part.value for part in run) - figure.value) <= near:
                yield Derivation(tuple(run), " + ".join(part.text for part in run))


def _pair_results(figure: Figure, first: Figure, second: Figure) -> Iterator[tuple[Fraction, str]]:
    """What two figures make that could be such a figure."""
    if not first.is_comparable(second):
        return
    if first.kind == "year":
        if figure.kind == "amount" and first.value > second.value:
            yield first.value - second.value, "−"
        return
    if first.is_comparable(figure) and figure.kind != "year":
        yield first.value + second.value, "+"
        yield first.value - second.value, "−"
    if not second.value:
        return
    if figure.kind == "percent" and first.kind != "percent":
        yield first.value / second.value * 100, "÷"
        yield (first.value / second.value - 1) * 100, "/"
        yield (1 - first.value / second.value) * 100, "/"
    if figure.kind == "amount" and figure.unit in ("", "倍") and first.kind != "percent":
        yield first.value / second.value, "÷"


_ARABIC_NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")


def _last_digit_value(figure: Figure) -> Fraction:
    """The worth of the last digit that is written: 0.01万亿 of 4.36万亿; 0 for a number in words."""
    written = _ARABIC_NUMBER.search(figure.text.translate(_HALF_WIDTH))
    if written is None or not figure.value:
        return Fraction(0)
    number = Fraction(written.group().replace(",", ""))
    return abs(figure.value / number) / 10 ** len(written.group(1) or "") if number else Fraction(0)


_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")

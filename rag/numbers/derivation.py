"""Derived figures: whether a figure that no source states follows from figures that a source states.

It may be their sum, difference, ratio or share, or a conversion or rounding of one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, permutations

from rag.numbers.figures import Figure
from rag.text.lexicon import load_lexicon

_MOST_PARTS = 24  # figures whose pairs are tried; with more figures, some pair would match by chance
_MOST_SUMMANDS = 6  # adjacent figures that a sum may have


@dataclass(frozen=True)
class Derivation:
    """The figures from which another figure follows, and the calculation as text: `1.2万亿元 + 3000亿元`."""

    parts: tuple[Figure, ...]
    how: str


def find_derivation(figure: Figure, parts: Sequence[Figure], claim: str) -> Derivation | None:
    """How a figure of a claim follows from other figures; None if it does not.

    A share may be written as a percentage, and 约 or `about` allows rounding. Calculations are tried only if the
    claim has a word for one: 合计, 增长, `more than`, `times`. A result may differ by half of the figure's last digit.

    `合计1.5万亿元` from 1.2万亿元 and 3000亿元 → 1.2万亿元 + 3000亿元; `12.5%` from 八分之一 → 八分之一;
    `It grew by 25 percent` from 40 firms and 50 firms → 50 / 40.
    """
    candidates = list(dict.fromkeys(part for part in parts if part.kind != "date"))[:_MOST_PARTS]
    derivations = chain(_convert_shares(figure, candidates), _find_roundings(figure, candidates, claim))
    if _CALCULATION_WORDS.search(claim):
        derivations = chain(derivations, _find_calculations(figure, candidates))
    return next(derivations, None)


_CALCULATION_WORDS = re.compile(
    rf"{'|'.join(load_lexicon('rag.numbers', 'chinese_calculation_words'))}"
    rf"|\b(?:{'|'.join(load_lexicon('rag.numbers', 'english_calculation_words'))})", re.I)
_ABOUT_BEFORE = re.compile(
    r"(?:约为?|大约|大概|左右|上下|近似|about|around|approximately|roughly|some|circa|~)[^\d，。,.]{0,2}$", re.I)
_ABOUT_AFTER = re.compile(r"^[^\d，。,.；;]{0,4}(?:左右|上下|or so)")
_NEARLY_BEFORE = re.compile(
    r"(?:近|将近|接近|不到|不足|nearly|almost|close to|under|less than|just under)[^\d，。,.]{0,2}$", re.I)
_OVER_BEFORE = re.compile(
    r"(?:超过?|逾|突破|高于|多于|over|more than|above|exceed\w*|at least|至少|不少于)[^\d，。,.]{0,2}$", re.I)
_OVER_AFTER = re.compile(r"^[^\d，。,.；;]{0,4}(?:以上|多[家个名元]?|余[家个名元]?|or more)")
_WIDE_TOLERANCE = Fraction(1, 4)  # share of the figure by which the source may differ after `over` and `nearly`
_NARROW_TOLERANCE = Fraction(1, 20)  # share of the figure by which it may differ after `about`


def _convert_shares(figure: Figure, parts: Sequence[Figure]) -> Iterator[Derivation]:
    """A percentage written as a fraction, or a fraction as a percentage: 12.5% and 八分之一, 50% and 一半."""
    for part in parts:
        if {figure.kind, part.kind} == {"percent", "amount"} and not (figure.unit + part.unit).strip("%"):
            percent, share = (figure, part) if figure.kind == "percent" else (part, figure)
            if share.value < 1 and abs(percent.value - share.value * 100) <= _last_digit_value(percent) / 2:
                yield Derivation((part,), part.text)


def _find_roundings(figure: Figure, parts: Sequence[Figure], claim: str) -> Iterator[Derivation]:
    """The figures that agree with the claim's figure because of its `about`, `nearly` or `over`."""
    before, after = claim[: figure.start], claim[figure.end :]
    about = _ABOUT_BEFORE.search(before) or _ABOUT_AFTER.search(after)
    nearly = _NEARLY_BEFORE.search(before)
    over = _OVER_BEFORE.search(before) or _OVER_AFTER.search(after)
    tolerance = max(_NARROW_TOLERANCE * figure.value, _last_digit_value(figure) / 2)
    for part in parts:
        if not part.is_comparable(figure) or not figure.value or part.kind in ("year", "date"):
            continue
        difference = part.value - figure.value
        fits_about = about and abs(difference) <= tolerance
        fits_nearly = nearly and -_WIDE_TOLERANCE * figure.value <= difference <= 0
        fits_over = over and 0 <= difference <= _WIDE_TOLERANCE * figure.value
        if fits_about or fits_nearly or fits_over:
            yield Derivation((part,), f"≈ {part.text}")


def _find_calculations(figure: Figure, parts: Sequence[Figure]) -> Iterator[Derivation]:
    """The remainder of a percentage, then the calculations with two figures, then the sums of three and more."""
    tolerance = _last_digit_value(figure) / 2
    for part in parts:
        if figure.kind == part.kind == "percent" and abs(100 - part.value - figure.value) <= tolerance:
            yield Derivation((part,), f"100% − {part.text}")
    for first, second in permutations(parts, 2):
        for value, sign in _pair_results(figure, first, second):
            if abs(value - figure.value) <= tolerance:
                yield Derivation((first, second), f"{first.text} {sign} {second.text}")
    for summands in _adjacent_runs(parts):
        if not all(part.is_comparable(figure) for part in summands):
            continue
        if abs(sum(part.value for part in summands) - figure.value) <= tolerance:
            yield Derivation(tuple(summands), " + ".join(part.text for part in summands))


def _adjacent_runs(parts: Sequence[Figure]) -> Iterator[Sequence[Figure]]:
    """Every run of three or more neighbouring figures."""
    for begin in range(len(parts)):
        for end in range(begin + 3, min(len(parts), begin + _MOST_SUMMANDS) + 1):
            yield parts[begin:end]


def _pair_results(figure: Figure, first: Figure, second: Figure) -> Iterator[tuple[Fraction, str]]:
    """The results of calculations with two figures, if they are of the kind of `figure`, each with its sign."""
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
    """The place value of the last written digit: 0.01万亿 of 4.36万亿; 0 for a number in words."""
    written = _ARABIC_NUMBER.search(figure.text.translate(_HALF_WIDTH))
    if written is None or not figure.value:
        return Fraction(0)
    number = Fraction(written.group().replace(",", ""))
    return abs(figure.value / number) / 10 ** len(written.group(1) or "") if number else Fraction(0)


_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")

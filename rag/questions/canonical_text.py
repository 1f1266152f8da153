"""Canonical text: a question or a head with months, quarters and the year before written in one way."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.numbers.figures import find_figures
from rag.numbers.numerals import parse_number
from rag.text.language import normalise

_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_HAN_MONTH = re.compile(r"(?<![一二三四五六七八九十个])(十[一二]?|[一二三四五六七八九])月(?!个)")
_HAN_QUARTER = re.compile(r"第?([一二三四1-4])季度?")
_ENGLISH_QUARTER = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th) quarter\b")
_YEAR_BEFORE = re.compile(
    r"(?:比|较|与|和|跟)?(?:上一?年|去年|前一年|上年同期|去年同期)(?:同期)?|同比"
    r"|\bthe (?:year before|previous year|prior year|preceding year)\b|\byear[- ]on[- ]year\b")


@lru_cache(maxsize=500)
def canonical_text(text: str) -> str:
    """A normalised text in which months and quarters are written in one way.

    >>> canonical_text("第一季度和十二月"), canonical_text("the first quarter")
    ('q1和12月', 'the q1')
    """
    plain = normalise(text)
    plain = _HAN_MONTH.sub(lambda match: f"{int(parse_number(match[1]))}月", plain)
    plain = _HAN_QUARTER.sub(_quarter_name, plain)
    return _ENGLISH_QUARTER.sub(_quarter_name, plain)


def _quarter_name(match: re.Match[str]) -> str:
    number = match[1]
    return f"q{_QUARTERS.get(number) or int(number[0])}"


def resolve_year_before(question: str) -> str:
    """A question that names one year and the year before it, with both as numbers.

    >>> resolve_year_before("2023年的游客比上一年增加了多少？")
    '2023年的游客比2022年增加了多少？'
    """
    years = {int(figure.value) for figure in find_figures(question) if figure.kind == "year"}
    if len(years) != 1:
        return question
    before = years.pop() - 1
    return _YEAR_BEFORE.sub(lambda match: str(before) if match[0].isascii() else f"比{before}年", question, count=1)

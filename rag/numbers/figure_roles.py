"""Roles of figures: whether a figure states a level, a rate, an increment, a rank, a range or an attribute."""

from __future__ import annotations

import re
from typing import Literal

from rag.numbers.figures import Figure
from rag.numbers.units import comparable_value
from rag.text.language import has_han

# level: 有6家工厂; rate: 每人80元; increment: 新增3家; rank: 第3, top 10; range: 2–3天; attribute: 1亿元以上的企业;
# counter: 共5层, whose word is as often that of an ordinal number
FigureRole = Literal["level", "rate", "increment", "rank", "range", "attribute", "counter"]

_INCREMENT_BEFORE = re.compile(
    r"(?:新增|新建|新招|增设|增加|减少|新开|扩招|新添|增长|再建|净增|裁减|多出|少了|多了|相差|差距)[了过]?[^，。；]{0,6}$"
    r"|\b(?:added|adds?|new(?:ly)?|another|additional|extra|more|fewer|cut|lost|gap of|difference of|each|every|per)\b"
    r"\s*(?:\w+\s+)?$", re.I)
_RATE_BEFORE = re.compile(
    r"(?:每|平均|人均|户均|日均|其中)[^，。；]{0,12}$"
    r"|\b(?:each|every|per|average\w*|of (?:which|whom|these|them))\b[^,.;]{0,40}$", re.I)
_RANK_BEFORE = re.compile(r"(?:第|排名?|No\.? ?|number |rank(?:s|ed|ing)? |top |(?<!提)前)$", re.I)
_ORDINAL_AFTER = re.compile(r"^(?:st|nd|rd|th)\b|^(?:[A-Za-z]\b)|^[–—~～-]\s?\d|^\s?(?:至|到|to|and)\s?\d|^-")
_RANGE_AFTER = re.compile(r"^[–—~～-]\s?\d|^\s?(?:至|到|to|and)\s?\d")
_RANGE_BEFORE = re.compile(r"(?:\d[\d,.]*\s?[-–—~～至到]|\d\s?(?:to|and)|between)\s?$")
_NAME_BEFORE = re.compile(r"[“\"《A-Za-z_/-]$")
_ATTRIBUTE_AFTER = re.compile(r"^(?:[大级]?级|以[上下]的|的(?![前主]))")
_NON_COUNT_UNITS = frozenset("条 层 次 届 期 批 倍 号 日 月 年 天".split())


def figure_role(figure: Figure, sentence: str) -> FigureRole | None:
    """What a figure states in its sentence; None for a number that is part of a name or of an idiom.

    `每人80元` → rate; `新增3家` → increment; `有6家工厂` → level.
    """
    before, after = sentence[: figure.start], sentence[figure.end :]
    if figure.spelled and (figure.value < 2 or (has_han(figure.text) and not figure.unit)):
        return None
    if _RANK_BEFORE.search(before[-8:]):
        return "rank"
    if _ORDINAL_AFTER.match(after):
        return "range" if _RANGE_AFTER.match(after) else None
    if _INCREMENT_BEFORE.search(before[-16:]):
        return "increment"
    if _RATE_BEFORE.search(before[-50:]):
        return "rate"
    if _RANGE_BEFORE.search(before[-12:]):
        return "range"
    if _NAME_BEFORE.search(before[-1:]):
        return None
    if figure.unit in ("yuan", "usd") and _ATTRIBUTE_AFTER.match(after):
        return "attribute"  # the amount only describes the firms
    is_counter = figure.unit in _NON_COUNT_UNITS and comparable_value(figure, sentence).family == "count"
    return "counter" if is_counter else "level"

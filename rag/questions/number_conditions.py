"""Number conditions: the comparisons of a question with a figure or with the mean: 超过100元, `below 5`, 高于平均."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from rag.numbers.figures import Figure, find_figures

Relation = Literal["above", "at least", "below", "at most", "equal"]
Span = tuple[int, int]  # start and end in a question's canonical text
_NEAR = 24  # characters before and after a figure in which its comparison stands


@dataclass(frozen=True)
class NumberCondition:
    """A comparison with a figure, `超过100元` or `below 100`; without one, with the mean: `高于平均`."""

    relation: Relation
    figure: Figure | None
    span: Span
    has_currency: bool = False  # a sign of a currency stands by the figure: £100


_NEVER = "(?!)"
# the words of each relation before a figure, and after it; the first that fits holds
_CONDITION_WORDS: tuple[tuple[Relation, str, str], ...] = (
    ("at least", "不少于|至少|不低于|不小于|大于等于|满", "及以上|以上|或以上|或更多|及以后|及之后"),
    ("at most", "不超过|至多|最多|不高于|不多于|不大于|小于等于", "及以下|以下|以内|之内"),
    ("above", "超过了?|大于|高于|多于|超出|高过|贵于|长于|晚于|重于|>", _NEVER),
    ("below", "低于|少于|小于|不到|不足|不满|便宜于|短于|早于|轻于|<", _NEVER),
    ("at least", "at least|no less than|not less than|no fewer than|a minimum of|since|>=|≥",
     r"or (?:more|above|over|higher|later)|and (?:above|over|up)|\+"),
    ("at most", "at most|no more than|not more than|up to|within|a maximum of|<=|≤",
     "or (?:less|below|under|fewer|lower|earlier)"),
    ("above", "more than|greater than|higher than|larger than|longer than|over|above|exceed(?:s|ed|ing)?|after|beyond"
              "|older than|later than", _NEVER),
    ("below", "less than|fewer than|lower than|smaller than|shorter than|cheaper than|under|below|before|younger than"
              "|earlier than", _NEVER),
)
_WHOLE = "(?:全[部体区市县校公司]{0,3}|总体)?平均(?:水平|值|数|分|线)?"
_MEAN_CONDITION = re.compile(
    rf"(?P<above>高于|超过|大于|多于|超出){_WHOLE}|(?:低于|少于|小于|不到){_WHOLE}"
    r"|\b(?P<over>above|over|higher than|more than|greater than)(?: the)? (?:average|mean)\b"
    r"|\b(?:below|under|lower than|less than)(?: the)? (?:average|mean)\b")
_PASSED = re.compile(r"(?P<failed>不|没有?|未)?及格(?!率|线)")  # the mark of 60 by which exams in China are passed
_BETWEEN = re.compile(
    r"[^,，。?？]{1,16}?(?:到|至|-|—|~|和|与)[^,，。?？]{1,16}?之间|\bbetween .{1,20}? and .{1,20}?(?=[?., ]|$)")
_DATE_CONDITION = re.compile(r"[年月日\d](?:(?P<after>以后|之后|后|以来)|以前|之前|前)")
_CURRENCY = re.compile("[$¥€£]|块")
_UNIT_AFTER = re.compile(r"\s*(?:万|亿|千)?[元人个家件岁天%分页次平米㎡]{0,3}")


def find_conditions(text: str) -> Iterator[NumberCondition]:
    """The comparisons of a canonical text; `between 5 and 10` gives two."""
    for match in _MEAN_CONDITION.finditer(text):
        yield NumberCondition("above" if match["above"] or match["over"] else "below", None, match.span())
    for match in _PASSED.finditer(text):
        mark = next(iter(find_figures("60分")))
        yield NumberCondition("below" if match["failed"] else "at least", mark, match.span())
    figures = [figure for figure in find_figures(text) if figure.kind in ("amount", "percent", "date", "year")]
    bounded: list[Figure] = []
    for match in _BETWEEN.finditer(text):
        inside = [figure for figure in figures if match.start() <= figure.start and figure.end <= match.end()]
        inside = inside[-2:]  # 零 of 零售价 is one as well
        if len(inside) == 2 and {one.kind for one in inside} & {"amount", "percent"}:
            span = (inside[0].start, match.end())
            yield NumberCondition("at least", inside[0], span)
            yield NumberCondition("at most", inside[1], span)
            bounded += inside
    for figure in figures:
        relation = _find_relation(text, figure) if figure not in bounded else None
        if relation and not _is_during(text, figure):
            near = text[relation[1][0] : figure.end + 2]
            yield NumberCondition(relation[0], figure, relation[1], _CURRENCY.search(near) is not None)


def _find_relation(text: str, figure: Figure) -> tuple[Relation, Span] | None:
    """The comparison before or after a figure, with the span of both."""
    before, after = text[max(0, figure.start - _NEAR) : figure.start], text[figure.end : figure.end + _NEAR]
    for relation, prefix, suffix in _CONDITION_WORDS:
        if match := re.search(rf"(?:{prefix})\s*(?:了|the |[$¥€£])?\s*$", before):
            unit = _UNIT_AFTER.match(after)
            return relation, (figure.start - len(match.group()), figure.end + (unit.end() if unit else 0))
        if match := re.match(rf"\s?[^\s,，。?？]{{0,3}}?\s?(?:{suffix})", after):
            return relation, (figure.start, figure.end + match.end())
    if figure.kind in ("date", "year") and (match := _DATE_CONDITION.match(text, figure.end - 1)):
        return ("above" if match["after"] else "below"), (figure.start, match.end())
    return None


def _is_during(text: str, figure: Figure) -> bool:
    """Whether `over 2024` or `over the 3 year period` means during that time."""
    if re.match(r"[- ]?(?:years?|months?|weeks?|quarters?|days?)\b(?! old)|个?[年月周]", text[figure.end :]):
        return re.search(r"\b(?:over|within|in) (?:the|a|this|these)(?: \w+)? $", text[: figure.start]) is not None
    return figure.kind == "year" and re.search(r"\bover(?: the year)?\s*$", text[: figure.start]) is not None


def figure_number(figure: Figure) -> Fraction:
    """The number of a figure as it is written, without its scale: 3.2 of 3.2亿元."""
    digits = re.sub(r"[^\d.]", "", figure.text)
    return Fraction(digits) if re.fullmatch(r"\d+(?:\.\d+)?", digits) else figure.value

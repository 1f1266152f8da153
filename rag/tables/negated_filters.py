"""Negated filters: records that do not have a value, and columns of yes and no.

`How many orders have not been delivered?` → every value of Status but Delivered; `谁没有参保？` over a column 参保 of 是 and 否
→ 否; `哪些客户没有留邮箱？` over a column 邮箱 with blanks → the blank ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.questions.number_conditions import Span
from rag.tables.cell_values import is_blank
from rag.tables.named_heads import NAMED, NamedHead
from rag.tables.record_filters import Filter
from rag.tables.typed_table import Column
from rag.text.language import normalise

_YES = frozenset(("yes", "y", "true", "是", "有", "√", "✓", "✔", "对", "已", "x"))
_NO = frozenset(("no", "n", "false", "否", "无", "没有", "×", "✗", "✘", "未", "没"))
_REACH_HAN, _REACH_LATIN = 4, 18  # characters between a negation and what it denies
_EXCEPT = re.compile(
    r"除了?|不[算计含]|不包括|去掉|剔除|排除|扣[除掉]|撇开|\b(?:leav\w+ out|ignor\w+|not counting|disregarding|omitting|besides"
    r"|barring|except(?:ing)?|excluding|other than|apart from|without)\b")
_MISSING = re.compile(r"没有?|未|缺少?|空白|\b(?:no|not|n't|without|missing|lack\w*|blank|never)\b|n't\b")


def negate(filters: Sequence[Filter], negations: Sequence[Span], text: str) -> list[Filter]:
    """The filters, those whose value the question denies as negated ones; each takes the place of its negation."""
    negated = []
    for filter_ in filters:
        denial = next((span for span in negations if _denies(span, filter_, text)), None)
        negated.append(
            replace(filter_, spans=(*filter_.spans, denial), is_negated=not filter_.is_negated) if denial else filter_)
    return negated


def _denies(negation: Span, filter_: Filter, text: str) -> bool:
    if not filter_.spans or filter_.column is None:
        return False
    if any(a <= negation[0] and negation[1] <= b for a, b in filter_.spans):
        return False  # the value itself is a negation: 未付
    start = min(filter_.spans)[0]
    between = text[negation[1] : start]
    reach = _REACH_LATIN if between.isascii() else _REACH_HAN
    if _EXCEPT.fullmatch(text[slice(*negation)]):
        reach *= 2
    return negation[1] <= start and len(between) <= reach and not re.search(r"[,，;；。?？]", between)


def match_yes_no(
    heads: Sequence[NamedHead], filters: Sequence[Filter], negations: Sequence[Span], text: str,
) -> Iterator[Filter]:
    """Filters for columns that the question names and whose cells only say yes or no, or are blank or not."""
    filtered = {filter_.column.index for filter_ in filters if filter_.column}
    for head in heads:
        is_name = head.column.index == head.column.table.name_column
        if head.column.index in filtered or is_name or head.score < NAMED or not head.spans:
            continue
        denial = next((span for span in negations if _is_before(span, head, text)), None)
        if values := _yes_values(head.column, is_yes=denial is None):
            yield Filter(head.column, values, (*head.spans, *([denial] if denial else [])))
        elif denial and _MISSING.fullmatch(text[slice(*denial)]) and (blanks := _blank_texts(head.column)):
            yield Filter(head.column, blanks, (*head.spans, denial))


def _is_before(negation: Span, head: NamedHead, text: str) -> bool:
    """Whether a negation stands before a head without a break; before a head without a place, anywhere."""
    if not head.spans:
        return True
    start = min(head.spans)[0]
    between = text[negation[1] : start]
    return negation[1] <= start and len(between) <= _REACH_LATIN and not re.search(r"[,，;；]", between)


def _yes_values(column: Column, *, is_yes: bool) -> tuple[str, ...]:
    """The texts of a column of yes and no that mean one of the two; none if it is no such column."""
    texts = list(dict.fromkeys(cell.text for cell in column.cells))
    plain = {text: normalise(text.strip()) for text in texts if text.strip()}
    if not plain or not set(plain.values()) & (_YES | _NO) or len(set(plain.values()) - _YES - _NO) > 0:
        return ()
    has_both = bool(set(plain.values()) & _YES) and bool(set(plain.values()) & _NO)
    if is_yes:
        return tuple(text for text, word in plain.items() if word in _YES)
    return tuple(text for text in texts if plain.get(text) in _NO or (not has_both and text not in plain))


def _blank_texts(column: Column) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.text for cell in column.cells if is_blank(cell.text)))

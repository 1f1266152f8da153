"""Summary rows: the rows of a table that sum up others, by their name or by their numbers.

    | 门店 | 一月 |          | Cost | 2018 |
    | 东门店 | 320 |         | Severance | 7,845 |
    | 西门店 | 210 |         | Evaluation | 2,211 |
    | 合计 | 530 |           |  | 10,056 |           a row without a name that has the sum of those above it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from rag.tables.cell_values import CellValue, is_blank, parse_cell, parse_number
from rag.tables.records import CellColumn, Records

_LEAST_SUMMED = 4  # rows of a table whose last one may be the sum of the others
_LEAST_ADDED = 2  # rows that a row without a name may sum up
_MOST_ROWS = 300  # of a table whose numbers are added up to find its sums
_SUMMARY = re.compile(
    r"\s*(?:合\s*计|总\s*计|共\s*计|小\s*计|总\s*和|平\s*均(?:值|分|数|成绩|水平)?\s*$|均\s*值\s*$"
    r"|(?:sub-?\s?|grand )?totals?\b|sum$|overall"
    r"|averages?(?: (?:score|mark|price|value|of all|per [a-z]+))?\s*$|mean$|all$)",
    re.I)
_WHOLE = re.compile(r"\s*(?:全[市省国县区校院厂年班部体镇村街行社团场馆公司单位]{1,3}|all(?: [a-z]+)?|整体)\s*", re.I)  # 全市, All wards
_SUMMARY_END = re.compile(r"(?:合计|总计|小计|\btotal)\s*[:：]?$", re.I)


def is_summary(name: str) -> bool:
    """Whether a row sums up others: 合计, `Total`, `Total sales`, 苏州市合计."""
    return bool(_SUMMARY.match(name) or _SUMMARY_END.search(name) or _WHOLE.fullmatch(name))


def find_summary_rows(rows: Records, name_column: int, code_column: int | None) -> frozenset[int]:
    """The rows that sum up others, by their name or another cell of the first columns: `| | 平均分 | 81.4 |`."""
    first = rows.columns[: max(name_column + 1, 3)]
    names = {text for column in first for text in column.texts if text}
    summaries = {name for name in names if is_summary(name) and parse_cell(name) is None}
    found = {r for column in first for r, text in enumerate(column.texts) if text in summaries}
    if code_column is not None:  # a row with a code of its own is none: TK-7 `Total is wrong`
        codes = rows.columns[code_column].texts
        found = {r for r in found if not codes[r] or codes[r] in summaries}
    if len(rows) <= _MOST_ROWS:
        found |= set(_unnamed_sums(rows, name_column))
        if _ends_with_sums(rows.columns):
            found.add(len(rows) - 1)
    return frozenset(found)


def _unnamed_sums(rows: Records, name_column: int) -> Iterator[int]:
    """The rows that have numbers only, and no name, and are the sums of rows right above them."""
    names = rows.columns[name_column].texts
    start = 0
    for r, name in enumerate(names):
        if name.strip():
            continue
        if _adds_rows_above(rows.columns, start, r):
            yield r
        start = r + 1


def _adds_rows_above(columns: Sequence[CellColumn], start: int, row: int) -> bool:
    """Whether the numbers of a row are the sums of the same rows above it, none of them before `start`."""
    written = [(column, column.texts[row]) for column in columns if not is_blank(column.texts[row])]
    numbers = [(column, parse_number(text)) for column, text in written]
    sums = [(column, value) for column, value in numbers if value is not None and value.number]
    if not sums or any(value is None for _, value in numbers):
        return False
    for first in range(row - _LEAST_ADDED, start - 1, -1):
        added = sum(_is_sum_of(value, column.texts[first:row]) for column, value in sums)
        if 2 * added > len(sums):
            return True
    return False


def _is_sum_of(value: CellValue, texts: Sequence[str]) -> bool:
    """Whether a value is the sum of some texts, apart from rounding; what is no number counts as zero."""
    known = [number.number for text in texts if (number := parse_number(text))]
    tolerance = Fraction(len(known), 2 * 10**value.decimals) if value.decimals else Fraction(1, 2)
    return len(known) > 1 and abs(sum(known, Fraction(0)) - value.number) <= tolerance


def _ends_with_sums(columns: Sequence[CellColumn]) -> bool:
    """Whether the last row has the sums of the others under another name than Total: a county, its districts."""
    if len(columns[0].texts) <= _LEAST_SUMMED:
        return False
    sums = [_is_sum(column.texts) for column in columns]
    return bool(sums.count(True)) and sums.count(True) >= sums.count(False)


def _is_sum(texts: Sequence[str]) -> bool | None:
    """Whether the last text of a column is the sum of those above; None for a column without numbers."""
    values = [parse_number(text) for text in texts]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not any(value.number for value in known):
        return None
    numbers = [value.number for value in known]
    tolerance = Fraction(len(numbers), 2 * 10 ** max(value.decimals for value in known))
    return abs(sum(numbers[:-1], Fraction(0)) - numbers[-1]) <= tolerance


_AVERAGE = re.compile(r"平均|均值|\b(?:averages?|mean)\b", re.I)
_TOTAL_WORD = re.compile(r"total|sub|grand|overall|all|sum|net|[总合小共]计|合计|总和|总|全.|整体")


def total_words(name: str, words: frozenset[str]) -> frozenset[str]:
    """What a total is the total of, by the words of its name: {emission} of `Total emissions`; none of a mean."""
    if _AVERAGE.search(name) or _WHOLE.fullmatch(name):
        return frozenset()
    return frozenset(word for word in words if not _TOTAL_WORD.fullmatch(word))

"""Kinds of table cells: whether a cell is what a question asks for: a number, a share, a time, a name, yes or no.

Also the years around a cell, and whether it is a total; `rag/reading/cell_features.py` gives the features' meanings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.questions.analysis import AnalysedQuestion
from rag.reading.cell_candidate import CellCandidate

Column = NDArray[np.float64]  # one value for each cell
Flags = NDArray[np.bool_]

_LONGEST_VALUE = 60  # characters; the kind of a value shows at its beginning
_PERCENT_CELL = re.compile(r"\d\s*[%％‰]")
_PERCENT_HEAD = re.compile(r"[%％‰]|percent|proportion|\bratio\b|\brate\b|比例|占比|比重|比率|率", re.I)
_NUMBER_CELL = re.compile(r"[^\w]*(?:[A-Z]{2,3}|RMB)?[^\w]*\d[\d,.，\s]*[^\d\s]{0,4}", re.I)
_TIME_CELL = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]|\d{1,2}\s*[月时点]|\d{1,2}[:：]\d\d|(?:19|20)\d\d$|至今|长期|永久"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|周[一二三四五六日末]|星期", re.I)
_MARK_CELL = re.compile(
    r"[-—–/\\√×□☑☐✓✔✗○●■\s]+|[是否有无对错]|[√□☑☐✓].{0,12}|(?:yes|no|none|n/?a|true|false|nil)\b.{0,3}", re.I)
_TOTAL = re.compile(r"合\s*计|总\s*计|共\s*计|小\s*计|总[额数量和]|\b(?:sub)?-?totals?\b|\bsum\b|\bin all\b|\baltogether\b", re.I)

_TIME_QUESTION = re.compile(
    r"何时|什么时[候间]|啥时|哪一?[年月天日号]|几[年月号点]|多久|多长时间|\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)\b"
    r"|\bhow long\b", re.I)
_TIME_NOUN = re.compile(r"日期|时间|期限|\bdates?\b|\btime\b", re.I)
_QUESTION_WORD = re.compile(
    r"多少|几(?!乎)|什么|哪|谁|何|怎|如何|多[大高长重远宽快]|\b(?:what|which|who|whom|whose|where|when|why|how)\b", re.I)
_YES_NO_QUESTION = re.compile(
    r"吗[？?。]?\s*$|是否|有没有|是不是|能不能|可不可以|[能可会]否"
    r"|^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b|\bwhether\b", re.I)
_NAME_QUESTION = re.compile(r"哪|谁|什么|何[种类人处]|\b(?:which|who|whom|whose|what|where)\b", re.I)


def kind_features(question: AnalysedQuestion, cells: Sequence[CellCandidate]) -> dict[str, Column]:
    """Whether the kind of each cell is what is asked for."""
    text = question.text.strip()
    is_yes_no = bool(_YES_NO_QUESTION.search(text)) and not _QUESTION_WORD.search(text)
    asks_percent = "percent" in question.kinds or bool(_PERCENT_HEAD.search(text))
    has_date = any(figure.kind == "date" for figure in question.figures)
    asks_time = bool(_TIME_QUESTION.search(text)) or (
        bool(_TIME_NOUN.search(text)) and not has_date and "number" not in question.kinds)
    asks_number = ("number" in question.kinds or asks_percent) and not asks_time and not is_yes_no
    asks_name = not asks_number and not asks_time and not is_yes_no and bool(_NAME_QUESTION.search(text))
    number, time, mark = (_flags(cells, pattern) for pattern in (
        _NUMBER_CELL.fullmatch, _TIME_CELL.search, _MARK_CELL.fullmatch))
    percent = _flags(cells, _PERCENT_CELL.search) | np.array([
        any(map(_PERCENT_HEAD.search, (*cell.column_heads[-1:], *cell.row_heads[-1:]))) for cell in cells])
    names_row = np.array([cell.is_row_head for cell in cells])
    flags = {
        "asked_number": number & asks_number, "number_missing": ~number & asks_number,
        "asked_percent": percent & asks_percent,
        "percent_unasked": percent & (not asks_percent), "asked_time": time & asks_time,
        "time_missing": ~time & asks_time, "time_unasked": time & ~number & (not asks_time),
        "asked_name": ~number & ~mark & asks_name, "row_head_of_name": names_row & asks_name,
        "yes_or_no": mark & is_yes_no, "mark_unasked": mark & (not is_yes_no)}
    lengths = np.log1p([len(cell.text.strip()) for cell in cells]) / 5
    return {**{name: flag.astype(np.float64) for name, flag in flags.items()}, "length": lengths.clip(0.0, 1.0)}


def _flags(cells: Sequence[CellCandidate], matches: Callable[[str], object]) -> Flags:
    return np.array([bool(matches(cell.text.strip()[:_LONGEST_VALUE])) for cell in cells])


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def year_features(question: AnalysedQuestion, cells: Sequence[CellCandidate]) -> dict[str, Column]:
    """Whether the years of the heads, of the row and of each cell are those of the question."""
    asked = frozenset(_YEAR.findall(question.text))
    names = ("year_missing", "rest_year_found", "rest_year_missing", "own_year_found")
    features = {name: np.zeros(len(cells)) for name in names}
    for i, cell in enumerate(cells if asked else ()):
        heads = _years((*cell.row_heads, *cell.column_heads))
        rest = _years(text[:_LONGEST_VALUE] for text in cell.row_texts)
        features["year_missing"][i] = bool(heads) and not heads & asked
        features["rest_year_found"][i] = bool(rest & asked)
        features["rest_year_missing"][i] = bool(rest) and not (rest | heads) & asked
        features["own_year_found"][i] = bool(_years((cell.text[:_LONGEST_VALUE],)) & asked)
    return features


def _years(texts: Iterable[str]) -> set[str]:
    return {year for text in texts for year in _YEAR.findall(text)}


def total_features(question: AnalysedQuestion, cells: Sequence[CellCandidate]) -> dict[str, Column]:
    """Whether each cell is a total while none is asked for."""
    is_asked = asks_total(question)
    return {"total_unasked": np.array([not is_asked and is_total(cell) for cell in cells], dtype=np.float64)}


def asks_total(question: AnalysedQuestion) -> bool:
    """Whether a question asks for a total: 合计, `altogether`."""
    return _TOTAL.search(question.text) is not None


def is_total(cell: CellCandidate) -> bool:
    """Whether an innermost head of a cell says that it is a total."""
    return any(_TOTAL.match(text.strip()) for text in (*cell.row_heads[-1:], *cell.column_heads[-1:]))


def is_number(cell: CellCandidate) -> bool:
    """Whether a cell is a number, maybe with a unit."""
    return _NUMBER_CELL.fullmatch(cell.text.strip()[:_LONGEST_VALUE]) is not None

"""Typed tables: the records of a source table with the kind, the unit and the values of each column.

    | 门店 | 一月销售额（万元） | 开业日期 |        name       text
    | 东门店 | 320 | 2019-05-01 |              一月销售额   number, 万元
    | 合计 | 320 |  |                          开业日期   date            (合计 is a summary row, no record)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

from rag.numbers.figures import find_figures
from rag.numbers.units import comparable_value
from rag.tables.cell_values import CellValue, is_blank, parse_cell, parse_number
from rag.tables.records import CellColumn, RecordCell, RecordRow, Records
from rag.tables.source_table import HEAD_SEPARATOR, SourceTable
from rag.tables.summary_rows import find_summary_rows
from rag.text.language import normalise

ColumnKind = Literal["number", "date", "time", "year", "text", "identifier", "mixed", "empty"]
_LEAST_TYPED = 0.8  # of the cells of a column that are not blank, for its kind
_LEAST_SERIAL = 5  # rows that are numbered from 1, for a column with a head to be their numbers
_SAMPLE = 300  # cells by which the kind of a column is decided
_IDENTIFIER_HEAD = re.compile(
    r"编号|序号|号码|代码|学号|工号|卡号|单号|电话|手机|邮编|身份证|[^型]号$|\b(?:no\.?|id|code|phone|tel|telephone|zip|isbn|sku"
    r"|ref|reference|room|row)$|^#|^(?:no\.?|id)$|postcode|phone", re.I)
_ORDINAL_UNITS = frozenset(("月", "月份", "号", "届", "级", "班", "季度", "期", "楼", "层"))  # 3月 and 3班 are names, no amounts
_YEAR_HEAD = re.compile(r"年份|年度|^年$|\byear\b|\bfy\b", re.I)
_UNIT_HEAD = re.compile(r"(?:计量)?单位|units?|uom|unit of measure")
_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?\d{1,10}[A-Za-z]?")
_NOTE_ROW = re.compile(r"\s*(?:注|说明|备注|来源|资料来源|note|source|\*|※)s?\s*\d{0,2}\s*[:：.]", re.I)
# a unit in a head: in brackets, after a comma or a slash
_HEAD_UNIT = re.compile(r"\s*(?:[(（\[]([^()（）\[\]]{1,14})[)）\]]|[,，/／]\s*([^\s,，/／·]{1,10}))\s*$")
_UNIT_TOKEN = re.compile(
    r"[%％‰$¥￥€£℃㎡]|[元万亿千百人个家台件辆吨斤克米里亩年月日天时分秒岁次本册张份篇箱瓶包套户间座度票名项条盒升]"
    r"|\b(?:kg|g|t|km|m|cm|mm|m2|ha|k?wh|mwh|kw|mw|hours?|hrs?|h|min(?:ute)?s?|days?|weeks?|months?|years?|yrs?|usd|eur"
    r"|gbp|rmb"
    r"|cny|hkd|millions?|thousands?|billions?|bn|people|persons|units?|pcs|pieces|tonnes?|tons?|sq ?m|litres?|l|points?"
    r"|boxes|pages|copies|gb|mb|000s?)\b|'000|m²", re.I)
# heads of counts and shares, to which the unit of the whole table does not apply
_UNITLESS_HEAD = re.compile(
    r"[%％]|率|占比|比例|人数|数量|个数|次数|件数|户数|天数|年龄"
    r"|\b(?:ratio|rate|percent|share|number|count|staff|headcount|quantity|age)\b", re.I)
_STATED_UNIT = re.compile(
    r"单位\s*[:：]?\s*([^\s，,；;）)]{1,8})|\b(?:in|unit:?)\s+((?:[$€£]|us\$)?\s?(?:thousands?|millions?|billions?"
                          r"|'000|000s?)(?: of [a-z]+)?)", re.I)


@dataclass(frozen=True, eq=False)
class Column:
    """A column: its heads, its name without the unit, its unit as shown after a value, and its cells."""

    index: int
    head: str
    table: TypedTable

    @cached_property
    def name(self) -> str:
        """The head without its unit: 销售额 for 销售额（万元）, 产量 · 2023年 for 产量（万吨） · 2023年."""
        return HEAD_SEPARATOR.join(part for part, _ in self._head_parts).strip()

    @cached_property
    def _head_unit(self) -> str:
        return next((unit for _, unit in reversed(self._head_parts) if unit), "")

    @cached_property
    def _head_parts(self) -> list[tuple[str, str]]:
        """The parts of the head, each with the unit that it ends with."""
        parts = []
        for part in self.head.split(HEAD_SEPARATOR):
            match = _HEAD_UNIT.search(part)
            unit = (match[1] or match[2]).strip() if match else ""
            has_unit = bool(match and _UNIT_TOKEN.search(unit) and not re.search(r"\d{2,}(?!0)", unit))
            name = part[: match.start()] if match and has_unit else part
            parts.append((name.strip(), unit if has_unit else ""))
        return parts

    @property
    def cells(self) -> CellColumn:
        """The cell of each record, in order."""
        return self.table.records.columns[self.index]

    @cached_property
    def _cell_values(self) -> list[CellValue | None]:
        """What `parse_cell` finds in each cell, in order."""
        known: dict[str, CellValue | None] = {}
        for text in self.cells.texts:
            if text not in known:
                known[text] = parse_cell(text)
        return [known[text] for text in self.cells.texts]

    def sources(self, record: int) -> tuple[RecordCell, ...]:
        """The cells that the value of a record rests on: its own."""
        return (self.cells[record],)

    @cached_property
    def kind(self) -> ColumnKind:
        """The kind of value that nearly all of its cells have; `mixed`: numbers with units that cannot be added."""
        texts = self.cells.texts
        blank = {text for text in set(texts) if is_blank(text)}
        sample = [text for text in texts if text not in blank]
        sample = sample[:: max(1, len(sample) // _SAMPLE)]
        if not sample:
            return "empty"
        values = [value for text in sample if (value := parse_cell(text))]
        if len(values) < _LEAST_TYPED * len(sample):
            return "text"
        kind = Counter(value.kind for value in values).most_common(1)[0][0]
        return self._number_kind(values) if kind == "number" else kind

    def _number_kind(self, values: Sequence[CellValue]) -> ColumnKind:
        head = normalise(self.name)
        has_unit = any(value.unit for value in values)
        if (not has_unit and _IDENTIFIER_HEAD.search(head)) or _is_serial(head, values):
            return "identifier"
        units = {value.unit for value in values}
        is_years = all(value.number.denominator == 1 and 1900 <= value.number <= 2100 for value in values)
        is_dated_head = not has_unit and (_YEAR_HEAD.search(head) is not None or not head)
        if is_years and (is_dated_head or (has_unit and units <= {"年", "年度"})):
            return "year"
        if units <= _ORDINAL_UNITS:
            return "identifier"
        if self._is_counted_in_units:
            return "mixed"
        return "mixed" if len(units - {""}) > 1 and self._common_family is None else "number"

    @property
    def _is_counted_in_units(self) -> bool:
        """Whether another column says in what unit each row is counted, and not always the same: 箱, 瓶."""
        if self.index + 1 >= len(self.table.source.heads) or self._head_unit:
            return False
        neighbours = (self.index - 1, self.index + 1)
        return any(
            _UNIT_HEAD.fullmatch(normalise(self.table.source.heads[c]).strip())
            and len(set(self.table.source.rows.columns[c].texts) - {""}) > 1
            for c in neighbours if 0 <= c < len(self.table.source.heads))

    @cached_property
    def _common_family(self) -> str | None:
        """The base unit in which cells with several units can be compared: 3.2亿元 and 5000万元, kg and t."""
        if self._is_counted_in_units:
            return None
        families = set()
        for text in dict.fromkeys(self.cells.texts):
            if (value := parse_cell(text)) and value.unit:
                figures = find_figures(text)
                is_plain = len(figures) == 1 and not re.search(r"[/／每]|\bper\b", text)
                families.add(comparable_value(figures[0], text).family if is_plain else "")
        return families.pop() if len(families) == 1 and not families & {"", "count"} else None

    @cached_property
    def _has_several_units(self) -> bool:
        units = {value.unit for value in self._cell_values if value and value.kind == "number"}
        return len(units - {""}) > 1

    @cached_property
    def values(self) -> list[Fraction | None]:
        """The value of each record in the column's unit; None for a blank or text."""
        if self.kind == "number" and self._has_several_units:
            return [_base_value(text) for text in self.cells.texts]
        kind = {"year": "number", "identifier": "number"}.get(self.kind, self.kind)
        if kind == "number":
            numbers = {text: parse_number(text) for text in set(self.cells.texts)}
            return [None if (value := numbers[text]) is None else value.number for text in self.cells.texts]
        return [value.number if value and value.kind == kind else None for value in self._cell_values]

    @cached_property
    def scale(self) -> int:
        """The number that makes all values whole."""
        return lcm(*{value.denominator for value in self.values if value is not None})

    @cached_property
    def scaled_values(self) -> list[int | None]:
        """The values times `scale`: whole numbers compare and add up faster than fractions."""
        factors = {value.denominator: self.scale // value.denominator for value in self.values if value is not None}
        return [None if value is None else value.numerator * factors[value.denominator] for value in self.values]

    @cached_property
    def unit(self) -> str:
        """The unit to be written after a value: of its cells, else of its head, else of the whole table."""
        if self.kind != "number":
            return ""
        if self._has_several_units:
            return {"yuan": "元", "usd": "美元"}.get(self._common_family or "", self._common_family or "")
        units = Counter(value.unit for text in self.cells.texts[:_SAMPLE] if (value := parse_number(text)))
        own = next((unit for unit, _ in units.most_common() if unit), "")
        if own or self._head_unit:
            return own or self._head_unit
        return "" if _UNITLESS_HEAD.search(self.name) else self.table.stated_unit

    @cached_property
    def decimals(self) -> int:
        """How many digits after the point the column is written with, at most."""
        return max((value.decimals for text in self.cells.texts[:_SAMPLE] if (value := parse_number(text))), default=0)


def _base_value(text: str) -> Fraction | None:
    figures = find_figures(text)
    return comparable_value(figures[0], text).number if len(figures) == 1 else None


def _is_serial(head: str, values: Sequence[CellValue]) -> bool:
    """Whether a column only numbers the rows."""
    is_numbered = [value.number for value in values] == list(range(1, len(values) + 1))
    return is_numbered and (not head or len(values) >= _LEAST_SERIAL)


@dataclass(frozen=True, eq=False)
class TypedTable:
    """A table as records: summary rows and notes are apart.

    `kept`: names of summary rows that are records, because a question asks for them: `Total current assets`.
    """

    source: SourceTable
    kept: frozenset[str] = field(default=frozenset(), kw_only=True)

    @cached_property
    def records(self) -> Records:
        """The rows without summaries and notes."""
        apart = self._summary_rows | self._note_rows
        return self.source.rows.select([r for r in range(len(self.source.rows)) if r not in apart])

    @cached_property
    def summaries(self) -> Records:
        """The rows that sum up others: 合计, Total, average."""
        return self.source.rows.select(sorted(self._summary_rows))

    @cached_property
    def _summary_rows(self) -> frozenset[int]:
        found = find_summary_rows(self.source.rows, self.name_column, self.code_column)
        names = self.source.rows.columns[self.name_column].texts
        return frozenset(row for row in found if names[row] not in self.kept)

    @cached_property
    def _note_rows(self) -> frozenset[int]:
        """The rows that are empty, or whose first text begins a note."""
        openings = [""] * len(self.source.rows)
        for column in reversed(self.source.rows.columns):
            openings = [text or opening for text, opening in zip(column.texts, openings, strict=True)]
        notes = {text for text in set(openings) if not text or _NOTE_ROW.match(text)}
        return frozenset(r for r, text in enumerate(openings) if text in notes)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in order."""
        return tuple(Column(c, head, self) for c, head in enumerate(self.source.heads))

    @cached_property
    def stated_unit(self) -> str:
        """The unit that caption, headings or a head without values state for the whole table: 单位：万元."""
        for text in (self.source.caption, *reversed(self.source.headings), *self.source.heads[:1]):
            if match := _STATED_UNIT.search(text):
                return (match[1] or match[2]).strip()
        return ""

    @cached_property
    def name_column(self) -> int:
        """The column that names the records: marked as heads of rows, else the first of text; 0 without one."""
        marked = sorted(self.source.name_columns)
        texts = [c for c in range(len(self.source.heads)) if self._is_textual(c)]
        named = [c for c in marked if c in texts] or texts or marked
        telling = [c for c in dict.fromkeys((*named, *texts)) if not self.is_of_codes(c)]
        if named and self.is_of_codes(named[0]) and telling and self._is_distinct(telling[0]):
            return telling[0]  # a code names its row, and the next column says what it is
        if named and not self._is_distinct(named[0]) and len(self.source.rows) > _LEAST_SERIAL:
            named = [c for c in texts if self._is_distinct(c)] or named  # a group stands before the names
        return named[0] if named else 0

    def _sample_texts(self, column: int) -> list[str]:
        return [text for text in self.source.rows.columns[column].texts[:_SAMPLE] if text]

    @cached_property
    def code_column(self) -> int | None:
        """A column of codes before the names of the records; None if there is none."""
        before = range(self.name_column)
        return next((c for c in before if self.is_of_codes(c) and self._is_distinct(c)), None)

    def is_of_codes(self, column: int) -> bool:
        """Whether nearly all cells of a column are codes: A-17, R007."""
        cells = self._sample_texts(column)
        return sum(_CODE.fullmatch(text) is not None for text in cells) > _LEAST_TYPED * len(cells)

    def _is_distinct(self, column: int) -> bool:
        cells = self._sample_texts(column)
        return len(set(cells)) > _LEAST_TYPED * len(cells)

    def _is_textual(self, column: int) -> bool:
        cells = self._sample_texts(column)
        return bool(cells) and sum(parse_cell(text) is None for text in cells) > len(cells) / 2

    def row_name(self, row: RecordRow) -> str:
        """The name of a row, 东门店; the first cell with text if its name is empty; with its code: `TK-7 Login fails`."""
        if self.code_column is not None and (code := row.text(self.code_column)):
            return f"{code} {row.text(self.name_column)}".strip()
        return row.text(self.name_column) or next((cell.text for cell in row.cells if cell.text), "")

    @cached_property
    def context(self) -> str:
        """What stands over the table: the headings of the document and the caption."""
        return "\n".join((*self.source.headings, self.source.caption))

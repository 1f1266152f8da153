"""Cells of an Excel sheet: the XML of a sheet turned into the texts that a reader sees, with merged areas and heads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.sources.readers.office.xml import Node, attribute, parse_integer
from rag.sources.readers.tabular.sheet_number_formats import format_number
from rag.sources.readers.tabular.sheet_workbook import Sheet, Workbook
from rag.sources.readers.tabular.sheet_xml import (
    Area,
    column_name,
    column_number,
    local_name,
    parse_area,
    stream_nodes,
    string_text,
)
from rag.sources.readers.tabular.table_limits import MAX_COLUMNS


class SheetCell(NamedTuple):
    """A cell that is not empty: its text as shown, and whether it is a number, a date or a time."""

    text: str
    is_number: bool = False


@dataclass
class Worksheet:
    """The content of a sheet: `cells` by row and column, from 1, without empty cells.

    `heads`: areas that the file declares to be heads of columns. `formulas_without_value` are names of cells.
    """

    cells: dict[int, dict[int, SheetCell]] = field(default_factory=dict)
    merges: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    heads: list[Area] = field(default_factory=list)
    formulas_without_value: list[str] = field(default_factory=list)
    last_row: int = 0
    rows_left_out: int = 0
    columns_left_out: set[int] = field(default_factory=set)


def read_worksheet(workbook: Workbook, sheet: Sheet) -> Worksheet:
    """The cells of a sheet, as far as the limits of the workbook allow.

    Raises:
        UnreadableFile: "damaged" or "locked".
    """
    worksheet = Worksheet()
    for node in stream_nodes(workbook.archive, sheet.part, _SHEET_TAGS):
        if local_name(node) == "row":
            _read_row(workbook, worksheet, node)
        else:
            _read_property(worksheet, node)
    worksheet.heads += _table_heads(workbook, sheet)
    return worksheet


def _read_property(worksheet: Worksheet, node: Node) -> None:
    """What a sheet says beside its cells."""
    name = local_name(node)
    if name == "col" and _is_hidden(node, "width"):
        first, last = (parse_integer(attribute(node, key)) for key in ("min", "max"))
        worksheet.hidden_columns |= set(range(max(1, first), min(last, _LAST_COLUMN) + 1))
    elif name == "pane" and attribute(node, "state").startswith("frozen"):
        rows = parse_integer(attribute(node, "ySplit").partition(".")[0])
        if 0 < rows <= _MAX_FROZEN_HEADS:
            worksheet.heads.append(Area(1, 1, rows, _LAST_COLUMN))
    elif name == "mergeCell" and (area := parse_area(attribute(node, "ref"))):
        worksheet.merges.append(area)
    elif name == "autoFilter" and (area := parse_area(attribute(node, "ref"))):
        worksheet.heads.append(area._replace(last_row=area.first_row))


def _read_row(workbook: Workbook, worksheet: Worksheet, row: Node) -> None:
    number = parse_integer(attribute(row, "r")) or worksheet.last_row + 1
    worksheet.last_row = number
    cells: dict[int, SheetCell] = {}
    column = 0
    for node in row:
        if local_name(node) != "c":
            continue
        column = column_number(attribute(node, "r").rstrip(_DIGITS)) or column + 1
        stored = _stored_value(node)
        if stored is None:
            worksheet.formulas_without_value.append(f"{column_name(column)}{number}")
            continue
        cell = _shown_cell(workbook, node, stored)
        if cell.text and column > MAX_COLUMNS:
            worksheet.columns_left_out.add(column)
        elif cell.text:
            cells[column] = cell
    if cells and (not workbook.rows_left or len(cells) > workbook.cells_left):
        worksheet.rows_left_out += 1
        workbook.rows_left = 0
    elif cells:
        workbook.rows_left -= 1
        workbook.cells_left -= len(cells)
        worksheet.cells.setdefault(number, {}).update(cells)
        if _is_hidden(row, "ht"):
            worksheet.hidden_rows.add(number)


def _stored_value(node: Node) -> str | None:
    """The value of a cell as stored, empty for an empty cell; None for a formula that no program has computed yet."""
    value, has_formula = None, False
    for part in node:
        name = local_name(part)
        if name == "v":
            value = part.text or ("" if attribute(node, "t") == "str" else None)
        elif name == "is":
            value = string_text(part)
        elif name == "f":
            has_formula = True
    return None if value is None and has_formula else value or ""


def _shown_cell(workbook: Workbook, node: Node, value: str) -> SheetCell:
    """A stored value as a reader sees it."""
    kind = attribute(node, "t", "n")
    if kind == "s":
        index = parse_integer(value, -1)
        value = workbook.strings[index] if 0 <= index < len(workbook.strings) else ""
    elif kind == "b" and value:
        value = "FALSE" if value in ("0", "false") else "TRUE"
    elif kind == "d":
        return SheetCell(_MIDNIGHT.sub("", value.replace("T", " ").removesuffix("Z")), is_number=True)
    elif kind == "n" and _NUMBER.fullmatch(value.strip()):
        style = parse_integer(attribute(node, "s"))
        code = workbook.formats[style] if 0 <= style < len(workbook.formats) else ""
        if code not in _GENERAL_FORMATS or not _SHORT_NUMBER.fullmatch(value):
            value = format_number(float(value), code, is_1904=workbook.is_1904)
        return SheetCell(value, is_number=True)
    return SheetCell(" ".join(_unescape(value).split()))


def _table_heads(workbook: Workbook, sheet: Sheet) -> Iterator[Area]:
    """The head rows of the tables that the author has made in a sheet."""
    for relation in workbook.package.relations(sheet.part).values():
        if relation.kind == "table" and workbook.package.has_part(relation.target):
            table = workbook.package.parse_part(relation.target)
            area = parse_area(attribute(table, "ref"))
            if area and attribute(table, "headerRowCount", "1") != "0":
                yield area._replace(last_row=area.first_row)


_DIGITS = "0123456789"
_SHEET_TAGS = ("row", "col", "pane", "mergeCell", "autoFilter")
_LAST_COLUMN = 16_384  # of a sheet in Excel
_MAX_FROZEN_HEADS = 5  # rows; more are frozen to keep a part of the table in view
_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:E[+-]?\d{1,2}|E[+-]?[12]\d\d)?", re.I)
_GENERAL_FORMATS = ("General", "")
# digits that the format General shows, as most numbers have: it takes half the time
_SHORT_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,8})(?:\.\d{0,4}[1-9])?")
_MIDNIGHT = re.compile(r"(?: 00:00:00|(?<=:\d\d):00)(?:\.0+)?$")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescape(text: str) -> str:
    """A string without the escapes of control characters: `_x000D_` is a carriage return."""
    return _ESCAPE.sub(_escaped_character, text) if "_x" in text else text


def _escaped_character(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if character.isprintable() else " "


def _is_hidden(node: Node, size: str) -> bool:
    """True for a row or column that is hidden, or whose height or width is zero."""
    return attribute(node, "hidden") in ("1", "true") or attribute(node, size) in ("0", "0.0")

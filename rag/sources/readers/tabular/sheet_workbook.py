"""Excel workbook: the sheets, number formats and strings of an .xlsx or .xlsm file.

openpyxl keeps every cell of a sheet, and every place of a merged cell, in memory; here the XML of a sheet is read row
by row, so that memory is bounded by what is kept. Strict Open XML, which openpyxl does not read, is read as well.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.file_type import office_suffix
from rag.sources.readers.office.package import OfficePackage, open_package
from rag.sources.readers.office.xml import attribute, children, parse_integer
from rag.sources.readers.tabular.sheet_xml import stream_nodes, string_text
from rag.sources.readers.tabular.table_limits import MAX_CELLS, MAX_ROWS

_MAX_STRING_LENGTH = 100_000_000  # characters of all shared strings: 100 for each of the cells


class Sheet(NamedTuple):
    """A sheet of a workbook: its name, the part of the package, and whether it is hidden."""

    name: str
    part: str
    is_hidden: bool


@dataclass
class Workbook:
    """An open workbook; `formats` are the format codes of the styles of cells, by number.

    `rows_left` and `cells_left` count down while its sheets are read.
    """

    package: OfficePackage
    archive: zipfile.ZipFile
    sheets: list[Sheet]
    is_1904: bool
    formats: list[str]
    strings: list[str]
    rows_left: int = MAX_ROWS
    cells_left: int = MAX_CELLS


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open an .xlsx or .xlsm file.

    Raises:
        UnreadableFile: "locked", "wrong type", "needs LibreOffice", "empty" or "damaged".
    """
    suffix = path.suffix.lower()
    with open_package(path, suffix) as package, zipfile.ZipFile(path) as archive:
        part = _workbook_part(package, archive, suffix)
        root = package.parse_part(part)
        relations = package.relations(part)
        sheets = [
            Sheet(attribute(node, "name"), target.target, attribute(node, "state", "visible") != "visible")
            for node in children(root, "x:sheets/x:sheet")
            if (target := relations.get(attribute(node, "r:id"))) and target.kind == "worksheet"]
        by_kind = {relation.kind: relation.target for relation in relations.values()}
        properties = children(root, "x:workbookPr")
        is_1904 = any(attribute(node, "date1904") in ("1", "true") for node in properties)
        strings = by_kind.get("sharedStrings", "")
        yield Workbook(
            package, archive, sheets, is_1904, _read_formats(package, by_kind.get("styles", "")),
            _read_strings(archive, strings) if package.has_part(strings) else [])


def _workbook_part(package: OfficePackage, archive: zipfile.ZipFile, suffix: str) -> str:
    actual = office_suffix(archive.namelist())
    if actual not in (".xlsx", ".zip"):
        raise UnreadableFile("wrong type", type=suffix, actual=actual, suffix=actual)
    targets = [relation.target for relation in package.relations("").values() if relation.kind == "officeDocument"]
    for part in [*targets, "xl/workbook.xml"]:
        if part.endswith(".bin"):
            raise UnreadableFile("needs LibreOffice", suffix=".xlsb", better=".xlsx")
        if package.has_part(part):
            return part
    raise UnreadableFile("wrong type", type=suffix, actual=actual, suffix=actual)


def _read_formats(package: OfficePackage, part: str) -> list[str]:
    """The format code of each style of cells, by its number."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS  # here because openpyxl is slow to load

    if not package.has_part(part):
        return []
    styles = package.parse_part(part)
    codes = {**BUILTIN_FORMATS, **_CHINESE_FORMATS}
    for node in children(styles, "x:numFmts/x:numFmt"):
        codes[parse_integer(attribute(node, "numFmtId"))] = attribute(node, "formatCode")
    formats = (parse_integer(attribute(node, "numFmtId")) for node in children(styles, "x:cellXfs/x:xf"))
    return [codes.get(number, "") for number in formats]


# formats that Chinese Excel does not write into the file (ECMA-376, part 1, 18.8.30, zh-cn)
_CHINESE_FORMATS = dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"') | dict.fromkeys(
    (28, 29, 51, 53, 54, 58), 'm"月"d"日"') | dict.fromkeys((32, 34, 55), 'h"时"mm"分"') | dict.fromkeys(
    (33, 35, 56), 'h"时"mm"分"ss"秒"') | {30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"'}


def _read_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The shared strings, to which cells refer by number."""
    strings: list[str] = []
    length = 0
    for node in stream_nodes(archive, part, ("si",)):
        strings.append(string_text(node))
        length += len(strings[-1])
        if length > _MAX_STRING_LENGTH:
            raise UnreadableFile("too large", mebibytes=_MAX_STRING_LENGTH >> 20)
    return strings



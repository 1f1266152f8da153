"""Reader of Excel workbooks: visible sheets of an .xlsx or .xlsm file turned into headings, tables and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from rag.sources.elements import Element, FileContent, Omission, OmissionKind, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.office.file_type import COMPOUND_FILE_MARK, is_locked, text_type
from rag.sources.readers.office.metadata import stated_metadata
from rag.sources.readers.office.package import OfficePackage, Relation
from rag.sources.readers.office.xml import descendants
from rag.sources.readers.tabular.sheet_cells import Worksheet, read_worksheet
from rag.sources.readers.tabular.sheet_regions import sheet_elements
from rag.sources.readers.tabular.sheet_workbook import Sheet, open_workbook
from rag.sources.readers.tabular.sheet_xml import column_name
from rag.sources.readers.tabular.table_limits import TableBudget
from rag.text.lexicon import load_lexicon


def read_sheet(path: Path) -> FileContent:
    """The visible sheets of a workbook; each region of a sheet is a table.

    Numbers, dates and the results of formulas are written as a reader sees them, dates in ISO. Hidden sheets, rows and
    columns, comments, charts and pictures, and what is beyond the limits of `table_limits.py`, are left out and
    counted.

    Raises:
        UnreadableFile: "locked", "damaged", "wrong type", "empty", "too large", or "needs LibreOffice" for an .xls
            file.
    """
    if path.suffix.lower() == ".xls":
        raise _old_workbook_error(path)
    omissions, budget = _Omissions(), TableBudget()
    elements: list[Element | Table] = []
    with open_workbook(path) as workbook:
        sheets = [sheet for sheet in workbook.sheets if not sheet.is_hidden]
        hidden = [sheet.name for sheet in workbook.sheets if sheet.is_hidden]
        omissions.add("hidden sheets", len(hidden), hidden)
        for sheet in sheets:
            worksheet = read_worksheet(workbook, sheet)
            drawings = _related_parts(workbook.package, sheet.part, "drawing")
            texts = (Element("paragraph", text) for text in _drawn_texts(workbook.package, drawings))
            content = [*sheet_elements(worksheet, budget), *texts]
            if content and (len(sheets) > 1 or not _has_default_name(sheet)):
                elements.append(Element("heading", sheet.name, level=2))
            elements += content
            worksheet.rows_left_out += budget.rows_left_out
            budget.rows_left_out = 0
            _count_hidden_cells(omissions, sheet, worksheet)
            _count_drawings(omissions, workbook.package, sheet, drawings)
        metadata = stated_metadata(workbook.package, elements[:_OPENING_ELEMENTS])
    return FileContent(tuple(elements), metadata, omissions.as_tuple())


_OPENING_ELEMENTS = 20  # in which the author in the properties is looked for


def _old_workbook_error(path: Path) -> UnreadableFile:
    """The error of an .xls file; many programs give this suffix to a page or to separated values."""
    with path.open("rb") as file:
        opening = file.read(_OPENING_LENGTH)
        if not opening:
            return UnreadableFile("empty")
        if opening.startswith(COMPOUND_FILE_MARK):
            if is_locked(opening + file.read()):
                return UnreadableFile("locked")
            return UnreadableFile("needs LibreOffice", suffix=".xls", better=".xlsx")
    suffix, name = (".xlsx", "XLSX") if opening.startswith(b"PK") else text_type(opening)
    if suffix == ".txt":
        suffix, name = (".tsv", "TSV") if b"\t" in opening else (".csv", "CSV")
    if suffix:
        return UnreadableFile("wrong type", type=".xls", actual=name, suffix=suffix)
    return UnreadableFile("needs LibreOffice", suffix=".xls", better=".xlsx")


_OPENING_LENGTH = 4096  # bytes that tell what a file is


def _has_default_name(sheet: Sheet) -> bool:
    """True for a name that the program has given, such as Sheet1."""
    name = re.sub(r"[\s\d()（）]+$", "", sheet.name).casefold()
    return name in load_lexicon("rag.sources", "default_sheet_names")


class _Omissions:
    """What is left out of a workbook, counted over its sheets; the first places of each kind are named."""

    def __init__(self) -> None:
        self._counts: dict[OmissionKind, int] = {}
        self._places: dict[OmissionKind, list[str]] = {}

    def add(self, kind: OmissionKind, count: int, places: Iterable[str]) -> None:
        if count:
            self._counts[kind] = self._counts.get(kind, 0) + count
            named = self._places.setdefault(kind, [])
            named += islice(places, _MAX_PLACES + 1 - len(named))

    def as_tuple(self) -> tuple[Omission, ...]:
        return tuple(Omission(kind, count, _join_places(self._places[kind])) for kind, count in self._counts.items())


_MAX_PLACES = 10  # that a reader can check by hand


def _join_places(places: Sequence[str]) -> str:
    return ", ".join(places[:_MAX_PLACES]) + (", …" if len(places) > _MAX_PLACES else "")


def _count_hidden_cells(omissions: _Omissions, sheet: Sheet, worksheet: Worksheet) -> None:
    """Counts what a sheet has but does not show; places are written as in formulas: `Sheet1!B3`, `Sheet1!3:3`."""
    rows = [row for row in worksheet.cells if row in worksheet.hidden_rows]
    columns = sorted({
        column for row, cells in worksheet.cells.items() if row not in worksheet.hidden_rows
        for column in cells if column in worksheet.hidden_columns})
    letters = map(column_name, columns)
    omissions.add("hidden text", len(rows) + len(columns), [
        *(f"{sheet.name}!{row}:{row}" for row in rows), *(f"{sheet.name}!{name}:{name}" for name in letters)])
    valueless = worksheet.formulas_without_value
    omissions.add("formulas without a value", len(valueless), (f"{sheet.name}!{cell}" for cell in valueless))
    omissions.add("rows beyond the limit", worksheet.rows_left_out, [sheet.name])
    omissions.add("columns beyond the limit", len(worksheet.columns_left_out), [sheet.name])


def _related_parts(package: OfficePackage, part: str, *kinds: str) -> list[Relation]:
    relations = package.relations(part).values()
    return [relation for relation in relations if relation.kind in kinds and package.has_part(relation.target)]


def _drawn_texts(package: OfficePackage, drawings: Sequence[Relation]) -> Iterator[str]:
    """The paragraphs of the text boxes and shapes on a sheet."""
    for drawing in drawings:
        for paragraph in descendants(package.parse_part(drawing.target), "a:p"):
            if text := "".join(run.text or "" for run in descendants(paragraph, "a:t")).strip():
                yield text


def _count_drawings(omissions: _Omissions, package: OfficePackage, sheet: Sheet, drawings: Sequence[Relation]) -> None:
    drawn = [relation.kind for drawing in drawings for relation in _related_parts(package, drawing.target, *_DRAWN)]
    pictures = drawn.count("image")
    omissions.add("charts", len(drawn) - pictures, [sheet.name])
    omissions.add("pictures", pictures, [sheet.name])
    # programs that know threaded comments write each of them as a plain one as well
    comments = [
        package.parse_part(relation.target) for relation in _related_parts(package, sheet.part, "comments")]
    omissions.add("comments", sum(1 for part in comments for _ in descendants(part, "x:comment")), [sheet.name])


_DRAWN = ("chart", "chartEx", "image")

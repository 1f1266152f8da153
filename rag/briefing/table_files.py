"""Table files (.csv, .xlsx, .jsonl): reads rows of cells, each row with its number in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rag.schema import HuwenError
from rag.sources.readers.encodings import decode

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

TableRows = Iterator[tuple[int, Sequence[str]]]  # row number (from 1) and cells
HeaderTest = Callable[[Sequence[str]], bool]


class BadTable(HuwenError):
    """A file that cannot be read as a table."""


def csv_rows(data: bytes, is_header: HeaderTest) -> TableRows:
    """The rows of a text file; its delimiter is the comma, semicolon or tab that makes the first line a header.

    Raises:
        BadTable: a quotation mark or a cell is not closed.
        UnreadableFile: the text is not in a known encoding.
    """
    text = decode(data)
    if text[:4].lower() == "sep=":  # Excel names the delimiter in this line
        text = text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_detect_delimiter(text, is_header), strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise BadTable(f"{place}: not a row of a CSV file ({error}); close its quotation marks") from None


def _detect_delimiter(text: str, is_header: HeaderTest) -> str:
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in ",;\t":
        if is_header(next(csv.reader([first_line], delimiter=delimiter), [])):
            return delimiter
    return ","


def xlsx_rows(data: bytes, is_header: HeaderTest) -> TableRows:
    """The rows of the first visible sheet that has a header; formulas have their values saved in the file.

    Raises:
        BadTable: it is not a workbook, or a formula has no saved value.
    """
    values, formulas = _open_workbook(data, data_only=True), _open_workbook(data, data_only=False)
    try:
        visible = [sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            return
        name = next((name for name in visible if is_header(_first_row(values[name]))), visible[0])
        row_pairs = zip_longest(values[name].iter_rows(), formulas[name].iter_rows())
        for number, (value_row, formula_row) in enumerate(row_pairs, 1):
            yield number, [_cell_text(*pair) for pair in zip_longest(value_row or (), formula_row or ())]
    except (KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:  # SyntaxError: invalid XML
        kind = type(error).__name__
        raise BadTable(f"a sheet cannot be read to its end ({kind}); save the workbook again as .xlsx") from None
    finally:
        values.close()
        formulas.close()


def _open_workbook(data: bytes, *, data_only: bool) -> Workbook:
    import openpyxl  # takes half a second to import, and only spreadsheets need it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    except (InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        problem = f"not a workbook that can be opened ({type(error).__name__})"
        raise BadTable(f"{problem}; remove its password or save it again as .xlsx") from None


def _first_row(sheet: Any) -> list[str]:
    rows = ([_value_text(cell.value) for cell in row] for row in sheet.iter_rows())
    return next((row for row in rows if any(row)), [])


def _cell_text(value: Any, formula_cell: Any) -> str:
    """What a cell shows. A formula without a saved value is an error, because it would become an empty question."""
    is_formula = formula_cell is not None and formula_cell.data_type == "f"
    if is_formula and (value is None or value.value is None):
        raise BadTable(
            f"cell {formula_cell.coordinate} holds a formula whose value is not saved in the file; "
            "open it in a spreadsheet and save it, or write the value in its place")
    return _value_text(value.value if value is not None else None)


def _value_text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def jsonl_rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The number and the object of each line, with values as text; a string is read as {"question": string}.

    Raises:
        BadTable: a line is neither an object of plain values nor a string.
    """
    for number, line in enumerate(decode(data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise BadTable(f"row {number}: not a line of JSON ({error})") from None
        if isinstance(record, str):
            record = {"question": record}
        if not isinstance(record, dict) or any(isinstance(value, dict | list) for value in record.values()):
            raise BadTable(f'row {number}: must be an object such as {{"question": "…", "section": "…"}}, or a string')
        yield number, {str(key): _value_text(value) for key, value in record.items()}

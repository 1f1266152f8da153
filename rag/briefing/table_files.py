"""A table in a file (.csv, .xlsx, .jsonl) becomes rows of cells, each with the number that a person sees beside it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rag.schema import HuwenError
from rag.sources.loaders import decode

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

# a header and rows under it, as numbers and cells; the first row is the header
TableRows = Iterator[tuple[int, Sequence[str]]]
HeaderTest = Callable[[Sequence[str]], bool]


class BadTable(HuwenError):
    """A file that is no table."""


def csv_rows(data: bytes, is_header: HeaderTest) -> TableRows:
    """The rows of a text file, by whichever of comma, semicolon and tab gives it a header.

    Raises:
        BadTable: a quotation mark is never closed, or a cell has no end.
        UnreadableFile: the text is in no known encoding.
    """
    text = decode(data)
    if text[:4].lower() == "sep=":  # Excel's own way to name the delimiter
        text = text.partition("\n")[2]
    first = next((line for line in text.splitlines() if line.strip()), "")
    chosen = next((mark for mark in ",;\t" if is_header(next(csv.reader([first], delimiter=mark), []))), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=chosen, strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise BadTable(f"line {reader.line_num}: not a row of a CSV file ({error}); close its quotation marks") from None


def xlsx_rows(data: bytes, is_header: HeaderTest) -> TableRows:
    """The rows of the first visible sheet that has a header, with the values that formulas had when they were saved.

    Raises:
        BadTable: it is no workbook, or a formula was never worked out.
    """
    values, formulas = _open_workbook(data, data_only=True), _open_workbook(data, data_only=False)
    try:
        visible = [sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"]
        chosen = next((name for name in visible if is_header(_first_row(values[name]))), visible[0] if visible else None)
        if chosen is None:
            return
        for at, (row, written) in enumerate(zip_longest(values[chosen].iter_rows(), formulas[chosen].iter_rows()), 1):
            yield at, [_cell_text(*pair) for pair in zip_longest(row or (), written or ())]
    except (KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:  # SyntaxError: of XML
        raise BadTable(f"a sheet cannot be read to its end ({type(error).__name__}); save the workbook again as .xlsx") from None
    finally:
        values.close()
        formulas.close()


def _open_workbook(data: bytes, *, data_only: bool) -> Workbook:
    import openpyxl  # half a second that only spreadsheets cost
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
    except (InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        what = f"not a workbook that can be opened ({type(error).__name__})"
        raise BadTable(f"{what}; remove its password or save it again as .xlsx") from None


def _first_row(sheet: Any) -> list[str]:
    rows = ([_value_text(cell.value) for cell in row] for row in sheet.iter_rows())
    return next((row for row in rows if any(row)), [])


def _cell_text(value: Any, formula_cell: Any) -> str:
    """What a cell shows; a formula whose value was never saved is refused, for it would be asked as an empty question."""
    if formula_cell is not None and formula_cell.data_type == "f" and (value is None or value.value is None):
        raise BadTable(f"cell {formula_cell.coordinate} holds a formula whose value is not saved in the file; "
                       "open it in a spreadsheet and save it, or write the value in its place")
    return _value_text(value.value if value is not None else None)


def _value_text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def jsonl_rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line's object by its keys; a line that is a string alone is a question.

    Raises:
        BadTable: a line is something else.
    """
    for number, line in enumerate(decode(data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except ValueError as error:
            raise BadTable(f"row {number}: not a line of JSON ({error})") from None
        if isinstance(told, str):
            told = {"question": told}
        if not isinstance(told, dict) or any(isinstance(value, dict | list) for value in told.values()):
            raise BadTable(f'row {number}: must be an object such as {{"question": "…", "section": "…"}}, or a string')
        yield number, {str(key): _value_text(value) for key, value in told.items()}

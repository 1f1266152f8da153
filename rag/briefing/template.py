"""Template for a list of questions: an empty table to fill in, as .csv or .xlsx, with every cell written as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rag.briefing.question_list import BadQuestions

HEADER = ("question", "section", "language", "scope", "max words")
_EXAMPLE_ROWS = (
    ("苏州有几家灯塔工厂？", "产业基础", "zh", "", "200"),
    ("What is the output value of the four industrial clusters?", "Industry", "en", "year:2022-2024", ""),
)
_COLUMN_WIDTHS = (60, 20, 12, 30, 12)


def build_template(suffix: str) -> bytes:
    """The header and two example rows as .csv (with a byte-order mark, so that Excel reads UTF-8) or .xlsx.

    Raises:
        BadQuestions: there is no template for this suffix.
    """
    rows = (HEADER, *_EXAMPLE_ROWS)
    if suffix.lower() == ".csv":
        return render_csv(rows)
    if suffix.lower() == ".xlsx":
        return render_xlsx(rows)
    raise BadQuestions(f"there is no template in the format {suffix!r}; use .csv or .xlsx")


def escape_formula(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would run it as a formula: `=A1` → `'=A1`."""
    is_formula = cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r", "\n")
    return f"'{cell}" if is_formula else cell


def render_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as UTF-8 with a byte-order mark; no cell is a formula."""
    output = io.StringIO()
    csv.writer(output).writerows([escape_formula(cell) for cell in row] for row in rows)
    return output.getvalue().encode("utf-8-sig")


def render_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a workbook of one sheet; every cell is text, and the header is bold and frozen."""
    import openpyxl  # takes half a second to import, and only spreadsheets need it
    from openpyxl.cell.cell import TYPE_STRING
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "questions"
    for row_number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(row_number, column, text)
            cell.data_type = TYPE_STRING  # otherwise text that begins with = would be a formula
            cell.font = Font(bold=row_number == 1)
    for column, width in enumerate(_COLUMN_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()

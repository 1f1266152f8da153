"""A suffix becomes a list of questions to fill in, in both languages, that any spreadsheet opens and nothing runs in."""

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
    """An empty list with its header and two examples: .csv (with the mark by which Excel knows UTF-8) or .xlsx.

    Raises:
        BadQuestions: there is no template of that kind.
    """
    rows = (HEADER, *_EXAMPLE_ROWS)
    if suffix.lower() == ".csv":
        return render_csv(rows)
    if suffix.lower() == ".xlsx":
        return render_xlsx(rows)
    raise BadQuestions(f"no template is written as {suffix!r}; .csv and .xlsx are")


def escape_formula(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run: what begins as a formula does gets an apostrophe."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r", "\n") else cell


def render_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as UTF-8 with a byte-order mark, every cell inert."""
    written = io.StringIO()
    csv.writer(written).writerows([escape_formula(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def render_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a workbook of one sheet, every cell text, the header bold and kept in view."""
    import openpyxl  # half a second that only spreadsheets cost
    from openpyxl.cell.cell import TYPE_STRING
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "questions"
    for at, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(at, column, text)
            cell.data_type = TYPE_STRING  # else a text that begins with = would be a formula
            cell.font = Font(bold=at == 1)
    for column, width in enumerate(_COLUMN_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()

"""Table files: a table with merged cells written as a workbook, a web page or a text document, as people make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Literal

from rag.sources.elements import Cell, Table

TableFormat = Literal["xlsx", "html", "docx"]


def write_table(table: Table, path: Path) -> None:
    """Write a table as the only content of a file, in the format of its suffix: .xlsx, .html or .docx.

    No cell is marked as a head: what is a head has to be inferred. A caption is written above the table.
    """
    _WRITERS[path.suffix](table, path)


def _origins(table: Table) -> Iterator[tuple[int, int, Cell]]:
    """Each cell once, with the row and column of its origin."""
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.origin == (r, c):
                yield r, c, cell


def _write_workbook(table: Table, path: Path) -> None:
    from openpyxl import Workbook  # a writer of one format; the other formats do not need it
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    top = 1
    if table.caption:
        sheet.cell(1, 1, table.caption)
        top = 2
    for r, c, cell in _origins(table):
        written = sheet.cell(r + top, c + 1)
        written.value = ILLEGAL_CHARACTERS_RE.sub("", cell.text)
        written.data_type = "s"  # a text that begins with = is no formula
        if cell.row_span > 1 or cell.column_span > 1:
            sheet.merge_cells(
                start_row=r + top, start_column=c + 1, end_row=r + top + cell.row_span - 1,
                end_column=c + cell.column_span)
    workbook.save(path)


def _write_page(table: Table, path: Path) -> None:
    rows: list[list[str]] = [[] for _ in table.rows]
    for r, _, cell in _origins(table):
        spans = "".join(
            f' {name}="{span}"' for name, span in (("rowspan", cell.row_span), ("colspan", cell.column_span))
            if span > 1)
        rows[r].append(f"<td{spans}>{escape(cell.text)}</td>")
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    path.write_text(
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n<table>{caption}\n{body}\n</table>\n'
        "</body></html>\n", "utf-8")


def _write_document(table: Table, path: Path) -> None:
    from docx import Document

    document = Document()
    if table.caption:
        document.add_paragraph(table.caption)
    written = document.add_table(len(table.rows), len(table.rows[0]))
    grid = [list(row.cells) for row in written.rows]
    for r, c, cell in _origins(table):
        place = grid[r][c]
        if cell.row_span > 1 or cell.column_span > 1:
            place = place.merge(grid[r + cell.row_span - 1][c + cell.column_span - 1])
        place.text = "".join(character for character in cell.text if character >= " " or character in "\t\n")
    document.save(str(path))


_WRITERS: dict[str, Callable[[Table, Path], None]] = {
    ".xlsx": _write_workbook, ".html": _write_page, ".docx": _write_document}

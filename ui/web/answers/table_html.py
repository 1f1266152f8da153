"""Tables of documents as HTML: rows and cells with their heads, in a box of their own that scrolls."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from html import escape

from rag.sources.drawn_tables import DrawnCell, DrawnRow, DrawnTable
from ui.documents.column_widths import display_width
from ui.documents.numeric_columns import drawn_numeric_columns, is_figure
from ui.documents.table_grid import cell_grid, first_columns
from ui.web.texts.lookup import ui_text

MarkText = Callable[[int, int], str]  # the HTML of a part of the clean text, with its quotes marked


def render_table(table: DrawnTable, mark: MarkText, here: tuple[int, int] = (0, 0)) -> str:
    """A table in its box; the rows between the offsets `here` have the class `here`.

    `mark` is called for each part of the text that is a cell or the caption.
    """
    caption = (
        f"<caption>{mark(table.caption.start, table.caption.end)}</caption>" if table.caption
        else f'<caption class="unseen">{ui_text("table")}</caption>')
    numeric = drawn_numeric_columns(table)
    heads = _render_rows(table.heads, table.columns, numeric, mark, here)
    body = _render_rows(table.body, table.columns, numeric, mark, here)
    head = f"<thead>{heads}</thead>" if heads else ""
    return (
        f'<div class="table-box" tabindex="0" role="group"><table>{caption}{head}<tbody>{body}</tbody></table></div>')


def render_passage_text(text: str, offset: int, tables: Sequence[DrawnTable], mark: MarkText) -> str:
    """A passage, which begins at `offset` of the clean text: its tables drawn, its lines on lines of their own."""

    def render_text(start: int, end: int) -> str:
        part = text[start - offset : end - offset]
        before, after = len(part) - len(part.lstrip("\n")), len(part) - len(part.rstrip("\n"))
        html = mark(start + before, end - after) if part.strip("\n") else ""
        return html.replace("\n\n", '<span class="gap"></span>').replace("\n", "<br>")

    return with_tables((offset, offset + len(text)), tables, render_text, lambda table: render_table(table, mark))


def with_tables(
    span: tuple[int, int], tables: Sequence[DrawnTable], render_text: MarkText, render: Callable[[DrawnTable], str],
) -> str:
    """The HTML of a part of a text: its tables by `render`, and what is between them by `render_text`."""
    return "".join(_parts(span, tables, render_text, render))


def _parts(
    span: tuple[int, int], tables: Sequence[DrawnTable], render_text: MarkText, render: Callable[[DrawnTable], str],
) -> Iterator[str]:
    at, end = span
    for table in tables:
        if at <= table.start and table.end <= end:
            yield render_text(at, table.start)
            yield render(table)
            at = table.end
    yield render_text(at, end)


def _render_rows(
    rows: Sequence[DrawnRow], columns: int, numeric: Collection[int], mark: MarkText, here: tuple[int, int],
) -> str:
    html = ""
    for row, places in zip(rows, cell_grid(rows, columns), strict=True):
        is_here = here[0] <= row.start < row.end <= here[1]
        cells = ""
        for cell, column in zip(row.cells, first_columns(places), strict=False):
            covered = range(column, column + cell.column_span)
            cells += _render_cell(cell, mark, is_numeric=all(each in numeric for each in covered))
        html += f'<tr{" class=here" if is_here else ""}>{cells}</tr>'
    return html


def _render_cell(cell: DrawnCell, mark: MarkText, *, is_numeric: bool) -> str:
    """A cell; one that is drawn for several equal ones is marked where any of them is."""
    versions = [mark(start, end) for start, end in cell.spans]
    content = next((html for html in versions if "<mark" in html), versions[0] if versions else escape(cell.text))
    spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    spans += f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    names = _class_names(cell, is_numeric=is_numeric)
    kind = f' class="{" ".join(names)}"' if names else ""
    return f'<th scope="{cell.scope}"{kind}{spans}>{content}</th>' if cell.scope else f"<td{kind}{spans}>{content}</td>"


def _class_names(cell: DrawnCell, *, is_numeric: bool) -> list[str]:
    """`numeric`: in a column of figures, or the head of one; `unbroken`: not broken into lines."""
    is_row_head = cell.scope.startswith("row")
    names = ["numeric"] if is_numeric and not is_row_head else []
    text = cell.text.strip()
    is_value = not cell.scope and (_VALUE.fullmatch(text) or (is_numeric and is_figure(text)))
    longest = _SHORT_ROW_HEAD if is_row_head else _SHORT_COLUMN_HEAD if cell.scope else 0
    if is_value or 0 < display_width(text) <= longest:
        names.append("unbroken")
    return names


# half-widths of a head that is not broken; that of a column shares its width with others
_SHORT_ROW_HEAD, _SHORT_COLUMN_HEAD = 12, 8  # `3 号线`, `North Quay`; `2021 年`, `Quay (m)`
# a number or a date, which is not broken at its hyphens: 2018-05-03
_VALUE = re.compile(r"[-+−(]?\d[\d.,:/%–-]{0,18}\)?")

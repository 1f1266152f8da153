"""Tables of documents as HTML: rows and cells with their heads, in a box of their own that scrolls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape

from rag.sources.drawn_tables import DrawnCell, DrawnRow, DrawnTable
from ui.web.texts.lookup import ui_text

MarkText = Callable[[int, int], str]  # the HTML of a part of the clean text, with its quotes marked


def render_table(table: DrawnTable, mark: MarkText, here: tuple[int, int] = (0, 0)) -> str:
    """A table in its box; the rows between the offsets `here` have the class `here`.

    `mark` is called for each part of the text that is a cell or the caption.
    """
    caption = (
        f"<caption>{mark(table.caption.start, table.caption.end)}</caption>" if table.caption
        else f'<caption class="unseen">{ui_text("table")}</caption>')
    heads = "".join(_render_row(row, mark, here) for row in table.heads)
    body = "".join(_render_row(row, mark, here) for row in table.body)
    head = f"<thead>{heads}</thead>" if heads else ""
    return (
        f'<div class="table-box" tabindex="0" role="group"><table>{caption}{head}<tbody>{body}</tbody></table></div>')


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


def _render_row(row: DrawnRow, mark: MarkText, here: tuple[int, int]) -> str:
    is_here = here[0] <= row.start < row.end <= here[1]
    cells = "".join(_render_cell(cell, mark) for cell in row.cells)
    return f'<tr{" class=here" if is_here else ""}>{cells}</tr>'


def _render_cell(cell: DrawnCell, mark: MarkText) -> str:
    """A cell; one that is drawn for several equal ones is marked where any of them is."""
    versions = [mark(start, end) for start, end in cell.spans]
    content = next((html for html in versions if "<mark" in html), versions[0] if versions else escape(cell.text))
    spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    spans += f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    if cell.scope:
        return f'<th scope="{cell.scope}"{spans}>{content}</th>'
    kind = ' class="value"' if _VALUE.fullmatch(cell.text.strip()) else ""
    return f"<td{kind}{spans}>{content}</td>"


# a number or a date, which is not broken at its hyphens: 2018-05-03
_VALUE = re.compile(r"[-+−(]?\d[\d.,:/%–-]{0,18}\)?")

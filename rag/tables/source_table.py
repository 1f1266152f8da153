"""Source tables: the tables of a document as grids of cells, rebuilt from its blocks.

A row is stored as a line, `西湖区 | 987.6 |  | 6.1%`; its blocks say which cells are heads. From both come the records of
a table: for each row the cells, and for each column the heads above it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.reading.table_cells import split_lead
from rag.schema import Block, Source
from rag.sources.blocks import CELL_SEPARATOR
from rag.sources.elements import table_of_texts
from rag.sources.table_heads import find_heads
from rag.tables.cell_values import is_blank, parse_cell
from rag.tables.records import CellColumn, Records

_SAMPLE_ROWS = 40  # of a table whose cells are not stored, from which its heads are found
HEAD_SEPARATOR = " · "


@dataclass(frozen=True, eq=False)
class SourceTable:
    """A table of a document.

    `heads` has for each column its heads, outermost first, joined by ` · `; empty where a column has none.
    `name_columns`: the columns whose cells name their rows. `is_whole`: every row could be read as a record.
    """

    source_id: str
    index: int  # of its block
    caption: str
    headings: tuple[str, ...]  # of the document, from its title down to the table
    heads: tuple[str, ...]
    rows: Records
    name_columns: frozenset[int]
    is_whole: bool = True
    field_noun: str = ""  # what the columns are, where the records are columns: 候选人
    head_starts: tuple[int, ...] = ()  # where the innermost head of each column stands; -1: not known


@dataclass
class _TableParts:
    """The blocks of one table."""

    table: Block
    headings: tuple[str, ...]
    caption: str
    rows: list[tuple[Block, list[Block]]] = field(default_factory=list)


def read_tables(source: Source, text: str, blocks: Sequence[Block]) -> list[SourceTable]:
    """The tables of a document, in order, from its clean text and its blocks."""
    found = (_build_table(source, text, parts) for parts in _collect_tables(text, blocks))
    return [table for table in found if len(table.rows)]


def _collect_tables(text: str, blocks: Sequence[Block]) -> list[_TableParts]:
    headings: list[tuple[int, str]] = []
    tables: dict[int, _TableParts] = {}
    rows: dict[int, tuple[Block, list[Block]]] = {}
    caption = ""
    for block in blocks:
        if block.kind == "heading":
            headings = [one for one in headings if one[0] < block.level]
            headings.append((block.level, text[block.start : block.end]))
        elif block.kind == "caption":
            caption = text[block.start : block.end]
        elif block.kind == "table":
            openings = tuple(part.text for part in block.lead if part.text != caption)
            tables[block.index] = _TableParts(block, (*(name for _, name in headings), *openings), caption)
            caption = ""
        elif block.kind == "row" and block.parent in tables:
            rows[block.index] = (block, [])
            tables[block.parent].rows.append(rows[block.index])
        elif block.kind in ("cell", "head") and block.parent in rows:
            rows[block.parent][1].append(block)
    return list(tables.values())


def _build_table(source: Source, text: str, parts: _TableParts) -> SourceTable:
    lines = [text[row.start : row.end].split(CELL_SEPARATOR) for row, _ in parts.rows]
    width = max(map(len, lines), default=0)
    if any(cells for _, cells in parts.rows):
        heads, starts, header_rows, name_columns = _stored_heads(parts, lines, width)
    else:
        heads, header_rows, name_columns = _found_heads(lines, width)
        starts = (-1,) * width
    body, sections, is_whole = _body_rows(parts, lines, header_rows)
    columns = _cell_columns([lines[r] for r in body], [parts.rows[r][0].start for r in body], width)
    return SourceTable(
        source.id, parts.table.index, parts.caption, (source.title, *parts.headings), heads,
        Records(columns, sections), name_columns, is_whole, head_starts=starts)


def _body_rows(
    parts: _TableParts, lines: Sequence[Sequence[str]], header_rows: frozenset[int],
) -> tuple[list[int], list[tuple[str, ...]], bool]:
    """The rows that are records, the sections of each, and whether every row could be read."""
    width = max(map(len, lines), default=0)
    body: list[int] = []
    sections: list[tuple[str, ...]] = []
    is_whole, is_apart = True, False  # apart: a section stands in the middle of its row, which no lead says
    section: tuple[str, ...] = ()
    for r, (line, (row, cells)) in enumerate(zip(lines, parts.rows, strict=True)):
        if r in header_rows or _is_unit_note(line):
            continue
        name = _section_name(line, width)
        if name:
            section = () if _UNIT_NOTE.match(name) else (name,)
            is_apart = len(line) == width and not line[0].strip()
        elif len(line) == width:
            body.append(r)
            sections.append(section if is_apart else _sections(row, cells) or section)
        else:
            is_whole = False
    return body, sections, is_whole


def _section_name(line: Sequence[str], width: int) -> str:
    """The name of the section that a row opens, which has no values; empty if it opens none."""
    if len(line) == 1 and width > 1:  # one cell over the whole row: it opens a section, or is a note
        return line[0].strip()
    texts = [cell.strip() for cell in line if cell.strip()]
    opens = len(texts) == 1 and len(line) == width > _LEAST_BLANK and not is_blank(texts[0])
    return texts[0] if opens and (line[0].strip() or parse_cell(texts[0]) is None) else ""


_LEAST_BLANK = 2  # cells without text beside the name of a section
_UNIT_NOTE = re.compile(r"\s*[(（]|单位|in (?:thousands|millions|billions)", re.I)


def _is_unit_note(line: Sequence[str]) -> bool:
    """Whether the only text of a row says what the values below are counted in: `| | (In thousands) | |`."""
    texts = [cell for cell in line if cell.strip()]
    return len(line) > len(texts) == 1 and not line[0].strip() and bool(_UNIT_NOTE.match(texts[0])) and (
        parse_cell(texts[0]) is None)


def _cell_columns(lines: Sequence[Sequence[str]], row_starts: Sequence[int], width: int) -> list[CellColumn]:
    """The columns of rows that have `width` cells each; equal texts of the table are one object."""
    written = [cell for line in lines for cell in line]
    cells = [cell.strip() for cell in written]
    lengths = np.fromiter(map(len, written), np.int64, len(written)) + len(CELL_SEPARATOR)
    indents = np.fromiter((len(cell) - len(cell.lstrip()) for cell in written), np.int64, len(written))
    shape = len(lines), width
    lengths, indents = lengths.reshape(shape), indents.reshape(shape)
    before = np.cumsum(lengths, axis=1) - lengths  # how far after the start of its row a cell begins
    starts = np.asarray(row_starts, np.int64).reshape(-1, 1) + before + indents
    known: dict[str, str] = {}
    texts = [known.setdefault(cell, cell) for cell in cells]
    return [CellColumn(texts[c::width], np.ascontiguousarray(starts[:, c])) for c in range(width)]


def _cell_starts(row: Block, line: Sequence[str]) -> dict[int, int]:
    """The column of each cell of a row by its offset."""
    columns, start = {}, row.start
    for c, cell in enumerate(line):
        columns[start + len(cell) - len(cell.lstrip())] = c
        start += len(cell) + len(CELL_SEPARATOR)
    return columns


def _sections(row: Block, cells: Sequence[Block]) -> tuple[str, ...]:
    """What names a row from above it: the sections and groups in the leads of its cells."""
    names = dict.fromkeys(
        part.text for cell in cells for part in split_lead(row, cell)[1] if not row.start <= part.start < row.end)
    return tuple(names)


def _stored_heads(
    parts: _TableParts, lines: Sequence[Sequence[str]], width: int,
) -> tuple[tuple[str, ...], tuple[int, ...], frozenset[int], frozenset[int]]:
    """The heads of the columns, where they stand, the rows that consist of heads, and the columns that name rows."""
    heads: dict[int, str] = {}
    starts: dict[int, int] = {}
    kinds: Counter[tuple[int, str]] = Counter()
    header_rows = _header_rows(parts, lines)
    for r, (row, cells) in enumerate(parts.rows):
        if r in header_rows or len(lines[r]) != width:
            continue
        columns = _cell_starts(row, lines[r])
        for cell in cells:
            column = columns.get(cell.start, -1)
            if above := split_lead(row, cell)[2]:
                heads.setdefault(column, HEAD_SEPARATOR.join(part.text for part in above))
                starts.setdefault(column, above[-1].start)
            kinds[column, cell.kind] += 1
        if len(heads) == width and r > _SAMPLE_ROWS:
            break
    placed = tuple(starts.get(c, -1) for c in range(width))
    # a note among the values of a column, `(In thousands)`, may look like the head of its row
    named = frozenset(c for c in range(width) if kinds[c, "head"] > 0 and kinds[c, "head"] >= kinds[c, "cell"])
    return tuple(heads.get(c, "") for c in range(width)), placed, header_rows, named


def _header_rows(
    parts: _TableParts, lines: Sequence[Sequence[str]],
) -> frozenset[int]:
    """The rows that consist of heads of columns: the first ones, and those that repeat one of them on a later page."""
    header: list[int] = []
    for r, (_, cells) in enumerate(parts.rows):
        is_name_alone = len(cells) == 1 and len(lines[r]) > 1 and bool(header)
        if is_name_alone or not cells or any(cell.kind != "head" for cell in cells):
            break
        header.append(r)
    texts = [[cell.strip() for cell in lines[r]] for r in header]
    openings = {line[0] for line in texts}
    return frozenset(
        r for r, line in enumerate(lines) if line[0].strip() in openings and [cell.strip() for cell in line] in texts)


def _found_heads(
    lines: Sequence[Sequence[str]], width: int,
) -> tuple[tuple[str, ...], frozenset[int], frozenset[int]]:
    """The same for a table whose cells are not stored, because there are too many: from its first rows."""
    sample = [[cell.strip() for cell in line] for line in lines[:_SAMPLE_ROWS] if len(line) == width]
    if not sample:
        return ("",) * width, frozenset(), frozenset()
    found = find_heads(table_of_texts(sample))
    body = min(found.header_rows, len(sample) - 1)
    heads = tuple(
        HEAD_SEPARATOR.join(sample[r][k] for r, k in found.column_heads(body, c)) for c in range(width))
    named = frozenset(c for c in range(width) if found.names_row(body, c))
    return heads, frozenset(range(found.header_rows)), named

"""Parts of a table: tables of one document with the same heads, which are read as one.

A year's sheets January, February and March, or a list that goes on below another heading, are one table whose rows have
their sheet or heading as a section. Tables of the same things in two years are not: a sum over both would count twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.tables.label_matching import NamedQuestion
from rag.tables.source_table import RecordRow, SourceTable
from rag.tables.typed_table import TypedTable
from rag.text.language import normalise

_MOST_SHARED = 0.3  # of the names of a part's rows that another part may have, for both to be parts of one table


def select_tables(
    tables: Sequence[SourceTable], indices: Sequence[int], question: NamedQuestion,
) -> list[SourceTable]:
    """The tables with these indices, in this order; parts of one table joined, each once."""
    selected: list[SourceTable] = []
    done: set[int] = set()
    for index in indices:
        table = next((table for table in tables if table.index == index), None)
        if table is None or index in done:
            continue
        group = [other for other in tables if _has_same_heads(other, table)]
        is_joined = len(group) > 1 and (not _have_same_rows(group) or _names_a_part(question, group))
        if is_joined:
            done |= {other.index for other in group}
            selected.append(_join(group))
        else:
            done.add(index)
            selected.append(table)
    return selected


def _has_same_heads(table: SourceTable, other: SourceTable) -> bool:
    return len(table.heads) == len(other.heads) and any(table.heads) and all(
        normalise(a) == normalise(b) for a, b in zip(table.heads, other.heads, strict=True))


def _have_same_rows(group: Sequence[SourceTable]) -> bool:
    """Whether the tables are about the same things, by the names of their rows."""
    names = [{typed.row_name(row) for row in typed.records} for table in group for typed in (TypedTable(table),)]
    first, rest = names[0], names[1:]
    return any(len(first & other) > _MOST_SHARED * max(1, min(len(first), len(other))) for other in rest)


def _names_a_part(question: NamedQuestion, group: Sequence[SourceTable]) -> bool:
    return any(question.find_exact(name) for table in group for name in _own_names(table, group))


def _own_names(table: SourceTable, group: Sequence[SourceTable]) -> tuple[str, ...]:
    """What stands over a table and not over all of the group: its sheet, its caption."""
    common = set.intersection(*(set((*other.headings, other.caption)) for other in group))
    return tuple(name for name in (*table.headings, table.caption) if name and name not in common)


def _join(group: Sequence[SourceTable]) -> SourceTable:
    rows = [
        RecordRow(row.cells, (*_own_names(table, group), *row.sections)) for table in group for row in table.rows]
    first = group[0]
    common = tuple(name for name in first.headings if all(name in other.headings for other in group))
    caption = first.caption if all(other.caption == first.caption for other in group) else ""
    return replace(
        first, caption=caption, headings=common, rows=tuple(rows), is_whole=all(table.is_whole for table in group))

"""Parts of a table: tables of one document with the same heads, which are read as one.

A year's sheets January, February and March, or a list that goes on below another heading, are one table whose rows have
their sheet or heading as a section. Tables of the same things in two years are not: a sum over both would count twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.tables.label_matching import NamedQuestion
from rag.tables.records import Records
from rag.tables.source_table import SourceTable
from rag.tables.typed_table import TypedTable
from rag.text.language import normalise

_MOST_SHARED = 0.3  # of the names of a part's rows that another part may have, for both to be parts of one table


class DocumentTables:
    """The tables of a document; what is computed of them for one question is kept for the next."""

    def __init__(self, tables: Sequence[SourceTable]) -> None:
        is_of_one = len({table.heads for table in tables}) == 1  # the title of several says what none of them is about
        self.tables = tuple(
            TypedTable(table if is_of_one else replace(table, headings=table.headings[1:])) for table in tables)
        self._groups: dict[tuple[int, ...], _TableGroup] = {}

    @property
    def cells(self) -> int:
        """The number of cells of all tables."""
        return sum(len(table.source.rows) * len(table.source.heads) for table in self.tables)

    def select(self, indices: Sequence[int], question: NamedQuestion) -> list[TypedTable]:
        """The tables with these indices, in this order; parts of one table joined, each once."""
        selected: list[TypedTable] = []
        done: set[int] = set()
        by_index = {table.source.index: table for table in self.tables}
        for index in indices:
            table = by_index.get(index)
            if table is None or index in done:
                continue
            group = self._find_group(table.source)
            is_joined = len(group.tables) > 1 and (not group.have_same_rows or group.is_named_in(question))
            done |= {other.source.index for other in group.tables} if is_joined else {index}
            selected.append(group.joined_table if is_joined else table)
        return selected

    def _find_group(self, table: SourceTable) -> _TableGroup:
        """The tables with the heads of this one."""
        group = tuple(other for other in self.tables if _has_same_heads(other.source, table))
        indices = tuple(other.source.index for other in group)
        return self._groups.setdefault(indices, _TableGroup(group))


@dataclass(frozen=True, eq=False)
class _TableGroup:
    """Tables of one document with the same heads, which may be parts of one table."""

    tables: tuple[TypedTable, ...]

    @cached_property
    def have_same_rows(self) -> bool:
        """Whether the tables are about the same things, by the names of their rows."""
        names = [set(map(table.row_name, table.records)) for table in self.tables]
        first, rest = names[0], names[1:]
        return any(len(first & other) > _MOST_SHARED * max(1, min(len(first), len(other))) for other in rest)

    def is_named_in(self, question: NamedQuestion) -> bool:
        """Whether a question names one of the tables."""
        return any(question.find_exact(name) for table in self.tables for name in self._own_names(table.source))

    def _own_names(self, table: SourceTable) -> tuple[str, ...]:
        """What stands over a table and not over all of the group: its sheet, its caption."""
        common = set.intersection(*(set((*one.source.headings, one.source.caption)) for one in self.tables))
        return tuple(name for name in (*table.headings, table.caption) if name and name not in common)

    @cached_property
    def joined_table(self) -> TypedTable:
        """One table with the rows of all, which have what stands over their own table as a section."""
        sources = [table.source for table in self.tables]
        first, others = sources[0], sources[1:]
        common = tuple(name for name in first.headings if all(name in other.headings for other in others))
        caption = first.caption if all(other.caption == first.caption for other in others) else ""
        rows = Records.join([(self._own_names(source), source.rows) for source in sources])
        is_whole = all(source.is_whole for source in sources)
        return TypedTable(replace(first, caption=caption, headings=common, rows=rows, is_whole=is_whole))


def _has_same_heads(table: SourceTable, other: SourceTable) -> bool:
    return len(table.heads) == len(other.heads) and any(table.heads) and all(
        normalise(a) == normalise(b) for a, b in zip(table.heads, other.heads, strict=True))

"""Records: the rows of a table, kept by column: the texts of its cells, each different text once, and their places.

A table of 100,000 rows with seven columns takes some 20 MB so, a fifth of what a Python object for each cell would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]


class RecordCell(NamedTuple):
    """A cell with its place: `source.text[start : start + len(text)] == text`; -1 for a cell that stands nowhere."""

    text: str
    start: int


class RecordRow:
    """A row of records; its cells are made when they are asked for."""

    __slots__ = ("_index", "_records")

    def __init__(self, records: Records, index: int) -> None:
        self._records, self._index = records, index

    @property
    def cells(self) -> tuple[RecordCell, ...]:
        """The cell of each column."""
        return tuple(column[self._index] for column in self._records.columns)

    @property
    def sections(self) -> tuple[str, ...]:
        """What stands over the row in the table: a section, a group."""
        return self._records.sections[self._index]

    def text(self, column: int) -> str:
        """The text of the cell of a column."""
        return self._records.columns[column].texts[self._index]


class CellColumn(Sequence[RecordCell]):
    """The cells of a column, made when they are asked for; `texts` and `starts` have one for each row."""

    def __init__(self, texts: Sequence[str], starts: Offsets) -> None:
        self.texts, self.starts = texts, starts

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[RecordCell]:
        return map(RecordCell, self.texts, self.starts.tolist())

    @overload
    def __getitem__(self, index: int) -> RecordCell: ...

    @overload
    def __getitem__(self, index: slice) -> CellColumn: ...

    def __getitem__(self, index: int | slice) -> RecordCell | CellColumn:
        if isinstance(index, slice):
            return CellColumn(self.texts[index], self.starts[index])
        return RecordCell(self.texts[index], int(self.starts[index]))


class Records(Sequence[RecordRow]):
    """Rows that are kept by column; `sections` has those of each row."""

    def __init__(self, columns: Sequence[CellColumn], sections: Sequence[tuple[str, ...]]) -> None:
        self.columns, self.sections = tuple(columns), sections

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[Sequence[RecordCell], tuple[str, ...]]], width: int) -> Records:
        """The records of some rows, each with its cells (`width` of them) and its sections."""
        listed = list(rows)
        columns = [
            CellColumn(
                [cells[c].text for cells, _ in listed], np.array([cells[c].start for cells, _ in listed], np.int64))
            for c in range(width)]
        return cls(columns, [sections for _, sections in listed])

    @classmethod
    def join(cls, parts: Sequence[tuple[tuple[str, ...], Records]]) -> Records:
        """The rows of several tables of one width, one after another, each with the sections that come before its own.

        `[(("January",), records), …]` → records whose rows have the section January, then their own.
        """
        columns = [
            CellColumn(
                [text for _, records in parts for text in records.columns[c].texts],
                np.concatenate([records.columns[c].starts for _, records in parts]))
            for c in range(len(parts[0][1].columns))]
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        sections = [
            known.setdefault(whole, whole) for outer, records in parts for own in records.sections
            for whole in ((*outer, *own),)]
        return cls(columns, sections)

    def select(self, indices: Sequence[int]) -> Records:
        """The rows with these indices, in this order."""
        if len(indices) == len(self):
            return self
        columns = [
            CellColumn([column.texts[i] for i in indices], column.starts[np.asarray(indices, np.int64)])
            for column in self.columns]
        return Records(columns, [self.sections[i] for i in indices])

    def __len__(self) -> int:
        return len(self.sections)

    def __iter__(self) -> Iterator[RecordRow]:
        return (RecordRow(self, index) for index in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> RecordRow: ...

    @overload
    def __getitem__(self, index: slice) -> Records: ...

    def __getitem__(self, index: int | slice) -> RecordRow | Records:
        if isinstance(index, slice):
            return Records([column[index] for column in self.columns], self.sections[index])
        return RecordRow(self, range(len(self))[index])

"""Limits of tabular files: what is beyond them is left out and counted, so that a file cannot fill the memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

MAX_ROWS, MAX_COLUMNS = 200_000, 512  # of a file, of a table: more than anybody asks about in words
# of a file, with the empty cells of its tables: a million take some 20 s and 500 MiB, which the limits of the reading
# process allow
MAX_CELLS = 1_000_000

_Row = TypeVar("_Row")


@dataclass
class TableBudget:
    """The cells that the tables of a file may still have, and the rows that did not fit."""

    cells_left: int = MAX_CELLS
    rows_left_out: int = 0

    def take_rows(self, rows: Sequence[_Row], width: int) -> Sequence[_Row]:
        """The first rows of a table of this width, as many as fit; the others are counted."""
        height = min(len(rows), self.cells_left // max(1, width))
        self.cells_left -= height * width
        self.rows_left_out += len(rows) - height
        return rows[:height]

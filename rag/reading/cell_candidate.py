"""Cell candidate: a cell of a table that may answer a question, with the texts that say what it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CellCandidate:
    """A cell that may answer, and the texts around it.

    `row_heads` and `column_heads` are texts, outermost first. `row_texts` are the other texts of its row, including its
    heads. `column_texts` are the other values of its column; they help where each column is a record, so give them for
    tables of few rows only, and none for a long list.
    """

    text: str
    row_heads: tuple[str, ...] = ()
    column_heads: tuple[str, ...] = ()
    row_texts: tuple[str, ...] = ()
    column_texts: tuple[str, ...] = ()
    caption: str = ""
    is_row_head: bool = False  # it names its row
    is_column_head: bool = False  # it names its column, or the rows below it

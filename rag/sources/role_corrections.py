"""Corrections of the heads that a model finds in a table, by what holds for a whole row or column.

A number is no head among numbers, a column names either all rows or none, a column that counts the rows names none.
All functions take flags (rows × columns) of heads of columns and of rows, and return new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.sources.cell_text_kinds import text_kind
from rag.sources.elements import Cell
from rag.text.lexicon import load_lexicon

Flags = NDArray[np.bool_]
Rows = Sequence[Sequence[Cell]]

_HALF = 0.5
_SERIAL_HEADS = frozenset(word.replace(" ", "") for word in load_lexicon("rag.sources", "serial_number_heads"))
_LONGEST_SERIAL = 6  # digits


def number_flags(rows: Rows) -> Flags:
    """The cells that are numbers but no years."""
    return np.array([[
        bool(text_kind(cell.text, "number") or text_kind(cell.text, "amount")) and not text_kind(cell.text, "year")
        for cell in row] for row in rows])


def remove_number_heads(rows: Rows, is_number: Flags, heads: tuple[Flags, Flags]) -> tuple[Flags, Flags]:
    """Heads without the numbers that stand among numbers, and without amounts.

    A number is the head of a column only in the first row, where the numbers count, or below a head of several columns;
    it is the head of a row only in the first column, or right of a head of several rows.
    """
    is_column_head, is_row_head = heads[0].copy(), heads[1].copy()
    has_numbers_below = is_number[1:].mean(axis=0) > _HALF if len(rows) > 1 else np.zeros(len(rows[0]), dtype=bool)
    among_numbers = is_number[0] & has_numbers_below & (np.arange(len(rows[0])) > 0)
    is_list = _is_sequence([cell.text for cell, flag in zip(rows[0], among_numbers, strict=True) if flag])
    if among_numbers.any() and not is_list:
        is_column_head[0] = False  # a row like those below it
    for r, c in np.argwhere(is_number & (is_column_head | is_row_head)).tolist():
        is_amount = bool(text_kind(rows[r][c].text, "amount"))
        above = rows[r - 1][c] if r else None
        is_below = above is not None and above.column_span > rows[r][c].column_span and bool(is_column_head[r - 1, c])
        is_column_head[r, c] &= (above is None or is_below) and not is_amount
        left = rows[r][c - 1] if c else None
        is_beside = left is not None and left.row_span > rows[r][c].row_span and bool(is_row_head[r, c - 1])
        is_row_head[r, c] &= (left is None or is_beside) and not is_amount
    return is_column_head, is_row_head


def _is_sequence(texts: Sequence[str]) -> bool:
    """Whether texts are numbers that go up or down by the same step: months, years of a term, sizes."""
    numbers = [int(text) for text in map(str.strip, texts) if text.isdecimal() and len(text) <= _LONGEST_SERIAL]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) == len(texts) > 1 and len(steps) == 1 and steps != {0}


def unify_columns(
    rows: Rows, filled: Flags, heads: tuple[Flags, Flags], is_section: Flags, header_rows: int,
) -> tuple[Flags, Flags]:
    """Under heads of all columns, a column at the left names all rows or none, and no other column names any.

    Pairs of head and value below each other, `姓名 | 李静 | 性别 | 女`, have no heads of columns.
    """
    is_column_head, is_row_head = heads[0].copy(), heads[1].copy()
    body = np.flatnonzero(~is_section & (np.arange(len(rows)) >= header_rows))
    is_headed = header_rows > 0 and bool((filled[header_rows - 1, 1:] | ~filled[body, 1:].any(axis=0)).all())
    if not is_headed or not len(body) or is_column_head[body].any() or _has_merged_heads(rows, header_rows):
        return is_column_head, is_row_head
    counts = filled[body].sum(axis=0)
    shares = is_row_head[body].sum(axis=0) / np.maximum(1, counts)
    names = [c for c, share in enumerate(shares.tolist()) if share >= _HALF]
    if header_rows == 1 and _are_pairs(names, is_row_head[0], len(rows[0])):
        is_column_head[0] = False
        is_row_head[0, names] = True
        return is_column_head, is_row_head
    last = -1  # of the columns from the first on that name rows, at most one column apart
    for c in names:
        if c - last > 1 + (last < 0):
            break
        last = c
    is_row_head[body] = False
    leading = [c for c in names if c <= last]
    for c in leading:
        is_row_head[body, c] = filled[body, c]
    return is_column_head, is_row_head


def _has_merged_heads(rows: Rows, header_rows: int) -> bool:
    """Whether a head of several columns is the last above them: these may be pairs of heads and values."""
    return any(cell.column_span > 1 for cell in rows[header_rows - 1])


def _are_pairs(names: Sequence[int], in_first_row: Flags, width: int) -> bool:
    """Whether columns of heads take turns with those of values, in the first row too."""
    return width > 2 and len(names) > 1 and list(names) == list(range(0, width - 1, 2)) and bool(
        in_first_row[list(names)].all())


def add_header_of_years(rows: Rows, filled: Flags, is_number: Flags, heads: tuple[Flags, Flags]) -> tuple[Flags, Flags]:
    """In a table without heads of columns, a row of years above numbers is one of heads."""
    is_column_head, is_row_head = heads[0].copy(), heads[1].copy()
    if is_column_head.any() or len(rows[0]) < 2:
        return is_column_head, is_row_head
    for r, row in enumerate(rows[:_LATEST_HEADER]):
        rest = [cell.text for cell in row[1:] if cell.text.strip()]
        if rest and all(text_kind(text, "year") for text in rest):
            if is_number[r + 1 :, 1:].sum() > _HALF * filled[r + 1 :, 1:].sum():
                is_column_head[r], is_row_head[r] = filled[r], False
            break
        if rest:
            break
    return is_column_head, is_row_head


_LATEST_HEADER = 3  # rows


def remove_serial_numbers(
    rows: Rows, filled: Flags, is_row_head: Flags, is_section: Flags, header_rows: int,
) -> Flags:
    """Heads of rows without a column that counts the rows, if there is a column of names to its right."""
    body = [r for r in range(header_rows, len(rows)) if not is_section[r]]
    column = next((c for c in range(min(2, len(rows[0]))) if is_row_head[body, c].any()), -1)
    if column < 0 or not _is_serial(rows, body, column, header_rows):
        return is_row_head
    names = next((c for c in range(column + 1, min(column + 4, len(rows[0]))) if _has_names(rows, body, c)), -1)
    if names < 0:
        return is_row_head
    corrected = is_row_head.copy()
    numbered = [r for r in body if text_kind(rows[r][column].text, "number")]
    corrected[numbered, column] = False
    if not is_row_head[numbered, column + 1 :].any():
        corrected[numbered, names] = filled[numbered, names]
    return corrected


def _is_serial(rows: Rows, body: Sequence[int], column: int, header_rows: int) -> bool:
    texts = [rows[r][column].text.strip(" .、()（）") for r in body]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) <= _LONGEST_SERIAL]
    if len(numbers) < _HALF * len(texts) or not numbers:
        return False
    head = rows[header_rows - 1][column].text.strip().lower().replace(" ", "") if header_rows else ""
    is_counting = len(numbers) > 1 and all(after - before in (0, 1) for before, after in pairwise(numbers))
    return head in _SERIAL_HEADS or (is_counting and numbers[0] in (0, 1))


def _has_names(rows: Rows, body: Sequence[int], column: int) -> bool:
    texts = [rows[r][column].text.strip() for r in body]
    names = [text for text in texts if text and not text_kind(text, "number") and not text_kind(text, "marks")]
    return len(names) > _HALF * len(texts)

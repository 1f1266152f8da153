"""Rules for the roles of table cells: probabilities of heads turned into heads, header rows, sections and groups.

The rules correct what the models of `table_roles.py` cannot see: heads that the format states, a column that only
numbers the rows, a row that names the rows below it, and heads of several columns or rows that are not merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rag.sources.elements import Table
from rag.sources.role_corrections import (
    Flags,
    Rows,
    add_header_of_years,
    number_flags,
    remove_number_heads,
    remove_serial_numbers,
    unify_columns,
)
from rag.sources.table_roles import PredictRoles, distinct_cells

# Rows and columns of which the model sees every cell. Longer tables are lists: the rest is as the last of these.
_EXAMINED_ROWS, _EXAMINED_COLUMNS = 200, 100


@dataclass(frozen=True, eq=False)
class CellRoles:
    """The roles of the cells of a table, by rows and columns of its grid."""

    is_column_head: Flags  # rows × columns
    is_row_head: Flags  # rows × columns
    is_section: Flags  # rows: one head of the rows below it
    is_border: Flags  # rows: a section whose rows have another layout than those above it
    header_rows: int
    header_columns: int
    shared_heads: Mapping[tuple[int, int], tuple[int, int]]  # an empty place in a line of heads → the head it shares


def decide_roles(table: Table, predict: PredictRoles) -> CellRoles:
    """The roles of all cells of a table from the probabilities of a model."""
    if not table.rows or not table.rows[0]:
        nothing, no_rows = np.zeros((len(table.rows), 0), dtype=bool), np.zeros(len(table.rows), dtype=bool)
        return CellRoles(nothing, nothing, no_rows, no_rows, 0, 0, {})
    rows = table.rows
    filled = np.array([[bool(cell.text.strip()) for cell in row] for row in rows])
    heads = _predicted_heads(rows, predict)
    heads = heads[0] & filled, heads[1] & filled
    is_stated = any(cell.is_head for row in rows for cell in row)
    heads = _with_stated_heads(rows, heads) if is_stated else _correct_heads(rows, filled, heads)
    is_column_head, is_row_head = heads
    is_section = _find_sections(rows, filled, is_column_head)
    is_column_head[is_section] = is_row_head[is_section] = False
    header_rows = _count_header_rows(is_column_head, is_row_head, filled)
    if not is_stated:
        is_column_head, is_row_head = unify_columns(
            rows, filled, (is_column_head, is_row_head), is_section, header_rows)
        header_rows = _count_header_rows(is_column_head, is_row_head, filled)
    is_row_head = remove_serial_numbers(rows, filled, is_row_head, is_section, header_rows)
    header_columns = _count_header_columns(is_row_head, is_section, header_rows)
    is_column_head[:header_rows] = True
    shared = _heads_of_columns(filled, header_rows, header_columns)
    shared |= _heads_of_rows(filled, is_row_head, is_section, header_rows, header_columns)
    return CellRoles(
        is_column_head, is_row_head, is_section, _find_borders(rows, is_column_head, is_row_head, is_section),
        header_rows, header_columns, shared)


def _predicted_heads(rows: Rows, predict: PredictRoles) -> tuple[Flags, Flags]:
    """Which cells the model takes for heads of columns and of rows."""
    examined = distinct_cells([row[:_EXAMINED_COLUMNS] for row in rows[:_EXAMINED_ROWS]])
    probabilities = predict(examined)
    is_head = probabilities >= _LEAST_PROBABILITY
    both = is_head.all(axis=1)
    is_head[both] = probabilities[both] >= probabilities[both].max(axis=1, keepdims=True)
    flags = is_head[examined.number]
    more_rows, more_columns = len(rows) - flags.shape[0], len(rows[0]) - flags.shape[1]
    flags = np.pad(flags, ((0, 0), (0, more_columns), (0, 0)), mode="edge")
    if more_rows:  # a list: below its header it has no heads of columns
        is_header = flags[:, :, 0].mean(axis=1) > _MOST
        flags[int(np.argmin(is_header)) if not is_header.all() else 1 :, :, 0] = False
    names = flags[:, :, 1].mean(axis=0) > _MOST if more_rows else flags[0, :, 1]
    heads = np.pad(flags, ((0, more_rows), (0, 0), (0, 0)))
    heads[len(flags) :, :, 1] = names
    return heads[:, :, 0], heads[:, :, 1]


_LEAST_PROBABILITY, _MOST = 0.5, 0.5


def _correct_heads(rows: Rows, filled: Flags, heads: tuple[Flags, Flags]) -> tuple[Flags, Flags]:
    is_number = number_flags(rows)
    return add_header_of_years(rows, filled, is_number, remove_number_heads(rows, is_number, heads))


def _with_stated_heads(rows: Rows, heads: tuple[Flags, Flags]) -> tuple[Flags, Flags]:
    """What the format says: a head in a row of heads names its column, any other its row.

    A format marks the heads of rows less often than those of columns: then those of rows are inferred.
    """
    stated = np.array([[cell.is_head is True for cell in row] for row in rows])
    names_columns = stated & (stated.mean(axis=1, keepdims=True) > _MOST)
    names_rows = stated & ~names_columns
    return names_columns, (names_rows if names_rows.any() else _leading_heads(heads[1] & ~stated, names_columns))


def _leading_heads(is_row_head: Flags, names_columns: Flags) -> Flags:
    """The heads of rows in the first columns: a column right of a column of values has values, not heads."""
    body = ~names_columns.any(axis=1)
    shares = is_row_head[body].mean(axis=0) if body.any() else np.zeros(is_row_head.shape[1])
    leading = np.cumprod(shares > _MOST).astype(bool)
    return np.asarray(is_row_head & leading)


def _find_sections(rows: Rows, filled: Flags, is_column_head: Flags) -> Flags:
    """The rows with one text that names the rows below: a cell over the whole width, or a lone label.

    Such a row above heads of columns is one of them.
    """
    height, width = filled.shape
    is_whole = np.array([row[0].origin[0] == r and row[0].column_span >= width for r, row in enumerate(rows)])
    is_whole &= filled[:, 0] & (width > 1)
    lone = filled[:, 0] & (filled.sum(axis=1) == 1) & (width > 1)
    others = ~lone & ~is_whole & ~is_column_head.any(axis=1)
    is_complete = width > 1 and others.any() and filled[others, 1:].mean() >= _COMPLETE
    has_colon = np.array([row[0].text.rstrip().endswith((":", "：")) for row in rows])
    is_section = is_whole | (lone & (is_complete | has_colon))
    is_section[-1] = False  # it names no row
    is_header = (is_column_head | ~filled).all(axis=1) & ~is_section & filled.any(axis=1)
    for r in range(height - 2, -1, -1):
        if is_section[r] and is_header[r + 1]:
            is_section[r] = False
            is_column_head[r] = is_header[r] = True
    return np.asarray(is_section)


# The share of filled cells from which a row with nothing but a label is no row whose values are missing
_COMPLETE = 0.9


def _count_header_rows(is_column_head: Flags, is_row_head: Flags, filled: Flags) -> int:
    """The rows at the top in which every text is a head of a column, or, in the corner, of a row."""
    is_header = (is_column_head | ~filled).all(axis=1) | (
        is_column_head.any(axis=1) & (is_column_head | is_row_head | ~filled).all(axis=1))
    is_header &= is_column_head.any(axis=1)
    return int(np.argmin(is_header)) if not is_header.all() else len(is_column_head)


def _count_header_columns(is_row_head: Flags, is_section: Flags, header_rows: int) -> int:
    """The columns up to the last of those, from the left, that name most rows."""
    body: Flags = is_row_head[header_rows:, :][~is_section[header_rows:], :]
    if not body.size:
        return 0
    names = [column for column, share in enumerate(body.mean(axis=0).tolist()) if share > _MOST]
    if not names or names[0] > _LAST_NAME_COLUMN:
        return 0
    last = names[0]
    for column in names[1:]:
        if column != last + 1:
            break
        last = column
    return last + 1


_LAST_NAME_COLUMN = 2  # names of rows further to the right belong to pairs of heads and values


def _heads_of_columns(filled: Flags, header_rows: int, header_columns: int) -> dict[tuple[int, int], tuple[int, int]]:
    """The heads that empty places of header rows share with their neighbours, above a row with more heads.

    Heads at equal distances each have an equal number of columns; otherwise a head reaches to the next one.
    """
    shared = {}
    columns = np.arange(header_columns, filled.shape[1])
    for r in range(header_rows - 1):
        heads = columns[filled[r, columns]]
        if not len(heads) or filled[r, columns].all() or len(heads) >= filled[r + 1, columns].sum():
            continue
        size, rest = divmod(len(columns), len(heads))
        blocks = (columns - header_columns) // size if not rest else None
        is_even = blocks is not None and len(set(blocks[heads - header_columns])) == len(heads)
        for c in columns[~filled[r, columns]]:
            before = heads[heads <= c]
            owner = heads[(c - header_columns) // size] if is_even else (before[-1] if len(before) else heads[0])
            shared[r, int(c)] = (r, int(owner))
    return shared


def _heads_of_rows(
    filled: Flags, is_row_head: Flags, is_section: Flags, header_rows: int, header_columns: int,
) -> dict[tuple[int, int], tuple[int, int]]:
    """The groups that empty places left of a name share with the rows above them; they become heads."""
    shared = {}
    for c in range(header_columns - 1):
        group = -1
        for r in range(header_rows, len(filled)):
            if is_section[r]:
                group = -1
            elif filled[r, c]:
                group = r if is_row_head[r, c] else -1
            elif group >= 0 and is_row_head[r, c + 1 : header_columns].any():
                is_row_head[r, c] = True
                shared[r, c] = (group, c)
    return shared


def _find_borders(rows: Rows, is_column_head: Flags, is_row_head: Flags, is_section: Flags) -> Flags:
    """The sections after which merging and heads of rows are arranged otherwise than before.

    What stands before the first section but heads of columns has no arrangement.
    """
    is_border = np.zeros(len(rows), dtype=bool)
    before: tuple[tuple[int, bool], ...] | None = None
    section = -1
    for r, row in enumerate(rows):
        if is_section[r]:
            section = r if section < 0 else section
        elif not is_column_head[r].any():
            layout = tuple((cell.origin[1], bool(flag)) for cell, flag in zip(row, is_row_head[r], strict=True))
            is_border[section] |= section >= 0 and before is not None and layout != before
            before, section = layout, -1
    return is_border

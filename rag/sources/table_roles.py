"""Roles of table cells: how likely each cell is the head of its column, and how likely the head of its row.

A table becomes a matrix of features of its cells: kind of text, length, position, merging, and the contrast with the
cells below it and to its right. A first pair of logistic models gives two probabilities for each cell; a second pair
corrects them by those of its neighbours, its row and its column. Their weights are in `table_roles.json`, written by
`evals/training/table_roles.py`; reading it fails if its features are not those named here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from rag.sources.cell_text_kinds import TEXT_KINDS, text_kinds
from rag.sources.elements import Cell

Matrix = NDArray[np.float64]
RoleModelName = Literal["column head", "row head", "column head, second", "row head, second"]
WEIGHTS_FILE = "table_roles.json"


@dataclass(frozen=True)
class DistinctCells:
    """The cells of a table in reading order, a merged one counted once, and the places of their borders."""

    cells: tuple[Cell, ...]
    top: NDArray[np.int64]
    left: NDArray[np.int64]
    bottom: NDArray[np.int64]  # the last row
    right: NDArray[np.int64]  # the last column
    number: NDArray[np.int64]  # rows × columns: the index of the cell at each place


def distinct_cells(rows: Sequence[Sequence[Cell]]) -> DistinctCells:
    """The distinct cells of rows of equal length, which may be a part of a table.

    A cell that says that it spans more than its neighbours show is cut at their border.
    """
    index: dict[tuple[int, int], int] = {}
    cells: list[Cell] = []
    number = np.zeros((len(rows), len(rows[0])), dtype=np.int64)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell.origin not in index:
                index[cell.origin] = len(cells)
                cells.append(cell)
            number[r, c] = index[cell.origin]
    places = np.arange(number.size)
    first, last = np.full(len(cells), number.size), np.zeros(len(cells), dtype=np.int64)
    flat = number.ravel()
    np.minimum.at(first, flat, places)
    np.maximum.at(last, flat, places)
    width = number.shape[1]
    return DistinctCells(tuple(cells), first // width, first % width, last // width, last % width, number)


def role_features(table: DistinctCells) -> Matrix:
    """The features of the first models: cells × features, in the order of `FIRST_FEATURES`."""
    kinds = np.array([text_kinds(cell.text) for cell in table.cells])
    grids = kinds[table.number]  # rows × columns × kinds
    parts = [kinds, _neighbour_kinds(table, kinds), _side_means(table, grids), _place_features(table, grids)]
    return np.hstack(parts)


_SIDES = ("above", "below", "left", "right")


def _neighbour_numbers(table: DistinctCells) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """For each of `_SIDES` the index of the cell next to each cell, and whether there is one."""
    height, width = table.number.shape
    numbers = []
    for row, column, exists in (
            (table.top - 1, table.left, table.top > 0), (table.bottom + 1, table.left, table.bottom < height - 1),
            (table.top, table.left - 1, table.left > 0), (table.top, table.right + 1, table.right < width - 1)):
        numbers.append((table.number[row.clip(0, height - 1), column.clip(0, width - 1)], exists))
    return numbers


def _neighbour_kinds(table: DistinctCells, kinds: Matrix) -> Matrix:
    parts = []
    for neighbours, exists in _neighbour_numbers(table):
        parts += [exists[:, None].astype(float), kinds[neighbours] * exists[:, None]]
    return np.hstack(parts)


def _side_means(table: DistinctCells, grids: Matrix) -> Matrix:
    """The mean kinds of the cells above, below, left and right of each cell, in its first column or row."""
    filled = 1 - grids[:, :, :1]
    values = np.concatenate([grids[:, :, :1], grids[:, :, 1:] * filled], axis=2)
    parts = []
    for axis in (0, 1):
        sums = np.insert(np.cumsum(values, axis=axis), 0, 0.0, axis=axis)
        counts = np.insert(np.cumsum(filled, axis=axis), 0, 0.0, axis=axis)
        if axis == 0:
            before, after = (table.top, table.left), (table.bottom + 1, table.left)
            total_sum, total_count = sums[-1][table.left], counts[-1][table.left]
        else:
            before, after = (table.top, table.left), (table.top, table.right + 1)
            total_sum, total_count = sums[:, -1][table.top], counts[:, -1][table.top]
        parts.append(sums[before] / np.maximum(1.0, counts[before]))
        parts.append((total_sum - sums[after]) / np.maximum(1.0, total_count - counts[after]))
    return np.hstack(parts)


_PLACE_FEATURES = (
    "first row", "second row", "last row", "first column", "second column", "last column", "row depth", "column depth",
    "merged columns", "merged rows", "share of width", "share of height", "whole width", "rows", "columns",
    "two columns", "two rows", "merged share", "number share", "head word share", "head words of first row",
    "head words of first column", "numbers of first row", "numbers of first column", "odd column",
    "same text in column", "same text in row", "cells in row")


def _place_features(table: DistinctCells, grids: Matrix) -> Matrix:
    height, width = table.number.shape
    number, head_word = TEXT_KINDS.index("number"), TEXT_KINDS.index("head word")
    column_span, row_span = table.right - table.left + 1, table.bottom - table.top + 1
    texts = [cell.text.strip() for cell in table.cells]
    ids = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    text_ids = np.array([ids[text] for text in texts])
    in_row = np.array([len(np.unique(row)) for row in table.number])
    ones = np.ones(len(table.cells))
    features = [
        table.top == 0, table.top == 1, table.bottom == height - 1, table.left == 0, table.left == 1,
        table.right == width - 1, 1 / (1 + table.top), 1 / (1 + table.left), column_span > 1, row_span > 1,
        column_span / width, row_span / height, column_span == width, ones * np.log1p(height) / 4,
        ones * np.log1p(width) / 4, ones * (width == 2), ones * (height == 2),
        ones * (1 - len(table.cells) / table.number.size),
        ones * grids[:, :, number].mean(), ones * grids[:, :, head_word].mean(),
        ones * grids[0, :, head_word].mean(), ones * grids[:, 0, head_word].mean(),
        ones * grids[0, 1:, number].mean() if width > 1 else ones * 0,
        ones * grids[1:, 0, number].mean() if height > 1 else ones * 0, table.left % 2,
        _has_twin(text_ids, table.left), _has_twin(text_ids, table.top), np.minimum(1, in_row[table.top] / 8)]
    return np.column_stack([np.asarray(feature, dtype=np.float64) for feature in features])


def _has_twin(text_ids: NDArray[np.int64], lines: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether another cell of the same row or column has the same text."""
    keys = text_ids * (int(lines.max()) + 1) + lines
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] > 1)


FIRST_FEATURES = (
    *TEXT_KINDS, *(f"{kind} {side}" for side in _SIDES for kind in ("exists", *TEXT_KINDS)),
    *(f"mean {kind} {side}" for side in _SIDES for kind in TEXT_KINDS), *_PLACE_FEATURES)


def second_features(table: DistinctCells, first: Matrix, probabilities: Matrix) -> Matrix:
    """The features of the second models: cells × features, in the order of `SECOND_FEATURES`.

    `first` has the features and `probabilities` (cells × 2) the results of the first models.
    """
    grid = probabilities[table.number]
    logits = np.log(probabilities.clip(_LEAST, 1 - _LEAST) / (1 - probabilities.clip(_LEAST, 1 - _LEAST))) / 4
    in_row, in_column = grid.mean(axis=1)[table.top], grid.mean(axis=0)[table.left]
    rest_of_rows, rest_of_columns = _mean_of_rest(grid, 1), _mean_of_rest(grid, 0)
    in_top_row, in_left_column = (table.top == 0)[:, None], (table.left == 0)[:, None]
    whole = np.tile(np.array([
        rest_of_rows[0, 0], rest_of_columns[0, 1], grid[:, :, 0].mean(), grid[:, :, 1].mean(), rest_of_rows[0, 1],
        rest_of_columns[0, 0], _mean_of_rest(rest_of_rows[:, 0], 0), _mean_of_rest(rest_of_columns[:, 1], 0),
        rest_of_rows[1:, 0].max(initial=0.0), rest_of_columns[1:, 1].max(initial=0.0)]), (len(table.cells), 1))
    parts = [probabilities, logits, probabilities.max(axis=1, keepdims=True)]
    parts += [probabilities[neighbours] * exists[:, None] for neighbours, exists in _neighbour_numbers(table)]
    parts += [in_row, in_column, rest_of_rows[table.top], rest_of_columns[table.left], grid[0][table.left],
              grid[:, 0][table.top], *_directed_means(table, grid)]
    parts += [whole, whole * in_top_row, whole * in_left_column, in_row * probabilities, in_column * probabilities]
    parts += [first[:, : len(TEXT_KINDS)], first[:, -len(_PLACE_FEATURES) :]]
    return np.hstack(parts)


_LEAST = 1e-4  # a probability beyond it counts as it


def _mean_of_rest(grid: Matrix, axis: int) -> Matrix:
    """The mean along an axis without its first line, or 0."""
    rest = np.delete(grid, 0, axis=axis)
    return np.asarray(rest.mean(axis=axis) if rest.shape[axis] else np.zeros_like(rest.sum(axis=axis)))


def _directed_means(table: DistinctCells, grid: Matrix) -> list[Matrix]:
    """The mean probabilities of the cells above, below, left and right of each cell."""
    height, width = table.number.shape
    down = np.insert(np.cumsum(grid, axis=0), 0, 0.0, axis=0)
    along = np.insert(np.cumsum(grid, axis=1), 0, 0.0, axis=1)
    below, beyond = height - 1 - table.bottom, width - 1 - table.right
    return [
        down[table.top, table.left] / np.maximum(1, table.top)[:, None],
        (down[-1][table.left] - down[table.bottom + 1, table.left]) / np.maximum(1, below)[:, None],
        along[table.top, table.left] / np.maximum(1, table.left)[:, None],
        (along[:, -1][table.top] - along[table.top, table.right + 1]) / np.maximum(1, beyond)[:, None]]


_WHOLE = (
    "first row", "first column", "all as column head", "all as row head", "first row as row heads",
    "first column as column heads", "other rows", "other columns", "best other row", "best other column")
_BOTH = ("as column head", "as row head")
SECOND_FEATURES = (
    *(f"{kind} {both}" for kind in ("probability", "logit") for both in _BOTH), "probability as a head",
    *(f"{place} {both}" for place in (
        *_SIDES, "mean of row", "mean of column", "mean of rest of row", "mean of rest of column", "first in column",
        "first in row", *(f"mean {side}" for side in _SIDES)) for both in _BOTH),
    *(f"{name}{place}" for place in ("", ", at the top", ", at the left") for name in _WHOLE),
    *(f"{line} times own {both}" for line in ("row", "column") for both in _BOTH), *TEXT_KINDS, *_PLACE_FEATURES)
MODEL_FEATURES: Mapping[RoleModelName, tuple[str, ...]] = {
    "column head": FIRST_FEATURES, "row head": FIRST_FEATURES,
    "column head, second": SECOND_FEATURES, "row head, second": SECOND_FEATURES}

PredictRoles = Callable[[DistinctCells], Matrix]


def role_probabilities(table: DistinctCells) -> Matrix:
    """How likely each cell is the head of its column, and of its row: cells × 2, 0 to 1."""
    return apply_models(_load_models(), table)


def apply_models(models: Mapping[RoleModelName, Matrix], table: DistinctCells) -> Matrix:
    """The probabilities of the second models; each model is its weights in the order of its features, then the bias."""
    first = role_features(table)
    probabilities = _logistic(first, models["column head"], models["row head"])
    second = second_features(table, first, probabilities)
    return _logistic(second, models["column head, second"], models["row head, second"])


def _logistic(values: Matrix, *models: Matrix) -> Matrix:
    scores = np.column_stack([values @ model[:-1] + model[-1] for model in models])
    return np.asarray(1 / (1 + np.exp(-scores.clip(-30, 30))))


class _ModelTable(TypedDict):
    """A model as stored in the file."""

    weights: dict[str, float]
    bias: float


@cache
def _load_models() -> dict[RoleModelName, Matrix]:
    tables: dict[RoleModelName, _ModelTable] = json.loads(
        resources.files("rag.sources").joinpath(WEIGHTS_FILE).read_text("utf-8"))
    models: dict[RoleModelName, Matrix] = {}
    for name, features in MODEL_FEATURES.items():
        if differing := set(tables[name]["weights"]) ^ set(features):
            names = ", ".join(sorted(differing))
            raise ValueError(f"{WEIGHTS_FILE}, model {name}: weights and features differ in {names}; train it again")
        weights = [tables[name]["weights"][feature] for feature in features]
        models[name] = np.array([*weights, tables[name]["bias"]])
    return models


def reload_role_models() -> None:
    """Read the file again at the next use; called by the script that writes it."""
    _load_models.cache_clear()

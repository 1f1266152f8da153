"""Models of the cells that answer: whether the best cell of a table answers at all, and which others answer with it.

The weights are in `cell_set_weights.json`, written by `evals/training/cell_sets.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, TypedDict

from rag.reading.linear_model import LinearModel

CELL_SET_WEIGHTS_FILE = "cell_set_weights.json"
CellSetModelName = Literal["companion", "answering"]


class CellSetTable(TypedDict):
    """A model as stored in the file: weights by feature name, bias, thresholds of the probability by name."""

    weights: dict[str, float]
    bias: float
    thresholds: dict[str, float]


def load_cell_set_model(name: CellSetModelName, features: Sequence[str]) -> LinearModel:
    """A logistic model by its name, with the weights in the order of `features`.

    Raises:
        ValueError: the file has weights of other features.
    """
    return _parse_model(name, tuple(features))


@cache
def _parse_model(name: CellSetModelName, features: tuple[str, ...]) -> LinearModel:
    table = _read_tables()[name]
    if differing := set(table["weights"]) ^ set(features):
        names = ", ".join(sorted(differing))
        message = f"weights and features differ in {names}; train it again"
        raise ValueError(f"{CELL_SET_WEIGHTS_FILE}, model {name}: {message}")
    return LinearModel(tuple(table["weights"][feature] for feature in features), table["bias"], table["thresholds"])


@cache
def _read_tables() -> Mapping[CellSetModelName, CellSetTable]:
    tables: dict[CellSetModelName, CellSetTable] = json.loads(
        resources.files("rag.reading").joinpath(CELL_SET_WEIGHTS_FILE).read_text("utf-8"))
    return tables


def reload_cell_set_models() -> None:
    """Read the file again at the next use; called by the script that writes it."""
    _read_tables.cache_clear()
    _parse_model.cache_clear()

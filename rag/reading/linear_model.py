"""Linear models of `rag/reading`: weights and thresholds from `weights.json`.

For each model the file has the weights by feature name, the bias, and the thresholds of the score. It is written by
`evals/training/train.py`. Reading it fails if its features are not those of `features.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypedDict

from rag.reading.features import MODEL_FEATURES, ModelName

WEIGHTS_FILE = "weights.json"


@dataclass(frozen=True)
class LinearModel:
    """A weighted sum of features, with the thresholds of its score.

    The thresholds of a logistic model are probabilities (0 to 1); those of `sentence` are ratios of the odds of two
    sentences (0 to 1).
    """

    weights: tuple[float, ...]  # in the order of the model's features
    bias: float
    thresholds: Mapping[str, float]

    def score(self, values: Sequence[float]) -> float:
        """Bias plus the weighted sum of the feature values, which are given in the model's order."""
        return self.bias + sum(weight * value for weight, value in zip(self.weights, values, strict=True))

    def probability(self, values: Sequence[float]) -> float:
        """Logistic regression: 1 / (1 + exp(−score)), 0 to 1."""
        return 1.0 / (1.0 + math.exp(-max(-_LARGEST_LOGIT, min(_LARGEST_LOGIT, self.score(values)))))


_LARGEST_LOGIT = 30.0  # beyond it a probability differs from 0 or 1 by less than 1e-13


def load_model(name: ModelName) -> LinearModel:
    """A model by its name, with the weights in the order of its features.

    Raises:
        ValueError: the file and `rag/reading/features.py` do not name the same features.
    """
    return _load_models()[name]


class _ModelTable(TypedDict):
    """A model as stored in the file."""

    weights: dict[str, float]
    bias: float
    thresholds: dict[str, float]


@cache
def _load_models() -> dict[ModelName, LinearModel]:
    text = resources.files("rag.reading").joinpath(WEIGHTS_FILE).read_text("utf-8")
    tables: dict[ModelName, _ModelTable] = json.loads(text)
    return {name: _parse_model(name, table) for name, table in tables.items()}


def _parse_model(name: ModelName, table: _ModelTable) -> LinearModel:
    features, weights = MODEL_FEATURES[name], table["weights"]
    if differing := set(weights) ^ set(features):
        names = ", ".join(sorted(differing))
        raise ValueError(f"{WEIGHTS_FILE}, model {name}: weights and features differ in {names}; train the model again")
    return LinearModel(tuple(weights[feature] for feature in features), table["bias"], table["thresholds"])


def reload_models() -> None:
    """Read the file again at the next use; called by the script that writes it."""
    _load_models.cache_clear()

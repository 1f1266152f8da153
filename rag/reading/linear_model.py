"""Linear models of `rag/reading`: weights and thresholds from `weights.json`.

For each model the file has the weights by feature name, the bias, and the thresholds of the score. It is written by
`evals/training/answers/fit.py`. Reading it fails if its features are not those of `features.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TypedDict

from rag.reading.features import MODEL_FEATURES, ModelName
from rag.schema import Language

WEIGHTS_FILE = "weights.json"


@dataclass(frozen=True)
class LinearModel:
    """A weighted sum of features, with the thresholds of its score.

    The thresholds of `answer` and `read answer` are calibrated probabilities (0 to 1); those of `sentence` and `read
    sentence` are ratios of the odds of two sentences (0 to 1). `calibration`: for each language slope and intercept
    that turn a score into log-odds which are right as often as they say (Platt 1999).
    """

    weights: tuple[float, ...]  # in the order of the model's features
    bias: float
    thresholds: Mapping[str, float]
    calibration: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def score(self, values: Sequence[float]) -> float:
        """Bias plus the weighted sum of the feature values, which are given in the model's order."""
        return self.bias + sum(weight * value for weight, value in zip(self.weights, values, strict=True))

    def probability(self, values: Sequence[float]) -> float:
        """Logistic regression: 1 / (1 + exp(−score)), 0 to 1."""
        return _logistic(self.score(values))

    def calibrated_probability(self, values: Sequence[float], language: Language) -> float:
        """The probability after the calibration for a language, 0 to 1."""
        slope, intercept = self.calibration[language]
        return _logistic(slope * self.score(values) + intercept)


def _logistic(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-_LARGEST_LOGIT, min(_LARGEST_LOGIT, score))))


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
    calibration: dict[str, tuple[float, float]]  # empty: the scores are not probabilities, or need no calibration


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
    return LinearModel(
        tuple(weights[feature] for feature in features), table["bias"], table["thresholds"], table["calibration"])


def reload_models() -> None:
    """Read the file again at the next use; called by the script that writes it."""
    _load_models.cache_clear()

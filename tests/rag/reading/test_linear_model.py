"""Linear models: their file names exactly the features of the code, with thresholds and calibration."""

import math

import pytest

from rag.reading.features import MEANINGS, MODEL_FEATURES, ModelName
from rag.reading.linear_model import LinearModel, _parse_model, load_model
from rag.schema import LANGUAGES

QUOTES = {"quote", "quote of a list"}
LEVELS = {"answer", "answer with a false premise", "fair zh", "fair en", "strong zh", "strong en"}
THRESHOLDS: dict[ModelName, set[str]] = {
    "passage": set(), "sentence": QUOTES, "read sentence": QUOTES, "answer": LEVELS, "read answer": LEVELS}


@pytest.mark.parametrize("name", MODEL_FEATURES)
def test_file_and_code_name_the_same_features(name: ModelName) -> None:
    model = load_model(name)
    assert len(model.weights) == len(MODEL_FEATURES[name])
    assert model.thresholds.keys() == THRESHOLDS[name]
    assert set(model.calibration) == (set(LANGUAGES) if "answer" in name else set())


def test_every_feature_has_a_meaning() -> None:
    used = {feature for features in MODEL_FEATURES.values() for feature in features}
    assert used == set(MEANINGS)
    assert all(MEANINGS.values())


def test_a_misspelt_feature_is_named() -> None:
    weights = dict.fromkeys(MODEL_FEATURES["passage"], 0.0)
    weights["lettres"] = weights.pop("letters")
    with pytest.raises(ValueError, match="letters, lettres"):
        _parse_model("passage", {"weights": weights, "bias": 0.0, "thresholds": {}, "calibration": {}})


def test_probability_is_the_logistic_of_the_score() -> None:
    model = LinearModel((2.0, -1.0), 0.5, {}, {"en": (2.0, -1.0)})
    assert model.score([1.0, 0.5]) == 2.0
    assert model.probability([1.0, 0.5]) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert model.probability([1e6, 0.0]) <= 1.0
    assert model.calibrated_probability([1.0, 0.5], "en") == pytest.approx(1 / (1 + math.exp(-3.0)))

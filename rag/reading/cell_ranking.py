"""Ranking of table cells: which cell of a table answers a question.

The score of a cell is a weighted sum of its features (`cell_features.py`). The weights are in `cell_weights.json`,
written by `evals/training/cells.py`; reading it fails if its features are not those of `cell_features.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rag.questions.analysis import AnalysedQuestion
from rag.reading.cell_candidate import CellCandidate
from rag.reading.cell_features import CELL_FEATURES, cell_feature_table
from rag.reading.cell_matching import likely_cells
from rag.reading.linear_model import LinearModel
from rag.reading.matching import TermWeight

CELL_WEIGHTS_FILE = "cell_weights.json"


@dataclass(frozen=True)
class RankedCells:
    """The cells of a table with their scores for one question, in their order; the features of those compared.

    Scores of one question can be compared, as odds: a cell with 1 more is e times as likely.
    """

    cells: Sequence[CellCandidate]
    scores: Sequence[float]
    features: Mapping[int, Sequence[float]]  # by the index of the cell: the values of CELL_FEATURES

    @property
    def best(self) -> int:
        """The index of the first cell with the highest score; there must be a cell."""
        return max(range(len(self.scores)), key=lambda i: (self.scores[i], -i))


def rank_cells(
    question: AnalysedQuestion, cells: Sequence[CellCandidate], term_weight: TermWeight,
) -> RankedCells:
    """The scores of the cells of a table: the higher, the likelier a cell answers.

    In a long table only the cells that are most similar to the question at a glance are compared in full; the others
    have `UNLIKELY`.
    """
    model = _load_cell_model()
    examined = likely_cells(question, cells, _EXAMINED_CELLS)
    table = cell_feature_table(question, [cells[i] for i in examined], term_weight)
    features = dict(zip(examined, table, strict=True))
    scores = [model.score(features[i]) if i in features else UNLIKELY for i in range(len(cells))]
    return RankedCells(cells, scores, features)


UNLIKELY = -100.0  # lower than the score of any cell that is compared
_EXAMINED_CELLS = 1_000  # takes about 0.1 s


def cell_probabilities(scores: Sequence[float]) -> list[float]:
    """The softmax of scores: how likely each cell answers if one of them does, 0 to 1, together 1."""
    best = max(scores, default=0.0)
    odds = [math.exp(score - best) for score in scores]
    return [value / sum(odds) for value in odds]


@cache
def _load_cell_model() -> LinearModel:
    weights: dict[str, float] = json.loads(
        resources.files("rag.reading").joinpath(CELL_WEIGHTS_FILE).read_text("utf-8"))
    if differing := set(weights) ^ set(CELL_FEATURES):
        names = ", ".join(sorted(differing))
        raise ValueError(f"{CELL_WEIGHTS_FILE}: weights and features differ in {names}; train it again")
    return LinearModel(tuple(weights[feature] for feature in CELL_FEATURES), 0.0, {})


def reload_cell_model() -> None:
    """Read the file again at the next use; called by the script that writes it."""
    _load_cell_model.cache_clear()

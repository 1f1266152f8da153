"""Answerability of a table: how probably its best cell answers the question.

A table on the topic that lacks the row or the column that is asked for has a best cell, too. A logistic model tells
them apart by how the heads of the cell and the question name each other, by the kind of the cell, and by how far the
cell is ahead of others. The weights are in `cell_set_weights.json`, written by `evals/training/cell_sets.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rag.questions.analysis import AnalysedQuestion
from rag.reading.cell_features import CELL_FEATURE_MEANINGS, CELL_FEATURES
from rag.reading.cell_ranking import RankedCells, cell_probabilities
from rag.reading.cell_set_models import load_cell_set_model
from rag.reading.measures import find_measures, possible_measures

# features of the best cell, each with the sign that its meaning lets expect; 0: either
CELL_SIGNS: Mapping[str, int] = MappingProxyType({
    "row_leaf_rare": 1, "column_leaf_rare": 1, "named_product": 1, "row_outer_whole": 1, "both_first": 1,
    "around_signs": 1, "stack_signs": 1, "stack_words_local": 1, "heads_concepts": 1,
    "row_opposite": -1, "column_opposite": -1,
    "is_row_head": 0, "is_column_head": 0, "no_row_head": 0, "no_column_head": 0, "row_head_of_name": 1,
    "own_named": 0, "own_signs": 0, "length": 0, "yes_or_no": 1, "mark_unasked": -1, "number_missing": -1,
    "percent_unasked": -1, "asked_time": 1, "time_missing": -1, "time_unasked": -1, "year_missing": -1,
    "rest_year_found": 1, "rest_year_missing": -1, "total_unasked": -1})
_OWN_MEANINGS: Mapping[str, str] = {
    "certainty": "how probably this cell answers if one of the table does",
    "words": "number of the question's words, divided by 12, at most 1",
    "measure_missing": "1: the question names a measure (`reading/measures.py`), and no head is one",
}
ANSWERING_SIGNS: Mapping[str, int] = {**CELL_SIGNS, "certainty": 1, "words": -1, "measure_missing": -1}
ANSWERING_FEATURE_MEANINGS: Mapping[str, str] = {
    **{name: CELL_FEATURE_MEANINGS[name] for name in CELL_SIGNS}, **_OWN_MEANINGS}
ANSWERING_FEATURES = tuple(ANSWERING_FEATURE_MEANINGS)
_MOST_WORDS = 12


def answering_probability(question: AnalysedQuestion, ranked: RankedCells) -> float:
    """How probably the best cell of a table answers, 0 to 1; there must be a cell."""
    model = load_cell_set_model("answering", ANSWERING_FEATURES)
    return model.probability(answering_features(question, ranked))


def answering_thresholds() -> Mapping[str, float]:
    """The probabilities from which a cell answers: `sure`; or `possible`, if its words account for the question."""
    return load_cell_set_model("answering", ANSWERING_FEATURES).thresholds


def answering_features(question: AnalysedQuestion, ranked: RankedCells) -> list[float]:
    """The values of ANSWERING_FEATURES, in their order."""
    best = ranked.best
    cell = ranked.cells[best]
    values = dict(zip(CELL_FEATURES, ranked.features[best], strict=True))
    measures = find_measures(question.text)
    heads = "\n".join((*cell.row_heads, *cell.column_heads))
    own = {
        "certainty": cell_probabilities(ranked.scores)[best],
        "words": min(len(question.terms), _MOST_WORDS) / _MOST_WORDS,
        "measure_missing": float(bool(measures) and not measures & possible_measures(heads))}
    return [own[name] if name in own else values[name] for name in ANSWERING_FEATURES]

"""Features of the cells of a table: how well a cell, with its heads and its row, answers a question.

A question names the row and the column of the cell that answers it, in its own words and in any order: `What did the
Mill Lane shop take in May?` A cell becomes a row of numbers, about 0 to 1, that compare its heads, the rest of its row
and its text with the question, and its kind with what is asked for. `rag/reading/cell_ranking.py` adds them up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.questions.analysis import AnalysedQuestion
from rag.reading.cell_candidate import CellCandidate
from rag.reading.cell_kinds import kind_features, total_features, year_features
from rag.reading.cell_matching import PartMatches, match_texts
from rag.reading.matching import TermWeight
from rag.reading.table_vocabulary import find_concepts, opposite_concepts

Matrix = NDArray[np.float64]
Column = NDArray[np.float64]  # one value for each cell

_PARTS = ("words", "signs", "grams")
CELL_FEATURE_MEANINGS: Mapping[str, str] = {
    "heads_words": "coverage of the question by the heads of row and column",
    "around_words": "coverage by the heads, the row and the caption",
    "around_signs": "the same for single Han characters and English stems",
    "around_grams": "the same for bigrams",
    "rest_grams": "share of the question's bigrams in the other cells of the row",
    "stack_words": "coverage by the other values of the column, which say what a record is where it is a column",
    "stack_signs": "the same for single Han characters and English stems",
    "stack_grams": "the same for bigrams",
    "stack_words_local": "share, among the words that any column has, weighted by their rarity there",
    "stack_grams_local": "the same for bigrams",
    "own_words": "coverage by the cell itself",
    "own_signs": "the same for single Han characters and English stems",
    "row_leaf_rare": "share of the innermost head of the row that the question has; rare parts count more",
    "column_leaf_rare": "the same for the innermost head of the column",
    "named_product": "product of the shares of both innermost heads that the question has",
    "row_outer_named": "share of the outer heads of the row that the question has",
    "column_outer_named": "the same for the outer heads of the column",
    "row_leaf_whole": "1: the question contains the innermost head of the row",
    "row_outer_whole": "1: it contains an outer head of the row",
    "column_leaf_whole": "1: it contains the innermost head of the column",
    "column_outer_whole": "1: it contains an outer head of the column",
    "own_named": "share of the cell that the question has",
    "rest_whole": "1: the question contains another value of the row",
    "stack_whole": "1: the question contains another value of the column",
    "row_first": "1: no cell's row heads cover more of the question",
    "both_first": "1: nor do any cell's column heads",
    "heads_concepts": "share of the question's concepts (table_vocabulary.py) in the heads",
    "row_concepts_named": "share of the concepts of the innermost head of the row that the question has",
    "column_concepts_named": "the same for the column",
    "row_opposite": "1: a head of the row is the opposite of a concept of the question, and none has this itself",
    "column_opposite": "the same for the column",
    "no_row_head": "1: the row has no head",
    "no_column_head": "1: the column has no head",
    "is_row_head": "1: the cell names its row",
    "is_column_head": "1: the cell names its column",
    "asked_number": "1: a number is asked for and the cell is one",
    "number_missing": "1: a number is asked for and the cell is none",
    "asked_percent": "1: a share is asked for and the cell or a head is one",
    "percent_unasked": "1: the cell or a head is a share and none is asked for",
    "asked_time": "1: a time is asked for and the cell is one",
    "time_missing": "1: a time is asked for and the cell is none",
    "time_unasked": "1: the cell is a time and none is asked for",
    "asked_name": "1: a name, person, place or thing is asked for and the cell is words",
    "row_head_of_name": "1: such a thing is asked for and the cell names its row",
    "yes_or_no": "1: the question can be answered with yes or no, and the cell is yes, no or a mark",
    "mark_unasked": "1: the cell is a mark and the question cannot be answered so",
    "year_missing": "1: the heads name other years only",
    "rest_year_found": "1: a year of the question is in the rest of the row",
    "rest_year_missing": "1: the rest of the row names other years only, and so do the heads",
    "own_year_found": "1: a year of the question is in the cell",
    "total_unasked": "1: the cell is a total and none is asked for",
    "length": "logarithm of the length of the cell, divided by 5",
}
CELL_FEATURES = tuple(CELL_FEATURE_MEANINGS)


def cell_feature_table(
    question: AnalysedQuestion, cells: Sequence[CellCandidate], term_weight: TermWeight,
) -> list[list[float]]:
    """For each cell of a table the values of CELL_FEATURES, in their order.

    All cells of the table are to be given, because a part of the question that few of them have counts more.
    """
    if not cells:
        return []
    texts = _TableTexts(question, cells, term_weight)
    features = {
        **_coverage_features(texts), **_naming_features(texts), **_concept_features(question, cells),
        **kind_features(question, cells), **year_features(question, cells), **total_features(question, cells)}
    table = np.column_stack([np.asarray(features[name], dtype=np.float64) for name in CELL_FEATURES])
    return [[float(value) for value in row] for row in table]


class _TableTexts:
    """The texts around the cells, compared with the question: a row of part matches for each cell and side."""

    def __init__(self, question: AnalysedQuestion, cells: Sequence[CellCandidate], term_weight: TermWeight) -> None:
        self.cells = cells
        self.matches = match_texts(question, _all_texts(cells), term_weight)
        self.heads: dict[str, list[tuple[str, ...]]] = {
            "row_leaf": [cell.row_heads[-1:] for cell in cells], "row_outer": [cell.row_heads[:-1] for cell in cells],
            "column_leaf": [cell.column_heads[-1:] for cell in cells],
            "column_outer": [cell.column_heads[:-1] for cell in cells]}
        row = np.maximum(self._pick(self.heads["row_leaf"]), self._pick(self.heads["row_outer"]))
        column = np.maximum(self._pick(self.heads["column_leaf"]), self._pick(self.heads["column_outer"]))
        rest = self._pick([cell.row_texts for cell in cells])
        heads = np.maximum(row, column)
        around = np.maximum(np.maximum(heads, rest), self._pick([(cell.caption,) for cell in cells]))
        self.sides: dict[str, Matrix] = {
            "row": row, "column": column, "rest": rest, "stack": self._pick([cell.column_texts for cell in cells]),
            "own": self._pick([(cell.text,) for cell in cells]), "heads": heads, "around": around}

    def _pick(self, texts: Sequence[tuple[str, ...]]) -> Matrix:
        """What the texts of each cell match together: cells × parts."""
        values, index = self.matches.values, self.matches.index
        picked = np.zeros((len(texts), values.shape[1]))
        for i, several in enumerate(texts):
            numbers = [index[text] for text in several if text in index]
            if numbers:
                picked[i] = values[numbers[0]] if len(numbers) == 1 else values[numbers].max(axis=0)
        return picked


def _all_texts(cells: Sequence[CellCandidate]) -> list[str]:
    """All texts in and around the cells, without repetitions, heads first."""
    texts: dict[str, None] = {}
    for cell in cells:
        texts.update(dict.fromkeys((*cell.row_heads, *cell.column_heads, cell.caption)))
    for cell in cells:
        texts.update(dict.fromkeys((cell.text, *cell.row_texts, *cell.column_texts)))
    return [text for text in texts if text.strip()]


def _coverage_features(texts: _TableTexts) -> dict[str, Column]:
    features: dict[str, Column] = {}
    local: dict[str, list[Column]] = {"row": [], "column": [], "stack": []}
    for part, (columns, weights) in texts.matches.parts.items():
        for side, values in texts.sides.items():
            features[f"{side}_{part}"] = values[:, columns] @ weights / (float(weights.sum()) or 1.0)
        for side, shares in local.items():
            shares.append(_local_share(texts.sides[side][:, columns]))
    features |= {f"stack_{part}_local": share for part, share in zip(_PARTS, local["stack"], strict=True)}
    row_first, column_first = (_is_best(np.sum(local[side], axis=0)) for side in ("row", "column"))
    features["row_first"], features["both_first"] = row_first, row_first * column_first
    return features


_FIRST = 0.999  # of the best value; below 1 because of rounding


def _local_share(values: Matrix) -> Column:
    """The share of the parts that any cell has, weighted by their rarity among the different texts of the cells."""
    different = np.unique(values, axis=0)
    frequency = different.sum(axis=0)
    weights = np.where(frequency > 0, np.log((len(different) + 1) / (0.5 + frequency)), 0.0).clip(0.0)
    return np.asarray(values @ weights / (float(weights.sum()) or 1.0))


def _is_best(values: Column) -> Column:
    """1 for the highest value, 0 for others; if none is above 0, all are."""
    return np.asarray(values >= _FIRST * float(values.max(initial=0.0)), dtype=np.float64)


def _naming_features(texts: _TableTexts) -> dict[str, Column]:
    """How much of the heads and of the cell the question has, and whether it contains them whole."""
    cells, matches = texts.cells, texts.matches
    features: dict[str, Column] = {}
    for name, several in texts.heads.items():
        features[f"{name}_named"] = _highest(matches.named_share, several)
        features[f"{name}_whole"] = _highest(matches.is_contained, several)
    features["own_named"] = np.array([matches.named_share(cell.text) for cell in cells])
    for name in ("row_leaf", "column_leaf"):
        features[f"{name}_rare"] = _rare_shares(matches, texts.heads[name])
    features["rest_whole"] = _highest(
        matches.is_contained, [tuple(text for text in cell.row_texts if text not in cell.row_heads) for cell in cells])
    features["stack_whole"] = _highest(matches.is_contained, [cell.column_texts for cell in cells])
    features["named_product"] = features["row_leaf_named"] * features["column_leaf_named"]
    features["is_row_head"] = np.array([float(cell.is_row_head) for cell in cells])
    features["is_column_head"] = np.array([float(cell.is_column_head) for cell in cells])
    features["no_row_head"] = np.array([float(not cell.row_heads) for cell in cells])
    features["no_column_head"] = np.array([float(not cell.column_heads) for cell in cells])
    return features


def _highest(score: Callable[[str], float], texts: Sequence[tuple[str, ...]]) -> Column:
    """The highest score of the texts of each cell, 0 without texts."""
    return np.array([max(map(score, several), default=0.0) for several in texts], dtype=np.float64)


def _rare_shares(matches: PartMatches, heads: Sequence[tuple[str, ...]]) -> Column:
    """The share of each head that the question has, its parts weighted by their rarity among the heads."""
    different = {text for several in heads for text in several}
    shares = matches.rare_shares(different)
    return np.array([max((shares[text] for text in several), default=0.0) for several in heads])


def _concept_features(question: AnalysedQuestion, cells: Sequence[CellCandidate]) -> dict[str, Column]:
    """Which concepts of the question the heads have, and whether they have an opposite instead."""
    asked = find_concepts(question.text)
    opposites = opposite_concepts(asked)
    count = len(asked) or 1
    rows = []
    for cell in cells:
        row = frozenset[int]().union(*map(find_concepts, cell.row_heads))
        column = frozenset[int]().union(*map(find_concepts, cell.column_heads))
        leaves = [
            frozenset[int]().union(*map(find_concepts, heads[-1:])) for heads in (cell.row_heads, cell.column_heads)]
        rows.append((
            len((row | column) & asked) / count,
            *(len(leaf & asked) / (len(leaf) or 1) for leaf in leaves),
            *(float(bool(side & opposites) and not opposite_concepts(side & opposites) & side & asked)
              for side in (row, column))))
    names = ("heads_concepts", "row_concepts_named", "column_concepts_named", "row_opposite", "column_opposite")
    return {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}

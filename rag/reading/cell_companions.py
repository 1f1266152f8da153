"""Companions of a cell: the other cells of its row or its column that a question asks for together with it.

`期初余额和期末余额各是多少？` asks for two cells of a row, `各部门的人数` for all of a column. For each other cell of the row
and the column of the best one a logistic model says how probably it answers too; the weights are in
`cell_set_weights.json`, written by `evals/training/cell_sets.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from rag.questions.analysis import AnalysedQuestion
from rag.reading.answer_units import LIST_KINDS
from rag.reading.cell_candidate import CellCandidate
from rag.reading.cell_kinds import asks_total, is_number, is_total
from rag.reading.cell_ranking import RankedCells
from rag.reading.cell_set_models import load_cell_set_model
from rag.reading.matching import text_view
from rag.text.language import normalise
from rag.text.lexicon import load_lexicon

COMPANION_FEATURE_MEANINGS: Mapping[str, str] = {
    "gap": "by how much the best cell's score is higher, divided by 10, at most 1",
    "odds": "how likely the cell is by its score, relative to the best one, 0 to 1",
    "odds_of_kind": "the same, 0 where one of the two is a number and the other is none",
    "rank": "one divided by the rank among the other cells of row and column",
    "named": "share of the heads that only this cell has that the question has",
    "named_alone": "the same without what the best cell's heads have too",
    "whole": "1: the question contains one of these heads",
    "same_heads": "1: the cell has no head that the best one does not have",
    "same_role": "1: both name rows, or columns, or neither does",
    "several_gap": "gap, where the question says that there are several: 分别, both",
    "joined": "1: the question joins two things: 和, and",
    "joined_named": "the same with `named`",
    "joined_odds": "the same with `odds`",
    "joined_both": "the same with the share that each cell's heads alone have of the question, the smaller one",
    "joined_same_heads": "the same with `same_heads`",
    "joined_total": "the same where the cell is a total and none is asked for",
    "joined_gap": "the same with `gap`",
    "list": "1: the question asks for a list: 哪些, what are",
    "each": "1: it asks for every member: 各项, every",
    "each_column": "the same where the cell is in the column of the best one",
    "each_named": "the same with `named`",
    "each_gap": "the same with `gap`",
    "asked_twice": "1: the question asks twice",
    "asked_twice_same_heads": "the same with `same_heads`",
}
COMPANION_FEATURES = tuple(COMPANION_FEATURE_MEANINGS)
_MOST_COMPARED = 200  # cells of a row and a column; takes about 10 ms
_LARGEST_GAP = 10.0
_LONGEST_HEAD = 200  # characters that are compared


def find_companions(question: AnalysedQuestion, ranked: RankedCells, rows: Sequence[Hashable]) -> list[int]:
    """The indices of the cells that answer together with the best one, the likeliest first.

    `rows` has for each cell what tells its row from others. `磨坊店的员工人数和月租金分别是多少？`, best cell: its number of
    staff → the cell of its rent.
    """
    model = load_cell_set_model("companion", COMPANION_FEATURES)
    indices = companion_candidates(ranked, rows)
    table = companion_feature_table(question, ranked, rows, indices)
    probabilities = {i: model.probability(values) for i, values in zip(indices, table, strict=True)}
    chosen = [i for i, probability in probabilities.items() if probability >= model.thresholds["companion"]]
    return sorted(chosen, key=lambda i: (-probabilities[i], i))


def companion_candidates(ranked: RankedCells, rows: Sequence[Hashable]) -> list[int]:
    """The other cells in the row and in the column of the best one, those of the highest scores, best first."""
    best = ranked.best
    heads = ranked.cells[best].column_heads
    beside = [
        i for i, cell in enumerate(ranked.cells)
        if i != best and (rows[i] == rows[best] or cell.column_heads == heads)]
    return sorted(beside, key=lambda i: (-ranked.scores[i], i))[:_MOST_COMPARED]


def companion_feature_table(
    question: AnalysedQuestion, ranked: RankedCells, rows: Sequence[Hashable], indices: Sequence[int],
) -> list[list[float]]:
    """The values of COMPANION_FEATURES, in their order, for some cells in the order of their scores."""
    comparison = _Comparison(question, ranked)
    table = []
    for rank, index in enumerate(indices, 1):
        features = comparison.features(index, rank, is_in_column=rows[index] != rows[ranked.best])
        table.append([features[name] for name in COMPANION_FEATURES])
    return table


class _Comparison:
    """A question, its best cell, and what another cell has beyond it."""

    def __init__(self, question: AnalysedQuestion, ranked: RankedCells) -> None:
        self._question, self._ranked = question, ranked
        self._cell = ranked.cells[ranked.best]
        self._best_score = ranked.scores[ranked.best]
        self._units = frozenset(question.characters) | question.bigrams
        self._text = _compact(question.text)

    @cached_property
    def _cues(self) -> Mapping[str, float]:
        text = normalise(self._question.text)
        cues = {kind: float(pattern.search(text) is not None) for kind, pattern in _cue_patterns().items()}
        asking = len(_cue_patterns()["asking"].findall(text))
        marks = text.count("?")
        is_list = bool(self._question.kinds & LIST_KINDS)
        return {**cues, "asking": float(asking > 1 or marks > 1), "list": max(cues["list"], float(is_list))}

    def features(self, index: int, rank: int, *, is_in_column: bool) -> dict[str, float]:
        """The features of one cell by name; `rank` from 1 among those that are compared."""
        cell, best, cues = self._ranked.cells[index], self._cell, self._cues
        own, others = _other_heads(cell, best), _other_heads(best, cell)
        own_units, other_units = _units(own), _units(others)
        gap = min(self._best_score - self._ranked.scores[index], _LARGEST_GAP)
        odds = math.exp(-gap)
        named_alone = self._share(own_units - other_units)
        values = {
            "gap": gap / _LARGEST_GAP, "odds": odds, "odds_of_kind": odds * (is_number(cell) == is_number(best)),
            "rank": 1 / rank, "named": self._share(own_units), "named_alone": named_alone,
            "both": min(named_alone, self._share(other_units - own_units)),
            "whole": float(any(self._contains(head) for head in own)), "same_heads": float(not own),
            "same_role": float(
                cell.is_row_head == best.is_row_head and cell.is_column_head == best.is_column_head),
            "total": float(is_total(cell) and not asks_total(self._question)),
            "column": float(is_in_column)}
        joined = {f"joined_{name}": cues["joined"] * values[name] for name in (
            "named", "odds", "both", "same_heads", "total", "gap")}
        each = {f"each_{name}": cues["each"] * values[name] for name in ("column", "named", "gap")}
        return {
            **values, **joined, **each, "joined": cues["joined"], "each": cues["each"], "list": cues["list"],
            "several_gap": cues["several"] * values["gap"], "asked_twice": cues["asking"],
            "asked_twice_same_heads": cues["asking"] * values["same_heads"]}

    def _share(self, units: frozenset[str]) -> float:
        return len(units & self._units) / len(units) if units else 0.0

    def _contains(self, head: str) -> bool:
        compact = _compact(head)
        return len(compact) > 1 and compact in self._text


def _other_heads(cell: CellCandidate, other: CellCandidate) -> tuple[str, ...]:
    """The heads of a cell that another one does not have."""
    known = {*other.row_heads, *other.column_heads}
    return tuple(head for head in (*cell.row_heads, *cell.column_heads) if head not in known)


def _units(heads: Sequence[str]) -> frozenset[str]:
    """The characters, stems and bigrams of some heads."""
    views = [text_view(head[:_LONGEST_HEAD]) for head in heads]
    return frozenset[str]().union(*(view.characters | view.bigrams for view in views))


def _compact(text: str) -> str:
    return "".join(normalise(text).split())


@cache
def _cue_patterns() -> Mapping[str, re.Pattern[str]]:
    return {kind: re.compile("|".join(patterns)) for kind, patterns in _cues_by_kind().items()}


def _cues_by_kind() -> Mapping[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, pattern in _read_cues():
        kinds.setdefault(kind, []).append(pattern)
    return kinds


def _read_cues() -> Iterator[tuple[str, str]]:
    for line in load_lexicon("rag.reading", "several_cells"):
        kind, pattern = line.split("\t")
        yield kind, pattern

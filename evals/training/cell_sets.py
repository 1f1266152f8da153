"""Training of what is quoted of a table: questions of IM-TQA → `rag/reading/cell_set_weights.json`.

    python -m evals.training.cell_sets --imtqa FOLDER

`companion`: which cells beside the best one answer with it; from the questions that one cell answers and those that
several do. `answering`: whether the best cell answers; from each question with its table, and with the table without
the rows, or without the columns, of the cells that answer. Both are logistic regressions. The printed figures are
cross-validated by table, and so are the scores of the cells that both start from. IM-TQA is under C-UDA 1.0, for
computational use.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.benchmarks.table_sets import TableSet, compact_cell, read_imtqa
from evals.training.cells import AskedTable, fit_cells, table_choices
from evals.training.linear_models import Matrix, fit, fit_signed
from evals.training.table_candidates import PlacedCandidate
from evals.training.table_roles import FOLDS
from rag.reading import cell_set_models
from rag.reading.cell_answerability import ANSWERING_FEATURES, ANSWERING_SIGNS, answering_features
from rag.reading.cell_companions import COMPANION_FEATURES, companion_candidates, companion_feature_table
from rag.reading.cell_features import cell_feature_table
from rag.reading.cell_ranking import RankedCells
from rag.reading.cell_set_models import CellSetModelName, CellSetTable
from rag.schema import LANGUAGES, Language
from rag.sources.table_roles import role_probabilities

CELL_SET_WEIGHTS = Path(cell_set_models.__file__).with_name(cell_set_models.CELL_SET_WEIGHTS_FILE)
_THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(13))
# of tables without the answer, how many may be quoted by the model alone; of right cells, how many it may rule out
_MOST_FALSE, _MOST_LOST = 0.1, 0.03
_FEWEST_CELLS = 4  # of a table that is left


@dataclass(frozen=True)
class CompanionChoice:
    """A question whose best cell answers: the features of the cells beside it, which of them answer, how many do."""

    fold: int
    values: Matrix  # cells × features
    is_answer: Matrix
    answers: int


@dataclass(frozen=True)
class AnsweringCase:
    """The best cell of a table for a question: its features, whether it answers, whether the table has the answer."""

    fold: int
    language: Language
    values: Matrix
    is_right: bool
    is_complete: bool


@dataclass(frozen=True)
class _Sets:
    """What the models are trained on."""

    companions: list[CompanionChoice]
    cases: list[AnsweringCase]


def read_sets(tables: TableSet) -> _Sets:
    """The choices and cases of all questions, in both languages."""
    every = replace(tables, questions=(*tables.questions, *tables.several_cells))
    asked = list(table_choices(every, [role_probabilities]))
    choices = [one.choice for one in asked]
    weights = {fold: fit_cells([one for one in choices if one.fold != fold]) for fold in range(FOLDS)}
    companions: list[CompanionChoice] = []
    cases: list[AnsweringCase] = []
    for number, one in enumerate(asked):
        if not one.choice.is_place.any():
            continue
        beta = weights[one.choice.fold]
        ranked = _rank(one.cells, one.choice.values, beta)
        is_right = bool(one.choice.is_place[ranked.best])
        cases.append(_case(one, ranked, is_right=is_right, is_complete=True))
        if is_right:
            companions.append(_companion_choice(one, ranked))
        cases += _lacking_cases(one, beta, axis=number % 2)
    return _Sets(companions, cases)


def _case(one: AskedTable, ranked: RankedCells, *, is_right: bool, is_complete: bool) -> AnsweringCase:
    features = np.array(answering_features(one.question, ranked))
    return AnsweringCase(one.choice.fold, one.choice.language, features, is_right, is_complete)


def _companion_choice(one: AskedTable, ranked: RankedCells) -> CompanionChoice:
    rows = [cell.place[0] for cell in one.cells]
    beside = companion_candidates(ranked, rows)
    table = np.array(companion_feature_table(one.question, ranked, rows, beside))
    is_place = one.choice.is_place
    values = table.reshape(len(beside), len(COMPANION_FEATURES))
    return CompanionChoice(one.choice.fold, values, is_place[beside], int(is_place.sum()))


def _lacking_cases(one: AskedTable, weights: Matrix, axis: int) -> Iterator[AnsweringCase]:
    """The question with its table without the rows (axis 0) or columns (1) of the answer; none if that is left."""
    places = {cell.place for cell, is_place in zip(one.cells, one.choice.is_place, strict=True) if is_place}
    left = _without_answers(one.cells, places, axis)
    if len(left) < _FEWEST_CELLS:
        return
    values = np.array(cell_feature_table(one.question, [cell.candidate for cell in left], one.term_weight))
    ranked = _rank(left, values, weights)
    texts = {compact_cell(cell.candidate.text) for cell in one.cells if cell.place in places}
    if compact_cell(ranked.cells[ranked.best].text) not in texts:
        yield _case(one, ranked, is_right=False, is_complete=False)


def _rank(cells: Sequence[PlacedCandidate], values: Matrix, weights: Matrix) -> RankedCells:
    scores = [float(score) for score in values @ weights]
    return RankedCells([cell.candidate for cell in cells], scores, dict(enumerate(values.tolist())))


def _without_answers(
    cells: Sequence[PlacedCandidate], places: set[tuple[int, int]], axis: int,
) -> list[PlacedCandidate]:
    """The cells of a table without the rows (axis 0) or columns (1) of some places, and without their texts."""
    lines = {place[axis] for place in places}
    left = [cell for cell in cells if cell.place[axis] not in lines]
    known = {cell.candidate.text for cell in left}
    gone = {cell.candidate.text for cell in cells} - known

    def rest(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if text not in gone)

    return [
        replace(cell, candidate=replace(
            candidate, row_heads=rest(candidate.row_heads), column_heads=rest(candidate.column_heads),
            row_texts=rest(candidate.row_texts), column_texts=rest(candidate.column_texts)))
        for cell in left for candidate in [cell.candidate]]


def train_companion(choices: Sequence[CompanionChoice]) -> CellSetTable:
    """The model of companions; its threshold gives the best mean F2 of the quoted cells: recall counts more."""
    held_out: list[tuple[CompanionChoice, Matrix]] = []
    for fold in range(FOLDS):
        beta = _fit_companion([one for one in choices if one.fold != fold])
        held_out += [
            (one, 1 / (1 + np.exp(-one.values @ beta[:-1] - beta[-1]))) for one in choices if one.fold == fold]
    measured = {threshold: _set_figures(held_out, threshold) for threshold in _THRESHOLDS}
    best = max(measured, key=lambda threshold: measured[threshold]["F2"])
    for threshold in sorted({best, 0.5}):
        figures = "  ".join(f"{name} {value:.3f}" for name, value in measured[threshold].items())
        print(f"companion, from {threshold}: {figures}")
    return _table(COMPANION_FEATURES, _fit_companion(choices), {"companion": best})


def _fit_companion(choices: Sequence[CompanionChoice]) -> Matrix:
    values = np.vstack([one.values for one in choices])
    grades = np.concatenate([one.is_answer for one in choices])
    return fit(values, grades, np.ones(len(grades)))


def _set_figures(held_out: Sequence[tuple[CompanionChoice, Matrix]], threshold: float) -> Mapping[str, float]:
    """Mean F2, the share of the questions for several cells that have all, and the cells too many of the others."""
    f2: list[float] = []
    complete: list[bool] = []
    extra: list[int] = []
    for choice, probabilities in held_out:
        chosen = probabilities >= threshold
        right = 1 + int(choice.is_answer[chosen].sum())
        wrong = int(chosen.sum()) + 1 - right
        f2.append(5 * right / (right + wrong + 4 * choice.answers))
        if choice.answers > 1:
            complete.append(right == choice.answers)
        else:
            extra.append(wrong)
    return {
        "F2": float(np.mean(f2)), "several complete": float(np.mean(complete)), "one, too many": float(np.mean(extra))}


def train_answering(cases: Sequence[AnsweringCase]) -> CellSetTable:
    """The model of answerability, with the probabilities from which a cell is sure, and possible."""
    probabilities = np.zeros(len(cases))
    folds = np.array([case.fold for case in cases])
    for fold in range(FOLDS):
        beta = _fit_answering([case for case in cases if case.fold != fold])
        values = np.vstack([case.values for case in cases if case.fold == fold])
        probabilities[folds == fold] = 1 / (1 + np.exp(-values @ beta[:-1] - beta[-1]))
    complete = np.array([case.is_complete for case in cases])
    right = np.array([case.is_right for case in cases])
    thresholds = {
        "sure": round(float(np.quantile(probabilities[~complete], 1 - _MOST_FALSE)), 2),
        "possible": round(float(np.quantile(probabilities[right], _MOST_LOST)), 2)}
    for name, threshold in thresholds.items():
        for line in _answering_figures(cases, probabilities >= threshold):
            print(f"answering, {name} from {threshold}: {line}")
    return _table(ANSWERING_FEATURES, _fit_answering(cases), thresholds)


def _answering_figures(cases: Sequence[AnsweringCase], is_quoted: NDArray[np.bool_]) -> Iterator[str]:
    right = np.array([case.is_right for case in cases])
    complete = np.array([case.is_complete for case in cases])
    for language in LANGUAGES:
        own = np.array([case.language == language for case in cases])
        yield (
            f"{language}: right ones quoted {is_quoted[own & right].mean():.3f}, "
            f"wrong ones {is_quoted[own & ~right & complete].mean():.3f}, "
            f"without the answer {is_quoted[own & ~complete].mean():.3f}")


def _fit_answering(cases: Sequence[AnsweringCase]) -> Matrix:
    values, grades = np.vstack([case.values for case in cases]), np.array([float(case.is_right) for case in cases])
    signs = np.array([float(ANSWERING_SIGNS[name]) for name in ANSWERING_FEATURES])
    return fit_signed(values, grades, np.ones(len(grades)), signs)


def _table(features: Sequence[str], beta: Matrix, thresholds: dict[str, float]) -> CellSetTable:
    weights = {name: round(float(weight), 4) for name, weight in zip(features, beta[:-1], strict=True)}
    return {"weights": weights, "bias": round(float(beta[-1]), 4), "thresholds": thresholds}


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imtqa", type=Path, required=True, help="the folder of IM-TQA's files")
    sets = read_sets(read_imtqa(parser.parse_args().imtqa))
    models: dict[CellSetModelName, CellSetTable] = {
        "companion": train_companion(sets.companions), "answering": train_answering(sets.cases)}
    CELL_SET_WEIGHTS.write_text(json.dumps(models, indent=1) + "\n", "utf-8")
    cell_set_models.reload_cell_set_models()


if __name__ == "__main__":
    main()

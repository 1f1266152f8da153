"""Training of the models in `rag/reading/weights.json` from what `collect.py` stored.

    python -m evals.training.answers.collect DATA FOLDER    fills the libraries and retrieves, slow
    python -m evals.training.answers.fit FOLDER             fits the models, each on those before it

    passage        reranking; logistic
    sentence       which of the candidate sentences answers the question; softmax over them (conditional logit)
    read sentence  the same, with what the reader says; softmax
    answer         how probably the best sentences answer; logistic
    read answer    the same, with what the reader says; logistic

The models with the reader are fitted on what it was not trained on (`training_sets.HELD_OUT`). The printed figures are
cross-validated in four folds by document or library. The probabilities of the last two models are calibrated for each
language on the scores of the folds that were left out, and their thresholds are chosen there.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import TypeVar

import numpy as np

from evals.benchmarks.benchmark_library import text_digest
from evals.training.answers.calibration import Calibrated, calibrate, print_curves
from evals.training.answers.examples import (
    AnswerExample,
    AnswerExamples,
    SentenceTable,
    answer_examples,
    fused_tables,
    read_tables,
    sentence_tables,
)
from evals.training.answers.signs import evidence_sign
from evals.training.linear_models import Matrix, fit, fit_choice, fit_signed
from rag.reading import linear_model
from rag.reading.features import ANSWER_FEATURES, MODEL_FEATURES, ModelName

WEIGHTS = Path(linear_model.__file__).with_name(linear_model.WEIGHTS_FILE)
_FOLDS = 4
_PASSAGE_STEP = 4  # every fourth question is enough for 32 weights of the model `passage`
# how much the questions of a family count, relative to their number
_FAMILY_WEIGHTS = {
    "notes": 1.0, "everyday": 2.0, "held-out libraries": 1.0, "held-out SQuAD 2": 0.5, "question libraries": 1.0,
    "SQuAD 2": 0.3, "DRCD": 0.5, "CMRC": 0.5}
_KIND_WEIGHTS = {"answered": 1.0, "near miss": 1.0, "elsewhere": 1.0, "withheld": 0.5, "cut": 0.5}
# a further sentence is quoted if its odds are at least this share of the odds of the best sentence; from the evals
_QUOTE_THRESHOLDS = {"quote": 0.1, "quote of a list": 0.05}

Found = TypeVar("Found")


def fold_number(group: str) -> int:
    """The fold of a document or library, 0 to 3."""
    return int(text_digest(group), 16) % _FOLDS


def each_set(folder: Path, work: Callable[[Path], Found]) -> Iterator[Found]:
    """The results of some work for each stored set, by two processes."""
    with Pool(2) as pool:
        yield from pool.imap(work, sorted(folder.glob("*.pickle"), key=_size, reverse=True))


def _size(path: Path) -> int:
    return path.stat().st_size


class _FusedTables:
    def __call__(self, path: Path) -> list[SentenceTable]:
        return fused_tables(path, _PASSAGE_STEP)


def train_passage(folder: Path) -> None:
    """Fit the model `passage`, and print in how many questions the best sentence answers."""
    tables = [table for found in each_set(folder, _FusedTables()) for table in found]
    _print_hits("passage", tables, _fit_rows)
    _write("passage", _fit_rows(tables), {})


def train_sentence(folder: Path) -> None:
    """Fit the model `sentence`."""
    tables = [table for found in each_set(folder, sentence_tables) for table in found]
    _print_hits("sentence", tables, _fit_choice)
    _write("sentence", _fit_choice(tables), _QUOTE_THRESHOLDS)


def train_read_sentence(folder: Path) -> None:
    """Fit the model `read sentence`; before it what the linear model chooses among the same sentences is printed."""
    tables = [table for found in each_set(folder, read_tables) for table in found]
    _print_hits("linear, same", tables, lambda _: np.array([1.0] + [0.0] * (tables[0].values.shape[1])))
    _print_hits("read sentence", tables, _fit_choice)
    _write("read sentence", _fit_choice(tables), _QUOTE_THRESHOLDS)


def _table_weight(table: SentenceTable) -> float:
    return _FAMILY_WEIGHTS[table.family]


def _fit_rows(tables: Sequence[SentenceTable]) -> Matrix:
    """Logistic regression over all sentences; the sentences of one question together count as one."""
    values = np.vstack([table.values for table in tables])
    grades = np.concatenate([table.grades for table in tables])
    weights = np.concatenate([
        np.full(len(table.grades), _ROWS_OF_QUESTION * _table_weight(table) / len(table.grades)) for table in tables])
    return fit(values, grades, weights)


_ROWS_OF_QUESTION = 20.0  # relative to the penalty


def _fit_choice(tables: Sequence[SentenceTable]) -> Matrix:
    return fit_choice([(np.asarray(table.values, dtype=float), table.grades, _table_weight(table)) for table in tables])


def _print_hits(
    name: str, tables: Sequence[SentenceTable], fit_model: Callable[[Sequence[SentenceTable]], Matrix],
) -> None:
    """The cross-validated share of questions whose first, or one of whose first four sentences answers."""
    by_group: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for fold in range(_FOLDS):
        beta = fit_model([table for table in tables if fold_number(table.group) != fold])
        for table in (one for one in tables if fold_number(one.group) == fold):
            order = np.argsort(-(table.values @ beta[: table.values.shape[1]]), kind="stable")
            hits = [float(table.grades[order[:k]].max() >= 0.5) for k in (1, 4)]
            by_group.setdefault((table.family, table.language), []).append((hits[0], hits[1]))
    for (family, language), rows in sorted(by_group.items()):
        first, four = np.mean(rows, axis=0)
        print(f"{name:14} {family:20} {language} {len(rows):5} first {first:.3f}, in four {four:.3f}", flush=True)


def store_examples(folder: Path) -> None:
    """Rank and read all questions with the models fitted so far, and store the examples for the last two models."""
    found = AnswerExamples([], [])
    for one in each_set(folder, answer_examples):
        found.linear.extend(one.linear)
        found.read.extend(one.read)
    (folder / _EXAMPLES_FILE).write_bytes(pickle.dumps(found))


_EXAMPLES_FILE = "examples.pkl"


def train_answers(folder: Path) -> None:
    """Fit `answer` and `read answer` on the stored examples, calibrate them, and print their curves."""
    found: AnswerExamples = pickle.loads((folder / _EXAMPLES_FILE).read_bytes())
    linear = [*found.linear, *map(_without_cosines, found.linear)]
    betas = [_fit_answers(_other_folds(linear, fold)) for fold in range(_FOLDS)]
    read_betas = [_fit_read_answers(_other_folds(found.read, fold)) for fold in range(_FOLDS)]
    scored, read = _held_out(found.linear, betas), _held_out(found.read, read_betas)
    print_curves("answer", scored)
    print_curves("answer, same", _held_out([_linear_part(e) for e in found.read], betas))
    print_curves("read answer", read)
    _write_answers("answer", _fit_answers(linear), calibrate(scored))
    _write_answers("read answer", _fit_read_answers(found.read), calibrate(read))


def _without_cosines(example: AnswerExample) -> AnswerExample:
    """The example as a library without vectors of the encoder would give it."""
    values = example.values.copy()
    values[-4:] = 0.0
    return replace(example, values=values)


def _linear_part(example: AnswerExample) -> AnswerExample:
    """The example of `read answer` with the values of `answer` alone."""
    return replace(example, values=example.values[: len(ANSWER_FEATURES)])


def _other_folds(examples: Sequence[AnswerExample], fold: int) -> list[AnswerExample]:
    return [example for example in examples if fold_number(example.group) != fold]


def _fit_answers(examples: Sequence[AnswerExample]) -> Matrix:
    signs = np.array([evidence_sign(name) for name in ANSWER_FEATURES], dtype=float)
    return fit_signed(*_design(examples), _weights(examples), signs)


def _fit_read_answers(examples: Sequence[AnswerExample]) -> Matrix:
    # without fixed signs words that occur would speak against an answer: our writers asked answerable questions in
    # other words than the documents, near misses less often
    signs = [evidence_sign(name) if name in ANSWER_FEATURES else 0 for name in MODEL_FEATURES["read answer"]]
    return fit_signed(*_design(examples), _READ_WEIGHT * _weights(examples), np.array(signs, dtype=float))


_READ_WEIGHT = 0.2  # of an example relative to the penalty; chosen by cross-validation among 0.01 to 1


def _design(examples: Sequence[AnswerExample]) -> tuple[Matrix, Matrix]:
    return np.array([e.values for e in examples]), np.array([float(e.is_right) for e in examples])


def _weights(examples: Sequence[AnswerExample]) -> Matrix:
    return np.array([_FAMILY_WEIGHTS[e.family] * _KIND_WEIGHTS[e.kind] for e in examples])


def _score(example: AnswerExample, betas: Sequence[Matrix]) -> float:
    beta = betas[fold_number(example.group)]
    return float(beta[:-1] @ example.values + beta[-1])


def _held_out(examples: Sequence[AnswerExample], betas: Sequence[Matrix]) -> list[tuple[AnswerExample, float]]:
    """Each example with its score by the model that was not fitted on its fold."""
    return [(example, _score(example, betas)) for example in examples]


def _write_answers(model: ModelName, coefficients: Matrix, calibrated: Calibrated) -> None:
    _write(model, coefficients, calibrated.thresholds, calibrated.languages)


def _write(
    model: ModelName, coefficients: Matrix, thresholds: dict[str, float],
    calibration: dict[str, tuple[float, float]] | None = None,
) -> None:
    """Write one model, and reload the models, so that those trained later use it."""
    names = MODEL_FEATURES[model]
    assert len(coefficients) == len(names) + 1, (model, len(coefficients), len(names))
    tables = json.loads(WEIGHTS.read_text("utf-8")) if WEIGHTS.exists() else {}
    tables[model] = {
        "thresholds": thresholds,
        "calibration": {language: [round(v, 4) for v in pair] for language, pair in (calibration or {}).items()},
        "bias": round(float(coefficients[-1]), 4),
        "weights": {name: round(float(value), 4) for name, value in zip(names, coefficients[:-1], strict=True)},
    }
    known = {name: tables[name] for name in MODEL_FEATURES if name in tables}
    WEIGHTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
    linear_model.reload_models()


STAGES = {
    "passage": train_passage, "sentence": train_sentence, "read": train_read_sentence, "examples": store_examples,
    "answers": train_answers}


def main() -> None:
    """Train the models in the order in which they build on each other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder that `collect.py` filled")
    parser.add_argument("--stages", nargs="+", choices=[*STAGES], default=[*STAGES])
    options = parser.parse_args()
    for stage in options.stages:
        STAGES[stage](options.folder)


if __name__ == "__main__":
    main()

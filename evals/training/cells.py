"""Training of the ranking of table cells: questions of IM-TQA and TAT-QA → `rag/reading/cell_weights.json`.

    python -m evals.training.cells --imtqa FOLDER --tatqa tatqa.dev.json.gz

The model is a softmax over the cells of a table (conditional logit). Each question is asked in Chinese of the Chinese
table and in English of the English one; TAT-QA's are in English. The printed accuracies are of the best cell,
cross-validated by table, and so are the heads that IM-TQA's cells are found with: both models see other tables. IM-TQA
is under C-UDA 1.0, for computational use, of which the weights are a result; TAT-QA is CC BY 4.0.

The features are those of a larger set that have a weight of the sign that their meaning lets expect; read the signs of
changed weights before you keep them.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.benchmarks.table_sets import TableSet, compact_cell, read_imtqa, read_tatqa
from evals.training.linear_models import Matrix, fit_choice
from evals.training.table_candidates import PlacedCandidate, cell_candidates
from evals.training.table_roles import (
    FOLDS,
    cross_validated_models,
    group_number,
    marked_tables,
    read_training_tables,
    role_predictor,
)
from rag.questions.analysis import AnalysedQuestion, analyse_question
from rag.reading import cell_ranking
from rag.reading.cell_features import CELL_FEATURES, cell_feature_table
from rag.reading.matching import TermWeight
from rag.schema import Language
from rag.sources.table_heads import find_heads
from rag.sources.table_roles import PredictRoles, role_probabilities
from rag.text.language import search_terms

CELL_WEIGHTS = Path(cell_ranking.__file__).with_name(cell_ranking.CELL_WEIGHTS_FILE)


@dataclass(frozen=True)
class CellChoice:
    """A question with the features of all cells of its table, and which of them answer it."""

    language: Language
    kind: str  # of the table
    fold: int
    values: Matrix  # cells × features
    is_place: Matrix  # 1: the cell is marked as the answer
    is_answer: Matrix  # 1: its text is that of such a cell

    def is_right(self, weights: Matrix) -> bool:
        """Whether the cell with the highest score has the text of the answer."""
        return bool(self.is_answer[int((self.values @ weights).argmax())])


@dataclass(frozen=True)
class AskedTable:
    """A choice with what its features were computed from."""

    choice: CellChoice
    question: AnalysedQuestion
    cells: Sequence[PlacedCandidate]
    term_weight: TermWeight


def cell_choices(tables: TableSet, predictors: Sequence[PredictRoles]) -> Iterator[CellChoice]:
    """The choices of all questions of a set, in every language that it has.

    `predictors` are the models of roles for each fold, or one for all.
    """
    return (asked.choice for asked in table_choices(tables, predictors))


def table_choices(tables: TableSet, predictors: Sequence[PredictRoles]) -> Iterator[AskedTable]:
    """As `cell_choices`, each with its question and its cells."""
    languages = dict.fromkeys(language for question in tables.questions for language in question.questions)
    for language in languages:
        term_weight = _term_weight(tables, language)
        candidates = {
            id: cell_candidates(
                table := published.tables[language],
                find_heads(table, predictors[group_number(published) % len(predictors)]))
            for id, published in tables.tables.items()}
        for question in tables.questions:
            cells, answers = candidates[question.table_id], tables.answer_texts(question, language)
            published = tables.tables[question.table_id]
            analysed = analyse_question(question.questions[language], language)
            choice = CellChoice(
                language, published.kind, group_number(published) % FOLDS,
                np.array(cell_feature_table(analysed, [cell.candidate for cell in cells], term_weight)),
                np.array([float(cell.place in question.answers) for cell in cells]),
                np.array([float(compact_cell(cell.candidate.text) in answers) for cell in cells]))
            yield AskedTable(choice, analysed, cells, term_weight)


def _term_weight(tables: TableSet, language: Language) -> TermWeight:
    """The inverse document frequency of terms, each table being a document, as in BM25."""
    frequency: Counter[str] = Counter()
    for published in tables.tables.values():
        frequency.update({
            term for row in published.tables[language].rows for cell in row for term in search_terms(cell.text)})
    number = len(tables.tables)
    return lambda term, is_gloss: math.log(1 + (number - frequency[term] + 0.5) / (frequency[term] + 0.5))


def fit_cells(choices: Sequence[CellChoice]) -> Matrix:
    """The weights of the features; questions whose answer is not among the cells are left out."""
    known = [choice for choice in choices if choice.is_place.any()]
    return fit_choice([(choice.values, choice.is_place, 1.0) for choice in known])[:-1]


def baseline_weights(*features: str) -> Matrix:
    """Weights that add up a few features, less what the cell itself has of the question, to compare with."""
    return np.array([float(name in features) - float(name == "own_signs") for name in CELL_FEATURES])


def accuracies(choices: Sequence[CellChoice], weights: Mapping[int, Matrix]) -> dict[str, tuple[float, int]]:
    """The accuracy of the best cell, and the number of questions, by language and kind of table.

    `weights` are those for each fold.
    """
    results: dict[str, list[bool]] = {}
    for choice in choices:
        is_right = choice.is_right(weights[choice.fold])
        for kind in ("all", choice.kind):
            results.setdefault(f"{choice.language} {kind}", []).append(is_right)
    return {name: (sum(values) / len(values), len(values)) for name, values in sorted(results.items())}


def _format_accuracies(title: str, figures: Mapping[str, tuple[float, int]]) -> str:
    return f"{title:24} " + "  ".join(f"{name} {share:.3f} of {total}" for name, (share, total) in figures.items())


def train_cells(imtqa: Path, tatqa: Path | None, predictors: Sequence[PredictRoles]) -> Matrix:
    """Print the accuracies of baselines and of the model, and return the weights of a fit on all questions."""
    choices = list(cell_choices(read_imtqa(imtqa), predictors))
    for names in (("heads_words",), ("around_words",), ("row_leaf_rare", "column_leaf_rare")):
        same = dict.fromkeys(range(FOLDS), baseline_weights(*names))
        print(_format_accuracies(" + ".join(names), accuracies(choices, same)))
    reports = list(cell_choices(read_tatqa(tatqa), [role_probabilities])) if tatqa else []
    known = [*choices, *reports]
    weights = {fold: fit_cells([choice for choice in known if choice.fold != fold]) for fold in range(FOLDS)}
    print(_format_accuracies("model", accuracies(choices, weights)))
    if reports:
        alone = dict.fromkeys(range(FOLDS), fit_cells(choices))
        print(_format_accuracies("TAT-QA", accuracies(reports, weights)))
        print(_format_accuracies("TAT-QA, not trained on", accuracies(reports, alone)))
    return fit_cells(known)


def write_cell_weights(weights: Matrix) -> None:
    """Write the weights to the file of the package, and have it read again."""
    table = {name: round(float(weight), 4) for name, weight in zip(CELL_FEATURES, weights, strict=True)}
    CELL_WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    cell_ranking.reload_cell_model()


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imtqa", type=Path, required=True, help="the folder of IM-TQA's files")
    parser.add_argument("--tatqa", type=Path, help="TAT-QA's file")
    arguments = parser.parse_args()
    marked = marked_tables(read_training_tables(arguments.imtqa, arguments.tatqa))
    predictors = [role_predictor(models) for models in cross_validated_models(marked)]
    write_cell_weights(train_cells(arguments.imtqa, arguments.tatqa, predictors))


if __name__ == "__main__":
    main()

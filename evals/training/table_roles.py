"""Training of the roles of table cells: tables with marked heads → `rag/sources/table_roles.json`.

    python -m evals.training.table_roles --imtqa FOLDER --tatqa tatqa.dev.json.gz

Four logistic models are fitted, two for heads of columns and two for heads of rows: the second of each pair reads the
cross-validated probabilities of the first ones. The heads of IM-TQA's tables are marked by its authors; each table is
read in Chinese and in English, and a table with merged cells also as a format without merging shows it. In the reports
of TAT-QA the heads are the first column and the rows above the first one with amounts.

The printed figures are cross-validated by table. IM-TQA is under C-UDA 1.0, for computational use, of which the weights
are a result; TAT-QA is CC BY 4.0.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from evals.benchmarks.table_sets import PublishedTable, read_imtqa, read_tatqa
from evals.training.linear_models import Matrix, fit
from rag.schema import Language
from rag.sources import table_roles
from rag.sources.cell_text_kinds import text_kind
from rag.sources.elements import Cell, Table
from rag.sources.table_roles import (
    MODEL_FEATURES,
    DistinctCells,
    PredictRoles,
    RoleModelName,
    apply_models,
    distinct_cells,
    role_features,
    second_features,
)

WEIGHTS = Path(table_roles.__file__).with_name(table_roles.WEIGHTS_FILE)
FOLDS, _INNER_FOLDS = 5, 3
RoleModels = Mapping[RoleModelName, Matrix]


@dataclass(frozen=True)
class MarkedTable:
    """A table in one language with its features, and the roles that its authors marked: cells × 2."""

    published: PublishedTable
    language: Language
    cells: DistinctCells
    features: Matrix
    roles: Matrix

    number: int  # the same for tables with the same texts; its rest gives the fold

    @property
    def fold(self) -> int:
        """The number of its fold, the same in both languages."""
        return self.number % FOLDS


def group_number(table: PublishedTable) -> int:
    """A number that is the same for tables with the same texts; its rest by `FOLDS` is the fold of the table."""
    return zlib.crc32(table.group.encode())


def split_merged_cells(table: PublishedTable) -> PublishedTable:
    """The table as a format without merging shows it: a merged cell is at its origin, its other places are empty."""
    tables = {
        language: Table(tuple(
            tuple(Cell(cell.text if cell.origin == (r, c) else "", (r, c)) for c, cell in enumerate(row))
            for r, row in enumerate(whole.rows)))
        for language, whole in table.tables.items()}
    return replace(table, kind=f"{table.kind}, split", tables=tables)


def mark_report(table: PublishedTable) -> PublishedTable:
    """A table of a report with its heads: the first column, and the rows above the first one with amounts."""
    rows = table.tables["en"].rows
    body = next((r for r, row in enumerate(rows) if _is_body(r, [cell.text for cell in row])), 0)
    names = [row[0].origin for row in rows[body:] if row[0].text]
    heads = [cell.origin for row in rows[:body] for cell in row if cell.text]
    return replace(table, column_heads=frozenset(heads), row_heads=frozenset(names))


def _is_body(number: int, texts: Sequence[str]) -> bool:
    rest = [text for text in texts[1:] if text]
    is_label = number > 0 and bool(texts[0]) and not rest
    return is_label or any(text_kind(text, "number") and not text_kind(text, "year") for text in rest)


def read_training_tables(imtqa: Path, tatqa: Path | None) -> list[PublishedTable]:
    """The tables of IM-TQA, those with merged cells also split, and the reports of TAT-QA whose heads can be marked."""
    tables = list(read_imtqa(imtqa).tables.values())
    merged = [table for table in tables if any(
        cell.origin != (r, c) for r, row in enumerate(table.tables["zh"].rows) for c, cell in enumerate(row))]
    reports = [mark_report(table) for table in read_tatqa(tatqa).tables.values()] if tatqa else []
    return [*tables, *map(split_merged_cells, merged), *(report for report in reports if report.column_heads)]


def marked_tables(tables: Sequence[PublishedTable]) -> list[MarkedTable]:
    """The tables with their features, each in all its languages."""
    marked = []
    for published in tables:
        for language, table in published.tables.items():
            cells = distinct_cells(table.rows)
            roles = np.array([
                (cell.origin in published.column_heads, cell.origin in published.row_heads) for cell in cells.cells])
            marked.append(MarkedTable(
                published, language, cells, role_features(cells), roles.astype(np.float64), group_number(published)))
    return marked


def train_roles(tables: Sequence[MarkedTable]) -> RoleModels:
    """The four models, fitted on all tables."""
    first = _fit_pair([table.features for table in tables], tables)
    probabilities = [np.zeros((0, 2))] * len(tables)
    for part in range(_INNER_FOLDS):
        others = [table for table in tables if table.number % _INNER_FOLDS != part]
        pair = _fit_pair([table.features for table in others], others)
        for i, table in enumerate(tables):
            if table.number % _INNER_FOLDS == part:
                probabilities[i] = _apply_pair(pair, table.features)
    second_values = [
        second_features(table.cells, table.features, values)
        for table, values in zip(tables, probabilities, strict=True)]
    second = _fit_pair(second_values, tables)
    return {
        "column head": first[0], "row head": first[1],
        "column head, second": second[0], "row head, second": second[1]}


def _fit_pair(values: Sequence[Matrix], tables: Sequence[MarkedTable]) -> tuple[Matrix, Matrix]:
    stacked, roles = np.vstack(values), np.vstack([table.roles for table in tables])
    weights = np.ones(len(stacked))
    return fit(stacked, roles[:, 0], weights), fit(stacked, roles[:, 1], weights)


def _apply_pair(pair: tuple[Matrix, Matrix], values: Matrix) -> Matrix:
    scores = np.column_stack([values @ model[:-1] + model[-1] for model in pair])
    return np.asarray(1 / (1 + np.exp(-scores.clip(-30, 30))))


def cross_validated_models(tables: Sequence[MarkedTable]) -> list[RoleModels]:
    """For each fold the models that are fitted on the other folds."""
    return [train_roles([table for table in tables if table.fold != fold]) for fold in range(FOLDS)]


def role_predictor(models: RoleModels) -> PredictRoles:
    """These models in the form that `find_heads` takes."""
    return partial(apply_models, models)


def report_accuracy(tables: Sequence[MarkedTable], models: Sequence[RoleModels]) -> str:
    """The shares of cells with the marked role and of tables without an error, by language and kind of table.

    The corner may name its column or its row, which the authors decide differently for each kind of table.
    """
    counts: dict[tuple[str, str], Matrix] = {}
    for table in tables:
        is_right = _right_roles(table, apply_models(models[table.fold], table.cells))
        for kind in (table.published.kind, "all"):
            known = counts.get((table.language, kind), np.zeros(4))
            counts[table.language, kind] = known + np.array(
                [is_right.sum(), len(is_right), is_right.all(), 1])
    return "\n".join(
        f"{language} {kind:20} cells {cells / total:.3f} of {total:.0f}  tables {whole / number:.3f} of {number:.0f}"
        for (language, kind), (cells, total, whole, number) in sorted(counts.items()))


def _right_roles(table: MarkedTable, probabilities: Matrix) -> Matrix:
    is_head, marked = probabilities >= 0.5, table.roles >= 0.5
    is_same_direction = marked[np.arange(len(marked)), probabilities.argmax(axis=1)]
    is_corner = (table.cells.top == 0) & (table.cells.left == 0)
    is_right = np.where(
        marked.any(axis=1), is_head.any(axis=1) & (is_same_direction | is_corner), ~is_head.any(axis=1))
    return np.asarray(is_right[[bool(cell.text) for cell in table.cells.cells]])


def write_weights(models: RoleModels) -> None:
    """Write the models to the file of the package, and have them read again."""
    content = {}
    for name, features in MODEL_FEATURES.items():
        *weights, bias = (round(float(value), 4) for value in models[name])
        content[name] = {"bias": bias, "weights": dict(zip(features, weights, strict=True))}
    WEIGHTS.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    table_roles.reload_role_models()


def main() -> None:
    """Print the cross-validated accuracy, fit on all tables, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imtqa", type=Path, required=True, help="the folder of IM-TQA's files")
    parser.add_argument("--tatqa", type=Path, help="TAT-QA's file")
    arguments = parser.parse_args()
    tables = marked_tables(read_training_tables(arguments.imtqa, arguments.tatqa))
    print(report_accuracy(tables, cross_validated_models(tables)))
    write_weights(train_roles(tables))


if __name__ == "__main__":
    main()

"""Views of a table: what its records may be: its rows, its columns, or each row in each period.

    | 区 | 2021年GDP | 2022年GDP |      rows: 东湖区; rows by period: 东湖区 2021年, 东湖区 2022年
    | 东湖区 | 512 | 560 |             (`2022年东湖区的GDP比2021年增加了多少？` compares two of them)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.questions.asked_computation import AskedComputation
from rag.tables.label_matching import NamedQuestion, label_words
from rag.tables.periods import find_periods, period_name, remove_periods
from rag.tables.records import RecordCell, RecordRow, Records
from rag.tables.source_table import HEAD_SEPARATOR, SourceTable
from rag.tables.summary_rows import total_words
from rag.tables.typed_table import TypedTable

_MOST_RECORDS, _MOST_MEASURES, _MOST_UNPIVOTED = 60, 150, 2_000


def table_views(rows: TypedTable, *, with_periods: bool) -> Iterator[TypedTable]:
    """A table with its rows as records, then the other views that it allows.

    `with_periods`: also each row in each period; without a period in the question, values of several would be mixed.
    """
    source = rows.source
    yield rows
    values = [
        column for column in rows.columns if column.index != rows.name_column
        and (column.index not in source.name_columns or column.kind == "number")]
    if not values or any(column.kind not in ("number", "mixed", "empty") for column in values):
        return
    if len(values) <= _MOST_RECORDS and len(source.rows) <= _MOST_MEASURES and all(column.head for column in values):
        yield TypedTable(transpose(source, rows.name_column))
    is_moderate = with_periods and len(source.rows) * len(values) <= _MOST_UNPIVOTED
    if is_moderate and (unpivoted := unpivot_periods(source, rows.name_column)):
        yield TypedTable(unpivoted)


def keep_named_summaries(rows: TypedTable, question: NamedQuestion, asked: AskedComputation) -> TypedTable:
    """A table with the totals that a question asks for by their names as records: `Total current assets`.

    A total of what a column has is not asked for by its name: the total sales are those of all records. Nor is one
    where records are compared with each other.
    """
    if set(asked.operations) - _OF_ONE_RECORD or not len(rows.summaries):
        return rows
    names = [text for row in rows.summaries if (text := row.text(rows.name_column))]
    heads = [label_words(column.name) for column in rows.columns if column.index != rows.name_column]
    kept = set()
    for mention in question.find_values([*names, *(row.text(rows.name_column) for row in rows.records)]):
        total_of = total_words(mention.label, label_words(mention.label)) if mention.label in names else frozenset()
        if mention.spans and total_of and not any(total_of <= head for head in heads):
            kept.add(mention.label)
    return replace(rows, kept=frozenset(kept)) if kept else rows


_OF_ONE_RECORD = frozenset(("difference", "growth", "mean", "sum"))  # what may be asked of a total


def transpose(source: SourceTable, name_column: int) -> SourceTable:
    """The table with its columns as records: for one whose rows are measures and whose columns are what has them."""
    names = [name_column]
    values = [c for c in range(len(source.heads)) if c not in names and c not in source.name_columns]
    periods = [c for c in values if find_periods(source.heads[c])]
    # beside 2018 and 2019, `Year ended June 30 · Change` is no period
    periods = [c for c in periods if any(kind == "year" for kind, _ in find_periods(source.heads[c]))] or periods
    if len(periods) > 1 and len(periods) >= len(values) / 2:
        values = periods  # an area beside twelve months is no thirteenth
    labels = [_row_label(row, names) for row in source.rows]
    starts = source.head_starts or (-1,) * len(source.heads)
    rows = Records.of_rows((
        ((RecordCell(source.heads[c], starts[c]), *source.rows.columns[c]), ()) for c in values), 1 + len(labels))
    return SourceTable(
        source.source_id, source.index, source.caption, source.headings, ("", *labels), rows, frozenset((0,)),
        source.is_whole, source.heads[name_column])


def _row_label(row: RecordRow, names: list[int]) -> str:
    parts = (*row.sections, *(text for c in names if (text := row.text(c))))
    return HEAD_SEPARATOR.join(dict.fromkeys(parts))


def unpivot_periods(source: SourceTable, name_column: int) -> SourceTable | None:
    """A record for each row and period, where heads name measures of several periods; None where they do not."""
    names = [name_column]
    periods: dict[str, dict[str, int]] = {}  # period → measure → column
    for c, head in enumerate(source.heads):
        if c in names or not find_periods(head):
            continue
        measure = remove_periods(head)
        period = next((part for part in head.split(HEAD_SEPARATOR) if find_periods(part)), head)
        if measure:
            periods.setdefault(period_name(period), {})[measure] = c
    measures = list(dict.fromkeys(measure for columns in periods.values() for measure in columns))
    if len(periods) < 2 or not measures:
        return None
    rows = []
    for row in source.rows:
        for period, columns in periods.items():
            cells = [row.cells[columns[m]] if m in columns else RecordCell("", -1) for m in measures]
            rows.append(((*(row.cells[c] for c in names), RecordCell(period, -1), *cells), row.sections))
    heads = (*(source.heads[c] for c in names), "", *measures)
    return SourceTable(
        source.source_id, source.index, source.caption, source.headings, heads,
        Records.of_rows(rows, len(heads)), frozenset((0,)), source.is_whole)

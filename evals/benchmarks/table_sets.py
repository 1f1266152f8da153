"""Published tables with questions: the files of IM-TQA and TAT-QA → tables, their questions and the cells that answer.

Zheng et al. 2023, "IM-TQA: A Chinese Table Question Answering Dataset with Implicit and Multi-type Table Structures"
(SpursGoZmy/IM-TQA): tables of four types in Chinese and English, with the roles of their cells. Zhu et al. 2021,
"TAT-QA: A Question Answering Benchmark on a Hybrid of Tabular and Textual Content in Finance" (NExTplusplus/TAT-QA):
tables of annual reports in English. Both may be gzipped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark
from evals.benchmarks.records import Record, parse_records
from rag.schema import LANGUAGES, Language
from rag.sources.elements import Cell, Table, table_of_texts
from rag.text.language import normalise

Place = tuple[int, int]  # the row and column of a cell's origin


@dataclass(frozen=True)
class PublishedTable:
    """A table in each of its languages, with the places of the heads that its authors marked, if they did."""

    id: str
    kind: str  # vertical, horizontal, hierarchical, complex; for TAT-QA: report
    tables: Mapping[Language, Table]
    column_heads: frozenset[Place] = frozenset()
    row_heads: frozenset[Place] = frozenset()

    @property
    def group(self) -> str:
        """The same for two tables with the same texts, so that no fold of a cross-validation shares a table."""
        table = next(iter(self.tables.values()))
        return "\n".join(sorted({cell.text for row in table.rows for cell in row if cell.text}))


@dataclass(frozen=True)
class TableQuestion:
    """A question about one table, in each of its languages, and the places of the cells that answer it."""

    id: str
    table_id: str
    questions: Mapping[Language, str]
    answers: tuple[Place, ...]


@dataclass(frozen=True)
class ComputedQuestion(TableQuestion):
    """A question whose answer is computed from cells that the set does not name: `number`, a share in per cent.

    `answers` is empty.
    """

    number: float


@dataclass(frozen=True)
class TableSet:
    """The tables of a published set by their ids, and the questions about them, each answered by one cell.

    `several_cells` are those that several cells answer together, `computed` those whose answer is computed.
    """

    name: str
    tables: Mapping[str, PublishedTable]
    questions: tuple[TableQuestion, ...]
    several_cells: tuple[TableQuestion, ...] = ()
    computed: tuple[ComputedQuestion, ...] = ()

    def answer_texts(self, question: TableQuestion, language: Language) -> frozenset[str]:
        """The texts of the cells that answer, as `compact_cell` gives them."""
        rows = self.tables[question.table_id].tables[language].rows
        return frozenset(compact_cell(rows[row][column].text) for row, column in question.answers)


def compact_cell(text: str) -> str:
    """The text of a cell without white space, in half-width lower-case letters: `２０ ％` → `20%`."""
    return "".join(normalise(text).split())


def read_imtqa(folder: Path) -> TableSet:
    """The tables, and the questions with one answering cell and with several, from a folder with IM-TQA's files.

    The files are pairs with `tables.json` and `questions.json` in their names, such as `train_tables.json`.

    Raises:
        BadBenchmark: the folder has no such pair, or a record is not in the published form.
    """
    paths = sorted(folder.glob("*tables.json*"))
    if not paths:
        raise BadBenchmark(f"{folder}: has no file *tables.json of IM-TQA; name the folder of its files")
    tables: dict[str, PublishedTable] = {}
    questions: list[TableQuestion] = []
    several: list[TableQuestion] = []
    for path in paths:
        places: dict[str, dict[int, Place]] = {}
        for record in _read_records(path):
            table, cell_places = _parse_imtqa_table(record)
            tables[table.id], places[table.id] = table, cell_places
        for record in _read_records(path.with_name(path.name.replace("tables.json", "questions.json"))):
            is_single = record.text("question_type") == "single_cell"
            (questions if is_single else several).append(_parse_imtqa_question(record, places))
    return TableSet("IM-TQA", tables, tuple(questions), several_cells=tuple(several))


_IMTQA_LANGUAGES: dict[Language, str] = {"zh": "chinese", "en": "english"}


def _parse_imtqa_table(record: Record) -> tuple[PublishedTable, dict[int, Place]]:
    """A table, and the origin of each cell by its number in `cell_ID_matrix`, where equal neighbours are one cell."""
    matrix = [_numbers(row, record) for row in record.item_list("cell_ID_matrix")]
    first: dict[int, Place] = {}
    last: dict[int, Place] = {}
    for r, row in enumerate(matrix):
        for c, number in enumerate(row):
            first.setdefault(number, (r, c))
            last[number] = (r, c)
    tables: dict[Language, Table] = {}
    for language in LANGUAGES:
        texts = [str(text).strip() for text in record.item_list(f"{_IMTQA_LANGUAGES[language]}_cell_value_list")]
        cells = {
            number: Cell(texts[number], place, last[number][0] - place[0] + 1, last[number][1] - place[1] + 1)
            for number, place in first.items()}
        tables[language] = Table(tuple(tuple(cells[number] for number in row) for row in matrix))
    heads = []
    for fields in (("column_attribute", "column_index"), ("row_attribute", "row_index")):
        # two lists have numbers that are not of the table: 98.103 for 98, 103
        numbers = [number for field in fields for number in record.item_list(field)]
        heads.append(frozenset(first[number] for number in numbers if isinstance(number, int) and number in first))
    table = PublishedTable(record.text("table_id"), record.text("table_type"), tables, *heads)
    return table, first


def _numbers(value: object, record: Record) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(number, int) for number in value):
        raise BadBenchmark(f"{record.location}: cells must be lists of numbers; is it a file of IM-TQA?")
    return value


def _parse_imtqa_question(record: Record, places: Mapping[str, Mapping[int, Place]]) -> TableQuestion:
    table_id = record.text("table_id")
    if table_id not in places:
        raise BadBenchmark(f"{record.location}: the table {table_id} is not in the file of tables beside it")
    answers = tuple(places[table_id][number] for number in _numbers(record.item_list("answer_cell_list"), record))
    questions = {language: record.text(f"{name}_question") for language, name in _IMTQA_LANGUAGES.items()}
    return TableQuestion(record.text("question_id"), table_id, questions, answers)


def read_tatqa(path: Path) -> TableSet:
    """The tables of TAT-QA, the questions that a cell answers with its whole text, and those computed from the table.

    Raises:
        BadBenchmark: the file is not in the published form.
    """
    tables: dict[str, PublishedTable] = {}
    questions: list[TableQuestion] = []
    computed: list[ComputedQuestion] = []
    for record in _read_records(path):
        content = Record(record.field_value("table"), record.location)
        rows = [[str(text).strip() for text in row] for row in content.item_list("table") if isinstance(row, list)]
        table = PublishedTable(content.text("uid"), "report", {"en": table_of_texts(rows)})
        tables[table.id] = table
        for question in record.records("questions"):
            is_from_table = question.text("answer_from") != "text" and question.text("answer_type") == "span"
            if is_from_table and (answers := _cells_with(question.texts("answer"), rows)):
                questions.append(
                    TableQuestion(question.text("uid"), table.id, {"en": question.text("question")}, answers))
            elif question.text("answer_from") == "table" and question.text("answer_type") in ("arithmetic", "count"):
                computed += _parse_computed(question, table.id)
    return TableSet("TAT-QA", tables, tuple(questions), computed=tuple(computed))


def _parse_computed(question: Record, table_id: str) -> Iterator[ComputedQuestion]:
    """The question with its number; none if its answer is not a number."""
    try:
        number = float(question.text("answer"))
    except ValueError:
        return
    yield ComputedQuestion(question.text("uid"), table_id, {"en": question.text("question")}, (), number)


def _cells_with(answers: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Place, ...]:
    """The cells whose text is the answer, but for a currency sign; none if there is more than one answer."""
    wanted = {_bare_amount(answer) for answer in answers}
    if len(wanted) != 1:
        return ()
    return tuple(
        (r, c) for r, row in enumerate(rows) for c, text in enumerate(row) if text and _bare_amount(text) in wanted)


def _bare_amount(text: str) -> str:
    return compact_cell(text).strip("$¥€£")


def _read_records(path: Path) -> Iterator[Record]:
    """The objects of a JSON file with a list, which may be gzipped."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            content: object = json.load(file)
    except (OSError, ValueError) as error:
        raise BadBenchmark(f"{path}: cannot be read as JSON ({error}); download it again") from None
    if not isinstance(content, list):
        raise BadBenchmark(f"{path.name}: a list of objects is expected; is the file in the published form?")
    return parse_records(content, path.name)

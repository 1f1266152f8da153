"""Benchmark on numbers computed from tables: the questions of TAT-QA with arithmetic and counts that a table answers.

What matters most is that no wrong number is stated: a question may be refused, or answered by quoting cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evals.benchmarks.table_files import TableFormat
from evals.benchmarks.table_sets import ComputedQuestion, TableSet
from evals.benchmarks.tables import ask_questions
from rag.schema import Answer

Grade = Literal["right", "refused", "quoted", "wrong", "unreadable"]
_NUMBER = re.compile(r"(?<![\d.])\d[\d,]*(?:\.\d+)?")
_ROUNDING, _RELATIVE_ROUNDING = 0.0051, 0.0006  # of the answers of the set, which have two decimals
_PERCENT_ROUNDING = 0.51  # of a ratio of the set that is stated in per cent


@dataclass(frozen=True)
class ComputedAnswers:
    """How many questions were answered how, of one set as files of one format.

    `right`: a result is stated that has the number; `wrong`: one is stated that has not; `quoted`: cells are quoted and
    nothing is computed; `unreadable`: the file of the table could not be added.
    """

    set_name: str
    format: TableFormat
    questions: int
    right: int
    refused: int
    quoted: int
    wrong: int
    unreadable: int


def measure_computed(
    tables: TableSet, questions: Sequence[ComputedQuestion], folder: Path, *, form: TableFormat = "xlsx",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ComputedAnswers:
    """Ask the questions, in English, of files of one format; `folder` receives the files and the library."""
    folder.mkdir(parents=True)
    answers = ask_questions(tables, questions, ("en", form), folder, progress)
    grades = Counter(
        grade_computed(answer, question.number) if answer else "unreadable"
        for answer, question in zip(answers, questions, strict=True))
    return ComputedAnswers(
        f"{tables.name}, computed", form, len(questions), grades["right"], grades["refused"], grades["quoted"],
        grades["wrong"], grades["unreadable"])


def grade_computed(answer: Answer, number: float) -> Grade:
    """Whether the result that an answer states has a number, apart from its sign and from rounding."""
    computed = next((passage.computation for passage in answer.passages if passage.computation), None)
    if computed is None:
        return "quoted" if answer.status in ("grounded", "partial") else "refused"
    return "right" if has_number(computed.statement, number) else "wrong"


def has_number(statement: str, number: float) -> bool:
    """Whether a statement has a number, apart from its sign and from rounding; a ratio also in per cent.

    >>> has_number("fell by 8.11% (94)", -8.11), has_number("48.2% of the whole", 0.48), has_number("rose by 9.1%", 9.2)
    (True, True, False)
    """
    size = abs(number)
    stated = [float(match.group().replace(",", "")) for match in _NUMBER.finditer(statement)]
    tolerance = max(_ROUNDING, size * _RELATIVE_ROUNDING)
    return any(
        abs(value - size) <= tolerance or abs(value - 100 * size) < _PERCENT_ROUNDING for value in stated)

"""Benchmark on our own questions over everyday tables: counts, sums, extremes, changes, and what no cell answers.

Three sets, each written by somebody who had not seen the code, over tables in five formats: `a` was used to develop the
computed answers; `b` (colloquial, often with several steps) and `c` (in the words of the table) were each asked once
before anything was changed by what they showed. A stated result that is wrong is worse than none, and is counted apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import rag
from evals.benchmarks.benchmark import BadBenchmark
from rag.schema import Answer, Language
from rag.text.language import normalise

FOLDER = Path(__file__).parent.parent / "datasets" / "table_questions"
Grade = Literal["right", "quoted right", "refused", "wrong", "quoted wrong"]
_NUMBER = re.compile(r"(?<![\d.])-?\d+(?:\.\d+)?")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?%?")
_SIGNS = re.compile(r"[\s*`_“”\"]|\[\d+\]")
_HALF_OF_LAST_DIGIT, _RELATIVE = 0.51, 0.0006  # how far a rounded number may differ


@dataclass(frozen=True)
class AskedOfTable:
    """A question about one file; `answer` has what a right answer must show, nothing if the table does not say it."""

    id: str
    set_name: str
    file: Path
    language: Language
    kind: str
    question: str
    answer: tuple[str, ...]


@dataclass(frozen=True)
class GradedQuestion:
    """A question with what the answer was: its grade, and the result or the beginning of its text."""

    question: AskedOfTable
    grade: Grade
    said: str


def read_questions(folder: Path = FOLDER) -> list[AskedOfTable]:
    """The questions of `questions.jsonl` in a folder, whose `file` names are those of files below it.

    Raises:
        BadBenchmark: the file is missing, or a line of it is not such a question.
    """
    path = folder / "questions.jsonl"
    if not path.is_file():
        raise BadBenchmark(f"{folder}: has no questions.jsonl")
    questions = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            questions.append(AskedOfTable(
                record["id"], record["set"], folder / record["file"], record["lang"], record["kind"],
                record["question"], tuple(record["answer"])))
        except (ValueError, KeyError, TypeError) as error:
            raise BadBenchmark(f"{path.name}, line {number}: is no question about a table ({error})") from None
    return questions


def ask_questions(
    questions: Sequence[AskedOfTable], home: Path, progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[GradedQuestion]:
    """Ask each question of its own file, without a model; all files are in one library in `home`.

    Raises:
        BadBenchmark: a file cannot be added.
    """
    with rag.open(home, chat_model="", seeds=None) as huwen:
        sources = {}
        for outcome in huwen.add(sorted({question.file for question in questions})):
            if outcome.source is None:
                raise BadBenchmark(f"{outcome.path.name}: cannot be read ({outcome.error})")
            sources[outcome.path] = outcome.source.id
        for done, question in enumerate(questions, 1):
            answer = huwen.ask(question.question, scope=rag.Scope(sources=(sources[question.file],)))
            yield grade_answer(question, answer)
            progress(done, len(questions))


def grade_answer(question: AskedOfTable, answer: Answer) -> GradedQuestion:
    """Grade one answer: a computed result by its sentence, others by their whole text."""
    computed = next((passage.computation for passage in answer.passages if passage.computation), None)
    is_answered = computed is not None or answer.status in ("grounded", "partial")
    said = computed.statement if computed else answer.text
    if not is_answered:
        grade: Grade = "refused" if question.answer else "right"
    elif question.answer and all(shows(said, wanted) for wanted in question.answer):
        grade = "right" if computed else "quoted right"
    else:
        grade = "wrong" if computed else "quoted wrong"
    return GradedQuestion(question, grade, said)


def shows(text: str, wanted: str) -> bool:
    """Whether a text has a name, or a number apart from its sign and from rounding.

    >>> shows("“East” has the largest “Sales”: £1,280.50.", "1280.5"), shows("fell by 3.87%", "-3.9"), shows("18", "8")
    (True, True, False)
    """
    plain = _SIGNS.sub("", normalise(text).replace("−", "-"))
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    name = _SIGNS.sub("", normalise(wanted))
    if not _PLAIN_NUMBER.fullmatch(name.replace(",", "")):
        return name in plain
    digits = name.replace(",", "").rstrip("%")
    number = abs(float(digits))
    tolerance = max(_HALF_OF_LAST_DIGIT * 10.0 ** -len(digits.partition(".")[2]), number * _RELATIVE)
    tolerance = tolerance if "." in digits else number * _RELATIVE + 0.01
    return any(abs(abs(float(match.group())) - number) <= tolerance for match in _NUMBER.finditer(plain))


def count_grades(graded: Sequence[GradedQuestion]) -> dict[tuple[str, bool], Counter[Grade]]:
    """The grades of each set, of questions with an answer (True) and of those without one."""
    counts: dict[tuple[str, bool], Counter[Grade]] = {}
    for one in graded:
        counts.setdefault((one.question.set_name, bool(one.question.answer)), Counter())[one.grade] += 1
    return counts

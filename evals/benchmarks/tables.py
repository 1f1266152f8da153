"""Benchmark on tables: questions of IM-TQA and TAT-QA, asked of a library that holds each table as a file.

Each table becomes a workbook, a web page or a text document; all tables of one language and format are in one library,
and a question is asked of its own table only, so that not retrieval is measured but reading: are the heads of the table
found, and is the cell that answers the one that is quoted? Questions with several answering cells count only if all of
them are quoted; those whose answer is computed are graded by `table_numbers.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import rag
from evals.benchmarks.table_files import TableFormat, write_table
from evals.benchmarks.table_sets import TableQuestion, TableSet, compact_cell
from evals.statistics import bootstrap_interval
from rag.schema import LANGUAGES, Answer, Language

TABLE_FORMATS: tuple[TableFormat, ...] = ("xlsx", "html", "docx")
# how far an answer gives the text of one of the cells that answer, 0 to 1; the texts are compact
TableScorer = Callable[[Answer, frozenset[str]], float]
Question = TypeVar("Question", bound=TableQuestion)


@dataclass(frozen=True)
class TableResult:
    """The share of questions whose cell was cited, with its 95 % interval, for one language and format."""

    set_name: str
    language: Language
    format: TableFormat
    questions: int
    share: float
    low: float
    high: float
    first_share: float  # questions whose first quote is the cell: a long list of cells would hit by chance
    unreadable: int  # questions whose file could not be added


def cites_answer_cell(answer: Answer, cell_texts: frozenset[str]) -> float:
    """1 if a quote is the whole text of a cell that answers, but for white space and full-width letters; else 0."""
    if answer.status in ("unanswered", "failed"):
        return 0.0
    return float(any(compact_cell(citation.quote) in cell_texts for citation in answer.citations))


def cites_answer_cell_first(answer: Answer, cell_texts: frozenset[str]) -> float:
    """As `cites_answer_cell`, of the first quote only."""
    return cites_answer_cell(replace(answer, citations=answer.citations[:1]), cell_texts)


def cites_all_answer_cells(answer: Answer, cell_texts: frozenset[str]) -> float:
    """1 if each cell that answers is quoted whole; else 0."""
    if answer.status in ("unanswered", "failed"):
        return 0.0
    return float(cell_texts <= {compact_cell(citation.quote) for citation in answer.citations})


def draw_questions(questions: Sequence[Question], number: int, seed: int) -> list[Question]:
    """Questions drawn by a seed: one of each table, then a second one of each, until there are enough."""
    generator = random.Random(seed)
    shuffled = sorted(questions, key=lambda question: question.id)
    generator.shuffle(shuffled)
    by_table = {id: list(group) for id, group in groupby(
        sorted(shuffled, key=lambda question: question.table_id), key=lambda question: question.table_id)}
    order = list(by_table)
    generator.shuffle(order)
    most = max(map(len, by_table.values()), default=0)
    drawn = [by_table[id][turn] for turn in range(most) for id in order if turn < len(by_table[id])]
    return drawn[:number]


def measure_tables(
    tables: TableSet, questions: Sequence[TableQuestion], folder: Path, *,
    formats: Sequence[TableFormat] = TABLE_FORMATS, scorer: TableScorer = cites_answer_cell,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[TableResult]:
    """Ask all questions in every language that they have, of files in each format; one result for each.

    `folder` receives the files and the libraries. No model is used.
    """
    for language in LANGUAGES:
        asked = [question for question in questions if language in question.questions]
        for form in formats if asked else ():
            home = folder / f"{language}-{form}"
            home.mkdir(parents=True)
            answers = ask_questions(tables, asked, (language, form), home, progress)
            texts = [tables.answer_texts(question, language) for question in asked]
            scores = _score_answers(answers, texts, scorer)
            first_scores = _score_answers(answers, texts, cites_answer_cell_first)
            low, high = bootstrap_interval(scores, [question.table_id for question in asked])
            yield TableResult(
                tables.name, language, form, len(scores), sum(scores) / len(scores), low, high,
                sum(first_scores) / len(scores), answers.count(None))


def _score_answers(
    answers: Sequence[Answer | None], texts: Sequence[frozenset[str]], scorer: TableScorer,
) -> list[float]:
    """The score of each answer; 0 where there is none."""
    return [
        scorer(answer, cell_texts) if answer else 0.0 for answer, cell_texts in zip(answers, texts, strict=True)]


def ask_questions(
    tables: TableSet, questions: Sequence[TableQuestion], variant: tuple[Language, TableFormat], home: Path,
    progress: Callable[[int, int], None],
) -> list[Answer | None]:
    """The answer to each question; None where the file of its table could not be added."""
    answers: list[Answer | None] = []
    with rag.open(home / "library", chat_model="") as huwen:
        sources = _add_tables(huwen, tables, questions, variant, home)
        for question in questions:
            source = sources.get(question.table_id)
            scope = rag.Scope(sources=(source,)) if source else None
            answers.append(huwen.ask(question.questions[variant[0]], scope=scope) if scope else None)
            progress(len(answers), len(questions))
    return answers


def _add_tables(
    huwen: rag.Huwen, tables: TableSet, questions: Sequence[TableQuestion], variant: tuple[Language, TableFormat],
    home: Path,
) -> Mapping[str, str]:
    """The ids of the sources by the ids of their tables, without those whose file cannot be read."""
    language, form = variant
    files = home / "files"
    files.mkdir()
    paths = {files / f"{id}.{form}": id for id in dict.fromkeys(question.table_id for question in questions)}
    for path, id in paths.items():
        write_table(tables.tables[id].tables[language], path)
    return {paths[outcome.path]: outcome.source.id for outcome in huwen.add(paths) if outcome.source}

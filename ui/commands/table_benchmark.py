"""The commands `huwen eval tables | table-questions | table-speed`: cells, computed results, and how fast they come."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, get_args

import typer

from ui.commands.terminal import CommandFailed, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.benchmarks.table_files import TableFormat
    from evals.benchmarks.table_numbers import ComputedAnswers
    from evals.benchmarks.table_questions import GradedQuestion
    from evals.benchmarks.table_sets import TableSet
    from evals.benchmarks.tables import TableResult

Part = Literal["one-cell", "several-cells", "computed"]
Value = TypeVar("Value", bound=str)
app = typer.Typer()


@app.command()
def tables(
    imtqa: Annotated[Path | None, typer.Option(
        help="The folder of IM-TQA's files *tables.json and *questions.json, or the same gzipped.")] = None,
    tatqa: Annotated[Path | None, typer.Option(help="A file of TAT-QA, or the same gzipped.")] = None,
    number: Annotated[int, typer.Option(
        "--questions", min=1, help="How many questions are drawn of each set.")] = 400,
    seed: Annotated[int, typer.Option(help="Which questions are drawn.")] = 7,
    formats: Annotated[list[str] | None, typer.Option(
        "--format", help="xlsx, html or docx; may be given more than once. Default: all.")] = None,
    parts: Annotated[list[str] | None, typer.Option(
        "--part", help="one-cell, several-cells (of IM-TQA) or computed (of TAT-QA); may be given more than once. "
        "Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Ask about tables that others made, as files: are the cells quoted, and the numbers computed, that answer?"""
    from evals.benchmarks.table_files import TableFormat
    from evals.benchmarks.table_sets import read_imtqa, read_tatqa

    chosen = _choose("--format", formats, get_args(TableFormat))
    chosen_parts = _choose("--part", parts, get_args(Part))
    sets = [*([read_imtqa(imtqa)] if imtqa else []), *([read_tatqa(tatqa)] if tatqa else [])]
    if not sets:
        raise CommandFailed("no set is named; give --imtqa FOLDER, --tatqa FILE, or both")
    results: list[TableResult] = []
    computed: list[ComputedAnswers] = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("tables")
        drawing = _Drawing(
            number, seed, chosen, Path(folder), lambda done, total: progress.update(task, completed=done, total=total))
        for published in sets:
            results += [result for part in chosen_parts for result in drawing.measure_cells(published, part)]
            computed += drawing.measure_computed(published) if "computed" in chosen_parts else ()
    if as_json:
        print_json([*map(asdict, results), *map(asdict, computed)])
        return
    if results:
        _print_results(results)
    if computed:
        _print_computed(computed)


def _choose(option: str, named: list[str] | None, possible: tuple[Value, ...]) -> list[Value]:
    """The possible values that are named; all if none is.

    Raises:
        CommandFailed: a value is not possible.
    """
    if unknown := set(named or ()) - set(possible):
        raise CommandFailed(f"{option} is {', '.join(sorted(unknown))}; it can be {', '.join(possible)}")
    return [value for value in possible if not named or value in named]


@dataclass(frozen=True)
class _Drawing:
    """How many questions are drawn of each part of a set, by which seed, and where their files are written."""

    number: int
    seed: int
    formats: list[TableFormat]
    folder: Path
    progress: Callable[[int, int], None]

    def measure_cells(self, published: TableSet, part: Part) -> Iterator[TableResult]:
        """The results of the questions that one cell answers, or several."""
        from evals.benchmarks import tables as measuring

        questions = {"one-cell": published.questions, "several-cells": published.several_cells}.get(part)
        if not questions:
            return
        is_single = part == "one-cell"
        drawn = measuring.draw_questions(questions, self.number, self.seed)
        named = published if is_single else replace(published, name=f"{published.name}, several cells")
        yield from measuring.measure_tables(
            named, drawn, self.folder / named.name, formats=self.formats, progress=self.progress,
            scorer=measuring.cites_answer_cell if is_single else measuring.cites_all_answer_cells)

    def measure_computed(self, published: TableSet) -> Iterator[ComputedAnswers]:
        """The answers to the questions whose answer is computed, of files of the first format; none without such."""
        from evals.benchmarks import table_numbers, tables

        if published.computed:
            drawn = tables.draw_questions(published.computed, self.number, self.seed)
            yield table_numbers.measure_computed(
                published, drawn, self.folder / f"{published.name}, computed", form=self.formats[0],
                progress=self.progress)


@app.command("table-questions")
def table_questions(
    set_name: Annotated[str, typer.Option("--set", help="Only this set: a, b or c.")] = "",
    shows_all: Annotated[bool, typer.Option("--show", help="Print each question that is not answered right.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every question with its grade.")] = False,
) -> None:
    """Ask our own questions over everyday tables in five formats: how many results are right, refused and wrong?"""
    from evals.benchmarks.table_questions import ask_questions, read_questions

    questions = [question for question in read_questions() if set_name in ("", question.set_name)]
    if not questions:
        raise CommandFailed(f"--set is {set_name}; it can be a, b or c")
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("questions", total=len(questions))
        graded = list(ask_questions(
            questions, Path(folder), lambda done, total: progress.update(task, completed=done, total=total)))
    if as_json:
        print_json([{
            "id": one.question.id, "question": one.question.question, "answer": list(one.question.answer),
            "grade": one.grade, "said": one.said} for one in graded])
        return
    for one in graded if shows_all else ():
        if "right" not in one.grade:
            out.print(f"{one.grade}: {one.question.id} {one.question.question} → {one.said[:_SHOWN]}", markup=False)
    _print_grades(graded)


_SHOWN = 160  # characters of an answer


@app.command("table-speed")
def table_speed(
    rows: Annotated[list[int] | None, typer.Option(
        min=100, help="How many rows to make; may be given more than once. Default: 5000 and 100000.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Add long tables of orders and ask for sums, counts and extremes of all rows: seconds of processor time."""
    from evals.table_speed import AddingTime, measure_table_speed

    figures: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        progress.add_task("tables", total=None)
        for number in rows or [5_000, 100_000]:
            for measured in measure_table_speed(number, Path(folder) / str(number)):
                figures.append(asdict(measured))
                what = f"{measured.language} {measured.rows:>7,} rows"
                if as_json:
                    continue
                if isinstance(measured, AddingTime):
                    out.print(f"{what}  added in {measured.seconds:.1f} s, without vectors")
                else:
                    out.print(
                        f"{what}  first question {measured.first:.2f} s; others {measured.others:.2f} s, at most "
                        f"{measured.slowest:.2f} s; {measured.answered} of {measured.questions} computed")
    if as_json:
        print_json(figures)


def _print_grades(graded: list[GradedQuestion]) -> None:
    from rich.table import Table

    from evals.benchmarks.table_questions import Grade, count_grades

    table = Table(title="questions over everyday tables; with an answer, and without one", title_justify="left")
    table.add_column("set", no_wrap=True)
    for column in ("asked", *get_args(Grade)):
        table.add_column(column, justify="right", no_wrap=True)
    for (name, has_answer), grades in count_grades(graded).items():
        numbers = [grades[grade] for grade in get_args(Grade)]
        table.add_row(name if has_answer else f"{name}, no answer", str(grades.total()), *map(str, numbers))
    out.print(table)


def _print_results(results: list[TableResult]) -> None:
    from rich.table import Table

    table = Table(title="all cells that answer are quoted; `first`: one by the first quote", title_justify="left")
    for column in ("set", "language", "format"):
        table.add_column(column, no_wrap=True)
    for column in ("asked", "share (95 %)", "first", "unread"):
        table.add_column(column, justify="right", no_wrap=True)
    for result in results:
        table.add_row(
            result.set_name, result.language, result.format, f"{result.questions:,}",
            f"{result.share:.3f} ({result.low:.3f}–{result.high:.3f})", f"{result.first_share:.3f}",
            str(result.unreadable))
    out.print(table)


def _print_computed(results: list[ComputedAnswers]) -> None:
    from rich.table import Table

    table = Table(title="the number that answers is computed from the table", title_justify="left")
    for column in ("set", "format"):
        table.add_column(column, no_wrap=True)
    for column in ("asked", "right", "refused", "quoted", "wrong", "unread"):
        table.add_column(column, justify="right", no_wrap=True)
    for result in results:
        table.add_row(
            result.set_name, result.format, f"{result.questions:,}", str(result.right), str(result.refused),
            str(result.quoted), str(result.wrong), str(result.unreadable))
    out.print(table)

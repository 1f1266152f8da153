"""The commands `huwen eval tables | table-speed`: whether the right cell is quoted, and how fast long tables answer."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from ui.commands.terminal import CommandFailed, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.benchmarks.tables import TableResult

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
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Ask about tables that others made, written as files, and see whether the cell that answers is quoted."""
    from evals.benchmarks import tables as measuring
    from evals.benchmarks.table_files import TableFormat
    from evals.benchmarks.table_sets import read_imtqa, read_tatqa

    chosen = [form for form in get_args(TableFormat) if not formats or form in formats]
    if unknown := set(formats or ()) - set(chosen):
        raise CommandFailed(f"--format is {', '.join(sorted(unknown))}; it can be {', '.join(get_args(TableFormat))}")
    sets = [*([read_imtqa(imtqa)] if imtqa else []), *([read_tatqa(tatqa)] if tatqa else [])]
    if not sets:
        raise CommandFailed("no set is named; give --imtqa FOLDER, --tatqa FILE, or both")
    results: list[TableResult] = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("tables")
        for published in sets:
            drawn = measuring.draw_questions(published, number, seed)
            results += measuring.measure_tables(
                published, drawn, Path(folder) / published.name, formats=chosen,
                progress=lambda done, total: progress.update(task, completed=done, total=total))
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        _print_results(results)


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


def _print_results(results: list[TableResult]) -> None:
    from rich.table import Table

    table = Table(title="the cell that answers is quoted; `first`: by the first quote", title_justify="left")
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

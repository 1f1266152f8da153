"""The command `huwen eval reader`: the chosen sentence, and refusal, over paragraphs in SQuAD's format."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.terminal import out, print_json, progress_bar

if TYPE_CHECKING:
    from rich.progress import TaskID

    from evals.reader import NullResult, ReaderResult
    from evals.summary import Estimate

app = typer.Typer()


@app.command()
def reader(
    files: Annotated[list[Path], typer.Argument(help="Files in SQuAD's format, with or without .gz.")],
    limit: Annotated[int, typer.Option(min=0, help="Ask only so many questions of each, evenly spaced; 0: all.")] = 0,
    retrieval: Annotated[bool, typer.Option(
        "--retrieval", help="Ask each question also of a library of all paragraphs of its file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Ask questions of their own paragraphs: is the answer in the chosen sentence, and is a missing answer noticed?"""
    from evals.reader import measure_reader

    results = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        for number, path in enumerate(files):
            task = progress.add_task(path.name, total=None)

            def show_progress(done: int, total: int, task: TaskID = task) -> None:
                progress.update(task, completed=done, total=total)

            results.append(measure_reader(
                path, Path(folder) / str(number), limit=limit, with_retrieval=retrieval, progress=show_progress))
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        _print_results(results)


def _print_results(results: list[ReaderResult]) -> None:
    from rich.table import Table

    for result in results:
        table = Table(title=f"{result.file}: {result.questions:,} questions", title_justify="left")
        for column in ("unanswerable", "n", "AUROC", "refused at 1 %", "3 %", "5 %", "8 %"):
            table.add_column(column, justify="right")
        for name, null in (("marked impossible", result.impossible), ("answer removed", result.removed)):
            if null:
                table.add_row(name, *_null_cells(null))
        out.print(table)
        out.print(f"answer in the chosen sentence, paragraph given: {_estimate_text(result.sentence)}")
        if result.retrieved:
            out.print(f"answer in the chosen sentence, retrieved: {_estimate_text(result.retrieved)}")


def _null_cells(null: NullResult) -> list[str]:
    return [str(null.n), f"{null.area:.3f}", *(f"{share:.3f}" for share in null.refused.values())]


def _estimate_text(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} ({estimate.low:.3f}–{estimate.high:.3f}), n {estimate.n}"

"""The command `huwen eval conflicts`: which planted conflicts of a folder of documents the ledger finds."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.terminal import CommandFailed, out, print_json, progress_bar, shown_name

if TYPE_CHECKING:
    from evals.benchmarks.conflicts import ConflictResult

app = typer.Typer()


@app.command()
def conflicts(
    folder: Annotated[Path, typer.Argument(help="A folder with docs/ and truth.jsonl.")],
    min_recall: Annotated[float, typer.Option(min=0, max=1, help="Fail below this recall.")] = 0.0,
    max_alarms: Annotated[float, typer.Option(min=0, help="Fail above so many false alarms per 1,000 passages.")] = 1e9,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as an object.")] = False,
) -> None:
    """Find the conflicts planted in a folder of documents, and count what is reported beside them."""
    from evals.benchmarks.conflicts import measure_conflicts

    with tempfile.TemporaryDirectory() as home, progress_bar() as progress:
        task = progress.add_task("conflicts")
        result = measure_conflicts(
            folder, Path(home), lambda done, total: progress.update(task, completed=done, total=total))
    if as_json:
        print_json(asdict(result) | {"recall": result.recall, "alarm_rate": result.alarm_rate})
    else:
        _print_result(result)
    if result.recall < min_recall or result.alarm_rate > max_alarms:
        raise CommandFailed("the ledger finds too few of the planted conflicts, or reports too many others")


def _print_result(result: ConflictResult) -> None:
    for kind, planted in sorted(result.planted.items()):
        out.print(f"{kind or 'planted':10} {result.found.get(kind, 0)} of {planted}", markup=False)
    out.print(f"recall {result.recall:.3f}; {len(result.false_alarms)} false alarms, {result.alarm_rate:.2f} per 1,000 "
              f"passages; {result.passages:,} passages, {result.figures:,} figures")
    out.print(f"ledger {result.ledger_seconds:.1f} s, conflicts {result.conflict_seconds:.1f} s")
    if result.missed:
        out.print(f"missed: {', '.join(map(shown_name, result.missed))}")
    for alarm in result.false_alarms:
        out.print(f"false alarm: {shown_name(alarm.subject)}")
        for file, sentence, figure in alarm.sides:
            out.print(f"   {shown_name(figure)}  {shown_name(file)}: {shown_name(sentence)}")

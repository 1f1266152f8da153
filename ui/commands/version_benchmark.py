"""The command `huwen eval versions`: whether the version in force, or the one asked for, answers."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.terminal import CommandFailed, out, progress_bar, shown_name

if TYPE_CHECKING:
    from evals.benchmarks.versions import VersionResult

app = typer.Typer()
_GRADES = ("right", "wrong", "refused", "mixture")


@app.command()
def versions(
    folder: Annotated[Path, typer.Argument(help="A folder with the documents in docs/ and questions.jsonl.")],
    answers: Annotated[Path | None, typer.Option("--out", help="A file for the answers, one object a line.")] = None,
    least: Annotated[float, typer.Option(
        min=0.0, max=1.0, help="The share of right answers below which the command fails.")] = 0.0,
) -> None:
    """Ask about documents of which there are several versions, and see which version answers."""
    from evals.benchmarks.versions import measure_versions, read_version_set
    from rag.huwen import Huwen, expand_folders, open_unfilled
    from rag.settings import read_settings

    cases = read_version_set(folder)
    graded: list[VersionResult] = []
    with tempfile.TemporaryDirectory() as home, progress_bar() as progress:
        huwen: Huwen = open_unfilled(read_settings(home=Path(home)))
        for outcome in huwen.add(expand_folders([folder / "docs"])):
            if outcome.error:
                raise CommandFailed(str(outcome.error))
        for _ in huwen.library.make_vectors():
            pass
        task = progress.add_task("versions", total=len(cases))
        for one in measure_versions(huwen.pipeline, cases):
            graded.append(one)
            progress.advance(task)
    if answers:
        lines = [json.dumps({"grade": one.grade, **one.answer.to_json()}, ensure_ascii=False) for one in graded]
        answers.write_text("\n".join(lines) + "\n", "utf-8")
    _print_grades(graded)
    right = sum(one.grade == "right" for one in graded)
    if right < least * len(graded) or any(one.grade == "mixture" for one in graded):
        raise CommandFailed(f"{right} of {len(graded)} are right, and no answer may mix versions silently")


def _print_grades(graded: list[VersionResult]) -> None:
    for one in graded:
        if one.grade != "right":
            out.print(f"{one.grade:8} {shown_name(one.case.question)}  [dim]{shown_name(one.why)}[/]")
    counts: Counter[str] = Counter(one.grade for one in graded)
    out.print(", ".join(f"{counts[grade]} {grade}" for grade in _GRADES) + f" of {len(graded)}")

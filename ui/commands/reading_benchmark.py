"""The command `huwen eval reading`: how fast the files of a folder are read, and how much of their text is found."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.terminal import CommandFailed, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.reading_speed import ReadingResult

app = typer.Typer()


@app.command()
def reading(
    folder: Annotated[Path, typer.Argument(
        help="A folder with files; NAME.txt beside NAME.pdf is the true text of that file.")],
    peers: Annotated[bool, typer.Option(
        "--peers", help="Read them with MarkItDown and Docling too, where they are installed (group bench).")] = False,
    peer_python: Annotated[Path | None, typer.Option(
        help="The Python that has the peers, such as that of another virtual environment; implies --peers.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Read the files of a folder and see how long it takes, and how much of their text is found.

    The times are CPU seconds: for Huwen of reading, cleaning and splitting, for a peer of reading. The files are read
    without the limits of `huwen add`, so that the folder should be one that you trust.
    """
    from evals import reading_speed as measuring

    documents = measuring.find_documents(folder)
    if not documents:
        raise CommandFailed(f"{folder}: no file of a known type is in it; name a folder with documents")
    python = peer_python or (Path(sys.executable) if peers else None)
    with measuring.open_systems(python) as systems, progress_bar() as progress:
        task = progress.add_task("reading")
        results = measuring.measure_reading(
            documents, systems, lambda done, total: progress.update(task, completed=done, total=total))
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        _print_results(results)


def _print_results(results: list[ReadingResult]) -> None:
    from rich.table import Table

    title = "`ratio`: CPU seconds of the files that both read, as a multiple of Huwen's"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))  # fits into 80 columns
    for column in ("type", "system"):
        table.add_column(column, no_wrap=True)
    for column in ("files", "unread", "characters", "CPU s", "ratio", "recall"):
        table.add_column(column, justify="right", no_wrap=True)
    for result in results:
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        recall = "" if result.recall is None else f"{result.recall:.3f}"
        table.add_row(
            result.suffix, result.system, f"{result.files:,}", f"{result.unread:,}", f"{result.characters:,}",
            f"{result.seconds:.2f}", ratio, recall)
    out.print(table)

"""The commands that change the library, and the one that lists it: huwen add | tag | sources | remove | rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import HuwenError
from ui.commands.terminal import CommandFailed, out, print_json, progress_bar

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from rag.library.library import Library
    from rag.settings import Settings

app = typer.Typer()


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Files (.md .txt .pdf .docx .html) or folders of them.")],
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag for them; repeatable.")] = None,
) -> None:
    """Take files into the library; unchanged ones are left alone, changed ones replaced."""
    from rag.library.ingest import InputFile

    library = open_configured_library()
    failures = 0
    with progress_bar() as progress, library.write_lock():
        paths = list(_expand_folders(files))
        task = progress.add_task("adding", total=len(paths))
        for _, added in library.add_files(InputFile(path, tags=tuple(tag or ())) for path in paths):
            if isinstance(added, HuwenError):
                failures += 1
                progress.console.print(f"[red]failed[/]     {escape(str(added))}")
            else:
                progress.console.print(
                    f"{added.outcome:10} {escape(added.source.title)} · {added.source.language} · id {added.source.id}")
            progress.advance(task)
    if failures:
        raise CommandFailed(f"{failures} of {len(paths)} files could not be added; the others are in")


def _expand_folders(files: list[Path]) -> Iterator[Path]:
    from rag.sources.loaders import READERS

    for path in files:
        if path.is_dir():
            yield from (inner for inner in sorted(path.rglob("*")) if inner.suffix.lower() in READERS)
        else:
            yield path


@app.command()
def sources(as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False) -> None:
    """List what the library holds."""
    library = open_configured_library()
    listed = library.sources()
    if as_json:
        print_json([source.__dict__ for source in listed])
        return
    for source in listed:
        about = " · ".join(part for part in (source.author, source.publisher, source.date, *(f"#{tag}" for tag in source.tags)) if part)
        out.print(f"{source.language}  {source.passages:4} passages  [bold]{escape(source.title)}[/]  {escape(about)}  id {source.id}")
    if not listed:
        out.print("the library is empty; `huwen add FILE…` fills it, and so does the first `huwen ask`")
        return
    covers = library.coverage()
    years = "–".join(str(year) for year in dict.fromkeys(covers.years) if year) or "no dates"
    counts = ", ".join(f"{number} {name}" for name, number in [*covers.languages.items(), *((f"#{t}", n) for t, n in covers.tags.items())])
    out.print(f"{covers.sources} sources ({escape(counts)}), {covers.passages} passages, {years}")


@app.command()
def tag(
    name: Annotated[str, typer.Argument(help="An id, file name or title, as `huwen sources` lists them.")],
    tags: Annotated[list[str] | None, typer.Argument(help="Its tags from now on; none takes those away that it has.")] = None,
) -> None:
    """Give a source tags, by which questions can be narrowed."""
    library = open_configured_library()
    with library.write_lock():
        source = library.set_tags(name, tags or [])
    out.print(f"{escape(source.title)}: {escape(', '.join(source.tags) or 'no tags')}")


@app.command()
def remove(names: Annotated[list[str], typer.Argument(help="Ids, file names or titles, as `huwen sources` lists them.")]) -> None:
    """Take sources out of the library."""
    library = open_configured_library()
    with library.write_lock():
        for name in names:
            source = library.remove(name)
            out.print(f"removed {escape(source.title)} ({source.id})")


@app.command()
def rebuild() -> None:
    """Make both indexes anew from the library's own record."""
    library = open_configured_library()
    with progress_bar() as progress:
        task = progress.add_task("rebuilding", total=None)
        passages = library.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
    out.print(f"{passages} passages are indexed anew")


def open_configured_library(settings: Settings | None = None) -> Library:
    """The library of the settings."""
    from rag.pipeline import open_library
    from rag.settings import read_settings

    return open_library(settings or read_settings())

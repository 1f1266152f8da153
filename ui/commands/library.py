"""The commands on the library's documents: huwen add | tag | sources | show | remove | rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, open_huwen, out, print_json, print_text, progress_bar

if TYPE_CHECKING:
    from rag.schema import Source

app = typer.Typer()

_NAME_HELP = "An id, file name or title, as `huwen sources` lists them."


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Files (.md .txt .pdf .docx .html) or folders of them.")],
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag for them; repeatable.")] = None,
) -> None:
    """Take files into the library; unchanged ones are left alone, changed ones replaced."""
    from rag.huwen import expand_folders

    huwen = open_huwen()
    failures = 0
    with progress_bar() as progress, huwen.write_lock():
        paths = list(expand_folders(files))
        task = progress.add_task("adding", total=len(paths))
        for outcome in huwen.add(paths, tags=tag or ()):
            if outcome.source:
                source = outcome.source
                progress.console.print(
                    f"{outcome.state:10} {escape(source.title)} · {source.language} · id {source.id}")
            else:
                failures += 1
                progress.console.print(f"[red]failed[/]     {escape(str(outcome.error))}")
            progress.advance(task)
    if failures:
        raise CommandFailed(f"{failures} of {len(paths)} files could not be added; the others are in")


@app.command()
def sources(as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False) -> None:
    """List what the library holds."""
    huwen = open_huwen()
    listed = huwen.sources()
    if as_json:
        print_json([source.__dict__ for source in listed])
        return
    if not listed:
        out.print("the library is empty; `huwen add FILE…` fills it, and so does the first `huwen ask`")
        return
    for source in listed:
        _print_source(source)
    coverage = huwen.library.coverage()
    years = "–".join(str(year) for year in dict.fromkeys(coverage.years) if year) or "no dates"
    counts = [f"{number} {language}" for language, number in coverage.languages.items()]
    counts += [f"{number} #{tag}" for tag, number in coverage.tags.items()]
    out.print(f"{coverage.sources} sources ({escape(', '.join(counts))}), {coverage.passages} passages, {years}")


def _print_source(source: Source) -> None:
    tags = [f"#{tag}" for tag in source.tags]
    about = " · ".join(part for part in (source.author, source.publisher, source.date, *tags) if part)
    out.print(f"{source.language}  {source.passages:4} passages  [bold]{escape(source.title)}[/]  "
              f"{escape(about)}  id {source.id}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help=_NAME_HELP)],
    as_json: Annotated[bool, typer.Option(
        "--json", help="Print an object: id, title, language, passages, text.")] = False,
) -> None:
    """Print the text that was read of a source, as it is searched and quoted."""
    huwen = open_huwen()
    source = huwen.find_source(name)
    text = huwen.text(source.id)
    if as_json:
        print_json({
            "id": source.id, "title": source.title, "language": source.language, "passages": source.passages,
            "text": text})
        return
    print_text(text)


@app.command()
def tag(
    name: Annotated[str, typer.Argument(help=_NAME_HELP)],
    tags: Annotated[list[str] | None, typer.Argument(
        help="Its tags from now on; none takes those away that it has.")] = None,
) -> None:
    """Give a source tags, by which questions can be narrowed."""
    huwen = open_huwen()
    with huwen.write_lock():
        source = huwen.library.set_tags(name, tags or [])
    out.print(f"{escape(source.title)}: {escape(', '.join(source.tags) or 'no tags')}")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Ids, file names or titles, as `huwen sources` lists them.")],
) -> None:
    """Take sources out of the library."""
    huwen = open_huwen()
    with huwen.write_lock():
        for name in names:
            source = huwen.remove(name)
            out.print(f"removed {escape(source.title)} ({source.id})")


@app.command()
def rebuild() -> None:
    """Make both indexes anew from the library's own record."""
    huwen = open_huwen()
    with progress_bar() as progress:
        task = progress.add_task("rebuilding", total=None)
        passages = huwen.library.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
    out.print(f"{passages} passages are indexed anew")

"""The commands on the library's documents: huwen add | sources | show | tag | rename | remove | rebuild."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.library.manifest_schema import DamagedManifest
from rag.library.originals import has_originals
from rag.library.recovery import set_aside_damaged
from rag.schema import HuwenError
from ui.commands.figures import fill_ledger
from ui.commands.following import add_addresses, require_options_apply, unwatch_folders, watch_folders
from ui.commands.library_report import (
    describe_skipped,
    omission_sentences,
    print_added,
    print_failure,
    print_outdated,
    recognition_sentences,
    skipped_files,
)
from ui.commands.terminal import (
    CommandFailed,
    err,
    open_huwen,
    out,
    page_progress,
    passage_progress,
    print_json,
    print_text,
    progress_bar,
    shown_name,
)
from ui.commands.vector_progress import make_vectors
from ui.commands.versions import print_sentences, print_versions, same_content_sentence, version_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from rag.huwen import Huwen
    from rag.library.ingest import AddResult
    from rag.schema import Source

app = typer.Typer()

_NAME_HELP = "An id, file name or title, as `huwen sources` lists them."


@app.command()
def add(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="[FILE|FOLDER|ADDRESS]…",
        help="Files (text, PDF, Office, web pages, mail, data …), folders, or web addresses (https://…).")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag for them; repeatable.")] = None,
    watch: Annotated[bool, typer.Option(
        "--watch", help="Follow the named folders, or all watched ones, until Ctrl-C: files that are new, changed, "
                        "renamed or removed.")] = False,
    once: Annotated[bool, typer.Option("--once", help="With --watch: bring the library up to date, then end.")] = False,
    refresh: Annotated[bool, typer.Option(
        "--refresh", help="Ask the servers of all addresses in the library whether their documents have "
                          "changed.")] = False,
    unwatch: Annotated[bool, typer.Option("--unwatch", help="Watch the named folders no longer.")] = False,
) -> None:
    """Take files into the library; unchanged ones are left alone, changed ones replaced."""
    from rag.endpoints.web_url import is_web_url

    require_options_apply(names or [], is_watch=watch, is_once=once, is_refresh=refresh)
    if unwatch:
        unwatch_folders(names or [])
        return
    if watch:
        watch_folders(names or [], tag or [], is_once=once)
        return
    urls = [name for name in names or [] if is_web_url(name)]
    failures = add_addresses(urls, tag or [], is_refresh=refresh) if urls or refresh else 0
    if files := [Path(name) for name in names or [] if not is_web_url(name)]:
        _add_files(files, tag or [])
    if failures:
        raise CommandFailed(f"{failures} addresses could not be added or refreshed; what was there before stays")


def _add_files(files: list[Path], tag: list[str]) -> None:
    from rag.huwen import expand_folders

    huwen = open_huwen()
    failures = 0
    with progress_bar() as progress, huwen.library.write_lock(), page_progress(progress):
        paths = list(expand_folders(files))
        task = progress.add_task("adding", total=len(paths))
        for outcome in huwen.add(paths, tags=tag, progress=passage_progress(progress)):
            if outcome.source and outcome.is_copy:
                progress.console.print(f"{outcome.state:10} {same_content_sentence(outcome.path, outcome.source)}")
            elif outcome.source:
                print_added(progress.console, outcome.state, outcome.source)
                print_versions(progress.console, huwen.library, outcome.source.id)
            else:
                failures += 1
                print_failure(progress.console, outcome.error or CommandFailed(""))
            progress.advance(task)
    with suppress(KeyboardInterrupt):  # the documents are added; the next command reads the other figures
        fill_ledger(huwen)
    make_vectors(huwen.library)
    skipped = skipped_files(files, paths)
    if skipped:
        out.print(f"skipped    {describe_skipped(skipped)}: their types are not known")
    if failures:
        raise CommandFailed(f"{failures} of {len(paths)} files could not be added; the others are in")
    if not paths:
        raise CommandFailed("nothing was added: there is no file of a known type in the folders that were named")


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
    versions = version_sentences(huwen.library, [source.id for source in listed])
    for source in listed:
        _print_source(source)
        for sentence in versions[source.id]:
            out.print(f"                   {sentence}")
    coverage = huwen.library.coverage()
    years = "–".join(str(year) for year in dict.fromkeys(coverage.years) if year) or "no dates"
    counts = [f"{number} {language}" for language, number in coverage.languages.items()]
    counts += [f"{number} #{tag}" for tag, number in coverage.tags.items()]
    out.print(f"{coverage.sources} sources ({shown_name(', '.join(counts))}), {coverage.passages} passages, {years}")
    print_outdated(listed)


def _print_source(source: Source) -> None:
    tags = [f"#{tag}" for tag in source.tags]
    about = " · ".join(part for part in (source.author, source.publisher, source.date, *tags) if part)
    out.print(f"{source.language}  {source.passages:4} passages  [bold]{shown_name(source.title)}[/]  "
              f"{shown_name(about)}  id {shown_name(source.id)}")
    for sentence in (*recognition_sentences(source), *omission_sentences(source)):
        out.print(f"                   {sentence}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help=_NAME_HELP)],
    as_json: Annotated[bool, typer.Option(
        "--json", help="Print an object: id, title, language, passages, omissions, text.")] = False,
) -> None:
    """Print the text that was read of a source, as it is searched and quoted."""
    huwen = open_huwen()
    source = huwen.find_source(name)
    text = huwen.text(source.id)
    if as_json:
        print_json({
            "id": source.id, "title": source.title, "language": source.language, "passages": source.passages,
            "omissions": [*source.omissions], "text": text})
        return
    print_text(text)
    print_sentences(version_sentences(huwen.library, [source.id])[source.id])
    # apart from the text, which may be redirected to a file
    for sentence in (*recognition_sentences(source), *omission_sentences(source)):
        err.print(f"huwen: {sentence}")


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
    out.print(f"{shown_name(source.title)}: {shown_name(', '.join(source.tags) or 'no tags')}")


@app.command()
def rename(
    name: Annotated[str, typer.Argument(help=_NAME_HELP)],
    title: Annotated[str, typer.Argument(help="Its title from now on.")],
) -> None:
    """Give a source another title; it stays when the file is added again."""
    huwen = open_huwen()
    source = huwen.rename(name, title)
    out.print(f"{shown_name(source.name)}: {shown_name(source.title)}")


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Ids, file names or titles, as `huwen sources` lists them.")],
) -> None:
    """Take sources out of the library."""
    huwen = open_huwen()
    with huwen.write_lock():
        for name in names:
            source = huwen.remove(name)
            out.print(f"removed {shown_name(source.title)} ({shown_name(source.id)})")


@app.command()
def rebuild(
    read: Annotated[bool, typer.Option(
        "--read", help="Then read the kept originals of documents that an older version read; of all documents, if the "
                       "manifest is damaged or lost.")] = False,
) -> None:
    """Make both indexes anew from the library's own record."""
    huwen = _open_or_begin_anew() if read else open_huwen()
    with progress_bar() as progress:
        task = progress.add_task("rebuilding", total=None)
        passages = huwen.library.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
    out.print(f"{passages} passages are indexed anew")
    if read:
        _read_originals(huwen)
        fill_ledger(huwen)
    make_vectors(huwen.library)


def _open_or_begin_anew() -> Huwen:
    """The library; an empty one in its place if its manifest is damaged or lost and originals are kept."""
    from rag.settings import read_settings

    settings = read_settings()
    try:
        return open_huwen(settings)
    except DamagedManifest as error:
        if not has_originals(settings.home):
            raise
        err.print(f"huwen: {shown_name(str(error))}")
    folder = set_aside_damaged(settings.home)
    out.print(f"the manifest and the indexes were moved to {shown_name(str(folder))}; nothing is deleted")
    huwen = open_huwen(settings)
    huwen.library.begin_recovery()
    return huwen


def _read_originals(huwen: Huwen) -> None:
    """Read originals again, and print each result; those of all documents while a recovery is not finished."""
    library = huwen.library
    with progress_bar() as progress, huwen.library.write_lock(), page_progress(progress):
        results = library.read_originals() if library.needs_originals() else library.read_again()
        total, failures = _print_results(progress.console, results)
    print_outdated(library.sources())
    if failures:
        raise CommandFailed(f"{failures} of {total} originals could not be read again")
    out.print(f"{total} {'original was' if total == 1 else 'originals were'} read again")


def _print_results(console: Console, results: Iterable[tuple[Path, AddResult | HuwenError]]) -> tuple[int, int]:
    """Print the result of each file; returns the number of files and of failures."""
    total = failures = 0
    for _, result in results:
        total += 1
        if isinstance(result, HuwenError):
            failures += 1
            print_failure(console, result)
        else:
            print_added(console, result.outcome, result.source)
    return total, failures

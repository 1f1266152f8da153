"""Following on the command line: watched folders until Ctrl-C, web addresses, and what changed since a day."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.library.lock import LibraryLocked
from rag.schema import HuwenError
from ui.commands.library_report import print_added, print_failure
from ui.commands.terminal import (
    CommandFailed,
    err,
    interface_language,
    open_huwen,
    out,
    print_json,
    progress_bar,
    shown_name,
)
from ui.commands.versions import print_versions, version_sentences

if TYPE_CHECKING:
    from rag.huwen import Huwen
    from rag.library.following.change_log import Change
    from rag.library.following.folder_follower import FollowEvent
    from rag.library.following.follow_records import WatchedFolder

app = typer.Typer()
_MAX_CHANGES = 10_000  # that one command prints


def watch_folders(folders: Sequence[str], tags: Sequence[str], *, is_once: bool) -> None:
    """Follow these folders, or all watched ones if none is named, until Ctrl-C; `is_once`: look once, then end.

    Raises:
        HuwenError: a folder cannot be watched, or the library cannot be written.
    """
    from rag.library.following.watching import add_watch, follow_folders
    from rag.settings import read_settings

    settings = read_settings()
    huwen = open_huwen(settings)
    named = [add_watch(huwen.library, Path(folder), tags) for folder in folders]
    watches = named or huwen.library.follow_records.folders()
    if not watches:
        from rag.library.following.follow_errors import FollowError

        raise FollowError("none")
    with huwen, _stop_at_signal() as stop:
        if not is_once:
            _print_beginning(watches, settings.watch_seconds)
        counts: Counter[str] = Counter()
        with _FileBar() as bar:
            for event in follow_folders(
                    huwen.library, stop, interval=settings.watch_seconds, is_once=is_once, progress=bar.show,
                    note_look=bar.note_look,
                    only=[watch.folder for watch in named] or None):
                counts[event.kind] += _print_event(event, bar)
                if event.kind in ("added", "changed", "renamed"):
                    print_versions(out, huwen.library, event.source_id)
                    if not is_once:
                        huwen.wake_vectors()
        _print_end(huwen, counts, is_once=is_once)
    if is_once and (counts["failed"] or counts["problem"]):
        raise CommandFailed("")


def unwatch_folders(folders: Sequence[str]) -> None:
    """Watch these folders no longer; their documents stay.

    Raises:
        HuwenError: a folder is not watched.
    """
    from rag.library.following.watching import remove_watch

    library = open_huwen().library
    for folder in folders:
        remove_watch(library, folder)
        out.print(f"not watched any more: {shown_name(folder)}; its documents stay in the library")


def add_addresses(urls: Sequence[str], tags: Sequence[str], *, is_refresh: bool) -> int:
    """Add the documents at these addresses, then, with `is_refresh`, ask for all others; the number of failures."""
    from rag.library.following.web_sources import add_address, open_web_client, refresh_addresses
    from rag.settings import read_settings
    from ui.commands.vector_progress import make_vectors

    settings = read_settings()
    library, client = open_huwen(settings).library, open_web_client(settings)
    failures = 0
    for url in urls:
        try:
            result = add_address(library, client, url, tags)
            print_added(out, result.outcome, result.source)
            print_versions(out, library, result.source.id)
        except LibraryLocked:
            raise
        except HuwenError as error:
            failures += 1
            print_failure(out, error)
    counts: Counter[str] = Counter()
    for _, outcome in refresh_addresses(library, client) if is_refresh else ():
        if isinstance(outcome, HuwenError):
            counts["failed"] += 1
            print_failure(out, outcome)
            continue
        counts[outcome.outcome] += 1
        if outcome.outcome != "unchanged":
            print_added(out, outcome.outcome, outcome.source)
            print_versions(out, library, outcome.source.id)
    if is_refresh:
        out.print(f"addresses asked: {counts.total()}; changed: {counts['replaced'] + counts['added']}; "
                  f"unchanged: {counts['unchanged']}; not to be had: {counts['failed']}")
    make_vectors(library)
    return failures + counts["failed"]


@app.command()
def changes(
    since: Annotated[str, typer.Option(
        help="A day or time (2026-11-01, 2026-11-01T09:30), or how long ago: 7d, 12h.")] = "7d",
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects, newest first.")] = False,
) -> None:
    """List which documents were added, changed, renamed and removed since a day, newest first.

    Under a document that was added or changed is what it is now among its versions; in JSON, `versions`.
    """
    from rag.library.following.change_log import parse_since

    start, library = parse_since(since, datetime.now().astimezone()), open_huwen().library
    found = library.changes(start, _MAX_CHANGES)
    new_ids = {change.source_id for change in found if change.kind in ("added", "changed")}
    versions = version_sentences(library, new_ids)
    sentences = [versions.get(c.source_id, []) if c.kind in ("added", "changed") else [] for c in found]
    if as_json:
        print_json([{**change.to_json(), "versions": lines} for change, lines in zip(found, sentences, strict=True)])
        return
    for change, lines in zip(found, sentences, strict=True):
        out.print("\n".join([_describe_change(change), *(f"{' ' * 18}{line}" for line in lines)]))
    counts = Counter(change.kind for change in found)
    numbers = ", ".join(f"{counts[kind]} {kind}" for kind in ("added", "changed", "renamed", "removed") if counts[kind])
    out.print(f"since {start.astimezone():%Y-%m-%d %H:%M}: {numbers or 'nothing has changed'}")
    if len(found) == _MAX_CHANGES:
        out.print(f"older ones are left out; at most {_MAX_CHANGES} are listed")


def print_watches(huwen: Huwen) -> None:
    """Print the watched folders with their state, one a line; nothing if there is none."""
    records = huwen.library.follow_records
    for number, watch in enumerate(records.folders()):
        known, faulty = records.count_files(watch.folder)
        checked = f"{datetime.fromisoformat(watch.checked).astimezone():%Y-%m-%d %H:%M}" if watch.checked else "never"
        state = f"{known} files" + (f", {faulty} of them unreadable" if faulty else "")
        label = "" if number else "watched"
        out.print(f"{label:10} {shown_name(watch.folder)}: {state}, last look {checked}")
        if watch.problem:
            out.print(f"           {shown_name(watch.problem[interface_language()])}")


def _describe_change(change: Change) -> str:
    time = datetime.fromisoformat(change.time).astimezone()
    earlier = f"  (was {shown_name(change.earlier)})" if change.earlier else ""
    return (f"{time:%Y-%m-%d %H:%M}  {change.kind:8} {shown_name(change.title)} · {shown_name(change.name)}{earlier} · "
            f"id {shown_name(change.source_id)}")


def _print_beginning(watches: Sequence[WatchedFolder], seconds: float) -> None:
    names = ", ".join(shown_name(watch.folder) for watch in watches)
    err.print(f"huwen: following {names}, every {seconds:g} s (Ctrl-C stops it; the next start notices what changed "
              "meanwhile)")


def _print_end(huwen: Huwen, counts: Counter[str], *, is_once: bool) -> None:
    from ui.commands.vector_progress import make_vectors

    numbers = ", ".join(
        f"{counts[kind]} {kind}" for kind in ("added", "changed", "renamed", "removed", "failed") if counts[kind])
    out.print(f"{'looked once' if is_once else 'stopped'}: {numbers or 'nothing changed'}")
    if is_once:
        make_vectors(huwen.library)


class _FileBar:
    """A bar of the files that are being read, shown only while there are some; events are printed above it."""

    def __enter__(self) -> _FileBar:
        self._progress = progress_bar()
        self._bar = self._progress.__enter__()
        self._task = self._bar.add_task("reading", total=None, visible=False)
        self.problems: dict[str, str] = {}  # by folder, as they were printed
        self.looked_at: set[str] = set()  # folders with a problem at this look
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.__exit__(None, None, None)

    def show(self, watch: WatchedFolder, done: int, total: int) -> None:
        """Show how many files have been read."""
        self._bar.update(self._task, completed=done, total=total, visible=done < total)

    def note_look(self, watch: WatchedFolder, time: datetime) -> None:
        """Say that a folder is followed again, when its problem is over."""
        if watch.folder not in self.looked_at and self.problems.pop(watch.folder, ""):
            self.print(f"back       {shown_name(watch.folder)} is followed again")
        self.looked_at.discard(watch.folder)

    def print(self, line: str) -> None:
        """Print a line above the bar."""
        out.print(line)


def _print_event(event: FollowEvent, bar: _FileBar) -> bool:
    """Print what was done about a file; a problem of a folder only when it begins. Returns whether it was printed."""
    sentence = event.sentences[interface_language()] if event.sentences else ""
    if event.kind == "problem":
        bar.looked_at.add(event.folder)
        if bar.problems.get(event.folder) == sentence:
            return False
        bar.problems[event.folder] = sentence
        bar.print(f"[red]problem[/]    {shown_name(sentence)}")
        return True
    if event.kind == "failed":
        bar.print(f"[red]failed[/]     {shown_name(sentence)}")
        return True
    notes = {
        "same": f" · has the same content as {shown_name(event.title)}, which is in the library already",
        "kept": " · its file is gone; it was not added by watching, and stays in the library"}
    title = "" if event.kind == "same" else f" · {shown_name(event.title)} · id {shown_name(event.source_id)}"
    bar.print(f"{event.kind:10} {shown_name(event.path)}{title}{notes.get(event.kind, '')}")
    return True


@contextmanager
def _stop_at_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C and the end of the session set; a second Ctrl-C interrupts at once."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def set_stop(number: int, frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in before:
        signal.signal(number, set_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def require_options_apply(names: Sequence[str], *, is_watch: bool, is_once: bool, is_refresh: bool) -> None:
    """Refuse options of `huwen add` that do not go together.

    Raises:
        CommandFailed: `--once` without `--watch`, or nothing is named.
    """
    if is_once and not is_watch:
        raise CommandFailed("--once goes with --watch: `huwen add --watch --once FOLDER` looks once and ends")
    if not names and not is_watch and not is_refresh:
        raise CommandFailed("name files, folders or addresses to add; `huwen add --help` shows how")


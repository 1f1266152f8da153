"""Report on the library's documents: what was left out of files, which were skipped, and which to read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.library.omissions import describe_omission, describe_recognition
from rag.library.reader_version import find_outdated
from ui.commands.terminal import interface_language, out, shown_name

if TYPE_CHECKING:
    from rich.console import Console

    from rag.library.health import OriginalsHealth
    from rag.schema import HuwenError, Source

_MAX_NAMES = 5  # names and suffixes that one sentence lists


def omission_sentences(source: Source) -> list[str]:
    """What was left out of a source's file, one sentence for each kind, ready to print."""
    return [shown_name(describe_omission(omission, interface_language())) for omission in source.omissions]


def recognition_sentences(source: Source) -> list[str]:
    """Which pages of a source text recognition read, ready to print; none without such pages."""
    sentence = describe_recognition(source, interface_language())
    return [shown_name(sentence)] if sentence else []


def print_added(console: Console, state: str, source: Source) -> None:
    """Print what was done with a file or an address, and what was left out of it."""
    console.print(f"{state:10} {shown_name(source.title)} · {source.language} · id {shown_name(source.id)}")
    for sentence in (*recognition_sentences(source), *omission_sentences(source)):
        console.print(f"           {sentence}")


def print_failure(console: Console, error: HuwenError) -> None:
    """Print why a file or an address could not be added."""
    console.print(f"[red]failed[/]     {shown_name(error.sentence(interface_language()))}")


def skipped_files(named: Iterable[Path], taken: Iterable[Path]) -> list[Path]:
    """The files of the named folders that are not taken; hidden files and folders are not counted."""
    known = set(taken)
    return [
        path for folder in named for path in sorted(folder.rglob("*"))
        if path not in known and _is_file(path)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _is_file(path: Path) -> bool:
    """False also for a path that cannot be looked at."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def describe_skipped(skipped: Sequence[Path]) -> str:
    """How many files were skipped, with their suffixes, the most frequent first: `3 files (.png 2, .xyz 1)`."""
    counts = Counter(path.suffix.lower() or "without suffix" for path in skipped).most_common()
    parts = [f"{shown_name(suffix)} {number}" for suffix, number in counts[:_MAX_NAMES]]
    parts += ["…"] if len(counts) > _MAX_NAMES else []
    return f"{len(skipped)} {'file' if len(skipped) == 1 else 'files'} ({', '.join(parts)})"


def print_outdated(sources: Iterable[Source]) -> None:
    """Print which sources would be read better now, why, and the command that reads them again."""
    outdated = find_outdated(sources)
    unrecognised = set(outdated.unrecognised)
    for group, remedy in (
            (outdated.with_original, "`huwen rebuild --read` reads their originals again"),
            (outdated.without_original, "add again with `huwen add FILE…`")):
        if old := [source for source in group if source not in unrecognised]:
            out.print(f"{_count_documents(old)} read by an older reader, which did not know tables, "
                      f"lists and numbered clauses; {remedy}: {_list_names(old)}")
        if scans := [source for source in group if source in unrecognised]:
            out.print(f"{_count_documents(scans)} read before text recognition (OCR) was installed, without the "
                      f"scanned pages; {remedy}: {_list_names(scans)}")


def print_originals(health: OriginalsHealth, folder: Path) -> bool:
    """Print how many originals are kept, and what is wrong with them; returns False if one is missing."""
    if health.kept or health.missing:
        out.print(f"originals  {health.kept} kept, {health.size / 1_000_000:.1f} MB")
    if health.unused:
        out.print(f"           {health.unused} of them belong to no document; they may be deleted in "
                  f"{shown_name(str(folder))}")
    if health.missing:
        out.print(f"           {len(health.missing)} are missing; add the files again with `huwen add FILE…`: "
                  f"{_list_names(health.missing)}")
    return not health.missing


def _count_documents(sources: Sequence[Source]) -> str:
    return "1 document was" if len(sources) == 1 else f"{len(sources)} documents were"


def _list_names(sources: Sequence[Source]) -> str:
    names = ", ".join(shown_name(source.name) for source in sources[:_MAX_NAMES])
    return f"{names} and {len(sources) - _MAX_NAMES} more" if len(sources) > _MAX_NAMES else names

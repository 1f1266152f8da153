"""Rereading: kept originals are read and indexed again, for a newer reader or after the manifest was lost.

Imported only where files are read, because the file readers take long to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.library.ingest import AddResult, InputFile, PendingSource, ingest_files
from rag.library.manifest import Manifest
from rag.library.originals import MissingOriginal, OriginalRecord, Originals
from rag.library.reader_version import find_outdated
from rag.schema import HuwenError

_IndexSources = Callable[[Sequence[PendingSource]], list[AddResult]]


@dataclass(frozen=True)
class _Original:
    digest: str
    record: OriginalRecord


def read_sources_again(
    manifest: Manifest, originals: Originals, index: _IndexSources,
) -> Iterator[tuple[Path, AddResult | HuwenError]]:
    """Read the sources of an older reader again; yields the name of each file with its result."""
    chosen = [
        _Original(source.original, OriginalRecord.of_source(source, manifest.read_location(source.id)))
        for source in find_outdated(manifest.sources()).with_original]
    for name, result, _ in _read_originals(manifest, originals, chosen, index):
        yield name, result


def read_recorded_originals(
    manifest: Manifest, originals: Originals, index: _IndexSources,
) -> Iterator[tuple[Path, AddResult | HuwenError, OriginalRecord]]:
    """Read all kept originals; yields the name of each file with its result and what was recorded of it."""
    chosen = [_Original(digest, record) for digest, record in originals.records().items()]
    yield from _read_originals(manifest, originals, chosen, index)


def _read_originals(
    manifest: Manifest, originals: Originals, chosen: Iterable[_Original], index: _IndexSources,
) -> Iterator[tuple[Path, AddResult | HuwenError, OriginalRecord]]:
    records: dict[Path, OriginalRecord] = {}
    failures: list[tuple[Path, HuwenError, OriginalRecord]] = []

    def restored_files() -> Iterator[InputFile]:
        """Each original under its own name, only as long as it is being read."""
        for original in chosen:
            record = original.record
            try:
                with originals.restored_file(original.digest, record.name) as path:
                    records[path] = record
                    yield InputFile(path, record.location, record.tags, record.id, record.url, record.accessed)
            except MissingOriginal as error:
                failures.append((Path(record.name), error, record))

    for path, result in ingest_files(manifest, originals, restored_files(), index):
        record = records.pop(path)
        yield Path(record.name), result, record
    yield from failures

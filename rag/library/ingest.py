"""Files become documents that are ready to be indexed, several at a time; what is known already is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from langchain_core.documents import Document

from rag.library.manifest import Manifest
from rag.library.source_metadata import build_source
from rag.schema import Source
from rag.sources.clean import clean
from rag.sources.loaders import UnreadableFile, load

# part of every content hash: raise it when cleaning or splitting change, and files are read anew when added again
_READER_VERSION = 2

# what is indexed in one commit, and with it held in memory
BATCH_FILES, _BATCH_CHARACTERS = 200, 1_000_000


@dataclass(frozen=True)
class InputFile:
    """A file to take in; `place` names it across machines, by default it is the absolute path."""

    path: Path
    location: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddResult:
    """What became of a file."""

    source: Source
    outcome: Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True)
class PendingSource:
    """A file that is read and not yet indexed."""

    source: Source
    document: Document
    location: str
    digest: str


def prepare_file(manifest: Manifest, file: InputFile) -> PendingSource | AddResult:
    """What is to be indexed of a file; or for one that is known by its content, that it is unchanged.

    Raises:
        UnreadableFile: the file cannot be read as a document.
    """
    place = file.location or str(file.path.resolve())
    try:
        digest = hashlib.blake2b(file.path.read_bytes() + bytes([_READER_VERSION]), digest_size=16).hexdigest()
    except OSError as error:
        raise UnreadableFile(f"{file.path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if known := manifest.find_by_digest(digest):
        return AddResult(_add_tags(manifest, manifest.read_source(known[0])[0], file.tags), "unchanged")
    document = clean(load(file.path))
    source = build_source(document, file.path, place)
    tags = tuple(dict.fromkeys((*manifest.source_tags(source.id), *file.tags)))  # a changed file keeps those that it had
    return PendingSource(replace(source, tags=tags, digest=digest), document, place, digest)


def _add_tags(manifest: Manifest, source: Source, tags: tuple[str, ...]) -> Source:
    """A source that is in, with the tags that it is added with again."""
    if set(tags) <= set(source.tags):
        return source
    manifest.set_tags(source.id, tuple(dict.fromkeys((*source.tags, *tags))))
    return manifest.read_source(source.id)[0]


def ingest_files(
    manifest: Manifest, files: Iterable[InputFile], index: Callable[[Sequence[PendingSource]], list[AddResult]],
) -> Iterator[tuple[Path, AddResult | UnreadableFile]]:
    """What became of each file; `index` is given as many as fit into one commit."""
    batch: dict[str, tuple[Path, PendingSource]] = {}

    def index_batch() -> Iterator[tuple[Path, AddResult]]:
        if batch:
            added = index([coming for _, coming in batch.values()])
            yield from zip([path for path, _ in batch.values()], added, strict=True)
            batch.clear()

    for file in files:
        try:
            coming = prepare_file(manifest, file)
            if isinstance(coming, PendingSource) and _is_in_batch(coming, batch):
                yield from index_batch()  # the same again: what it is can be said once the first is in
                coming = prepare_file(manifest, file)
        except UnreadableFile as error:
            yield file.path, error
            continue
        if isinstance(coming, AddResult):
            yield file.path, coming
            continue
        batch[coming.source.id] = file.path, coming
        if len(batch) >= BATCH_FILES or sum(len(c.document.page_content) for _, c in batch.values()) >= _BATCH_CHARACTERS:
            yield from index_batch()
    yield from index_batch()


def _is_in_batch(pending: PendingSource, batch: dict[str, tuple[Path, PendingSource]]) -> bool:
    return pending.source.id in batch or pending.digest in {other.digest for _, other in batch.values()}

"""Files become documents that are ready to be indexed, several at a time; what is known already is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from langchain_core.documents import Document

from rag.library.manifest import Manifest
from rag.library.source_metadata import describe
from rag.schema import Source
from rag.sources.clean import clean
from rag.sources.loaders import UnreadableFile, load

# part of every content hash: raise it when cleaning or splitting change, and files are read anew when added again
_READING = 2

# what is indexed in one commit, and with it held in memory
FILES, _CHARACTERS = 200, 1_000_000


@dataclass(frozen=True)
class File:
    """A file to take in; `place` names it across machines, by default it is the absolute path."""

    path: Path
    place: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Added:
    """What became of a file."""

    source: Source
    outcome: Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True)
class Coming:
    """A file that is read and not yet indexed."""

    source: Source
    document: Document
    place: str
    digest: str


def read(manifest: Manifest, file: File) -> Coming | Added:
    """What is to be indexed of a file; or for one that is known by its content, that it is unchanged.

    Raises:
        UnreadableFile: the file cannot be read as a document.
    """
    place = file.place or str(file.path.resolve())
    try:
        digest = hashlib.blake2b(file.path.read_bytes() + bytes([_READING]), digest_size=16).hexdigest()
    except OSError as error:
        raise UnreadableFile(f"{file.path}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if known := manifest.holds(digest):
        return Added(_tagged(manifest, manifest.source(known[0])[0], file.tags), "unchanged")
    document = clean(load(file.path))
    source = describe(document, file.path, place)
    tags = tuple(dict.fromkeys((*manifest.tags(source.id), *file.tags)))  # a changed file keeps those that it had
    return Coming(replace(source, tags=tags, digest=digest), document, place, digest)


def _tagged(manifest: Manifest, source: Source, tags: tuple[str, ...]) -> Source:
    """A source that is in, with the tags that it is added with again."""
    if set(tags) <= set(source.tags):
        return source
    manifest.tag(source.id, tuple(dict.fromkeys((*source.tags, *tags))))
    return manifest.source(source.id)[0]


def in_batches(
    manifest: Manifest, files: Iterable[File], index: Callable[[Sequence[Coming]], list[Added]],
) -> Iterator[tuple[Path, Added | UnreadableFile]]:
    """What became of each file; `index` is given as many as fit into one commit."""
    batch: dict[str, tuple[Path, Coming]] = {}

    def indexed() -> Iterator[tuple[Path, Added]]:
        if batch:
            added = index([coming for _, coming in batch.values()])
            yield from zip([path for path, _ in batch.values()], added, strict=True)
            batch.clear()

    for file in files:
        try:
            coming = read(manifest, file)
            if isinstance(coming, Coming) and _stands_in(coming, batch):
                yield from indexed()  # the same again: what it is can be said once the first is in
                coming = read(manifest, file)
        except UnreadableFile as error:
            yield file.path, error
            continue
        if isinstance(coming, Added):
            yield file.path, coming
            continue
        batch[coming.source.id] = file.path, coming
        if len(batch) >= FILES or sum(len(c.document.page_content) for _, c in batch.values()) >= _CHARACTERS:
            yield from indexed()
    yield from indexed()


def _stands_in(coming: Coming, batch: dict[str, tuple[Path, Coming]]) -> bool:
    return coming.source.id in batch or coming.digest in {other.digest for _, other in batch.values()}

"""Ingestion: reads and cleans files, and indexes several at a time; files whose content is known are skipped."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Literal

from langchain_core.documents import Document

from rag.comparison.version_records import content_digest
from rag.library.index import BATCH_FILES
from rag.library.manifest import Manifest
from rag.library.originals import OriginalRecord, Originals
from rag.library.reader_version import READER_VERSION, lacks_recognition
from rag.library.source_metadata import build_source, keep_given_fields
from rag.schema import Source
from rag.sources.clean import clean
from rag.sources.errors import UnreadableFile, unreadable_by_system
from rag.sources.loaders import load
from rag.sources.page_ranges import page_ranges
from rag.text.language import valid_unicode

_BATCH_CHARACTERS = 1_000_000  # of text that is held in memory and indexed in one commit


@dataclass(frozen=True)
class InputFile:
    """A file to add; `location` is its name on every machine, by default the absolute path.

    The location decides of which source the file is the new content; `source_id` names that source where it is known.
    `is_reread`: the file is read even if its content is known, because its suffix has changed. `url` and `accessed`:
    the web address from which it came, and the day; such a file counts as unchanged if the text in it is the same,
    because pages count their visitors.
    """

    path: Path
    location: str = ""
    tags: tuple[str, ...] = ()
    source_id: str = ""
    url: str = ""
    accessed: str = ""
    is_reread: bool = False


@dataclass(frozen=True)
class AddResult:
    """What was done with a file. `is_copy`: it is unchanged because the library has its content under another name."""

    source: Source
    outcome: Literal["added", "replaced", "unchanged"]
    is_copy: bool = False


@dataclass(frozen=True)
class PendingSource:
    """A file that has been read, but not indexed yet."""

    source: Source
    document: Document
    location: str
    digest: str
    text_digest: str  # of the clean text, whatever the format of the file is

    def add_result(self, passages: int, known_ids: Collection[str]) -> AddResult:
        """The result after indexing; `known_ids`: the sources that were in the library before."""
        outcome: Literal["added", "replaced"] = "replaced" if self.source.id in known_ids else "added"
        return AddResult(replace(self.source, passages=passages), outcome)


def _read_regular_file(path: Path) -> bytes:
    """The bytes of a file; a pipe or a device, which might never end, is not read.

    Raises:
        UnreadableFile: there is no such regular file, it cannot be read, or its name is not valid text.
    """
    shown = valid_unicode(str(path))
    if shown != str(path):
        raise UnreadableFile("bad name", shown)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile("not a file", shown)
        return path.read_bytes()
    except OSError as error:
        raise unreadable_by_system(error).with_name(shown) from None
    except (ValueError, RuntimeError):  # NUL in the name; symbolic links that point at each other
        raise UnreadableFile("bad name", shown) from None


def prepare_file(manifest: Manifest, originals: Originals, file: InputFile) -> PendingSource | AddResult:
    """Read a file for indexing; the result "unchanged" for a file whose content is in the library already.

    Raises:
        UnreadableFile: the file cannot be read as a document.
        HuwenError: its original cannot be kept.
    """
    data = _read_regular_file(file.path)
    location = file.location or str(file.path.resolve())
    digest = hashlib.blake2b(data + bytes([READER_VERSION]), digest_size=16).hexdigest()
    known = None if file.is_reread else manifest.find_by_digest(digest)
    if known and not lacks_recognition(manifest.read_source(known[0])[0]):
        source = _add_tags(manifest, manifest.read_source(known[0])[0], file.tags)
        source = _add_original(manifest, originals, source, known[1], data)
        return AddResult(source, "unchanged", is_copy=known[1] != location)
    content = load(file.path)
    document = clean(content)
    source, text_digest = build_source(document, file.path, location, content.omissions), content_digest(document)
    source = replace(source, id=file.source_id or _choose_id(manifest, source.id, location))
    source = replace(source, recognised_pages=page_ranges(sorted({line.page for line in content.recognised})))
    earlier = manifest.find_source(source.id)
    if earlier is None and not file.is_reread and (copy := manifest.find_copy(text_digest)):
        return AddResult(_add_tags(manifest, manifest.read_source(copy)[0], file.tags), "unchanged", is_copy=True)
    source = keep_given_fields(source, earlier, file.tags)
    if file.url:
        source = replace(source, url=file.url, accessed=file.accessed)
        if earlier and not file.is_reread and _has_same_text(manifest, source, document):
            return AddResult(_add_tags(manifest, manifest.read_source(source.id)[0], file.tags), "unchanged")
    original = originals.keep(data, OriginalRecord.of_source(source, location))
    return PendingSource(replace(source, digest=digest, original=original), document, location, digest, text_digest)


def _choose_id(manifest: Manifest, computed: str, location: str) -> str:
    """The id of the source with this location; for a new one `computed`, with a number if another one has that.

    A file that was renamed keeps its id, so that a new file in its old place needs another.
    """
    if existing := manifest.find_by_location(location):
        return existing
    candidates = chain([computed], (f"{computed}-{number}" for number in count(2)))
    return next(id for id in candidates if not manifest.is_id_of_other(id, location))


def _has_same_text(manifest: Manifest, source: Source, document: Document) -> bool:
    """True if the finished source has the same title and the same text with the same structure."""
    try:
        known, known_document = manifest.read_source(source.id)
    except KeyError:
        return False
    return (known.title, known.url, known_document.page_content, known_document.metadata.get("blocks")) == (
        source.title, source.url, document.page_content, json.loads(json.dumps(document.metadata.get("blocks"))))


def _add_tags(manifest: Manifest, source: Source, tags: tuple[str, ...]) -> Source:
    """The source after the tags of an unchanged file have been added to it."""
    if set(tags) <= set(source.tags):
        return source
    manifest.set_tags(source.id, tuple(dict.fromkeys((*source.tags, *tags))))
    return manifest.read_source(source.id)[0]


def _add_original(
    manifest: Manifest, originals: Originals, source: Source, location: str, data: bytes,
) -> Source:
    """The source of an unchanged file after its original has been kept, if that was not done before."""
    if source.original:
        return source
    if original := originals.keep(data, OriginalRecord.of_source(source, location)):
        manifest.set_original(source.id, original)
    return replace(source, original=original)


def ingest_files(
    manifest: Manifest, originals: Originals, files: Iterable[InputFile],
    index: Callable[[Sequence[PendingSource]], list[AddResult]],
) -> Iterator[tuple[Path, AddResult | UnreadableFile]]:
    """Each file's path with its result or error; `index` gets as many files as fit into one commit.

    Raises:
        KeyboardInterrupt: Ctrl-C while a file was read; the files before it are indexed first.
    """
    batch: dict[str, tuple[Path, PendingSource]] = {}

    def index_batch() -> Iterator[tuple[Path, AddResult]]:
        if batch:
            results = index([pending for _, pending in batch.values()])
            yield from zip([path for path, _ in batch.values()], results, strict=True)
            batch.clear()

    for file in files:
        try:
            prepared = prepare_file(manifest, originals, file)
            if isinstance(prepared, PendingSource) and _is_in_batch(prepared, batch):
                yield from index_batch()  # the same file twice: its result is known after the first one is indexed
                prepared = prepare_file(manifest, originals, file)
        except UnreadableFile as error:
            yield file.path, error
            continue
        except KeyboardInterrupt:  # reading a long scan takes minutes: the files before it are not lost with it
            yield from index_batch()
            raise
        if isinstance(prepared, AddResult):
            yield file.path, prepared
            continue
        batch[prepared.source.id] = file.path, prepared
        if len(batch) >= BATCH_FILES or _batch_size(batch) >= _BATCH_CHARACTERS:
            yield from index_batch()
    yield from index_batch()


def _batch_size(batch: dict[str, tuple[Path, PendingSource]]) -> int:
    """The characters of all texts of a batch."""
    return sum(len(pending.document.page_content) for _, pending in batch.values())


def _is_in_batch(pending: PendingSource, batch: dict[str, tuple[Path, PendingSource]]) -> bool:
    digests = {digest for _, other in batch.values() for digest in (other.digest, other.text_digest)}
    return pending.source.id in batch or pending.digest in digests or pending.text_digest in digests

"""Reader version: the number of the way in which this version of Huwen reads, cleans and splits files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.schema import Source
from rag.sources.recognition.installation import has_recogniser

# 2: bibliographic data; 3: blocks. It is part of every content hash: raise it when reading, cleaning or splitting
# changes, so that a file added again is read again, and sources that an older reader read are reported.
READER_VERSION = 3


@dataclass(frozen=True)
class OutdatedSources:
    """The sources that would be read better now: those with an original, and those whose file must be added again.

    `unrecognised`: those of them that only lack what text recognition can read now.
    """

    with_original: tuple[Source, ...]
    without_original: tuple[Source, ...]
    unrecognised: tuple[Source, ...] = ()


def find_outdated(sources: Iterable[Source]) -> OutdatedSources:
    """The sources that an older reader read, and those whose scanned pages were left out and can be read now.

    The former have no blocks, or not those that the present reader finds.
    """
    outdated = [source for source in sources if source.reader < READER_VERSION or lacks_recognition(source)]
    return OutdatedSources(
        tuple(source for source in outdated if source.original),
        tuple(source for source in outdated if not source.original),
        tuple(source for source in outdated if source.reader >= READER_VERSION))


def lacks_recognition(source: Source) -> bool:
    """True for a source whose scanned pages were left out where text recognition is installed now."""
    return any(omission.startswith("scanned pages|") for omission in source.omissions) and has_recogniser()

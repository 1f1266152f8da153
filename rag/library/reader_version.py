"""Reader version: the number of the way in which this version of Huwen reads, cleans and splits files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.schema import Source

# 2: bibliographic data; 3: blocks. It is part of every content hash: raise it when reading, cleaning or splitting
# changes, so that a file added again is read again, and sources that an older reader read are reported.
READER_VERSION = 3


@dataclass(frozen=True)
class OutdatedSources:
    """The sources that an older reader read: those with an original, and those whose file must be added again."""

    with_original: tuple[Source, ...]
    without_original: tuple[Source, ...]


def find_outdated(sources: Iterable[Source]) -> OutdatedSources:
    """The sources that an older reader read: they have no blocks, or not those that the present reader finds."""
    outdated = [source for source in sources if source.reader < READER_VERSION]
    return OutdatedSources(
        tuple(source for source in outdated if source.original),
        tuple(source for source in outdated if not source.original))

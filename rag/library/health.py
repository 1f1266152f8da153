"""Health of a library: compares manifest, vectors and words, and the originals with the sources that use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.library.manifest import Manifest
from rag.library.originals import Originals
from rag.schema import Source

if TYPE_CHECKING:  # Chroma and tantivy, which a list of the sources does not need
    from rag.library.vector_index import VectorIndex
    from rag.library.word_index import WordIndex


@dataclass(frozen=True)
class Health:
    """Differences between manifest and indexes, in passages; `unfinished` in sources."""

    passages: int
    without_vector: int
    stray_vectors: int
    without_words: int
    stray_words: int
    unfinished: int
    waiting: int = 0  # passages whose vectors are still to be made, which is no fault

    @property
    def is_sound(self) -> bool:
        """True if nothing is missing and nothing is left over."""
        faults = (self.without_vector, self.stray_vectors, self.without_words, self.stray_words, self.unfinished)
        return not any(faults)


def compare_indexes(manifest: Manifest, vectors: VectorIndex, words: WordIndex) -> Health:
    """Compare the passages of both indexes with those of the manifest."""
    expected = manifest.passage_ids()
    to_reach, waiting = _expected_vectors(manifest, vectors, expected)
    with_vector, with_words = vectors.passage_ids(), words.passage_ids()
    return Health(
        passages=len(expected),
        without_vector=len(to_reach - vectors.reachable_ids()),
        stray_vectors=len(with_vector - expected) if not waiting else 0,
        without_words=len(expected - with_words),
        stray_words=len(with_words - expected),
        unfinished=len(manifest.unfinished_ids()),
        waiting=waiting,
    )


def _expected_vectors(manifest: Manifest, vectors: VectorIndex, expected: set[str]) -> tuple[set[str], int]:
    """The ids of the passages whose vectors a search must find, and how many others wait for theirs."""
    if not vectors.is_enabled:
        return set(), 0
    if not vectors.is_deferred:
        return expected, 0
    if vectors.find_mismatch():
        return set(), len(expected)
    without = manifest.sources_without_vectors()
    waiting = sum(manifest.count_passages(without).values())
    whole = [id for id in manifest.source_ids() if id not in without]
    return {str(passage.id) for id in whole for passage in vectors.select_passages(manifest.passages_of(id))}, waiting


@dataclass(frozen=True)
class OriginalsHealth:
    """The originals of a library: how many are kept and their bytes, and where they differ from what sources use."""

    kept: int
    size: int
    missing: tuple[Source, ...]  # the sources whose original is not there
    unused: int  # originals that no source uses


def compare_originals(sources: Sequence[Source], originals: Originals) -> OriginalsHealth:
    """Compare the originals that the sources use with those that are there."""
    digests, used = originals.digests(), {source.original for source in sources if source.original}
    missing = tuple(source for source in sources if source.original and source.original not in digests)
    return OriginalsHealth(len(digests), originals.size(), missing, len(digests - used))

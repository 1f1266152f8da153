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

    @property
    def is_sound(self) -> bool:
        """True if nothing is missing and nothing is left over."""
        faults = (self.without_vector, self.stray_vectors, self.without_words, self.stray_words, self.unfinished)
        return not any(faults)


def compare_indexes(manifest: Manifest, vectors: VectorIndex, words: WordIndex) -> Health:
    """Compare the passages of both indexes with those of the manifest."""
    expected = manifest.passage_ids()
    with_vector, with_words = vectors.passage_ids(), words.passage_ids()
    return Health(
        passages=len(expected),
        without_vector=len(expected - vectors.reachable_ids()) if vectors.is_enabled else 0,
        stray_vectors=len(with_vector - expected),
        without_words=len(expected - with_words),
        stray_words=len(with_words - expected),
        unfinished=len(manifest.unfinished_ids()),
    )


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

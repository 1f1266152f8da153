"""Manifest, vectors and words are compared: what is missing, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

from rag.library.manifest import Manifest
from rag.library.vector_index import VectorIndex
from rag.library.word_index import WordIndex


@dataclass(frozen=True)
class Health:
    """How far the indexes agree with the manifest, in passages."""

    passages: int
    without_vector: int
    stray_vectors: int
    without_words: int
    stray_words: int
    unfinished: int

    @property
    def is_sound(self) -> bool:
        """True where nothing is missing and nothing is left over."""
        return not (self.without_vector or self.stray_vectors or self.without_words or self.stray_words or self.unfinished)


def compare_indexes(manifest: Manifest, vectors: VectorIndex, words: WordIndex) -> Health:
    """How far the indexes hold what the manifest says they do."""
    told = manifest.passage_ids()
    stored, worded = vectors.passage_ids(), words.passage_ids()
    return Health(
        passages=len(told),
        without_vector=len(told - vectors.reachable_ids()) if vectors.is_enabled else 0,
        stray_vectors=len(stored - told),
        without_words=len(told - worded),
        stray_words=len(worded - told),
        unfinished=len(manifest.unfinished_ids()),
    )

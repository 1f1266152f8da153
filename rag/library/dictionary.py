"""Text becomes a vector: the dictionary embedder, which needs neither a model nor a network."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.text.glossary import meanings, rarity

# what its hits weigh beside those by words: within a language they add paraphrase, across languages little that the
# translated words have not found; from the evals
_WEIGHT, _WEIGHT_ACROSS = 0.25, 0.1


class DictionaryEmbedder(Embeddings):
    """Chinese and English words meet in the English gloss stems of CC-CEDICT, tf-idf weighted and hashed.

    Deterministic on every machine. Vectors have `dimension` floats and unit length (all zero for text without a known
    word), so that a dot product is a cosine. Each stem is added with a sign at two places (Weinberger et al., Feature
    Hashing for Large Scale Multitask Learning, 2009); term frequencies are damped as 1 + ln tf.
    """

    name = "dictionary-2"
    dimension = 512
    weight, weight_across = _WEIGHT, _WEIGHT_ACROSS

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        amounts = meanings(text)
        told = [_told(gloss, self.dimension) for gloss in amounts]
        damped = [1 + math.log(amount) if amount > 1 else amount for amount in amounts.values()]
        weights = np.asarray(damped) * np.asarray([heavy for heavy, _, _ in told])
        places = np.asarray([place for _, places, _ in told for place in places], dtype=np.int64)
        signs = np.asarray([sign for _, _, signs in told for sign in signs])
        vector = np.bincount(places, weights=signs * np.repeat(weights, 2), minlength=self.dimension)
        length = float(np.linalg.norm(vector))
        return [float(x) for x in (vector / length if length else vector).astype(np.float32)]


@lru_cache(maxsize=100_000)
def _told(gloss: str, dimension: int) -> tuple[float, tuple[int, int], tuple[float, float]]:
    """How telling a stem is, and its two places with their signs."""
    digest = int.from_bytes(hashlib.blake2b(gloss.encode(), digest_size=8).digest(), "big")
    halves = (digest & 0xFFFF_FFFF, digest >> 32)
    return rarity(gloss), (halves[0] // 2 % dimension, halves[1] // 2 % dimension), (1.0 - 2 * (halves[0] % 2), 1.0 - 2 * (halves[1] % 2))

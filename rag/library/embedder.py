"""Text becomes a vector: the dictionary embedder, which needs neither a model nor a network."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.text.glossary import meanings, rarity


class DictionaryEmbedder(Embeddings):
    """Chinese and English words meet in the English gloss stems of CC-CEDICT, tf-idf weighted and hashed.

    Deterministic on every machine. Vectors have `dimension` floats and unit length (all zero for text without a known
    word), so that a dot product is a cosine. Each stem is added with a sign at two places (Weinberger et al., Feature
    Hashing for Large Scale Multitask Learning, 2009); term frequencies are damped as 1 + ln tf.
    """

    name = "dictionary-1"
    dimension = 1024

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        vector = np.zeros(self.dimension)
        for gloss, amount in meanings(text).items():
            weight = (1 + math.log(amount) if amount > 1 else amount) * rarity(gloss)
            for place, sign in _places(gloss, self.dimension):
                vector[place] += sign * weight
        length = float(np.linalg.norm(vector))
        return [float(x) for x in (vector / length if length else vector).astype(np.float32)]


@lru_cache(maxsize=100_000)
def _places(gloss: str, dimension: int) -> tuple[tuple[int, int], tuple[int, int]]:
    digest = int.from_bytes(hashlib.blake2b(gloss.encode(), digest_size=8).digest(), "big")
    first, second = digest & 0xFFFF_FFFF, digest >> 32
    return (first // 2 % dimension, 1 - 2 * (first % 2)), (second // 2 % dimension, 1 - 2 * (second % 2))

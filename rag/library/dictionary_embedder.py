"""Text becomes a vector: the dictionary embedder, which needs neither a model nor a network."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from rag.text.glossary import Meaning, gloss_idf, translated_words

# what its hits weigh beside those by words: within a language they add paraphrase, across languages little that the
# translated words have not found; from the evals
_FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT = 0.25, 0.1


class DictionaryEmbedder(Embeddings):
    """Chinese and English words meet in the English gloss stems of CC-CEDICT, tf-idf weighted and hashed.

    Deterministic on every machine. Vectors have `dimension` floats and unit length (all zero for text without a known
    word), so that a dot product is a cosine. Each stem is added with a sign at two places (Weinberger et al., Feature
    Hashing for Large Scale Multitask Learning, 2009); term frequencies are damped as 1 + ln tf.
    """

    name = "dictionary-2"
    dimension = 512
    fusion_weight, cross_lingual_weight = _FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        told = [_stem_arrays(meaning) for _, meaning in translated_words(text)]
        if not told:
            return [0.0] * self.dimension
        digests, rarities, weights = (np.concatenate(column) for column in zip(*told, strict=True))
        # in the order of their digests, whatever the order of the words: the sums come out alike
        stems, first, stem_of = np.unique(digests, return_index=True, return_inverse=True)
        amounts = np.bincount(stem_of, weights)
        damped = np.where(amounts > 1, 1 + np.log(np.maximum(amounts, 1)), amounts) * rarities[first]
        halves = np.concatenate((stems & _LOW_MASK, stems >> _HALF_BITS)).astype(np.int64)
        vector = np.bincount(halves // 2 % self.dimension, np.tile(damped, 2) * (1 - 2 * (halves % 2)), self.dimension)
        length = float(np.linalg.norm(vector))
        out: list[float] = (vector / length if length else vector).astype(np.float32).tolist()
        return out


_HALF_BITS, _LOW_MASK = np.uint64(32), np.uint64(0xFFFF_FFFF)


@lru_cache(maxsize=100_000)
def _stem_arrays(meaning: Meaning) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Of each stem of a word its digest, how telling it is, and its weight."""
    digests = [int.from_bytes(hashlib.blake2b(gloss.encode(), digest_size=8).digest(), "big") for gloss in meaning.glosses]
    return np.array(digests, np.uint64), np.array([gloss_idf(gloss) for gloss in meaning.glosses]), np.array([*meaning.glosses.values()])

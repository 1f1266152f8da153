"""The dictionary embedder: vectors of text without a model and without a network."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from rag.text.glossary import Meaning, gloss_idf, translated_words

# fusion weights relative to word hits, from the evals: within a language its hits add paraphrases; across languages
# they add little to what the translated words have found
_FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT = 0.25, 0.1

_StemArrays = tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64], npt.NDArray[np.float64]]


class DictionaryEmbedder(Embeddings):
    """Hashed tf-idf vectors of gloss stems: Chinese and English words share the English gloss stems of CC-CEDICT.

    Deterministic on every machine. Vectors have `dimension` floats and unit length (all zero for text without a known
    word), so that a dot product is a cosine. Each stem is added with a sign at two places (Weinberger et al., Feature
    Hashing for Large Scale Multitask Learning, 2009); term frequencies are damped as 1 + ln tf.
    """

    name = "dictionary-2"
    dimension = 512
    fusion_weight, cross_lingual_weight = _FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT
    has_narrow_cosines = has_cosine_evidence = is_slow = False
    obstacle = ""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        words = [_stem_arrays(meaning) for _, meaning in translated_words(text)]
        if not words:
            return [0.0] * self.dimension
        digests, idfs, weights = (np.concatenate(column) for column in zip(*words, strict=True))
        # sorted by digest, so that the floating-point sums do not depend on the order of the words
        stems, first, stem_of = np.unique(digests, return_index=True, return_inverse=True)
        frequencies = np.bincount(stem_of, weights)
        damped = np.where(frequencies > 1, 1 + np.log(np.maximum(frequencies, 1)), frequencies) * idfs[first]
        halves = np.concatenate((stems & _LOW_MASK, stems >> _HALF_BITS)).astype(np.int64)
        signed = np.tile(damped, 2) * (1 - 2 * (halves % 2))
        vector = np.bincount(halves // 2 % self.dimension, signed, self.dimension)
        length = float(np.linalg.norm(vector))
        components: list[float] = (vector / length if length else vector).astype(np.float32).tolist()
        return components


_HALF_BITS, _LOW_MASK = np.uint64(32), np.uint64(0xFFFF_FFFF)


@lru_cache(maxsize=100_000)
def _stem_arrays(meaning: Meaning) -> _StemArrays:
    """The digest, the idf and the weight of each gloss stem of a word."""
    stems = meaning.glosses
    digests = [int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "big") for stem in stems]
    return np.array(digests, np.uint64), np.array([gloss_idf(stem) for stem in stems]), np.array([*stems.values()])

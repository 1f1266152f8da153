"""Validation of vectors from outside: a row is scaled to unit length, or refused if it is not all numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from rag.schema import HuwenError

# Fusion weights of neural vector hits relative to word hits: a guess, until an eval with a real model has chosen them.
# Across languages the weight is higher, because there the word hits depend on the glossary alone.
NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT = 1.0, 1.5


class EmbeddingFailed(HuwenError):
    """There is no valid vector; the message says what was received instead."""


def embed_non_blank(texts: list[str], embed: Callable[[list[str]], list[list[float]]]) -> list[list[float]]:
    """Vectors of texts; those of blank texts are zero, as the dictionary's are.

    Blank texts are not sent: servers refuse them, and models give them a meaningless direction.
    """
    valid = [text.encode("utf-8", "replace").decode() for text in texts]  # half a surrogate pair cannot be sent
    if not valid:
        return []
    vectors = embed([text for text in valid if text.strip()] or ["."])  # if all are blank: for the dimension
    remaining = iter(vectors)
    return [next(remaining) if text.strip() else [0.0] * len(vectors[0]) for text in valid]


def normalise_vector(row: list[float]) -> list[float]:
    """The row at unit length.

    Raises:
        ValueError: the row is not a vector; a reply from outside may contain anything.
    """
    try:
        length = math.hypot(*row)
    except (TypeError, OverflowError):
        length = math.nan
    if not 0 < length < math.inf:
        raise ValueError("gave a vector that is not all numbers, or all zeros")
    return [x / length for x in row]

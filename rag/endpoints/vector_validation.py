"""Rows of numbers from outside become vectors that are fit to be kept, or one sentence that says why not."""

from __future__ import annotations

import math
from collections.abc import Callable

from rag.schema import HuwenError

# What hits by a neural vector weigh beside those by words: a guess, until an eval with a real model has chosen.
# Across languages they weigh more, for there words have only the glossary to go by.
NEURAL_WEIGHT, CROSS_LINGUAL_NEURAL_WEIGHT = 1.0, 1.5


class EmbeddingFailed(HuwenError):
    """There is no vector, or none to be trusted; the sentence says what came instead."""


def embed_non_blank(texts: list[str], embed: Callable[[list[str]], list[list[float]]]) -> list[list[float]]:
    """Vectors of texts; of blank ones zero, as the dictionary's: servers refuse them, and models make something of nothing."""
    sound = [text.encode("utf-8", "replace").decode() for text in texts]  # half a surrogate pair cannot be sent
    if not sound:
        return []
    vectors = embed([text for text in sound if text.strip()] or ["."])  # for nothing but blanks: how wide is zero?
    coming = iter(vectors)
    return [next(coming) if text.strip() else [0.0] * len(vectors[0]) for text in sound]


def normalise_vector(row: list[float]) -> list[float]:
    """The row at unit length. Raises ValueError where it is no vector, for what comes from outside may be anything."""
    try:
        length = math.hypot(*row)
    except (TypeError, OverflowError):
        length = math.nan
    if not 0 < length < math.inf:
        raise ValueError("gave a vector that is not all numbers, or all zeros")
    return [x / length for x in row]


def first_line(text: str) -> str:
    """The first line of what an outside thing says, short enough for a sentence."""
    return (text.strip().splitlines() or [""])[0][:200]


def root_cause(error: BaseException) -> BaseException:
    """The error that began it: libraries wrap the one that says something."""
    return root_cause(error.__cause__) if error.__cause__ else error

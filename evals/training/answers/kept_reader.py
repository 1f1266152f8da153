"""A reader that keeps what it has read in a file: fitting a model again does not read the passages again."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from rag.encoder.reader import PassageReader, PassageReading, ReadPassage


@cache
def _one_core_reader() -> PassageReader:
    """The reader on one core, because several processes read at once."""
    return PassageReader(threads=1)


_Key = tuple[str, str, str, tuple[tuple[int, int], ...]]


class KeptReader:
    """The reader of Huwen, with its readings in a file, which `save` writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[_Key, PassageReading] = pickle.loads(path.read_bytes()) if path.exists() else {}
        self._count = len(self._kept)

    def read(self, question: str, passages: Sequence[ReadPassage]) -> Iterator[PassageReading]:
        """The reading of each passage, in order."""
        for passage in passages:
            key = (question, passage.heading, passage.text, tuple(passage.sentences))
            if key not in self._kept:
                (self._kept[key],) = _one_core_reader().read(question, [passage])
            yield self._kept[key]

    def save(self) -> None:
        """Write the file, if anything was read that it does not have."""
        if len(self._kept) > self._count:
            self._path.write_bytes(pickle.dumps(self._kept))

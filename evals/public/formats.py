"""The name of a format becomes its reader; a shelf of texts becomes a library to search."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.public import alce, crud, rgb, squad
from evals.public.benchmark import Benchmark, Text
from evals.scoring import Grader
from rag.library.library import Library
from rag.schema import Passage
from rag.text.language import detect

FORMATS = ("squad", "rgb", "crud", "alce")
METRICS: Mapping[str, Mapping[str, Grader]] = {
    "squad": squad.METRICS, "rgb": rgb.METRICS, "crud": crud.METRICS, "alce": alce.METRICS}


def read(name: str, path: Path, *, passages: int = 5, noise: float = 0.4) -> Benchmark:
    """A benchmark by the name of its format; `passages` and `noise` matter where passages are given with a question.

    Raises:
        BadBenchmark: the file is not in that format.
    """
    readers: dict[str, Callable[[], Benchmark]] = {
        "squad": lambda: squad.read(path), "rgb": lambda: rgb.read(path, passages=passages, noise=noise),
        "crud": lambda: crud.read(path), "alce": lambda: alce.read(path, passages=passages)}
    return readers[name]()


def shelve(texts: Sequence[str], home: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Library:
    """A library of texts, each a document by the name of its digest; what is in already is left alone."""
    library = Library(home)
    held = {source.name for source in library.sources()}
    with tempfile.TemporaryDirectory() as folder, library.writing():
        for done, text in enumerate(texts):
            progress(done, len(texts))
            path = Path(folder) / f"{digest(text)}.txt"
            if path.name not in held:
                path.write_text(text, "utf-8")
                library.add(path, place=path.name)
    return library


def digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def passages(given: Sequence[Text]) -> tuple[Passage, ...]:
    """Given texts as the passages that an answer is drawn from, numbered in their order."""
    return tuple(
        Passage(number, digest(one.text), digest(one.text), one.title, "", 0, 0, len(one.text), one.text, 1.0, detect(one.text))
        for number, one in enumerate(given, 1))

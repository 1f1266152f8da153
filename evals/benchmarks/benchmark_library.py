"""The texts of a benchmark become a library to search, or the passages that an answer is drawn from."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evals.benchmarks.benchmark import BenchmarkText
from rag.library.ingest import InputFile
from rag.library.library import Library
from rag.schema import Passage
from rag.text.language import detect_language


def build_library(texts: Sequence[str], home: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Library:
    """A library of texts, each a document by the name of its digest; what is in already is left alone."""
    library = Library(home)
    held = {source.name for source in library.sources()}
    with tempfile.TemporaryDirectory() as folder, library.write_lock():
        files = _write_files([text for text in texts if f"{text_digest(text)}.txt" not in held], Path(folder))
        for done, (path, _) in enumerate(library.add_files(files), 1):
            path.unlink(missing_ok=True)
            progress(done, len(texts))
    return library


def _write_files(texts: Sequence[str], folder: Path) -> Iterator[InputFile]:
    for text in dict.fromkeys(texts):
        path = folder / f"{text_digest(text)}.txt"
        path.write_text(text, "utf-8")
        yield InputFile(path, path.name)


def text_digest(text: str) -> str:
    """A short name for a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def make_passages(texts: Sequence[BenchmarkText]) -> tuple[Passage, ...]:
    """Given texts as the passages that an answer is drawn from, numbered in their order."""
    return tuple(
        Passage(number, text_digest(one.text), text_digest(one.text), one.title, "", 0, 0, len(one.text), one.text, 1.0, detect_language(one.text))
        for number, one in enumerate(texts, 1))

"""Benchmark library: the texts of a benchmark as a library to search, or as passages given with a question."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from evals.benchmarks.benchmark import BenchmarkText
from rag.library.ingest import InputFile
from rag.library.library import Library
from rag.schema import EmbeddingEndpoint, Passage
from rag.text.language import detect_language


def build_library(
    texts: Sequence[str], home: Path, progress: Callable[[int, int], None] = lambda done, total: None, *,
    with_vectors: bool = True,
) -> Library:
    """A library of the texts, each a document named by its digest; documents already in it are not added again.

    Its vectors are made by the default embedder, whatever the settings say, or not at all.
    """
    library = Library(home, embedding=EmbeddingEndpoint("" if with_vectors else "none"))
    present = {source.name for source in library.sources()}
    with tempfile.TemporaryDirectory() as folder, library.write_lock():
        files = _write_files([text for text in texts if f"{text_digest(text)}.txt" not in present], Path(folder))
        for done, (path, _) in enumerate(library.add_files(files), 1):
            path.unlink(missing_ok=True)
            progress(done, len(texts))
        for done, total in library.make_vectors():  # all of them: what is measured is a library in its final state
            progress(done, total)
    return library


def _write_files(texts: Sequence[str], folder: Path) -> Iterator[InputFile]:
    for text in dict.fromkeys(texts):
        path = folder / f"{text_digest(text)}.txt"
        path.write_text(text, "utf-8")
        yield InputFile(path, path.name)


def text_digest(text: str) -> str:
    """The MD5 digest of a text, which names its document."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def make_passages(texts: Sequence[BenchmarkText]) -> tuple[Passage, ...]:
    """The texts given with a question as passages, numbered from 1 in their order."""
    passages = []
    for number, given in enumerate(texts, 1):
        digest = text_digest(given.text)
        passages.append(Passage(
            number=number, id=digest, source_id=digest, title=given.title, section="", page=0,
            start=0, end=len(given.text), text=given.text, score=1.0, language=detect_language(given.text)))
    return tuple(passages)

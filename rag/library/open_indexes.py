"""The open indexes of a library: word index and vector index of one build, changed together.

This part of the library needs Chroma, tantivy and the dictionary, which take a second to import; `index_builds.py`
imports it when an index is opened for the first time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from langchain_core.documents import Document

from rag.library.chroma import VectorStore
from rag.library.embedder import Embedder
from rag.library.index import IndexProgress
from rag.library.source_metadata import add_source_metadata
from rag.library.vector_index import VectorIndex
from rag.library.word_index import WordIndex
from rag.schema import Source
from rag.sources.split import split

_PART = 200  # passages of a long document that are indexed between two reports of progress: one or two seconds


@dataclass(frozen=True)
class OpenIndexes:
    """Both indexes of one build, ready for search and for changes.

    Raises:
        DamagedIndex: from the methods of the indexes; files are missing or have been changed.
    """

    build: int
    vectors: VectorIndex
    words: WordIndex

    @classmethod
    def open(cls, folder: Path, build: int, store: VectorStore, embedder: Embedder) -> OpenIndexes:
        """The indexes of a build in its folder, created if there are none.

        Raises:
            DamagedIndex: an index cannot be opened.
            ChromaUnreachable: the server that holds the vectors does not answer.
        """
        return cls(build, VectorIndex(store, embedder), WordIndex(folder / "words"))

    def refresh(self) -> None:
        """Read what another process has committed; the vector index checks that itself at every use."""
        self.words.refresh()

    def replace_passages(
        self, sources: Sequence[tuple[Source, Document]], progress: IndexProgress = lambda done, total: None,
    ) -> dict[str, list[Document]]:
        """Split the documents and replace all passages of their sources in both indexes; the passages by source id."""
        passages = {
            source.id: [add_source_metadata(passage, source) for passage in split(document, source.id)]
            for source, document in sources}
        done, total = 0, sum(map(len, passages.values()))
        progress(0, total)
        with _pause_gc(), self.words.replace_in_parts([*passages]) as add:
            for batch in self._embed_or_defer(passages):
                add(batch)  # directly after embedding, while the word meanings are still cached
                done += len(batch)
                progress(done, total)
        return passages

    def _embed_or_defer(self, passages: Mapping[str, list[Document]]) -> Iterator[list[Document]]:
        """Batches of passages, whose vectors are stored, or are made after the words are searchable."""
        if not self.vectors.is_deferred:
            return self.vectors.replace_sources(passages)
        return (group[start : start + _PART] for group in passages.values() for start in range(0, len(group), _PART))

    def remove_sources(self, source_ids: Sequence[str]) -> None:
        """Remove all passages of these sources from both indexes."""
        nothing: dict[str, list[Document]] = {source_id: [] for source_id in source_ids}
        for _ in self.vectors.replace_sources(nothing):
            pass
        self.words.replace_sources(nothing)


@contextmanager
def _pause_gc() -> Iterator[None]:
    """Pause the garbage collector: indexing makes few reference cycles; searching for them took 40 % of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

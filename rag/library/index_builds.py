"""Index builds: the numbered folders `index-0`, `index-1`, … of a library; one of them is the current build."""

from __future__ import annotations

import shutil
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rag.library.lock import opening_lock
from rag.library.manifest import Manifest
from rag.schema import EmbeddingEndpoint, HuwenError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rag.library.chroma import VectorStore
    from rag.library.embedder import Embedder
    from rag.library.open_indexes import OpenIndexes

_LAYOUT_VERSION = 3  # raise it when the indexes change: then libraries of an earlier version ask for a rebuild


class OldIndexes(HuwenError):
    """The indexes were made by an earlier version, or are on another server."""


class IndexBuilds:
    """The builds of a library's indexes; the manifest says which one is current.

    Nothing is imported or opened before the first call of `open_current` or `create`.
    """

    def __init__(self, manifest: Manifest, home: Path, embedding: EmbeddingEndpoint, chroma_url: str) -> None:
        self._manifest, self._home, self._embedding = manifest, home, embedding
        self._chroma_url = chroma_url.strip().rstrip("/")
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None

    @property
    def layout_number(self) -> int:
        """A number for the layout version and the vector server: on another server a search would find no vectors."""
        return _LAYOUT_VERSION + (zlib.crc32(self._chroma_url.encode()) << 8)

    @property
    def embedder(self) -> Embedder:
        """The embedder of the settings, the same for all builds: a local model is loaded once."""
        from rag.library.embedder import embedder_for  # slow imports: numpy and the dictionary

        with self._lock:
            if self._embedder is None:
                self._embedder = embedder_for(self._embedding, self._read_stored_embedders)
            return self._embedder

    def _read_stored_embedders(self) -> set[str]:
        from rag.library.vector_index import stored_embedders  # slow imports, as in `_open`

        return stored_embedders(self._vector_store(self._manifest.read_state("build")))

    def read_known_vectors(self, folder: Path) -> Mapping[str, npt.NDArray[np.float32]]:
        """The vectors that lie beside the notes of a folder, by the digest of their text."""
        from rag.library.known_vectors import FILE_NAME, read_known_vectors  # slow imports, as in `embedder`

        return read_known_vectors(folder / FILE_NAME, self.embedder)

    def open_current(self, known: OpenIndexes | None) -> OpenIndexes:
        """The indexes of the current build: `known`, refreshed, if it is that build; else newly opened ones.

        Raises:
            OldIndexes: another version of Huwen made them, or their vectors are elsewhere.
            DamagedIndex: an index cannot be opened.
            WrongEmbedder: the vectors were made by another embedder.
            ChromaUnreachable: the server that holds the vectors does not answer.
        """
        build = self._manifest.read_state("build")
        if known and known.build == build:
            known.refresh()
            return known
        if self._manifest.read_state("layout") != self.layout_number and self._manifest.source_ids():
            raise OldIndexes(
                f"the indexes of {self._home} were made by another version of Huwen, or with another HUWEN_CHROMA_URL; "
                "set that back, or run `huwen rebuild` to renew them")
        return self._open(build)

    def create(self, build: int) -> OpenIndexes:
        """Empty indexes for a new build; files left by an interrupted rebuild are removed.

        Raises:
            ChromaUnreachable: the server for the vectors does not answer.
        """
        from rag.library.embedder import embedder_for  # slow imports, as in `embedder`

        shutil.rmtree(self._folder(build), ignore_errors=True)
        self._vector_store(build).remove()
        if not self._embedding.model:
            with self._lock:
                self._embedder = embedder_for(self._embedding)  # new vectors are made by what runs on this machine
        return self._open(build)

    def remove_all_but(self, build: int) -> None:
        """Remove the build before this one, and every other folder of indexes.

        Raises:
            ChromaUnreachable: the server that holds the vectors does not answer.
        """
        self._vector_store(build - 1).remove()
        for folder in self._home.glob("index-*"):
            if folder != self._folder(build):
                shutil.rmtree(folder, ignore_errors=True)

    def _open(self, build: int) -> OpenIndexes:
        from rag.library.open_indexes import OpenIndexes  # Chroma, tantivy and the dictionary take a second to import

        store = self._vector_store(build)
        with opening_lock(self._home):
            return OpenIndexes.open(self._folder(build), build, store, self.embedder)

    def _vector_store(self, build: int) -> VectorStore:
        """Where the vectors of a build are: in its folder, or on the server under the library's own name."""
        from rag.library.chroma import FolderStore, ServerStore  # slow imports, as in `_open`

        if not self._chroma_url:
            return FolderStore(self._folder(build) / "chroma")
        return ServerStore(self._chroma_url, f"huwen-{self._manifest.library_number():x}-{build}-")

    def _folder(self, build: int) -> Path:
        return self._home / f"index-{build}"

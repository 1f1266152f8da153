"""Search by meaning: vectors in Chroma, embedded and persistent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Space
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import InternalError, NotFoundError
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from rag.library.words import DamagedIndex, Hit, searched_text
from rag.schema import HuwenError, Language

_NAME = "passages"
_DISTANCE: Space = "cosine"
# With Chroma's own 16, 100 and 100 a search lost up to ten of 2,410 passages, those in the smaller language and on rare
# subjects first: most pairs of sparse vectors are equally far apart, and changes cut what few links such passages have.
_GRAPH = CreateHNSWConfiguration(space=_DISTANCE, max_neighbors=64, ef_construction=400, ef_search=400)
_PAUSES = (0.0, 0.1, 0.3, 1.0)  # seconds; a writer that deletes changes the files several times a second
_BATCH = 500  # far below Chroma's 5,461, so that progress is seen and memory stays flat


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class Vectors:
    """An Index of passages by their vectors. Only the process that holds the library's lock may write.

    A client in a process that merely reads goes stale when another process writes: `refresh` opens it anew.

    Raises:
        WrongEmbedder: the collection carries another embedder's name, dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path, embedder: Embeddings, name: str, dimension: int) -> None:
        self._folder, self._embedder, self._dimension = folder, embedder, dimension
        self._identity = {"embedder": name, "dimension": dimension, "distance": _DISTANCE}
        folder.mkdir(parents=True, exist_ok=True)
        self._collection = self._open()

    def _open(self) -> Collection:
        SharedSystemClient.clear_system_cache()  # else Chroma hands out the client that it had, though the files have changed
        settings = ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        try:
            client: ClientAPI = chromadb.PersistentClient(str(self._folder), settings=settings)
        except InternalError as error:
            raise DamagedIndex(self._folder, error) from None
        try:
            found = client.get_collection(_NAME, embedding_function=None)
        except NotFoundError:
            configuration = CreateCollectionConfiguration(hnsw=_GRAPH)
            return client.create_collection(
                _NAME, metadata=self._identity, embedding_function=None, configuration=configuration)
        stored = {key: (found.metadata or {}).get(key) for key in self._identity}
        if stored != self._identity:
            raise WrongEmbedder(
                f"the library's vectors are by {_told(stored)}, the settings ask for {_told(self._identity)}; "
                "run `huwen rebuild` to make them anew")
        return found

    def refresh(self) -> None:
        """Open the folder anew: what another process wrote becomes visible."""
        self._collection = self._open()

    def replace(self, source_id: str, passages: Sequence[Document]) -> Iterator[int]:
        """All passages of a source, in batches; yields how many are in. No passages removes the source.

        The new ones come in before the old ones go: a reader finds the source at every moment.
        """
        before = set(self._ids(source_id))
        for at in range(0, len(passages), _BATCH):
            batch = passages[at : at + _BATCH]
            texts = [searched_text(passage) for passage in batch]
            self._collection.upsert(
                ids=[str(passage.id) for passage in batch],
                embeddings=np.asarray(self._embedder.embed_documents(texts), dtype=np.float32),
                documents=[passage.page_content for passage in batch],
                metadatas=[_plain(passage.metadata) for passage in batch],
            )
            yield len(batch)
        gone = sorted(before - {str(passage.id) for passage in passages})
        for at in range(0, len(gone), _BATCH):
            self._collection.delete(ids=gone[at : at + _BATCH])

    def _ids(self, source_id: str) -> Iterator[str]:
        yield from self._listed({"source_id": source_id})

    def ids(self) -> Iterator[str]:
        """The ids of everything stored."""
        yield from self._listed(None)

    def _listed(self, where: dict[str, str] | None) -> Iterator[str]:
        offset = 0
        while ids := self._collection.get(where=where, include=[], limit=_BATCH, offset=offset)["ids"]:  # type: ignore[arg-type]
            yield from ids
            offset += len(ids)

    def search(self, query: str, k: int, language: Language) -> list[Hit]:
        """The k nearest passages in one language, scored by cosine similarity; none for a query without a known word."""
        vector = self._embedder.embed_query(query)
        if not any(vector):
            return []
        for pause in _PAUSES:
            try:
                return self._nearest(vector, k, language)
            except InternalError:  # a writer in another process has moved on under this client
                time.sleep(pause)
                self.refresh()
        try:
            return self._nearest(vector, k, language)
        except InternalError as error:
            raise DamagedIndex(self._folder, error) from None

    def reachable(self) -> set[str]:
        """The ids that a search can find: fewer than `ids` where the graph over the vectors is damaged.

        Raises:
            DamagedIndex: no search is possible.
        """
        anywhere = np.eye(1, self._dimension, dtype=np.float32)
        try:
            found = self._collection.query(query_embeddings=anywhere, n_results=max(1, len(self)), include=[])
        except InternalError as error:
            raise DamagedIndex(self._folder, error) from None
        return set(found["ids"][0])

    def _nearest(self, vector: list[float], k: int, language: Language) -> list[Hit]:
        found = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k, where={"language": language}, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return [Hit(id, 1.0 - distance) for id, distance in zip(found["ids"][0], distances, strict=True) if distance < 1.0]

    def __len__(self) -> int:
        return self._collection.count()


def _told(identity: dict[str, object]) -> str:
    return f"{identity['embedder']} ({identity['dimension']} dimensions, {identity['distance']})"


def _plain(metadata: dict[str, object]) -> dict[str, str | int]:
    """What Chroma takes: strings and whole numbers; it would drop None without a word."""
    return {key: value for key, value in metadata.items() if isinstance(value, str | int)}

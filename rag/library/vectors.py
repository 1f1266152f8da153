"""Search by meaning: vectors in Chroma, embedded and persistent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Space, Where
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import InternalError, NotFoundError
from filelock import FileLock
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from rag.library.words import DamagedIndex, Hit, searched_text
from rag.schema import HuwenError, Language

_NAME = "passages"
_DISTANCE: Space = "cosine"
# With Chroma's own 16, 100 and 100 a search lost up to ten of 2,410 passages, those in the smaller language and on rare
# subjects first: most pairs of sparse vectors are equally far apart, and changes cut what few links such passages have.
_GRAPH = CreateHNSWConfiguration(space=_DISTANCE, max_neighbors=64, ef_construction=400, ef_search=400)
_BATCH = 100  # readers wait while a batch goes in, about a third of a second
_PAGE = 5000  # of ids; SQLite takes a bounded number of parameters
_POLL = 0.005  # seconds between two looks at the lock


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class Vectors:
    """An Index of passages by their vectors.

    Chroma is made for one process: a client goes stale when another process writes, the write of a stale client loses
    vectors for good, and even a search writes, for it brings the files up to date. Therefore every use takes its turn by
    a lock beside the folder, and whoever finds the mark of another writer there opens the folder anew first.

    Raises:
        WrongEmbedder: the collection carries another embedder's name, dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path, embedder: Embeddings, name: str, dimension: int) -> None:
        self._folder, self._embedder, self._dimension = folder, embedder, dimension
        self._identity = {"embedder": name, "dimension": dimension, "distance": _DISTANCE}
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder.with_suffix(".lock"), poll_interval=_POLL)
        self._mark_file, self._mark = folder.with_suffix(".mark"), ""
        self._opened: Collection | None = None
        with self._turn():
            pass  # opens

    @contextmanager
    def _turn(self, *, changing: bool = False) -> Iterator[Collection]:
        """The collection as it stands now, for this process alone."""
        with self._lock:
            mark = self._mark_file.read_text("ascii") if self._mark_file.exists() else ""
            if self._opened is None or mark != self._mark:
                self._opened, self._mark = self._open(), mark
            if changing:  # before the change: a writer that is killed has left its mark
                self._mark = uuid4().hex
                self._mark_file.write_text(self._mark, "ascii")
            try:
                yield self._opened
                if changing:  # the change is in the log; a search brings it into the graph, before another process can
                    self._opened.query(query_embeddings=self._anywhere(), n_results=1, include=[])
            except InternalError as error:
                raise DamagedIndex(self._folder, error) from None
        if changing:
            time.sleep(2 * _POLL)  # else a reader that waits would never see the lock free between two batches

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

    def replace(self, sources: Mapping[str, Sequence[Document]]) -> Iterator[int]:
        """All passages of some sources, in batches; yields how many are in. No passages removes the source.

        The new ones come in before the old ones go: a reader finds the sources at every moment.
        """
        before = self._listed({"source_id": {"$in": [*sources]}})  # type: ignore[dict-item]  # a list is invariant
        passages = [passage for some in sources.values() for passage in some]
        for at in range(0, len(passages), _BATCH):
            batch = passages[at : at + _BATCH]
            vectors = np.asarray(self._embedder.embed_documents([searched_text(passage) for passage in batch]), dtype=np.float32)
            with self._turn(changing=True) as collection:
                collection.upsert(
                    ids=[str(passage.id) for passage in batch],
                    embeddings=vectors,
                    documents=[passage.page_content for passage in batch],
                    metadatas=[_plain(passage.metadata) for passage in batch],
                )
            yield len(batch)
        gone = sorted(before - {str(passage.id) for passage in passages})
        for at in range(0, len(gone), _BATCH):
            with self._turn(changing=True) as collection:
                collection.delete(ids=gone[at : at + _BATCH])

    def ids(self) -> set[str]:
        """The ids of everything stored."""
        return self._listed(None)

    def _listed(self, where: Where | None) -> set[str]:
        listed: set[str] = set()
        with self._turn() as collection:
            while ids := collection.get(where=where, include=[], limit=_PAGE, offset=len(listed))["ids"]:
                listed.update(ids)
        return listed

    def search(self, query: str, k: int, language: Language) -> list[Hit]:
        """The k nearest passages in one language, scored by cosine similarity; none for a query without a known word."""
        vector = self._embedder.embed_query(query)
        if not any(vector):
            return []
        with self._turn() as collection:
            found = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k, where={"language": language}, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return [Hit(id, 1.0 - distance) for id, distance in zip(found["ids"][0], distances, strict=True) if distance < 1.0]

    def reachable(self) -> set[str]:
        """The ids that a search can find: fewer than `ids` where the graph over the vectors is damaged."""
        with self._turn() as collection:
            found = collection.query(query_embeddings=self._anywhere(), n_results=max(1, collection.count()), include=[])
        return set(found["ids"][0])

    def _anywhere(self) -> npt.NDArray[np.float32]:
        return np.eye(1, self._dimension, dtype=np.float32)

    def __len__(self) -> int:
        with self._turn() as collection:
            return collection.count()


def _told(identity: dict[str, object]) -> str:
    return f"{identity['embedder']} ({identity['dimension']} dimensions, {identity['distance']})"


def _plain(metadata: dict[str, object]) -> dict[str, str | int]:
    """What Chroma takes: strings and whole numbers; it would drop None without a word."""
    return {key: value for key, value in metadata.items() if isinstance(value, str | int)}

"""The vector index: nearest-neighbour search in Chroma, with one collection for each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from chromadb.api.models.Collection import Collection
from langchain_core.documents import Document

from rag.library.chroma import DISTANCE, CollectionSet, VectorStore
from rag.library.embedder import Embedder, NoEmbedder
from rag.library.index import Hit, indexed_text
from rag.schema import LANGUAGES, HuwenError, Language

_NAME_PREFIX = "passages-"  # before the language; Chroma refuses a name of two letters
_BATCH_SIZE = 200  # passages; readers wait while a batch is written, about a tenth of a second
_PAGE_SIZE = 5000  # of ids; SQLite takes a limited number of parameters

_VectorArray = npt.NDArray[np.float32]


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class VectorIndex:
    """An index of passages by their vectors; Chroma stores them with the passages' ids, the manifest stores the text.

    Raises:
        WrongEmbedder: a collection was made with another embedder, dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, store: VectorStore, embedder: Embedder) -> None:
        self._store, self._embedder = store, embedder
        self._embed_query = lru_cache(maxsize=64)(embedder.embed_query)  # a question is searched for in each language
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                self._check_collection(collections.find(_NAME_PREFIX + language))

    def replace_sources(self, sources: Mapping[str, Sequence[Document]]) -> Iterator[list[Document]]:
        """Replace all passages of these sources in batches; yields each stored batch. No passages: remove the source.

        The new passages are stored before the old ones are deleted, so that a reader always finds the sources.
        """
        if not sources:
            return
        old_ids = {language: self._list_ids(language, [*sources]) for language in LANGUAGES}
        passages = [passage for group in sources.values() for passage in group]
        for batch in _language_batches(passages):  # one after another, because Chroma runs nothing else during a write
            vectors = self._embedder.embed_documents([indexed_text(passage) for passage in batch])
            self._put_batch(batch, np.asarray(vectors, dtype=np.float32))
            yield batch
        for language, ids in old_ids.items():
            new_ids = {str(passage.id) for passage in passages if passage.metadata["language"] == language}
            self._delete_ids(language, ids - new_ids)

    def _put_batch(self, batch: list[Document], vectors: _VectorArray) -> None:
        """Store passages of one language with their vectors, (passages, dimensions)."""
        with self._store.open_collections(is_write=True) as collections:
            collection = self._open_collection(collections, batch[0].metadata["language"], vectors.shape[1])
            if not vectors.size:
                return
            collection.upsert(
                ids=[str(passage.id) for passage in batch], embeddings=vectors,
                metadatas=[{"source_id": passage.metadata["source_id"]} for passage in batch])
            _update_graph(collection)

    def _delete_ids(self, language: Language, ids: set[str]) -> None:
        ordered = sorted(ids)
        for start in range(0, len(ordered), _BATCH_SIZE):
            with self._store.open_collections(is_write=True) as collections:
                if collection := collections.find(_NAME_PREFIX + language):
                    collection.delete(ids=ordered[start : start + _BATCH_SIZE])
                    _update_graph(collection)

    def _open_collection(self, collections: CollectionSet, language: Language, dimension: int) -> Collection:
        """The collection of a language for vectors of this dimension, created with the first vector."""
        collection = collections.find(_NAME_PREFIX + language)
        if collection is None:
            return collections.create(_NAME_PREFIX + language, self._make_metadata(max(1, dimension)))
        self._check_collection(collection, dimension)
        return collection

    def _make_metadata(self, dimension: int) -> dict[str, str | int]:
        return {"embedder": self._embedder.name, "dimension": dimension, "distance": DISTANCE}

    def _check_collection(self, collection: Collection | None, dimension: int = 0) -> None:
        if collection is None:
            return
        stored = collection.metadata or {}
        if (stored.get("embedder"), stored.get("distance")) != (self._embedder.name, DISTANCE):
            raise WrongEmbedder(
                f"the library's vectors were made by {stored.get('embedder', 'no embedder')}, "
                f"but the settings ask for {self._embedder.name}; "
                "set HUWEN_EMBED_MODEL back, or run `huwen rebuild` to make new ones")
        if dimension and dimension != _stored_dimension(collection):
            raise WrongEmbedder(
                f"the library's vectors have {_stored_dimension(collection)} dimensions, "
                f"those of {self._embedder.name} have {dimension} now; run `huwen rebuild` to make new ones")

    def passage_ids(self) -> set[str]:
        """The ids of all stored passages."""
        return set().union(*(self._list_ids(language) for language in LANGUAGES))

    def _list_ids(self, language: Language, source_ids: Sequence[str] = ()) -> set[str]:
        """The ids of the stored passages of a language, of these sources or of all."""
        found: set[str] = set()
        where = {"source_id": {"$in": [*source_ids]}} if source_ids else None
        with self._store.open_collections() as collections:
            collection = collections.find(_NAME_PREFIX + language)
            while collection:
                page = collection.get(  # a list is invariant in Chroma's types
                    where=where, include=[], limit=_PAGE_SIZE, offset=len(found))["ids"]  # type: ignore[arg-type]
                if not page:
                    break
                found.update(page)
        return found

    def search(self, query: str, k: int, language: Language, source_ids: Set[str] | None = None) -> list[Hit]:
        """The k nearest passages in one language, scored by cosine similarity; none for a query without a known word.

        `source_ids`: the sources to search; None: all.
        """
        vector = self._embed_query(query)
        if not any(vector) or (source_ids is not None and not source_ids):
            return []
        where = None if source_ids is None else {"source_id": {"$in": sorted(source_ids)}}
        with self._store.open_collections() as collections:
            if (collection := collections.find(_NAME_PREFIX + language)) is None:
                return []
            self._check_collection(collection, len(vector))
            result = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k,
                where=where, include=["distances"])  # type: ignore[arg-type]
        distances = (result["distances"] or [[]])[0]
        nearest = zip(result["ids"][0], distances, strict=True)
        return [Hit(id, 1.0 - distance) for id, distance in nearest if distance < 1.0]

    def reachable_ids(self) -> set[str]:
        """The ids that a search can find: fewer than `passage_ids` if the graph over the vectors is damaged."""
        found: set[str] = set()
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                if collection := collections.find(_NAME_PREFIX + language):
                    result = collection.query(
                        query_embeddings=_probe_vector(collection), n_results=max(1, collection.count()), include=[])
                    found.update(result["ids"][0])
        return found

    @property
    def is_enabled(self) -> bool:
        """False if the settings ask for no vectors."""
        return self._embedder.name != NoEmbedder.name

    def __len__(self) -> int:
        with self._store.open_collections() as collections:
            by_language = [collections.find(_NAME_PREFIX + language) for language in LANGUAGES]
            return sum(collection.count() for collection in by_language if collection)


def _language_batches(passages: Sequence[Document]) -> Iterator[list[Document]]:
    for language in LANGUAGES:
        group = [passage for passage in passages if passage.metadata["language"] == language]
        yield from (group[start : start + _BATCH_SIZE] for start in range(0, len(group), _BATCH_SIZE))


def _update_graph(collection: Collection) -> None:
    """Make Chroma apply its log of changes to the graph, by a search, before another process opens the folder."""
    collection.query(query_embeddings=_probe_vector(collection), n_results=1, include=[])


def _probe_vector(collection: Collection) -> _VectorArray:
    return np.eye(1, _stored_dimension(collection), dtype=np.float32)


def _stored_dimension(collection: Collection) -> int:
    stored = (collection.metadata or {}).get("dimension")
    return stored if isinstance(stored, int) else 1

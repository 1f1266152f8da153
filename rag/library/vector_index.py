"""Search by meaning: vectors in Chroma, those of each language in a collection of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from chromadb.api.models.Collection import Collection
from langchain_core.documents import Document

from rag.library.chroma import DISTANCE, CollectionSet, VectorStore
from rag.library.embedder import Embedder, NoEmbedder
from rag.library.word_index import Hit, indexed_text
from rag.schema import LANGUAGES, HuwenError, Language

_NAME_PREFIX = "passages-"  # and the language; Chroma takes no name of two letters
_BATCH_SIZE = 200  # readers wait while a batch goes in, about a tenth of a second
_PAGE_SIZE = 5000  # of ids; SQLite takes a bounded number of parameters

_VectorArray = npt.NDArray[np.float32]


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class VectorIndex:
    """An Index of passages by their vectors; Chroma keeps these with the passages' ids, the manifest keeps the text.

    Raises:
        WrongEmbedder: a collection carries another embedder's name, dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, store: VectorStore, embedder: Embedder) -> None:
        self._store, self._embedder = store, embedder
        self._embed_query = lru_cache(maxsize=64)(embedder.embed_query)  # a question is asked of each language
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                self._check_collection(collections.find(_NAME_PREFIX + language))

    def replace_sources(self, sources: Mapping[str, Sequence[Document]]) -> Iterator[list[Document]]:
        """All passages of some sources, in batches; yields those that are in. No passages removes the source.

        The new ones come in before the old ones go: a reader finds the sources at every moment.
        """
        if not sources:
            return
        before = {language: self._list_ids(language, [*sources]) for language in LANGUAGES}
        passages = [passage for some in sources.values() for passage in some]
        for batch in _language_batches(passages):  # one after the other: Chroma lets nothing else run while vectors go in
            self._put_batch(batch, np.asarray(self._embedder.embed_documents([indexed_text(passage) for passage in batch]), dtype=np.float32))
            yield batch
        for language, ids in before.items():
            self._delete_ids(language, ids - {str(passage.id) for passage in passages if passage.metadata["language"] == language})

    def _put_batch(self, batch: list[Document], vectors: _VectorArray) -> None:
        """Passages of one language."""
        with self._store.open_collections(is_write=True) as collections:
            collection = self._open_collection(collections, batch[0].metadata["language"], vectors.shape[1])
            if not vectors.size:
                return
            collection.upsert(
                ids=[str(passage.id) for passage in batch], embeddings=vectors,
                metadatas=[{"source_id": passage.metadata["source_id"]} for passage in batch])
            _update_graph(collection)

    def _delete_ids(self, language: Language, ids: set[str]) -> None:
        gone = sorted(ids)
        for at in range(0, len(gone), _BATCH_SIZE):
            with self._store.open_collections(is_write=True) as collections:
                if collection := collections.find(_NAME_PREFIX + language):
                    collection.delete(ids=gone[at : at + _BATCH_SIZE])
                    _update_graph(collection)

    def _open_collection(self, collections: CollectionSet, language: Language, dimension: int) -> Collection:
        """The collection for vectors of so many dimensions, made when the first come."""
        found = collections.find(_NAME_PREFIX + language)
        if found is None:
            return collections.create(_NAME_PREFIX + language, self._make_metadata(max(1, dimension)))
        self._check_collection(found, dimension)
        return found

    def _make_metadata(self, dimension: int) -> dict[str, str | int]:
        return {"embedder": self._embedder.name, "dimension": dimension, "distance": DISTANCE}

    def _check_collection(self, collection: Collection | None, dimension: int = 0) -> None:
        if collection is None:
            return
        stored = collection.metadata or {}
        if (stored.get("embedder"), stored.get("distance")) != (self._embedder.name, DISTANCE):
            raise WrongEmbedder(
                f"the library's vectors are by {stored.get('embedder', 'no embedder')}, the settings ask for {self._embedder.name}; "
                "set HUWEN_EMBED_MODEL back, or run `huwen rebuild` to make them anew")
        if dimension and dimension != _stored_dimension(collection):
            raise WrongEmbedder(
                f"the library's vectors have {_stored_dimension(collection)} dimensions, those of {self._embedder.name} have {dimension} now; "
                "run `huwen rebuild` to make them anew")

    def passage_ids(self) -> set[str]:
        """The ids of everything stored."""
        return set().union(*(self._list_ids(language) for language in LANGUAGES))

    def _list_ids(self, language: Language, source_ids: Sequence[str] = ()) -> set[str]:
        listed: set[str] = set()
        with self._store.open_collections() as collections:
            collection = collections.find(_NAME_PREFIX + language)
            where = {"source_id": {"$in": [*source_ids]}} if source_ids else None
            # a list is invariant in Chroma's types
            while collection and (ids := collection.get(where=where, include=[], limit=_PAGE_SIZE, offset=len(listed))["ids"]):  # type: ignore[arg-type]
                listed.update(ids)
        return listed

    def search(self, query: str, k: int, language: Language, source_ids: Set[str] | None = None) -> list[Hit]:
        """The k nearest passages in one language, scored by cosine similarity; none for a query without a known word.

        `within`: the ids of the sources to search, all by default.
        """
        vector = self._embed_query(query)
        if not any(vector) or (source_ids is not None and not source_ids):
            return []
        with self._store.open_collections() as collections:
            if (collection := collections.find(_NAME_PREFIX + language)) is None:
                return []
            self._check_collection(collection, len(vector))
            where = None if source_ids is None else {"source_id": {"$in": sorted(source_ids)}}
            found = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k, where=where, include=["distances"])  # type: ignore[arg-type]
        distances = (found["distances"] or [[]])[0]
        return [Hit(id, 1.0 - distance) for id, distance in zip(found["ids"][0], distances, strict=True) if distance < 1.0]

    def reachable_ids(self) -> set[str]:
        """The ids that a search can find: fewer than `ids` where the graph over the vectors is damaged."""
        out: set[str] = set()
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                if collection := collections.find(_NAME_PREFIX + language):
                    found = collection.query(query_embeddings=_probe_vector(collection), n_results=max(1, collection.count()), include=[])
                    out.update(found["ids"][0])
        return out

    @property
    def is_enabled(self) -> bool:
        """False where the settings want none."""
        return self._embedder.name != NoEmbedder.name

    def remove(self) -> None:
        """Give up all vectors."""
        self._store.remove()

    def __len__(self) -> int:
        with self._store.open_collections() as collections:
            return sum(collection.count() for language in LANGUAGES if (collection := collections.find(_NAME_PREFIX + language)))


def _language_batches(passages: Sequence[Document]) -> Iterator[list[Document]]:
    for language in LANGUAGES:
        some = [passage for passage in passages if passage.metadata["language"] == language]
        yield from (some[at : at + _BATCH_SIZE] for at in range(0, len(some), _BATCH_SIZE))


def _update_graph(collection: Collection) -> None:
    """A change is in the log; a search brings it into the graph, before another process can."""
    collection.query(query_embeddings=_probe_vector(collection), n_results=1, include=[])


def _probe_vector(collection: Collection) -> _VectorArray:
    return np.eye(1, _stored_dimension(collection), dtype=np.float32)


def _stored_dimension(collection: Collection) -> int:
    stored = (collection.metadata or {}).get("dimension")
    return stored if isinstance(stored, int) else 1

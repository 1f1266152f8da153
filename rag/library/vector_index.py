"""Search by meaning: vectors in Chroma, those of each language in a collection of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from chromadb.api.models.Collection import Collection
from langchain_core.documents import Document

from rag.library.chroma import DISTANCE, Collections, Store
from rag.library.embedder import Embedder, NoEmbedder
from rag.library.word_index import Hit, searched_text
from rag.schema import LANGUAGES, HuwenError, Language

_NAME = "passages-"  # and the language; Chroma takes no name of two letters
_BATCH = 200  # readers wait while a batch goes in, about a tenth of a second
_PAGE = 5000  # of ids; SQLite takes a bounded number of parameters

_Rows = npt.NDArray[np.float32]


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class Vectors:
    """An Index of passages by their vectors; Chroma keeps these with the passages' ids, the manifest keeps the text.

    Raises:
        WrongEmbedder: a collection carries another embedder's name, dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store, self._embedder = store, embedder
        self._asked = lru_cache(maxsize=64)(embedder.embed_query)  # a question is asked of each language
        with self._store.turn() as collections:
            for language in LANGUAGES:
                self._checked(collections.named(_NAME + language))

    def replace(self, sources: Mapping[str, Sequence[Document]]) -> Iterator[list[Document]]:
        """All passages of some sources, in batches; yields those that are in. No passages removes the source.

        The new ones come in before the old ones go: a reader finds the sources at every moment.
        """
        if not sources:
            return
        before = {language: self._listed(language, [*sources]) for language in LANGUAGES}
        passages = [passage for some in sources.values() for passage in some]
        for batch in _batches(passages):  # one after the other: Chroma lets nothing else run while vectors go in
            self._put(batch, np.asarray(self._embedder.embed_documents([searched_text(passage) for passage in batch]), dtype=np.float32))
            yield batch
        for language, ids in before.items():
            self._drop(language, ids - {str(passage.id) for passage in passages if passage.metadata["language"] == language})

    def _put(self, batch: list[Document], vectors: _Rows) -> None:
        """Passages of one language."""
        with self._store.turn(changing=True) as collections:
            collection = self._opened(collections, batch[0].metadata["language"], vectors.shape[1])
            if not vectors.size:
                return
            collection.upsert(
                ids=[str(passage.id) for passage in batch], embeddings=vectors,
                metadatas=[{"source_id": passage.metadata["source_id"]} for passage in batch])
            _settle(collection)

    def _drop(self, language: Language, ids: set[str]) -> None:
        gone = sorted(ids)
        for at in range(0, len(gone), _BATCH):
            with self._store.turn(changing=True) as collections:
                if collection := collections.named(_NAME + language):
                    collection.delete(ids=gone[at : at + _BATCH])
                    _settle(collection)

    def _opened(self, collections: Collections, language: Language, dimension: int) -> Collection:
        """The collection for vectors of so many dimensions, made when the first come."""
        found = collections.named(_NAME + language)
        if found is None:
            return collections.make(_NAME + language, self._identity(max(1, dimension)))
        self._checked(found, dimension)
        return found

    def _identity(self, dimension: int) -> dict[str, str | int]:
        return {"embedder": self._embedder.name, "dimension": dimension, "distance": DISTANCE}

    def _checked(self, found: Collection | None, dimension: int = 0) -> None:
        if found is None:
            return
        stored = found.metadata or {}
        if (stored.get("embedder"), stored.get("distance")) != (self._embedder.name, DISTANCE):
            raise WrongEmbedder(
                f"the library's vectors are by {stored.get('embedder', 'no embedder')}, the settings ask for {self._embedder.name}; "
                "set HUWEN_EMBED_MODEL back, or run `huwen rebuild` to make them anew")
        if dimension and dimension != _dimension(found):
            raise WrongEmbedder(
                f"the library's vectors have {_dimension(found)} dimensions, those of {self._embedder.name} have {dimension} now; "
                "run `huwen rebuild` to make them anew")

    def ids(self) -> set[str]:
        """The ids of everything stored."""
        return set().union(*(self._listed(language) for language in LANGUAGES))

    def _listed(self, language: Language, source_ids: Sequence[str] = ()) -> set[str]:
        listed: set[str] = set()
        with self._store.turn() as collections:
            collection = collections.named(_NAME + language)
            where = {"source_id": {"$in": [*source_ids]}} if source_ids else None
            # a list is invariant in Chroma's types
            while collection and (ids := collection.get(where=where, include=[], limit=_PAGE, offset=len(listed))["ids"]):  # type: ignore[arg-type]
                listed.update(ids)
        return listed

    def search(self, query: str, k: int, language: Language, within: Set[str] | None = None) -> list[Hit]:
        """The k nearest passages in one language, scored by cosine similarity; none for a query without a known word.

        `within`: the ids of the sources to search, all by default.
        """
        vector = self._asked(query)
        if not any(vector) or (within is not None and not within):
            return []
        with self._store.turn() as collections:
            if (collection := collections.named(_NAME + language)) is None:
                return []
            self._checked(collection, len(vector))
            where = None if within is None else {"source_id": {"$in": sorted(within)}}
            found = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k, where=where, include=["distances"])  # type: ignore[arg-type]
        distances = (found["distances"] or [[]])[0]
        return [Hit(id, 1.0 - distance) for id, distance in zip(found["ids"][0], distances, strict=True) if distance < 1.0]

    def reachable(self) -> set[str]:
        """The ids that a search can find: fewer than `ids` where the graph over the vectors is damaged."""
        out: set[str] = set()
        with self._store.turn() as collections:
            for language in LANGUAGES:
                if collection := collections.named(_NAME + language):
                    found = collection.query(query_embeddings=_anywhere(collection), n_results=max(1, collection.count()), include=[])
                    out.update(found["ids"][0])
        return out

    @property
    def kept(self) -> bool:
        """False where the settings want none."""
        return self._embedder.name != NoEmbedder.name

    def remove(self) -> None:
        """Give up all vectors."""
        self._store.remove()

    def __len__(self) -> int:
        with self._store.turn() as collections:
            return sum(collection.count() for language in LANGUAGES if (collection := collections.named(_NAME + language)))


def _batches(passages: Sequence[Document]) -> Iterator[list[Document]]:
    for language in LANGUAGES:
        some = [passage for passage in passages if passage.metadata["language"] == language]
        yield from (some[at : at + _BATCH] for at in range(0, len(some), _BATCH))


def _settle(collection: Collection) -> None:
    """A change is in the log; a search brings it into the graph, before another process can."""
    collection.query(query_embeddings=_anywhere(collection), n_results=1, include=[])


def _anywhere(collection: Collection) -> _Rows:
    return np.eye(1, _dimension(collection), dtype=np.float32)


def _dimension(collection: Collection) -> int:
    stored = (collection.metadata or {}).get("dimension")
    return stored if isinstance(stored, int) else 1

"""The vector index: nearest-neighbour search in Chroma, with one collection for each language."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from chromadb.api.models.Collection import Collection
from langchain_core.documents import Document

from rag.library.chroma import DISTANCE, CollectionSet, VectorStore
from rag.library.embedder import Embedder, NoEmbedder, inner_embedder
from rag.library.index import Hit, indexed_text
from rag.schema import LANGUAGES, HuwenError, Language
from rag.text.language import has_han

_NAME_PREFIX = "passages-"  # before the language; Chroma refuses a name of two letters
_BATCH_SIZE = 200  # passages; readers wait while a batch is written, about a tenth of a second
_PAGE_SIZE = 5000  # of ids; SQLite takes a limited number of parameters
# passages that a slow embedder gets at once, a second of work, and that are then stored together
_SLOW_BATCH, _SLOW_COMMIT = 8, 32
# of a slow embedder: a passage of fewer letters and digits is near to every question (Han characters count twice)
_LEAST_LETTERS = 40
_SAMPLE_PAGES, _SAMPLE_PAGE_SIZE = 8, 32  # of vectors, for the spread of a question's cosines
_PRIOR_DEVIATION, _PRIOR_COUNT = 0.02, 8  # of cosines in a small library, and how many vectors they count as
_RANGE_DEVIATIONS = 3.0  # how many standard deviations below the best cosine a hit counts for nothing; from the evals

_VectorArray = npt.NDArray[np.float32]


class WrongEmbedder(HuwenError):
    """The library's vectors were made by another embedder."""


class VectorIndex:
    """An index of passages by their vectors; Chroma stores them with the passages' ids, the manifest stores the text.

    Vectors of another embedder are never compared: a search finds nothing then, and `find_mismatch` says why.

    Raises:
        WrongEmbedder: from `replace_sources` and `require_same_embedder`; a collection was made with another embedder,
            dimension or distance.
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, store: VectorStore, embedder: Embedder) -> None:
        self._store, self._embedder = store, embedder
        self._embed_query = lru_cache(maxsize=64)(embedder.embed_query)  # a question is searched for in each language
        self._samples: dict[Language, tuple[int, _VectorArray]] = {}  # with the size of the collection
        with self._store.open_collections() as collections:  # so that a damaged folder is noticed here
            for language in LANGUAGES:
                collections.find(_NAME_PREFIX + language)

    @property
    def is_deferred(self) -> bool:
        """True if vectors are made after the words are searchable, by `embed_source`; else by `replace_sources`."""
        return self._embedder.is_slow

    @property
    def obstacle(self) -> str:
        """Why the embedder cannot make vectors on this machine; empty if it can."""
        return self._embedder.obstacle

    def find_mismatch(self) -> str:
        """Why the stored vectors cannot be compared with the embedder's; empty if they can, or if there are none."""
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                if reason := self._describe_mismatch(collections.find(_NAME_PREFIX + language)):
                    return reason
        return ""

    def require_same_embedder(self) -> None:
        """Refuse a change that would mix the vectors of two embedders; those that are made later are never mixed.

        Raises:
            WrongEmbedder: the stored vectors were made by another embedder.
        """
        if not self.is_deferred and (reason := self.find_mismatch()):
            raise WrongEmbedder(reason)

    def is_replaceable(self) -> bool:
        """True if all stored vectors were made by embedders inside Huwen: making them again costs nothing but time."""
        return all(inner_embedder(name) for name in stored_embedders(self._store))

    def clear(self) -> None:
        """Remove all vectors."""
        with self._store.open_collections(is_write=True) as collections:
            for language in LANGUAGES:
                collections.delete(_NAME_PREFIX + language)

    def embed_source(
        self, source_id: str, passages: Sequence[Document], known: Mapping[str, _VectorArray],
    ) -> Generator[int]:
        """Make the vectors of a source that are missing; yields how many passages are done more, about every second.

        Closing the iterator keeps what was made. A passage whose text is as it was keeps its vector. `known`: vectors
        that were made before, by the digest of their text.
        """
        wanted = {str(passage.id): text_digest(passage) for passage in self.select_passages(passages)}
        stored = self._stored_digests(source_id)
        missing = [p for p in passages if str(p.id) in wanted and stored.get(str(p.id)) != wanted[str(p.id)]]
        yield len(passages) - len(missing)
        made: list[tuple[Document, list[float]]] = []
        try:
            for batch in (missing[start : start + _SLOW_BATCH] for start in range(0, len(missing), _SLOW_BATCH)):
                made += zip(batch, self._embed_unknown(batch, known), strict=True)
                if len(made) >= _SLOW_COMMIT:
                    self._put_made(made)
                yield len(batch)
        finally:  # also if the caller stops here
            self._put_made(made)
        for language in LANGUAGES:  # of a changed source also those in the language that it had
            self._delete_ids(language, self._list_ids(language, [source_id]) - wanted.keys())

    def select_passages(self, passages: Sequence[Document]) -> list[Document]:
        """The passages of a source that get a vector: all but scraps such as `[verification needed]`.

        e5 found one of these first for a quarter of all questions. A short text is no scrap if it is the whole
        document, or if its lead and heading say what it is about.
        """
        return [passage for passage in passages if len(passages) == 1 or _count_letters(passage) >= _LEAST_LETTERS]

    def _embed_unknown(self, batch: list[Document], known: Mapping[str, _VectorArray]) -> list[list[float]]:
        """The vectors of passages, those that are known from before without work."""
        unknown = [passage for passage in batch if text_digest(passage) not in known]
        made = iter(self._embedder.embed_documents([indexed_text(passage) for passage in unknown]) if unknown else ())
        return [
            known[digest].tolist() if (digest := text_digest(passage)) in known else next(made) for passage in batch]

    def _put_made(self, made: list[tuple[Document, list[float]]]) -> None:
        if made:
            self._put_batch([passage for passage, _ in made], np.asarray([vector for _, vector in made], np.float32))
            made.clear()

    def _stored_digests(self, source_id: str) -> dict[str, str]:
        """The digest of the text of each stored passage of a source, by id."""
        digests = {}
        with self._store.open_collections() as collections:
            for language in LANGUAGES:
                if collection := collections.find(_NAME_PREFIX + language):
                    found = collection.get(where={"source_id": source_id}, include=["metadatas"])
                    for id, about in zip(found["ids"], found["metadatas"] or (), strict=True):
                        digests[id] = str((about or {}).get("digest", ""))
        return digests

    def count_vectors(self, source_id: str) -> int:
        """How many vectors of a source are stored."""
        return sum(len(self._list_ids(language, [source_id])) for language in LANGUAGES)

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
                metadatas=[
                    {"source_id": passage.metadata["source_id"], "digest": text_digest(passage)} for passage in batch])
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

    def _check_collection(self, collection: Collection, dimension: int) -> None:
        if reason := self._describe_mismatch(collection, dimension):
            raise WrongEmbedder(reason)

    def _describe_mismatch(self, collection: Collection | None, dimension: int = 0) -> str:
        """Why the vectors of a collection cannot be compared with those of the embedder; empty if they can."""
        if collection is None:
            return ""
        stored = collection.metadata or {}
        if (stored.get("embedder"), stored.get("distance")) != (self._embedder.name, DISTANCE):
            return (f"the library's vectors were made by {stored.get('embedder', 'no embedder')}, "
                    f"but the settings ask for {self._embedder.name}; "
                    "set HUWEN_EMBED_MODEL back, or run `huwen rebuild` to make new ones")
        if dimension and dimension != _stored_dimension(collection):
            return (f"the library's vectors have {_stored_dimension(collection)} dimensions, "
                    f"those of {self._embedder.name} have {dimension} now; run `huwen rebuild` to make new ones")
        return ""

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
        if self.obstacle or (source_ids is not None and not source_ids) or not any(vector := self._embed_query(query)):
            return []
        where = None if source_ids is None else {"source_id": {"$in": sorted(source_ids)}}
        with self._store.open_collections() as collections:
            collection = collections.find(_NAME_PREFIX + language)
            if collection is None or self._describe_mismatch(collection, len(vector)):
                return []
            result = collection.query(
                query_embeddings=np.asarray([vector], dtype=np.float32), n_results=k,
                where=where, include=["distances"])  # type: ignore[arg-type]
        distances = (result["distances"] or [[]])[0]
        nearest = zip(result["ids"][0], distances, strict=True)
        return [Hit(id, 1.0 - distance) for id, distance in nearest if distance < 1.0]

    def cosine_range(self, query: str, language: Language) -> float:
        """How far below the best cosine of a question a hit counts for nothing; 0 if cosines are used as they are.

        Cosines of a neural embedder lie close together, those of e5 between 0.75 and 0.92. What a difference says is
        seen from the spread of the question's cosines with a sample of the passages: three standard deviations.
        """
        if not self._embedder.has_narrow_cosines or not any(vector := self._embed_query(query)):
            return 0.0
        sample = self._sample_vectors(language)
        cosines = sample @ np.asarray(vector, np.float32) if len(sample) else np.zeros(0, np.float32)
        squares = float(((cosines - cosines.mean()) ** 2).sum()) if len(cosines) else 0.0
        variance = (squares + _PRIOR_COUNT * _PRIOR_DEVIATION**2) / (len(cosines) + _PRIOR_COUNT)
        return _RANGE_DEVIATIONS * float(np.sqrt(variance))

    def _sample_vectors(self, language: Language) -> _VectorArray:
        """Up to 256 vectors of unit length from all over the collection, (vectors, dimensions)."""
        with self._store.open_collections() as collections:
            if (collection := collections.find(_NAME_PREFIX + language)) is None:
                return np.zeros((0, 0), np.float32)
            count = collection.count()
            if language not in self._samples or self._samples[language][0] != count:
                self._samples[language] = count, _read_sample(collection, count)
        return self._samples[language][1]

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


def text_digest(passage: Document) -> str:
    """A digest of language and text by which a passage is found, 16 hexadecimal digits."""
    text = f"{passage.metadata['language']}\n{indexed_text(passage)}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _count_letters(passage: Document) -> int:
    """Letters and digits of section, lead and text; a Han character counts twice."""
    about = passage.metadata
    lead = "".join(text for text, _, _ in about.get("lead", ()))
    text = f"{about.get('section', '')}{lead}{passage.page_content}"
    start = text[: 2 * _LEAST_LETTERS]
    return sum(2 if has_han(character) else 1 for character in start if character.isalnum())


def _read_sample(collection: Collection, count: int) -> _VectorArray:
    size = min(count, _SAMPLE_PAGE_SIZE) if count > _SAMPLE_PAGES * _SAMPLE_PAGE_SIZE else count
    pages = _SAMPLE_PAGES if size < count else 1
    offsets = [index * (count // pages) for index in range(pages)]
    rows = []
    for offset in offsets:
        page = collection.get(limit=max(1, size), offset=offset, include=["embeddings"])["embeddings"]
        if page is not None and len(page):
            rows.append(np.asarray(page, np.float32))
    if not rows:
        return np.zeros((0, 0), np.float32)
    vectors = np.concatenate(rows)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    unit: _VectorArray = (vectors / lengths).astype(np.float32)
    return unit


def stored_embedders(store: VectorStore) -> set[str]:
    """The names of the embedders that made the vectors of a store; empty for an unnamed one."""
    with store.open_collections() as collections:
        stored = [collections.find(_NAME_PREFIX + language) for language in LANGUAGES]
        return {str((collection.metadata or {}).get("embedder", "")) for collection in stored if collection}


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

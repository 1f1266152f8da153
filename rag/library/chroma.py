"""Chroma: collections of vectors in a folder or on a server, opened in their current state, one writer at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import Space
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, InternalError, NotFoundError
from filelock import FileLock

from rag.library.index import DamagedIndex
from rag.schema import HuwenError

DISTANCE: Space = "cosine"
# With Chroma's default of 16 neighbours a search lost up to ten of 2,410 passages, mostly in the smaller language and
# on rare subjects: most pairs of sparse vectors have the same distance, and changes remove the few links of these.
_HNSW_CONFIG = CreateHNSWConfiguration(space=DISTANCE, max_neighbors=64, ef_construction=200, ef_search=200)
_POLL_SECONDS = 0.005  # between two attempts to take the lock

CollectionMetadata = dict[str, str | int]


def _chroma_settings() -> ChromaSettings:
    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


class ChromaUnreachable(HuwenError):
    """The Chroma server does not answer, or another server answers at its address."""


class CollectionSet:
    """The collections of one client, by name; `prefix` comes before every name."""

    def __init__(self, client: ClientAPI, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._cache: dict[str, Collection] = {}

    def find(self, name: str) -> Collection | None:
        """The collection with this name; None if it does not exist yet."""
        if name not in self._cache:
            try:
                self._cache[name] = self._client.get_collection(self._prefix + name, embedding_function=None)
            except NotFoundError:
                return None
        return self._cache[name]

    def create(self, name: str, metadata: CollectionMetadata) -> Collection:
        """A new collection with metadata that stays with it."""
        self._cache[name] = self._client.create_collection(
            self._prefix + name, metadata=metadata, embedding_function=None,
            configuration=CreateCollectionConfiguration(hnsw=_HNSW_CONFIG))
        return self._cache[name]

    def delete(self, name: str) -> None:
        """Delete the collection with this name, if it exists."""
        self._cache.pop(name, None)
        with suppress(NotFoundError):
            self._client.delete_collection(self._prefix + name)


class VectorStore(Protocol):
    """Where the collections of a library are: `FolderStore` or `ServerStore`."""

    @contextmanager
    def open_collections(self, *, is_write: bool = False) -> Iterator[CollectionSet]:
        """The collections in their current state."""

    def remove(self) -> None:
        """Delete all collections."""


class FolderStore:
    """Collections in a folder.

    Chroma supports one process per folder: a client is out of date after another process writes, its next write loses
    vectors permanently, and even a search writes, because it updates the files. Therefore every use takes a lock next
    to the folder, and a client that finds the mark of another writer there opens the folder again first.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder.with_suffix(".lock"), poll_interval=_POLL_SECONDS)
        self._mark_file, self._mark = folder.with_suffix(".mark"), ""
        self._collections: CollectionSet | None = None

    @contextmanager
    def open_collections(self, *, is_write: bool = False) -> Iterator[CollectionSet]:
        """The collections in their current state, for this process only."""
        with self._lock:
            mark = self._mark_file.read_text("ascii") if self._mark_file.exists() else ""
            if self._collections is None or mark != self._mark:
                self._collections, self._mark = self._open_folder(), mark
            if is_write:  # before the change, so that even a killed writer leaves its mark
                self._mark = uuid4().hex
                self._mark_file.write_text(self._mark, "ascii")
            try:
                yield self._collections
            except InternalError as error:
                raise DamagedIndex(self._folder, error) from None
        if is_write:
            time.sleep(2 * _POLL_SECONDS)  # otherwise a waiting reader would never get the lock between two batches

    def _open_folder(self) -> CollectionSet:
        SharedSystemClient.clear_system_cache()  # otherwise Chroma returns its old client for the changed files
        try:
            return CollectionSet(chromadb.PersistentClient(str(self._folder), settings=_chroma_settings()), "")
        except InternalError as error:
            raise DamagedIndex(self._folder, error) from None

    def remove(self) -> None:
        """Nothing to do: the folder is removed together with its parent."""


class ServerStore:
    """Collections on a Chroma server, which handles the writes of its clients one after another.

    Raises:
        ChromaUnreachable: the server does not answer, or another server answers at its address.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix
        self._client: ClientAPI | None = None

    @contextmanager
    def open_collections(self, *, is_write: bool = False) -> Iterator[CollectionSet]:
        """The collections in their current state."""
        with self._connect() as client:
            yield CollectionSet(client, self._prefix)

    def remove(self) -> None:
        """Delete the collections with this prefix."""
        with self._connect() as client:
            for collection in client.list_collections():
                if collection.name.startswith(self._prefix):
                    client.delete_collection(collection.name)

    @contextmanager
    def _connect(self) -> Iterator[ClientAPI]:
        try:
            if self._client is None:
                self._client = _open_server(self._url)
            yield self._client
        except (httpx.HTTPError, ValueError, ChromaError) as error:  # Chroma raises ValueError if nothing listens
            raise ChromaUnreachable(
                f"the Chroma server at {self._url} does not answer like a Chroma server ({str(error)[:200]}); "
                "is it running, and HUWEN_CHROMA_URL right?") from None


def _open_server(url: str) -> ClientAPI:
    parts = urlsplit(url if "//" in url else f"http://{url}")
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "localhost", port=parts.port or (443 if secure else 8000), ssl=secure,
        settings=_chroma_settings())

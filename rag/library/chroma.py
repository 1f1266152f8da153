"""A Chroma, in a folder or behind a URL, becomes collections that are opened as they stand now and changed by one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
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

from rag.library.word_index import DamagedIndex
from rag.schema import HuwenError

DISTANCE: Space = "cosine"
# With Chroma's own 16 neighbours a search lost up to ten of 2,410 passages, those in the smaller language and on rare
# subjects first: most pairs of sparse vectors are equally far apart, and changes cut what few links such passages have.
_GRAPH = CreateHNSWConfiguration(space=DISTANCE, max_neighbors=64, ef_construction=200, ef_search=200)
_POLL = 0.005  # seconds between two looks at the lock

Metadata = dict[str, str | int]


def _settings() -> ChromaSettings:
    return ChromaSettings(anonymized_telemetry=False, allow_reset=False)


class ChromaUnreachable(HuwenError):
    """The Chroma server does not answer, or not as one."""


class Collections:
    """The collections of one client, by name."""

    def __init__(self, client: ClientAPI, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._known: dict[str, Collection] = {}

    def named(self, name: str) -> Collection | None:
        """A collection, if it has been made."""
        if name not in self._known:
            try:
                self._known[name] = self._client.get_collection(self._prefix + name, embedding_function=None)
            except NotFoundError:
                return None
        return self._known[name]

    def make(self, name: str, metadata: Metadata) -> Collection:
        """A new collection; what it carries about itself stays."""
        self._known[name] = self._client.create_collection(
            self._prefix + name, metadata=metadata, embedding_function=None, configuration=CreateCollectionConfiguration(hnsw=_GRAPH))
        return self._known[name]


class Store(Protocol):
    """Where collections are kept."""

    @contextmanager
    def turn(self, *, changing: bool = False) -> Iterator[Collections]:
        """The collections as they stand now."""

    def remove(self) -> None:
        """Give up all that was kept."""


class FolderStore:
    """Collections in a folder.

    Chroma is made for one process there: a client goes stale when another process writes, the write of a stale client
    loses vectors for good, and even a search writes, for it brings the files up to date. Therefore every use takes its
    turn by a lock beside the folder, and whoever finds the mark of another writer there opens the folder anew first.

    Raises:
        DamagedIndex: files are missing or have been changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder.with_suffix(".lock"), poll_interval=_POLL)
        self._mark_file, self._mark = folder.with_suffix(".mark"), ""
        self._opened: Collections | None = None

    @contextmanager
    def turn(self, *, changing: bool = False) -> Iterator[Collections]:
        """The collections as they stand now, for this process alone."""
        with self._lock:
            mark = self._mark_file.read_text("ascii") if self._mark_file.exists() else ""
            if self._opened is None or mark != self._mark:
                self._opened, self._mark = self._open(), mark
            if changing:  # before the change: a writer that is killed has left its mark
                self._mark = uuid4().hex
                self._mark_file.write_text(self._mark, "ascii")
            try:
                yield self._opened
            except InternalError as error:
                raise DamagedIndex(self._folder, error) from None
        if changing:
            time.sleep(2 * _POLL)  # else a reader that waits would never see the lock free between two batches

    def _open(self) -> Collections:
        SharedSystemClient.clear_system_cache()  # else Chroma hands out the client that it had, though the files have changed
        try:
            return Collections(chromadb.PersistentClient(str(self._folder), settings=_settings()), "")
        except InternalError as error:
            raise DamagedIndex(self._folder, error) from None

    def remove(self) -> None:
        """Nothing: the folder goes with the one around it."""


class ServerStore:
    """Collections of a Chroma server, which sees to it that its clients take turns.

    Raises:
        ChromaUnreachable: the server does not answer, or not as one.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._url, self._prefix = url, prefix
        self._client: ClientAPI | None = None

    @contextmanager
    def turn(self, *, changing: bool = False) -> Iterator[Collections]:
        """The collections as they stand now."""
        try:
            if self._client is None:
                self._client = _client_at(self._url)
            yield Collections(self._client, self._prefix)
        except (httpx.HTTPError, ValueError, ChromaError) as error:  # Chroma's client raises ValueError where nobody listens
            raise ChromaUnreachable(
                f"the Chroma server at {self._url} does not answer as one ({str(error)[:200]}); "
                "is it running, and HUWEN_CHROMA_URL right?") from None

    def remove(self) -> None:
        """Delete the collections of this prefix."""
        with self.turn(changing=True):
            assert self._client is not None
            for collection in self._client.list_collections():
                if collection.name.startswith(self._prefix):
                    self._client.delete_collection(collection.name)


def _client_at(url: str) -> ClientAPI:
    parts = urlsplit(url if "//" in url else f"http://{url}")
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "localhost", port=parts.port or (443 if secure else 8000), ssl=secure,
        settings=_settings())

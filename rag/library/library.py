"""Files become searchable passages and stay so: manifest, vectors and words kept in step."""

from __future__ import annotations

import gc
import hashlib
import shutil
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from langchain_core.documents import Document

from rag.library.chroma import FolderStore, ServerStore, VectorStore
from rag.library.embedder import embedder_for
from rag.library.health import Health, compare_indexes
from rag.library.ingest import BATCH_FILES, AddResult, InputFile, PendingSource, ingest_files, prepare_file
from rag.library.lock import opening_lock, write_lock
from rag.library.manifest import Manifest
from rag.library.scope import Coverage, UnknownSource, find_source, resolve_scope, source_coverage
from rag.library.source_metadata import add_source_metadata
from rag.library.vector_index import VectorIndex
from rag.library.word_index import DamagedIndex, WordIndex, idf
from rag.library.word_index import Hit as Hit  # what its searches return
from rag.schema import Endpoint, HuwenError, Language, Scope, Source
from rag.sources.loaders import UnreadableFile
from rag.sources.split import split

_LAYOUT_VERSION = 3  # of the indexes: raise it when they change, and those of an earlier version ask to be rebuilt

_Result = TypeVar("_Result")
IndexProgress = Callable[[int, int], None]  # passages done, passages in all


class OldIndexes(HuwenError):
    """The indexes are those of an earlier version."""


class Library:
    """All that has been added, in one folder: the only place with state.

    Readers may be many, in any process and thread; a writer takes the folder's lock. The manifest is the truth: what
    the indexes hold beyond it is not returned, and what they lack is made again by `rebuild`.
    """

    def __init__(self, home: Path, *, embedding: Endpoint = Endpoint(), chroma_url: str = "") -> None:  # noqa: B008  # it is frozen
        self.home, self._chroma_url = home, chroma_url.strip().rstrip("/")
        self._embedder = embedder_for(embedding.model, embedding.url, embedding.key)
        try:
            home.mkdir(parents=True, exist_ok=True)
            with opening_lock(home):
                self._manifest = Manifest(home / "manifest.sqlite")
        except OSError as error:
            raise HuwenError(f"{home}: the library's folder cannot be made ({error.strerror}); set HUWEN_HOME to another") from None
        self._lock = threading.RLock()
        self._index_state: tuple[int, VectorIndex, WordIndex] | None = None
        self._generation = -1
        self._edition_cache: dict[tuple[str, int], list[Document]] = {}
        self._languages: list[Language] = []
        self._source_cache: tuple[int, list[tuple[Source, str]]] | None = None

    def close(self) -> None:
        """Let go of the indexes and of this thread's connection to the manifest; what is asked later opens them again."""
        with self._lock:
            self._index_state, self._generation = None, -1
        self._manifest.close()

    # --- reading

    def sources(self) -> list[Source]:
        """All sources, Chinese first, by title."""
        return [source for source, _ in self.dated_sources()]

    def dated_sources(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time at which it last came in: ISO 8601 in UTC, empty where it was not noted yet.

        Read once for each state of the library: of ten thousand sources it takes a second.
        """
        generation, held = self._manifest.read_state("generation"), self._source_cache
        if held is None or held[0] != generation:
            held = self._source_cache = (generation, self._manifest.dated_sources())
        return [*held[1]]

    def fingerprint(self) -> str:
        """A digest of all passages: two libraries with the same one answer alike."""
        return hashlib.sha256("\n".join(sorted(self._manifest.passage_ids())).encode()).hexdigest()[:16]

    def is_empty(self) -> bool:
        """True where nothing has come in yet, not even in part."""
        return not self._manifest.source_ids()

    def languages(self) -> list[Language]:
        """The languages that there are sources in."""
        self._current_indexes()
        return list(self._languages)

    def source_by_id(self, source_id: str) -> Source:
        """The source of an id.

        Raises:
            UnknownSource: there is none, or none any more.
        """
        try:
            return self._manifest.read_source(source_id)[0]
        except KeyError:
            raise UnknownSource(f"the document {source_id} is not in the library any more") from None

    def text(self, source_id: str) -> str:
        """The clean text of a source: what passages' offsets point into."""
        return self._manifest.read_source(source_id)[1].page_content

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        return self._manifest.passages_of(source_id)

    def text_lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """Characters of the clean text of some sources, by their ids."""
        return self._manifest.text_lengths(ids)

    def coverage(self) -> Coverage:
        """What there is to ask of."""
        return source_coverage(self.sources())

    def resolve_scope(self, scope: Scope) -> frozenset[str] | None:
        """The ids of the sources in a scope; nothing where that is every one.

        Raises:
            UnknownSource: a source is named that is not in.
            EmptyScope: no source has the tags, language and years that are asked for.
        """
        return None if scope == Scope() else resolve_scope(scope, self.sources())

    def search_words(
        self, query: str, k: int, language: Language, *, cross_lingual: bool = False, source_ids: Set[str] | None = None,
    ) -> list[Hit]:
        """The best passages in one language by their words; `across`: the query is in the other language."""
        return self._search_indexes(lambda _, words: words.search(query, k, language, cross_lingual=cross_lingual, source_ids=source_ids))

    def search_vectors(self, query: str, k: int, language: Language, *, source_ids: Set[str] | None = None) -> list[Hit]:
        """The nearest passages in one language by their vectors."""
        return self._search_indexes(lambda vectors, _: vectors.search(query, k, language, source_ids))

    def vector_weight(self, *, cross_lingual: bool) -> float:
        """What hits by meaning weigh beside those by words, by the embedder that made the vectors."""
        return self._embedder.cross_lingual_weight if cross_lingual else self._embedder.fusion_weight

    def term_weight(self, term: str, is_gloss: bool = False) -> float:
        """The inverse document frequency of a term or gloss stem, as BM25 has it."""
        view = "meanings" if is_gloss else "words"
        n, total = self._search_indexes(lambda _, words: (words.document_frequency(term, view), max(1, words.size)))
        return idf(n, total)

    def passages(self, ids: list[str]) -> list[Document]:
        """The passages of these ids in their order; ids that the manifest does not know are left out."""
        found = self._manifest.passages(ids)
        return [found[id] for id in ids if id in found]

    def all_passages(self) -> list[Document]:
        """Every passage that is in, by id."""
        return self.passages(sorted(self._manifest.passage_ids()))

    def _edition_section(self, edition: str, section_number: int) -> list[Document]:
        """One section of a work in all its editions, read once for each state of the library."""
        self._current_indexes()
        with self._lock:
            key = (edition, section_number)
            if key not in self._edition_cache:
                self._edition_cache[key] = self._manifest.edition_passages(*key)
            return self._edition_cache[key]

    def counterparts(self, passage: Document, language: Language) -> list[Document]:
        """The passages in another language's edition that share a paragraph with this one; none without an edition."""
        about = passage.metadata
        if not about.get("edition_of") or about["language"] == language:
            return []
        first, last = about["first_paragraph"], about["last_paragraph"]
        return [other for other in self._edition_section(about["edition_of"], about["section_number"])
                if other.metadata["language"] == language
                and other.metadata["first_paragraph"] <= last and first <= other.metadata["last_paragraph"]]

    def _search_indexes(self, search: Callable[[VectorIndex, WordIndex], _Result]) -> _Result:
        """What a look at the indexes finds; where they are made anew meanwhile and the old ones removed, a look at the new ones."""
        while True:
            build = self._manifest.read_state("build")
            try:
                return search(*self._current_indexes())
            except DamagedIndex:
                if self._manifest.read_state("build") == build:
                    raise

    def _current_indexes(self) -> tuple[VectorIndex, WordIndex]:
        """The indexes as they stand now, whoever wrote them last."""
        with self._lock:
            generation = self._manifest.read_state("generation")
            if generation != self._generation:
                self._open_indexes()
                self._set_generation(generation)
            assert self._index_state is not None
            return self._index_state[1:]

    def _set_generation(self, generation: int) -> None:
        with self._lock:
            self._generation = generation
            self._edition_cache.clear()
            self._languages = self._manifest.languages()

    def _open_indexes(self) -> None:
        build = self._manifest.read_state("build")
        if self._index_state and self._index_state[0] == build:
            self._index_state[2].refresh()  # the vectors see to that themselves
            return
        if self._manifest.read_state("layout") != self._layout_number and not self.is_empty():
            raise OldIndexes(f"the indexes of {self.home} were made by another version of Huwen, or with another HUWEN_CHROMA_URL; "
                             "set that back, or run `huwen rebuild` to make them anew")
        self._index_state = (build, *self._make_indexes(build))

    def _make_indexes(self, build: int) -> tuple[VectorIndex, WordIndex]:
        folder = self._index_folder(build)
        with opening_lock(self.home):
            return VectorIndex(self._vector_store(build), self._embedder), WordIndex(folder / "words")

    def _vector_store(self, build: int) -> VectorStore:
        """Where the vectors of a build are: in its folder, or on the server under the library's own name."""
        if not self._chroma_url:
            return FolderStore(self._index_folder(build) / "chroma")
        return ServerStore(self._chroma_url, f"huwen-{self._manifest.library_number():x}-{build}-")

    @property
    def _layout_number(self) -> int:
        """How the indexes are laid out, and where the vectors are: on another server there would be none, and nobody told."""
        return _LAYOUT_VERSION + (zlib.crc32(self._chroma_url.encode()) << 8)

    def _index_folder(self, build: int) -> Path:
        return self.home / f"index-{build}"

    # --- writing

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the library for one or more changes; what an earlier writer left unfinished is finished first.

        Raises:
            LibraryLocked: another process is writing.
            WrongEmbedder: the vectors are another embedder's.
            DamagedIndex: an index cannot be opened.
        """
        with write_lock(self.home):
            if self.is_empty():
                self._manifest.save_state(layout=self._layout_number)
            self._current_indexes()  # opens the indexes, which may have been made anew
            for some in _batch_ids(self._manifest.unfinished_ids()):
                assert self._index_state is not None
                self._manifest.finish_sources(_replace_passages(self._index_state[1:], [self._manifest.read_source(id, pending=True) for id in some]))
                self._set_generation(self._manifest.read_state("generation"))
            yield

    def add(self, path: Path, progress: IndexProgress = lambda done, total: None, *, location: str = "", tags: Sequence[str] = ()) -> AddResult:
        """Take a file in; inside `writing`. A file known by its content is left alone, a changed one replaces itself.

        `place` names the file across machines; by default it is the absolute path.

        Raises:
            UnreadableFile: the file cannot be read as a document.
        """
        coming = prepare_file(self._manifest, InputFile(path, location, tuple(tags)))
        return coming if isinstance(coming, AddResult) else self._index_sources([coming], progress)[0]

    def add_files(self, files: Iterable[InputFile]) -> Iterator[tuple[Path, AddResult | UnreadableFile]]:
        """Take many files in, several to a commit; inside `writing`. Yields what became of each.

        A file that cannot be read is no reason to stop. Files are held in memory a batch at a time.
        """
        return ingest_files(self._manifest, files, self._index_sources)

    def set_tags(self, name: str, tags: Sequence[str]) -> Source:
        """Give a source these tags, in place of those that it had; inside `writing`.

        Raises:
            UnknownSource: none, or more than one, goes by that name.
        """
        source = find_source(name, self.sources())
        self._manifest.set_tags(source.id, list(dict.fromkeys(tags)))
        return self._manifest.read_source(source.id)[0]

    def _index_sources(self, pending: Sequence[PendingSource], progress: IndexProgress = lambda done, total: None) -> list[AddResult]:
        """Both indexes, then the manifest: until the last step readers see the sources as they were."""
        assert self._index_state is not None
        known = set(self._manifest.source_ids())
        for one in pending:
            self._manifest.begin_source(one.source, one.location, one.digest, one.document)
        passages = _replace_passages(self._index_state[1:], [(one.source, one.document) for one in pending], progress)
        self._manifest.finish_sources(passages)
        self._set_generation(self._manifest.read_state("generation"))
        return [
            AddResult(replace(one.source, passages=len(passages[one.source.id])), "replaced" if one.source.id in known else "added")
            for one in pending]

    def remove(self, name: str) -> Source:
        """Take a source out by its id, file name or title; inside `writing`.

        Raises:
            UnknownSource: none, or more than one, goes by that name.
        """
        source = find_source(name, self.sources())
        assert self._index_state is not None
        _, vectors, words = self._index_state
        self._manifest.remove(source.id)  # first: what is left in the indexes, should the process die, is not returned
        for _ in vectors.replace_sources({source.id: []}):
            pass
        words.replace_sources({source.id: []})
        self._manifest.save_state()  # again: a reader may have looked at the words in between
        self._set_generation(self._manifest.read_state("generation"))
        return source

    def rebuild(self, progress: IndexProgress = lambda done, total: None) -> int:
        """Make both indexes anew from the manifest, beside the old ones, then change over all at once; returns the passages.

        Raises:
            LibraryLocked: another process is writing.
        """
        with write_lock(self.home):
            build = self._manifest.read_state("build") + 1
            shutil.rmtree(self._index_folder(build), ignore_errors=True)
            self._vector_store(build).remove()
            fresh, known = self._make_indexes(build), self._manifest.source_ids()
            self._manifest.stage_passages(None)
            for done, some in enumerate(_batch_ids(known), 1):
                self._manifest.stage_passages(_replace_passages(fresh, [self._manifest.read_source(id, pending=True) for id in some]))
                progress(min(done * BATCH_FILES, len(known)), len(known))
            self._manifest.swap_passages(build=build, layout=self._layout_number)
            self._vector_store(build - 1).remove()
            for old in self.home.glob("index-*"):
                if old != self._index_folder(build):
                    shutil.rmtree(old, ignore_errors=True)
        return sum(source.passages for source in self.sources())

    def add_seeds(self, folder: Path, progress: Callable[[str, int, int], None]) -> int:
        """Take in the shipped notes of a folder, all of them or, after a crash, those that are missing.

        `progress` is told the file's name, how many are done, and of how many. Returns the number of files.
        """
        files = sorted(path for path in folder.rglob("*.md") if path.parent != folder)
        if not files:
            raise HuwenError(f"{folder}: no notes (*.md in folders by language) to fill the library from; see HUWEN_SEEDS")
        with self.write_lock():
            self._manifest.save_state(filling=1)
            for done, path in enumerate(files):
                progress(path.name, done, len(files))
                self.add(path, location=f"seeds:{path.relative_to(folder).as_posix()}")
            self._manifest.save_state(filling=0)
            self._set_generation(self._manifest.read_state("generation"))
        return len(files)

    def needs_seeds(self) -> bool:
        """True for an empty library, and for one whose first filling was cut off."""
        return self.is_empty() or bool(self._manifest.read_state("filling"))

    def check_indexes(self) -> Health:
        """Compare manifest, vectors and words.

        Raises:
            DamagedIndex: an index cannot be opened or searched.
        """
        return compare_indexes(self._manifest, *self._current_indexes())


def _replace_passages(
    indexes: tuple[VectorIndex, WordIndex], sources: Sequence[tuple[Source, Document]], progress: IndexProgress = lambda done, total: None,
) -> dict[str, list[Document]]:
    """The passages of each source by its id, once they are in both indexes."""
    vectors, words = indexes
    passages = {source.id: [add_source_metadata(passage, source) for passage in split(document, source.id)] for source, document in sources}
    done, total = 0, sum(map(len, passages.values()))
    progress(0, total)
    with _pause_gc(), words.replace_in_parts([*passages]) as add:
        for batch in vectors.replace_sources(passages):
            add(batch)  # at once: what a text means is still known from embedding it
            done += len(batch)
            progress(done, total)
    return passages


@contextmanager
def _pause_gc() -> Iterator[None]:
    """No search for garbage in cycles, of which indexing leaves little: it took two fifths of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _batch_ids(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + BATCH_FILES] for at in range(0, len(ids), BATCH_FILES))

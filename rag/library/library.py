"""The library: documents in one folder, as searchable passages; it keeps manifest and both indexes consistent."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rag.comparison.version_families import VersionFamily, build_families, near_copies
from rag.library.figure_ledger import FigureLedger
from rag.library.following.change_log import Change
from rag.library.following.follow_records import FollowRecords
from rag.library.health import Health, OriginalsHealth, compare_indexes, compare_originals
from rag.library.index import BATCH_FILES, DamagedIndex, IndexProgress
from rag.library.index import Hit as Hit  # what the searches of the library return
from rag.library.index_builds import IndexBuilds
from rag.library.lock import is_wanted, write_lock
from rag.library.manifest import open_manifest
from rag.library.originals import Originals
from rag.library.scope import WHOLE_LIBRARY, Coverage, UnknownSource, find_source, resolve_scope, source_coverage
from rag.library.titles import clean_title
from rag.schema import EmbeddingEndpoint, HuwenError, Language, Scope, Source

if TYPE_CHECKING:  # file readers and indexes take a second to import, and a list of the sources needs none of them
    import numpy as np
    import numpy.typing as npt
    from langchain_core.documents import Document

    from rag.comparison.clauses import Clause
    from rag.library.ingest import AddResult, InputFile, PendingSource
    from rag.library.open_indexes import OpenIndexes
    from rag.library.page_views import PageViews
    from rag.settings import Settings
    from rag.sources.errors import UnreadableFile
    from rag.tables.parts import DocumentTables

_Result = TypeVar("_Result")
# of tables that are kept in memory, some 40 bytes each: the next question is mostly about the same ones
_CACHED_CELLS = 2_000_000
SMALL_SOURCE_PASSAGES = 20  # a source of no more has its vectors before `add` returns


@dataclass(frozen=True)
class VectorState:
    """How far the vectors of a library are made, in passages; `obstacle`: why the rest is not made, else empty."""

    waiting: int
    passages: int
    obstacle: str

    @property
    def is_pending(self) -> bool:
        """True if a writer on this machine has vectors to make."""
        return bool(self.waiting) and not self.obstacle


class Library:
    """All documents that have been added, in one folder: the only place with state.

    Many readers, in any process and thread; one writer, which holds the folder's lock. The manifest decides: passages
    that are only in the indexes are not returned, and passages that are missing there are restored by `rebuild`. An
    index is opened when it is first needed; methods that need only the manifest (`sources`, `text`) open none.
    """

    def __init__(
        self, home: Path, *, embedding: EmbeddingEndpoint, chroma_url: str = "",
        keep_originals: bool = True,
    ) -> None:
        self.home = home
        self._manifest = open_manifest(home)
        self.follow_records = FollowRecords(self._manifest.transaction)
        self.originals = Originals(home, is_enabled=keep_originals)
        self.ledger = FigureLedger(self._manifest)
        self._builds = IndexBuilds(self._manifest, home, embedding, chroma_url)
        self._lock = threading.RLock()
        self._writer = 0  # the id of the thread that holds the writer's lock; 0: none
        self._indexes: OpenIndexes | None = None
        self._generation = -1
        self._edition_cache: dict[tuple[str, int], list[Document]] = {}
        self._languages: list[Language] = []
        self._waiting: dict[Language, frozenset[str]] = {}  # sources whose vectors are still to be made
        self._known_vectors: Mapping[str, npt.NDArray[np.float32]] = {}  # by digest of the text; those of the notes
        self._table_cache: dict[str, DocumentTables] = {}  # by source id, of one generation
        self._table_generation = -1
        self._source_cache: tuple[int, list[tuple[Source, str]]] | None = None

    def close(self) -> None:
        """Close the indexes and this thread's connection to the manifest; they are opened again when next needed."""
        with self._lock:
            self._indexes, self._generation = None, -1
        self._manifest.close()

    def close_thread(self) -> None:
        """Close this thread's connection to the manifest; the library stays open for others."""
        self._manifest.close()

    # reading

    def sources(self) -> list[Source]:
        """All sources, Chinese ones first, by title."""
        return [source for source, _ in self.dated_sources()]

    def changes(self, since: datetime, limit: int = 1000) -> list[Change]:
        """What was added, changed, renamed and removed since a point in time, newest first, at most `limit` entries."""
        return self._manifest.changes(since, limit)

    def dated_sources(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time when it was last added (ISO 8601, UTC); empty if an old version added it.

        Read once for each state of the library: ten thousand sources take a second.
        """
        generation, cached = self._manifest.read_state("generation"), self._source_cache
        if cached is None or cached[0] != generation:
            cached = self._source_cache = (generation, self._manifest.dated_sources())
        return [*cached[1]]

    def fingerprint(self) -> str:
        """A digest of all passages, 16 hexadecimal digits: two libraries with the same digest give the same answers."""
        return hashlib.sha256("\n".join(sorted(self._manifest.passage_ids())).encode()).hexdigest()[:16]

    def is_empty(self) -> bool:
        """True if no source has been added, not even in part."""
        return not self._manifest.source_ids()

    def languages(self) -> list[Language]:
        """The languages of the sources."""
        self._current_indexes()
        return list(self._languages)

    def find_source(self, name: str) -> Source:
        """The source with this id, file name or title.

        Raises:
            UnknownSource: no source, or more than one, has that name.
        """
        return find_source(name, self.sources())

    def source_by_id(self, source_id: str) -> Source:
        """The source with this id.

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        source = self._manifest.find_source(source_id)
        if source is None:
            raise UnknownSource(f"the document {source_id} is not in the library any more")
        return source

    def text(self, source_id: str) -> str:
        """The clean text of a source; the offsets of its passages point into it, in characters.

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        return self.document(source_id).page_content

    def headings(self, source_id: str) -> frozenset[tuple[int, int]]:
        """Start and end of the headings in a source's clean text, in characters; none if an old version read it.

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        blocks = self.document(source_id).metadata.get("blocks") or {"blocks": ()}
        return frozenset((start, end) for kind, start, end, *_ in blocks["blocks"] if kind == "heading")

    @cached_property
    def page_views(self) -> PageViews:
        """The pages of the sources as images."""
        from rag.library.page_views import PageViews  # file readers, which a list of the sources does not need

        return PageViews(self.home, self.originals)

    def document(self, source_id: str) -> Document:
        """The clean document of a source, with its blocks and pages in the metadata (see `clean`).

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        try:
            return self._manifest.read_source(source_id)[1]
        except KeyError:
            raise UnknownSource(f"the document {source_id} is not in the library any more") from None

    def clauses(self, source_id: str) -> list[Clause]:
        """The clauses of a source, by which it is compared with another version.

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        from rag.comparison.clauses import split_clauses  # as in `_record_versions`
        from rag.sources.blocks import decode_blocks

        document = self.document(source_id)
        blocks = document.metadata.get("blocks")
        return split_clauses(document.page_content, decode_blocks(blocks) if blocks else ())

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        return self._manifest.passages_of(source_id)

    def passages_at(self, source_id: str, offsets: Iterable[int]) -> list[Document]:
        """The passages of a source that have these characters of its clean text, each once, in their order."""
        return self._manifest.passages_at(source_id, offsets)

    def tables(self, source_id: str) -> DocumentTables:
        """The tables of a source with all their rows; none of a source that was read before 0.6.

        Raises:
            UnknownSource: there is no such source, or it has been removed.
        """
        with self._lock:
            generation = self._manifest.read_state("generation")
            if generation != self._table_generation:
                self._table_cache.clear()
                self._table_generation = generation
            tables = self._table_cache.pop(source_id, None) or self._read_tables(source_id)
            cells = tables.cells + sum(others.cells for others in self._table_cache.values())
            while self._table_cache and cells > _CACHED_CELLS:
                cells -= self._table_cache.pop(next(iter(self._table_cache))).cells
            self._table_cache[source_id] = tables  # again the last: the first to go is the one not used longest
            return tables

    def _read_tables(self, source_id: str) -> DocumentTables:
        from rag.sources.blocks import decode_blocks  # slow imports, which only questions about tables need
        from rag.tables.parts import DocumentTables
        from rag.tables.source_table import read_tables

        source, document = self.source_by_id(source_id), self.document(source_id)
        stored = document.metadata.get("blocks")
        return DocumentTables(read_tables(source, document.page_content, decode_blocks(stored) if stored else ()))

    def text_lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """The length of the clean text of each of these sources, in characters, by source id."""
        return self._manifest.text_lengths(ids)

    def find_addresses(
        self, addresses: Sequence[str], source_ids: Set[str] | None = None,
    ) -> list[tuple[str, str, str]]:
        """Address, source id and passage id of all passages with these addresses, such as `article 12`.

        They are ordered by source, and in it as in the text. `source_ids`: the sources to search; None: all. Sources
        that were read before 0.6 have no addresses.
        """
        return self._manifest.find_addresses(addresses, source_ids)

    def address_counts(self, source_ids: Iterable[str], unit: str) -> dict[str, tuple[int, str]]:
        """How many different addresses of a unit each of these sources has, and the last of them; by source id.

        A law of 58 articles has for `article` (58, "article 58"). Sources without one are left out.
        """
        return self._manifest.address_counts(source_ids, unit)

    def version_families(self, source_ids: Iterable[str], today: date | None = None) -> dict[str, VersionFamily]:
        """The versions of each of these sources that has others, or is not in force, by source id.

        `today`: the day on which a version has to be in force; by default that of the computer.
        """
        relatives = self._manifest.read_relatives(source_ids)
        families = build_families(relatives, today or datetime.now().astimezone().date())
        return {id: family for id, family in families.items() if id in relatives}

    def near_copies(self, source_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the sources whose text is nearly the same, for each of these that has any, by source id."""
        wanted = [*source_ids]
        relatives = self._manifest.read_relatives(wanted)
        copies = {id: near_copies(relatives, id) for id in wanted if id in relatives}
        return {id: others for id, others in copies.items() if others}

    def _record_versions(self, source_ids: Iterable[str]) -> None:
        """Store what finished sources say of their versions."""
        from rag.comparison.version_records import make_record  # as file readers: only writers need it

        self._manifest.save_versions([make_record(*self._manifest.read_source(id)) for id in source_ids])

    def coverage(self) -> Coverage:
        """Languages, tags and years of the sources, with their numbers."""
        return source_coverage(self.sources())

    def resolve_scope(self, scope: Scope) -> frozenset[str] | None:
        """The ids of the sources in a scope; None if that is the whole library.

        Raises:
            UnknownSource: the scope names a source that is not in the library.
            EmptyScope: no source has the tags, language and years of the scope.
        """
        return None if scope == WHOLE_LIBRARY else resolve_scope(scope, self.sources())

    def search_words(
        self, query: str, k: int, language: Language, *,
        cross_lingual: bool = False, source_ids: Set[str] | None = None,
    ) -> list[Hit]:
        """The k best passages in one language by their words, best first.

        `cross_lingual`: the query is in the other language. `source_ids`: the sources to search; None: all.
        """
        return self._search_indexes(lambda indexes: indexes.words.search(
            query, k, language, cross_lingual=cross_lingual, source_ids=source_ids))

    def search_vectors(
        self, query: str, k: int, language: Language, *, source_ids: Set[str] | None = None,
    ) -> list[Hit]:
        """The k nearest passages in one language by their vectors, nearest first.

        None while a source to be searched in this language has no vectors yet: it would never be found by them.
        """
        if not self._have_vectors(language, source_ids):
            return []
        return self._search_indexes(lambda indexes: indexes.vectors.search(query, k, language, source_ids))

    def cosine_range(self, query: str, language: Language) -> float:
        """How far below a question's best cosine a hit counts for nothing; 0 if cosines are used as they are."""
        return self._search_indexes(lambda indexes: indexes.vectors.cosine_range(query, language))

    def vector_weight(self, *, cross_lingual: bool) -> float:
        """The fusion weight of vector hits relative to word hits; it depends on the embedder."""
        embedder = self._builds.embedder
        return embedder.cross_lingual_weight if cross_lingual else embedder.fusion_weight

    @property
    def inner_embedder(self) -> str:
        """The embedder inside Huwen that makes the vectors: `encoder`, `dictionary`, `none`; empty: another model."""
        from rag.library.embedder import inner_embedder  # slow imports, as in `_builds.embedder`

        return inner_embedder(self._builds.embedder.name)

    @property
    def has_cosine_evidence(self) -> bool:
        """True if a question's cosines are evidence of whether the library speaks about its topic."""
        return self._builds.embedder.has_cosine_evidence

    def term_weight(self, term: str, is_gloss: bool = False) -> float:
        """The inverse document frequency of a term or gloss stem, as in BM25."""
        field = "meanings" if is_gloss else "words"
        return self._search_indexes(lambda indexes: indexes.words.term_weight(term, field))

    def passages(self, ids: list[str]) -> list[Document]:
        """The passages with these ids, in the same order; ids that the manifest does not have are left out."""
        by_id = self._manifest.passages(ids)
        return [by_id[id] for id in ids if id in by_id]

    def all_passages(self) -> list[Document]:
        """Every passage of the library, by id."""
        return self.passages(sorted(self._manifest.passage_ids()))

    def counterparts(self, passage: Document, language: Language) -> list[Document]:
        """The passages in the edition of another language that share a paragraph with this one; empty without one."""
        metadata = passage.metadata
        if not metadata.get("edition_of") or metadata["language"] == language:
            return []
        first, last = metadata["first_paragraph"], metadata["last_paragraph"]
        return [
            other for other in self._edition_section(metadata["edition_of"], metadata["section_number"])
            if other.metadata["language"] == language
            and other.metadata["first_paragraph"] <= last and first <= other.metadata["last_paragraph"]]

    def _edition_section(self, edition: str, section_number: int) -> list[Document]:
        """One section of a work in all its editions, read once for each state of the library."""
        self._current_indexes()
        with self._lock:
            key = (edition, section_number)
            if key not in self._edition_cache:
                self._edition_cache[key] = self._manifest.edition_passages(*key)
            return self._edition_cache[key]

    # the indexes

    def _search_indexes(self, search: Callable[[OpenIndexes], _Result]) -> _Result:
        """The result of a search. If a rebuild removes the indexes during the search, the new ones are searched."""
        while True:
            build = self._manifest.read_state("build")
            try:
                return search(self._current_indexes())
            except DamagedIndex:
                if self._manifest.read_state("build") == build:
                    raise

    def _current_indexes(self) -> OpenIndexes:
        """The indexes in their current state, whichever process wrote them last."""
        with self._lock:
            generation = self._manifest.read_state("generation")
            if self._indexes is None or generation != self._generation:
                self._indexes = self._builds.open_current(self._indexes)
                self._set_generation(generation)
            return self._indexes

    def _set_generation(self, generation: int) -> None:
        with self._lock:
            self._generation = generation
            self._edition_cache.clear()
            self._languages = self._manifest.languages()
            by_language: dict[Language, set[str]] = {}
            for source_id, language in self._manifest.sources_without_vectors().items():
                by_language.setdefault(language, set()).add(source_id)
            self._waiting = {language: frozenset(ids) for language, ids in by_language.items()}

    # vectors that are made after the words are searchable

    def _have_vectors(self, language: Language, source_ids: Set[str] | None) -> bool:
        self._current_indexes()
        waiting = self._waiting.get(language, frozenset())
        return not (waiting if source_ids is None else waiting & source_ids)

    def vector_state(self) -> VectorState:
        """How many passages have their vectors, and why the others have none."""
        vectors, passages = self._current_indexes().vectors, sum(source.passages for source in self.sources())
        if mismatch := vectors.find_mismatch():
            will_be_replaced = vectors.is_deferred and vectors.is_replaceable()
            return VectorState(passages, passages, vectors.obstacle if will_be_replaced else mismatch)
        sources = [*self._manifest.sources_without_vectors()]
        waiting = sum(self._manifest.count_passages(sources).values())
        begun = vectors.count_vectors(sources[0]) if sources else 0  # they are made source by source
        return VectorState(max(0, waiting - begun), passages, vectors.obstacle)

    def make_vectors(self) -> Generator[tuple[int, int]]:
        """Make the vectors that are missing; inside `write_lock`. Yields passages done and in all, about every second.

        Closing the iterator stops after the batch that is being made; what was made stays, and the next call goes on
        from there. Vectors of an earlier embedder inside Huwen are replaced; those of another are left as they are.
        """
        vectors = self._current_indexes().vectors
        if not vectors.is_deferred or vectors.obstacle:
            return
        if vectors.find_mismatch():
            if not vectors.is_replaceable():
                return
            self._manifest.forget_vectors()
            vectors.clear()
        waiting = [*self._manifest.sources_without_vectors()]
        total = sum(self._manifest.count_passages(waiting).values())
        yield from self._embed_sources(waiting, total)

    def _embed_sources(self, source_ids: Sequence[str], total: int) -> Generator[tuple[int, int]]:
        done, vectors = 0, self._current_indexes().vectors
        for source_id in source_ids:
            with closing(vectors.embed_source(
                    source_id, self._manifest.passages_of(source_id), self._known_vectors)) as steps:
                for made in steps:
                    done += made
                    yield done, total
            self._manifest.record_vectors(source_id)
            self._set_generation(self._manifest.read_state("generation"))

    def _embed_small_sources(self, source_ids: Collection[str], most: int = SMALL_SOURCE_PASSAGES) -> int:
        """Make the vectors of sources that have just been added, of `most` passages in all; how many passages that was.

        It takes a few seconds; the rest is left to `make_vectors`.
        """
        vectors = self._current_indexes().vectors
        if not most or not vectors.is_deferred or vectors.obstacle or vectors.find_mismatch():
            return 0
        made, counts = 0, self._manifest.count_passages(source_ids)
        for source_id in source_ids:
            if made + (passages := counts.get(source_id, 0)) <= most:
                made += passages
                for _ in self._embed_sources([source_id], passages):
                    pass
        return made

    # writing

    @contextmanager
    def write_lock(self, *, yields: bool = False, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold the library for one or more changes; the unfinished changes of an earlier writer are finished first.

        A thread that holds it may take it again. `yields`: for work in the background, which looks at `is_wanted` about
        every second and then ends; other writers wait for that. `wait_seconds`: how long to wait for such a writer.

        Raises:
            LibraryLocked: another process or thread is writing.
            UnreadableManifest: the library's folder cannot be written.
            WrongEmbedder: the vectors were made by another embedder.
            DamagedIndex: an index cannot be opened.
        """
        if self.is_write_locked():
            yield
            return
        self._manifest.require_writable()
        with write_lock(self.home, yields=yields, wait_seconds=wait_seconds):
            self._writer = threading.get_ident()
            try:
                self._finish_pending()
                yield
            finally:
                self._writer = 0

    def require_writable(self) -> None:
        """Refuse a change that cannot be made.

        Raises:
            UnreadableManifest: the library's folder cannot be written.
        """
        self._manifest.require_writable()

    def is_wanted(self) -> bool:
        """True if another writer waits for a holder that yields."""
        return is_wanted(self.home)

    def is_write_locked(self) -> bool:
        """True if this thread holds the library by `write_lock`."""
        return self._writer == threading.get_ident()

    def _finish_pending(self) -> None:
        """Finish the removals and the sources that a stopped process left unfinished."""
        if self.is_empty():
            self._manifest.save_state(layout=self._builds.layout_number)
        indexes = self._current_indexes()
        indexes.vectors.require_same_embedder()
        self._finish_removals(indexes)
        for ids in _batch_ids(self._manifest.unfinished_ids()):
            sources = [self._manifest.read_source(id, pending=True) for id in ids]
            self._finish_sources(indexes, indexes.replace_passages(sources))
            self._finish_removals(indexes)
        for ids in _batch_ids(self._manifest.ids_without_version()):  # of an older library, or after a crash
            self._record_versions(ids)

    def add(
        self, path: Path, progress: IndexProgress = lambda done, total: None, *,
        location: str = "", tags: Sequence[str] = (),
    ) -> AddResult:
        """Add a file; inside `write_lock`. A file with known content is skipped; a changed one replaces the old one.

        `location` is the name of the file on every machine, by default the absolute path.

        Raises:
            UnreadableFile: the file cannot be read as a document.
        """
        from rag.library.ingest import AddResult, InputFile, prepare_file  # file readers, which only writers need

        prepared = prepare_file(self._manifest, self.originals, InputFile(path, location, tuple(tags)))
        if isinstance(prepared, AddResult):
            return prepared
        [result] = self._index_sources([prepared], progress)
        self._embed_small_sources([result.source.id])
        return result

    def add_files(
        self, files: Iterable[InputFile], progress: IndexProgress = lambda done, total: None,
    ) -> Iterator[tuple[Path, AddResult | UnreadableFile]]:
        """Add many files, several to a commit; inside `write_lock`. Yields each path with its result.

        A file that cannot be read gives its error and does not stop the others. Only one batch is in memory at a time;
        `progress` gets how many of its passages are indexed.
        """
        from rag.library.ingest import ingest_files  # as in `add`

        remaining = SMALL_SOURCE_PASSAGES  # that get their vectors at once; of many files the words come first

        def index(pending: Sequence[PendingSource]) -> list[AddResult]:
            nonlocal remaining
            results = self._index_sources(pending, progress)
            remaining -= self._embed_small_sources([result.source.id for result in results], remaining)
            return results

        return ingest_files(self._manifest, self.originals, files, index)

    def read_again(self) -> Iterator[tuple[Path, AddResult | HuwenError]]:
        """Read the sources of an older reader again from their originals; inside `write_lock`.

        Name, location, tags and a given title stay. Yields the name of each file with its result, as `add_files`; a
        source without an original is left as it is.
        """
        from rag.library.rereading import read_sources_again  # as in `add`

        return read_sources_again(self._manifest, self.originals, self._index_sources)

    def read_originals(self) -> Iterator[tuple[Path, AddResult | HuwenError]]:
        """Read all kept originals, for a library whose manifest is lost; inside `write_lock`. Yields as `read_again`.

        Each has the name, location, tags and title that it had last. At the end `needs_originals` becomes false.
        """
        from rag.library.rereading import read_recorded_originals  # as in `add`

        for name, result, record in read_recorded_originals(self._manifest, self.originals, self._index_sources):
            if record.title and not isinstance(result, HuwenError):
                result = replace(result, source=self.set_title(result.source.id, record.title))
            yield name, result
        self._manifest.save_state(recovering=0)
        self._set_generation(self._manifest.read_state("generation"))

    def begin_recovery(self) -> None:
        """Record in a new manifest that the originals of a lost one are to be read: an interruption is noticed."""
        self._manifest.require_writable()
        self._manifest.save_state(recovering=1)

    def needs_originals(self) -> bool:
        """True if the manifest is new, and not all originals of the lost one have been read."""
        return bool(self._manifest.read_state("recovering"))

    def find_location(self, location: str) -> str:
        """The id of the source that came from a path or an address; empty if there is none."""
        return self._manifest.find_by_location(location)

    def read_location(self, source_id: str) -> str:
        """The path or address from which a source came; empty for an unknown source."""
        try:
            return self._manifest.read_location(source_id)
        except KeyError:
            return ""

    def move_source(self, source_id: str, location: str) -> Source:
        """Record that the file of a source has another path, and its name from there; inside `write_lock`.

        Its id and its text stay, and with them the citations of conversations.
        """
        self._manifest.set_location(source_id, location, Path(location).name)
        return self._describe_original(source_id)

    def set_tags(self, name: str, tags: Sequence[str]) -> Source:
        """Replace the tags of a source; inside `write_lock`.

        Raises:
            UnknownSource: no source, or more than one, has that name.
        """
        source = self.find_source(name)
        self._manifest.set_tags(source.id, list(dict.fromkeys(tags)))
        return self._describe_original(source.id)

    def set_title(self, name: str, title: str) -> Source:
        """Give a source another title, in its passages and in both indexes too; inside `write_lock`.

        The title stays when the file is added again, even if the file has changed.

        Raises:
            UnknownSource: no source, or more than one, has that name.
            BadTitle: the title is empty or far too long.
        """
        source, cleaned = self.find_source(name), clean_title(title)
        indexes = self._current_indexes()
        self._manifest.begin_title(source.id, cleaned)
        self._finish_sources(
            indexes, indexes.replace_passages([self._manifest.read_source(source.id, pending=True)]))
        self._embed_small_sources([source.id])
        return self._describe_original(source.id)

    def _describe_original(self, source_id: str) -> Source:
        """The source in its present form, after that has been recorded with its original too."""
        source = self._manifest.read_source(source_id)[0]
        self.originals.describe_again(source, self._manifest.read_location(source_id))
        return source

    def _remove_originals(self, digests: Set[str]) -> None:
        """Remove the originals that no source uses any more."""
        for digest in digests - self._manifest.original_digests() if digests else ():
            self.originals.remove(digest)
            self.page_views.forget(digest)

    def _index_sources(
        self, pending: Sequence[PendingSource], progress: IndexProgress = lambda done, total: None,
    ) -> list[AddResult]:
        """Write both indexes, then the manifest: until the last step readers see the sources as they were."""
        indexes, known = self._current_indexes(), set(self._manifest.source_ids())
        for new in pending:
            self._manifest.begin_source(new.source, new.location, new.digest, new.document)
        passages = indexes.replace_passages([(new.source, new.document) for new in pending], progress)
        self._finish_sources(indexes, passages)
        self._finish_removals(indexes)
        self.ledger.fill_small([new.source.id for new in pending])
        return [new.add_result(len(passages[new.source.id]), known) for new in pending]

    def _finish_sources(self, indexes: OpenIndexes, passages: Mapping[str, Sequence[Document]]) -> None:
        """Record that sources are indexed; from now on readers see them."""
        self._manifest.finish_sources(passages, have_vectors=not indexes.vectors.is_deferred)
        self._record_versions(passages)
        self._set_generation(self._manifest.read_state("generation"))

    def remove(self, name: str) -> Source:
        """Remove a source by its id, file name or title; inside `write_lock`.

        Raises:
            UnknownSource: no source, or more than one, has that name.
        """
        source = self.find_source(name)
        self.remove_sources([source.id])
        return source

    def remove_sources(self, source_ids: Sequence[str]) -> None:
        """Remove sources by their ids, several in one commit; inside `write_lock`. An unknown id does nothing."""
        ids = [id for id in dict.fromkeys(source_ids) if self._manifest.find_source(id)]
        if not ids:
            return
        indexes = self._current_indexes()
        for id in ids:  # first: if the process dies, what is left in the indexes is not returned
            self._manifest.remove(id)
        self._finish_removals(indexes)

    def _finish_removals(self, indexes: OpenIndexes) -> None:
        """Remove from indexes and originals what the manifest has removed, also what a stopped process left."""
        removals = self._manifest.removals()
        if not removals:
            return
        present = set(self._manifest.source_ids())  # one that was added again has replaced its passages
        if gone := {removal.source_id for removal in removals} - present:
            indexes.remove_sources(sorted(gone))
        self._remove_originals({removal.original for removal in removals if removal.original})
        self._manifest.finish_removals(removals)  # a new generation: a reader may have opened the word index before
        self._set_generation(self._manifest.read_state("generation"))

    def rebuild(self, progress: IndexProgress = lambda done, total: None) -> int:
        """Build new indexes from the manifest, then replace the old ones with them; returns the number of passages.

        Raises:
            LibraryLocked: another process is writing.
            UnreadableManifest: the library's folder cannot be written.
        """
        self._manifest.require_writable()
        with write_lock(self.home):
            self.originals.remove_leftovers()
            build, source_ids = self._manifest.read_state("build") + 1, self._manifest.source_ids()
            new_indexes = self._builds.create(build)
            self._manifest.stage_passages(None)
            for batch_number, ids in enumerate(_batch_ids(source_ids), 1):
                sources = [self._manifest.read_source(id, pending=True) for id in ids]
                self._manifest.stage_passages(new_indexes.replace_passages(sources))
                progress(min(batch_number * BATCH_FILES, len(source_ids)), len(source_ids))
            self._manifest.swap_passages(
                have_vectors=not new_indexes.vectors.is_deferred, build=build, layout=self._builds.layout_number)
            self._builds.remove_all_but(build)
            for done, total in self.ledger.fill():
                progress(done, total)
        return sum(source.passages for source in self.sources())

    def add_seeds(self, folder: Path, progress: Callable[[str, int, int], None]) -> int:
        """Add the shipped notes of a folder: all notes or, after a crash, the missing ones.

        `progress` gets the file's name, the number of files done, and the number of files. Returns the number of files.
        """
        files = sorted(path for path in folder.rglob("*.md") if path.parent != folder)
        if not files:
            raise HuwenError(
                f"{folder}: no notes (*.md in folders by language) to fill the library from; see HUWEN_SEEDS")
        with self.write_lock():
            self._manifest.save_state(filling=1)
            self._known_vectors = self._builds.read_known_vectors(folder)
            for done, path in enumerate(files):
                progress(path.name, done, len(files))
                self.add(path, location=f"seeds:{path.relative_to(folder).as_posix()}")
            if self._known_vectors:  # else they are made in the background
                for _ in self.make_vectors():
                    pass
            self._manifest.save_state(filling=0)
            self._set_generation(self._manifest.read_state("generation"))
        return len(files)

    def write_known_vectors(self, folder: Path) -> None:
        """Write the encoder's vectors of all passages into a folder of notes, for `add_seeds`.

        Raises:
            EncoderUnavailable: the encoder cannot run on this machine.
        """
        from rag.encoder.encoder_embedder import EncoderEmbedder  # slow imports, which only this needs
        from rag.library.known_vectors import FILE_NAME, write_known_vectors

        write_known_vectors(folder / FILE_NAME, self.all_passages(), EncoderEmbedder())

    def count_known_vectors(self) -> int:
        """How many passages have a vector that came with the notes."""
        from rag.library.vector_index import text_digest  # slow imports, as in `write_known_vectors`

        return sum(text_digest(passage) in self._known_vectors for passage in self.all_passages())

    def needs_seeds(self) -> bool:
        """True for an empty library, and for one whose first filling was interrupted."""
        return self.is_empty() or bool(self._manifest.read_state("filling"))

    def check_manifest(self) -> None:
        """Check the whole file of the manifest, in a time that is linear in its size.

        Raises:
            DamagedManifest: SQLite finds it damaged.
        """
        self._manifest.check_file()

    def check_originals(self) -> OriginalsHealth:
        """Compare the originals that the sources use with those that are there."""
        return compare_originals(self.sources(), self.originals)

    def check_indexes(self) -> Health:
        """Compare manifest, vectors and words.

        Raises:
            DamagedIndex: an index cannot be opened or searched.
        """
        indexes = self._current_indexes()
        return compare_indexes(self._manifest, indexes.vectors, indexes.words)


def _batch_ids(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + BATCH_FILES] for start in range(0, len(ids), BATCH_FILES))


def open_library(settings: Settings) -> Library:
    """The library that the settings name, with their glossary.

    Raises:
        HuwenError: the folder or the glossary cannot be opened.
    """
    if settings.glossary:
        from rag.text.glossary import load_user_terms  # slow import, needed only if there are terms to add

        load_user_terms(settings.glossary)
    return Library(
        settings.home, embedding=settings.embed_endpoint, chroma_url=settings.chroma_url,
        keep_originals=settings.keep_originals)

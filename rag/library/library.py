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

from rag.library.chroma import FolderStore, ServerStore, Store
from rag.library.embedder import chosen
from rag.library.health import Health, compare
from rag.library.ingest import FILES, Added, Coming, File, in_batches, read
from rag.library.lock import opening, writing
from rag.library.manifest import Manifest
from rag.library.scope import Coverage, UnknownSource, covered, named, within
from rag.library.source_metadata import carrying
from rag.library.vector_index import Vectors
from rag.library.word_index import DamagedIndex, Words, idf
from rag.library.word_index import Hit as Hit  # what its searches return
from rag.schema import Endpoint, HuwenError, Language, Scope, Source
from rag.sources.loaders import UnreadableFile
from rag.sources.split import split

_LAYOUT = 3  # of the indexes: raise it when they change, and those of an earlier version ask to be rebuilt

Found = TypeVar("Found")
Progress = Callable[[int, int], None]  # passages done, passages in all


class OldIndexes(HuwenError):
    """The indexes are those of an earlier version."""


class Library:
    """All that has been added, in one folder: the only place with state.

    Readers may be many, in any process and thread; a writer takes the folder's lock. The manifest is the truth: what
    the indexes hold beyond it is not returned, and what they lack is made again by `rebuild`.
    """

    def __init__(self, home: Path, *, embedding: Endpoint = Endpoint(), chroma_url: str = "") -> None:  # noqa: B008  # it is frozen
        self.home, self._chroma_url = home, chroma_url.strip().rstrip("/")
        self._embedder = chosen(embedding.model, embedding.url, embedding.key)
        try:
            home.mkdir(parents=True, exist_ok=True)
            with opening(home):
                self._manifest = Manifest(home / "manifest.sqlite")
        except OSError as error:
            raise HuwenError(f"{home}: the library's folder cannot be made ({error.strerror}); set HUWEN_HOME to another") from None
        self._guard = threading.RLock()
        self._opened: tuple[int, Vectors, Words] | None = None
        self._seen = -1
        self._editions: dict[tuple[str, int], list[Document]] = {}
        self._languages: list[Language] = []
        self._held: tuple[int, list[tuple[Source, str]]] | None = None

    def close(self) -> None:
        """Let go of the indexes and of this thread's connection to the manifest; what is asked later opens them again."""
        with self._guard:
            self._opened, self._seen = None, -1
        self._manifest.close()

    # --- reading

    def sources(self) -> list[Source]:
        """All sources, Chinese first, by title."""
        return [source for source, _ in self.held()]

    def held(self) -> list[tuple[Source, str]]:
        """As `sources`, each with the time at which it last came in: ISO 8601 in UTC, empty where it was not noted yet.

        Read once for each state of the library: of ten thousand sources it takes a second.
        """
        generation, held = self._manifest.state("generation"), self._held
        if held is None or held[0] != generation:
            held = self._held = (generation, self._manifest.held())
        return [*held[1]]

    def fingerprint(self) -> str:
        """A digest of all passages: two libraries with the same one answer alike."""
        return hashlib.sha256("\n".join(sorted(self._manifest.passage_ids())).encode()).hexdigest()[:16]

    def is_empty(self) -> bool:
        """True where nothing has come in yet, not even in part."""
        return not self._manifest.known()

    def languages(self) -> list[Language]:
        """The languages that there are sources in."""
        self._reading()
        return list(self._languages)

    def source(self, source_id: str) -> Source:
        """The source of an id.

        Raises:
            UnknownSource: there is none, or none any more.
        """
        try:
            return self._manifest.source(source_id)[0]
        except KeyError:
            raise UnknownSource(f"the document {source_id} is not in the library any more") from None

    def text(self, source_id: str) -> str:
        """The clean text of a source: what passages' offsets point into."""
        return self._manifest.source(source_id)[1].page_content

    def passages_of(self, source_id: str) -> list[Document]:
        """The passages of a source in reading order."""
        return self._manifest.passages_of(source_id)

    def lengths(self, ids: Sequence[str]) -> dict[str, int]:
        """Characters of the clean text of some sources, by their ids."""
        return self._manifest.lengths(ids)

    def covers(self) -> Coverage:
        """What there is to ask of."""
        return covered(self.sources())

    def within(self, scope: Scope) -> frozenset[str] | None:
        """The ids of the sources in a scope; nothing where that is every one.

        Raises:
            UnknownSource: a source is named that is not in.
            EmptyScope: no source has the tags, language and years that are asked for.
        """
        return None if scope == Scope() else within(scope, self.sources())

    def by_words(
        self, query: str, k: int, language: Language, *, across: bool = False, within: Set[str] | None = None,
    ) -> list[Hit]:
        """The best passages in one language by their words; `across`: the query is in the other language."""
        return self._searched(lambda _, words: words.search(query, k, language, across=across, within=within))

    def by_meaning(self, query: str, k: int, language: Language, *, within: Set[str] | None = None) -> list[Hit]:
        """The nearest passages in one language by their vectors."""
        return self._searched(lambda vectors, _: vectors.search(query, k, language, within))

    def meaning_weight(self, *, across: bool) -> float:
        """What hits by meaning weigh beside those by words, by the embedder that made the vectors."""
        return self._embedder.weight_across if across else self._embedder.weight

    def rarity(self, term: str, is_gloss: bool = False) -> float:
        """The inverse document frequency of a term or gloss stem, as BM25 has it."""
        view = "meanings" if is_gloss else "words"
        n, total = self._searched(lambda _, words: (words.passages_with(term, view), max(1, words.size)))
        return idf(n, total)

    def passages(self, ids: list[str]) -> list[Document]:
        """The passages of these ids in their order; ids that the manifest does not know are left out."""
        found = self._manifest.passages(ids)
        return [found[id] for id in ids if id in found]

    def all_passages(self) -> list[Document]:
        """Every passage that is in, by id."""
        return self.passages(sorted(self._manifest.passage_ids()))

    def _edition(self, edition: str, section_number: int) -> list[Document]:
        """One section of a work in all its editions, read once for each state of the library."""
        self._reading()
        with self._guard:
            key = (edition, section_number)
            if key not in self._editions:
                self._editions[key] = self._manifest.counterparts(*key)
            return self._editions[key]

    def counterparts(self, passage: Document, language: Language) -> list[Document]:
        """The passages in another language's edition that share a paragraph with this one; none without an edition."""
        about = passage.metadata
        if not about.get("edition_of") or about["language"] == language:
            return []
        first, last = about["first_paragraph"], about["last_paragraph"]
        return [other for other in self._edition(about["edition_of"], about["section_number"])
                if other.metadata["language"] == language
                and other.metadata["first_paragraph"] <= last and first <= other.metadata["last_paragraph"]]

    def _searched(self, look: Callable[[Vectors, Words], Found]) -> Found:
        """What a look at the indexes finds; where they are made anew meanwhile and the old ones removed, a look at the new ones."""
        while True:
            build = self._manifest.state("build")
            try:
                return look(*self._reading())
            except DamagedIndex:
                if self._manifest.state("build") == build:
                    raise

    def _reading(self) -> tuple[Vectors, Words]:
        """The indexes as they stand now, whoever wrote them last."""
        with self._guard:
            generation = self._manifest.state("generation")
            if generation != self._seen:
                self._open()
                self._saw(generation)
            assert self._opened is not None
            return self._opened[1:]

    def _saw(self, generation: int) -> None:
        with self._guard:
            self._seen = generation
            self._editions.clear()
            self._languages = self._manifest.languages()

    def _open(self) -> None:
        build = self._manifest.state("build")
        if self._opened and self._opened[0] == build:
            self._opened[2].refresh()  # the vectors see to that themselves
            return
        if self._manifest.state("layout") != self._layout and not self.is_empty():
            raise OldIndexes(f"the indexes of {self.home} were made by another version of Huwen, or with another HUWEN_CHROMA_URL; "
                             "set that back, or run `huwen rebuild` to make them anew")
        self._opened = (build, *self._indexes(build))

    def _indexes(self, build: int) -> tuple[Vectors, Words]:
        folder = self._folder(build)
        with opening(self.home):
            return Vectors(self._store(build), self._embedder), Words(folder / "words")

    def _store(self, build: int) -> Store:
        """Where the vectors of a build are: in its folder, or on the server under the library's own name."""
        if not self._chroma_url:
            return FolderStore(self._folder(build) / "chroma")
        return ServerStore(self._chroma_url, f"huwen-{self._manifest.number():x}-{build}-")

    @property
    def _layout(self) -> int:
        """How the indexes are laid out, and where the vectors are: on another server there would be none, and nobody told."""
        return _LAYOUT + (zlib.crc32(self._chroma_url.encode()) << 8)

    def _folder(self, build: int) -> Path:
        return self.home / f"index-{build}"

    # --- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the library for one or more changes; what an earlier writer left unfinished is finished first.

        Raises:
            LibraryLocked: another process is writing.
            WrongEmbedder: the vectors are another embedder's.
            DamagedIndex: an index cannot be opened.
        """
        with writing(self.home):
            if self.is_empty():
                self._manifest.note(layout=self._layout)
            self._reading()  # opens the indexes, which may have been made anew
            for some in _batches(self._manifest.unfinished()):
                assert self._opened is not None
                self._manifest.finish(_replace(self._opened[1:], [self._manifest.source(id, coming=True) for id in some]))
                self._saw(self._manifest.state("generation"))
            yield

    def add(self, path: Path, progress: Progress = lambda done, total: None, *, place: str = "", tags: Sequence[str] = ()) -> Added:
        """Take a file in; inside `writing`. A file known by its content is left alone, a changed one replaces itself.

        `place` names the file across machines; by default it is the absolute path.

        Raises:
            UnreadableFile: the file cannot be read as a document.
        """
        coming = read(self._manifest, File(path, place, tuple(tags)))
        return coming if isinstance(coming, Added) else self._index([coming], progress)[0]

    def add_all(self, files: Iterable[File]) -> Iterator[tuple[Path, Added | UnreadableFile]]:
        """Take many files in, several to a commit; inside `writing`. Yields what became of each.

        A file that cannot be read is no reason to stop. Files are held in memory a batch at a time.
        """
        return in_batches(self._manifest, files, self._index)

    def tag(self, name: str, tags: Sequence[str]) -> Source:
        """Give a source these tags, in place of those that it had; inside `writing`.

        Raises:
            UnknownSource: none, or more than one, goes by that name.
        """
        source = named(name, self.sources())
        self._manifest.tag(source.id, list(dict.fromkeys(tags)))
        return self._manifest.source(source.id)[0]

    def _index(self, coming: Sequence[Coming], progress: Progress = lambda done, total: None) -> list[Added]:
        """Both indexes, then the manifest: until the last step readers see the sources as they were."""
        assert self._opened is not None
        known = set(self._manifest.known())
        for one in coming:
            self._manifest.begin(one.source, one.place, one.digest, one.document)
        passages = _replace(self._opened[1:], [(one.source, one.document) for one in coming], progress)
        self._manifest.finish(passages)
        self._saw(self._manifest.state("generation"))
        return [
            Added(replace(one.source, passages=len(passages[one.source.id])), "replaced" if one.source.id in known else "added")
            for one in coming]

    def remove(self, name: str) -> Source:
        """Take a source out by its id, file name or title; inside `writing`.

        Raises:
            UnknownSource: none, or more than one, goes by that name.
        """
        source = named(name, self.sources())
        assert self._opened is not None
        _, vectors, words = self._opened
        self._manifest.remove(source.id)  # first: what is left in the indexes, should the process die, is not returned
        for _ in vectors.replace({source.id: []}):
            pass
        words.replace({source.id: []})
        self._manifest.note()  # again: a reader may have looked at the words in between
        self._saw(self._manifest.state("generation"))
        return source

    def rebuild(self, progress: Progress = lambda done, total: None) -> int:
        """Make both indexes anew from the manifest, beside the old ones, then change over all at once; returns the passages.

        Raises:
            LibraryLocked: another process is writing.
        """
        with writing(self.home):
            build = self._manifest.state("build") + 1
            shutil.rmtree(self._folder(build), ignore_errors=True)
            self._store(build).remove()
            fresh, known = self._indexes(build), self._manifest.known()
            self._manifest.anew(None)
            for done, some in enumerate(_batches(known), 1):
                self._manifest.anew(_replace(fresh, [self._manifest.source(id, coming=True) for id in some]))
                progress(min(done * FILES, len(known)), len(known))
            self._manifest.change_over(build=build, layout=self._layout)
            self._store(build - 1).remove()
            for old in self.home.glob("index-*"):
                if old != self._folder(build):
                    shutil.rmtree(old, ignore_errors=True)
        return sum(source.passages for source in self.sources())

    def fill(self, folder: Path, progress: Callable[[str, int, int], None]) -> int:
        """Take in the shipped notes of a folder, all of them or, after a crash, those that are missing.

        `progress` is told the file's name, how many are done, and of how many. Returns the number of files.
        """
        files = sorted(path for path in folder.rglob("*.md") if path.parent != folder)
        if not files:
            raise HuwenError(f"{folder}: no notes (*.md in folders by language) to fill the library from; see HUWEN_SEEDS")
        with self.writing():
            self._manifest.note(filling=1)
            for done, path in enumerate(files):
                progress(path.name, done, len(files))
                self.add(path, place=f"seeds:{path.relative_to(folder).as_posix()}")
            self._manifest.note(filling=0)
            self._saw(self._manifest.state("generation"))
        return len(files)

    def wants_filling(self) -> bool:
        """True for an empty library, and for one whose first filling was cut off."""
        return self.is_empty() or bool(self._manifest.state("filling"))

    def check(self) -> Health:
        """Compare manifest, vectors and words.

        Raises:
            DamagedIndex: an index cannot be opened or searched.
        """
        return compare(self._manifest, *self._reading())


def _replace(
    indexes: tuple[Vectors, Words], sources: Sequence[tuple[Source, Document]], progress: Progress = lambda done, total: None,
) -> dict[str, list[Document]]:
    """The passages of each source by its id, once they are in both indexes."""
    vectors, words = indexes
    passages = {source.id: [carrying(passage, source) for passage in split(document, source.id)] for source, document in sources}
    done, total = 0, sum(map(len, passages.values()))
    progress(0, total)
    with _collector_at_rest(), words.replacing([*passages]) as add:
        for batch in vectors.replace(passages):
            add(batch)  # at once: what a text means is still known from embedding it
            done += len(batch)
            progress(done, total)
    return passages


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No search for garbage in cycles, of which indexing leaves little: it took two fifths of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + FILES] for at in range(0, len(ids), FILES))

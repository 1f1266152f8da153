"""Files become searchable passages and stay so: manifest, vectors and words kept in step."""

from __future__ import annotations

import hashlib
import math
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from langchain_core.documents import Document

from rag.library.describe import carrying, describe
from rag.library.embedder import DictionaryEmbedder
from rag.library.health import Health, compare
from rag.library.lock import opening, writing
from rag.library.manifest import Manifest
from rag.library.vectors import Vectors
from rag.library.words import DamagedIndex, Hit, Words
from rag.schema import HuwenError, Language, Source
from rag.sources.clean import clean
from rag.sources.loaders import UnreadableFile, load
from rag.sources.split import split

# part of every content hash: raise it when cleaning or splitting change, and files are read anew when added again
_READING = 1

# what is indexed in one commit, and with it held in memory
_FILES, _CHARACTERS = 200, 1_000_000

Found = TypeVar("Found")
Progress = Callable[[int, int], None]  # passages done, passages in all


class UnknownSource(HuwenError):
    """No source, or more than one, goes by the name that was given."""


@dataclass(frozen=True)
class Added:
    """What became of a file."""

    source: Source
    outcome: Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True)
class _Coming:
    """A file that is read and not yet indexed."""

    source: Source
    document: Document
    place: str
    digest: str


class Library:
    """All that has been added, in one folder: the only place with state.

    Readers may be many, in any process and thread; a writer takes the folder's lock. The manifest is the truth: what
    the indexes hold beyond it is not returned, and what they lack is made again by `rebuild`.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._embedder = DictionaryEmbedder()
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

    # --- reading

    def sources(self) -> list[Source]:
        """All sources, Chinese first, by title."""
        return self._manifest.sources()

    def fingerprint(self) -> str:
        """A digest of all passages: two libraries with the same one answer alike."""
        return hashlib.sha256("\n".join(sorted(self._manifest.passage_ids())).encode()).hexdigest()[:16]

    def is_empty(self) -> bool:
        """True where nothing has come in yet, not even in part."""
        return not self._manifest.known()

    def languages(self) -> list[Language]:
        """The languages that there are sources in."""
        with self._reading():
            return list(self._languages)

    def text(self, source_id: str) -> str:
        """The clean text of a source: what passages' offsets point into."""
        return self._manifest.source(source_id)[1].page_content

    def by_words(self, query: str, k: int, language: Language, *, across: bool = False) -> list[Hit]:
        """The best passages in one language by their words; `across`: the query is in the other language."""
        return self._searched(lambda _, words: words.search(query, k, language, across=across))

    def by_meaning(self, query: str, k: int, language: Language) -> list[Hit]:
        """The nearest passages in one language by their vectors."""
        return self._searched(lambda vectors, _: vectors.search(query, k, language))

    def rarity(self, term: str, is_gloss: bool = False) -> float:
        """The inverse document frequency of a term or gloss stem, as BM25 has it: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        view = "meanings" if is_gloss else "words"
        n, total = self._searched(lambda _, words: (words.passages_with(term, view), max(1, words.size)))
        return math.log(1 + (total - min(n, total) + 0.5) / (n + 0.5))

    def passages(self, ids: list[str]) -> list[Document]:
        """The passages of these ids in their order; ids that the manifest does not know are left out."""
        found = self._manifest.passages(ids)
        return [found[id] for id in ids if id in found]

    def all_passages(self) -> list[Document]:
        """Every passage that is in, by id."""
        return self.passages(sorted(self._manifest.passage_ids()))

    def _edition(self, edition: str, section_number: int) -> list[Document]:
        """One section of a work in all its editions, read once for each state of the library."""
        with self._reading(), self._guard:
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
                with self._reading() as indexes:
                    return look(*indexes)
            except DamagedIndex:
                if self._manifest.state("build") == build:
                    raise

    @contextmanager
    def _reading(self) -> Iterator[tuple[Vectors, Words]]:
        """The indexes as they stand now, whoever wrote them last."""
        with self._guard:
            generation = self._manifest.state("generation")
            if generation != self._seen:
                self._open()
                self._saw(generation)
            assert self._opened is not None
            yield self._opened[1:]

    def _saw(self, generation: int) -> None:
        self._seen = generation
        self._editions.clear()
        self._languages = sorted({source.language for source in self.sources()})

    def _open(self) -> None:
        build = self._manifest.state("build")
        if self._opened and self._opened[0] == build:
            self._opened[2].refresh()  # the vectors see to that themselves
            return
        self._opened = (build, *self._indexes(build))

    def _indexes(self, build: int) -> tuple[Vectors, Words]:
        folder = self._folder(build)
        with opening(self.home):
            vectors = Vectors(folder / "chroma", self._embedder, self._embedder.name, self._embedder.dimension)
            return vectors, Words(folder / "words")

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
        with writing(self.home), self._guard:
            with self._reading():
                pass  # opens the indexes, which may have been made anew
            for some in _batches(self._manifest.unfinished()):
                assert self._opened is not None
                self._manifest.finish(_replace(self._opened[1:], [self._manifest.source(id, coming=True) for id in some]))
                self._saw(self._manifest.state("generation"))
            yield

    def add(self, path: Path, progress: Progress = lambda done, total: None, *, place: str = "") -> Added:
        """Take a file in; inside `writing`. A file known by its content is left alone, a changed one replaces itself.

        `place` names the file across machines; by default it is the absolute path.

        Raises:
            UnreadableFile: the file cannot be read as a document.
        """
        coming = self._coming(path, place)
        return coming if isinstance(coming, Added) else self._index([coming], progress)[0]

    def add_all(self, files: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, Added | UnreadableFile]]:
        """Take many files in, given with their places, several to a commit; inside `writing`. Yields what became of each.

        A file that cannot be read is no reason to stop. Files are held in memory a batch at a time.
        """
        batch: dict[str, tuple[Path, _Coming]] = {}
        for path, place in files:
            try:
                coming = self._coming(path, place)
            except UnreadableFile as error:
                yield path, error
                continue
            if isinstance(coming, Added):
                yield path, coming
                continue
            if coming.source.id in batch or coming.digest in {c.digest for _, c in batch.values()}:
                yield from self._indexed(batch)  # the same again: what it is can be said once the first is in
                again = self._coming(path, place)
                if isinstance(again, Added):
                    yield path, again
                    continue
                coming = again
            batch[coming.source.id] = path, coming
            if len(batch) >= _FILES or sum(len(c.document.page_content) for _, c in batch.values()) >= _CHARACTERS:
                yield from self._indexed(batch)
        yield from self._indexed(batch)

    def _indexed(self, batch: dict[str, tuple[Path, _Coming]]) -> Iterator[tuple[Path, Added]]:
        if not batch:
            return
        added = self._index([coming for _, coming in batch.values()], lambda done, total: None)
        yield from zip([path for path, _ in batch.values()], added, strict=True)
        batch.clear()

    def _coming(self, path: Path, place: str) -> _Coming | Added:
        """What is to be indexed of a file; or for one that is known by its content, that it is unchanged."""
        place = place or str(path.resolve())
        try:
            digest = hashlib.blake2b(path.read_bytes() + bytes([_READING]), digest_size=16).hexdigest()
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
        if known := self._manifest.holds(digest):
            return Added(self._manifest.source(known[0])[0], "unchanged")
        document = clean(load(path))
        return _Coming(describe(document, path, place), document, place, digest)

    def _index(self, coming: Sequence[_Coming], progress: Progress) -> list[Added]:
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
        source = self._named(name)
        assert self._opened is not None
        _, vectors, words = self._opened
        self._manifest.remove(source.id)  # first: what is left in the indexes, should the process die, is not returned
        for _ in vectors.replace({source.id: []}):
            pass
        words.replace({source.id: []})
        self._manifest.note()  # again: a reader may have looked at the words in between
        self._saw(self._manifest.state("generation"))
        return source

    def _named(self, name: str) -> Source:
        every = self.sources()
        found = [s for s in every if s.id == name] or [s for s in every if name in (s.name, s.title)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownSource(f"{name}: {len(found)} sources go by that name; give the id: " + ", ".join(s.id for s in found))
        raise UnknownSource(f"{name}: no such source; `huwen sources` lists them")

    def rebuild(self, progress: Progress = lambda done, total: None) -> int:
        """Make both indexes anew from the manifest, beside the old ones, then change over all at once; returns the passages.

        Raises:
            LibraryLocked: another process is writing.
        """
        with writing(self.home), self._guard:
            build = self._manifest.state("build") + 1
            shutil.rmtree(self._folder(build), ignore_errors=True)
            fresh, known = self._indexes(build), self._manifest.known()
            indexed: dict[str, list[Document]] = {}
            for some in _batches(known):
                indexed |= _replace(fresh, [self._manifest.source(id, coming=True) for id in some])
                progress(len(indexed), len(known))
            self._manifest.finish(indexed, build=build)
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
        with self._reading() as (vectors, words):
            return compare(self._manifest, vectors, words)


def _replace(
    indexes: tuple[Vectors, Words], sources: Sequence[tuple[Source, Document]], progress: Progress = lambda done, total: None,
) -> dict[str, list[Document]]:
    """The passages of each source by its id, once they are in both indexes."""
    vectors, words = indexes
    passages = {source.id: [carrying(passage, source) for passage in split(document, source.id)] for source, document in sources}
    done, total = 0, sum(map(len, passages.values()))
    progress(0, total)
    for batch in vectors.replace(passages):
        done += batch
        progress(done, total)
    words.replace(passages)
    return passages


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _FILES] for at in range(0, len(ids), _FILES))

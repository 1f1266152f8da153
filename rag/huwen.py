"""The public Python interface: a library to which files are added and which answers questions."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from rag.library.following.change_log import Change
from rag.library.index import IndexProgress
from rag.library.library import Library, open_library
from rag.library.scope import WHOLE_LIBRARY
from rag.library.vector_worker import VectorWorker
from rag.schema import Answer, HuwenError, Passage, Scope, Source, Turn
from rag.settings import Settings, read_settings

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_FILES_PER_LOCK = 50  # files that are added before another process may write


@dataclass(frozen=True)
class Outcome:
    """The outcome of adding one file: either `source` or `error` is set.

    `state` is "added", "replaced" (a changed file), "unchanged" or "failed". `is_copy`: it is unchanged because the
    library has the same content under another name, that of `source`.
    """

    path: Path
    source: Source | None = None
    error: HuwenError | None = None
    state: Literal["added", "replaced", "unchanged", "failed"] = "failed"
    is_copy: bool = False


class BadTags(HuwenError):
    """Tags that cannot be given to a source."""


class Huwen:
    """An open library and its pipeline; opened by `rag.open`, closed at the end of its `with` block.

    Threads may share one object. The writer's lock of the library is held only while files are added or removed. The
    pipeline is loaded with the first question, so that `sources` and `text` are fast.
    """

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self._settings = settings
        self._vectors = VectorWorker(library)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop making vectors, after at most about a second, and close the library's files.

        What is not made yet is left to the next writer.
        """
        self._vectors.stop()
        self.library.close()

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline that answers questions from this library."""
        from rag.pipeline import build_pipeline  # question analysis and LangChain take a second to import

        return build_pipeline(self._settings, self.library)

    # files

    def add(
        self, paths: str | PathLike[str] | Iterable[str | PathLike[str]], *, tags: Sequence[str] = (),
        progress: IndexProgress = lambda done, total: None,
    ) -> Iterator[Outcome]:
        """Add files, and all readable files of folders; yields one outcome for each file, in order.

        This is a generator: iterate to the end, or use `list(...)`, otherwise files are not added. A file that cannot
        be read gives an outcome with its error and does not stop the others. A file with known content is skipped.

        Between two outcomes other processes may write. Inside `with huwen.write_lock():` they may not, and each outcome
        is yielded as soon as it is known. `progress` gets how many passages of the files that are indexed together are
        done, and how many they have.

        Raises:
            BadTags: `tags` is not a list of texts.
            LibraryLocked: another process is writing to the library.
        """
        if isinstance(paths, str | PathLike):  # else the letters of a string would be taken for paths
            paths = [paths]
        if isinstance(tags, str) or not all(isinstance(tag, str) and tag.strip() for tag in tags):
            raise BadTags(f"{tags!r}: tags are a list of texts, such as tags=['policy', '2024']")
        files = expand_folders(paths)
        if self.library.is_write_locked():
            yield from self._add_files(files, tags, progress)
            return
        while batch := list(islice(files, _FILES_PER_LOCK)):
            with self.write_lock():
                outcomes = list(self._add_files(batch, tags, progress))
            yield from outcomes

    def _add_files(
        self, files: Iterable[Path], tags: Sequence[str], progress: IndexProgress,
    ) -> Iterator[Outcome]:
        from rag.library.ingest import InputFile  # file readers, imported only after the lock is taken

        inputs = (InputFile(path, tags=tuple(tags)) for path in files)
        for path, result in self.library.add_files(inputs, progress):
            if isinstance(result, HuwenError):
                yield Outcome(path, error=result)
            else:
                yield Outcome(path, result.source, None, result.outcome, result.is_copy)

    def remove(self, name: str) -> Source:
        """Remove a source by its id, file name or title; returns the removed source.

        Raises:
            UnknownSource: no source, or more than one, has that name.
            LibraryLocked: another process is writing to the library.
        """
        with self.write_lock():
            return self.library.remove(name)

    def rename(self, name: str, title: str) -> Source:
        """Give a source another title, found by its id, file name or title; returns the source with its new title.

        The title stays when the file is added again, even if the file has changed.

        Raises:
            UnknownSource: no source, or more than one, has that name.
            BadTitle: the title is empty or far too long.
            LibraryLocked: another process is writing to the library.
        """
        with self.write_lock():
            return self.library.set_title(name, title)

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the library for several changes, so that no other process writes between them.

        After it a thread makes the vectors that are missing; until they are there, words find the new passages.

        Raises:
            LibraryLocked: on entering, if another process is writing to the library.
        """
        with self.library.write_lock():
            yield
        if not self.library.is_write_locked():
            self._vectors.wake()

    def wake_vectors(self) -> None:
        """Make the vectors that are missing, in a thread; until they are there, words find the new passages."""
        self._vectors.wake()

    def changes(self, since: datetime) -> list[Change]:
        """Which documents were added, changed, renamed and removed since a point in time, newest first."""
        return self.library.changes(since)

    def sources(self) -> list[Source]:
        """All sources, Chinese ones first, by title."""
        return self.library.sources()

    def find_source(self, name: str) -> Source:
        """The source with this id, file name or title.

        Raises:
            UnknownSource: no source, or more than one, has that name.
        """
        return self.library.find_source(name)

    def text(self, source_id: str) -> str:
        """The clean text of a source; passages and citations give offsets into it, in characters.

        Raises:
            UnknownSource: there is no source with this id.
        """
        return self.library.text(self.library.source_by_id(source_id).id)

    # questions

    def search(
        self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY, k: int = 0,
    ) -> tuple[Passage, ...]:
        """Only retrieval: the k best passages, best first; by default as many as an answer may use.

        Raises:
            BadQuestion, UnknownSource, EmptyScope: as `stream`.
        """
        return self.pipeline.search(question, history, k, scope)

    def ask(self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Answer:
        """The finished, verified answer.

        `rag.Scope(languages=("zh",), years=(2022, 2024))` narrows a question to some sources.

        Raises:
            BadQuestion, UnknownSource, EmptyScope, ModelFailed: as `stream`.
        """
        return self.pipeline.ask(question, history, scope)

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY,
    ) -> Generator[Answer]:
        """The growing answer: first its passages, then longer and longer text, last the verified answer.

        Closing the generator stops the model.

        Raises:
            BadQuestion: the question is empty or far too long.
            UnknownSource, EmptyScope: the scope names an unknown source, or contains no source.
            ModelFailed: the endpoint fails before its first word.
        """
        return self.pipeline.stream(question, history, scope)


def open(home: str | PathLike[str] | None = None, **settings: object) -> Huwen:
    """Open a library; it is created if it does not exist.

    `home` is its folder, by default that of the settings (HUWEN_HOME). Every setting may be given by its name, such as
    `chat_model="qwen3"`, and overrides the environment. The shipped notes are added to an empty library only if
    HUWEN_SEEDS or the argument `seeds` names them.

    Raises:
        BadSettings: a setting has the wrong form, or there is no setting with that name.
        HuwenError: the folder cannot be created or opened.
    """
    # an absolute path: the library stays the same when the process changes its folder
    named = {"home": Path(home).expanduser().absolute()} if home is not None else {}
    chosen = read_settings(**named, **settings)
    huwen = open_unfilled(chosen)
    if chosen.seeds and "seeds" in chosen.model_fields_set and huwen.library.needs_seeds():
        huwen.library.add_seeds(chosen.seeds, lambda name, done, total: None)
    return huwen


def open_unfilled(settings: Settings) -> Huwen:
    """The library that these settings name; no notes are added to an empty one.

    Raises:
        HuwenError: the folder or the glossary cannot be opened.
    """
    return Huwen(open_library(settings), settings)


def expand_folders(paths: Iterable[str | PathLike[str]]) -> Iterator[Path]:
    """The files among these paths and, for a folder, all files in it that can be read, sorted by path."""
    for path in map(Path, paths):
        if not _is_folder(path):
            yield path
            continue
        from rag.sources.loaders import readable_suffixes  # file readers, which only `add` needs

        suffixes = frozenset(readable_suffixes())
        for inner in sorted(path.rglob("*")):
            if inner.suffix.lower() in suffixes and not inner.is_dir():
                yield inner


def _is_folder(path: Path) -> bool:
    """False also for a path that cannot be looked at: reading it gives the error, as one file's outcome."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False

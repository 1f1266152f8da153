"""The public Python face: a library that takes files in and answers questions."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from rag.library.ingest import InputFile
from rag.library.library import Library
from rag.pipeline import WHOLE_LIBRARY, Pipeline, build_pipeline, open_library
from rag.schema import Answer, HuwenError, Passage, Scope, Source, Turn
from rag.settings import read_settings
from rag.sources.loaders import READERS

_FILES_A_LOCK = 50  # files that are added under one hold of the writer's lock, before others may write


@dataclass(frozen=True)
class Outcome:
    """What became of one file that was added: either `source` or `error` is set.

    `state` is "added", "replaced" (a changed file), "unchanged" or "failed".
    """

    path: Path
    source: Source | None = None
    error: HuwenError | None = None
    state: Literal["added", "replaced", "unchanged", "failed"] = "failed"


class Huwen:
    """An open library with the pipeline over it; made by `rag.open`, closed by leaving its `with` block.

    Threads may share one. The writer's lock of the library is taken only while files are added or removed.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._library: Library = pipeline.library

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the library's files."""
        self._library.close()

    # --- files

    def add(self, paths: Iterable[str | PathLike[str]], *, tags: Sequence[str] = ()) -> Iterator[Outcome]:
        """Add files, and of folders all files that can be read; yields one outcome a file, in the order given.

        Nothing is added before the first outcome is asked for: iterate to the end, or use `list(...)`. A file that cannot
        be read gives an outcome with its error, and the others go on. A file that is known by its content is left alone.

        Raises:
            LibraryLocked: another process is writing to the library.
        """
        files = expand_folders(paths)
        while some := list(islice(files, _FILES_A_LOCK)):
            with self._library.write_lock():
                outcomes = [
                    Outcome(path, error=became) if isinstance(became, HuwenError) else Outcome(path, became.source, None, became.outcome)
                    for path, became in self._library.add_files(InputFile(path, tags=tuple(tags)) for path in some)]
            yield from outcomes

    def remove(self, name: str) -> Source:
        """Remove a source by its id, file name or title; returns what it was.

        Raises:
            UnknownSource: no source, or more than one, has that name.
            LibraryLocked: another process is writing to the library.
        """
        with self._library.write_lock():
            return self._library.remove(name)

    def sources(self) -> list[Source]:
        """All sources, Chinese ones first, by title."""
        return self._library.sources()

    def text(self, source_id: str) -> str:
        """The clean text that was read of a source; passages and citations give offsets into it, in characters.

        Raises:
            UnknownSource: there is no source with this id.
        """
        return self._library.text(self._library.source_by_id(source_id).id)

    # --- questions

    def search(
        self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY, k: int = 0,
    ) -> tuple[Passage, ...]:
        """Retrieval alone: the k best passages, the best first; by default as many as an answer may draw on.

        Raises:
            BadQuestion, UnknownSource, EmptyScope: as `stream`.
        """
        return self._pipeline.search(question, history, k, scope)

    def ask(self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Answer:
        """The finished, verified answer.

        `rag.Scope(languages=("zh",), years=(2022, 2024))` narrows a question to some sources.

        Raises:
            BadQuestion, UnknownSource, EmptyScope, ModelFailed: as `stream`.
        """
        return self._pipeline.ask(question, history, scope)

    def stream(self, question: str, *, history: Sequence[Turn] = (), scope: Scope = WHOLE_LIBRARY) -> Generator[Answer]:
        """The answer as it grows: its passages first, then longer and longer text, last the verified whole.

        Closing the generator stops the model.

        Raises:
            BadQuestion: the question is empty or far too long.
            UnknownSource, EmptyScope: the scope names an unknown source, or holds none.
            ModelFailed: the endpoint fails before its first word.
        """
        return self._pipeline.stream(question, history, scope)


def open(home: str | PathLike[str] | None = None, **settings: object) -> Huwen:
    """Open a library, and make it where there is none.

    `home` is its folder; without one, that of the settings (HUWEN_HOME). Every setting may be given by its name, as
    `chat_model="qwen3"`, and wins over the environment. The shipped notes are added to an empty library only where
    HUWEN_SEEDS or the argument `seeds` names them.

    Raises:
        BadSettings: a setting has the wrong form, or there is none of that name.
        HuwenError: the folder cannot be made or opened.
    """
    chosen = read_settings(**({"home": home} if home is not None else {}), **settings)
    library = open_library(chosen)
    if chosen.seeds and "seeds" in chosen.model_fields_set and library.needs_seeds():
        library.add_seeds(chosen.seeds, lambda name, done, total: None)
    return Huwen(build_pipeline(chosen, library))


def expand_folders(paths: Iterable[str | PathLike[str]]) -> Iterator[Path]:
    """The files among some paths; for a folder, all files in it that a reader knows, sorted by path."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from (inner for inner in sorted(path.rglob("*")) if inner.suffix.lower() in READERS)
        else:
            yield path

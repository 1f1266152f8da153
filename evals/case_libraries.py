"""Case libraries: the folders of documents that the cases of a dataset are asked of, each as a library of its own.

A library for each folder, not one library with a scope for each question: term weights, versions and near-copies are
those of a whole library, so that the documents of one folder would change the answers from another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import rag
from evals.cases import BadDataset, Case
from rag.answering.retrieve import number_passages
from rag.huwen import Huwen, expand_folders, open_unfilled
from rag.library.library import Library
from rag.schema import Passage
from rag.settings import Settings

# the packages that decide what a library stores; after a change in one of them the libraries are filled anew
_FILLING_PACKAGES = (
    "comparison", "encoder", "ledger", "library", "numbers", "references", "sources", "tables", "text")


def library_names(cases: Iterable[Case]) -> list[str]:
    """The libraries that the cases name, in their order."""
    return list(dict.fromkeys(case.library for case in cases if case.library))


def documents_folder(dataset: Path, library: str) -> Path:
    """The folder with the documents of a library: `mine.jsonl`, `shop` → `mine/shop`.

    Raises:
        BadDataset: there is no such folder.
    """
    folder = dataset.with_suffix("") / library
    if not folder.is_dir():
        raise BadDataset(f"{folder}: there is no such folder; a case of {dataset.name} is asked of the documents in it")
    return folder


def documents_digest(dataset: Path, library: str) -> str:
    """A digest of the names and contents of the documents of a library.

    Raises:
        BadDataset: there is no folder for the library.
    """
    folder = documents_folder(dataset, library)
    return _digest_files(sorted(path for path in folder.rglob("*") if path.is_file()))


def _digest_files(paths: Iterable[Path]) -> str:
    contents = (f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths)
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()[:16]


def _filling_code_digest() -> str:
    root = Path(rag.__file__).parent
    return _digest_files(path for name in _FILLING_PACKAGES for path in sorted((root / name).rglob("*.py")))


@dataclass(frozen=True)
class CaseLibrary:
    """The documents of a library by their file names, as they stand in the files, and its passages."""

    texts: dict[str, str]
    passages: tuple[Passage, ...]


def read_case_library(library: Library, folder: Path) -> CaseLibrary:
    """The documents in a folder, with the passages of the library that was filled from it."""
    texts = {path.name: path.read_text("utf-8-sig") for path in expand_folders([folder])}
    return CaseLibrary(texts, library_passages(library))


def library_passages(library: Library) -> tuple[Passage, ...]:
    """All passages of a library, numbered from 1."""
    documents = library.all_passages()
    return number_passages([one.model_copy(update={"metadata": {**one.metadata, "score": 0.0}}) for one in documents])


@contextmanager
def open_case_libraries(
    dataset: Path, cases: Sequence[Case], settings: Settings, root: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[dict[str, Huwen]]:
    """The libraries that the cases name, by name, each filled with its documents and all their vectors.

    They are kept below `root`, and are filled anew only if the documents or the code that reads and indexes them have
    changed.

    Raises:
        BadDataset: there is no folder for a library, or a document in it cannot be read.
    """
    names, code = library_names(cases), _filling_code_digest()
    with ExitStack() as stack:
        libraries = {}
        for done, name in enumerate(names):
            progress(done, len(names))
            home = root / f"{name}-{documents_digest(dataset, name)}-{code}"
            huwen = open_unfilled(settings.model_copy(update={"home": home, "seeds": None}))
            stack.callback(huwen.close)
            _fill_library(huwen, documents_folder(dataset, name))
            libraries[name] = huwen
        yield libraries


def _fill_library(huwen: Huwen, documents: Path) -> None:
    with huwen.library.write_lock():
        for outcome in huwen.add(documents):
            if outcome.error:
                raise BadDataset(f"{outcome.path}: cannot be read: {outcome.error}")
        for _ in huwen.library.make_vectors():  # all of them: what is measured is a library in its final state
            pass

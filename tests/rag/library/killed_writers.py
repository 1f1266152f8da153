"""Kills writers of a library at named points: a program that prints, for each kill, what the next writer makes of it.

    python killed_writers.py FOLDER POINT…        a point is `call Manifest.remove`, `return Manifest.remove`, or
                                                  `step 120`: the 120th call or return within `rag/library`

The process imports everything and forks a child for each library, so that no child shares an open file or a thread.
"""

import json
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import chromadb  # noqa: F401  before the first fork: it takes a second to import
import tantivy  # noqa: F401

import rag.library.open_indexes  # noqa: F401
from rag.library.dictionary_embedder import DictionaryEmbedder
from rag.library.ingest import InputFile, PendingSource, prepare_file
from rag.library.library import Library
from tests.small_library import small_library

_TEXTS = {
    "kept.txt": "太湖的水质在治理后明显改善。\n\n沿湖的化工企业已经全部搬迁。",
    "changed.txt": "The lighthouse was built of granite.\n\nThree keepers lived there.",
    "gone.txt": "The lamp burns whale oil.\n\nA boat of class 7 pays nine dollars."}
_LATER_TEXTS = {
    "changed.txt": "The lighthouse was built of brick.\n\nNobody lives there now.\n\nIts lamp was sold.",
    "new.txt": "渔民上岸以后开起了民宿。\n\n港口的钢铁运往内地。"}


def make_library(home: Path) -> None:
    """A library of three texts; two later ones are read, but not indexed."""
    library = small_library(home)
    folder = home.parent / "texts"
    folder.mkdir()
    pending: list[PendingSource] = []
    with library.write_lock():
        for texts in (_TEXTS, _LATER_TEXTS):
            for name, text in texts.items():
                (folder / name).write_text(text, "utf-8")
        for name, text in _TEXTS.items():
            (folder / name).write_text(text, "utf-8")
            library.add(folder / name)
        for name, text in _LATER_TEXTS.items():
            (folder / name).write_text(text, "utf-8")
            read = prepare_file(library._manifest, library.originals, InputFile(folder / name))
            assert isinstance(read, PendingSource)
            pending.append(read)
    (home.parent / "pending").write_bytes(pickle.dumps(pending))


def change_library(home: Path, library: Library) -> None:
    """Remove a source, change one, add one and give one another title; what is done already is not done again."""
    pending: list[PendingSource] = pickle.loads((home.parent / "pending").read_bytes())
    names = {source.name for source in library.sources()}
    if "gone.txt" in names:
        library.remove("gone.txt")
    known = {source.digest for source in library.sources()}
    if rest := [one for one in pending if one.digest not in known]:
        library._index_sources(rest)
    library.set_title("kept.txt", "Tai Lake")


def run_killed(home: Path, point: str) -> None:
    """Change the library in this process, which is killed at a point."""
    event, name = point.split()
    steps = 0

    def kill_at(frame: FrameType, happened: str, _: object) -> None:
        nonlocal steps
        if happened not in ("call", "return") or "/rag/library/" not in frame.f_code.co_filename:
            return
        steps += 1
        if (event == "step" and steps == int(name)) or (event, name) == (happened, frame.f_code.co_qualname):
            os.kill(os.getpid(), signal.SIGKILL)

    library = small_library(home)
    sys.setprofile(kill_at)
    with library.write_lock():
        change_library(home, library)
    sys.setprofile(None)
    (home.parent / "steps").write_text(str(steps))


def describe(home: Path) -> dict[str, object]:
    """The library after the next writer has opened it, and after the change has been made again."""
    library = small_library(home)
    visible = {source.name for source in library.sources()}
    found = library.passages([hit.id for hit in library.search_words("The lamp burns whale oil", 9, "en")])
    strays = [passage for passage in found if passage.metadata["source_id"] not in {s.id for s in library.sources()}]
    with library.write_lock():
        pass
    is_sound = library.check_indexes().is_sound
    waiting = {one.source.original for one in pickle.loads((home.parent / "pending").read_bytes())}
    unused = library.originals.digests() - library._manifest.original_digests() - waiting
    with library.write_lock():
        change_library(home, library)
    return {
        "visible": sorted(visible), "returns strays": bool(strays), "is sound": is_sound,
        "unused originals": len(unused),
        "is sound in the end": library.check_indexes().is_sound,
        "titles": sorted(source.title for source in library.sources()), "passages": library.fingerprint(),
        "unused originals in the end": library.check_originals().unused}


def in_child(work: Callable[[], None]) -> int:
    """Do some work in a child; returns its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path, points: list[str]) -> None:
    """Print a line of JSON for each point."""
    DictionaryEmbedder().embed_documents([*_TEXTS.values()])  # loads the dictionary, which takes a second, too
    base = folder / "base"
    assert in_child(lambda: make_library(base)) == 0
    for number, point in enumerate(points):
        home = folder / str(number)
        shutil.copytree(base, home)
        status = in_child(lambda home=home, point=point: run_killed(home, point))  # type: ignore[misc]
        steps = int((folder / "steps").read_text()) if (folder / "steps").exists() else 0

        def report(home: Path = home, point: str = point, status: int = status, steps: int = steps) -> None:
            print(json.dumps({"point": point, "status": status, "steps": steps, **describe(home)}), flush=True)

        assert in_child(report) == 0
        shutil.rmtree(home)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

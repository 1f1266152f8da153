"""Sets of planted conflicts: documents that contradict others, from which `subject_match.py` learns.

    python -m evals.training.planted_sets questions SET

writes a set of the form that `huwen eval conflicts` reads. Its sources are text files in `conflicts/`: each document
begins with a line `=== library/file`, and each planted conflict is written `{{statement ## other file ## what the
other file says}}`. The documents of the libraries themselves are copied beside them: `questions` plants in the
question libraries for training, `everyday` in the dev libraries of the everyday questions, `dense` in nothing but its
own documents.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from evals.benchmarks.benchmark_library import text_digest
from evals.cases import DATASETS, load
from evals.training.question_libraries import FOLDER
from rag.schema import HuwenError

SOURCES = Path(__file__).parent / "conflicts"
_DOCUMENT = re.compile(r"^=== ([^/\n]+)/(.+)\n", re.M)
_PLANTED = re.compile(r"\{\{(.*?) ## (.*?) ## (.*?)\}\}", re.S)


class BadPlantedSet(HuwenError):
    """A planted conflict names a file that is not there."""


def build_planted_set(name: str, out: Path, sources: Path = SOURCES) -> int:
    """Write the documents and `truth.jsonl` of a set into a folder; the number of planted conflicts.

    Raises:
        BadPlantedSet: a planted conflict is with a document that is not there.
    """
    documents = {_file_name(path.parent.name, path.name): path.read_text("utf-8") for path in _library_files(name)}
    records: list[dict[str, str]] = []
    for library, file, text in _planted_documents(sources / f"{name}.txt"):
        for statement, other, quote in _PLANTED.findall(text):
            records.append({
                "id": f"{library}-{len(records)}", "kind": "", "file_a": _file_name(library, other), "quote_a": quote,
                "file_b": _file_name(library, file), "quote_b": statement})
        documents[_file_name(library, file)] = _PLANTED.sub(r"\1", text)
    for record in records:
        if record["file_a"] not in documents:
            raise BadPlantedSet(f"{name}: no document {record['file_a']}, which is to say {record['quote_a']!r}")
    (out / "docs").mkdir(parents=True)
    for file, text in documents.items():
        (out / "docs" / file).write_text(text, "utf-8")
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (out / "truth.jsonl").write_text("".join(lines), "utf-8")
    return len(records)


def _library_files(name: str) -> Iterator[Path]:
    """The files of the libraries in which a set plants; locked libraries are left out."""
    folder = {"questions": FOLDER, "everyday": DATASETS / "everyday"}.get(name)
    if folder is None:
        return
    locked = {case.library for case in load(DATASETS / "everyday.jsonl") if case.split == "test"}
    for library in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in locked):
        yield from sorted(library.iterdir())


def _planted_documents(source: Path) -> Iterator[tuple[str, str, str]]:
    """Library, file name and text of each document of a source file."""
    _, *parts = _DOCUMENT.split(source.read_text("utf-8"))
    yield from zip(parts[::3], parts[1::3], parts[2::3], strict=True)


def _file_name(library: str, file: str) -> str:
    """A name for a file of a library among those of others, which does not tell which library it is of."""
    return f"{text_digest(f'{library}/{file}')[:6]}-{file.strip()}"


def main() -> None:
    """Write one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(path.stem for path in SOURCES.glob("*.txt")))
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    print(f"{build_planted_set(options.name, options.out)} planted conflicts in {options.out}")


if __name__ == "__main__":
    main()

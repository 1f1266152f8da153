"""Benchmark of versions: questions on documents of which there are several versions, and which one must answer.

A folder has the documents in `docs` and the questions in `questions.jsonl`, one object a line: `question`, `version`
(the name of the file that must answer, or a list), `also_ok` (other files that may), `contains` (texts of the answer;
a list inside means any of them), `other_told` (whether what another version says must be told).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from rag.pipeline import Pipeline
from rag.schema import Answer, HuwenError, Passage

Grade = Literal["right", "wrong", "refused", "mixture"]
_QUESTIONS = "questions.jsonl"


class BadVersionSet(HuwenError):
    """A folder that is no set of questions on versions."""


@dataclass(frozen=True)
class VersionCase:
    """A question with the file that must answer it."""

    question: str
    files: tuple[str, ...]  # the first answers; from the others an answer may be, too
    contains: tuple[tuple[str, ...], ...]  # of each group one text
    kind: str = ""


@dataclass(frozen=True)
class VersionResult:
    """An answer with its grade, and the reason for it."""

    case: VersionCase
    answer: Answer
    grade: Grade
    why: str


def read_version_set(folder: Path) -> list[VersionCase]:
    """The questions of a folder.

    Raises:
        BadVersionSet: there is no such set, or a line has another form.
    """
    path = folder / _QUESTIONS
    if not path.is_file() or not (folder / "docs").is_dir():
        raise BadVersionSet(f"{folder}: no questions on versions; a set has {_QUESTIONS} and the documents in docs/")
    cases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                cases.append(_parse_case(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadVersionSet(f"{path}: line {number} is no question on versions ({error!r})") from None
    return cases


def _parse_case(line: Mapping[str, object]) -> VersionCase:
    expected = cast(Mapping[str, object], line.get("expected", line))
    files = [*_texts(expected["version"]), *_texts(expected.get("also_ok", ()))]
    groups = [tuple(_texts(part)) for part in cast(Sequence[object], expected.get("contains", ()))]
    return VersionCase(str(line["question"]), tuple(files), tuple(groups), str(line.get("kind", "")))


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in cast(Sequence[object], value or ())]


def measure_versions(pipeline: Pipeline, cases: Sequence[VersionCase]) -> Iterator[VersionResult]:
    """Ask each question and grade its answer by what it cites."""
    names = {source.id: source.name for source in pipeline.library.sources()}
    for case in cases:
        answer = pipeline.ask(case.question)
        grade, why = grade_answer(case, answer, names)
        yield VersionResult(case, answer, grade, why)


def grade_answer(case: VersionCase, answer: Answer, names: Mapping[str, str]) -> tuple[Grade, str]:
    """The grade of an answer, with the reason; `names`: the file of each source.

    right: it has the texts, and its first citation is of a file that may answer. mixture: it cites two versions of one
    document, and one of them without its name or status.
    """
    if answer.status == "unanswered":
        return "refused", ""
    if unnamed := _unnamed_versions(answer):
        return "mixture", f"cited without its name: {', '.join(unnamed)}"
    missing = [group for group in case.contains if not any(_plain(text) in _plain(answer.text) for text in group)]
    if missing:
        return "wrong", f"without {missing[0][0]}"
    first = names.get(answer.citations[0].source_id, "") if answer.citations else ""
    return ("right", "") if first in case.files else ("wrong", f"from {first or 'no file'}")


def _unnamed_versions(answer: Answer) -> list[str]:
    """The versions that an answer cites beside others of the same document and does not name."""
    by_id = {passage.id: passage for passage in answer.passages}
    cited: dict[str, dict[tuple[str, str], Passage]] = {}
    for citation in answer.citations:
        passage = by_id.get(citation.passage_id)
        if passage and passage.version and not passage.version.is_period:
            cited.setdefault(passage.version.family, {})[passage.version.names] = passage
    return [
        names[0] for versions in cited.values() if len(versions) > 1
        for names in versions if not any(name and name in answer.text for name in names)]


def _plain(text: str) -> str:
    """A text without spaces and separators of thousands, in half-width characters and lower case."""
    return re.sub(r"(?<=\d),(?=\d{3})|\s", "", unicodedata.normalize("NFKC", text)).lower()

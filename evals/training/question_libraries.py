"""Question libraries: everyday documents with questions that they answer or only seem to answer, to train a judge on.

`questions/<library>/` has the four to six documents of one small world, and `questions/<library>.jsonl` its questions,
one a line. They were written by hand, by people who had not seen the system; half of the questions are near misses. No
library of these is part of an evaluation set. They are kept in the repository and left out of the wheel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.schema import HuwenError, Language

FOLDER = Path(__file__).parent / "questions"


class BadQuestionLibrary(HuwenError):
    """A question is not in the form of a question library, or its sentence is in none of the documents."""


@dataclass(frozen=True)
class LibraryQuestion:
    """A question about the documents of one library.

    `behaviour`: whether the documents answer it, do not answer it, or contradict what it assumes. `document`,
    `sentence` and `answer` say where the answer stands: the sentence as it is in the file, the answer within it; they
    are empty for a refusal. `near` is the sentence that tempts to a wrong answer.
    """

    id: str
    library: str
    language: Language
    kind: str
    question: str
    behaviour: Literal["answer", "refuse", "correct"]
    document: str = ""
    sentence: str = ""
    answer: str = ""
    near: str = ""


def read_questions(folder: Path = FOLDER) -> Iterator[LibraryQuestion]:
    """The questions of all libraries of a folder, by library.

    Raises:
        BadQuestionLibrary: a line is no question, or a sentence that it names is not in the documents.
    """
    for path in sorted(folder.glob("*.jsonl")):
        texts = [document.read_text("utf-8") for document in sorted((folder / path.stem).iterdir())]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                question = _parse_question(path.stem, line)
            except (ValueError, KeyError) as error:
                raise BadQuestionLibrary(f"{path.name}, line {number}: is no question ({error})") from None
            for sentence in (question.sentence, question.near):
                if sentence and not any(sentence in text for text in texts):
                    raise BadQuestionLibrary(f"{path.name}, line {number}: no document has {sentence!r}")
            yield question


def _parse_question(library: str, line: str) -> LibraryQuestion:
    record = json.loads(line)
    return LibraryQuestion(
        record["id"], library, record["lang"], record["kind"], record["question"], record["behaviour"],
        *(record.get(name, "") for name in ("document", "sentence", "answer", "near")))

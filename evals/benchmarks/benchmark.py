"""What a published benchmark becomes here: cases, the texts that they are asked over, and its own metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from evals.cases import Case, Fact
from evals.scores import Score
from rag.citations.markers import remove_markers
from rag.schema import Answer, HuwenError
from rag.text.language import detect_language

Grader = Callable[[Case, Answer], Score | None]


class BadBenchmark(HuwenError):
    """A file is not in a benchmark's published format, or cannot be read as asked; the sentence names file, record and fault."""


@dataclass(frozen=True)
class BenchmarkText:
    """A document of a benchmark; without a title where the format has none."""

    title: str
    text: str


@dataclass(frozen=True)
class Benchmark:
    """Cases over one `shelf` of documents to index, or over the passages that are `given` with each case's id."""

    name: str
    cases: list[Case]
    corpus: tuple[BenchmarkText, ...]
    case_texts: dict[str, tuple[BenchmarkText, ...]]
    metrics: dict[str, Grader]


def make_case(id: str, type: str, question: str) -> Case:
    """A question to be answered; `dataclasses.replace` adds what is expected of the answer."""
    return Case(
        id=id, language=detect_language(question), type=type, question=question, history=(), reference="", must=(), must_not=(), gold=(),
        behaviour="answer", split="test")


def make_facts(*alternatives: Iterable[str]) -> tuple[Fact, ...]:
    """One fact for each group of wordings that says something: `["6.4%", "6.4 %"], [""]` → the first alone."""
    groups = (tuple(dict.fromkeys(wording.strip() for wording in group if wording.strip())) for group in alternatives)
    return tuple(Fact(wordings=group) for group in groups if group)


def unique_cases(path: Path, cases: Iterable[Case]) -> list[Case]:
    """The cases, each under an id of its own.

    Raises:
        BadBenchmark: there is none, or two share an id.
    """
    by_id: dict[str, Case] = {}
    for case in cases:
        if case.id in by_id:
            raise BadBenchmark(f"{path.name}: the id {case.id} stands twice; were two files joined into one?")
        by_id[case.id] = case
    if not by_id:
        raise BadBenchmark(f"{path.name}: there is no question in it")
    return list(by_id.values())


def prediction_text(answer: Answer) -> str:
    """What the papers call the prediction: the answer's words without citation markers; nothing for a refusal or a failure."""
    return "" if answer.status in ("unanswered", "failed") else remove_markers(answer.text).strip()

"""Benchmark: the cases of a published dataset, the texts to answer them from, and the metrics of its paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evals.cases import Case, Fact
from evals.scores import Grader
from rag.citations.markers import remove_markers
from rag.schema import Answer, HuwenError
from rag.text.language import detect_language


class BadBenchmark(HuwenError):
    """A file is not in the published format of a benchmark, or an option is invalid; the message names the record."""


@dataclass(frozen=True)
class BenchmarkText:
    """A document of a benchmark; the title is empty if the format has none."""

    title: str
    text: str


@dataclass(frozen=True)
class Benchmark:
    """Cases over one `corpus` of documents to index, or over their own texts in `case_texts`, by the id of the case."""

    name: str
    cases: list[Case]
    corpus: tuple[BenchmarkText, ...]
    case_texts: dict[str, tuple[BenchmarkText, ...]]
    metrics: dict[str, Grader]


def make_case(id: str, type: str, question: str) -> Case:
    """A case with only a question; the readers add the expected answer with `dataclasses.replace`."""
    return Case(
        id=id, language=detect_language(question), type=type, question=question, history=(), reference="",
        must=(), must_not=(), gold=(), behaviour="answer", split="test")


def make_facts(*alternatives: Iterable[str]) -> tuple[Fact, ...]:
    """One fact for each group of alternative wordings; a group of blank wordings gives none.

    Example: `["6.4%", "6.4 %"], [""]` → one fact with two wordings.
    """
    facts = []
    for group in alternatives:
        wordings = tuple(dict.fromkeys(wording.strip() for wording in group if wording.strip()))
        if wordings:
            facts.append(Fact(wordings=wordings))
    return tuple(facts)


def unique_cases(path: Path, cases: Iterable[Case]) -> list[Case]:
    """The cases as a list, after a check that their ids are unique.

    Raises:
        BadBenchmark: there is no case, or two cases have the same id.
    """
    by_id: dict[str, Case] = {}
    for case in cases:
        if case.id in by_id:
            raise BadBenchmark(f"{path.name}: the id {case.id} occurs twice; were two files joined into one?")
        by_id[case.id] = case
    if not by_id:
        raise BadBenchmark(f"{path.name}: contains no question")
    return list(by_id.values())


def prediction_text(answer: Answer) -> str:
    """The prediction as the papers define it: the answer without citation markers; empty if it is refused or failed."""
    return "" if answer.status in ("unanswered", "failed") else remove_markers(answer.text).strip()

"""Cases are asked of a pipeline and become graded answers, and a summary by language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals import metrics
from evals.cases import Case
from evals.metrics import Score
from rag.pipeline import Pipeline
from rag.schema import Answer, Language

Metric = Callable[[Case, Answer], Score | None]
METRICS: dict[str, Metric] = {
    "hit@5": metrics.hit,
    "facts in 5 passages": metrics.facts_retrieved,
    "fact recall": metrics.fact_recall,
    "all facts": metrics.all_facts,
    "refusal": metrics.refused,
    "answered": metrics.answered,
}


@dataclass(frozen=True)
class Graded:
    """A case, the answer to it, and each metric's score; None where a metric does not apply."""

    case: Case
    answer: Answer
    scores: dict[str, Score | None]


def grade(pipeline: Pipeline, cases: Sequence[Case]) -> Iterator[Graded]:
    """Ask each case and grade its answer, in order."""
    for case in cases:
        answer = pipeline.ask(case.question, case.history)
        yield Graded(case, answer, {name: metric(case, answer) for name, metric in METRICS.items()})


def summary(graded: Sequence[Graded]) -> dict[Language, dict[str, float | None]]:
    """The mean of each metric over the cases that it applies to, Chinese and English apart."""
    languages: tuple[Language, ...] = ("zh", "en")
    return {
        language: {name: metrics.mean([g.scores[name] for g in graded if g.case.language == language]) for name in METRICS}
        for language in languages
    }

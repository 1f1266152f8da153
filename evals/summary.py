"""The scores of many cases become means with intervals, by language, type of question and split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from evals.scores import CaseScores
from evals.statistics import bootstrap_interval
from rag.schema import LANGUAGES, Language


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` cases with the bounds of its 95 % interval (bootstrap, resampled by document)."""

    mean: float
    low: float
    high: float
    n: int


MetricEstimates = dict[str, Estimate]  # by metric; one that applies to no case is absent


@dataclass(frozen=True)
class EvalSummary:
    """Estimates by language, and by type of question and language."""

    questions: int
    overall: dict[Language, MetricEstimates]
    by_type: dict[str, dict[Language, MetricEstimates]]

    def to_json(self) -> dict[str, object]:
        """The content of `summary.json`: numbers rounded to four places."""
        return {
            "questions": self.questions,
            "overall": {language: _estimates_to_json(found) for language, found in self.overall.items()},
            "by_type": {type: {language: _estimates_to_json(found) for language, found in some.items()} for type, some in self.by_type.items()},
        }


def summarise_scores(scored: Sequence[CaseScores]) -> EvalSummary:
    """The summary of a run's scores; the order of the cases does not matter."""
    ordered = sorted(scored, key=lambda s: s.id)
    types = sorted({s.type for s in ordered})
    return EvalSummary(
        len(ordered), _estimate_by_language(ordered), {type: _estimate_by_language([s for s in ordered if s.type == type]) for type in types})


def _estimate_by_language(scored: Sequence[CaseScores]) -> dict[Language, MetricEstimates]:
    return {language: estimate_metrics(s for s in scored if s.language == language) for language in LANGUAGES}


def estimate_metrics(scored: Iterable[CaseScores]) -> MetricEstimates:
    """Each metric that applies, over the cases that it applies to."""
    some = list(scored)
    out = {}
    for name in dict.fromkeys(name for s in some for name in s.scores):
        having = [s for s in some if name in s.scores]
        values = [s.scores[name].value for s in having]
        low, high = bootstrap_interval(values, [s.cluster for s in having])
        out[name] = Estimate(sum(values) / len(values), low, high, len(values))
    return out


def _estimates_to_json(estimates: MetricEstimates) -> dict[str, dict[str, float]]:
    return {name: {key: round(value, 4) for key, value in asdict(estimate).items()} for name, estimate in estimates.items()}

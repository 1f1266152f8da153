"""Summary of scores: the mean of each metric with its confidence interval, by language and type of question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from evals.scores import CaseScores
from evals.statistics import bootstrap_interval
from rag.schema import LANGUAGES, Language

if TYPE_CHECKING:
    from evals.refusal_curve import RefusalCurve
    from evals.reliability import LevelReliability, ScoreBin


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` cases with the bounds of its 95 % confidence interval (bootstrap over documents)."""

    mean: float
    low: float
    high: float
    n: int


MetricEstimates = dict[str, Estimate]  # by metric; a metric that applies to no case is absent


@dataclass(frozen=True)
class EvalSummary:
    """Estimates by language, and by type of question and language; curves and reliability where answers have scores."""

    questions: int
    overall: dict[Language, MetricEstimates]
    by_type: dict[str, dict[Language, MetricEstimates]]
    curves: Sequence[RefusalCurve] = ()
    levels: Sequence[LevelReliability] = ()
    bins: Sequence[ScoreBin] = ()

    def to_json(self) -> dict[str, object]:
        """The content of `summary.json`: numbers rounded to four places."""
        return {
            "questions": self.questions,
            "overall": _languages_to_json(self.overall),
            "by_type": {type: _languages_to_json(estimates) for type, estimates in self.by_type.items()},
            "refusal": [curve.to_json() for curve in self.curves],
            "levels": [level.to_json() for level in self.levels],
            "scores": [score_bin.to_json() for score_bin in self.bins],
        }


def summarise_scores(scored: Sequence[CaseScores]) -> EvalSummary:
    """The summary of the scores of a run; the order of the cases does not matter."""
    ordered = sorted(scored, key=lambda s: s.id)
    by_type = {}
    for type in sorted({s.type for s in ordered}):
        by_type[type] = _estimate_by_language([s for s in ordered if s.type == type])
    return EvalSummary(len(ordered), _estimate_by_language(ordered), by_type)


def _estimate_by_language(scored: Sequence[CaseScores]) -> dict[Language, MetricEstimates]:
    return {language: estimate_metrics(s for s in scored if s.language == language) for language in LANGUAGES}


def estimate_metrics(scored: Iterable[CaseScores]) -> MetricEstimates:
    """The estimate of each metric over the cases to which it applies."""
    cases = list(scored)
    estimates = {}
    for name in dict.fromkeys(name for case in cases for name in case.scores):
        applicable = [case for case in cases if name in case.scores]
        values = [case.scores[name].value for case in applicable]
        low, high = bootstrap_interval(values, [case.cluster for case in applicable])
        estimates[name] = Estimate(sum(values) / len(values), low, high, len(values))
    return estimates


def _languages_to_json(estimates: dict[Language, MetricEstimates]) -> dict[str, object]:
    return {language: _estimates_to_json(by_metric) for language, by_metric in estimates.items()}


def _estimates_to_json(estimates: MetricEstimates) -> dict[str, dict[str, float]]:
    rounded = {}
    for name, estimate in estimates.items():
        rounded[name] = {key: round(value, 4) for key, value in asdict(estimate).items()}
    return rounded

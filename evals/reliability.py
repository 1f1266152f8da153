"""Reliability: the share of right answers by level of confidence, and by score (Murphy & Winkler 1977)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.scoring import GradedAnswer
from evals.statistics import bootstrap_interval
from evals.summary import Estimate
from rag.schema import LANGUAGES, Language, Level

VERDICT = "correct"
LEVELS: tuple[Level, ...] = ("strong", "fair", "weak")  # "none" is not an answer
_BINS = 5  # of equal size, so that each has enough answers for a share
_LEAST_ANSWERS = 10  # in a bin


@dataclass(frozen=True)
class LevelReliability:
    """The answers with one level of confidence: the share of right ones, and how many of all right ones they are."""

    language: Language
    level: Level
    right: Estimate
    share_of_right: float

    def to_json(self) -> dict[str, object]:
        """Numbers rounded to four places."""
        return {
            "language": self.language, "level": self.level, "answers": self.right.n,
            "right": round(self.right.mean, 4), "share_of_right": round(self.share_of_right, 4)}


@dataclass(frozen=True)
class ScoreBin:
    """Answers with neighbouring scores: their mean score, and the share of right ones."""

    language: Language
    score: float
    right: Estimate

    def to_json(self) -> dict[str, object]:
        """Numbers rounded to four places."""
        return {
            "language": self.language, "score": round(self.score, 4), "answers": self.right.n,
            "right": round(self.right.mean, 4)}


def level_reliability(graded: Iterable[GradedAnswer]) -> list[LevelReliability]:
    """The levels of each language, the highest first; a level that no answer has is left out."""
    answered, rows = _answered_with_verdict(graded), []
    for language in LANGUAGES:
        own = [one for one in answered if one.case.language == language]
        right_total = sum(_is_right(one) for one in own)
        for level in LEVELS:
            group = [one for one in own if one.answer.confidence and one.answer.confidence.level == level]
            if group:
                right = _estimate_right(group)
                share = sum(map(_is_right, group)) / right_total if right_total else 0.0
                rows.append(LevelReliability(language, level, right, share))
    return rows


def score_bins(graded: Iterable[GradedAnswer]) -> list[ScoreBin]:
    """The answers of each language in up to five bins of equal size by their score, the lowest first."""
    answered, bins = _answered_with_verdict(graded), []
    for language in LANGUAGES:
        own = [(one.answer.score, one) for one in answered
               if one.case.language == language and one.answer.score is not None]
        own.sort(key=lambda pair: pair[0])
        count = max(1, min(_BINS, len(own) // _LEAST_ANSWERS))
        for i in range(count):
            group = own[i * len(own) // count : (i + 1) * len(own) // count]
            if group:
                mean = sum(score for score, _ in group) / len(group)
                bins.append(ScoreBin(language, mean, _estimate_right([one for _, one in group])))
    return bins


def _answered_with_verdict(graded: Iterable[GradedAnswer]) -> list[GradedAnswer]:
    return [
        one for one in graded
        if one.answer.status not in ("unanswered", "failed") and VERDICT in one.case_scores.scores]


def _is_right(one: GradedAnswer) -> bool:
    return one.case_scores.scores[VERDICT].value == 1


def _estimate_right(group: Sequence[GradedAnswer]) -> Estimate:
    values = [float(_is_right(one)) for one in group]
    low, high = bootstrap_interval(values, [one.case_scores.cluster for one in group])
    return Estimate(sum(values) / len(values), low, high, len(values))

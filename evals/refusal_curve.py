"""Refusal curve: what share of the unanswerable questions is refused if few answerable ones may be refused wrongly.

Computed from the score of each answer (`Answer.score`), so that it does not depend on where the threshold lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evals.cases import OTHER_MATTER_TYPES, Case
from evals.scoring import GradedAnswer
from evals.statistics import auroc
from rag.schema import LANGUAGES, Language

WRONG_REFUSALS = (0.01, 0.03, 0.05, 0.08)  # shares of the answerable questions


@dataclass(frozen=True)
class RefusalCurve:
    """The curve of one group of unanswerable questions against all answerable ones of the same language.

    `area`: the probability that an answerable question has a higher score than an unanswerable one (AUROC); `refused`:
    the share of the unanswerable questions that is refused, by the share of WRONG_REFUSALS.
    """

    language: Language
    group: str  # all, near misses, other matters
    answerable: int
    unanswerable: int
    area: float
    refused: Mapping[float, float]
    writer: str = ""  # whose questions they are; empty: of all

    def to_json(self) -> dict[str, object]:
        """The curve with numbers rounded to four places."""
        return {
            "language": self.language, "group": self.group, "writer": self.writer, "answerable": self.answerable,
            "unanswerable": self.unanswerable, "area": round(self.area, 4),
            "refused": {f"{share:g}": round(value, 4) for share, value in self.refused.items()}}


def refused_share(answerable: Sequence[float], unanswerable: Sequence[float], wrong: float) -> float:
    """The share of the unanswerable scores below the highest threshold that refuses at most `wrong` of the answerable.

    What has a score below the threshold is refused. Answerable 0.9, 0.8, 0.2, unanswerable 0.5, 0.1: at `wrong` = 0
    the threshold is 0.2 and half is refused; at 1/3 it is 0.8 and all are.
    """
    ordered = sorted(answerable)
    threshold = ordered[min(int(wrong * len(ordered) + _ROUNDING), len(ordered) - 1)]
    return sum(score < threshold for score in unanswerable) / len(unanswerable)


_ROUNDING = 1e-9  # 0.03 · 100 is 2.9999…


def refusal_curves(graded: Iterable[GradedAnswer]) -> list[RefusalCurve]:
    """The curves of each language: of all unanswerable questions, near misses, other matters, and of each writer.

    A language without scores of both kinds has no curve. The curve of a writer is of this writer's near misses and
    answerable questions only.
    """
    curves = []
    scored = [(one.case, one.answer.score) for one in graded if one.answer.score is not None]
    for language in LANGUAGES:
        pairs = [(case, score) for case, score in scored if case.language == language]
        for group, belongs in _GROUPS.items():
            curves += _make_curve(language, group, pairs, belongs)
        for writer in sorted({case.writer for case, _ in pairs if case.writer}):
            own = [(case, score) for case, score in pairs if case.writer == writer]
            curves += [replace(one, writer=writer) for one in _make_curve(language, "near misses", own, _is_near_miss)]
    return curves


def _is_near_miss(case: Case) -> bool:
    return case.behaviour == "refuse" and case.type not in OTHER_MATTER_TYPES


def _is_other_matter(case: Case) -> bool:
    return case.behaviour == "refuse" and case.type in OTHER_MATTER_TYPES


_GROUPS: dict[str, Callable[[Case], bool]] = {
    "all": lambda case: case.behaviour == "refuse", "near misses": _is_near_miss, "other matters": _is_other_matter}


def _make_curve(
    language: Language, group: str, pairs: Sequence[tuple[Case, float]], belongs: Callable[[Case], bool],
) -> list[RefusalCurve]:
    """The curve of a group in a list; an empty list if there is nothing to compare."""
    answerable = [score for case, score in pairs if case.behaviour != "refuse"]
    unanswerable = [score for case, score in pairs if belongs(case)]
    if not answerable or not unanswerable:
        return []
    refused = {wrong: refused_share(answerable, unanswerable, wrong) for wrong in WRONG_REFUSALS}
    area = auroc(answerable, unanswerable)
    return [RefusalCurve(language, group, len(answerable), len(unanswerable), area, refused)]

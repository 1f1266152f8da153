"""Scores: the value of a metric for one answer with its reason, and the scores of a case, with their file format."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.cases import Case
from rag.schema import Answer, HuwenError, Language


class BadScores(HuwenError):
    """A file of scores cannot be read; the message names file, line and fault."""


@dataclass(frozen=True)
class Score:
    """A value with its reason; from 0 to 1 unless the metric is a count."""

    value: float
    reason: str


Grader = Callable[[Case, Answer], Score | None]  # None where the metric does not apply, which is not zero


@dataclass(frozen=True)
class CaseScores:
    """The scores of one case, by metric. A metric that does not apply has no entry.

    `documents` are the works that contain the answer; cases on the same works are not independent.
    """

    id: str
    language: Language
    type: str
    documents: tuple[str, ...]
    scores: dict[str, Score]

    @property
    def cluster(self) -> str:
        """The unit of resampling: the works, or the case itself if it has none."""
        return "+".join(self.documents) or self.id

    def without_reasons(self, excluded_metrics: Collection[str]) -> CaseScores:
        """The scores without reasons and without the excluded metrics, as a baseline stores them."""
        scores = {name: Score(score.value, "") for name, score in self.scores.items() if name not in excluded_metrics}
        return CaseScores(self.id, self.language, self.type, self.documents, scores)

    def to_json(self) -> dict[str, object]:
        """The line of `scores.jsonl`."""
        scores = {
            name: {"value": round(score.value, 6), "reason": score.reason} for name, score in self.scores.items()}
        return {
            "id": self.id, "lang": self.language, "type": self.type, "documents": list(self.documents),
            "scores": scores,
        }


def write_scores(path: Path, scored: Iterable[CaseScores]) -> None:
    """Write a `scores.jsonl`, one line for each case."""
    path.write_text("".join(json.dumps(s.to_json(), ensure_ascii=False) + "\n" for s in scored), "utf-8")


def read_scores(path: Path) -> list[CaseScores]:
    """Read a `scores.jsonl`.

    Raises:
        BadScores: the file is missing or a line is not the scores of a case.
    """
    try:
        lines = path.read_text("utf-8").rstrip("\n").split("\n")
    except OSError as error:
        raise BadScores(f"{path}: cannot be read ({error.strerror}); is it the folder of a finished run?") from None
    scored = []
    for number, line in enumerate(lines, 1):
        try:
            scored.append(_parse_scores(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            fault = f"{type(error).__name__}: {error}"
            raise BadScores(f"{path}, line {number}: not the scores of a case ({fault})") from None
    return scored


def _parse_scores(fields: dict[str, Any]) -> CaseScores:
    scores = {name: Score(float(score["value"]), str(score["reason"])) for name, score in fields["scores"].items()}
    return CaseScores(fields["id"], fields["lang"], fields["type"], tuple(fields["documents"]), scores)

"""What a metric says of one answer, and the scores of one case on disk and in memory."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.schema import HuwenError, Language


class BadScores(HuwenError):
    """A file of scores cannot be read; the sentence names file, line and fault."""


@dataclass(frozen=True)
class Score:
    """A number that never travels without its reason; between 0 and 1 unless its metric counts something."""

    value: float
    reason: str


@dataclass(frozen=True)
class CaseScores:
    """The scores of one case. A metric that does not apply has no entry, which is not zero.

    `documents` are the works that the answer is to be drawn from: cases over the same works are not independent.
    """

    id: str
    language: Language
    type: str
    documents: tuple[str, ...]
    scores: dict[str, Score]

    @property
    def cluster(self) -> str:
        """What resampling draws as one: the works, or the case itself where it has none."""
        return "+".join(self.documents) or self.id

    def without_reasons(self, excluded_metrics: Collection[str]) -> CaseScores:
        """Without reasons, and without some metrics: what a baseline keeps."""
        kept = {name: Score(score.value, "") for name, score in self.scores.items() if name not in excluded_metrics}
        return CaseScores(self.id, self.language, self.type, self.documents, kept)

    def to_json(self) -> dict[str, object]:
        """The line of `scores.jsonl`."""
        return {
            "id": self.id, "lang": self.language, "type": self.type, "documents": list(self.documents),
            "scores": {name: {"value": round(score.value, 6), "reason": score.reason} for name, score in self.scores.items()},
        }


def write_scores(path: Path, scored: Iterable[CaseScores]) -> None:
    """Write a `scores.jsonl`, one case a line."""
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
    out = []
    for number, line in enumerate(lines, 1):
        try:
            out.append(_parse_scores(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadScores(f"{path}, line {number}: not the scores of a case ({type(error).__name__}: {error})") from None
    return out


def _parse_scores(fields: dict[str, Any]) -> CaseScores:
    scores = {name: Score(float(score["value"]), str(score["reason"])) for name, score in fields["scores"].items()}
    return CaseScores(fields["id"], fields["lang"], fields["type"], tuple(fields["documents"]), scores)


def mean(values: Sequence[float]) -> float | None:
    """The mean over those that apply; None where none does, which is not zero."""
    return sum(values) / len(values) if values else None

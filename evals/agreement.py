"""Inter-annotator agreement: how often two sets of labels for the same answers agree, beyond chance (Cohen's kappa)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.schema import HuwenError


class BadLabels(HuwenError):
    """A file of labels cannot be read, or labels no answer of the run."""


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    correct: bool


@dataclass(frozen=True)
class Agreement:
    """How far two sets of labels agree on `n` answers.

    `share` is the share of answers with the same label, from 0 to 1. `kappa` is Cohen's kappa (1960), the agreement
    beyond chance: 1 at best, 0 for chance. Where both sets give every answer the same single label, chance agreement is
    already 1; kappa is then 1. `differing_ids` names the answers with different labels.
    """

    n: int
    share: float
    kappa: float
    differing_ids: tuple[str, ...]


def measure_agreement(first: Mapping[str, bool], second: Mapping[str, bool]) -> Agreement:
    """The agreement over the ids that both sets have.

    Example: 10 answers, 9 with the same label, 5 correct in one set and 6 in the other: share 0.9, kappa 0.8.

    Raises:
        BadLabels: the two sets have no id in common.
    """
    common = sorted(first.keys() & second.keys())
    if not common:
        raise BadLabels("the labels name no answer of the run; each line needs the id of a case in it")
    n = len(common)
    share = sum(first[id] == second[id] for id in common) / n
    first_positive = sum(first[id] for id in common) / n
    second_positive = sum(second[id] for id in common) / n
    chance = first_positive * second_positive + (1 - first_positive) * (1 - second_positive)
    kappa = (share - chance) / (1 - chance) if chance < 1 else 1.0
    return Agreement(n, share, kappa, tuple(id for id in common if first[id] != second[id]))


def read_labels(path: Path) -> dict[str, bool]:
    """The labels of a person, by the id of the case; one JSON line for each: `{"id": "…", "correct": true}`.

    Raises:
        BadLabels: the file cannot be read, or a line is not a label.
    """
    try:
        lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    except OSError as error:
        raise BadLabels(f"{path}: cannot be read ({error.strerror})") from None
    labels: dict[str, bool] = {}
    for number, line in enumerate(lines, 1):
        try:
            label = _Label.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]["msg"]
            raise BadLabels(
                f'{path.name}, line {number}: not {{"id": …, "correct": true or false}} ({fault})') from None
        labels[label.id] = label.correct
    return labels

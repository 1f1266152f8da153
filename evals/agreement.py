"""Two readings of the same answers become a measure of how far they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.schema import HuwenError


class BadLabels(HuwenError):
    """A file of labels cannot be read, or says nothing of the run."""


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    correct: bool


@dataclass(frozen=True)
class Agreement:
    """How far two readings agree on `n` answers.

    `share` is the share of answers judged alike; `kappa` is Cohen's (1960): what is beyond chance, 1 at best, 0 for chance;
    where both always say the same one thing there is no chance to beat and kappa is 1. `differing` names the rest.
    """

    n: int
    share: float
    kappa: float
    differing_ids: tuple[str, ...]


def measure_agreement(first: Mapping[str, bool], second: Mapping[str, bool]) -> Agreement:
    """Over the ids that both have; 9 of 10 alike, with 5 and 6 correct: share 0.9, kappa 0.8.

    Raises:
        BadLabels: they have no id in common.
    """
    common = sorted(first.keys() & second.keys())
    if not common:
        raise BadLabels("the labels name no answer of the run; each line needs the id of a case in it")
    n = len(common)
    share = sum(first[id] == second[id] for id in common) / n
    ayes, others = sum(first[id] for id in common) / n, sum(second[id] for id in common) / n
    chance = ayes * others + (1 - ayes) * (1 - others)
    kappa = (share - chance) / (1 - chance) if chance < 1 else 1.0
    return Agreement(n, share, kappa, tuple(id for id in common if first[id] != second[id]))


def read_labels(path: Path) -> dict[str, bool]:
    """Human readings: a JSON line each, `{"id": "…", "correct": true}`.

    Raises:
        BadLabels: the file cannot be read, or a line is no label.
    """
    try:
        lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    except OSError as error:
        raise BadLabels(f"{path}: cannot be read ({error.strerror})") from None
    found = {}
    for number, line in enumerate(lines, 1):
        try:
            label = _Label.model_validate_json(line)
        except ValidationError as error:
            raise BadLabels(f'{path.name}, line {number}: not {{"id": …, "correct": true or false}} ({error.errors()[0]["msg"]})') from None
        found[label.id] = label.correct
    return found

"""Lines of a dataset become Cases: questions with what a good answer must hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from rag.schema import HuwenError, Language, Turn

DATASETS = Path(__file__).parent / "datasets"
Behaviour = Literal["answer", "refuse", "correct", "disclose"]
Split = Literal["dev", "test"]
SPLITS: tuple[Split, ...] = ("dev", "test")


class BadDataset(HuwenError):
    """A dataset cannot be read; the sentence names file, line and fault."""


@dataclass(frozen=True)
class Fact:
    """One thing that an answer must (or must not) say: a figure, compared as a value, or any of several wordings."""

    figure: str = ""
    wordings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A question and its expectation.

    `gold` lists what is needed, each need as alternative addresses `work#section.paragraph` of the shipped notes; an
    address holds for every edition of the work.
    """

    id: str
    language: Language
    type: str
    question: str
    history: tuple[Turn, ...]
    reference: str
    must: tuple[Fact, ...]
    must_not: tuple[Fact, ...]
    gold: tuple[tuple[str, ...], ...]
    behaviour: Behaviour
    split: Split


def load(path: Path) -> list[Case]:
    """The cases of a dataset file, in its order.

    Raises:
        BadDataset: a line is no case, or two cases share an id.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        known = ", ".join(sorted(p.stem for p in DATASETS.glob("*.jsonl")))
        raise BadDataset(f"{path}: cannot be read ({error.strerror}); the shipped sets are {known}") from None
    cases = list(_cases(path, lines))
    if len({case.id for case in cases}) < len(cases):
        raise BadDataset(f"{path.name}: two cases share an id")
    return cases


def _cases(path: Path, lines: list[str]) -> Iterator[Case]:
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            yield Case(
                id=told["id"], language=told["lang"], type=told["type"], question=told["question"],
                history=tuple(Turn(*turn) for turn in told["turns"]), reference=told["reference"],
                must=_facts(told["must"]), must_not=_facts(told["must_not"]),
                gold=tuple(tuple(need) for need in told["gold"]),
                behaviour=cast(Behaviour, told["behaviour"]), split=cast(Split, told["split"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadDataset(f"{path.name}, line {number}: not a case ({type(error).__name__}: {error})") from None


def _facts(told: list[dict[str, object]]) -> tuple[Fact, ...]:
    return tuple(
        Fact(figure=str(fact["figure"])) if "figure" in fact
        else Fact(wordings=tuple(str(w) for w in cast(list[object], fact["any"]))) for fact in told)

"""Lines of a dataset become Cases: questions with what a good answer must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.schema import HuwenError, Language, Turn
from rag.text.language import detect_language

DATASETS = Path(__file__).parent / "datasets"
Behaviour = Literal["answer", "refuse", "correct", "disclose"]
Split = Literal["dev", "test"]
SPLITS: tuple[Split, ...] = ("dev", "test")
GOLD_ADDRESS = re.compile(r"([\w-]+)#(\d+)\.(\d+)", re.A)


class BadDataset(HuwenError):
    """A dataset cannot be read; the sentence names file, line and fault."""


@dataclass(frozen=True)
class Fact:
    """One thing that an answer must (or must not) say: a figure, compared as a value, or any of several wordings."""

    figure: str = ""
    wordings: tuple[str, ...] = ()
    tolerance: float = 0.0  # how far a figure may be off, as a share of it


@dataclass(frozen=True)
class Case:
    """A question and its expectation.

    `gold` lists what is needed, each need as alternatives: an address `work#section.paragraph` of the shipped notes,
    which holds for every edition of the work, or for other documents words that stand in the passage. Cases with the same
    `pair` ask one thing in two languages.
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
    pair: str = ""

    @property
    def gold_documents(self) -> tuple[str, ...]:
        """The works that the gold addresses name, each once."""
        return tuple(sorted({match[1] for need in self.gold for place in need[:1] if (match := GOLD_ADDRESS.fullmatch(place))}))


class _FactRecord(BaseModel):
    """A fact as a dataset tells it: `{"figure": "3.8万亿元", "tolerance": 0.01}` or `{"any": ["四成", "40%"]}`."""

    model_config = ConfigDict(extra="forbid")

    figure: str = ""
    any: tuple[str, ...] = ()
    tolerance: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _validate_content(self) -> Self:
        if bool(self.figure.strip()) == bool(self.any) or not all(wording.strip() for wording in self.any):
            raise ValueError('a fact has either a "figure" or "any" of some wordings')
        return self

    def to_fact(self) -> Fact:
        return Fact(self.figure, self.any, self.tolerance)


class _CaseRecord(BaseModel):
    """A case as a dataset tells it; only id and question cannot be left out."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    pair: str = ""
    lang: Language | None = None
    type: str = "fact"
    question: str = Field(min_length=1)
    turns: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    must: tuple[_FactRecord, ...] = ()
    must_not: tuple[_FactRecord, ...] = ()
    gold: tuple[tuple[str, ...], ...] = ()
    behaviour: Behaviour = "answer"
    split: Split = "dev"

    def to_case(self) -> Case:
        return Case(
            self.id, self.lang or detect_language(self.question), self.type, self.question, tuple(Turn(*turn) for turn in self.turns),
            self.reference, tuple(f.to_fact() for f in self.must), tuple(f.to_fact() for f in self.must_not),
            self.gold, self.behaviour, self.split, self.pair)


def load(path: Path) -> list[Case]:
    """The cases of a dataset file, in its order.

    Raises:
        BadDataset: the file cannot be read, a line is no case, or two cases share an id.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")  # other line ends may stand inside a text
    except OSError as error:
        known = ", ".join(sorted(p.stem for p in DATASETS.glob("*.jsonl")))
        raise BadDataset(f"{path}: cannot be read ({error.strerror}); the shipped sets are {known}") from None
    except UnicodeDecodeError as error:
        raise BadDataset(f"{path.name}: not UTF-8 (byte {error.start:,}); save it as UTF-8") from None
    cases: dict[str, Case] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            case = _parse_case(path, number, line)
            if case.id in cases:
                raise BadDataset(f"{path.name}, line {number}: the id {case.id} was there before; give each case its own")
            cases[case.id] = case
    if not cases:
        raise BadDataset(f"{path.name}: there is no case in it")
    return list(cases.values())


def _parse_case(path: Path, number: int, line: str) -> Case:
    try:
        return _CaseRecord.model_validate_json(line).to_case()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadDataset(f"{path.name}, line {number}: not a case: {place + ': ' if place else ''}{first['msg']}") from None


def dump(cases: Sequence[Case]) -> str:
    """The cases as the lines of a dataset file, which `load` reads back."""
    return "".join(json.dumps(_case_to_json(case), ensure_ascii=False) + "\n" for case in cases)


def _case_to_json(case: Case) -> dict[str, object]:
    return {
        "id": case.id, "pair": case.pair, "lang": case.language, "type": case.type, "question": case.question,
        "turns": [[turn.question, turn.answer] for turn in case.history], "reference": case.reference,
        "must": [_fact_to_json(fact) for fact in case.must], "must_not": [_fact_to_json(fact) for fact in case.must_not],
        "gold": case.gold, "behaviour": case.behaviour, "split": case.split,
    }


def _fact_to_json(fact: Fact) -> dict[str, object]:
    told: dict[str, object] = {"figure": fact.figure} if fact.figure else {"any": fact.wordings}
    return told | ({"tolerance": fact.tolerance} if fact.tolerance else {})

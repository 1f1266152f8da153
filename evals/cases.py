"""Evaluation cases: questions with the facts and the behaviour expected of a good answer, in JSON Lines datasets."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.schema import HuwenError, Language, Turn
from rag.text.language import detect_language

DATASETS = Path(__file__).parent / "datasets"
Behaviour = Literal["answer", "refuse", "correct", "disclose"]
Split = Literal["dev", "test"]
SPLITS: tuple[Split, ...] = ("dev", "test")
# unanswerable questions on something else than the documents; all others are near misses
OTHER_MATTER_TYPES = ("other-matter", "unanswerable/off-topic", "unanswerable/nonsense")
GOLD_ADDRESS = re.compile(r"([\w-]+)#(\d+)\.(\d+)", re.A)


class BadDataset(HuwenError):
    """A dataset cannot be read; the sentence names file, line and fault."""


@dataclass(frozen=True)
class Fact:
    """One fact that an answer must (or must not) state: a figure, compared as a value, or any of several wordings."""

    figure: str = ""
    wordings: tuple[str, ...] = ()
    tolerance: float = 0.0  # allowed deviation of a figure, as a share of its value


@dataclass(frozen=True)
class EvidenceSentence:
    """A sentence, list item or table row as it stands in a document, and the shortest words in it that answer."""

    document: str  # the file's name
    sentence: str
    answer: str = ""  # empty if the sentence only tempts to an answer


@dataclass(frozen=True)
class Case:
    """A question and what is expected of its answer.

    `gold` lists the needs of the question; each need is a tuple of alternatives. An alternative is an address
    `work#section.paragraph` of the shipped notes, valid for every edition of the work, or, for other documents, words
    that the passage contains. Cases with the same `pair` ask the same question in two languages.

    `library` names the folder of documents, beside the dataset, that the question is asked of; empty: the library of
    the run. Then `evidence` are the sentences that answer, one for each need, and `near` is one that tempts to a wrong
    answer.
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
    writer: str = ""  # a short name: the questions of one writer are alike
    library: str = ""
    evidence: tuple[EvidenceSentence, ...] = ()
    near: EvidenceSentence | None = None

    @property
    def gold_documents(self) -> tuple[str, ...]:
        """The works named by the first gold address of each need, sorted, without repetition.

        For a case with a library, `library/document` of each answering or tempting sentence; the library if it has
        none.
        """
        if self.library:
            sentences = self.evidence or ((self.near,) if self.near else ())
            return tuple(sorted({f"{self.library}/{one.document}" for one in sentences})) or (self.library,)
        works = set()
        for need in self.gold:
            for place in need[:1]:
                if match := GOLD_ADDRESS.fullmatch(place):
                    works.add(match[1])
        return tuple(sorted(works))


class _FactRecord(BaseModel):
    """A fact in a dataset file: `{"figure": "3.8万亿元", "tolerance": 0.01}` or `{"any": ["四成", "40%"]}`."""

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


class _EvidenceRecord(BaseModel):
    """A sentence of a document in a dataset file."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    answer: str = ""

    def to_sentence(self) -> EvidenceSentence:
        return EvidenceSentence(self.document, self.sentence, self.answer)


class _CaseRecord(BaseModel):
    """A case in a dataset file; only `id` and `question` are required."""

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
    writer: str = ""
    library: str = Field("", pattern=r"^[\w-]*$")
    evidence: tuple[_EvidenceRecord, ...] = ()
    near: _EvidenceRecord | None = None

    def to_case(self) -> Case:
        return Case(
            id=self.id, language=self.lang or detect_language(self.question), type=self.type, question=self.question,
            history=tuple(Turn(*turn) for turn in self.turns), reference=self.reference,
            must=tuple(fact.to_fact() for fact in self.must), must_not=tuple(fact.to_fact() for fact in self.must_not),
            gold=self.gold or tuple((one.sentence,) for one in self.evidence),
            behaviour=self.behaviour, split=self.split, pair=self.pair, writer=self.writer,
            library=self.library,
            evidence=tuple(one.to_sentence() for one in self.evidence),
            near=self.near.to_sentence() if self.near else None)


def load(path: Path) -> list[Case]:
    """The cases of a dataset file, in its order.

    Raises:
        BadDataset: the file cannot be read, a line is not a case, or two cases have the same id.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")  # not splitlines(): a text may contain other line ends
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
                raise BadDataset(
                    f"{path.name}, line {number}: the id {case.id} is used already; give each case its own id")
            cases[case.id] = case
    if not cases:
        raise BadDataset(f"{path.name}: contains no case")
    return list(cases.values())


def _parse_case(path: Path, number: int, line: str) -> Case:
    try:
        return _CaseRecord.model_validate_json(line).to_case()
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        fault = f"{field}: {first['msg']}" if field else first["msg"]
        raise BadDataset(f"{path.name}, line {number}: not a case: {fault}") from None


def dump(cases: Sequence[Case]) -> str:
    """The cases as the text of a dataset file, one JSON line each; `load` reads it back."""
    return "".join(json.dumps(_case_to_json(case), ensure_ascii=False) + "\n" for case in cases)


def _case_to_json(case: Case) -> dict[str, object]:
    record: dict[str, object] = {
        "id": case.id, "pair": case.pair, "lang": case.language, "type": case.type, "question": case.question,
        "turns": [[turn.question, turn.answer] for turn in case.history], "reference": case.reference,
        "must": [_fact_to_json(fact) for fact in case.must],
        "must_not": [_fact_to_json(fact) for fact in case.must_not],
        "gold": case.gold, "behaviour": case.behaviour, "split": case.split,
    }
    if case.writer:
        record["writer"] = case.writer
    if case.library:
        record |= {"library": case.library, "evidence": [asdict(one) for one in case.evidence]}
    return record | ({"near": asdict(case.near)} if case.near else {})


def _fact_to_json(fact: Fact) -> dict[str, object]:
    fields: dict[str, object] = {"figure": fact.figure} if fact.figure else {"any": fact.wordings}
    return fields | ({"tolerance": fact.tolerance} if fact.tolerance else {})

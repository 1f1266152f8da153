"""A published file becomes a Benchmark: cases, the texts that they are asked over, and the benchmark's own metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evals.cases import Case, Fact
from evals.scoring import Grader
from rag.schema import HuwenError
from rag.text.language import detect


class BadBenchmark(HuwenError):
    """A file is not in the format of the benchmark; the sentence names the record and what it lacks."""


@dataclass(frozen=True)
class Text:
    """A document of a benchmark."""

    title: str
    text: str


@dataclass(frozen=True)
class Benchmark:
    """Cases with either one `shelf` of texts to search, or for each case's id the texts that are `given` with it."""

    name: str
    cases: tuple[Case, ...]
    shelf: tuple[Text, ...] = ()
    given: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    metrics: Mapping[str, Grader] = field(default_factory=dict)


class Record:
    """An object of a published file whose fields must be there and of the right kind."""

    def __init__(self, value: object, where: str) -> None:
        self.where = where
        if not isinstance(value, dict):
            raise BadBenchmark(f"{where}: is no object; is the file in the benchmark's published format?")
        self._fields: dict[str, object] = value

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, *names: str) -> str:
        """The first of the named fields that is there, which must be a text or a number."""
        value = self._value(*names)
        if not isinstance(value, str | int):
            raise BadBenchmark(f"{self.where}: {names[0]!r} is no text")
        return str(value)

    def list(self, *names: str) -> list[object]:
        """The first of the named fields that is there, which must be a list."""
        value = self._value(*names)
        if not isinstance(value, list):
            raise BadBenchmark(f"{self.where}: {names[0]!r} is no list")
        return value

    def raw(self, *names: str) -> object:
        """The first of the named fields that is there, whatever it is."""
        return self._value(*names)

    def records(self, *names: str) -> Iterator[Record]:
        """The objects of a list."""
        for number, value in enumerate(self.list(*names), 1):
            yield Record(value, f"{self.where}, {names[0]} {number}")

    def _value(self, *names: str) -> object:
        for name in names:
            if name in self._fields:
                return self._fields[name]
        raise BadBenchmark(f"{self.where}: has no {names[0]!r}; is the file in the benchmark's published format?")


def parsed(path: Path) -> object:
    """The content of a JSON file, or the list of the lines of a JSONL one.

    Raises:
        BadBenchmark: it cannot be read or is neither.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadBenchmark(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})") from None
    values = []
    try:
        values = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        values = [_whole(path, text)]
    return values[0] if len(values) == 1 else values


def _whole(path: Path, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadBenchmark(f"{path.name}: neither JSON nor a JSON value a line ({error})") from None


def case(id: str, kind: str, question: str, facts: list[list[str]], *, refuse: bool = False, reference: str = "") -> Case:
    """A case that requires each fact in any of its wordings; where it is to be refused, none."""
    must = () if refuse else tuple(Fact(wordings=tuple(dict.fromkeys(w for w in some if w.strip()))) for some in facts)
    return Case(
        id, detect(question), kind, question, (), reference, tuple(f for f in must if f.wordings), (), (),
        "refuse" if refuse else "answer", "test")


def texts(value: object, where: str) -> list[str]:
    """A text, or a list of texts however nested, as a flat list of those that say something."""
    if isinstance(value, str | int | float):
        return [str(value)] if str(value).strip() else []
    if isinstance(value, list):
        return [text for one in value for text in texts(one, where)]
    raise BadBenchmark(f"{where}: holds {type(value).__name__} where a text must stand")

"""Ledger entries: the figures of a document as records, each with what it states and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from rag.numbers.units import Exactness, Value

EntryKind = Literal["actual", "target", "limit", "growth", "increase", "share", "rate", "range", "rank", "date", "time"]
ENTRY_KINDS: tuple[EntryKind, ...] = (
    "actual", "target", "limit", "growth", "increase", "share", "rate", "range", "rank", "date", "time")
# where the year of an entry is stated
YearSource = Literal["", "sentence", "document"]


@dataclass(frozen=True)
class SubjectTerms:
    """What a figure is about."""

    words: tuple[str, ...] = ()  # the content words of its clause, in their order (`rag/ledger/clause_words.py`)
    nouns: tuple[str, ...] = ()  # search terms of its clause; words of one meaning have one form (`terms.py`)
    qualifiers: tuple[str, ...] = ()  # adult, weekday, average: what restricts the subject
    names: tuple[str, ...] = ()  # the places, bodies and products nearest to the figure
    names_in_sentence: bool = False  # else they are from the text around it
    measures: tuple[str, ...] = ()  # output, revenue, opens, founded
    context: tuple[str, ...] = ()  # those of heading and lead, and of the sentence's clauses without amounts


@dataclass(frozen=True)
class LedgerEntry:
    """A figure of a source: `source.text[start:end] == text`, in the sentence or cell from `part_start` to `part_end`.

    `unit` is as written; `value` is in the base unit of its family. `period` is a part of a year, such as `01-06` or
    `Q1`; empty for a whole one or none. `subject` and `scope` (the place or body) are to be shown to a reader.
    """

    source_id: str
    passage_id: str
    start: int
    end: int
    part_start: int
    part_end: int
    text: str
    value: Value
    unit: str
    kind: EntryKind
    year: str
    year_source: YearSource
    period: str
    subject: str
    scope: str
    terms: SubjectTerms = field(compare=False)
    id: int = 0  # in the library's table; 0 before it is stored

    @property
    def number(self) -> Fraction:
        """The value in the base unit of its family."""
        return self.value.number

    @property
    def exactness(self) -> Exactness:
        """Whether the text gives the value as about, over or under; empty if exactly."""
        return self.value.exactness

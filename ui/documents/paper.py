"""The nouns of a document on paper: what a briefing or a conversation becomes before a writer turns it into a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.schema import Language

RunStyle = Literal["", "strong", "emphasis", "doubtful", "faint"]
ParagraphKind = Literal["body", "lead", "quote", "item", "reference", "aside"]


@dataclass(frozen=True)
class TextRun:
    """A stretch of text; `notes` are the numbers of those that stand after it."""

    text: str
    style: RunStyle = ""  # doubtful: a figure that nothing supports; faint: said in passing
    notes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Heading:
    """The title of a part, level 1 to 3."""

    level: int
    text: str
    language: Language = "zh"


@dataclass(frozen=True)
class Paragraph:
    """Runs that read on; a line break within a run stays one."""

    runs: tuple[TextRun, ...]
    kind: ParagraphKind = "body"
    language: Language = "zh"


@dataclass(frozen=True)
class Table:
    """Rows under a header that is repeated on every page; a cell is runs."""

    header: tuple[str, ...]
    rows: tuple[tuple[tuple[TextRun, ...], ...], ...]
    caption: str = ""
    language: Language = "zh"


@dataclass(frozen=True)
class SideBySide:
    """Two columns that say the same, as an answer in two languages does."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


@dataclass(frozen=True)
class Contents:
    """A table of contents goes here."""

    title: str


Block = Heading | Paragraph | Table | SideBySide | Contents


@dataclass(frozen=True)
class Footnote:
    """A footnote. Readers see the order in which the notes are first pointed to; `number` only names it within the Paper."""

    number: int
    text: str
    language: Language = "zh"


@dataclass(frozen=True)
class Paper:
    """A whole document. `date` is ISO 8601 (2026-07-31); a file's own dates come from it, so that the same Paper is the same bytes."""

    title: str
    language: Language
    lead: tuple[Paragraph, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[Footnote, ...] = ()
    date: str = ""

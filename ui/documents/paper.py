"""Paper: the format-independent content of a document, which the writers render as .docx, .md, .html or .pdf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.schema import Language

RunStyle = Literal["", "strong", "emphasis", "doubtful", "faint"]
ParagraphKind = Literal["body", "lead", "quote", "item", "reference", "aside"]


@dataclass(frozen=True)
class TextRun:
    """A run of text in one style; `notes` are the numbers of the footnotes after it."""

    text: str
    style: RunStyle = ""  # doubtful: a figure without evidence; faint: less important
    notes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str
    language: Language = "zh"


@dataclass(frozen=True)
class Paragraph:
    """Runs of text; a line break in a run stays a line break."""

    runs: tuple[TextRun, ...]
    kind: ParagraphKind = "body"
    language: Language = "zh"


@dataclass(frozen=True)
class PaperTable:
    """Rows under a header, which is repeated on every page; a cell is a tuple of runs.

    `groups` are rows above the header, each a name with the number of columns over which it stands; empty names are
    gaps. The first `row_heads` cells of a row are the heads of the row.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[tuple[TextRun, ...], ...], ...]
    caption: str = ""
    language: Language = "zh"
    groups: tuple[tuple[tuple[str, int], ...], ...] = ()
    row_heads: int = 0


@dataclass(frozen=True)
class SideBySide:
    """Two columns with the same content, such as an answer in two languages."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


@dataclass(frozen=True)
class Contents:
    """The place of the table of contents."""

    title: str


Block = Heading | Paragraph | PaperTable | SideBySide | Contents


@dataclass(frozen=True)
class Footnote:
    """A footnote. `number` identifies it in the Paper; readers see numbers in the order of first reference."""

    number: int
    text: str
    language: Language = "zh"


@dataclass(frozen=True)
class Paper:
    """A whole document. `date` (ISO 8601: 2026-07-31) dates its files, so that the same Paper gives the same bytes."""

    title: str
    language: Language
    lead: tuple[Paragraph, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[Footnote, ...] = ()
    date: str = ""

"""Elements: what a reader finds in a file, in reading order, before it is cleaned and turned into blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ElementKind = Literal[
    "heading", "paragraph", "item", "question", "answer", "term", "definition", "quotation", "code", "note", "lines"]


@dataclass(frozen=True)
class Element:
    """One part of a file that is not a table.

    | kind | what it is |
    |---|---|
    | heading | `level` is 1 to 6; the first heading of level 1 is usually the title |
    | paragraph | one paragraph; a line break that the author made in it is a line feed |
    | item | an item of a list; `level` is 1 for an outer list, 2 for a list in one of its items; `marker` as shown |
    | question, answer | a pair that the format itself marks, such as `<details>` with `<summary>` |
    | term, definition | `<dt>` and `<dd>` |
    | quotation, code | a block quotation; preformatted text, whose line breaks and spaces are kept |
    | note | a footnote, an endnote, a speaker's note, a page header that is said once; `marker` is its number |
    | lines | raw lines of an extractor, separated by line feeds, whose paragraphs are still to be found |

    `marker` is the number or sign that the format keeps outside the text: `3.`, `（二）`, `第四条`, `•`. It becomes part of
    the text, except for a bullet. `page` counts from 1; 0: the format has no pages. `page_breaks`: for each page that
    begins within the text, the offset and the page.
    """

    kind: ElementKind
    text: str
    level: int = 0
    marker: str = ""
    page: int = 0
    page_breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    `row_span` and `column_span` are more than 1 for a merged cell, which stands in the grid once for each of its
    places: `origin` is the row and column of the first of them. `is_head` is what the format says (`<th>`), None if it
    does not.
    """

    text: str
    origin: tuple[int, int]
    row_span: int = 1
    column_span: int = 1
    is_head: bool | None = None


@dataclass(frozen=True)
class Table:
    """A table as a full grid: all rows have the same number of cells, and an empty cell has an empty text."""

    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    page: int = 0


def table_of_texts(rows: Sequence[Sequence[str]], caption: str = "", page: int = 0) -> Table:
    """A table without merged cells from its texts; short rows are filled with empty cells.

    >>> table_of_texts([["区", "人口"], ["西湖区"]]).rows[1][1].text
    ''
    """
    width = max((len(row) for row in rows), default=0)
    full = [[*row, *[""] * (width - len(row))] for row in rows]
    return Table(
        tuple(tuple(Cell(text, (r, c)) for c, text in enumerate(row)) for r, row in enumerate(full)), caption, page)


OmissionKind = Literal[
    "scanned pages", "pictures", "hidden text", "comments", "deleted text", "formulas without a value",
    "hidden sheets", "hidden slides", "embedded files", "attachments", "charts",
    "rows beyond the limit", "columns beyond the limit",
    "records that are not JSON", "unrecognised pages", "pages beyond the limit", "further frames"]


@dataclass(frozen=True)
class Omission:
    """What was left out of a file: its kind, how many, and where (page numbers, sheet names) if that helps."""

    kind: OmissionKind
    count: int
    where: str = ""


@dataclass(frozen=True)
class RecognisedLine:
    """A line that text recognition (OCR) read from the image of a page.

    `box` is where it is: left, top, right and bottom as shares (0 to 1) of the width and height of the page as it is
    shown. `doubts` are the parts of the text, as offsets, that the recogniser doubts; `score` is the mean probability
    of its characters.
    """

    text: str
    page: int
    box: tuple[float, float, float, float]
    doubts: tuple[tuple[int, int], ...] = ()
    score: float = 1.0


@dataclass(frozen=True)
class FileContent:
    """What a reader read from a file: elements and tables in reading order, what the file states about itself, and
    what was left out.

    `metadata` has only keys of `BIBLIOGRAPHIC_FIELDS` (`rag/sources/loaders.py`). `recognised`: the lines that text
    recognition read; they are in the elements too.
    """

    elements: tuple[Element | Table, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    omissions: tuple[Omission, ...] = ()
    recognised: tuple[RecognisedLine, ...] = ()

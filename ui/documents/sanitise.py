"""Paper sanitiser: cleans all text, and numbers notes in reading order, so that every writer can render the Paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rag.schema import HuwenError
from ui.documents.paper import Block, Contents, Footnote, Heading, Paper, PaperTable, Paragraph, SideBySide, TextRun

# the date of files of a Paper without a date; fixed, so that the same Paper gives the same bytes
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
# Characters that XML cannot contain (control characters, lone surrogates, noncharacters), and those that make text look
# different from what it is (bidirectional overrides, byte order marks, invisible tags). Joiners stay: emoji need them.
_LATE_NONCHARACTERS = "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))
_FORBIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]|[" + _LATE_NONCHARACTERS + "]")
_LINE_END = re.compile("\r\n?|\x85|\u2028|\u2029")


class BrokenPaper(HuwenError):
    """A run refers to a missing note, or two notes have one number."""


def sanitise_paper(paper: Paper) -> Paper:
    """The Paper with clean text and notes numbered 1, 2, 3 … in reading order; unused notes are left out.

    Raises:
        BrokenPaper: a run refers to a note that is missing, or two notes have one number.
    """
    notes = {note.number: note for note in paper.notes}
    if len(notes) < len(paper.notes):
        raise BrokenPaper(f"{paper.title}: two notes have the same number; give each its own")
    order = {number: place for place, number in enumerate(dict.fromkeys(_note_references(paper)), 1)}
    missing = order.keys() - notes.keys()
    if missing:
        raise BrokenPaper(
            f"{paper.title}: the text points to note {min(missing)}, which is not there; add it to the notes")
    return replace(
        paper,
        title=_clean_line(paper.title),
        lead=tuple(_sanitise_paragraph(one, order) for one in paper.lead),
        blocks=tuple(_sanitise_block(one, order) for one in paper.blocks),
        notes=tuple(
            Footnote(place, _clean_line(notes[number].text), notes[number].language)
            for number, place in order.items()))


def parse_date(date: str) -> datetime:
    """An ISO 8601 date at midnight UTC; UNDATED where it cannot be read."""
    try:
        return datetime.fromisoformat(date.strip()).replace(tzinfo=UTC)
    except ValueError:
        return UNDATED


def iter_headings(blocks: tuple[Block, ...]) -> Iterator[Heading]:
    """All headings, also those in columns, in reading order."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, SideBySide):
            yield from iter_headings(block.left + block.right)


def clean_text(text: str) -> str:
    """Text without forbidden characters, with `\\n` as its only line end.

    `产值\\x0b3.8` → `产值3.8`;  `file\\u202egnp.exe` → `filegnp.exe`
    """
    return _FORBIDDEN_CHARACTERS.sub("", _LINE_END.sub("\n", text))


def _clean_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _note_references(paper: Paper) -> Iterator[int]:
    for run in _iter_runs((*paper.lead, *paper.blocks)):
        yield from run.notes


def _iter_runs(blocks: tuple[Block, ...]) -> Iterator[TextRun]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from block.runs
        elif isinstance(block, PaperTable):
            yield from (run for row in block.rows for cell in row for run in cell)
        elif isinstance(block, SideBySide):
            yield from _iter_runs(block.left + block.right)


def _sanitise_block(block: Block, order: dict[int, int]) -> Block:
    match block:
        case Heading():
            return replace(block, level=min(max(block.level, 1), 3), text=_clean_line(block.text))
        case Contents():
            return Contents(_clean_line(block.title))
        case Paragraph():
            return _sanitise_paragraph(block, order)
        case PaperTable():
            return _sanitise_table(block, order)
        case SideBySide():
            left = tuple(_sanitise_block(one, order) for one in block.left)
            return SideBySide(left, tuple(_sanitise_block(one, order) for one in block.right))


def _sanitise_paragraph(paragraph: Paragraph, order: dict[int, int]) -> Paragraph:
    return replace(paragraph, runs=tuple(_sanitise_run(run, order) for run in paragraph.runs))


def _sanitise_table(table: PaperTable, order: dict[int, int]) -> PaperTable:
    """The table with all rows filled up to the widest, because no format allows rows of different lengths."""
    width = max([len(table.header), *map(len, table.rows)])
    rows = []
    for row in table.rows:
        cells = tuple(tuple(_sanitise_run(run, order) for run in cell) for cell in row)
        rows.append(cells + ((),) * (width - len(row)))
    header = tuple(_clean_line(name) for name in table.header) + ("",) * (width - len(table.header))
    groups = tuple(_fit_groups(row, width) for row in table.groups)
    return replace(
        table, caption=_clean_line(table.caption), header=header, rows=tuple(rows), groups=groups,
        row_heads=min(max(table.row_heads, 0), width))


def _fit_groups(groups: Sequence[tuple[str, int]], width: int) -> tuple[tuple[str, int], ...]:
    """Names over columns that are as many as the table has."""
    fitted: list[tuple[str, int]] = []
    left = width
    for name, span in groups:
        if left and span > 0:
            fitted.append((_clean_line(name), min(span, left)))
            left -= fitted[-1][1]
    return (*fitted, *([("", left)] if left else []))


def _sanitise_run(run: TextRun, order: dict[int, int]) -> TextRun:
    return replace(run, text=clean_text(run.text), notes=tuple(order[number] for number in dict.fromkeys(run.notes)))

"""A Paper as it was put together becomes one that every writer can take: clean text, notes in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from rag.schema import HuwenError
from ui.documents.paper import Block, Contents, Footnote, Heading, Paper, Paragraph, SideBySide, Table, TextRun

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # what a file says of a Paper without a date: the same each time
# What XML cannot hold (control characters, lone surrogates, noncharacters) and what makes text look other than it is
# (bidirectional overrides, byte order marks, invisible tags). Joiners stay: emoji are made with them.
_FORBIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|[" + "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)) + "]")
_LINE_END = re.compile("\r\n?|\x85|\u2028|\u2029")


class BrokenPaper(HuwenError):
    """A note is pointed to but missing, or given twice."""


def sanitise_paper(paper: Paper) -> Paper:
    """The Paper with its notes numbered 1, 2, 3 … in the order in which they are read; those that nothing points to are left out.

    Raises BrokenPaper where a run points to a note that is not there, or two notes have one number.
    """
    notes = {note.number: note for note in paper.notes}
    if len(notes) < len(paper.notes):
        raise BrokenPaper(f"{paper.title}: two notes have the same number; give each its own")
    order = {number: place for place, number in enumerate(dict.fromkeys(_note_references(paper)), 1)}
    if missing := order.keys() - notes.keys():
        raise BrokenPaper(f"{paper.title}: the text points to note {min(missing)}, which is not there; add it to the notes")
    return replace(
        paper,
        title=_clean_line(paper.title),
        lead=tuple(_sanitise_paragraph(one, order) for one in paper.lead),
        blocks=tuple(_sanitise_block(one, order) for one in paper.blocks),
        notes=tuple(Footnote(place, _clean_line(notes[number].text), notes[number].language) for number, place in order.items()))


def parse_date(date: str) -> datetime:
    """The date of a Paper as files have theirs; UNDATED where it says none that can be read."""
    try:
        return datetime.fromisoformat(date.strip()).replace(tzinfo=UTC)
    except ValueError:
        return UNDATED


def iter_headings(blocks: tuple[Block, ...]) -> Iterator[Heading]:
    """Every heading, those in columns too, in reading order."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, SideBySide):
            yield from iter_headings(block.left + block.right)


def clean_text(text: str) -> str:
    """Text that every format can hold, with `\\n` as its only line end.

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
        elif isinstance(block, Table):
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
        case Table():
            return _sanitise_table(block, order)
        case SideBySide():
            return SideBySide(tuple(_sanitise_block(one, order) for one in block.left), tuple(_sanitise_block(one, order) for one in block.right))


def _sanitise_paragraph(paragraph: Paragraph, order: dict[int, int]) -> Paragraph:
    return replace(paragraph, runs=tuple(_sanitise_run(run, order) for run in paragraph.runs))


def _sanitise_table(table: Table, order: dict[int, int]) -> Table:
    """Its rows filled up to the widest, because no format takes ragged ones."""
    width = max([len(table.header), *map(len, table.rows)])
    return replace(
        table,
        caption=_clean_line(table.caption),
        header=tuple(_clean_line(name) for name in table.header) + ("",) * (width - len(table.header)),
        rows=tuple(
            tuple(tuple(_sanitise_run(run, order) for run in cell) for cell in row) + ((),) * (width - len(row)) for row in table.rows))


def _sanitise_run(run: TextRun, order: dict[int, int]) -> TextRun:
    return replace(run, text=clean_text(run.text), notes=tuple(order[number] for number in dict.fromkeys(run.notes)))

"""Table cells: the cells of the tables in some passages, each with its heads, its row and what stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.reading.cell_candidate import CellCandidate
from rag.reading.matching import Sentence
from rag.schema import Block, Passage, Slice

_SHORT_TABLE = 30  # rows; in a longer one the other values of a column say nothing about a cell


@dataclass(frozen=True)
class TableCell:
    """A cell of a retrieved passage: as a sentence that can be quoted, as a candidate, and with the text around it."""

    sentence: Sentence
    candidate: CellCandidate
    context: str  # headings, heads and the whole row
    row: tuple[str, int]  # the source and the index of its row

    @property
    def heads(self) -> tuple[str, ...]:
        """All heads of its row and its column."""
        return self.candidate.row_heads + self.candidate.column_heads

    def is_in_column(self, other: TableCell) -> bool:
        """Whether two cells have the same column heads."""
        return self.candidate.column_heads == other.candidate.column_heads

    def has_same_heads(self, other: TableCell) -> bool:
        """Whether two cells are of one column, and a head of one's row is a head of the other's."""
        return self.is_in_column(other) and bool(set(self.candidate.row_heads) & set(other.candidate.row_heads))


def find_table_cells(passages: Sequence[Passage]) -> Iterator[list[TableCell]]:
    """The cells of each table in the passages; a table that is cut between passages is one."""
    tables: dict[tuple[str, int], list[tuple[Passage, Block, list[Block]]]] = {}
    for passage in passages:
        members: dict[int, list[Block]] = {}
        for block in passage.blocks:
            if block.kind in ("cell", "head"):
                members.setdefault(block.parent, []).append(block)
        for row in passage.blocks:
            if row.kind == "row" and row.index in members:
                tables.setdefault((passage.source_id, row.parent), []).append((passage, row, members[row.index]))
    for rows in tables.values():
        cells = list(_table_cells(rows))
        if cells:
            yield cells


def _table_cells(rows: Sequence[tuple[Passage, Block, list[Block]]]) -> Iterator[TableCell]:
    columns: dict[tuple[Slice, ...], list[str]] = {}
    for passage, row, blocks in rows if len(rows) <= _SHORT_TABLE else ():
        for block in blocks:
            columns.setdefault(split_lead(row, block)[2], []).append(_text(passage, block))
    for passage, row, blocks in rows:
        texts = [_text(passage, block) for block in blocks]
        for index, block in enumerate(blocks):
            outside, row_heads, column_heads = split_lead(row, block)
            candidate = CellCandidate(
                texts[index], _texts(row_heads), _texts(column_heads), (*texts[:index], *texts[index + 1 :]),
                tuple(text for text in columns.get(column_heads, ()) if text != texts[index]),
                " ".join((*_texts(outside), passage.section or passage.title)),
                is_row_head=block.kind == "head" and bool(column_heads),
                is_column_head=block.kind == "head" and not column_heads)
            start = block.start - passage.start
            sentence = Sentence(texts[index], start, start + len(texts[index]), block, passage=passage)
            yield TableCell(sentence, candidate, _context(passage, block, texts), (passage.source_id, row.index))


def _context(passage: Passage, block: Block, row_texts: Sequence[str]) -> str:
    """The headings, the cell's own heads and its row: what the cell says, without the heads of other columns."""
    return "\n".join((passage.title, passage.section, *_texts(block.lead), *row_texts))


def _text(passage: Passage, block: Block) -> str:
    return passage.text[block.start - passage.start : block.end - passage.start]


def _texts(parts: Sequence[Slice]) -> tuple[str, ...]:
    return tuple(part.text for part in parts)


def split_lead(row: Block, cell: Block) -> tuple[tuple[Slice, ...], tuple[Slice, ...], tuple[Slice, ...]]:
    """The lead of a cell in its parts: what stands over the table, the heads of its row, those of its column.

    A lead has them in this order; the last head of the row stands in the row itself.
    """
    outside = tuple(part for part in cell.lead if part in row.lead)
    heads = cell.lead[len(outside) :]
    inside = [i for i, part in enumerate(heads) if row.start <= part.start < row.end]
    split = inside[-1] + 1 if inside else 0
    return outside, heads[:split], heads[split:]

"""Blocks: the clean text of a document and the tree of its parts, built from its lines and tables.

The builder keeps a stack of what is open: headings, a clause, a question, a line that opens a list, an item. Each of
them has a rank; a new block closes all that are not above its own rank, and what stays open is its lead.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from rag.numbers.addresses import Address, block_address
from rag.schema import Block, BlockKind, Slice
from rag.sources.elements import Element, Table
from rag.sources.line_roles import Draft, LineDraft, assign_roles
from rag.sources.table_heads import TableHeads, find_heads

_MAX_CELLS = 200_000  # in a document; beyond it rows are blocks without cells
_LONGEST_LEAD = 300  # characters of one part of a lead; a longer one is cut, as it says something by itself
CELL_SEPARATOR = " | "


@dataclass(frozen=True)
class BlockText:
    """A clean text with its blocks in reading order, and the offset of each page (empty for a format without pages)."""

    text: str
    blocks: tuple[Block, ...]
    page_starts: tuple[int, ...]


def build_blocks(elements: Sequence[Element | Table]) -> BlockText:
    """The clean text of some elements and its blocks; blocks of one level are separated by blank lines.

    A table row is a line, `西湖区 | 987.6 |  | 6.1%`; merged cells are repeated, empty ones stay empty.
    """
    builder = _BlockBuilder()
    for draft in assign_roles(elements):
        builder.add(draft)
    return builder.finish()


# ranks: headings have their level, 1 to 7
_CLAUSE_RANK, _QUESTION_RANK, _PARAGRAPH_RANK, _OPENING_RANK, _LINE_RANK, _ITEM_RANK = 8.0, 9.0, 9.5, 10.0, 10.5, 11.0
_PLAIN_LEVEL = 7  # of a heading whose level is not known


@dataclass
class _Open:
    """An open block: what follows belongs to it until a block of its rank or a higher one comes."""

    rank: float
    index: int
    lead: Slice | None
    address: Address | None = None  # of a clause, to which items and paragraphs add their numbers
    paragraphs: int = 1  # of a clause, so far


@dataclass
class _BlockBuilder:
    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    page_starts: list[int] = field(default_factory=list)
    length: int = 0
    cells: int = 0
    open: list[_Open] = field(default_factory=list)

    def finish(self) -> BlockText:
        return BlockText("".join(self.parts), tuple(self.blocks), tuple(self.page_starts))

    def add(self, draft: Draft) -> None:
        if isinstance(draft, Table):
            self._mark_page(draft.page, self._next_start("\n\n"))
            self._add_table(draft)
            return
        in_list = draft.kind == "item" and bool(self.blocks) and self.blocks[-1].kind in ("item", "opening")
        separator = "\n" if draft.same_group or in_list else "\n\n"
        start = self._next_start(separator)
        self._mark_page(draft.element.page, start)
        for offset, page in draft.page_breaks:
            self._mark_page(page, start + offset)
        span = self._write(draft.text, separator)
        if draft.kind == "heading":
            self._add_heading(draft, span)
        else:
            self._add_line(draft, span)

    # text

    def _next_start(self, separator: str) -> int:
        return self.length + len(separator) if self.length else 0

    def _write(self, text: str, separator: str) -> tuple[int, int]:
        start = self._next_start(separator)
        self.parts += [separator, text] if self.length else [text]
        self.length = start + len(text)
        return start, self.length

    def _mark_page(self, page: int, offset: int) -> None:
        self.page_starts += [offset] * (page - len(self.page_starts))

    # structure

    def _close(self, rank: float) -> None:
        while self.open and self.open[-1].rank >= rank:
            self.open.pop()

    def _append(
        self, kind: BlockKind, span: tuple[int, int], lead: tuple[Slice, ...] = (), number: str = "", level: int = 0,
    ) -> int:
        parent = self.open[-1].index if self.open else -1
        self.blocks.append(Block(kind, *span, lead, number, level, parent, len(self.blocks)))
        return len(self.blocks) - 1

    def _lead(self) -> tuple[Slice, ...]:
        return tuple(frame.lead for frame in self.open if frame.lead)

    def _slice(self, text: str, start: int) -> Slice:
        return Slice(text[:_LONGEST_LEAD], start, start + len(text[:_LONGEST_LEAD]))

    def _add_heading(self, draft: LineDraft, span: tuple[int, int]) -> None:
        level = draft.element.level or _heading_level(draft.address)
        self._close(level)
        index = self._append("heading", span, (), draft.address.key if draft.address else "", level)
        is_question = draft.text.rstrip().endswith(("?", "？"))
        lead = self._slice(draft.text, span[0]) if is_question else None
        self.open.append(_Open(level, index, lead, draft.address))

    def _add_line(self, draft: LineDraft, span: tuple[int, int]) -> None:
        rank = _line_rank(draft)
        self._close(rank)
        kind: BlockKind = "answer" if draft.kind == "paragraph" and self._in_question() else draft.kind
        address = self._full_address(draft)
        start = span[0] + draft.content_start
        number = address.key if address else ""
        index = self._append(kind, (start, span[1]), self._lead(), number, draft.element.level)
        own = self._slice(draft.text[draft.content_start :], start)
        if draft.kind == "question":
            self.open.append(_Open(_QUESTION_RANK, index, own))
        elif draft.kind == "opening":
            is_clause = rank < _QUESTION_RANK
            self.open.append(_Open(rank if is_clause else max(rank, _OPENING_RANK), index, own, address))
        elif draft.kind == "item":
            self.open.append(_Open(rank, index, own, address))
        elif rank < _QUESTION_RANK and draft.address:
            self.open.append(_Open(rank, index, self._slice(draft.text[: draft.address.end], span[0]), address))

    def _in_question(self) -> bool:
        return any(frame.rank == _QUESTION_RANK for frame in self.open)

    def _full_address(self, draft: LineDraft) -> Address | None:
        """The address of a line within its clause: item 2 of article 12 is `article 12(2)`."""
        clause = next((frame for frame in reversed(self.open) if frame.address and frame.rank >= _CLAUSE_RANK), None)
        address = draft.address
        if clause is None or clause.address is None:
            return address
        if draft.kind == "item" and address:
            return Address(clause.address.unit, f"{clause.address.number}({address.number})")
        if draft.kind in ("paragraph", "opening") and not address and not draft.same_group:
            clause.paragraphs += 1
            return Address(clause.address.unit, f"{clause.address.number} paragraph {clause.paragraphs}")
        return address

    # tables

    def _add_table(self, table: Table) -> None:
        self._close(_LINE_RANK)
        lead = self._lead()
        separator = "\n\n"
        if table.caption:
            span = self._write(table.caption, separator)
            address = block_address(table.caption)
            self._append("caption", span, lead, address.key if address else "")
            lead, separator = (*lead, self._slice(table.caption, span[0])), "\n"
        table_index = self._append("table", (self._next_start(separator), self.length), lead)
        frame = _Open(_PARAGRAPH_RANK, table_index, None)
        spans, rows = self._write_rows(table, separator)
        if not spans:
            self.blocks.pop()
            return
        self.open.append(frame)
        size = len(table.rows) * len(table.rows[0])
        self.cells += size
        heads = find_heads(table) if self.cells <= _MAX_CELLS else None
        for r, span in rows.items():
            row_index = self._append("row", span, lead)
            if heads is None:
                continue
            self.open.append(_Open(_ITEM_RANK, row_index, None))
            for c, cell in enumerate(table.rows[r]):
                if cell.text:
                    self._add_cell(table, heads, (r, c), spans, lead)
            self.open.pop()
        self._close(_PARAGRAPH_RANK)
        self.blocks[table_index] = replace(self.blocks[table_index], end=self.length)

    def _write_rows(
        self, table: Table, separator: str,
    ) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[int, tuple[int, int]]]:
        """Write the rows; the offsets of each cell by row and column, and those of each row."""
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        rows: dict[int, tuple[int, int]] = {}
        for r, row in enumerate(table.rows):
            if not any(cell.text for cell in row):
                continue
            is_one = len(row) > 1 and all(cell.origin == row[0].origin for cell in row)  # merged over the whole row
            written = row[:1] if is_one else row
            rows[r] = self._write(CELL_SEPARATOR.join(cell.text for cell in written), separator)
            separator = "\n"
            offset = rows[r][0]
            for c, cell in enumerate(written):
                spans[r, c] = offset, offset + len(cell.text)
                offset += len(cell.text) + len(CELL_SEPARATOR)
            if is_one:
                spans |= {(r, c): spans[r, 0] for c in range(1, len(row))}
        return spans, rows

    def _add_cell(
        self, table: Table, heads: TableHeads, position: tuple[int, int],
        spans: dict[tuple[int, int], tuple[int, int]], lead: tuple[Slice, ...],
    ) -> None:
        """Append a cell with its heads: those of its row first, then those of its column, outermost first.

        A cell that is a head of its row has the head of its column as its lead: 姓名 for 郑凯.
        """
        is_head = heads.is_head(*position)
        above = [*(() if is_head else heads.row_heads(*position)), *heads.column_heads(*position)]
        named = [(table.rows[r][c].text, spans.get((r, c))) for r, c in above]
        slices = dict.fromkeys(Slice(text, *span) for text, span in named if text and span)
        slices.pop(Slice(table.rows[position[0]][position[1]].text, *spans[position]), None)  # no head of its own
        self._append("head" if is_head else "cell", spans[position], (*lead, *slices))


_LEVELS = {"part": 2, "chapter": 3, "section": 4, "annex": 2}


def _heading_level(address: Address | None) -> int:
    """The level of a heading whose format does not state it, by its number: chapter, then `3.2`, then `3.2.1`."""
    if address is None:
        return _PLAIN_LEVEL
    return _LEVELS.get(address.unit, min(_PLAIN_LEVEL, 3 + address.number.count(".")))


def _line_rank(draft: LineDraft) -> float:
    """The rank of a line: what is open at this rank or below it ends here."""
    if draft.kind == "question":
        return _QUESTION_RANK
    if draft.same_group or draft.kind in ("code", "quotation", "note") or draft.element.kind == "definition":
        return _LINE_RANK
    if draft.kind == "item":
        return _ITEM_RANK + draft.element.level
    if draft.address and draft.kind in ("paragraph", "opening"):
        return _CLAUSE_RANK + min(9, draft.address.number.count(".")) / 10
    return _PARAGRAPH_RANK


class EncodedBlocks(TypedDict):
    """Blocks as JSON: each part of a lead is stored once, as text, start and end; a block names its parts by index."""

    slices: list[tuple[str, int, int]]
    blocks: list[tuple[BlockKind, int, int, list[int], str, int, int, int]]


def encode_blocks(blocks: Sequence[Block]) -> EncodedBlocks:
    """Blocks in the form in which they are stored."""
    index: dict[Slice, int] = {}
    rows: list[tuple[BlockKind, int, int, list[int], str, int, int, int]] = []
    for block in blocks:
        lead = [index.setdefault(part, len(index)) for part in block.lead]
        rows.append((block.kind, block.start, block.end, lead, block.number, block.level, block.parent, block.index))
    return {"slices": [(part.text, part.start, part.end) for part in index], "blocks": rows}


def decode_blocks(encoded: EncodedBlocks, span: tuple[int, int] | None = None) -> tuple[Block, ...]:
    """The blocks that `encode_blocks` stored; `span`: only those that lie wholly within these offsets."""
    slices = [Slice(*part) for part in encoded["slices"]]
    first, last = span or (0, sys.maxsize)
    return tuple(
        Block(kind, start, end, tuple(slices[i] for i in lead), number, level, parent, index)
        for kind, start, end, lead, number, level, parent, index in encoded["blocks"]
        if first <= start and end <= last)

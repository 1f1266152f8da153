"""Quotable parts of a passage: its sentences and the cells of its tables, each with the lead of its block.

An answer is chosen among them, and a citation quotes one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.schema import Block, Passage
from rag.text.language import normalise, sentence_spans

LEAD_SEPARATOR = " · "
# blocks that are not quoted: they are the leads of others, or have their text in their rows
_NOT_QUOTED = frozenset(("question", "caption", "table"))
# a unit in brackets, after a slash or after 单位 in a head: 地区生产总值（亿元）, Weight/kg, 单位：万元
_UNIT_IN_HEAD = re.compile(r"[（(]([^（）()]{1,8})[)）]|(?:[/／]|单位[:：]\s*)([^\s/·]{1,6})(?=$| ·)")


@dataclass(frozen=True)
class Quotable:
    """A sentence or a cell: `passage.text[start:end] == text`; `block` is None if a passage has no known blocks."""

    text: str
    start: int
    end: int
    block: Block | None = None

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell of a table."""
        return self.block is not None and self.block.kind in ("cell", "head")

    @cached_property
    def lead(self) -> str:
        """What its block says only together with: the heads of a cell, the question of an answer; mostly empty."""
        return LEAD_SEPARATOR.join(part.text for part in self.block.lead) if self.block else ""

    @cached_property
    def value_text(self) -> str:
        """Its text with what belongs to its values: a cell with the unit that a head of it states, `987.6亿元`."""
        if self.block is None or not self.is_cell or not self.text[-1:].isdigit():
            return self.text
        found = (_UNIT_IN_HEAD.search(part.text) for part in reversed(self.block.lead))  # the head of its column first
        unit = next((match[1] or match[2] for match in found if match), "")
        return f"{self.text}{unit}"

    @cached_property
    def statement(self) -> str:
        """The lead and the text, as one text that is complete."""
        return f"{self.lead} {self.value_text}" if self.lead else self.text


def quotable_parts(passage: Passage) -> Iterator[Quotable]:
    """The sentences and cells of a passage, in order; the document's title is none."""
    return parts_of_text(passage.text, passage.start, passage.blocks, passage.title)


def parts_of_text(text: str, offset: int, blocks: Sequence[Block], title: str) -> Iterator[Quotable]:
    """As `quotable_parts`, of a passage's text that begins at `offset` in its document; the parts count from 0."""
    if not blocks:
        yield from (Quotable(text[start:end], start, end) for start, end in sentence_spans(text))
        return
    rows_with_cells = {block.parent for block in blocks if block.kind in ("cell", "head")}
    title = normalise(title)
    for block in blocks:
        start, end = max(block.start - offset, 0), min(block.end - offset, len(text))
        if block.kind in _NOT_QUOTED or start >= end or block.index in rows_with_cells:
            continue
        if block.kind in ("cell", "head"):
            yield Quotable(text[start:end], start, end, block)
            continue
        part = text[start:end]
        if block.kind == "heading" or normalise(part) != title:
            spans = _block_spans(block, part)
            yield from (Quotable(part[left:right], start + left, start + right, block) for left, right in spans)


_NUMBER_ALONE = re.compile(r"\W*(?:第\S{1,6}[条款章节项]|[A-Z][a-z]+\.? \S{1,6}|\d[\d.]*)\W*$")


def _block_spans(block: Block, text: str) -> Iterator[tuple[int, int]]:
    """The sentences of a block; the number of a clause (`Section 3.`) is no sentence of its own."""
    pending = -1
    for start, end in sentence_spans(text):
        if block.number and pending < 0 and start == 0 and _NUMBER_ALONE.match(text[:end]):
            pending = start
            continue
        yield (pending if pending >= 0 else start), end
        pending = -1
    if pending >= 0:
        yield pending, len(text)

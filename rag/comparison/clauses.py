"""Clauses: a document as the parts by which two versions are compared, each with its number and its heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.numbers.addresses import address_name, block_address
from rag.schema import Block, BlockKind, Language
from rag.text.language import has_han

# what has its text in other blocks, or is a part of a row
_NOT_COMPARED: frozenset[BlockKind] = frozenset(("cell", "head", "table"))
_MAX_CLAUSES = 50_000  # of a document
_MAX_PLACE_LENGTH = 60  # characters of a heading in the name of a place


@dataclass(frozen=True)
class Clause:
    """A paragraph, item, heading or table row: `document.text[start:end] == text`.

    `number` is its address, such as `article 12`; `heading` that of the section in which it is.
    """

    text: str
    start: int
    end: int
    kind: BlockKind = "paragraph"
    number: str = ""
    heading: str = ""

    @cached_property
    def body(self) -> str:
        """Its text without its number, in a comparable form."""
        address = block_address(self.text) if self.number else None
        rest = self.text[address.end :].lstrip("　 ：:、.．)）") if address else self.text
        return " ".join(rest.split())

    def place(self, language: Language) -> str:
        """Where it is: its number with its heading, or one of them, or its first words."""
        address = block_address(self.text) if self.number else None
        name = self.text[address.start : address.end].strip(" .．、:：()（）") if address else ""
        if self.number and not name:
            name = address_name(self.number, language)
        heading = _shorten(self.heading)
        if name and heading and not self.number.startswith("article "):
            return f"{heading} › {name}"  # items are numbered anew in each section, articles are not
        if name.isdecimal():
            return _ITEM_NAMES[language].format(name)
        return name or heading or _shorten(self.text)


_ITEM_NAMES: dict[Language, str] = {"zh": "第{}项", "en": "no. {}"}  # of a bare number


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    limit = _MAX_PLACE_LENGTH // 2 if has_han(line) else _MAX_PLACE_LENGTH
    return line if len(line) <= limit else line[: limit - 1] + "…"


def split_clauses(text: str, blocks: Sequence[Block]) -> list[Clause]:
    """The clauses of a clean text in reading order; its paragraphs, where an old version has read it without blocks."""
    found = _clauses_of_blocks(text, blocks) if blocks else _paragraphs(text)
    return [clause for clause, _ in zip(found, range(_MAX_CLAUSES), strict=False)]


def _clauses_of_blocks(text: str, blocks: Sequence[Block]) -> Iterator[Clause]:
    headings: list[Block] = []
    is_first = True
    for block in blocks:
        if block.kind in _NOT_COMPARED or not text[block.start : block.end].strip():
            continue
        if block.kind == "heading":
            while headings and headings[-1].level >= block.level:
                headings.pop()
        above = headings[-1] if headings else None
        heading = text[above.start : above.end] if above else ""
        yield Clause(text[block.start : block.end], block.start, block.end, block.kind, block.number, heading)
        is_title = is_first and block.level == 1  # as in the splitter: the title is no section
        if block.kind == "heading" and not is_title:
            headings.append(block)
        is_first = False


def _paragraphs(text: str) -> Iterator[Clause]:
    for match in re.finditer(r"\S[^\n]*(?:\n(?!\s*\n)[^\n]+)*", text):
        address = block_address(match[0])
        yield Clause(match[0], match.start(), match.end(), number=address.key if address else "")

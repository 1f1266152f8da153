"""Layout of a PDF page: its words and ruling lines turned into pieces of text and tables in reading order."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.sources.elements import Table
from rag.sources.readers.pdf.columns import Region, split_into_regions
from rag.sources.readers.pdf.gap_tables import find_gap_tables
from rag.sources.readers.pdf.lines import Line, lines_of
from rag.sources.readers.pdf.rules import Rule, Rules
from rag.sources.readers.pdf.tables import PlacedTable, find_ruled_tables
from rag.sources.readers.pdf.words import Word

_PARAGRAPH_GAP = 1.35  # of the usual distance of lines; a wider gap separates paragraphs
_INDENTS = (0.9, 5.0)  # em by which the first line of a paragraph may be indented
_SHORT_LINE = 1.5  # em that the last line of a paragraph leaves free
_CAPTION_DISTANCE = 3.5  # em between a caption and its table
_CAPTION = re.compile(
    r"(?:续?表|附表|表格)\s*[\d一二三四五六七八九十]+.{0,80}|(?:Table|Tab\.)\s*[\dIVX]+.{0,160}", re.I)
_SIZE_TOLERANCE = 0.08  # of a size; fonts of two scripts in one text differ as much
_SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\"'\]]*$")


@dataclass(frozen=True)
class TextPiece:
    """Lines of one region in reading order; an empty line separates paragraphs.

    `size` is that of its letters, in points; `is_indented`: its first line begins a paragraph; `follows_column`: it is
    at the top of a column, and may go on from the bottom of the column before.
    """

    lines: tuple[str, ...]
    size: float
    is_indented: bool = False
    follows_column: bool = False


def page_pieces(words: list[Word], rules: Rules, page_height: float, page: int) -> list[TextPiece | Table]:
    """The text and the tables of a page in reading order."""
    tables: list[PlacedTable] = []
    if len(rules.horizontal) >= 2 and rules.vertical:
        tables, words = find_ruled_tables(words, rules, page)
    pieces: list[TextPiece | Table] = []
    for region in split_into_regions(words, tables, page_height):
        following = _region_pieces(region, rules.horizontal, page)
        if region.follows_column and following and isinstance(following[0], TextPiece):
            following[0] = replace(following[0], follows_column=True)
        pieces += following
    return pieces


def _region_pieces(region: Region, rules: Sequence[Rule], page: int) -> list[TextPiece | Table]:
    """The pieces of a region: its lines are cut at tables, and at lines whose letters have another size."""
    items: list[tuple[float, Line | PlacedTable]] = [(table.top, table) for table in region.tables]
    if region.words:
        lines = lines_of(region.words)
        tables = find_gap_tables(lines, rules, page)
        in_table = {index for found in tables for index in range(found.first, found.last + 1)}
        items += [(line.baseline, line) for index, line in enumerate(lines) if index not in in_table]
        items += [(lines[found.first].baseline, _place_table(found.table, lines[found.first:found.last + 1]))
                  for found in tables]
    items.sort(key=lambda item: item[0])
    return _pieces_of([item for _, item in items])


def _place_table(table: Table, lines: list[Line]) -> PlacedTable:
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    return PlacedTable(table, left, lines[0].baseline - lines[0].size, right, lines[-1].baseline)


def _pieces_of(items: list[Line | PlacedTable]) -> list[TextPiece | Table]:
    pieces: list[TextPiece | Table] = []
    run: list[Line] = []
    for item in _with_captions(items):
        if isinstance(item, PlacedTable):
            pieces += _text_pieces(run)
            run = []
            pieces.append(item.table)
        else:
            run.append(item)
    return pieces + _text_pieces(run)


def _with_captions(items: list[Line | PlacedTable]) -> list[Line | PlacedTable]:
    """The items with the line above (or else below) a table as its caption, if it is one."""
    items = list(items)
    for index, item in enumerate(items):
        if not isinstance(item, PlacedTable):
            continue
        for neighbour in (index - 1, index + 1):
            line = items[neighbour] if 0 <= neighbour < len(items) else None
            below = items[neighbour + 1] if neighbour > index and neighbour + 1 < len(items) else None
            if isinstance(below, PlacedTable):
                continue  # the line belongs to the table below it
            if isinstance(line, Line) and _is_caption(line, item):
                items[index] = replace(item, table=replace(item.table, caption=line.text))
                items[neighbour] = Line([], 0, 0)
                break
    return [item for item in items if isinstance(item, PlacedTable) or item.words]


def _is_caption(line: Line, table: PlacedTable) -> bool:
    if not line.words:
        return False
    distance = max(table.top - line.baseline, line.baseline - line.size - table.bottom)
    return distance <= _CAPTION_DISTANCE * line.size and _CAPTION.fullmatch(line.text) is not None


def _text_pieces(lines: list[Line]) -> list[TextPiece]:
    """Lines as pieces of one letter size each, with an empty line between paragraphs."""
    if not lines:
        return []
    right = max(line.right for line in lines)
    left = _usual_left(lines)
    pitch = _line_pitch(lines)
    pieces: list[TextPiece] = []
    texts: list[str] = [lines[0].text]
    first_indented = _INDENTS[0] <= (lines[0].left - left) / lines[0].size <= _INDENTS[1]
    for above, line in pairwise(lines):
        if not is_same_size(above.size, line.size):
            pieces.append(TextPiece(tuple(texts), above.size, first_indented))
            texts, first_indented = [], False
        elif _begins_paragraph(above, line, left, right, pitch):
            texts.append("")
        texts.append(line.text)
    return [*pieces, TextPiece(tuple(texts), lines[-1].size, first_indented)]


def is_same_size(size: float, other: float) -> bool:
    """True if letters of the two sizes, in points, can be parts of one text."""
    return abs(size - other) <= _SIZE_TOLERANCE * max(size, other)


def _usual_left(lines: list[Line]) -> float:
    """The left edge at which most lines begin."""
    counts: dict[int, int] = {}
    for line in lines:
        counts[round(line.left)] = counts.get(round(line.left), 0) + 1
    return float(max(counts, key=lambda left: (counts[left], -left)))


def _line_pitch(lines: list[Line]) -> float:
    """The usual distance of two lines; 0 for a single line."""
    distances = [below.baseline - above.baseline for above, below in pairwise(lines)]
    return statistics.median_low(distances) if distances else 0.0


def _begins_paragraph(above: Line, line: Line, left: float, right: float, pitch: float) -> bool:
    """True if a gap, or an indentation after a line that ends a paragraph, shows the beginning of a paragraph."""
    if line.baseline - above.baseline > _PARAGRAPH_GAP * pitch:
        return True
    indent = (line.left - left) / line.size
    if not _INDENTS[0] <= indent <= _INDENTS[1]:
        return False
    return above.right < right - _SHORT_LINE * above.size or _SENTENCE_END.search(above.text) is not None

"""Rows of a table without vertical lines: lines turned into rows by their distances, and rows with columns a Table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.sources.elements import Cell, Table
from rag.sources.readers.pdf.gap_columns import Columns, Part
from rag.sources.readers.pdf.lines import join_lines_of_cell
from rag.sources.readers.pdf.rules import Rule

RowLines = list[list[Part]]  # the lines of one row, each with its parts

_JUMP = 1.12  # times the distance of lines in a cell, at which the distance of rows begins
_MOST = 0.85  # of the lines that continue cells can do so; the cell above may be centred
_SAME_ROW = 0.9  # em; lines nearer than this are parts of one row whose cells are centred
_MAX_LEADING = 1.5  # em between two lines of one cell where rows are no further apart
FIGURE = re.compile(r"[-+−±~<>≤≥¥￥$€£(（]*\d[\d.,:：/%‰°+−–—-]*\s*\S{0,4}")


def group_rows(
    lines: list[list[Part]], rules: Sequence[Rule], columns: Columns) -> list[RowLines]:
    """The lines of each row: a line continues the row above if it is nearer to it than rows are to each other."""
    leading = _leading_in_cells(lines)
    groups: list[RowLines] = [[lines[0]]]
    for above, line in pairwise(lines):
        top, bottom = above[0].line.baseline, line[0].line.baseline
        has_rule = any(top < rule.position < bottom and _is_over(rule, line) for rule in rules)
        is_near = bottom - top <= max(leading, _SAME_ROW * line[0].line.size)
        if not has_rule and (is_near or (not leading and _is_broken_row(groups[-1], line, columns))):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _is_over(rule: Rule, line: list[Part]) -> bool:
    return rule.start <= line[0].line.left + line[0].line.size and rule.end >= line[-1].line.left


def _leading_in_cells(lines: list[list[Part]]) -> float:
    """The greatest distance of two lines of one cell; 0 if all lines are as far from each other as rows are.

    Distances fall into groups, of which the smaller ones are those inside cells, if what they separate can be that.
    """
    steps = sorted((line[0].line.baseline - above[0].line.baseline, _can_continue(above, line), len(line) < len(above))
                   for above, line in pairwise(lines))
    leading = 0.0
    for index in range(1, len(steps)):
        if steps[index][0] < _JUMP * steps[index - 1][0]:
            continue
        near = steps[:index]
        if sum(can for _, can, _ in near) < _MOST * len(near) or 2 * sum(less for *_, less in near) < len(near):
            break
        leading = steps[index - 1][0] + 0.1
    return leading


def _can_continue(above: list[Part], line: list[Part]) -> bool:
    """True if each part of a line can be the second line of a cell that the line above has."""
    over = {part.first: part.line.text for part in above}
    return not any(part.first not in over or (FIGURE.fullmatch(part.line.text) and FIGURE.fullmatch(over[part.first]))
                   for part in line)


def _is_broken_row(group: RowLines, line: list[Part], columns: Columns) -> bool:
    """True if a line has only parts of cells that had no room for them in the line above."""
    filled = {part.first for above in group for part in above}
    if line[0].line.baseline - group[-1][0].line.baseline > _MAX_LEADING * line[0].line.size:
        return False
    if len(line) >= len(columns) or (line[0].first == 0 and len(line) > 1):
        return False
    return {part.first for part in line} <= filled and all(_is_broken_at(group, part, columns) for part in line)


def _is_broken_at(group: RowLines, part: Part, columns: Columns) -> bool:
    """True if the cell above is so wide that the first word of this part had no room in it."""
    above = [each for line in group for each in line if each.last == part.last]
    if not above or (FIGURE.fullmatch(part.line.text) and FIGURE.fullmatch(above[-1].line.text)):
        return False
    first = part.line.words[0]
    is_han = bool(re.match(r"[\u2e80-\uffef]", first.text))
    room = first.size if is_han else first.right - first.left + 0.25 * first.size
    return above[-1].line.right + room > columns[part.last][1] + 0.1 * first.size and len(above[-1].line.text) > 4


def make_table(groups: list[RowLines], width: int, page: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for r, group in enumerate(groups):
        row = [Cell("", (r, c)) for c in range(width)]
        spans = {part.first: max(p.last for line in group for p in line if p.first == part.first)
                 for line in group for part in line}
        for first, last in spans.items():
            text = join_lines_of_cell([part.line.text for line in group for part in line if part.first == first])
            last = min([last, *(other - 1 for other in spans if other > first)])
            for c in range(first, last + 1):
                row[c] = Cell(text, (r, first), 1, last - first + 1)
        rows.append(tuple(row))
    return Table(tuple(rows), page=page)

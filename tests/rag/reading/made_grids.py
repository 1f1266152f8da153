"""Grids for tests of the choice of cells: a head for each row and each column, and a value where they meet."""

from __future__ import annotations

from collections.abc import Sequence

from rag.reading.cell_candidate import CellCandidate

Grid = tuple[list[CellCandidate], list[int]]  # the cells, and the number of the row of each


def read_grid(rows: Sequence[Sequence[str]]) -> Grid:
    """The values below the first row and right of the first column, and the number of the row of each."""
    cells, numbers = [], []
    for r, row in enumerate(rows[1:]):
        for c, text in enumerate(row[1:], 1):
            column = tuple(other[c] for other in rows[1:] if other is not row)
            rest = tuple(other for other in row if other != text)
            cells.append(CellCandidate(text, (row[0],), (rows[0][c],), rest, column))
            numbers.append(r)
    return cells, numbers


SHOPS = read_grid([
    ["Shop", "Staff", "Monthly rent", "Opened on"], ["Elm Street", "14", "2,000 pounds", "3 May 2018"],
    ["Mill Lane", "9", "1,200 pounds", "1 June 2020"], ["River Bend", "21", "3,300 pounds", "12 September 2016"]])
STORES = read_grid([
    ["门店", "员工人数", "月租金", "开业日期"], ["榆树街店", "14", "2000元", "2018年5月3日"],
    ["磨坊巷店", "9", "1200元", "2020年6月1日"], ["河湾店", "21", "3300元", "2016年9月12日"]])

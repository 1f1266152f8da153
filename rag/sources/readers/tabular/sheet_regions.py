"""Regions of a sheet: the cells of a sheet turned into tables with their captions, and paragraphs.

Empty rows and columns separate regions. A row with one cell above a region is its caption, one below it a note.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.sources.elements import Cell, Element, Table
from rag.sources.readers.tabular.sheet_cells import Worksheet
from rag.sources.readers.tabular.sheet_xml import Area
from rag.sources.readers.tabular.single_columns import are_sentences
from rag.sources.readers.tabular.table_limits import MAX_CELLS, TableBudget


class Place(NamedTuple):
    """A place of the visible grid; `area` is that of its merged cell, None for a cell of one place."""

    text: str
    is_number: bool
    area: Area | None = None
    is_head: bool = False


Grid = Mapping[int, Mapping[int, Place]]  # by row and column, without empty places; hidden ones are not counted


@dataclass(frozen=True)
class _Line:
    """A cell that is alone in its row: above a region it may be a caption, a note never is."""

    text: str
    is_note: bool = False


def sheet_elements(worksheet: Worksheet, budget: TableBudget) -> Iterator[Element | Table]:
    """The tables and paragraphs of a sheet, from top to bottom and from left to right, as far as the budget allows."""
    captions: list[str] = []
    for part in _find_parts(visible_grid(worksheet, budget.cells_left)):
        if isinstance(part, _Line) and not part.is_note and len(part.text) <= _MAX_CAPTION_LENGTH:
            captions.append(part.text)
            continue
        if isinstance(part, _Line) or _is_list_of_lines(part):
            texts = (
                [part.text] if isinstance(part, _Line)
                else [text for row in part.values() for text in _row_texts(row)])
            yield from (Element("paragraph", text) for text in [*captions, *texts])
        else:
            yield from (Element("paragraph", text) for text in captions[:-_MAX_CAPTION_LINES])
            yield _build_table(part, " ".join(captions[-_MAX_CAPTION_LINES:]), budget)
        captions = []
    yield from (Element("paragraph", text) for text in captions)


_MAX_CAPTION_LENGTH, _MAX_CAPTION_LINES = 100, 3  # characters; a title, a subtitle and a unit


def visible_grid(worksheet: Worksheet, max_merged: int = MAX_CELLS) -> Grid:
    """The cells that are not hidden, in rows and columns counted without the hidden ones.

    A merged cell takes all its places up to the last row and column that have a cell; `max_merged` is how many places
    merged cells may take in all.
    """
    rows, columns = _VisibleNumbers(worksheet.hidden_rows), _VisibleNumbers(worksheet.hidden_columns)
    grid: dict[int, dict[int, Place]] = {}
    for number in sorted(worksheet.cells):
        if number not in worksheet.hidden_rows:
            row = rows.of(number)
            grid[row] = {
                columns.of(column): Place(cell.text, cell.is_number)
                for column, cell in sorted(worksheet.cells[number].items()) if column not in worksheet.hidden_columns}
    _fill_merges(worksheet, grid, (rows, columns), max_merged)
    for head in worksheet.heads:
        _mark_heads(grid, Area(rows.of(head.first_row), columns.of(head.first_column),
                               rows.of(head.last_row), columns.of(head.last_column)))
    return {row: dict(sorted(grid[row].items())) for row in sorted(grid) if grid[row]}


class _VisibleNumbers:
    """The numbers of rows or columns when hidden ones are not counted."""

    def __init__(self, hidden: Iterable[int]) -> None:
        self._hidden = sorted(hidden)

    def of(self, number: int) -> int:
        """The number of a row or column that is visible; for a hidden one that of the next visible one."""
        return number - bisect_left(self._hidden, number)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The first and the last visible number of a range; the last is smaller if all are hidden."""
        return self.of(first), self.of(last + 1) - 1


def _fill_merges(
        worksheet: Worksheet, grid: dict[int, dict[int, Place]], visible: tuple[_VisibleNumbers, _VisibleNumbers],
        places_left: int) -> None:
    rows, columns = visible
    last_row = max(worksheet.cells, default=0)
    last_column = max((max(row, default=0) for row in worksheet.cells.values()), default=0)
    for merge in worksheet.merges:
        cell = worksheet.cells.get(merge.first_row, {}).get(merge.first_column)
        first_row, end_row = rows.span(merge.first_row, min(merge.last_row, last_row))
        first_column, end_column = columns.span(merge.first_column, min(merge.last_column, last_column))
        size = max(0, end_row - first_row + 1) * max(0, end_column - first_column + 1)
        if cell is None or size > places_left:
            continue
        places_left -= size
        place = Place(cell.text, cell.is_number, Area(first_row, first_column, end_row, end_column))
        for row in range(first_row, end_row + 1):
            grid.setdefault(row, {}).update(dict.fromkeys(range(first_column, end_column + 1), place))


def _mark_heads(grid: dict[int, dict[int, Place]], head: Area) -> None:
    for row in range(head.first_row, head.last_row + 1):
        for column, place in grid.get(row, {}).items():
            if head.first_column <= column <= head.last_column:
                grid[row][column] = place._replace(is_head=True)


def _find_parts(grid: Grid, depth: int = 0) -> Iterator[_Line | Grid]:
    """The regions of a grid and the lines above and below them."""
    for band in _split_bands(grid):
        titles, body, notes = _peel_lines(band)
        runs = list(_split_columns(body)) if depth < _MAX_DEPTH else [body]
        for run in runs:
            yield from (_Line(title) for title in titles)
            if len(runs) > 1:
                yield from _find_parts(run, depth + 1)
            elif run:
                yield run
        yield from (_Line(note, is_note=True) for note in notes)


_MAX_DEPTH = 8  # of regions beside and below each other


def _split_bands(grid: Grid) -> Iterator[Grid]:
    """The runs of rows that no empty row separates; an empty row between rows of the same kind separates nothing."""
    band: dict[int, Mapping[int, Place]] = {}
    last = 0
    for row, places in grid.items():
        if band and row > last + 1 and not (row == last + 2 and _is_continued(band[last], places)):
            yield band
            band = {}
        band[row] = places
        last = row
    if band:
        yield band


def _is_continued(upper: Mapping[int, Place], lower: Mapping[int, Place]) -> bool:
    """True if two rows have texts and numbers in the same columns, as rows of one table do."""
    kinds = [{column: place.is_number for column, place in row.items()} for row in (upper, lower)]
    return len(upper) > 1 and kinds[0] == kinds[1] and any(kinds[0].values())


def _split_columns(grid: Grid) -> Iterator[Grid]:
    """The runs of columns that no empty column separates."""
    columns = sorted({column for places in grid.values() for column in places})
    starts = [i for i, column in enumerate(columns) if i == 0 or column > columns[i - 1] + 1]
    if len(starts) < 2:
        yield grid
        return
    for start, end in zip(starts, [*starts[1:], len(columns)], strict=True):
        first, last = columns[start], columns[end - 1]
        run = {row: {c: place for c, place in places.items() if first <= c <= last} for row, places in grid.items()}
        yield {row: places for row, places in run.items() if places}


def _peel_lines(band: Grid) -> tuple[list[str], Grid, list[str]]:
    """The titles above a table, the table, and the notes below it; a grid of one line is a title."""
    rows = list(band)
    first = min(column for places in band.values() for column in places)
    last = max(column for places in band.values() for column in places)
    titles, notes = {}, {}
    while rows and (line := _single_line(rows[0], band[rows[0]])) and (len(rows) == 1 or _is_title(line, first, last)):
        titles[line.area] = line.text
        del rows[0]
    keys = [places[first].text for row in rows[:-1] if first in (places := band[row]) and len(places) > 1]
    longest_key = max(map(len, keys), default=0)
    while rows and (line := _single_line(rows[-1], band[rows[-1]])) and _is_note(line, first, last, longest_key):
        notes[line.area] = line.text
        del rows[-1]
    return list(titles.values()), {row: band[row] for row in rows}, list(notes.values())[::-1]


class _SingleCell(NamedTuple):
    """The one cell of a row, which may be merged."""

    text: str
    area: Area
    is_data: bool  # a number, or a head


def _single_line(row: int, places: Mapping[int, Place]) -> _SingleCell | None:
    """The one cell of a row; None if there are more."""
    column, place = next(iter(places.items()))
    area = place.area
    if len(places) > 1 and (area is None or any(other.area != area for other in places.values())):
        return None
    return _SingleCell(place.text, area or Area(row, column, row, column), place.is_number or place.is_head)


def _is_title(line: _SingleCell, first: int, last: int) -> bool:
    """True for the one cell of a row above other rows, unless it may be the head of some of their columns."""
    if line.is_data or first == last:
        return False
    return line.area.first_column == first or (line.area.last_column == last > first + 1 and _width(line) == 1)


def _is_note(line: _SingleCell, first: int, last: int, longest_key: int) -> bool:
    """True for the one cell of a row below other rows; in two columns it may be a key without a value, if short."""
    if line.is_data or first == last or line.area.first_column != first:
        return False
    return last > first + 1 or _width(line) > 1 or len(line.text) > 2 * longest_key


def _width(line: _SingleCell) -> int:
    return line.area.last_column - line.area.first_column + 1


def _is_list_of_lines(grid: Grid) -> bool:
    """True for a grid of one column that has sentences or is short; short texts below each other are a table."""
    places = [place for row in grid.values() for place in row.values()]
    if len({column for row in grid.values() for column in row}) > 1 or any(place.is_head for place in places):
        return False
    return are_sentences([place.text for place in places])


def _row_texts(places: Mapping[int, Place]) -> list[str]:
    return [place.text for place in places.values()]


def _build_table(grid: Grid, caption: str, budget: TableBudget) -> Table:
    """A region as a full grid; rows and columns that are empty in it are left out."""
    columns = sorted({column for places in grid.values() for column in places})
    rows = budget.take_rows(list(grid), len(columns))
    has_body = any(not place.is_head for places in grid.values() for place in places.values())
    built = []
    for index, row in enumerate(rows):
        built.append(tuple(
            _build_cell(grid[row].get(column), (index, i), rows, columns, has_body=has_body)
            for i, column in enumerate(columns)))
    return Table(tuple(built), caption)


def _build_cell(
        place: Place | None, position: tuple[int, int], rows: Sequence[int], columns: Sequence[int], *,
        has_body: bool) -> Cell:
    if place is None:
        return Cell("", position)
    is_head = True if place.is_head and has_body else None
    area = place.area
    if area is None:
        return Cell(place.text, position, is_head=is_head)
    row, column = bisect_left(rows, area.first_row), bisect_left(columns, area.first_column)
    row_span = bisect_left(rows, area.last_row + 1) - row
    column_span = bisect_left(columns, area.last_column + 1) - column
    return Cell(place.text, (row, column), row_span, column_span, is_head)

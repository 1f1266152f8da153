"""Reader of separated values: a .csv or .tsv file turned into tables with their captions, and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.sources.elements import Element, FileContent, Omission, Table, table_of_texts
from rag.sources.errors import UnreadableFile
from rag.sources.readers.encodings import decode
from rag.sources.readers.tabular.separated_records import find_delimiter, is_title_width, split_records, usual_width
from rag.sources.readers.tabular.single_columns import are_sentences
from rag.sources.readers.tabular.table_limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, TableBudget


def read_separated_values(path: Path) -> FileContent:
    """The records of a .csv or .tsv file as tables.

    The delimiter is a comma, semicolon, tab, pipe or full-width comma, as `sep=;` in the first line says or as the rows
    show. A line with one field above a table is its caption, one below it a paragraph. A blank line separates two
    tables if the second has a title or another number of columns.

    Raises:
        UnreadableFile: "not text", "damaged" or "wrong type".
    """
    text = _read_text(path)
    stated = _STATED_DELIMITER.match(text)
    text = text[stated.end() :] if stated else text
    delimiter = stated.group(1) if stated else find_delimiter(text, path.suffix.lower())
    records, budget = _Records(text, delimiter), TableBudget()
    sections = list(_split_sections(records))
    elements = [element for section in sections for element in _section_elements(section, delimiter, budget)]
    return FileContent(tuple(elements), omissions=records.omissions(budget))


_STATED_DELIMITER = re.compile(r'"?sep=(.)"?[^\S\n]*(?:\n|\Z)', re.I)


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        raise UnreadableFile("wrong type", type=path.suffix.lower(), actual="XLSX", suffix=".xlsx")
    return decode(content).lstrip("\ufeff")


@dataclass
class _Records:
    """The records of a text within the limits; what is beyond them is counted."""

    text: str
    delimiter: str
    rows: int = 0
    cells: int = 0
    rows_left_out: int = 0
    columns_left_out: int = 0

    def __iter__(self) -> Iterator[list[str]]:
        """The records without empty fields at their ends; a blank line is an empty record."""
        for fields in split_records(self.text, self.delimiter):
            while fields and not fields[-1]:
                del fields[-1]
            self.columns_left_out = max(self.columns_left_out, len(fields) - MAX_COLUMNS)
            del fields[MAX_COLUMNS:]
            if fields and (self.rows == MAX_ROWS or self.cells + len(fields) > MAX_CELLS):
                self.rows_left_out += 1
            else:
                self.rows += bool(fields)
                self.cells += len(fields)
                yield fields

    def omissions(self, budget: TableBudget) -> tuple[Omission, ...]:
        found = (
            Omission("rows beyond the limit", self.rows_left_out + budget.rows_left_out),
            Omission("columns beyond the limit", self.columns_left_out))
        return tuple(omission for omission in found if omission.count)


def _split_sections(records: _Records) -> Iterator[list[list[str]]]:
    """The records of each table with the lines above and below it."""
    section: list[list[str]] = []
    is_after_blank = False
    for fields in records:
        if fields and is_after_blank and section and _begins_section(section, fields):
            yield section
            section = []
        is_after_blank = not fields
        if fields:
            section.append(fields)
    if section:
        yield section


def _begins_section(section: Sequence[Sequence[str]], fields: Sequence[str]) -> bool:
    """True if a record after a blank line has another width than the table before it, or is a title."""
    last = section[-1]
    return len(last) > 1 and (len(fields) == 1 or abs(len(fields) - max(map(len, section[-3:]))) > 1)


def _section_elements(section: list[list[str]], delimiter: str, budget: TableBudget) -> Iterator[Element | Table]:
    """A table with its caption and the paragraphs below it; a list of sentences is paragraphs."""
    widths = [len(row) for row in section]
    usual = usual_width(widths)
    if max(widths) == 1 and are_sentences([row[0] for row in section]):
        yield from (Element("paragraph", row[0]) for row in section)
        return
    first, last = 0, len(section)
    while first < last - 1 and usual > 1 and is_title_width(widths[first], usual) and all(section[first]):
        first += 1
    while last > first + 1 and widths[last - 1] == 1 and usual > 2:
        last -= 1
    rows = budget.take_rows(section[first:last], max(widths))
    separator = delimiter if delimiter in "，\n" else f"{delimiter} "
    titles = [separator.join(row) for row in section[:first]]
    yield table_of_texts(rows, " ".join(titles))
    yield from (Element("paragraph", row[0]) for row in section[last:])

"""Elements of records: values of a JSON file turned into tables, questions with answers, headings and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.sources.elements import Cell, Element, Omission, Table
from rag.sources.errors import UnreadableFile
from rag.sources.readers.tabular.record_shapes import (
    MAX_DEPTH,
    SURROGATE,
    JsonValue,
    Number,
    Record,
    are_messages,
    are_records,
    flatten,
    has_long_texts,
    is_long,
    is_part,
    is_scalar,
    line_text,
    message_keys,
    pair_keys,
    share_keys,
    title_key,
)
from rag.sources.readers.tabular.table_limits import MAX_COLUMNS, MAX_ROWS, TableBudget
from rag.text.language import has_han
from rag.text.lexicon import load_lexicon


class RecordElements:
    """The elements of JSON values; what is beyond the limits of tables is counted."""

    def __init__(self) -> None:
        self._budget = TableBudget()
        self._rows_left = MAX_ROWS
        self._columns_left_out = 0

    def omissions(self) -> tuple[Omission, ...]:
        """What has been left out so far."""
        found = (
            Omission("rows beyond the limit", self._budget.rows_left_out),
            Omission("columns beyond the limit", self._columns_left_out))
        return tuple(omission for omission in found if omission.count)

    def elements_of(self, value: JsonValue, depth: int = 0) -> Iterator[Element | Table]:
        """The elements of a value at this depth in the file, 0 for the outermost.

        Raises:
            UnreadableFile: "too deep".
        """
        if depth > MAX_DEPTH:
            raise UnreadableFile("too deep")
        if isinstance(value, dict):
            yield from self._object_elements(value, depth)
        elif isinstance(value, list):
            yield from self._list_elements(value, depth)
        else:
            yield from _paragraphs(value)

    def _list_elements(self, values: list[JsonValue], depth: int) -> Iterator[Element | Table]:
        values = [value for value in values if value not in (None, "", [], {})]
        if all(map(is_scalar, values)):
            yield from (Element("item", line_text(value), level=1) for value in values)
        elif are_records(values):
            yield from self._records_elements(values, depth)
        elif all(isinstance(value, list) and all(map(is_scalar, value)) for value in values):
            yield from self._table([[line_text(cell) for cell in row] for row in values if isinstance(row, list)])
        else:
            for value in values:
                yield from self.elements_of(value, depth + 1)

    def _records_elements(self, records: list[Record], depth: int) -> Iterator[Element | Table]:
        """The elements of a list of objects."""
        if are_messages(records):
            yield from _message_elements(records)
        elif has_long_texts(records) or any(map(pair_keys, records)) or not share_keys(records):
            for record in records:
                yield from self._object_elements(record, depth)
        else:
            yield from self._record_table(records)

    def _object_elements(self, record: Record, depth: int) -> Iterator[Element | Table]:
        """The elements of one object: a pair, or its heading, a table of its short values, its texts and its parts."""
        if pair := pair_keys(record):
            yield from _pair_elements(record, pair)
            return
        if record and all(key.rstrip().endswith(("?", "？")) and is_scalar(value) for key, value in record.items()):
            for key, value in record.items():
                yield from _pair_elements({"question": key, "answer": value}, ("question", "answer"))
            return
        if are_records(parts := list(record.values())) and len(parts) > 1 and share_keys(parts):
            yield from self._record_table([{"": key, **part} for key, part in zip(record, parts, strict=True)])
            return
        yield from self._mixed_object_elements(record, depth)

    def _mixed_object_elements(self, record: Record, depth: int) -> Iterator[Element | Table]:
        level = min(_HIGHEST_HEADING + depth, _LOWEST_HEADING)
        texts = {key: value for key, value in record.items() if isinstance(value, str) and is_long(value)}
        parts = {key: value for key, value in record.items() if is_part(value)}
        title = title_key(record) if texts or parts else ""
        if title:
            yield Element("heading", line_text(record[title]), level)
            level = min(level + 1, _LOWEST_HEADING)
        short = {key: value for key, value in record.items() if key not in texts and key not in parts and key != title}
        rows = [[key, text] for key, value in flatten(short).items() if (text := line_text(value))]
        yield from self._table(rows, has_keys=True)
        for key, text in texts.items():
            if len(texts) > 1 or (not title and key.casefold() not in load_lexicon("rag.sources", "record_text_keys")):
                yield Element("heading", line_text(key), level)
            yield from _paragraphs(text)
        for key, part in parts.items():
            if len(record) > 1:
                yield Element("heading", line_text(key), level)
            yield from self.elements_of(part, depth + 1)

    def _record_table(self, records: Sequence[Record]) -> Iterator[Table]:
        """A table with a row for each record, and the keys as heads."""
        flat = [flatten(record) for record in records]
        keys = list(dict.fromkeys(key for record in flat for key in record))
        rows = [[line_text(key) for key in keys], *([line_text(record.get(key)) for key in keys] for record in flat)]
        yield from self._table(rows, has_heads=True)

    def _table(
            self, rows: list[list[str]], *, has_heads: bool = False, has_keys: bool = False) -> Iterator[Table]:
        """A table with heads in its first row, or keys in its first column, within the limits."""
        width = max(map(len, rows), default=0)
        self._columns_left_out = max(self._columns_left_out, width - MAX_COLUMNS)
        width = min(width, MAX_COLUMNS)
        fitting = self._budget.take_rows(rows[: self._rows_left], width)
        self._budget.rows_left_out += max(0, len(rows) - self._rows_left)
        self._rows_left -= len(fitting)
        if fitting and width:
            yield Table(tuple(
                tuple(
                    Cell(
                        row[c] if c < len(row) else "", (r, c),
                        is_head=_is_head(r, c, has_heads=has_heads, has_keys=has_keys) or None)
                    for c in range(width))
                for r, row in enumerate(fitting)))


_HIGHEST_HEADING, _LOWEST_HEADING = 2, 6  # the title of the document is above them


def _is_head(row: int, column: int, *, has_heads: bool, has_keys: bool) -> bool:
    return (has_heads and row == 0) or (has_keys and column == 0)


def _paragraphs(value: JsonValue) -> Iterator[Element]:
    """The paragraphs of a text, which blank lines separate."""
    text = SURROGATE.sub("\ufffd", value).replace("\r\n", "\n") if isinstance(value, str) else line_text(value)
    for paragraph in re.split(r"\n[^\S\n]*\n", text):
        if paragraph.strip():
            yield Element("paragraph", paragraph.strip())


def _pair_elements(record: Record, keys: tuple[str, str]) -> Iterator[Element]:
    """A question and its answer; long other texts, such as their context, come before it, short ones after it."""
    question, answer = keys
    others = {key: value for key, value in record.items() if key not in keys and not isinstance(value, Number)}
    for value in others.values():
        if isinstance(value, str) and is_long(value):
            yield from _paragraphs(value)
    yield Element("question", line_text(record[question]))
    yield Element("answer", "\n".join(dict.fromkeys(_texts(record[answer]))))
    for key, value in others.items():
        if (text := line_text(value)) and not (isinstance(value, str) and is_long(value)):
            yield Element("paragraph", f"{line_text(key)}: {text}")


def _texts(value: JsonValue, depth: int = 0) -> Iterator[str]:
    """The texts of an answer; of a list or an object those in it, without the numbers of their places.

    Raises:
        UnreadableFile: "too deep".
    """
    if depth > MAX_DEPTH:
        raise UnreadableFile("too deep")
    if isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            if not isinstance(part, Number):
                yield from _texts(part, depth + 1)
    elif isinstance(value, str):
        yield SURROGATE.sub("\ufffd", value).strip()
    else:
        yield line_text(value)


def _message_elements(records: Sequence[Record]) -> Iterator[Element]:
    for record in records:
        if keys := message_keys(record):
            content = record[keys[1]]
            parts = content if isinstance(content, list) else [content]
            texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
            text = "\n".join(text for part in texts for text in _texts(part) if text)
            if text:
                sign = "：" if has_han(text) else ": "
                yield Element("paragraph", f"{line_text(record[keys[0]])}{sign}{text}")

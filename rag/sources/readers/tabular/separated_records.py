"""Records of separated values: the text of a .csv or .tsv file turned into the fields of each record.

The delimiter is the one that gives most rows the same number of fields. `csv` of the standard library takes the rest of
the file into one field after a quotation mark that nobody closed; here a mark that is not closed soon is a character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice


def find_delimiter(text: str, suffix: str = ".csv") -> str:
    """The delimiter of a text; a line feed if no character separates its lines into fields.

    >>> find_delimiter("name;share\\na;1,5\\nb;2,5")
    ';'
    """
    found = {delimiter: _fit_delimiter(text, delimiter, suffix) for delimiter in _DELIMITERS}
    best = max(found.values())
    if not best:
        return "\n"
    # a comma that stands in all rows beside a rarer sign is a decimal comma
    return next(delimiter for delimiter, share in found.items() if share >= best - _SHARE_TOLERANCE)


_DELIMITERS = "\t|;,，"  # the rarer a sign is in text, the earlier it comes
_SAMPLE_LENGTH, _SAMPLE_RECORDS = 250_000, 300  # characters and records that show the delimiter
_SHARE_TOLERANCE = 0.05  # a few ragged rows
_MIN_SHARE, _MIN_SHARE_WITHOUT_HEAD = 0.5, 0.8  # of rows with as many fields as the first, or as each other
_MAX_TITLE_LINES = 5


def _fit_delimiter(text: str, delimiter: str, suffix: str) -> float:
    """The share of rows that have as many fields as most rows of their table, 0 to 1; 0 if the sign is no delimiter."""
    records = _sample_records(text, delimiter)
    tables = _count_fields(records)
    rows = [count for table in tables for count in table]
    # a comma of sentences: the full-width one, or one that a blank always follows
    is_doubtful = delimiter == "，" or (delimiter == "," and not re.search(r",(?! )", text[:_SAMPLE_LENGTH]))
    if not rows or (is_doubtful and (len(records) == 1 or len({len(fields) for fields in records if any(fields)}) > 1)):
        return 0
    share = sum(table.count(usual_width(table)) for table in tables) / len(rows)
    have_head = all(usual_width(table) == table[0] for table in tables)
    is_default = delimiter == ("\t" if suffix == ".tsv" else ",") and min(rows) > 1
    return share if is_default or share >= (_MIN_SHARE if have_head else _MIN_SHARE_WITHOUT_HEAD) else 0


def _sample_records(text: str, delimiter: str) -> list[list[str]]:
    records = list(islice(split_records(text[:_SAMPLE_LENGTH], delimiter), _SAMPLE_RECORDS))
    if len(text) > _SAMPLE_LENGTH and len(records) < _SAMPLE_RECORDS:
        del records[-1:]  # it is cut
    return records


def _count_fields(records: Sequence[Sequence[str]]) -> list[list[int]]:
    """The numbers of fields of the rows of each table, without the lines above and below it.

    A single row with a line above it is no table: a comma in a sentence may have divided it.
    """
    tables: list[list[int]] = [[]]
    for fields in records:
        if any(fields):
            tables[-1].append(len(fields))
        elif tables[-1]:
            tables.append([])
    if 2 * len(tables) > len(records):  # blank lines between all rows
        tables = [[count for table in tables for count in table]]
    found = []
    for table in tables:
        usual = usual_width(table)
        titles = next((i for i, count in enumerate(table) if not is_title_width(count, usual)), len(table))
        rows = table[titles:]
        while rows and rows[-1] == 1:
            del rows[-1]
        if len(rows) > (1 if titles else 0) and titles <= _MAX_TITLE_LINES:
            found.append(rows)
        elif any(count > 1 for count in rows):
            return []
    return found


def usual_width(counts: Sequence[int]) -> int:
    """The most frequent number of fields above one; of equally frequent ones the first."""
    frequency = Counter(count for count in counts if count > 1)
    return max(frequency, key=lambda count: frequency[count], default=1)


def is_title_width(count: int, usual: int) -> bool:
    """True for a line with one field, or with so few that its commas are those of a sentence."""
    return count == 1 or (usual >= _MIN_WIDE and 2 * count <= usual)


_MIN_WIDE = 4  # columns


def split_records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The fields of each record of a text; those of a blank line are one empty field.

    >>> list(split_records('a,"b, ""c""\\nd"\\n5" pipe,2', ","))
    [['a', 'b, "c" d'], ['5" pipe', '2']]
    """
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if text.find('"', position, end) < 0:
            yield [" ".join(field.split()) for field in text[position:end].split(delimiter)]
            position = end + 1
            continue
        fields, position = _split_quoted(text, position, delimiter)
        yield fields


def _split_quoted(text: str, position: int, delimiter: str) -> tuple[list[str], int]:
    """The fields of a record with quotation marks, and where the next record begins."""
    quoted, plain = _field_patterns(delimiter)
    fields: list[str] = []
    while True:
        match = quoted.match(text, position, position + _MAX_FIELD_LENGTH)
        if match and match.group(1).count("\n") <= _MAX_LINES_IN_FIELD:
            field = match.group(1).replace('""', '"') + match.group(2)
        else:
            match = plain.match(text, position)
            if match is None:  # it matches the empty text, too
                return fields, len(text)
            field = match.group()
        fields.append(" ".join(field.split()))
        position = match.end() + 1
        if match.end() >= len(text) or text[match.end()] == "\n":
            return fields, position


@cache
def _field_patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    rest = f"[^{re.escape(delimiter)}\n]*"
    return re.compile(rf'[^\S\n\t]*"((?:[^"]++|"")*+)"({rest})'), re.compile(rest)


_MAX_FIELD_LENGTH, _MAX_LINES_IN_FIELD = 131_072, 200  # the limit of `csv`; a longer field began with a stray mark

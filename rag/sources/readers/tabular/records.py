"""Reader of records: .json, .jsonl and .ndjson turned into tables, questions with answers, headings and paragraphs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rag.sources.elements import FileContent, Omission
from rag.sources.errors import BilingualText, UnreadableFile
from rag.sources.readers.encodings import decode
from rag.sources.readers.tabular.record_elements import RecordElements
from rag.sources.readers.tabular.record_shapes import JsonValue, Number


def read_records(path: Path) -> FileContent:
    """The values of a JSON file, or of a file with one JSON value in each line.

    A list of flat objects is a table, whose heads are their keys; one object is a table of keys and values; objects
    with long texts are headings and paragraphs; questions with answers, conversations and lists of texts are what
    they are. Lines that are not JSON are left out and counted if there are others.

    Raises:
        UnreadableFile: "bad JSON" with the line, "too deep", "not text" or "damaged".
    """
    text = decode(path.read_bytes()).lstrip("\ufeff")
    value, bad_lines = _parse_text(text, has_lines=path.suffix.lower() != ".json")
    builder = RecordElements()
    elements = tuple(builder.elements_of(value))
    omissions = builder.omissions()
    if bad_lines:
        where = ", ".join(map(str, bad_lines[:_MAX_NAMED_LINES])) + (", …" if len(bad_lines) > _MAX_NAMED_LINES else "")
        omissions = (*omissions, Omission("records that are not JSON", len(bad_lines), where))
    return FileContent(elements, omissions=omissions)


_MAX_NAMED_LINES = 10  # that a reader can check by hand


def _parse_text(text: str, *, has_lines: bool) -> tuple[JsonValue, list[int]]:
    """The value of a text, and the numbers of the lines that are not JSON.

    A .jsonl file may hold one value after all, and a .json file one in each line.

    Raises:
        UnreadableFile: as in `read_records`.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if has_lines and lines and _is_json(lines[0][1]):
        return _parse_lines(lines)
    try:
        return _parse_value(text), []
    except json.JSONDecodeError as error:
        values = _parse_sequence(text)
        if len(values) > 1:
            return values, []
        sample = lines[:_SAMPLE_LINES]
        if len(lines) > 1 and sum(_is_json(line) for _, line in sample) * 2 > len(sample):
            return _parse_lines(lines)
        raise UnreadableFile("bad JSON", line=error.lineno, detail=_explain_error(error)) from None


_SAMPLE_LINES = 20  # that show whether each line is a record


def _parse_lines(lines: list[tuple[int, str]]) -> tuple[JsonValue, list[int]]:
    values: list[JsonValue] = []
    bad_lines = []
    for number, line in lines:
        try:
            values.append(_parse_value(line.strip()))
        except json.JSONDecodeError:
            bad_lines.append(number)
    return values, bad_lines


def _parse_sequence(text: str) -> list[JsonValue]:
    """Values that follow each other, each over several lines; empty if there is anything else between or after them.

    Raises:
        UnreadableFile: "too deep".
    """
    values: list[JsonValue] = []
    position = len(text) - len(text.lstrip())
    while position < len(text):
        try:
            value, end = _DECODER.raw_decode(text, position)
        except json.JSONDecodeError:
            return []
        except RecursionError:
            raise UnreadableFile("too deep") from None
        values.append(value)
        next_value = _NOT_BLANK.search(text, end)
        position = next_value.start() if next_value else len(text)
    return values


_NOT_BLANK = re.compile(r"[^\s,;]")


def _is_json(line: str) -> bool:
    try:
        _parse_value(line.strip())
    except json.JSONDecodeError:
        return False
    return True


def _parse_value(text: str) -> JsonValue:
    """One value; control characters in strings are allowed.

    Raises:
        json.JSONDecodeError: it is not JSON.
        UnreadableFile: "too deep".
    """
    try:
        value: JsonValue = _DECODER.decode(text)
    except RecursionError:
        raise UnreadableFile("too deep") from None
    return value


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number, strict=False)


def _explain_error(error: json.JSONDecodeError) -> BilingualText:
    """What is wrong, without the words of the library."""
    for beginning, explanation in _EXPLANATIONS.items():
        if error.msg.startswith(beginning):
            return explanation
    return {"en": "a sign is in the wrong place", "zh": "有一个符号的位置不对"}


_EXPLANATIONS: dict[str, BilingualText] = {
    "Expecting ',' delimiter": {"en": "a comma or a closing bracket is missing", "zh": "缺少逗号或右括号"},
    "Expecting ':' delimiter": {"en": "a colon is missing", "zh": "缺少冒号"},
    "Expecting property name": {"en": "a key in double quotation marks is missing", "zh": "缺少双引号中的键名"},
    "Expecting value": {"en": "a value is missing", "zh": "缺少值"},
    "Unterminated string": {"en": "a text has no closing quotation mark", "zh": "文字缺少右引号"},
    "Invalid \\": {"en": "a backslash is followed by a wrong sign", "zh": "反斜杠后面的符号不对"},
    "Extra data": {"en": "there is something after the end", "zh": "结尾之后还有内容"},
}

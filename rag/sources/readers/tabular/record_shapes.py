"""Shapes of records: what a value of a JSON file is, by its keys and the lengths of its texts; its text in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

from rag.sources.errors import UnreadableFile
from rag.text.language import has_han
from rag.text.lexicon import load_lexicon

JsonValue: TypeAlias = "str | bool | list[JsonValue] | dict[str, JsonValue] | None"
Record: TypeAlias = dict[str, JsonValue]


class Number(str):
    """A number as the file writes it: 1.10 remains 1.10."""

    __slots__ = ()


MAX_DEPTH = 64  # of values in values; data for people has less than 10


def is_scalar(value: JsonValue) -> bool:
    return not isinstance(value, (list, dict))


def are_records(values: Sequence[JsonValue]) -> TypeGuard[list[Record]]:
    return bool(values) and all(isinstance(value, dict) for value in values)


def is_flat(record: Record, depth: int = 0) -> bool:
    """True if an object has only values that fit into cells, or objects with such values."""
    return depth < _MAX_FLAT_DEPTH and all(
        is_flat(value, depth + 1) if isinstance(value, dict)
        else not isinstance(value, list) or all(map(is_scalar, value)) for value in record.values())


_MAX_FLAT_DEPTH = 4  # keys that are joined with dots


def is_part(value: JsonValue) -> bool:
    """True for a value that does not fit into a cell: a long list, or one of objects, or an object with such a list."""
    if isinstance(value, dict):
        return not is_flat(value, 1) or len(value) > _MAX_CELL_VALUES
    if not isinstance(value, list):
        return False
    return not all(map(is_scalar, value)) or len(value) > _MAX_CELL_VALUES or sum(
        len(line_text(item)) for item in value) > _LONG_TEXT


_MAX_CELL_VALUES = 12  # of a list or an object, which a reader sees at a glance


def share_keys(records: Sequence[Record]) -> bool:
    """True if objects are rows of one table: they are flat, and most have a value for most of the keys."""
    keys = {key for record in records for key in record}
    filled = sum(map(len, records)) / max(1, len(keys) * len(records))
    return all(map(is_flat, records)) and filled >= _MIN_FILLED_SHARE


_MIN_FILLED_SHARE = 0.25  # of the cells of a table


def is_long(text: str) -> bool:
    return len(text) > _LONG_TEXT or "\n\n" in text or text.count("\n") > _MAX_LINES


_LONG_TEXT, _MAX_LINES = 150, 3  # characters and line ends of a text that fits into a cell


def has_long_texts(records: Sequence[Record]) -> bool:
    """True if many objects have a text that is too long for a cell."""
    having = sum(any(isinstance(value, str) and is_long(value) for value in record.values()) for record in records)
    return having >= _MIN_LONG_SHARE * len(records)


_MIN_LONG_SHARE = 0.3  # of the objects


def flatten(record: Record, prefix: str = "", depth: int = 0) -> dict[str, JsonValue]:
    """An object without objects in it: `{"a": {"b": 1}}` → `{"a.b": 1}`."""
    flat: dict[str, JsonValue] = {}
    for key, value in record.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and depth < _MAX_FLAT_DEPTH:
            flat |= flatten(value, name, depth + 1)
        else:
            flat[name] = value
    return flat


def line_text(value: JsonValue, depth: int = 0) -> str:
    """A value in one line: a list as `a, b`, an object as `key: value; key: value`.

    Raises:
        UnreadableFile: "too deep".
    """
    if depth > MAX_DEPTH:
        raise UnreadableFile("too deep")
    if isinstance(value, str):
        return " ".join(SURROGATE.sub("\ufffd", value).split())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "; ".join(f"{line_text(key)}: {line_text(part, depth + 1)}" for key, part in value.items())
    if value is None:
        return ""
    texts = [text for part in value if (text := line_text(part, depth + 1))]
    return ("、" if any(map(has_han, texts)) else ", ").join(texts)


SURROGATE = re.compile("[\ud800-\udfff]")  # half a pair, which an escape in JSON can give


def title_key(record: Mapping[str, JsonValue]) -> str:
    """The key of the title of an object; empty if it has none."""
    return _find_key(record, "record_title_keys")


def _find_key(record: Mapping[str, JsonValue], lexicon: str) -> str:
    """The key of an object that stands first in a lexicon, if its value is a text that is not empty."""
    by_name = {key.strip().casefold(): key for key, value in record.items() if value not in (None, "", [], {})}
    return next((by_name[name] for name in load_lexicon("rag.sources", lexicon) if name in by_name), "")


def pair_keys(record: Record) -> tuple[str, str] | None:
    """The keys of a question and its answer; None if the object is no such pair."""
    question = _find_key(record, "record_question_keys")
    answer = _find_key(record, "record_answer_keys")
    return (question, answer) if question and answer and isinstance(record[question], str) else None


def are_messages(records: Sequence[Record]) -> bool:
    """True for a conversation with a model: each object has a known role and a content."""
    roles = load_lexicon("rag.sources", "message_roles")
    return all(
        (keys := message_keys(record)) and line_text(record[keys[0]]).casefold() in roles for record in records)


def message_keys(record: Record) -> tuple[str, str] | None:
    return next(((role, content) for role, content in _MESSAGE_KEYS if role in record and content in record), None)


_MESSAGE_KEYS = (("role", "content"), ("from", "value"), ("role", "text"), ("role", "parts"))

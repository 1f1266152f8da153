"""Records: the objects of a published JSON or JSON Lines file, with checks of the existence and type of fields."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark


class Record:
    """An object of a published file; `location` names it in error messages."""

    def __init__(self, value: object, location: str) -> None:
        """Wrap a parsed JSON value.

        Raises:
            BadBenchmark: the value is not an object.
        """
        self.location = location
        if not isinstance(value, dict):
            raise BadBenchmark(
                f"{location}: an object is expected, but this is {_describe_kind(value)}; "
                "is the file in the published format?")
        self._fields: dict[str, object] = value

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def field_value(self, name: str) -> object:
        """The value of a field, of any type.

        Raises:
            BadBenchmark: the field is missing.
        """
        if name not in self._fields:
            raise BadBenchmark(f"{self.location}: {name!r} is missing; is the file in the published format?")
        return self._fields[name]

    def is_blank(self, name: str) -> bool:
        """True if a field is a text of white space only, like the question TRIAL_20_QUERY_0 of CMRC 2018."""
        value = self.field_value(name)
        return isinstance(value, str) and not value.strip()

    def text(self, name: str) -> str:
        """A field with a text that is not blank, or with a number, which is converted to text."""
        value = self.field_value(name)
        if not _is_text(value) or not str(value).strip():
            raise BadBenchmark(f"{self.location}: {name!r} must be a text, but is {_describe_kind(value)}")
        return _valid_unicode(str(value))

    def text_or_default(self, default: str, name: str) -> str:
        """As `text`, but the default if the field is missing, null or blank."""
        value = self._fields.get(name)
        is_blank = isinstance(value, str) and not value.strip()
        return default if value is None or is_blank else self.text(name)

    def texts(self, name: str) -> list[str]:
        """A field with a text or a list of texts, as a list."""
        return parse_texts(self.field_value(name), f"{self.location}, {name!r}")

    def item_list(self, name: str) -> list[object]:
        """A field with a list."""
        value = self.field_value(name)
        if not isinstance(value, list):
            raise BadBenchmark(f"{self.location}: {name!r} must be a list, but is {_describe_kind(value)}")
        return value

    def records(self, name: str) -> Iterator[Record]:
        """A field with a list of objects."""
        return parse_records(self.item_list(name), f"{self.location}, {name}")


def parse_records(values: list[object], location: str) -> Iterator[Record]:
    """The objects of a list as records; the location of each includes its number, from 1."""
    return (Record(value, f"{location} {number}") for number, value in enumerate(values, 1))


def parse_texts(value: object, location: str) -> list[str]:
    """The texts that are not blank, from a text or a list of texts.

    Raises:
        BadBenchmark: the value, or an item of the list, is not a text.
    """
    items = value if isinstance(value, list) else [value]
    for item in items:
        if not _is_text(item):
            raise BadBenchmark(f"{location}: texts are expected, but there is {_describe_kind(item)}")
    return [_valid_unicode(str(item)) for item in items if str(item).strip()]


def read_json(path: Path) -> object:
    """The content of a JSON file, which may be gzipped (`.gz`).

    Raises:
        BadBenchmark: the file cannot be read or is not JSON.
    """
    return _parse_json(_read_text(path), path.name)


def read_json_lines(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file.

    Raises:
        BadBenchmark: the file cannot be read, or a line is not a JSON object.
    """
    # not splitlines(): texts from the web contain U+2028 and U+0085, which JSON does not escape inside a text
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        if line.strip():
            location = f"{path.name}, line {number}"
            yield Record(_parse_json(line, location), location)


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        fault = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BadBenchmark(f"{path}: cannot be read ({fault}); download the file and give its path") from None
    except UnicodeDecodeError as error:
        raise BadBenchmark(f"{path.name}: not UTF-8 (byte {error.start:,}); is it still compressed?") from None


def _parse_json(text: str, location: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadBenchmark(f"{location}: not JSON ({error}); was the download cut short?") from None
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _valid_unicode(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD: JSON can contain them, but they cannot be encoded as UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _describe_kind(value: object) -> str:
    if isinstance(value, str):
        return "a text" if value.strip() else "a blank text"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"

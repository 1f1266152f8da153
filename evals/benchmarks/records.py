"""A published JSON or JSON Lines file becomes Records, whose fields are there and of the right kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark


class Record:
    """An object of a published file; `where` says which, for the sentence that names a fault."""

    def __init__(self, value: object, location: str) -> None:
        """Raises BadBenchmark where the value is no object."""
        self.location = location
        if not isinstance(value, dict):
            raise BadBenchmark(f"{location}: an object is expected, and this is {_describe_kind(value)}; is the file in the published format?")
        self._fields: dict[str, object] = value

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def field_value(self, name: str) -> object:
        """A field as it stands.

        Raises:
            BadBenchmark: it is not there.
        """
        if name not in self._fields:
            raise BadBenchmark(f"{self.location}: {name!r} is missing; is the file in the published format?")
        return self._fields[name]

    def is_blank(self, name: str) -> bool:
        """True where a field holds a text without letters, as the question of CMRC 2018's TRIAL_20_QUERY_0 does."""
        value = self.field_value(name)
        return isinstance(value, str) and not value.strip()

    def text(self, name: str) -> str:
        """A field that holds a text that is not blank, or a number, which is told as a text."""
        value = self.field_value(name)
        if not _is_text(value) or not str(value).strip():
            raise BadBenchmark(f"{self.location}: {name!r} is to be a text, and is {_describe_kind(value)}")
        return _valid_unicode(str(value))

    def text_or_default(self, default: str, name: str) -> str:
        """As `text`, but where the field is missing, null or blank, something else."""
        value = self._fields.get(name)
        return self.text(name) if value is not None and (not isinstance(value, str) or value.strip()) else default

    def texts(self, name: str) -> list[str]:
        """A field that holds a text or a list of texts."""
        return parse_texts(self.field_value(name), f"{self.location}, {name!r}")

    def item_list(self, name: str) -> list[object]:
        """A field that holds a list."""
        value = self.field_value(name)
        if not isinstance(value, list):
            raise BadBenchmark(f"{self.location}: {name!r} is to be a list, and is {_describe_kind(value)}")
        return value

    def records(self, name: str) -> Iterator[Record]:
        """A field that holds a list of objects."""
        return parse_records(self.item_list(name), f"{self.location}, {name}")


def parse_records(values: list[object], location: str) -> Iterator[Record]:
    """Objects of a list, each knowing its place, counted from 1."""
    return (Record(value, f"{location} {number}") for number, value in enumerate(values, 1))


def parse_texts(value: object, location: str) -> list[str]:
    """A text or a list of texts as a list of those that are not blank.

    Raises:
        BadBenchmark: it is something else, or holds something else.
    """
    values = value if isinstance(value, list) else [value]
    if not all(_is_text(one) for one in values):
        odd = next(one for one in values if not _is_text(one))
        raise BadBenchmark(f"{location}: texts are expected, and there is {_describe_kind(odd)}")
    return [_valid_unicode(str(one)) for one in values if str(one).strip()]


def read_json(path: Path) -> object:
    """The content of a JSON file.

    Raises:
        BadBenchmark: it cannot be read or is no JSON.
    """
    return _parse_json(_read_text(path), path.name)


def read_json_lines(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file.

    Raises:
        BadBenchmark: it cannot be read, or a line is no JSON object.
    """
    # not splitlines(): texts from the web hold U+2028 and U+0085, which JSON leaves as they are inside a text
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        if line.strip():
            where = f"{path.name}, line {number}"
            yield Record(_parse_json(line, where), where)


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadBenchmark(f"{path}: cannot be read ({error.strerror}); download the file and give its path") from None
    except UnicodeDecodeError as error:
        raise BadBenchmark(f"{path.name}: not UTF-8 (byte {error.start:,}); is it still packed?") from None


def _parse_json(text: str, location: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadBenchmark(f"{location}: not JSON ({error}); was the download cut short?") from None
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _valid_unicode(text: str) -> str:
    """The text with half characters replaced: half of a surrogate pair can be told in JSON, but written to no file."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _describe_kind(value: object) -> str:
    if isinstance(value, str):
        return "a text" if value.strip() else "a blank text"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a number"

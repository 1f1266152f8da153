"""Scope parser: reads the scope cell of a question list, such as `year:2022-2024` or `来源：城市年报`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.library.scope import UnknownSource, find_source
from rag.schema import LANGUAGES, HuwenError, Language, Scope, Source

# the names before the colon; the English names are also the command's options
_SCOPE_KINDS = {
    "source": "source", "来源": "source", "文件": "source", "tag": "tag", "标签": "tag",
    "year": "year", "年份": "year", "年": "year", "language": "language", "语言": "language",
}
_SCOPE_PART = re.compile(rf"\s*({'|'.join(_SCOPE_KINDS)})\s*[:：]\s*(.*)", re.I | re.S)
_YEAR_RANGE = re.compile(r"(\d{4})(?:\s*(?:-|–|—|~|～|至|到)\s*(\d{4}))?年?")
_LANGUAGE_NAMES: dict[str, Language] = {
    "zh": "zh", "en": "en", "chinese": "zh", "english": "en", "中文": "zh", "汉语": "zh", "英文": "en", "英语": "en"}


class BadScope(HuwenError):
    """A cell that cannot be read as a scope."""


def parse_language(text: str) -> Language | None:
    """`中文` → zh, `English` → en; None for other text, which the caller reports with its place in the file."""
    return _LANGUAGE_NAMES.get(text.strip().lower())


def validate_scope(cell: str) -> None:
    """Check the syntax of a cell; the sources and tags that it names may still be missing in the library.

    Raises:
        BadScope: a year or language cannot be read, or a part has no value.
    """
    for kind, value in _split_parts(cell):
        if kind == "year":
            _parse_years(value)
        if kind == "language":
            _scope_language(value)


def parse_scope(cell: str, sources: Sequence[Source], default: Scope) -> Scope:
    """The scope that a cell names; parts that it does not name are those of `default`.

    Forms: `source:notes.md; tag:policy; year:2022-2024; language:en`, also with Chinese names (来源：甲；年份：2023),
    or the bare name of a source or a tag. Several values of one kind are written as several parts: `tag:a; tag:b`.

    Raises:
        BadScope: a year or language cannot be read, or a part has no value.
        UnknownSource: a bare name is not the name of a source or a tag.
    """
    if not cell.strip():
        return default
    if _is_source(cell.strip(), sources):
        return replace(default, sources=(cell.strip(),))
    values: dict[str, list[str]] = {}
    for kind, value in _split_parts(cell):
        values.setdefault(kind or _detect_kind(value, sources), []).append(value)
    languages, years = default.languages, default.years
    if "language" in values:
        languages = tuple(_scope_language(value) for value in values["language"])
    if "year" in values:
        years = _parse_years(values["year"][-1])
    return Scope(
        tuple(values.get("source", default.sources)), tuple(values.get("tag", default.tags)), languages, years)


def _split_parts(cell: str) -> Iterator[tuple[str, str]]:
    """Each part of a cell as kind and value; the kind of a bare name is empty."""
    for part in filter(None, (part.strip() for part in re.split(r"[;；]", cell))):
        match = _SCOPE_PART.fullmatch(part)
        if not match:
            yield "", part
            continue
        if not match[2]:
            raise BadScope(f"scope {cell!r}: there is no value after {match[1]}; write one, or delete that part")
        yield _SCOPE_KINDS[match[1].lower()], match[2].strip()


def _detect_kind(name: str, sources: Sequence[Source]) -> str:
    if _is_source(name, sources):
        return "source"
    if any(name in source.tags for source in sources):
        return "tag"
    raise UnknownSource(f"scope {name!r}: no source and no tag has that name; `huwen sources` lists them")


def _is_source(name: str, sources: Sequence[Source]) -> bool:
    try:
        find_source(name, sources)
    except UnknownSource:
        return False
    return True


def _parse_years(text: str) -> tuple[int, int]:
    match = _YEAR_RANGE.fullmatch(text.strip())
    if not match or int(match[1]) > int(match[2] or match[1]):
        raise BadScope(f"scope year {text!r}: give a year, or the first and the last as in 2022-2024")
    return int(match[1]), int(match[2] or match[1])


def _scope_language(text: str) -> Language:
    language = parse_language(text)
    if language is None:
        raise BadScope(f"scope language {text!r}: is not one of {', '.join(LANGUAGES)}")
    return language

"""A cell of a list of questions becomes the scope that its question is asked in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.library.scope import UnknownSource, find_source
from rag.schema import LANGUAGES, HuwenError, Language, Scope, Source

# what stands before the colon, as the command's options have it
_SCOPE_KINDS = {
    "source": "source", "来源": "source", "文件": "source", "tag": "tag", "标签": "tag", "year": "year", "年份": "year", "年": "year",
    "language": "language", "语言": "language",
}
_SCOPE_PART = re.compile(rf"\s*({'|'.join(_SCOPE_KINDS)})\s*[:：]\s*(.*)", re.I | re.S)
_YEAR_RANGE = re.compile(r"(\d{4})(?:\s*(?:-|–|—|~|～|至|到)\s*(\d{4}))?年?")
_LANGUAGE_NAMES: dict[str, Language] = {
    "zh": "zh", "en": "en", "chinese": "zh", "english": "en", "中文": "zh", "汉语": "zh", "英文": "en", "英语": "en"}


class BadScope(HuwenError):
    """A cell that names no scope."""


def parse_language(text: str) -> Language | None:
    """`中文` → zh, `English` → en; None for what names neither, which a caller tells in its own place."""
    return _LANGUAGE_NAMES.get(text.strip().lower())


def validate_scope(cell: str) -> None:
    """See that a cell is written well; what it names may still be missing in the library.

    Raises:
        BadScope: a year or language that is none.
    """
    for kind, value in _split_parts(cell):
        if kind == "year":
            _parse_years(value)
        if kind == "language":
            _scope_language(value)


def parse_scope(cell: str, sources: Sequence[Source], default: Scope) -> Scope:
    """The scope that a cell names; what it leaves open is as in `otherwise`.

    `source:notes.md; tag:policy; year:2022-2024; language:en`, with Chinese names too (来源：甲；年份：2023), or the bare name of a
    source or a tag. Several of one kind are given one after another: `tag:a; tag:b`.

    Raises:
        BadScope: a year or language that is none.
        UnknownSource: a bare name is that of no source and no tag.
    """
    if not cell.strip():
        return default
    if _is_source(cell.strip(), sources):
        return replace(default, sources=(cell.strip(),))
    found: dict[str, list[str]] = {}
    for kind, value in _split_parts(cell):
        found.setdefault(kind or _detect_kind(value, sources), []).append(value)
    return Scope(
        tuple(found.get("source", default.sources)), tuple(found.get("tag", default.tags)),
        tuple(_scope_language(value) for value in found["language"]) if "language" in found else default.languages,
        _parse_years(found["year"][-1]) if "year" in found else default.years)


def _split_parts(cell: str) -> Iterator[tuple[str, str]]:
    """Each part with its kind; a bare name has none."""
    for part in filter(None, (part.strip() for part in re.split(r"[;；]", cell))):
        told = _SCOPE_PART.fullmatch(part)
        if told and not told[2]:
            raise BadScope(f"scope {cell!r}: nothing stands behind {told[1]}")
        yield (_SCOPE_KINDS[told[1].lower()], told[2].strip()) if told else ("", part)


def _detect_kind(name: str, sources: Sequence[Source]) -> str:
    if _is_source(name, sources):
        return "source"
    if any(name in source.tags for source in sources):
        return "tag"
    raise UnknownSource(f"scope {name!r}: no source and no tag goes by that name; `huwen sources` lists them")


def _is_source(name: str, sources: Sequence[Source]) -> bool:
    try:
        find_source(name, sources)
    except UnknownSource:
        return False
    return True


def _parse_years(text: str) -> tuple[int, int]:
    told = _YEAR_RANGE.fullmatch(text.strip())
    if not told or int(told[1]) > int(told[2] or told[1]):
        raise BadScope(f"scope year {text!r}: give a year, or the first and the last as in 2022-2024")
    return int(told[1]), int(told[2] or told[1])


def _scope_language(text: str) -> Language:
    found = parse_language(text)
    if found is None:
        raise BadScope(f"scope language {text!r}: is none of {', '.join(LANGUAGES)}")
    return found

"""A scope and the sources that are in become the ids of those that may be searched, and what the library covers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.schema import HuwenError, Language, Scope, Source


class UnknownSource(HuwenError):
    """No source, or more than one, goes by the name that was given."""


class EmptyScope(HuwenError):
    """No source is in the scope that was given."""


@dataclass(frozen=True)
class Coverage:
    """What a library holds: its languages and tags with the number of sources, and the first and last year; 0 without dates."""

    sources: int
    passages: int
    languages: dict[Language, int]
    tags: dict[str, int]
    years: tuple[int, int]


def source_coverage(sources: Sequence[Source]) -> Coverage:
    """What some sources hold together."""
    years = [found for source in sources if (found := source_year(source))]
    return Coverage(
        sources=len(sources), passages=sum(source.passages for source in sources),
        languages=dict(Counter(source.language for source in sources)),
        tags=dict(sorted(Counter(tag for source in sources for tag in source.tags).items())),
        years=(min(years, default=0), max(years, default=0)))


def source_year(source: Source) -> int:
    """The year in which a source is dated; 0 for one without a date."""
    found = re.search(r"\d{4}", source.date)
    return int(found[0]) if found else 0


def resolve_scope(scope: Scope, sources: Sequence[Source]) -> frozenset[str] | None:
    """The ids of the sources in a scope; nothing where that is every one.

    Raises:
        UnknownSource: a source is named that is not in.
        EmptyScope: no source has the tags, language and years that are asked for.
    """
    if scope == Scope():
        return None
    chosen = [find_source(name, sources) for name in scope.sources] or list(sources)
    for what, asked, keeps in _scope_conditions(scope):
        left = [source for source in chosen if keeps(source)]
        if not left:
            of_those = " of those chosen" if len(chosen) < len(sources) else ""
            raise EmptyScope(f"no source{of_those} has the {what} {asked}; the library has {_known_values(what, source_coverage(sources))}")
        chosen = left
    return frozenset(source.id for source in chosen)


def _scope_conditions(scope: Scope) -> Iterator[tuple[str, str, Callable[[Source], bool]]]:
    """What a source must have: what it is called, what is asked for, and whether a source has it."""
    if scope.tags:
        yield "tag", ", ".join(scope.tags), lambda source: bool({*source.tags} & {*scope.tags})
    if scope.languages:
        yield "language", ", ".join(scope.languages), lambda source: source.language in scope.languages
    if scope.years:
        first, last = scope.years
        yield "year", _format_years(scope.years), lambda source: first <= source_year(source) <= last


def _known_values(what: str, coverage: Coverage) -> str:
    """What could be asked for instead."""
    known = {"tag": ", ".join(coverage.tags), "language": ", ".join(coverage.languages), "year": _format_years(coverage.years)}
    return known[what] or "none"


def _format_years(years: tuple[int, int]) -> str:
    """`2022–2024`, `2024`, or nothing where there are no years."""
    return "–".join(str(each) for each in dict.fromkeys(years) if each)


def find_source(name: str, sources: Sequence[Source]) -> Source:
    """The one source of that id, file name or title.

    Raises:
        UnknownSource: none, or more than one, goes by that name.
    """
    found = [s for s in sources if s.id == name] or [s for s in sources if name in (s.name, s.title)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownSource(f"{name}: {len(found)} sources go by that name; give the id: " + ", ".join(s.id for s in found))
    raise UnknownSource(f"{name}: no such source; `huwen sources` lists them")

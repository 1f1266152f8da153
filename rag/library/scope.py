"""Scope of a question: which sources may be searched, and what the library covers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.schema import HuwenError, Language, Scope, Source

WHOLE_LIBRARY = Scope()


class UnknownSource(HuwenError):
    """No source, or more than one source, has the given name."""


class EmptyScope(HuwenError):
    """No source is in the given scope."""


@dataclass(frozen=True)
class Coverage:
    """What a library covers: languages and tags with numbers of sources, first and last year (0 without dates)."""

    sources: int
    passages: int
    languages: dict[Language, int]
    tags: dict[str, int]
    years: tuple[int, int]


def source_coverage(sources: Sequence[Source]) -> Coverage:
    """The coverage of these sources."""
    years = [year for source in sources if (year := source_year(source))]
    return Coverage(
        sources=len(sources), passages=sum(source.passages for source in sources),
        languages=dict(Counter(source.language for source in sources)),
        tags=dict(sorted(Counter(tag for source in sources for tag in source.tags).items())),
        years=(min(years, default=0), max(years, default=0)))


def source_year(source: Source) -> int:
    """The year of a source's date; 0 for a source without a date."""
    year = re.search(r"\d{4}", source.date)
    return int(year[0]) if year else 0


def resolve_scope(scope: Scope, sources: Sequence[Source]) -> frozenset[str] | None:
    """The ids of the sources in a scope; None if that is the whole library.

    Raises:
        UnknownSource: the scope names a source that is not in the library.
        EmptyScope: no source has the tags, language and years of the scope.
    """
    if scope == WHOLE_LIBRARY:
        return None
    chosen = [find_source(name, sources) for name in scope.sources] or list(sources)
    for kind, value, matches in _scope_conditions(scope):
        remaining = [source for source in chosen if matches(source)]
        if not remaining:
            restriction = " of those chosen" if len(chosen) < len(sources) else ""
            known = _known_values(kind, source_coverage(sources))
            raise EmptyScope(f"no source{restriction} has the {kind} {value}; the library has {known}")
        chosen = remaining
    return frozenset(source.id for source in chosen)


def _scope_conditions(scope: Scope) -> Iterator[tuple[str, str, Callable[[Source], bool]]]:
    """The conditions of a scope: kind, value, and whether a source meets it."""
    if scope.tags:
        yield "tag", ", ".join(scope.tags), lambda source: bool({*source.tags} & {*scope.tags})
    if scope.languages:
        yield "language", ", ".join(scope.languages), lambda source: source.language in scope.languages
    if scope.years:
        first, last = scope.years
        yield "year", _format_years(scope.years), lambda source: first <= source_year(source) <= last


def _known_values(kind: str, coverage: Coverage) -> str:
    """The values of this kind that the library has."""
    known = {
        "tag": ", ".join(coverage.tags),
        "language": ", ".join(coverage.languages),
        "year": _format_years(coverage.years),
    }
    return known[kind] or "none"


def _format_years(years: tuple[int, int]) -> str:
    """`2022–2024`, `2024`, or empty if there are no years."""
    return "–".join(str(year) for year in dict.fromkeys(years) if year)


def find_source(name: str, sources: Sequence[Source]) -> Source:
    """The one source with this id, file name, title or web address; an id comes before the others.

    Raises:
        UnknownSource: no source, or more than one, has that name.
    """
    matches = [s for s in sources if s.id == name] or [s for s in sources if name in (s.name, s.title, s.url) and name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(s.id for s in matches)
        raise UnknownSource(f"{name}: {len(matches)} sources have that name; give the id: {ids}")
    raise UnknownSource(f"{name}: no such source; `huwen sources` lists them")

"""Scope cells of a question list."""

import pytest

from rag.briefing.scope_parsing import BadScope, parse_scope
from rag.library.scope import UnknownSource
from rag.schema import Scope, Source

SOURCES = [
    Source("1", "city.md", "城市年报", "zh", tags=("年鉴",)),
    Source("2", "win.md", "Those Who Win: A Path; 2022", "en", tags=("press",))]
DEFAULT = Scope(tags=("press",), years=(2020, 2021))


@pytest.mark.parametrize(("cell", "scope"), [
    ("", DEFAULT),
    ("source:city.md", Scope(("city.md",), ("press",), (), (2020, 2021))),
    ("来源：城市年报；年份：2022至2024", Scope(("城市年报",), ("press",), (), (2022, 2024))),
    ("tag:a; tag:b; year:2023", Scope((), ("a", "b"), (), (2023, 2023))),
    ("城市年报", Scope(("城市年报",), ("press",), (), (2020, 2021))),
    ("Those Who Win: A Path; 2022", Scope(("Those Who Win: A Path; 2022",), ("press",), (), (2020, 2021))),
    ("年鉴", Scope((), ("年鉴",), (), (2020, 2021))),
    ("language: 英文", Scope((), ("press",), ("en",), (2020, 2021))),
])
def test_a_cell_replaces_only_the_parts_of_the_scope_that_it_names(cell: str, scope: Scope) -> None:
    assert parse_scope(cell, SOURCES, DEFAULT) == scope


@pytest.mark.parametrize("cell", ["year:2024-2022", "year:recent", "language:fr", "tag:", "年份："])
def test_an_unreadable_cell_is_refused(cell: str) -> None:
    with pytest.raises(BadScope):
        parse_scope(cell, SOURCES, Scope())


def test_an_unknown_bare_name_is_reported() -> None:
    with pytest.raises(UnknownSource, match="no source and no tag"):
        parse_scope("园林志", SOURCES, Scope())

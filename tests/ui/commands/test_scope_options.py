"""The options that narrow a question: what they mean, and which values are refused in one sentence."""

from __future__ import annotations

import pytest

from rag.schema import Scope
from ui.commands.scope_options import parse_scope
from ui.commands.terminal import CommandFailed


@pytest.mark.parametrize(("options", "scope"), [
    ((None, None, "", ""), Scope()),
    ((["太湖.md"], ["lake", "river"], "zh", "2022"), Scope(("太湖.md",), ("lake", "river"), ("zh",), (2022, 2022))),
    ((None, None, "en", "2022-2024"), Scope(languages=("en",), years=(2022, 2024))),
    ((None, None, "", "2022-"), Scope(years=(2022, 2022))),
])
def test_options_are_a_scope(options: tuple[list[str] | None, list[str] | None, str, str], scope: Scope) -> None:
    assert parse_scope(*options) == scope


@pytest.mark.parametrize(("language", "year", "sentence"), [
    ("fr", "", "--language fr: is neither zh nor en"),
    ("", "soon", "--year soon: give a year"),
    ("", "2024-2022", "--year 2024-2022: give a year"),
])
def test_wrong_values_are_refused(language: str, year: str, sentence: str) -> None:
    with pytest.raises(CommandFailed, match=sentence):
        parse_scope(None, None, language, year)

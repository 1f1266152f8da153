"""The options that narrow a question to some sources: --source, --tag, --language, --year."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.schema import LANGUAGES, Scope
from ui.commands.terminal import CommandFailed

# options of one kind are alternatives; options of different kinds must all hold
Sources = Annotated[list[str] | None, typer.Option(
    "--source", help="Only this source: its id, file name or title; repeatable.")]
Tags = Annotated[list[str] | None, typer.Option(
    "--tag", help="Only sources with this tag; repeatable, any of them.")]
Languages = Annotated[str, typer.Option("--language", help="Only sources in zh or en.")]
Years = Annotated[str, typer.Option("--year", help="Only sources of this year, or of these: 2022-2024.")]


def parse_scope(sources: list[str] | None, tags: list[str] | None, language: str, year: str) -> Scope:
    """The scope of these options; empty ones narrow nothing.

    Raises:
        CommandFailed: the language or the year has the wrong form.
    """
    if language and language not in LANGUAGES:
        raise CommandFailed(f"--language {language}: is neither zh nor en")
    languages = tuple(known for known in LANGUAGES if known == language)
    return Scope(tuple(sources or ()), tuple(tags or ()), languages, parse_years(year))


def parse_years(option: str) -> tuple[int, int] | None:
    """`2022` → (2022, 2022), `2022-2024` → (2022, 2024); None for an empty option.

    Raises:
        CommandFailed: it is neither.
    """
    if not option:
        return None
    first, _, last = option.partition("-")
    last = last or first
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise CommandFailed(f"--year {option}: give a year, or the first and the last as in 2022-2024")
    return int(first), int(last)

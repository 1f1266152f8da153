"""The command `huwen feedback export`: the readers' judgements of answers, as cases for `huwen eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, out

if TYPE_CHECKING:
    from ui.history.feedback_cases import IncompleteCase
    from ui.history.history import History

app = typer.Typer(
    help="What readers thought of the answers, as cases for `huwen eval`.", add_completion=False, no_args_is_help=True)


@app.callback()
def _keep_subcommands() -> None:
    """Keep `export` a subcommand: typer would make a single command the group itself."""


@app.command()
def export(
    to: Annotated[Path, typer.Option("--out", "-o", help="The dataset: a .jsonl file, for `huwen eval --set`.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Write a case for every answer that was judged.

    Cases of approved answers are complete. For the others only a person knows the right answer: they are written to a
    second file beside it, which `huwen eval` refuses until their expectation is added and their note removed.
    """
    from evals.cases import Case, dump
    from ui.history.feedback_cases import build_cases

    second = to.with_name(f"{to.stem}.to-complete.jsonl")
    for path in (to, second):
        if path.exists() and not force:
            raise CommandFailed(
                f"{path}: is there already, perhaps with what you wrote into it; name another file, or give --force")
    cases = list(build_cases(open_configured_history().judged_conversations()))
    complete = [case for case in cases if isinstance(case, Case)]
    incomplete = [case for case in cases if not isinstance(case, Case)]
    if not cases:
        raise CommandFailed("no answer was judged yet; the page has a thumb up and a thumb down under each")
    _write_cases(to, dump(complete), len(complete))
    _write_cases(second, "".join(map(_incomplete_line, incomplete)), len(incomplete))


def _write_cases(path: Path, lines: str, number: int) -> None:
    if not number:
        return
    try:
        path.write_text(lines, "utf-8")
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be written ({error.strerror}); name another file") from None
    out.print(f"{number} case{'' if number == 1 else 's'} in {escape(str(path))}")


def _incomplete_line(incomplete: IncompleteCase) -> str:
    from evals.cases import dump

    fields = json.loads(dump([incomplete.case]))
    return json.dumps({"note": incomplete.note, **fields, "answer": incomplete.answer}, ensure_ascii=False) + "\n"


def open_configured_history() -> History:
    """The history of conversations that the settings name."""
    from rag.settings import read_settings
    from ui.history.history import open_history

    settings = read_settings()
    return open_history(settings.database_url.get_secret_value(), settings.home)

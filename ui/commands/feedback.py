"""The command `huwen feedback`: what readers thought of answers, as cases for `huwen eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, out

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from ui.history.feedback_cases import IncompleteCase
    from ui.history.history import History

app = typer.Typer(help="What readers thought of the answers, as cases for `huwen eval`.", add_completion=False, no_args_is_help=True)


@app.callback()
def _keep_subcommands() -> None:
    """Keep `export` a command of its own; typer would take a single one for the whole."""


@app.command()
def export(
    to: Annotated[Path, typer.Option("--out", "-o", help="The dataset: a .jsonl file, for `huwen eval --set`.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Write a case for every answer that was judged.

    Those that were approved of are whole. Of the others only a person knows what would have been right: they go into a file of their
    own beside it, which `huwen eval` refuses until their expectation is written and their note taken away.
    """
    from evals.cases import Case, dump
    from ui.history.feedback_cases import build_cases

    beside = to.with_name(f"{to.stem}.to-complete.jsonl")
    for path in (to, beside):
        if path.exists() and not force:
            raise CommandFailed(f"{path}: is there already, perhaps with what you wrote into it; name another file, or give --force")
    made = list(build_cases(open_configured_history().judged_conversations()))
    whole = [case for case in made if isinstance(case, Case)]
    others = [case for case in made if not isinstance(case, Case)]
    if not made:
        raise CommandFailed("no answer was judged yet; the page has a thumb up and a thumb down under each")
    _write_cases(to, dump(whole), len(whole))
    _write_cases(beside, "".join(map(_incomplete_line, others)), len(others))


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

    told = json.loads(dump([incomplete.case]))
    return json.dumps({"note": incomplete.note, **told, "answer": incomplete.answer}, ensure_ascii=False) + "\n"


def open_configured_history() -> History:
    """The history of the settings."""
    from rag.settings import read_settings
    from ui.history.history import open_history

    settings = read_settings()
    return open_history(settings.database_url.get_secret_value(), settings.home)

"""The command `huwen feedback`: what readers thought of answers, as cases for `huwen eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import Failed, out

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from ui.history.feedback_cases import Incomplete
    from ui.history.history import History

app = typer.Typer(help="What readers thought of the answers, as cases for `huwen eval`.", add_completion=False, no_args_is_help=True)


@app.callback()
def _commands() -> None:
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
    from ui.history.feedback_cases import cases_of

    beside = to.with_name(f"{to.stem}.to-complete.jsonl")
    for path in (to, beside):
        if path.exists() and not force:
            raise Failed(f"{path}: is there already, perhaps with what you wrote into it; name another file, or give --force")
    made = list(cases_of(kept().judged()))
    whole = [case for case in made if isinstance(case, Case)]
    others = [case for case in made if not isinstance(case, Case)]
    if not made:
        raise Failed("no answer was judged yet; the page has a thumb up and a thumb down under each")
    _write(to, dump(whole), len(whole))
    _write(beside, "".join(map(_line, others)), len(others))


def _write(path: Path, lines: str, number: int) -> None:
    if not number:
        return
    try:
        path.write_text(lines, "utf-8")
    except OSError as error:
        raise Failed(f"{path}: cannot be written ({error.strerror}); name another file") from None
    out.print(f"{number} case{'' if number == 1 else 's'} in {escape(str(path))}")


def _line(incomplete: Incomplete) -> str:
    from evals.cases import dump

    told = json.loads(dump([incomplete.case]))
    return json.dumps({"note": incomplete.note, **told, "answer": incomplete.answer}, ensure_ascii=False) + "\n"


def kept() -> History:
    """The history of the settings."""
    from rag.settings import read_settings
    from ui.history.history import opened

    settings = read_settings()
    return opened(settings.database_url.get_secret_value(), settings.home)

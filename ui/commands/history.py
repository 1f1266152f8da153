"""The command `huwen history`: list the conversations, write one to a file, delete one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.feedback import kept
from ui.commands.terminal import Failed, out, print_json

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from ui.history.entries import Conversation
    from ui.history.history import History

app = typer.Typer(help="The conversations that were kept.", add_completion=False, no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The conversation's id, as `huwen history list` shows it; its beginning is enough.")]


@app.command("list")
def listed(
    search: Annotated[str, typer.Argument(help="Words that must stand in it, in Chinese or English.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """List conversations, the latest first."""
    found = kept().conversations(search, limit)
    if as_json:
        print_json([{"id": one.id, "title": one.title, "created": one.created.isoformat(), "updated": one.updated.isoformat(),
                     "entries": one.entries} for one in found])
        return
    for one in found:
        out.print(f"{one.id[:_SHORT]}  [dim]{one.updated.astimezone():%Y-%m-%d %H:%M}[/]  {one.entries:3}  {escape(one.title)}")
    if not found:
        out.print("no conversation has these words" if search else "no conversation was kept yet; the page of `huwen chat` keeps them")


@app.command()
def export(
    id: Id,
    to: Annotated[Path, typer.Option("--out", "-o", help="The file: .md, .docx, .html, .pdf or .json.")],
    language: Annotated[str, typer.Option(help="Of headings and labels: zh or en; by default as the first question.")] = "",
) -> None:
    """Write a conversation to a file, with its sources."""
    from rag.schema import LANGUAGES
    from ui.documents.conversation import as_json, paper
    from ui.documents.write import write

    conversation = _found(kept(), id)
    first = next((entry.exchange.answer.language for entry in conversation.entries), "zh")
    chosen = next((known for known in LANGUAGES if known == (language or first)), None)
    if chosen is None:
        raise Failed(f"--language {language}: is neither zh nor en")
    if to.suffix.lower() != ".json":
        write(paper(conversation, chosen), to)
        return
    try:
        to.write_text(json.dumps(as_json(conversation), ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise Failed(f"{to}: cannot be written ({error.strerror}); name another file") from None


@app.command()
def delete(id: Id) -> None:
    """Forget a conversation."""
    history = kept()
    conversation = _found(history, id)
    history.delete(conversation.id)
    out.print(f"deleted {escape(conversation.title)}")


_SHORT = 8  # characters of an id that are shown
_ALL = 1_000_000


def _found(history: History, beginning: str) -> Conversation:
    """The one conversation whose id begins so."""
    ids = [one.id for one in history.conversations(limit=_ALL) if one.id.startswith(beginning)]
    if len(ids) > 1:
        raise Failed(f"{beginning}: the ids of {len(ids)} conversations begin so; give more of it")
    return history.conversation(ids[0] if ids else beginning)

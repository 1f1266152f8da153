"""The commands `huwen history list | export | delete`: the stored conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import LANGUAGES
from ui.commands.feedback import open_configured_history
from ui.commands.terminal import CommandFailed, out, print_json

if TYPE_CHECKING:
    from ui.history.entries import Conversation
    from ui.history.history import History

app = typer.Typer(help="The conversations that were kept.", add_completion=False, no_args_is_help=True)

Id = Annotated[str, typer.Argument(
    help="The conversation's id, as `huwen history list` shows it; its beginning is enough.")]


@app.command("list")
def list_conversations(
    search: Annotated[str, typer.Argument(help="Words that must stand in it, in Chinese or English.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """List conversations, the latest first."""
    listed = open_configured_history().list_conversations(search, limit)
    if as_json:
        print_json([
            {"id": item.id, "title": item.title, "created": item.created.isoformat(),
             "updated": item.updated.isoformat(), "entries": item.entries}
            for item in listed])
        return
    for item in listed:
        updated = f"{item.updated.astimezone():%Y-%m-%d %H:%M}"
        out.print(f"{item.id[:_ID_LENGTH]}  [dim]{updated}[/]  {item.entries:3}  {escape(item.title)}")
    if not listed and search:
        out.print("no conversation has these words")
    elif not listed:
        out.print("no conversation was kept yet; the page of `huwen chat` keeps them")


@app.command()
def export(
    id: Id,
    to: Annotated[Path, typer.Option("--out", "-o", help="The file: .md, .docx, .html, .pdf or .json.")],
    language: Annotated[str, typer.Option(
        help="Of headings and labels: zh or en; by default as the first question.")] = "",
) -> None:
    """Write a conversation to a file, with its sources."""
    from ui.documents.conversation import conversation_json, conversation_paper
    from ui.documents.write import write_paper

    conversation = _find_conversation(open_configured_history(), id)
    first_language = next((entry.exchange.answer.language for entry in conversation.entries), "zh")
    label_language = next((known for known in LANGUAGES if known == (language or first_language)), None)
    if label_language is None:
        raise CommandFailed(f"--language {language}: is neither zh nor en")
    if to.suffix.lower() != ".json":
        write_paper(conversation_paper(conversation, label_language), to)
        return
    try:
        to.write_text(json.dumps(conversation_json(conversation), ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise CommandFailed(f"{to}: cannot be written ({error.strerror}); name another file") from None


@app.command()
def delete(id: Id) -> None:
    """Delete a conversation."""
    history = open_configured_history()
    conversation = _find_conversation(history, id)
    history.delete(conversation.id)
    out.print(f"deleted {escape(conversation.title)}")


_ID_LENGTH = 8  # characters of an id that are shown
_NO_LIMIT = 1_000_000


def _find_conversation(history: History, id_prefix: str) -> Conversation:
    """The one conversation whose id begins with the prefix.

    Raises:
        CommandFailed: several ids begin with it.
        HuwenError: none does.
    """
    ids = [item.id for item in history.list_conversations(limit=_NO_LIMIT) if item.id.startswith(id_prefix)]
    if len(ids) > 1:
        raise CommandFailed(f"{id_prefix}: the ids of {len(ids)} conversations begin so; give more of it")
    return history.get_conversation(ids[0] if ids else id_prefix)

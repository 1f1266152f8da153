"""The command line: huwen chat | ask | brief | search | add | tag | sources | remove | rebuild | history | feedback | eval | doctor."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import HuwenError
from ui.commands import briefing, evaluation, feedback, library
from ui.commands import history as conversations
from ui.commands.library import open_configured_library
from ui.commands.terminal import CommandFailed, err, open_filled_pipeline, out, print_evidence, print_json, print_sources, stream_answer

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from rag.pipeline import Pipeline
    from rag.schema import Scope, Turn

app = typer.Typer(
    name="huwen", help="湖问 Huwen: ask your documents, in Chinese or English, and see where every claim stands.",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run a command; a failure that a person can act on is one sentence and exit code 1."""
    try:
        app()
    except HuwenError as error:
        if str(error):
            err.print(f"huwen: {escape(str(error))}")
        sys.exit(1)


# what a question is asked of; given together, all must hold
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only this source: its id, file name or title; repeatable.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Only sources with this tag; repeatable, any of them.")]
Languages = Annotated[str, typer.Option("--language", help="Only sources in zh or en.")]
Years = Annotated[str, typer.Option("--year", help="Only sources of this year, or of these: 2022-2024.")]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")] = "",
    source: Sources = None, tag: Tags = None, language: Languages = "", year: Years = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one Answer object.")] = False,
    as_jsonl: Annotated[bool, typer.Option(
        "--jsonl", help='Read {"id", "question", "history"?} lines from standard input; write one Answer a line.')] = False,
) -> None:
    """Answer a question, with numbered sources."""
    scope = _parse_scope(source, tag, language, year)
    if as_jsonl:
        _answer_lines(open_filled_pipeline(), scope)
        return
    question = sys.stdin.read() if question == "-" else question
    pipeline = open_filled_pipeline(question)
    if as_json:
        print_json(pipeline.ask(question, scope=scope).to_json())
        return
    answer = stream_answer(pipeline, question, scope)
    print_sources(answer)
    print_evidence(answer)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 10,
    source: Sources = None, tag: Tags = None, language: Languages = "", year: Years = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print an Answer object with passages only.")] = False,
) -> None:
    """Find passages, without an answer."""
    from rag.schema import Answer
    from rag.text.language import detect_language

    passages = open_filled_pipeline(question).search(question, k=k, scope=_parse_scope(source, tag, language, year))
    if as_json:
        print_json(Answer(question.strip(), detect_language(question), passages=passages).to_json())
        return
    for passage in passages:
        out.print(f"[bold]{passage.number}[/] {passage.score:.2f}  {escape(passage.title)} · {escape(passage.section)}")
        out.print(f"   {escape(passage.text[:160])}…\n", style="dim")
    if not passages:
        out.print("nothing found")


@app.command()
def doctor() -> None:
    """Say what Huwen would work with, whether the library is sound, and what the endpoint does when it is asked."""
    from rag.pipeline import endpoint_deadlines
    from rag.settings import read_settings
    from ui.doctor import check_endpoints

    settings = read_settings()
    library = open_configured_library(settings)
    held = library.sources()
    out.print(f"library    {escape(str(settings.home))}: {len(held)} sources, {sum(s.passages for s in held)} passages, "
              f"languages {', '.join(library.languages()) or 'none yet'}")
    out.print(f"seeds      {escape(str(settings.seeds)) if settings.seeds else 'none: an empty library stays empty'}")
    sound = True
    if held:
        health = library.check_indexes()
        sound = health.is_sound
        out.print(f"indexes    {'sound' if sound else f'not in step ({health}); `huwen rebuild` mends that'}")
    out.print(f"vectors    by {escape(settings.embed_model or 'the dictionary, without a model')}"
              f"{', in ' + escape(settings.chroma_url) if settings.chroma_url else ''}")
    for finding in check_endpoints(settings, endpoint_deadlines(settings)):
        out.print(f"{finding.name:10} {escape(finding.message)}")
        sound = sound and finding.is_ok
    if not sound:
        raise CommandFailed("something above needs mending")


@app.command()
def chat(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the page.")] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open the chat page."""
    from rag.settings import read_settings
    from ui.history.history import open_history as opened_history
    from ui.web.app import serve
    from ui.web.app_state import AppState

    settings = read_settings()
    history = opened_history(settings.database_url.get_secret_value(), settings.home)
    serve(AppState(open_filled_pipeline(settings=settings), history, settings), port=port, browser=browser)


app.add_typer(briefing.app)
app.add_typer(library.app)
app.add_typer(evaluation.app, name="eval")
app.add_typer(conversations.app, name="history")
app.add_typer(feedback.app, name="feedback")


def _parse_scope(sources: list[str] | None, tags: list[str] | None, language: str, year: str) -> Scope:
    from rag.schema import LANGUAGES, Scope

    if language and language not in LANGUAGES:
        raise CommandFailed(f"--language {language}: is neither zh nor en")
    first, _, last = year.partition("-")
    if year and not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
        raise CommandFailed(f"--year {year}: give a year, or the first and the last as in 2022-2024")
    return Scope(
        tuple(sources or ()), tuple(tags or ()), tuple(known for known in LANGUAGES if known == language),
        (int(first), int(last or first)) if year else None)


def _answer_lines(pipeline: Pipeline, scope: Scope) -> None:
    """One Answer a line, in the order of the questions; a line that cannot be answered says why in its place."""
    from rag.schema import Answer
    from rag.text.language import detect_language

    failures = 0
    for line in sys.stdin:
        if not line.strip():
            continue
        id, question = None, ""
        try:
            id, question, history = _parse_line(line)
            answer = pipeline.ask(question, history, scope)
        except HuwenError as error:
            failures += 1
            answer = Answer(question, detect_language(question), status="failed", text=str(error), model=pipeline.model)
        sys.stdout.write(json.dumps({"id": id, **answer.to_json()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if failures:
        raise CommandFailed(f"{failures} lines could not be answered; their status is `failed` and their text says why")


def _parse_line(line: str) -> tuple[object, str, list[Turn]]:
    from rag.schema import Turn

    try:
        asked = json.loads(line)
    except ValueError as error:
        raise CommandFailed(f"not a line of JSON: {error}") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
        raise CommandFailed('a line must be an object with a "question" that is a string')
    history = asked.get("history") or []
    if not (isinstance(history, list) and all(
            isinstance(turn, list) and len(turn) == 2 and all(isinstance(part, str) for part in turn) for turn in history)):
        raise CommandFailed('"history" must be a list of [question, answer] pairs, oldest first')
    return asked.get("id"), asked["question"], [Turn(*turn) for turn in history]

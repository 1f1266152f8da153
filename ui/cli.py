"""The command line: huwen ask, search, doctor and chat; those on documents, briefings and runs are in `ui/commands`.

`huwen history`, `huwen feedback` and `huwen eval` are groups of commands of their own.
"""

from __future__ import annotations

import atexit
import gc
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import Answer, HuwenError, Turn
from ui.commands import briefing, evaluation, feedback, figures, following, library, versions
from ui.commands import history as conversations
from ui.commands.scope_options import Languages, Sources, Tags, Years, parse_scope
from ui.commands.terminal import (
    CommandFailed,
    err,
    interface_language,
    open_filled,
    open_huwen,
    out,
    print_evidence,
    print_json,
    print_sources,
    shown_name,
    stream_answer,
)

if TYPE_CHECKING:
    from rag.huwen import Huwen
    from rag.schema import Scope

app = typer.Typer(
    name="huwen", help="湖问 Huwen: ask your documents, in Chinese or English, and see where every claim stands.",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main() -> None:
    """Run a command; an expected error is printed as one sentence, with exit code 1."""
    _collect_rarely()
    try:
        app()
    except HuwenError as error:
        if str(error):
            err.print(f"huwen: {shown_name(error.sentence(interface_language()))}")
        sys.exit(1)


def _collect_rarely() -> None:
    """Let the garbage collector run rarely, for commands that end soon.

    `huwen ask` creates a million objects, and nearly all of them live until the exit. Searching them for cycles, while
    it runs and at the exit, took a fifth of its time.
    """
    gc.set_threshold(100_000, 50, 10)
    atexit.register(gc.freeze)


def _collect_normally() -> None:
    """Let the garbage collector run as usual, for a process that runs for days; it ignores objects loaded so far."""
    gc.freeze()
    gc.set_threshold(*_NORMAL_THRESHOLDS)


_NORMAL_THRESHOLDS = gc.get_threshold()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")] = "",
    source: Sources = None, tag: Tags = None, language: Languages = "", year: Years = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one Answer object.")] = False,
    as_jsonl: Annotated[bool, typer.Option(
        "--jsonl",
        help='Read {"id", "question", "history"?} lines from standard input; write one Answer a line.')] = False,
) -> None:
    """Answer a question, with numbered sources."""
    scope = parse_scope(source, tag, language, year)
    if as_jsonl:
        _answer_lines(open_filled(), scope)
        return
    question = sys.stdin.read() if question == "-" else question
    huwen = open_filled(question)
    if as_json:
        print_json(huwen.ask(question, scope=scope).to_json())
        return
    answer = stream_answer(huwen, question, scope)
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
    from rag.text.language import detect_language

    scope = parse_scope(source, tag, language, year)
    passages = open_filled(question).search(question, k=k, scope=scope)
    if as_json:
        print_json(Answer(question.strip(), detect_language(question), passages=passages).to_json())
        return
    for passage in passages:
        heading = f"{escape(passage.title)} · {escape(passage.section)}"
        out.print(f"[bold]{passage.number}[/] {passage.score:.2f}  {heading}")
        out.print(f"   {escape(passage.text[:160])}…\n", style="dim")
    if not passages:
        out.print("nothing found")


@app.command()
def doctor() -> None:
    """Say what Huwen would work with, whether the library is sound, and what the endpoint does when it is asked."""
    from rag.endpoints.deadlines import endpoint_deadlines
    from rag.settings import read_settings
    from ui.commands.library_report import print_originals, print_outdated
    from ui.commands.vector_progress import print_vectors
    from ui.doctor import check_endpoints

    settings = read_settings()
    huwen = open_huwen(settings)
    library = huwen.library
    library.check_manifest()
    sources = library.sources()
    passages = sum(source.passages for source in sources)
    out.print(f"library    {escape(str(settings.home))}: {len(sources)} sources, {passages} passages, "
              f"languages {', '.join(library.languages()) or 'none yet'}")
    out.print(f"seeds      {escape(str(settings.seeds)) if settings.seeds else 'none: an empty library stays empty'}")
    is_sound = True
    if sources:
        health = library.check_indexes()
        is_sound = health.is_sound
        out.print(f"indexes    {'sound' if is_sound else f'not in step ({health}); `huwen rebuild` mends that'}")
    is_sound = print_originals(library.check_originals(), library.originals.folder) and is_sound
    if library.needs_originals():
        is_sound = False
        out.print("           not all have been read since the manifest was lost; run `huwen rebuild --read`")
    print_outdated(sources)
    following.print_watches(huwen)
    print_vectors(library, settings.embed_model, settings.chroma_url)
    for finding in check_endpoints(settings, endpoint_deadlines(settings)):
        out.print(f"{finding.name:10} {escape(finding.message)}")
        is_sound = is_sound and finding.is_ok
    if not is_sound:
        raise CommandFailed("something above needs mending")


@app.command()
def chat(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the page.")] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open the chat page."""
    from rag.settings import read_settings
    from ui.history.history import open_history
    from ui.web.app import serve
    from ui.web.app_state import AppState

    settings = read_settings()
    history = open_history(settings.database_url.get_secret_value(), settings.home)
    state = AppState(open_filled(settings=settings).pipeline, history, settings)
    _collect_normally()
    serve(state, port=port, browser=browser)


app.add_typer(briefing.app)
app.add_typer(library.app)
app.add_typer(following.app)
app.add_typer(figures.app)
app.add_typer(versions.app)
app.add_typer(evaluation.app, name="eval")
app.add_typer(conversations.app, name="history")
app.add_typer(feedback.app, name="feedback")


def _answer_lines(huwen: Huwen, scope: Scope) -> None:
    """Print one Answer a line, in the order of the questions; a line that cannot be answered has the reason as text."""
    from rag.text.language import detect_language

    failures = 0
    for line in sys.stdin:
        if not line.strip():
            continue
        id, question = None, ""
        try:
            id, question, history = _parse_line(line)
            answer = huwen.ask(question, history=history, scope=scope)
        except HuwenError as error:
            failures += 1
            answer = Answer(
                question, detect_language(question), status="failed", text=str(error), model=huwen.pipeline.model)
        sys.stdout.write(json.dumps({"id": id, **answer.to_json()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if failures:
        raise CommandFailed(f"{failures} lines could not be answered; their status is `failed` and their text says why")


def _parse_line(line: str) -> tuple[object, str, list[Turn]]:
    """The id, the question and the earlier turns of a line of `huwen ask --jsonl`.

    Raises:
        CommandFailed: the line has another form.
    """
    try:
        request = json.loads(line)
    except ValueError as error:
        raise CommandFailed(f"not a line of JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("question"), str):
        raise CommandFailed('a line must be an object with a "question" that is a string')
    history = request.get("history") or []
    if not isinstance(history, list) or not all(map(_is_turn, history)):
        raise CommandFailed('"history" must be a list of [question, answer] pairs, oldest first')
    return request.get("id"), request["question"], [Turn(*turn) for turn in history]


def _is_turn(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)

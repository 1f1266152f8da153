"""The command line: huwen chat | ask | search | add | sources | remove | rebuild | eval | doctor."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import HuwenError
from ui import evaluation
from ui.terminal import Failed, err, filled, out, print_json, print_sources, progress_bar, stream

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from rich.progress import Progress, TaskID

    from rag.library.library import Library
    from rag.pipeline import Pipeline
    from rag.schema import Turn
    from rag.settings import Settings

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


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one Answer object.")] = False,
    as_jsonl: Annotated[bool, typer.Option(
        "--jsonl", help='Read {"id", "question", "history"?} lines from standard input; write one Answer a line.')] = False,
) -> None:
    """Answer a question, with numbered sources."""
    if as_jsonl:
        _answer_lines(filled())
        return
    question = sys.stdin.read() if question == "-" else question
    pipeline = filled(question)
    if as_json:
        print_json(pipeline.ask(question).to_json())
        return
    answer = stream(pipeline, question)
    print_sources(answer)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print an Answer object with passages only.")] = False,
) -> None:
    """Find passages, without an answer."""
    from rag.schema import Answer
    from rag.text.language import detect

    passages = filled(question).search(question, k=k)
    if as_json:
        print_json(Answer(question.strip(), detect(question), passages=passages).to_json())
        return
    for passage in passages:
        out.print(f"[bold]{passage.number}[/] {passage.score:.2f}  {escape(passage.title)} · {escape(passage.section)}")
        out.print(f"   {escape(passage.text[:160])}…\n", style="dim")
    if not passages:
        out.print("nothing found")


@app.command()
def add(files: Annotated[list[Path], typer.Argument(help="Files (.md .txt .pdf .docx .html) or folders of them.")]) -> None:
    """Take files into the library; unchanged ones are left alone, changed ones replaced."""
    library = _library()
    failures = 0
    with progress_bar() as progress, library.writing():
        paths = list(_expanded(files))
        task = progress.add_task("adding", total=len(paths))
        for _, added in library.add_all((path, "") for path in paths):
            if isinstance(added, HuwenError):
                failures += 1
                progress.console.print(f"[red]failed[/]     {escape(str(added))}")
            else:
                progress.console.print(
                    f"{added.outcome:10} {escape(added.source.title)} · {added.source.language} · id {added.source.id}")
            progress.advance(task)
    if failures:
        raise Failed(f"{failures} of {len(paths)} files could not be added; the others are in")


def _tell(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def _expanded(files: list[Path]) -> Iterator[Path]:
    from rag.sources.loaders import READERS

    for path in files:
        if path.is_dir():
            yield from (inner for inner in sorted(path.rglob("*")) if inner.suffix.lower() in READERS)
        else:
            yield path


@app.command()
def sources(as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False) -> None:
    """List what the library holds."""
    listed = _library().sources()
    if as_json:
        print_json([source.__dict__ for source in listed])
        return
    for source in listed:
        about = " · ".join(part for part in (source.author, source.publisher, source.date) if part)
        out.print(f"{source.language}  {source.passages:4} passages  [bold]{escape(source.title)}[/]  {escape(about)}  id {source.id}")
    if not listed:
        out.print("the library is empty; `huwen add FILE…` fills it, and so does the first `huwen ask`")


@app.command()
def remove(names: Annotated[list[str], typer.Argument(help="Ids, file names or titles, as `huwen sources` lists them.")]) -> None:
    """Take sources out of the library."""
    library = _library()
    with library.writing():
        for name in names:
            source = library.remove(name)
            out.print(f"removed {escape(source.title)} ({source.id})")


@app.command()
def rebuild() -> None:
    """Make both indexes anew from the library's own record."""
    library = _library()
    with progress_bar() as progress:
        task = progress.add_task("rebuilding", total=None)
        passages = library.rebuild(lambda done, total: progress.update(task, completed=done, total=total))
    out.print(f"{passages} passages are indexed anew")


@app.command()
def doctor() -> None:
    """Say what Huwen would work with, and whether the library is sound."""
    from rag.settings import read_settings

    settings = read_settings()
    library = _library(settings)
    held = library.sources()
    out.print(f"library    {escape(str(settings.home))}: {len(held)} sources, {sum(s.passages for s in held)} passages, "
              f"languages {', '.join(library.languages()) or 'none yet'}")
    out.print(f"seeds      {escape(str(settings.seeds)) if settings.seeds else 'none: an empty library stays empty'}")
    sound = True
    if held:
        health = library.check()
        sound = health.sound
        out.print(f"indexes    {'sound' if sound else f'not in step ({health}); `huwen rebuild` mends that'}")
    sound = _doctor_model(settings) and sound
    if not sound:
        raise Failed("something above needs mending")


def _doctor_model(settings: Settings) -> bool:
    if not settings.chat_model:
        out.print("model      none: answers are quoted sentences; set HUWEN_CHAT_MODEL and OPENAI_BASE_URL for a model")
        return True
    import time

    from rag.answering.models import ModelFailed, chat_model

    model = chat_model(settings.chat_model, settings.base_url, settings.api_key.get_secret_value())
    started = time.perf_counter()
    try:
        said = "".join(str(chunk.text) for chunk in model.stream("Say OK."))
    except ModelFailed as error:
        out.print(f"model      {escape(str(error))}")
        return False
    out.print(f"model      {escape(settings.chat_model)} answered in {time.perf_counter() - started:.1f} s ({len(said)} characters)")
    return True


@app.command()
def chat(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the page.")] = 7860,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Open the chat page."""
    from ui.web.app import serve

    pipeline = filled()
    serve(pipeline, port=port, browser=browser)


app.add_typer(evaluation.app, name="eval")


def _library(settings: Settings | None = None) -> Library:
    from rag.library.library import Library
    from rag.settings import read_settings

    return Library((settings or read_settings()).home)


def _answer_lines(pipeline: Pipeline) -> None:
    """One Answer a line, in the order of the questions; a line that cannot be answered says why in its place."""
    from rag.schema import Answer
    from rag.text.language import detect

    failures = 0
    for line in sys.stdin:
        if not line.strip():
            continue
        id, question = None, ""
        try:
            id, question, history = _asked(line)
            answer = pipeline.ask(question, history)
        except HuwenError as error:
            failures += 1
            answer = Answer(question, detect(question), status="failed", text=str(error), model=pipeline.model)
        sys.stdout.write(json.dumps({"id": id, **answer.to_json()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if failures:
        raise Failed(f"{failures} lines could not be answered; their status is `failed` and their text says why")


def _asked(line: str) -> tuple[object, str, list[Turn]]:
    from rag.schema import Turn

    try:
        asked = json.loads(line)
    except ValueError as error:
        raise Failed(f"not a line of JSON: {error}") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
        raise Failed('a line must be an object with a "question" that is a string')
    history = asked.get("history") or []
    if not (isinstance(history, list) and all(
            isinstance(turn, list) and len(turn) == 2 and all(isinstance(part, str) for part in turn) for turn in history)):
        raise Failed('"history" must be a list of [question, answer] pairs, oldest first')
    return asked.get("id"), asked["question"], [Turn(*turn) for turn in history]

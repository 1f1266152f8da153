"""The command `huwen brief`: a list of questions is answered in one document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import LANGUAGES, Language
from ui.commands.scope_options import Sources, Tags, Years, parse_scope
from ui.commands.terminal import CommandFailed, err, open_filled, out, progress_bar

if TYPE_CHECKING:
    from rag.briefing.briefing import Briefing, Cover
    from rag.briefing.question_list import QuestionList
    from rag.briefing.run import AnsweredList, BriefingSettings
    from rag.schema import Scope

app = typer.Typer()


@dataclass(frozen=True)
class _BriefOptions:
    """The document to write, and the file in which its answers are stored."""

    target: Path
    journal: Path
    template: Path | None
    title: str
    style: str
    language: str


@app.command()
def brief(
    questions: Annotated[Path, typer.Argument(
        help="The list: .txt, .md, .csv, .xlsx or .jsonl. With --blank: the template to write.")],
    to: Annotated[Path | None, typer.Option(
        "-o", "--out", help="The briefing: .docx, .md, .html or .pdf. Default: the list's name, with .docx.")] = None,
    title: Annotated[str, typer.Option(help="Its title. Default: the list's own, or its file's name.")] = "",
    template: Annotated[Path | None, typer.Option(
        help="A house template (.docx) whose styles, header and footer it takes.")] = None,
    style: Annotated[str, typer.Option(
        help="Of the references: gbt7714 (GB/T 7714-2015) or apa (APA 7).")] = "gbt7714",
    language: Annotated[str, typer.Option(
        help="Of the answers: zh, en, or both side by side. Default: that of each question.")] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many questions are asked at a time.")] = 4,
    rate: Annotated[float, typer.Option(
        min=0, help="At most so many questions a minute; 0: as fast as they are answered.")] = 0,
    retry: Annotated[bool, typer.Option("--retry", help="Ask those again that failed.")] = False,
    anew: Annotated[bool, typer.Option(
        "--anew", help="Ask all again, and date the briefing today; the journal so far is set aside.")] = False,
    journal: Annotated[Path | None, typer.Option(
        help="Where answers are kept as they come. Default: beside the briefing, as NAME.journal.")] = None,
    blank: Annotated[bool, typer.Option(
        "--blank", help="Write a list to fill in (.csv or .xlsx), and nothing else.")] = False,
    source: Sources = None, tag: Tags = None, year: Years = "",
) -> None:
    """Answer a list of questions in one document, with notes, tables, references and an annex.

    Stopped at any point, the same command goes on where it was: finished answers are kept in the journal.
    """
    if blank:
        _write_template(questions)
        return
    target = to or questions.with_suffix(".docx")
    journal = journal or target.with_name(f"{target.name}.journal")
    options = _BriefOptions(target, journal, template, title, style, language)
    _validate_options(options)
    from rag.briefing.journal import archive_journal
    from rag.briefing.question_list import read_list
    from rag.briefing.run import BriefingSettings

    question_list = read_list(questions)
    scope = parse_scope(source, tag, "", year)
    settings = BriefingSettings(open_filled().pipeline, _parse_languages(language), scope, concurrency, rate, retry)
    settings.pipeline.library.resolve_scope(scope)
    if anew:
        archive_journal(options.journal)
    answered_list = _run_questions(settings, question_list, options.journal)
    cover = _build_cover(options, question_list, questions, scope)
    _print_outcome(_write_briefing(settings, answered_list, cover, options), answered_list, options)


def _write_template(path: Path) -> None:
    """Write an empty list of questions to fill in.

    Raises:
        CommandFailed: the file exists already, or cannot be written.
    """
    from rag.briefing.template import build_template

    content = build_template(path.suffix)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise CommandFailed(f"{path}: is there already, and may be filled in; name another file") from None
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be written ({error.strerror})") from None
    out.print(f"{escape(str(path))}: a question a row; section, language, scope and max words may stay empty")


def _validate_options(options: _BriefOptions) -> None:
    """Refuse a document that could not be written, before any question is asked.

    Raises:
        CommandFailed: the format, the folder, the template, the style or the language cannot be used.
    """
    from ui.documents.write import WRITERS

    if options.target.suffix.lower() not in WRITERS:
        suffix = options.target.suffix or "a name without an ending"
        raise CommandFailed(f"{options.target}: no briefing is written as {suffix!r}; known: {', '.join(WRITERS)}")
    if not options.target.parent.is_dir():
        raise CommandFailed(f"{options.target}: there is no folder {options.target.parent}; create it or name another")
    if options.template and not options.template.is_file():
        raise CommandFailed(f"--template {options.template}: there is no such file")
    if options.style not in ("gbt7714", "apa"):
        raise CommandFailed(f"--style {options.style}: is neither gbt7714 nor apa")
    if options.language not in ("", "zh", "en", "both"):
        raise CommandFailed(f"--language {options.language}: is neither zh nor en nor both")


def _parse_languages(option: str) -> tuple[Language, ...]:
    return LANGUAGES if option == "both" else tuple(language for language in LANGUAGES if language == option)


def _build_cover(options: _BriefOptions, question_list: QuestionList, path: Path, scope: Scope) -> Cover:
    """The title, and the language of headings: that of the option, else that of most questions."""
    from rag.briefing.briefing import Cover
    from rag.text.language import detect_language

    languages = [question.language or detect_language(question.text) for question in question_list.questions]
    language: Language = "en" if 2 * languages.count("en") > len(languages) else "zh"
    language = next((known for known in LANGUAGES if known == options.language), language)
    title = options.title or question_list.title or path.stem.replace("_", " ")
    return Cover(title, language, "apa" if options.style == "apa" else "gbt7714", scope)


def _run_questions(settings: BriefingSettings, question_list: QuestionList, journal: Path) -> AnsweredList:
    from rag.briefing.run import run_briefing

    with progress_bar() as progress:
        task = progress.add_task("asking", total=None)
        return run_briefing(
            settings, question_list.questions, journal,
            on_progress=lambda done, total, answer: progress.update(task, completed=done, total=total))


def _write_briefing(
    settings: BriefingSettings, answered_list: AnsweredList, cover: Cover, options: _BriefOptions,
) -> Briefing:
    from rag.briefing.briefing import build_briefing
    from ui.documents.briefing import briefing_paper
    from ui.documents.write import write_paper

    with progress_bar() as progress:
        progress.add_task("writing", total=None)
        briefing = build_briefing(answered_list, settings.pipeline.library, cover)
        write_paper(briefing_paper(briefing), options.target, options.template)
    return briefing


def _print_outcome(briefing: Briefing, answered_list: AnsweredList, options: _BriefOptions) -> None:
    """Print a summary of the answers and of the document, in a few lines.

    Raises:
        CommandFailed: rows failed; the document says which and why.
    """
    statuses = [entry.answers[0].answer.status for entry in briefing.entries]
    failed = [entry for entry in briefing.entries if any(reply.answer.status == "failed" for reply in entry.answers)]
    answered = statuses.count("grounded") + statuses.count("partial")
    if answered_list.changed_basis:
        changed = ", ".join(answered_list.changed_basis)
        err.print(f"changed since the journal began: {changed}; what rests on that was asked anew")
    out.print(f"{escape(str(options.target))}: {len(statuses)} questions, {answered} answered, "
              f"{statuses.count('unanswered')} that the library does not answer, {len(failed)} failed")
    out.print(f"{len(briefing.notes)} notes on {len(briefing.references)} documents, "
              f"{len(briefing.differences)} differences between sources, "
              f"{len(briefing.contradictions)} between answers; dated {briefing.date}")
    if answered_list.reused_count:
        journal = escape(str(options.journal))
        out.print(f"[dim]{answered_list.reused_count} answers were kept from {journal}; --anew asks all again[/]")
    for entry in briefing.entries:
        if entry.same_as:
            out.print(f"[dim]{entry.question.row} asks what question {entry.same_as} does, and was answered with it[/]")
    for entry in failed:
        why = next(reply.answer.text for reply in entry.answers if reply.answer.status == "failed")
        err.print(f"[red]failed[/]  {escape(entry.question.row)}: {escape(why)}")
    if failed:
        raise CommandFailed(
            f"{len(failed)} of {len(statuses)} questions failed; the same command with --retry asks them again")

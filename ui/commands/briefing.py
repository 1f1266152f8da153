"""The command `huwen brief`: a list of questions becomes a briefing in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, err, open_filled_pipeline, out, progress_bar

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from rag.briefing.briefing import Briefing, Cover
    from rag.briefing.question_list import QuestionList
    from rag.briefing.run import AnsweredList, BriefingSettings
    from rag.schema import Language, Scope

app = typer.Typer()


@dataclass(frozen=True)
class _BriefOptions:
    """What is to be made of a list, and where."""

    target: Path
    journal: Path
    template: Path | None
    title: str
    style: str
    language: str


@app.command()
def brief(
    questions: Annotated[Path, typer.Argument(help="The list: .txt, .md, .csv, .xlsx or .jsonl. With --blank: the template to write.")],
    to: Annotated[Path | None, typer.Option(
        "-o", "--out", help="The briefing: .docx, .md, .html or .pdf. Default: the list's name, with .docx.")] = None,
    title: Annotated[str, typer.Option(help="Its title. Default: the list's own, or its file's name.")] = "",
    template: Annotated[Path | None, typer.Option(help="A house template (.docx) whose styles, header and footer it takes.")] = None,
    style: Annotated[str, typer.Option(help="Of the references: gbt7714 (GB/T 7714-2015) or apa (APA 7).")] = "gbt7714",
    language: Annotated[str, typer.Option(help="Of the answers: zh, en, or both side by side. Default: that of each question.")] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many questions are asked at a time.")] = 4,
    rate: Annotated[float, typer.Option(min=0, help="At most so many questions a minute; 0: as fast as they are answered.")] = 0,
    retry: Annotated[bool, typer.Option("--retry", help="Ask those again that failed.")] = False,
    anew: Annotated[bool, typer.Option(
        "--anew", help="Ask all again, and date the briefing today; the journal so far is set aside.")] = False,
    journal: Annotated[Path | None, typer.Option(
        help="Where answers are kept as they come. Default: beside the briefing, as NAME.journal.")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="Write a list to fill in (.csv or .xlsx), and nothing else.")] = False,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source: id, file name or title; repeatable.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only sources with this tag; repeatable, any of them.")] = None,
    year: Annotated[str, typer.Option("--year", help="Only sources of this year, or of these: 2022-2024.")] = "",
) -> None:
    """Answer a list of questions in one document, with notes, tables, references and an annex.

    Stopped at any point, the same command goes on where it was: finished answers are kept in the journal.
    """
    if blank:
        _write_template(questions)
        return
    target = to or questions.with_suffix(".docx")
    wanted = _BriefOptions(target, journal or target.with_name(f"{target.name}.journal"), template, title, style, language)
    _validate_options(wanted)
    from rag.briefing.journal import archive_journal
    from rag.briefing.question_list import read_list
    from rag.briefing.run import BriefingSettings

    listed = read_list(questions)
    scope = _parse_scope(source, tag, year)
    asking = BriefingSettings(open_filled_pipeline(), _parse_languages(language), scope, concurrency, rate, retry)
    asking.pipeline.library.resolve_scope(scope)
    if anew:
        archive_journal(wanted.journal)
    answered = _run_questions(asking, listed, wanted.journal)
    briefing = _write_briefing(asking, answered, _build_cover(wanted, listed, questions, scope), wanted)
    _print_outcome(briefing, answered, wanted)


def _write_template(path: Path) -> None:
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
    """Refuse what could not be written before anything is asked.

    Raises:
        Failed: the format, the style, the language or the folder will not do.
    """
    from ui.documents.write import WRITERS

    if options.target.suffix.lower() not in WRITERS:
        raise CommandFailed(f"{options.target}: no briefing is written as {options.target.suffix or 'a name without an ending'!r}; "
                     f"known: {', '.join(WRITERS)}")
    if not options.target.parent.is_dir():
        raise CommandFailed(f"{options.target}: there is no folder {options.target.parent}; create it or name another")
    if options.template and not options.template.is_file():
        raise CommandFailed(f"--template {options.template}: there is no such file")
    if options.style not in ("gbt7714", "apa"):
        raise CommandFailed(f"--style {options.style}: is neither gbt7714 nor apa")
    if options.language not in ("", "zh", "en", "both"):
        raise CommandFailed(f"--language {options.language}: is neither zh nor en nor both")


def _parse_languages(option: str) -> tuple[Language, ...]:
    from rag.schema import LANGUAGES

    return LANGUAGES if option == "both" else tuple(language for language in LANGUAGES if language == option)


def _parse_scope(sources: list[str] | None, tags: list[str] | None, year: str) -> Scope:
    from rag.schema import Scope

    first, _, last = year.partition("-")
    if year and not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
        raise CommandFailed(f"--year {year}: give a year, or the first and the last as in 2022-2024")
    return Scope(tuple(sources or ()), tuple(tags or ()), (), (int(first), int(last or first)) if year else None)


def _build_cover(options: _BriefOptions, question_list: QuestionList, path: Path, scope: Scope) -> Cover:
    """The title, and the language of headings: the one asked for, else that of most questions."""
    from rag.briefing.briefing import Cover
    from rag.text.language import detect_language

    own = [question.language or detect_language(question.text) for question in question_list.questions]
    language: Language = "en" if options.language == "en" or (options.language != "zh" and 2 * own.count("en") > len(own)) else "zh"
    title = options.title or question_list.title or path.stem.replace("_", " ")
    return Cover(title, language, "apa" if options.style == "apa" else "gbt7714", scope)


def _run_questions(settings: BriefingSettings, question_list: QuestionList, journal: Path) -> AnsweredList:
    from rag.briefing.run import run_briefing

    with progress_bar() as progress:
        task = progress.add_task("asking", total=None)
        return run_briefing(settings, question_list.questions, journal,
                   on_progress=lambda done, total, answer: progress.update(task, completed=done, total=total))


def _write_briefing(settings: BriefingSettings, answered_list: AnsweredList, cover: Cover, options: _BriefOptions) -> Briefing:
    from rag.briefing.briefing import build_briefing
    from ui.documents.briefing import briefing_paper
    from ui.documents.write import write_paper

    with progress_bar() as progress:
        progress.add_task("writing", total=None)
        briefing = build_briefing(answered_list, settings.pipeline.library, cover)
        write_paper(briefing_paper(briefing), options.target, options.template)
    return briefing


def _print_outcome(briefing: Briefing, answered_list: AnsweredList, options: _BriefOptions) -> None:
    """What became of the list, in a few lines.

    Raises:
        Failed: rows failed; the document says which and why.
    """
    mains = [entry.answers[0].answer.status for entry in briefing.entries]
    failed = [entry for entry in briefing.entries if any(reply.answer.status == "failed" for reply in entry.answers)]
    again = [entry for entry in briefing.entries if entry.same_as]
    if answered_list.changed_basis:
        err.print(f"changed since the journal began: {', '.join(answered_list.changed_basis)}; what rests on that was asked anew")
    out.print(f"{escape(str(options.target))}: {len(mains)} questions, {sum(s in ('grounded', 'partial') for s in mains)} answered, "
              f"{mains.count('unanswered')} that the library does not answer, {len(failed)} failed")
    out.print(f"{len(briefing.notes)} notes on {len(briefing.references)} documents, {len(briefing.differences)} differences between "
              f"sources, {len(briefing.contradictions)} between answers; dated {briefing.date}")
    if answered_list.reused_count:
        out.print(f"[dim]{answered_list.reused_count} answers were kept from {escape(str(options.journal))}; --anew asks all again[/]")
    for entry in again:
        out.print(f"[dim]{entry.question.row} asks what question {entry.same_as} does, and was answered with it[/]")
    for entry in failed:
        why = next(reply.answer.text for reply in entry.answers if reply.answer.status == "failed")
        err.print(f"[red]failed[/]  {escape(entry.question.row)}: {escape(why)}")
    if failed:
        raise CommandFailed(f"{len(failed)} of {len(mains)} questions failed; the same command with --retry asks them again")

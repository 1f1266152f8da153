"""Functions that the commands share: they open the library, and print answers, sources, progress and JSON."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from rag.schema import HuwenError
from ui.documents.figure_notes import explained_figures

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag.huwen import Huwen
    from rag.library.index import IndexProgress
    from rag.schema import Answer, Language, Scope
    from rag.settings import Settings

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


class CommandFailed(HuwenError):
    """A command failed completely or in part; the message is empty if each failure has been printed already."""


def open_huwen(settings: Settings | None = None) -> Huwen:
    """Open Huwen with the library of the settings; an empty library is not filled.

    Raises:
        HuwenError: a setting has the wrong form, or the library cannot be opened.
    """
    from rag.huwen import open_unfilled
    from rag.settings import read_settings

    return open_unfilled(settings or read_settings())


def open_filled(question: str | None = None, settings: Settings | None = None) -> Huwen:
    """Open Huwen with the library of the settings, after filling an empty library with the shipped notes.

    A `question` is validated first, so that a bad one is reported without waiting for the library.

    Raises:
        BadQuestion: the question is empty or far too long.
        HuwenError: a setting has the wrong form, or the library cannot be opened or filled.
    """
    from rag.settings import read_settings

    if question is not None:
        from rag.pipeline import validate_question

        validate_question(question)
    settings = settings or read_settings()
    huwen = open_huwen(settings)
    if settings.seeds and huwen.library.needs_seeds():
        with progress_bar() as progress:
            task = progress.add_task("filling the library", total=None)
            huwen.library.add_seeds(settings.seeds, lambda name, done, total: progress.update(
                task, description=name, completed=done, total=total))
    return huwen


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar with the remaining time on standard error; it disappears at the end."""
    from rich import progress as bars  # for long work only

    columns = (
        bars.SpinnerColumn(), bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn())
    with bars.Progress(*columns, console=err, transient=True) as progress:
        yield progress


@contextmanager
def page_progress(progress: Progress) -> Iterator[None]:
    """A second bar for the pages of a file whose text is recognised, each of which takes seconds."""
    from rag.sources.page_progress import PageProgress, page_listener

    task = progress.add_task(_RECOGNISING[interface_language()], total=None, visible=False)

    def show_page(page: PageProgress) -> None:
        progress.update(task, completed=page.page, total=page.pages, visible=True)

    try:
        with page_listener(show_page):
            yield
    finally:
        progress.remove_task(task)


def passage_progress(progress: Progress) -> IndexProgress:
    """A second bar for the passages of long files, shown while they are indexed; what it returns moves it."""
    task = progress.add_task(_INDEXING[interface_language()], total=None, visible=False)

    def show_passages(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total, visible=done < total)

    return show_passages


_INDEXING = {"zh": "建立索引，段落", "en": "indexing, passages"}
_RECOGNISING = {"zh": "识别文字，页", "en": "recognising text, page"}


def stream_answer(huwen: Huwen, question: str, scope: Scope) -> Answer:
    """Print an answer while it is written; returns the complete answer."""
    shown = ""
    for answer in huwen.stream(question, scope=scope):
        if answer.text.startswith(shown):
            sys.stdout.write(answer.text[len(shown) :])
            sys.stdout.flush()
            shown = answer.text
    if answer.text != shown:  # verification changed text that is printed already: print the whole answer again
        sys.stdout.write("\n\n" + answer.text)
    sys.stdout.write("\n")
    return answer


_SOURCE_LABELS = {"zh": ("出处", "最接近的段落", "模型"), "en": ("Sources", "Nearest passages", "model")}


def print_sources(answer: Answer) -> None:
    """Print the passages that an answer cites or, if it cites none, the three nearest."""
    from ui.documents.passage_sections import section_below_title  # imports what splits documents

    cited_label, nearest_label, model_label = _SOURCE_LABELS[answer.language]
    cited = {citation.marker: citation for citation in answer.citations}
    shown = [passage for passage in answer.passages if passage.number in cited] or answer.passages[:3]
    if shown:
        out.print(f"\n[bold]{cited_label if cited else nearest_label}[/]")
    for passage in shown:
        page = f"p. {passage.page}" if passage.page else ""
        section = section_below_title(passage.section, passage.title)
        where = " · ".join(part for part in (passage.title, section, page) if part)
        state = f"  [dim]{cited[passage.number].state}[/]" if passage.number in cited else ""
        out.print(f"{escape(f'[{passage.number}]')} {escape(where)}{state}")
    milliseconds = f"{answer.timings_ms.total:.0f} ms"
    out.print(f"[dim]{model_label}: {escape(answer.model)} · {answer.status} · {milliseconds}[/]")


_EVIDENCE_LABELS = {
    "zh": {"doubtful": "来源里没有这个数字", "read": "出自扫描件，识别存疑，请核对原页",
           "nearest": "最接近的是", "derived": "由来源推算",
           "differ": "来源说法不一", "ask": "还可以问",
           "strong": "依据充分", "fair": "依据尚可", "weak": "依据薄弱", "none": "没有依据",
           "cut": "因篇幅没有交给模型的段落",
           "another year": "年份不同", "another scope": "范围不同", "conflict": "互相矛盾", "join": "；"},
    "en": {"doubtful": "no source has this figure", "read": "from a scan, read with doubt; compare the page itself",
           "nearest": "the nearest is", "derived": "reckoned from the sources",
           "differ": "sources differ", "ask": "You could ask",
           "strong": "well supported", "fair": "fairly supported", "weak": "weakly supported", "none": "not supported",
           "cut": "passages that the model was not given, for want of room", "another year": "another year",
           "another scope": "another scope", "conflict": "conflict", "join": "; "},
}


def print_evidence(answer: Answer) -> None:
    """Print the results of verification: doubtful figures, disagreements, confidence and follow-up questions."""
    labels = _EVIDENCE_LABELS[answer.language]
    _print_figures(answer, labels)
    for disagreement in answer.disagreements:
        difference = labels[disagreement.difference]
        out.print(f"[yellow]≠ {escape(disagreement.subject)}: {labels['differ']} ({difference})[/]")
        for statement in disagreement.statements:
            where = " · ".join(part for part in (statement.year, statement.scope, statement.title) if part)
            out.print(f"  {escape(statement.figure)}  [dim]{escape(where)} {escape(f'[{statement.passage}]')}[/]")
    if answer.confidence:
        reasons = [labels["join"] if answer.confidence.reasons else "", labels["join"].join(answer.confidence.reasons)]
        out.print(f"{labels[answer.confidence.level]}[dim]{escape(''.join(reasons))}[/]")
    if answer.packed.left_out:
        out.print(f"[dim]{labels['cut']}: {', '.join(map(str, answer.packed.left_out))}[/]")
    if answer.suggestions:
        out.print(f"[bold]{labels['ask']}[/]")
        for question in answer.suggestions:
            out.print(f"  {escape(question)}")


def _print_figures(answer: Answer, labels: dict[str, str]) -> None:
    for figure in explained_figures(answer):
        if figure.state == "not found":
            nearest = ""
            if figure.evidence:
                nearest = f"{labels['join']}{labels['nearest']} {figure.evidence[0]} [{figure.passages[0]}]"
            out.print(f"[red]✗ {escape(figure.text)}[/] {labels['doubtful']}{escape(nearest)}")
        elif figure.state == "read with doubt":
            where = ", ".join(f"[{number}]" for number in figure.passages)
            out.print(f"[yellow]? {escape(figure.text)}[/] {labels['read']} {escape(where)}")
        elif figure.state == "derived":
            out.print(f"[dim]≈ {escape(figure.text)} {labels['derived']}: {escape(figure.how)}[/]")


def interface_language() -> Language:
    """The language of sentences that exist in both: that of the locale of the terminal, otherwise English.

    The first variable of these that is not empty names the locale, as POSIX has it.
    """
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def shown_name(text: str) -> str:
    """A name, tag, title or sentence of unknown origin on one line, ready to print.

    Characters that move the cursor or turn the direction of writing are written as escapes: ESC → `\\x1b`, the sign
    that writes what follows from right to left → `\\u202e`. Markup of the terminal's library is escaped too.
    """
    return escape(_UNSEEN.sub(_escape_character, text))


_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def _escape_character(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def print_json(value: object) -> None:
    """Print one object, indented, with Chinese characters as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if sys.stdout.isatty():  # JSON escapes C0 itself; those of C1 may be written as escapes too
        text = _CONTROL.sub(lambda control: f"\\u{ord(control.group()):04x}", text)
    sys.stdout.write(text + "\n")


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # C0 and C1 without newline and tab


def print_text(text: str) -> None:
    """Print a text of unknown origin; a terminal gets its control characters as escapes: ESC → `\\x1b`."""
    if sys.stdout.isatty():
        text = _CONTROL.sub(lambda control: f"\\x{ord(control.group()):02x}", text)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")

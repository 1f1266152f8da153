"""What commands share: the filled library, and what they print: answers, sources, progress and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from rag.schema import HuwenError

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag.pipeline import Pipeline
    from rag.schema import Answer, Scope
    from rag.settings import Settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandFailed(HuwenError):
    """A command, or part of its work, failed; with no sentence where each part has been told already."""


def open_filled_pipeline(question: str | None = None, settings: Settings | None = None) -> Pipeline:
    """The pipeline, over a library that has been filled if it was empty; a bad question is refused before that."""
    from rag.pipeline import build_pipeline, validate_question
    from rag.settings import read_settings

    if question is not None:
        validate_question(question)
    settings = settings or read_settings()
    pipeline = build_pipeline(settings)
    if settings.seeds and pipeline.library.needs_seeds():
        with progress_bar() as progress:
            task = progress.add_task("filling the library", total=None)
            pipeline.library.add_seeds(
                settings.seeds, lambda name, done, total: progress.update(task, description=name, completed=done, total=total))
    return pipeline


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar with time left on standard error, gone when done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn  # only long work

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=err, transient=True) as progress:
        yield progress


def stream_answer(pipeline: Pipeline, question: str, scope: Scope) -> Answer:
    """Print an answer as it grows; returns the finished one."""
    shown = ""
    for answer in pipeline.stream(question, scope=scope):
        if answer.text.startswith(shown):
            sys.stdout.write(answer.text[len(shown) :])
            sys.stdout.flush()
            shown = answer.text
    if answer.text != shown:  # a last word that changes what was said: say it whole
        sys.stdout.write("\n\n" + answer.text)
    sys.stdout.write("\n")
    return answer


_SOURCE_LABELS = {"zh": ("出处", "最接近的段落", "模型"), "en": ("Sources", "Nearest passages", "model")}


def print_sources(answer: Answer) -> None:
    """The passages that an answer cites, or those that come nearest to one."""
    cited_label, nearest_label, model_label = _SOURCE_LABELS[answer.language]
    cited = {citation.marker: citation for citation in answer.citations}
    shown = [p for p in answer.passages if p.number in cited] or answer.passages[:3]
    if shown:
        out.print(f"\n[bold]{cited_label if cited else nearest_label}[/]")
    for passage in shown:
        where = " · ".join(part for part in (passage.title, passage.section, f"p. {passage.page}" if passage.page else "") if part)
        state = f"  [dim]{cited[passage.number].state}[/]" if passage.number in cited else ""
        out.print(f"{escape(f'[{passage.number}]')} {escape(where)}{state}")
    out.print(f"[dim]{model_label}: {escape(answer.model)} · {answer.status} · {answer.timings_ms.total:.0f} ms[/]")


_EVIDENCE_LABELS = {
    "zh": {"doubtful": "来源里没有这个数字", "nearest": "最接近的是", "derived": "由来源推算", "differ": "来源说法不一", "ask": "还可以问",
           "strong": "依据充分", "fair": "依据尚可", "weak": "依据薄弱", "none": "没有依据", "cut": "因篇幅没有交给模型的段落",
           "another year": "年份不同", "another scope": "范围不同", "conflict": "互相矛盾", "join": "；"},
    "en": {"doubtful": "no source has this figure", "nearest": "the nearest is", "derived": "reckoned from the sources",
           "differ": "sources differ", "ask": "You could ask",
           "strong": "well supported", "fair": "fairly supported", "weak": "weakly supported", "none": "not supported",
           "cut": "passages that the model was not given, for want of room", "another year": "another year",
           "another scope": "another scope", "conflict": "conflict", "join": "; "},
}


def print_evidence(answer: Answer) -> None:
    """What the evidence says of an answer: how far it carries it, figures that do not hold, and where sources differ."""
    said = _EVIDENCE_LABELS[answer.language]
    for figure in answer.figures:
        if figure.state == "not found":
            near = f"{said['join']}{said['nearest']} {figure.evidence[0]} [{figure.passages[0]}]" if figure.evidence else ""
            out.print(f"[red]✗ {escape(figure.text)}[/] {said['doubtful']}{escape(near)}")
        elif figure.state == "derived":
            out.print(f"[dim]≈ {escape(figure.text)} {said['derived']}: {escape(figure.how)}[/]")
    for differing in answer.disagreements:
        out.print(f"[yellow]≠ {escape(differing.subject)}: {said['differ']} ({said[differing.difference]})[/]")
        for one in differing.statements:
            where = " · ".join(part for part in (one.year, one.scope, one.title) if part)
            out.print(f"  {escape(one.figure)}  [dim]{escape(where)} {escape(f'[{one.passage}]')}[/]")
    if answer.confidence:
        out.print(f"{said[answer.confidence.level]}[dim]{said['join'] if answer.confidence.reasons else ''}"
                  f"{escape(said['join'].join(answer.confidence.reasons))}[/]")
    if answer.packed.left_out:
        out.print(f"[dim]{said['cut']}: {', '.join(map(str, answer.packed.left_out))}[/]")
    if answer.suggestions:
        out.print(f"[bold]{said['ask']}[/]")
        for question in answer.suggestions:
            out.print(f"  {escape(question)}")


def print_json(value: object) -> None:
    """One object, indented, Chinese as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

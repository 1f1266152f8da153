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


class Failed(HuwenError):
    """A command, or part of its work, failed; with no sentence where each part has been told already."""


def filled(question: str | None = None, settings: Settings | None = None) -> Pipeline:
    """The pipeline, over a library that has been filled if it was empty; a bad question is refused before that."""
    from rag.pipeline import build, checked
    from rag.settings import read_settings

    if question is not None:
        checked(question)
    settings = settings or read_settings()
    pipeline = build(settings)
    if settings.seeds and pipeline.library.wants_filling():
        with progress_bar() as progress:
            task = progress.add_task("filling the library", total=None)
            pipeline.library.fill(
                settings.seeds, lambda name, done, total: progress.update(task, description=name, completed=done, total=total))
    return pipeline


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar with time left on standard error, gone when done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn  # only long work

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=err, transient=True) as progress:
        yield progress


def stream(pipeline: Pipeline, question: str, scope: Scope) -> Answer:
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


_LABELS = {"zh": ("出处", "最接近的段落", "模型"), "en": ("Sources", "Nearest passages", "model")}


def print_sources(answer: Answer) -> None:
    """The passages that an answer cites, or those that come nearest to one."""
    cited_label, nearest_label, model_label = _LABELS[answer.language]
    cited = {citation.marker: citation for citation in answer.citations}
    shown = [p for p in answer.passages if p.number in cited] or answer.passages[:3]
    if shown:
        out.print(f"\n[bold]{cited_label if cited else nearest_label}[/]")
    for passage in shown:
        where = " · ".join(part for part in (passage.title, passage.section, f"p. {passage.page}" if passage.page else "") if part)
        state = f"  [dim]{cited[passage.number].state}[/]" if passage.number in cited else ""
        out.print(f"{escape(f'[{passage.number}]')} {escape(where)}{state}")
    out.print(f"[dim]{model_label}: {escape(answer.model)} · {answer.status} · {answer.timings_ms.total:.0f} ms[/]")


def print_json(value: object) -> None:
    """One object, indented, Chinese as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

"""Execution of an evaluation run for the commands: its folder, the questions, the reports and the printed summary."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from ui.commands.evaluation_runs import print_summary, runs_folder
from ui.commands.terminal import err, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.cases import Case
    from evals.run_folder import EvalRun
    from rag.schema import Answer
    from rag.settings import Settings


@dataclass(frozen=True)
class RunOptions:
    """The settings and options of a run."""

    settings: Settings
    concurrency: int
    resume: bool
    folder: Path | None
    use_cache: bool
    as_json: bool
    price: str


def settings_for(model: str | None) -> Settings:
    """The settings with another chat model; `extractive` stands for none."""
    from rag.settings import read_settings

    settings = read_settings()
    if model is None:
        return settings
    return settings.model_copy(update={"chat_model": "" if model == "extractive" else model})


def prepare_run(options: RunOptions, model: str, corpus: str, cases: list[Case], **labels: str) -> EvalRun:
    """The run to execute: a new one or, with --resume, the last of the same settings and library."""
    import hashlib

    from evals.cases import dump
    from evals.run import parse_prices, run_fingerprint
    from evals.run_folder import EvalRun, find_resumable, new_folder

    settings = options.settings
    if options.price:
        parse_prices(options.price)  # a wrong price is reported now, not after the last answer
    about = run_fingerprint(
        **labels, price=options.price, questions=len(cases),
        cases=hashlib.sha256(dump(cases).encode()).hexdigest()[:16], model=model,
        endpoint=settings.base_url if settings.chat_model else "", passages=settings.passages,
        context=settings.context, corpus=corpus)
    root = runs_folder(settings)
    if options.resume:
        if run := find_resumable(options.folder or root, about):
            return run
        err.print("[dim]no run of the same set, model, library and code to go on with; a new one begins[/]")
    about["started"] = datetime.now(UTC).isoformat(timespec="seconds")
    return EvalRun.create(options.folder or new_folder(root, labels["set"], model), about, tuple(cases))


def execute_run(options: RunOptions, run: EvalRun, ask: Callable[[Case], Generator[Answer]]) -> None:
    """Ask and grade all cases, write the reports, and print the summary."""
    from evals import run as running
    from evals.answer_cache import AnswerCache

    cache = None
    if options.use_cache and options.settings.chat_model:  # quoting sentences is faster than looking them up
        cache = AnswerCache(runs_folder(options.settings) / "answers.sqlite")
    settings = running.EvalSettings(ask, options.concurrency, cache)
    with progress_bar() as progress:
        task = progress.add_task("asking", total=len(run.cases))
        running.run_cases(run, settings, lambda done, total: progress.update(task, completed=done, total=total))
        progress.update(task, description="scoring", total=None)
        summary = running.write_results(run)
    if options.as_json:
        print_json(summary.to_json())
        return
    print_summary(summary)
    out.print(f"[dim]{escape(str(run.folder / 'report.html'))}[/]")

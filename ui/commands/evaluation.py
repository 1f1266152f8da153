"""The command `huwen eval`: score the answers to questions with known answers, and store the run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands import (
    conflict_benchmark,
    evaluation_runs,
    reading_benchmark,
    retrieval_benchmark,
    table_benchmark,
    version_benchmark,
)
from ui.commands.evaluation_runs import enforce_gate, load_comparison, print_summary, runs_folder
from ui.commands.terminal import CommandFailed, err, open_filled, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.cases import Case
    from evals.run_folder import EvalRun
    from rag.pipeline import Pipeline
    from rag.schema import Answer
    from rag.settings import Settings

app = typer.Typer(
    help="Score the answers to known-answer questions; compare and rescore runs.", add_completion=False)
app.add_typer(evaluation_runs.app)
app.add_typer(retrieval_benchmark.app)
app.add_typer(table_benchmark.app)
app.add_typer(version_benchmark.app)
app.add_typer(conflict_benchmark.app)
app.add_typer(reading_benchmark.app)


Model = Annotated[str | None, typer.Option(
    help="The chat model; extractive: quoted sentences. Default: as configured.")]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="How many questions are asked at a time.")]
Resume = Annotated[bool, typer.Option(
    "--resume", help="Go on with the last run that is of the same in every respect.")]
Out = Annotated[Path | None, typer.Option("--out", help="The run's folder. Default: a new one in the library's.")]
UseCache = Annotated[bool, typer.Option(
    "--cache/--no-cache", help="Take a model's answers from former runs where all is the same.")]
Price = Annotated[str, typer.Option(
    help="What a million tokens cost, read/written, such as 0.5/2; for the cost of a run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as an object.")]


@dataclass(frozen=True)
class _RunOptions:
    """The settings and options of a run."""

    settings: Settings
    concurrency: int
    resume: bool
    folder: Path | None
    use_cache: bool
    as_json: bool
    price: str


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    dataset: Annotated[str, typer.Option("--set", help="A shipped set by name, or a .jsonl file.")] = "suzhou",
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "all",
    model: Model = None, concurrency: Concurrency = 1, resume: Resume = False, folder: Out = None,
    cached: UseCache = True,
    gate: Annotated[Path | None, typer.Option(
        "--gate", help="A run or a file of scores: fail where this run is worse.")] = None,
    failures: Annotated[bool, typer.Option(
        "--failures", help="List the cases that fell short, with the reason.")] = False,
    price: Price = "", as_json: AsJson = False,
) -> None:
    """Ask every question of a set, grade the answers, and keep all of it in the folder of the run."""
    if context.invoked_subcommand:
        return
    options = _RunOptions(_settings_for(model), concurrency, resume, folder, cached, as_json, price)
    cases = _load_cases(dataset, split)
    pipeline = open_filled(settings=options.settings).pipeline
    run = _prepare_run(options, pipeline, cases, set=Path(dataset).stem, split=split)
    _execute_run(options, run, lambda case: pipeline.stream(case.question, case.history))
    if failures:
        _print_failures(run)
    if gate:
        enforce_gate(load_comparison(gate, run.folder))


@app.command()
def bench(
    format: Annotated[str, typer.Argument(help="squad (also XQuAD, CMRC 2018), rgb, crud or alce.")],
    file: Annotated[Path, typer.Argument(help="A file of the benchmark, as its authors publish it.")],
    passage_count: Annotated[int, typer.Option(
        "--passages", min=1, max=50, help="Passages with each question (rgb, alce).")] = 5,
    noise: Annotated[float, typer.Option(
        min=0, max=1, help="The share of them that do not help; 1: to be refused (rgb).")] = 0.4,
    limit: Annotated[int, typer.Option(min=0, help="Ask only so many questions; 0: all.")] = 0,
    model: Model = None, concurrency: Concurrency = 1, resume: Resume = False, folder: Out = None,
    cached: UseCache = True, price: Price = "", as_json: AsJson = False,
) -> None:
    """Run a public benchmark from its own file, with its own metrics beside ours."""
    from evals.benchmarks import benchmark_library, formats
    from rag.pipeline import build_pipeline

    known = formats.format_options(format)
    format_values = {name: n for name, n in (("passages", passage_count), ("noise", noise)) if name in known}
    options = _RunOptions(_settings_for(model), concurrency, resume, folder, cached, as_json, price)
    benchmark = formats.read_benchmark(format, file, **format_values)
    cases = list(benchmark.cases)[: limit or None]
    labels = {"set": file.stem, "benchmark": format, "limit": str(limit)}
    if benchmark.corpus:
        home = _build_corpus(options.settings, [text.text for text in benchmark.corpus])
        searched = build_pipeline(options.settings.model_copy(update={"home": home, "seeds": None}))
        run = _prepare_run(options, searched, cases, **labels)
        _execute_run(options, run, lambda case: searched.stream(case.question))
        return
    pipeline, texts = open_filled(settings=options.settings).pipeline, benchmark.case_texts
    labels["given"] = benchmark_library.text_digest(repr(sorted(texts.items())))
    run = _prepare_run(options, pipeline, cases, **labels)
    _execute_run(options, run, lambda case: pipeline.stream_from(
        case.question, benchmark_library.make_passages(texts[case.id])))


def _build_corpus(settings: Settings, texts: list[str]) -> Path:
    """The folder of a library with these texts, which is filled once."""
    from evals.benchmarks.benchmark_library import build_library, text_digest

    home = runs_folder(settings) / "shelves" / text_digest("\0".join(texts))[:16]
    with progress_bar() as progress:
        task = progress.add_task("filling a library", total=None)
        build_library(texts, home, lambda done, total: progress.update(task, completed=done, total=total))
    return home


def _settings_for(model: str | None) -> Settings:
    from rag.settings import read_settings

    settings = read_settings()
    if model is None:
        return settings
    return settings.model_copy(update={"chat_model": "" if model == "extractive" else model})


def _load_cases(dataset: str, split: str) -> list[Case]:
    from evals.cases import DATASETS, SPLITS, load

    if split not in ("all", *SPLITS):
        raise CommandFailed(f"--split is {split!r}; it can be dev, test or all")
    path = Path(dataset) if dataset.endswith(".jsonl") else DATASETS / f"{dataset}.jsonl"
    cases = [case for case in load(path) if split in ("all", case.split)]
    if not cases:
        raise CommandFailed(f"{path.name} has no case in the split {split}; --split all asks every case")
    return cases


def _prepare_run(options: _RunOptions, pipeline: Pipeline, cases: list[Case], **labels: str) -> EvalRun:
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
        cases=hashlib.sha256(dump(cases).encode()).hexdigest()[:16], model=pipeline.model,
        endpoint=settings.base_url if settings.chat_model else "", passages=settings.passages,
        context=settings.context, corpus=pipeline.library.fingerprint())
    root = runs_folder(settings)
    if options.resume:
        if run := find_resumable(options.folder or root, about):
            return run
        err.print("[dim]no run of the same set, model, library and code to go on with; a new one begins[/]")
    about["started"] = datetime.now(UTC).isoformat(timespec="seconds")
    return EvalRun.create(options.folder or new_folder(root, labels["set"], pipeline.model), about, tuple(cases))


def _execute_run(options: _RunOptions, run: EvalRun, ask: Callable[[Case], Generator[Answer]]) -> None:
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


def _print_failures(run: EvalRun) -> None:
    from evals.run import grade_run

    for graded in grade_run(run):
        case, verdict = graded.case, graded.case_scores.scores.get("correct")
        if verdict and verdict.value < 1:
            out.print(f"[bold]{escape(case.id)}[/] {escape(case.type)} {escape(case.question)}\n"
                      f"   {escape(verdict.reason)}")


@app.command()
def check(
    dataset: Annotated[str, typer.Option("--set", help="A shipped set by name, or a .jsonl file.")] = "suzhou",
) -> None:
    """Prove a set against the library: gold passages exist and hold the facts, references pass their own cases."""
    from evals.dataset_check import find_faults
    from rag.answering.retrieve import number_passages

    cases = _load_cases(dataset, "all")
    documents = open_filled().library.all_passages()
    passages = number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 0.0}}) for d in documents])
    faults = find_faults(cases, passages)
    for fault in faults:
        out.print(escape(fault))
    if faults:
        raise CommandFailed(
            f"{len(faults)} faults in {len(cases)} cases; mend them, or add the documents that the set is about")
    out.print(f"{len(cases)} cases are sound")

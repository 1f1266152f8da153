"""The command `huwen eval`: score the answers to questions with known answers, and store the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import Language
from ui.commands import (
    conflict_benchmark,
    evaluation_runs,
    reader_benchmark,
    reading_benchmark,
    retrieval_benchmark,
    table_benchmark,
    version_benchmark,
)
from ui.commands.evaluation_execution import RunOptions, execute_run, prepare_run, settings_for
from ui.commands.evaluation_runs import enforce_gate, load_comparison, runs_folder
from ui.commands.terminal import CommandFailed, open_filled, out, progress_bar

if TYPE_CHECKING:
    from evals.cases import Case
    from evals.run_folder import EvalRun
    from rag.huwen import Huwen
    from rag.settings import Settings

app = typer.Typer(
    help="Score the answers to known-answer questions; compare and rescore runs.", add_completion=False)
app.add_typer(evaluation_runs.app)
app.add_typer(retrieval_benchmark.app)
app.add_typer(table_benchmark.app)
app.add_typer(version_benchmark.app)
app.add_typer(conflict_benchmark.app)
app.add_typer(reading_benchmark.app)
app.add_typer(reader_benchmark.app)


Dataset = Annotated[str, typer.Option("--set", "--dataset", help="A shipped set by name, or a .jsonl file.")]
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


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    dataset: Dataset = "suzhou",
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "all",
    libraries: Annotated[list[str] | None, typer.Option(
        "--library", help="Ask only the cases of this library (a folder of documents); may be repeated.")] = None,
    language: Annotated[Language | None, typer.Option(help="Ask only the cases in this language.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Ask only so many cases, evenly spaced; 0: all.")] = 0,
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
    options = RunOptions(settings_for(model), concurrency, resume, folder, cached, as_json, price)
    path = _dataset_path(dataset)
    cases = _load_cases(path, split, libraries, language, limit)
    with _open_libraries(path, cases, options.settings) as opened:
        corpus = "+".join(dict.fromkeys(huwen.library.fingerprint() for huwen in opened.values()))
        model_name = next(iter(opened.values())).pipeline.model
        chosen = {"libraries": ", ".join(libraries or ()), "language": language or "", "limit": limit and str(limit)}
        labels = {name: value for name, value in chosen.items() if value}
        run = prepare_run(options, model_name, corpus, cases, set=path.stem, split=split, **labels)
        execute_run(options, run, lambda case: opened[case.library].stream(case.question, history=case.history))
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
    options = RunOptions(settings_for(model), concurrency, resume, folder, cached, as_json, price)
    benchmark = formats.read_benchmark(format, file, **format_values)
    cases = list(benchmark.cases)[: limit or None]
    labels = {"set": file.stem, "benchmark": format, "limit": str(limit)}
    if benchmark.corpus:
        home = _build_corpus(options.settings, [text.text for text in benchmark.corpus])
        searched = build_pipeline(options.settings.model_copy(update={"home": home, "seeds": None}))
        run = prepare_run(options, searched.model, searched.library.fingerprint(), cases, **labels)
        execute_run(options, run, lambda case: searched.stream(case.question))
        return
    pipeline, texts = open_filled(settings=options.settings).pipeline, benchmark.case_texts
    labels["given"] = benchmark_library.text_digest(repr(sorted(texts.items())))
    run = prepare_run(options, pipeline.model, pipeline.library.fingerprint(), cases, **labels)
    execute_run(options, run, lambda case: pipeline.stream_from(
        case.question, benchmark_library.make_passages(texts[case.id])))


def _build_corpus(settings: Settings, texts: list[str]) -> Path:
    """The folder of a library with these texts, which is filled once."""
    from evals.benchmarks.benchmark_library import build_library, text_digest

    home = runs_folder(settings) / "shelves" / text_digest("\0".join(texts))[:16]
    with progress_bar() as progress:
        task = progress.add_task("filling a library", total=None)
        build_library(texts, home, lambda done, total: progress.update(task, completed=done, total=total))
    return home


def _dataset_path(dataset: str) -> Path:
    from evals.cases import DATASETS

    return Path(dataset) if dataset.endswith(".jsonl") else DATASETS / f"{dataset}.jsonl"


def _load_cases(
    path: Path, split: str, libraries: Sequence[str] | None = None, language: Language | None = None, limit: int = 0,
) -> list[Case]:
    from evals.cases import SPLITS, load

    if split not in ("all", *SPLITS):
        raise CommandFailed(f"--split is {split!r}; it can be dev, test or all")
    loaded = load(path)
    known = {case.library for case in loaded}
    if unknown := [name for name in libraries or () if name not in known]:
        names = ", ".join(sorted(filter(None, known))) or "none"
        raise CommandFailed(f"{path.name} has no library {', '.join(unknown)}; it has {names}")
    cases = [
        case for case in loaded
        if split in ("all", case.split) and (not libraries or case.library in libraries)
        and language in (None, case.language)]
    if not cases:
        raise CommandFailed(f"{path.name} has no such case in the split {split}; --split all asks every case")
    if limit and limit < len(cases):
        return [cases[i * len(cases) // limit] for i in range(limit)]
    return cases


@contextmanager
def _open_libraries(path: Path, cases: list[Case], settings: Settings) -> Iterator[dict[str, Huwen]]:
    """The libraries that the cases are asked of, by name; that of the settings has the name ""."""
    from evals.case_libraries import open_case_libraries

    with ExitStack() as stack:
        with progress_bar() as progress:
            task = progress.add_task("filling libraries", total=None)
            opened = stack.enter_context(open_case_libraries(
                path, cases, settings, runs_folder(settings) / "libraries",
                lambda done, total: progress.update(task, completed=done, total=total)))
        if any(not case.library for case in cases):
            opened = {"": open_filled(settings=settings)} | opened
        yield opened


def _print_failures(run: EvalRun) -> None:
    from evals.run import grade_run

    for graded in grade_run(run):
        case, verdict = graded.case, graded.case_scores.scores.get("correct")
        if verdict and verdict.value < 1:
            out.print(f"[bold]{escape(case.id)}[/] {escape(case.type)} {escape(case.question)}\n"
                      f"   {escape(verdict.reason)}")


@app.command()
def check(
    dataset: Dataset = "suzhou",
) -> None:
    """Prove a set against the library: gold passages exist and hold the facts, references pass their own cases."""
    from evals.case_libraries import documents_folder, library_passages, read_case_library
    from evals.dataset_check import find_faults
    from rag.settings import read_settings

    path = _dataset_path(dataset)
    cases = _load_cases(path, "all")
    with _open_libraries(path, cases, read_settings()) as opened:
        passages = library_passages(opened.pop("").library) if "" in opened else ()
        libraries = {
            name: read_case_library(huwen.library, documents_folder(path, name)) for name, huwen in opened.items()}
    faults = find_faults(cases, passages, libraries)
    for fault in faults:
        out.print(escape(fault))
    if faults:
        raise CommandFailed(
            f"{len(faults)} faults in {len(cases)} cases; mend them, or add the documents that the set is about")
    out.print(f"{len(cases)} cases are sound")

"""The commands `huwen eval retrieval | scale | seeded`: quality and speed of retrieval; detection of errors."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.schema import LANGUAGES, Language
from ui.commands.terminal import CommandFailed, open_filled, out, print_json, progress_bar

if TYPE_CHECKING:
    from evals.retrieval import RetrievalResult
    from evals.seeded import CheckedAnswer

app = typer.Typer()

_MEASURED_PACKAGES = (
    "huwen", "tantivy", "chromadb", "langchain-community", "rank-bm25", "jieba", "bm25s", "llama-index-retrievers-bm25")


@app.command()
def retrieval(
    squad: Annotated[list[Path], typer.Option(
        "--squad", help="A file in SQuAD's format; two with shared ids are also asked across.")],
    distractors: Annotated[Path | None, typer.Option(
        help='A file of {"text": …} lines to search among, or the same gzipped.')] = None,
    most: Annotated[int, typer.Option(min=0, help="How many of them.")] = 10_000,
    peers: Annotated[bool, typer.Option(
        "--peers", help="Measure other libraries' BM25 in the same run (group bench).")] = False,
    result: Annotated[Path | None, typer.Option("--out", help="A JSON file for the figures, with versions.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Ask the questions of SQuAD-format files and see where their paragraphs stand among all."""
    from evals import peers as other_libraries
    from evals import retrieval as measuring

    results: list[RetrievalResult] = []
    distractor_texts = measuring.read_distractors(distractors, most) if distractors else []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("retrieval")
        for number, collection in enumerate(measuring.read_collections(squad, distractor_texts)):
            if not collection.questions:
                raise CommandFailed(f"{collection.name}: has no question to ask")

            def show_progress(done: int, total: int, name: str = collection.name) -> None:
                progress.update(task, description=name, completed=done, total=total)

            home = Path(folder) / str(number)
            systems = {"Huwen": measuring.build_huwen_search(collection.texts, home, show_progress)}
            for name in other_libraries.PEERS if peers else ():
                systems[name] = other_libraries.build_peer_index(name, collection.texts)
            for name, search in systems.items():
                results.append(measuring.measure_retrieval(collection, name, search, show_progress))
    figures = [asdict(measured) for measured in results]
    if result:
        _save_figures(result, figures)
    if as_json:
        print_json(figures)
    else:
        _print_measurements(results)


@app.command()
def scale(
    texts: Annotated[Path, typer.Option(
        "--texts", help='A file of {"text": …} lines (or gzipped) whose sentences are mixed anew.')],
    passages: Annotated[int, typer.Option(min=100, help="How many passages to make.")] = 100_000,
    words_only: Annotated[bool, typer.Option("--words", help="Index words alone, without vectors.")] = False,
    peers: Annotated[bool, typer.Option(
        "--peers", help="Ask LangChain's BM25 the same in the same run (group bench).")] = False,
    result: Annotated[Path | None, typer.Option("--out", help="A JSON file for the figures, with versions.")] = None,
) -> None:
    """Fill a library of any size and ask it: seconds, memory and disk. Its temporary folder is removed at the end."""
    from evals import retrieval as measuring
    from evals import scale as scaling

    pool = measuring.read_distractors(texts, 10_000)
    names = ["LangChain BM25", "LangChain BM25 + jieba"] if peers else []
    figures: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        progress.add_task(f"{passages:,} passages", total=None)
        for measured in scaling.measure_scale(pool, passages, Path(folder), words_only=words_only, peers=names):
            figures.append(asdict(measured))
            memory = f"memory {measured.memory_mb:,} MB"
            if isinstance(measured, scaling.FillResult):
                progress.console.print(
                    f"filled      {measured.passages:,} passages in {measured.seconds:.0f} s, "
                    f"{measured.rate:.0f} a second; {memory}, disk {measured.disk_mb:,} MB")
            else:
                progress.console.print(
                    f"{measured.what}: p50 {measured.p50_ms:.1f} ms, p95 {measured.p95_ms:.1f} ms; {memory}")
    if result:
        _save_figures(result, figures)


@app.command("seeded")
def seeded_errors(
    number: Annotated[int, typer.Option(
        min=1, help="How many clean answers are drawn from the shipped notes, in each language.")] = 400,
    misses: Annotated[bool, typer.Option(
        "--misses", help="List errors that went unseen, and clean answers that were doubted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rates as an object.")] = False,
) -> None:
    """Put errors into clean answers and see which of them verification catches, and how many clean ones it doubts."""
    from evals.seeded import check_seeded_answers, detection_rates
    from rag.answering.retrieve import number_passages

    documents = open_filled().library.all_passages()
    passages = number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 1.0}}) for d in documents])
    rates: dict[Language, dict[str, dict[str, float]]] = {}
    for language in LANGUAGES:
        checked_answers = list(check_seeded_answers(passages, number, language))
        shares = detection_rates(checked_answers)
        rates[language] = {kind: {"share": round(share, 4), "of": total} for kind, (share, total) in shares.items()}
        if misses:
            _print_misses(checked_answers)
    if as_json:
        print_json(rates)
        return
    for language, by_kind in rates.items():
        parts = [
            f"{kind} {'doubted' if kind == 'clean' else 'caught'} {rate['share']:.3f} of {rate['of']}"
            for kind, rate in by_kind.items()]
        out.print(f"[bold]{language}[/]  {'  '.join(parts)}")


def _print_misses(checked_answers: list[CheckedAnswer]) -> None:
    """Print the errors that verification did not catch, and the clean answers that it doubts."""
    for checked in checked_answers:
        answer = checked.answer
        if checked.is_caught == (answer.error is None):
            out.print(f"{answer.error or 'clean'}: {escape(answer.change)}\n  {escape(answer.text)}", style="dim")


def _save_figures(result: Path, figures: list[dict[str, object]]) -> None:
    result.parent.mkdir(parents=True, exist_ok=True)
    content = {"versions": _package_versions(), "figures": figures}
    result.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _package_versions() -> dict[str, str]:
    names = [distribution.metadata["Name"] for distribution in metadata.distributions()]
    installed = {name.lower() for name in names if name}
    return {name: metadata.version(name) for name in _MEASURED_PACKAGES if name in installed}


def _print_measurements(measurements: list[RetrievalResult]) -> None:
    """A table for each collection, narrow enough for any terminal."""
    from rich.table import Table

    for name in dict.fromkeys(measured.collection for measured in measurements):
        group = [measured for measured in measurements if measured.collection == name]
        title = f"{name}: {group[0].questions:,} questions, {group[0].texts:,} texts"
        table = Table(title=title, title_justify="left")
        table.add_column("system")
        for column in ("hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10", "p50 ms", "p95 ms"):
            table.add_column(column, justify="right", no_wrap=True)
        for measured in group:
            shares = (measured.hit_1, measured.hit_5, measured.hit_10, measured.mrr_10, measured.ndcg_10)
            times = (f"{measured.p50_ms:.1f}", f"{measured.p95_ms:.1f}")
            table.add_row(measured.system, *(f"{share:.3f}" for share in shares), *times)
        out.print(table)

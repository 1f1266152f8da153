"""The commands `huwen eval retrieval` and `scale`: how well, and how fast, the right paragraph is found; ours beside peers."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ui.commands.terminal import CommandFailed, open_filled_pipeline, out, print_json, progress_bar

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from evals.retrieval import RetrievalResult

app = typer.Typer()

_MEASURED_PACKAGES = ("huwen", "tantivy", "chromadb", "langchain-community", "rank-bm25", "jieba", "bm25s", "llama-index-retrievers-bm25")


@app.command()
def retrieval(
    squad: Annotated[list[Path], typer.Option("--squad", help="A file in SQuAD's format; two with shared ids are also asked across.")],
    distractors: Annotated[Path | None, typer.Option(help='A file of {"text": …} lines to search among, or the same gzipped.')] = None,
    most: Annotated[int, typer.Option(min=0, help="How many of them.")] = 10_000,
    peers: Annotated[bool, typer.Option("--peers", help="Measure other libraries' BM25 in the same run (group bench).")] = False,
    result: Annotated[Path | None, typer.Option("--out", help="A JSON file for the figures, with versions.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as a list of objects.")] = False,
) -> None:
    """Ask the questions of SQuAD-format files and see where their paragraphs stand among all."""
    from evals import peers as others
    from evals import retrieval as measuring

    found: list[RetrievalResult] = []
    beside = measuring.read_distractors(distractors, most) if distractors else []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("retrieval")
        for number, collection in enumerate(measuring.read_collections(squad, beside)):
            if not collection.questions:
                raise CommandFailed(f"{collection.name}: has no question to ask")

            def show_progress(done: int, total: int, name: str = collection.name) -> None:
                progress.update(task, description=name, completed=done, total=total)

            systems = {"Huwen": measuring.build_huwen_search(collection.texts, Path(folder) / str(number), show_progress)}
            systems |= {name: others.build_peer_index(name, collection.texts) for name in others.PEERS} if peers else {}
            found += [measuring.measure_retrieval(collection, name, search, show_progress) for name, search in systems.items()]
    if result:
        _save_figures(result, [asdict(one) for one in found])
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _print_measurements(found)


@app.command()
def scale(
    texts: Annotated[Path, typer.Option("--texts", help='A file of {"text": …} lines (or gzipped) whose sentences are mixed anew.')],
    passages: Annotated[int, typer.Option(min=100, help="How many passages to make.")] = 100_000,
    words_only: Annotated[bool, typer.Option("--words", help="Index words alone, without vectors.")] = False,
    peers: Annotated[bool, typer.Option("--peers", help="Ask LangChain's BM25 the same in the same run (group bench).")] = False,
    result: Annotated[Path | None, typer.Option("--out", help="A JSON file for the figures, with versions.")] = None,
) -> None:
    """Fill a library of any size and ask it: seconds, memory and disk. It lies in a temporary folder and goes when done."""
    from evals import retrieval as measuring
    from evals import scale as scaling

    pool = measuring.read_distractors(texts, 10_000)
    names = ["LangChain BM25", "LangChain BM25 + jieba"] if peers else []
    told = []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        progress.add_task(f"{passages:,} passages", total=None)
        for one in scaling.measure_scale(pool, passages, Path(folder), words_only=words_only, peers=names):
            told.append(asdict(one))
            if isinstance(one, scaling.FillResult):
                progress.console.print(f"filled      {one.passages:,} passages in {one.seconds:.0f} s, {one.rate:.0f} a second; "
                                       f"memory {one.memory_mb:,} MB, disk {one.disk_mb:,} MB")
            else:
                progress.console.print(f"{one.what}: p50 {one.p50_ms:.1f} ms, p95 {one.p95_ms:.1f} ms; memory {one.memory_mb:,} MB")
    if result:
        _save_figures(result, told)


@app.command("seeded")
def seeded_errors(
    number: Annotated[int, typer.Option(min=1, help="How many clean answers are drawn from the shipped notes, in each language.")] = 400,
    misses: Annotated[bool, typer.Option("--misses", help="List errors that went unseen, and clean answers that were doubted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rates as an object.")] = False,
) -> None:
    """Put errors into clean answers and see which of them verification catches, and how many clean ones it doubts."""
    from evals.seeded import check_seeded_answers, detection_rates
    from rag.answering.retrieve import number_passages

    everything = number_passages([passage.model_copy(update={"metadata": {**passage.metadata, "score": 1.0}})
                           for passage in open_filled_pipeline().library.all_passages()])
    told = {}
    for language in ("zh", "en"):
        found = list(check_seeded_answers(everything, number, language))
        told[language] = {kind: {"share": round(share, 4), "of": of} for kind, (share, of) in detection_rates(found).items()}
        if misses:
            for one in found:
                if one.is_caught == (one.answer.error is None):
                    out.print(f"{one.answer.error or 'clean'}: {escape(one.answer.change)}\n  {escape(one.answer.text)}", style="dim")
    if as_json:
        print_json(told)
        return
    for language, some in told.items():
        out.print(f"[bold]{language}[/]  " + "  ".join(
            f"{kind} {'doubted' if kind == 'clean' else 'caught'} {rate['share']:.3f} of {rate['of']}" for kind, rate in some.items()))


def _save_figures(result: Path, figures: list[dict[str, object]]) -> None:
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text(json.dumps({"versions": _package_versions(), "figures": figures}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _package_versions() -> dict[str, str]:
    installed = {distribution.metadata["Name"].lower() for distribution in metadata.distributions() if distribution.metadata["Name"]}
    return {name: metadata.version(name) for name in _MEASURED_PACKAGES if name in installed}


def _print_measurements(measurements: list[RetrievalResult]) -> None:
    """A table for each collection, narrow enough for any terminal."""
    from rich.table import Table

    for name in dict.fromkeys(one.collection for one in measurements):
        some = [one for one in measurements if one.collection == name]
        table = Table(title=f"{name}: {some[0].questions:,} questions, {some[0].texts:,} texts", title_justify="left")
        table.add_column("system")
        for column in ("hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10", "p50 ms", "p95 ms"):
            table.add_column(column, justify="right", no_wrap=True)
        for one in some:
            shares = (one.hit_1, one.hit_5, one.hit_10, one.mrr_10, one.ndcg_10)
            table.add_row(one.system, *(f"{share:.3f}" for share in shares), f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}")
        out.print(table)

"""The command `huwen eval retrieval`: how well, and how fast, the right paragraph is found; ours beside peers."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal import Failed, out, print_json, progress_bar

if TYPE_CHECKING:  # the engine takes a second to import, and --help must not
    from evals.retrieval import Found

app = typer.Typer()

_PACKAGES = ("huwen", "tantivy", "chromadb", "langchain-community", "rank-bm25", "jieba", "bm25s", "llama-index-retrievers-bm25")


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

    found: list[Found] = []
    beside = measuring.distracting(distractors, most) if distractors else []
    with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
        task = progress.add_task("retrieval")
        for number, collection in enumerate(measuring.collections(squad, beside)):
            if not collection.questions:
                raise Failed(f"{collection.name}: has no question to ask")

            def told(done: int, total: int, name: str = collection.name) -> None:
                progress.update(task, description=name, completed=done, total=total)

            systems = {"Huwen": measuring.ours(collection.texts, Path(folder) / str(number), told)}
            systems |= {name: others.indexed(name, collection.texts) for name in others.PEERS} if peers else {}
            found += [measuring.measure(collection, name, search, told) for name, search in systems.items()]
    if result:
        result.parent.mkdir(parents=True, exist_ok=True)
        told_all = {"versions": _versions(), "figures": [asdict(one) for one in found]}
        result.write_text(json.dumps(told_all, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _print(found)


def _versions() -> dict[str, str]:
    installed = {distribution.metadata["Name"].lower() for distribution in metadata.distributions() if distribution.metadata["Name"]}
    return {name: metadata.version(name) for name in _PACKAGES if name in installed}


def _print(found: list[Found]) -> None:
    """A table for each collection, narrow enough for any terminal."""
    from rich.table import Table

    for name in dict.fromkeys(one.collection for one in found):
        some = [one for one in found if one.collection == name]
        table = Table(title=f"{name}: {some[0].questions:,} questions, {some[0].texts:,} texts", title_justify="left")
        table.add_column("system")
        for column in ("hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10", "p50 ms", "p95 ms"):
            table.add_column(column, justify="right", no_wrap=True)
        for one in some:
            shares = (one.hit_1, one.hit_5, one.hit_10, one.mrr_10, one.ndcg_10)
            table.add_row(one.system, *(f"{share:.3f}" for share in shares), f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}")
        out.print(table)

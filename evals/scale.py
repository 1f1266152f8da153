"""Texts, mixed anew, become a library of any size: how fast it is filled and asked, and what it takes in memory and on disk."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark
from evals.peers import indexed
from evals.plots import percentile
from rag.answering.retrieve import HybridRetriever
from rag.library.ingest import File
from rag.library.library import Library
from rag.schema import Endpoint, HuwenError
from rag.text.language import detect, sentences

_PARAGRAPH = 200  # characters at least, as passages have them
_OF_A_DOCUMENT = 20  # paragraphs
_ASKED_OF_PEERS = 30  # questions: at 100,000 passages each takes them half a second
_K = 10
_SEED = 20261121

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Filled:
    """What it took to fill a library."""

    passages: int
    seconds: float
    rate: float  # passages a second
    memory_mb: int  # the most that the process held
    disk_mb: int


@dataclass(frozen=True)
class Asked:
    """What it took to ask one: milliseconds a question."""

    what: str
    p50_ms: float
    p95_ms: float
    memory_mb: int  # the most that the process held, which had only to ask


def measured(
    texts: Sequence[str], passages: int, home: Path, *, questions: int = 300, words_only: bool = False, peers: Sequence[str] = (),
) -> Iterator[Filled | Asked]:
    """Fill a library in one process, ask it in another, and each peer in one more, so that no memory is counted twice.

    Raises:
        BadBenchmark: the texts hold no sentences to mix.
    """
    pool = _sentences(texts)
    yield _alone(_fill, pool, passages, home, words_only)
    asked = _questions(pool, passages, questions)
    for what in ("words",) if words_only else ("words", "vectors", "words and vectors", "words, vectors and reranking"):
        yield _alone(_ask, what, home, asked, words_only)
    for name in peers:
        yield _alone(_ask_peer, name, pool, passages, asked[:_ASKED_OF_PEERS])


def _alone(work: Callable[..., Filled | Asked], *given: object) -> Filled | Asked:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def _sentences(texts: Sequence[str]) -> list[str]:
    found = [text[start:end] for text in texts for start, end in sentences(text) if end - start > 9]
    if not found:
        raise BadBenchmark("the texts hold no sentences to mix; give a file of {\"text\": …} lines")
    return list(dict.fromkeys(found))


def paragraphs(pool: Sequence[str], number: int) -> Iterator[str]:
    """So many paragraphs of sentences drawn from a pool, the same every time."""
    draw = random.Random(_SEED)
    for _ in range(number):
        drawn = [draw.choice(pool)]
        while sum(map(len, drawn)) < _PARAGRAPH:
            drawn.append(draw.choice(pool))
        yield "".join(drawn) if detect(drawn[0]) == "zh" else " ".join(drawn)


def _questions(pool: Sequence[str], passages: int, number: int) -> list[str]:
    """The openings of sentences that stand in the library."""
    draw = random.Random(_SEED + 1)
    first = list(paragraphs(pool, min(passages, 2_000)))
    return [draw.choice(first)[:30] for _ in range(number)]


def _fill(pool: Sequence[str], passages: int, home: Path, words_only: bool) -> Filled:
    library = _library(home, words_only)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, library.writing():
        for path, added in library.add_all(_files(pool, passages, Path(folder))):
            if isinstance(added, HuwenError):
                raise added
            path.unlink()
    seconds = time.perf_counter() - started
    held = library.covers().passages
    disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return Filled(held, seconds, held / seconds, _memory(), disk // 2**20)


def _files(pool: Sequence[str], passages: int, folder: Path) -> Iterator[File]:
    """Documents of so many passages together, a section each."""
    drawn = paragraphs(pool, passages)
    for n in range(-(-passages // _OF_A_DOCUMENT)):
        some = [paragraph for _, paragraph in zip(range(min(_OF_A_DOCUMENT, passages - n * _OF_A_DOCUMENT)), drawn, strict=False)]
        path = folder / f"{n}.md"
        path.write_text(f"# {n}\n\n" + "\n\n".join(f"## {n}.{at}\n\n{paragraph}" for at, paragraph in enumerate(some)), "utf-8")
        yield File(path, path.name)


def _ask(what: str, home: Path, questions: Sequence[str], words_only: bool) -> Asked:
    library = _library(home, words_only)
    retriever = HybridRetriever(library=library, k=_K, reranked="reranking" in what)
    searches: dict[str, Callable[[str], object]] = {
        "words": lambda question: library.by_words(question, _K, detect(question)),
        "vectors": lambda question: library.by_meaning(question, _K, detect(question)),
    }
    return _timed(what, searches.get(what, retriever.invoke), questions)


def _ask_peer(name: str, pool: Sequence[str], passages: int, questions: Sequence[str]) -> Asked:
    search = indexed(name, list(paragraphs(pool, passages)))
    return _timed(name, lambda question: search(question, _K), questions)


def _timed(what: str, search: Callable[[str], object], questions: Sequence[str]) -> Asked:
    for question in questions[:10]:  # opens files and reads the dictionary
        search(question)
    spent = []
    for question in questions:
        started = time.perf_counter()
        search(question)
        spent.append((time.perf_counter() - started) * 1000)
    return Asked(what, percentile(spent, 50), percentile(spent, 95), _memory())


def _library(home: Path, words_only: bool) -> Library:
    return Library(home, embedding=Endpoint("none" if words_only else ""))


def _memory() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (2**20 if sys.platform == "darwin" else 2**10)

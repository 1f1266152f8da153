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
from evals.peers import build_peer_index
from evals.plots import percentile
from rag.answering.retrieve import HybridRetriever
from rag.library.ingest import InputFile
from rag.library.library import Library
from rag.schema import Endpoint, HuwenError
from rag.text.language import detect_language, sentence_spans

_MIN_PARAGRAPH = 200  # characters at least, as passages have them
_PARAGRAPHS_PER_DOCUMENT = 20  # paragraphs
_PEER_QUESTIONS = 30  # questions: at 100,000 passages each takes them half a second
_K = 10
_SEED = 20261121

ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class FillResult:
    """What it took to fill a library."""

    passages: int
    seconds: float
    rate: float  # passages a second
    memory_mb: int  # the most that the process held
    disk_mb: int


@dataclass(frozen=True)
class Timing:
    """What it took to ask one: milliseconds a question."""

    what: str
    p50_ms: float
    p95_ms: float
    memory_mb: int  # the most that the process held, which had only to ask


def measure_scale(
    texts: Sequence[str], passages: int, home: Path, *, questions: int = 300, words_only: bool = False, peers: Sequence[str] = (),
) -> Iterator[FillResult | Timing]:
    """Fill a library in one process, ask it in another, and each peer in one more, so that no memory is counted twice.

    Raises:
        BadBenchmark: the texts hold no sentences to mix.
    """
    pool = _collect_sentences(texts)
    yield _run_in_process(_fill_library, pool, passages, home, words_only)
    asked = _draw_questions(pool, passages, questions)
    for what in ("words",) if words_only else ("words", "vectors", "words and vectors", "words, vectors and reranking"):
        yield _run_in_process(_time_library, what, home, asked, words_only)
    for name in peers:
        yield _run_in_process(_time_peer, name, pool, passages, asked[:_PEER_QUESTIONS])


def _run_in_process(work: Callable[..., FillResult | Timing], *arguments: object) -> FillResult | Timing:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def _collect_sentences(texts: Sequence[str]) -> list[str]:
    found = [text[start:end] for text in texts for start, end in sentence_spans(text) if end - start > 9]
    if not found:
        raise BadBenchmark("the texts hold no sentences to mix; give a file of {\"text\": …} lines")
    return list(dict.fromkeys(found))


def draw_paragraphs(pool: Sequence[str], number: int) -> Iterator[str]:
    """So many paragraphs of sentences drawn from a pool, the same every time."""
    draw = random.Random(_SEED)
    for _ in range(number):
        drawn = [draw.choice(pool)]
        while sum(map(len, drawn)) < _MIN_PARAGRAPH:
            drawn.append(draw.choice(pool))
        yield "".join(drawn) if detect_language(drawn[0]) == "zh" else " ".join(drawn)


def _draw_questions(pool: Sequence[str], passages: int, number: int) -> list[str]:
    """The openings of sentences that stand in the library."""
    draw = random.Random(_SEED + 1)
    first = list(draw_paragraphs(pool, min(passages, 2_000)))
    return [draw.choice(first)[:30] for _ in range(number)]


def _fill_library(pool: Sequence[str], passages: int, home: Path, words_only: bool) -> FillResult:
    library = _open_library(home, words_only)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, library.write_lock():
        for path, added in library.add_files(_write_documents(pool, passages, Path(folder))):
            if isinstance(added, HuwenError):
                raise added
            path.unlink()
    seconds = time.perf_counter() - started
    held = library.coverage().passages
    disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return FillResult(held, seconds, held / seconds, _peak_memory_mb(), disk // 2**20)


def _write_documents(pool: Sequence[str], passages: int, folder: Path) -> Iterator[InputFile]:
    """Documents of so many passages together, a section each."""
    drawn = draw_paragraphs(pool, passages)
    for n in range(-(-passages // _PARAGRAPHS_PER_DOCUMENT)):
        some = [paragraph for _, paragraph in zip(range(min(_PARAGRAPHS_PER_DOCUMENT, passages - n * _PARAGRAPHS_PER_DOCUMENT)), drawn, strict=False)]
        path = folder / f"{n}.md"
        path.write_text(f"# {n}\n\n" + "\n\n".join(f"## {n}.{at}\n\n{paragraph}" for at, paragraph in enumerate(some)), "utf-8")
        yield InputFile(path, path.name)


def _time_library(what: str, home: Path, questions: Sequence[str], words_only: bool) -> Timing:
    library = _open_library(home, words_only)
    retriever = HybridRetriever(library=library, k=_K, reranked="reranking" in what)
    searches: dict[str, Callable[[str], object]] = {
        "words": lambda question: library.search_words(question, _K, detect_language(question)),
        "vectors": lambda question: library.search_vectors(question, _K, detect_language(question)),
    }
    return _time_questions(what, searches.get(what, retriever.invoke), questions)


def _time_peer(name: str, pool: Sequence[str], passages: int, questions: Sequence[str]) -> Timing:
    search = build_peer_index(name, list(draw_paragraphs(pool, passages)))
    return _time_questions(name, lambda question: search(question, _K), questions)


def _time_questions(what: str, search: Callable[[str], object], questions: Sequence[str]) -> Timing:
    for question in questions[:10]:  # opens files and reads the dictionary
        search(question)
    spent = []
    for question in questions:
        started = time.perf_counter()
        search(question)
        spent.append((time.perf_counter() - started) * 1000)
    return Timing(what, percentile(spent, 50), percentile(spent, 95), _peak_memory_mb())


def _open_library(home: Path, words_only: bool) -> Library:
    return Library(home, embedding=Endpoint("none" if words_only else ""))


def _peak_memory_mb() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (2**20 if sys.platform == "darwin" else 2**10)

"""Scale benchmark: indexing speed, query latency, memory and disk use of a library of any size, on synthetic texts."""

from __future__ import annotations

import math
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark
from evals.peers import build_peer_index
from evals.statistics import percentile
from rag.answering.retrieve import HybridRetriever
from rag.library.ingest import InputFile
from rag.library.library import Library
from rag.schema import EmbeddingEndpoint, HuwenError
from rag.text.language import detect_language, sentence_spans

_MIN_PARAGRAPH = 200  # characters, the usual length of a passage
_MIN_SENTENCE = 10  # characters
_PARAGRAPHS_PER_DOCUMENT = 20
_PEER_QUESTIONS = 30  # a peer needs half a second for each question at 100,000 passages
_K = 10
_SEED = 20261121


@dataclass(frozen=True)
class FillResult:
    """Time, memory and disk used to fill a library."""

    passages: int
    seconds: float
    rate: float  # passages per second
    memory_mb: int  # peak of the process
    disk_mb: int


@dataclass(frozen=True)
class Timing:
    """Query latency of a search method, or of a peer, in milliseconds per question."""

    what: str
    p50_ms: float
    p95_ms: float
    memory_mb: int  # peak of the process, which only answers questions


def measure_scale(
    texts: Sequence[str], passages: int, home: Path, *, questions: int = 300, words_only: bool = False,
    peers: Sequence[str] = (),
) -> Iterator[FillResult | Timing]:
    """Fill a library with about `passages` passages, then time each search method and each peer.

    Each step runs in its own process, so that its peak memory is its own.

    Raises:
        BadBenchmark: the texts contain no sentences to mix.
    """
    pool = _collect_sentences(texts)
    yield _run_in_process(_fill_library, pool, passages, home, words_only)
    drawn = _draw_questions(pool, passages, questions)
    for method in ("words",) if words_only else _SEARCH_METHODS:
        yield _run_in_process(_time_library, method, home, drawn, words_only)
    for name in peers:
        yield _run_in_process(_time_peer, name, pool, passages, drawn[:_PEER_QUESTIONS])


_SEARCH_METHODS = ("words", "vectors", "words and vectors", "words, vectors and reranking")


def _run_in_process(work: Callable[..., FillResult | Timing], *arguments: object) -> FillResult | Timing:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def _collect_sentences(texts: Sequence[str]) -> list[str]:
    sentences = []
    for text in texts:
        for start, end in sentence_spans(text):
            if end - start >= _MIN_SENTENCE:
                sentences.append(text[start:end])
    if not sentences:
        raise BadBenchmark("the texts hold no sentences to mix; give a file of {\"text\": …} lines")
    return list(dict.fromkeys(sentences))


def draw_paragraphs(pool: Sequence[str], number: int) -> Iterator[str]:
    """Paragraphs of at least 200 characters, of sentences drawn from a pool; the same at every call."""
    draw = random.Random(_SEED)
    for _ in range(number):
        sentences = [draw.choice(pool)]
        while sum(map(len, sentences)) < _MIN_PARAGRAPH:
            sentences.append(draw.choice(pool))
        yield "".join(sentences) if detect_language(sentences[0]) == "zh" else " ".join(sentences)


def _draw_questions(pool: Sequence[str], passages: int, number: int) -> list[str]:
    """Questions: the first 30 characters of paragraphs of the library."""
    draw = random.Random(_SEED + 1)
    paragraphs = list(draw_paragraphs(pool, min(passages, 2_000)))
    return [draw.choice(paragraphs)[:30] for _ in range(number)]


def _fill_library(pool: Sequence[str], passages: int, home: Path, words_only: bool) -> FillResult:
    library = _open_library(home, words_only)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, library.write_lock():
        for path, added in library.add_files(_write_documents(pool, passages, Path(folder))):
            if isinstance(added, HuwenError):
                raise added
            path.unlink()
    seconds = time.perf_counter() - started
    count = library.coverage().passages
    disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return FillResult(count, seconds, count / seconds, _peak_memory_mb(), disk // 2**20)


def _write_documents(pool: Sequence[str], passages: int, folder: Path) -> Iterator[InputFile]:
    """Documents with `passages` paragraphs together, each paragraph in its own section."""
    paragraphs = draw_paragraphs(pool, passages)
    for number in range(math.ceil(passages / _PARAGRAPHS_PER_DOCUMENT)):
        sections = []
        for i, paragraph in enumerate(islice(paragraphs, _PARAGRAPHS_PER_DOCUMENT)):
            sections.append(f"## {number}.{i}\n\n{paragraph}")
        path = folder / f"{number}.md"
        path.write_text(f"# {number}\n\n" + "\n\n".join(sections), "utf-8")
        yield InputFile(path, path.name)


def _time_library(method: str, home: Path, questions: Sequence[str], words_only: bool) -> Timing:
    library = _open_library(home, words_only)
    retriever = HybridRetriever(library=library, k=_K, reranked="reranking" in method)
    searches: dict[str, Callable[[str], object]] = {
        "words": lambda question: library.search_words(question, _K, detect_language(question)),
        "vectors": lambda question: library.search_vectors(question, _K, detect_language(question)),
    }
    return _time_questions(method, searches.get(method, retriever.search), questions)


def _time_peer(name: str, pool: Sequence[str], passages: int, questions: Sequence[str]) -> Timing:
    search = build_peer_index(name, list(draw_paragraphs(pool, passages)))
    return _time_questions(name, lambda question: search(question, _K), questions)


def _time_questions(what: str, search: Callable[[str], object], questions: Sequence[str]) -> Timing:
    for question in questions[:10]:  # the first searches open files and read the dictionary
        search(question)
    milliseconds = []
    for question in questions:
        started = time.perf_counter()
        search(question)
        milliseconds.append((time.perf_counter() - started) * 1000)
    return Timing(what, percentile(milliseconds, 50), percentile(milliseconds, 95), _peak_memory_mb())


def _open_library(home: Path, words_only: bool) -> Library:
    return Library(home, embedding=EmbeddingEndpoint("none" if words_only else ""))


def _peak_memory_mb() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, kilobytes on Linux
    return peak // (2**20 if sys.platform == "darwin" else 2**10)

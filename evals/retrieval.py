"""Questions in SQuAD's format become ranks of the paragraphs that they were asked of, ours beside those of peers."""

from __future__ import annotations

import gzip
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evals.benchmarks import squad
from evals.benchmarks.benchmark import BadBenchmark
from evals.benchmarks.benchmark_library import build_library, text_digest
from evals.peers import SearchFunction
from evals.plots import percentile
from rag.answering.retrieve import HybridRetriever

_K = 10
_PASSAGES_PER_TEXT = 4  # a paragraph may be several passages: so many more are asked for, that ten paragraphs are found


@dataclass(frozen=True)
class RetrievalCollection:
    """Texts to search, and questions with the place of the text that each was asked of."""

    name: str
    texts: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class RetrievalResult:
    """How a system did on a collection: shares of questions, means, and milliseconds a question."""

    collection: str
    system: str
    questions: int
    texts: int
    hit_1: float
    hit_5: float
    hit_10: float
    mrr_10: float
    ndcg_10: float
    p50_ms: float
    p95_ms: float


def read_collections(files: Sequence[Path], distractors: Sequence[str] = ()) -> Iterator[RetrievalCollection]:
    """Each file with its own questions; and where two files share question ids, each with the questions of the other.

    Raises:
        BadBenchmark: a file is not in SQuAD's format.
    """
    read = {path: _read_questions(path) for path in files}
    for path, (texts, asked) in read.items():
        every = tuple(dict.fromkeys([*texts, *distractors]))
        yield RetrievalCollection(path.stem, every, tuple(asked.values()))
        for other, (_, others) in read.items():
            shared = [(others[id][0], place) for id, (_, place) in asked.items() if id in others]
            if other != path and shared:
                yield RetrievalCollection(f"{path.stem}, asked in {other.stem}", every, tuple(shared))


def _read_questions(path: Path) -> tuple[list[str], dict[str, tuple[str, int]]]:
    """The paragraphs of a file, each once, and its questions by id with the place of their paragraph."""
    places: dict[str, int] = {}
    asked = {}
    for text, records in squad.read_paragraphs(path):
        place = places.setdefault(text.text, len(places))
        for record in records:
            id, question = ("query_id", "query_text") if "query_text" in record else ("id", "question")
            if not record.is_blank(question):
                asked[record.text(id)] = record.text(question), place
    return list(places), asked


def read_distractors(path: Path, limit: int) -> list[str]:
    """The first so many texts of a file of `{"text": …}` lines, which may be gzipped.

    Raises:
        BadBenchmark: the file cannot be read, or a line holds no text.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return [str(json.loads(line)["text"]) for line in islice(lines, limit)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadBenchmark(f'{path}: is no file of {{"text": …}} lines ({type(error).__name__}: {error})') from None


def build_huwen_search(texts: Sequence[str], home: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> SearchFunction:
    """Huwen's whole retrieval over some texts, as questions get it: words, vectors, fusion, reranking."""
    library = build_library(texts, home, progress)
    places = {text_digest(text): place for place, text in enumerate(texts)}
    by_source = {source.id: places[source.name.removesuffix(".txt")] for source in library.sources()}
    retriever = HybridRetriever(library=library, k=_K * _PASSAGES_PER_TEXT)

    def search(question: str, k: int) -> list[int]:
        return list(dict.fromkeys(by_source[d.metadata["source_id"]] for d in retriever.invoke(question)))[:k]

    return search


def measure_retrieval(collection: RetrievalCollection, system: str, search: SearchFunction, progress: Callable[[int, int], None] = lambda done, total: None) -> RetrievalResult:
    """Ask every question and see where its text stands; the first question, which opens files, is asked once before."""
    search(collection.questions[0][0], _K)
    ranks, spent = [], []
    for done, (question, place) in enumerate(collection.questions):
        progress(done, len(collection.questions))
        started = time.perf_counter()
        found = search(question, _K)
        spent.append((time.perf_counter() - started) * 1000)
        ranks.append(found.index(place) + 1 if place in found else 0)
    return RetrievalResult(
        collection=collection.name, system=system, questions=len(ranks), texts=len(collection.texts),
        hit_1=_hit_share(ranks, 1), hit_5=_hit_share(ranks, 5), hit_10=_hit_share(ranks, _K),
        mrr_10=sum(1 / rank for rank in ranks if rank) / len(ranks),
        ndcg_10=sum(1 / math.log2(1 + rank) for rank in ranks if rank) / len(ranks),
        p50_ms=percentile(spent, 50), p95_ms=percentile(spent, 95))


def _hit_share(ranks: Sequence[int], k: int) -> float:
    return sum(0 < rank <= k for rank in ranks) / len(ranks)

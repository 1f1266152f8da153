"""Retrieval benchmark: hit@k, MRR and nDCG of Huwen and of peers, over questions and paragraphs in SQuAD's format."""

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
from evals.statistics import percentile
from rag.answering.retrieve import HybridRetriever

_K = 10
# a paragraph may be split into several passages: enough passages are requested to find ten different paragraphs
_PASSAGES_PER_TEXT = 4


@dataclass(frozen=True)
class RetrievalCollection:
    """Texts to search, and questions, each with the index of the text that answers it."""

    name: str
    texts: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class RetrievalResult:
    """Results of a system on a collection: hit rates and means from 0 to 1, and milliseconds per question."""

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
    """A collection for each file with its own questions, and one for each pair of files with common question ids.

    In the latter the texts of one file are searched with the questions of the other, as in cross-lingual retrieval.

    Raises:
        BadBenchmark: a file is not in SQuAD's format.
    """
    by_path = {path: _read_questions(path) for path in files}
    for path, (texts, questions) in by_path.items():
        searched = tuple(dict.fromkeys([*texts, *distractors]))
        yield RetrievalCollection(path.stem, searched, tuple(questions.values()))
        for other, (_, other_questions) in by_path.items():
            shared = [(other_questions[id][0], index) for id, (_, index) in questions.items() if id in other_questions]
            if other != path and shared:
                yield RetrievalCollection(f"{path.stem}, asked in {other.stem}", searched, tuple(shared))


def _read_questions(path: Path) -> tuple[list[str], dict[str, tuple[str, int]]]:
    """The distinct paragraphs of a file, and its questions by id, each with the index of its paragraph."""
    indices: dict[str, int] = {}
    questions = {}
    for text, records in squad.read_paragraphs(path):
        index = indices.setdefault(text.text, len(indices))
        for record in records:
            id, question = squad.question_fields(record)
            if not record.is_blank(question):
                questions[record.text(id)] = record.text(question), index
    return list(indices), questions


def read_distractors(path: Path, limit: int) -> list[str]:
    """The first `limit` texts of a file of `{"text": …}` lines, which may be gzipped.

    Raises:
        BadBenchmark: the file cannot be read, or a line has no text.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            return [str(json.loads(line)["text"]) for line in islice(lines, limit)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadBenchmark(f'{path}: is not a file of {{"text": …}} lines ({type(error).__name__}: {error})') from None


def build_huwen_search(
    texts: Sequence[str], home: Path, progress: Callable[[int, int], None] = lambda done, total: None,
) -> SearchFunction:
    """Huwen's retrieval pipeline over the texts: word search, vector search, fusion, reranking."""
    library = build_library(texts, home, progress)
    by_digest = {text_digest(text): index for index, text in enumerate(texts)}
    by_source = {source.id: by_digest[source.name.removesuffix(".txt")] for source in library.sources()}
    retriever = HybridRetriever(library=library, k=_K * _PASSAGES_PER_TEXT)

    def search(question: str, k: int) -> list[int]:
        return list(dict.fromkeys(by_source[d.metadata["source_id"]] for d in retriever.search(question)))[:k]

    return search


def measure_retrieval(
    collection: RetrievalCollection, system: str, search: SearchFunction,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RetrievalResult:
    """Search for every question and record the rank of its text, 0 if it is not among the first ten.

    The first question is searched once before the measurement, because the first search opens files.
    """
    search(collection.questions[0][0], _K)
    ranks, milliseconds = [], []
    for done, (question, relevant) in enumerate(collection.questions):
        progress(done, len(collection.questions))
        started = time.perf_counter()
        hits = search(question, _K)
        milliseconds.append((time.perf_counter() - started) * 1000)
        ranks.append(hits.index(relevant) + 1 if relevant in hits else 0)
    return RetrievalResult(
        collection=collection.name, system=system, questions=len(ranks), texts=len(collection.texts),
        hit_1=_hit_share(ranks, 1), hit_5=_hit_share(ranks, 5), hit_10=_hit_share(ranks, _K),
        mrr_10=sum(1 / rank for rank in ranks if rank) / len(ranks),
        ndcg_10=sum(1 / math.log2(1 + rank) for rank in ranks if rank) / len(ranks),
        p50_ms=percentile(milliseconds, 50), p95_ms=percentile(milliseconds, 95))


def _hit_share(ranks: Sequence[int], k: int) -> float:
    return sum(0 < rank <= k for rank in ranks) / len(ranks)

"""CRUD-RAG's question-answering tasks become questions over a shelf of news.

Lyu et al. 2024, "CRUD-RAG: A Comprehensive Chinese Benchmark for Retrieval-Augmented Generation" (IAAR-Shanghai/CRUD_RAG). Read
are the tasks `questanswer_1doc`, `_2docs`, `_3docs`; of its metrics ROUGE-L, but not BLEU (our answers quote whole
sentences) nor RAGQuestEval (it needs a model to ask and answer).
"""

from __future__ import annotations

from pathlib import Path

from evals.cases import Case
from evals.metrics.facts import said
from evals.metrics.overlap import pieces
from evals.public.benchmark import BadBenchmark, Benchmark, Record, Text, case, parsed
from evals.scores import Score
from evals.scoring import Grader
from rag.schema import Answer

TASKS = ("questanswer_1doc", "questanswer_2docs", "questanswer_3docs")


def read(path: Path) -> Benchmark:
    """The questions of the three tasks, over the news that they were written from.

    Raises:
        BadBenchmark: no such task is in the file, or a record lacks its fields.
    """
    content = Record(parsed(path), path.name)
    tasks = [task for task in TASKS if task in content]
    if not tasks:
        raise BadBenchmark(f"{path.name}: has none of the tasks {', '.join(TASKS)}; is it CRUD-RAG's split_merged.json?")
    cases = []
    shelf: dict[str, Text] = {}
    for task in tasks:
        for record in content.records(task):
            news = [record.text(name) for name in ("news1", "news2", "news3") if name in record]
            shelf |= {text: Text(record.text("event") if "event" in record else "", text) for text in news}
            cases.append(case(
                f"{task}-{record.text('ID')}", task, record.text("questions"), [], reference=record.text("answers")))
    return Benchmark("crud", tuple(cases), tuple(shelf.values()), metrics=METRICS)


def rouge_l(case: Case, answer: Answer) -> Score | None:
    """F1 of the longest common subsequence with the reference, by characters of Chinese and words of English (Lin 2004).

    `苏州有七家` against `苏州七家`: 4 in common, precision 4/5, recall 4/4, F1 8/9.
    """
    mine, wanted = pieces(said(answer)), pieces(case.reference)
    if not wanted:
        return None
    common = _longest_common(mine, wanted)
    return Score(2 * common / (len(mine) + len(wanted)), f"{common} in order of {len(mine)} and {len(wanted)}")


def _longest_common(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence, row by row."""
    row = [0] * (len(other) + 1)
    for piece in one:
        before = 0
        for i, wanted in enumerate(other, 1):
            before, row[i] = row[i], before + 1 if piece == wanted else max(row[i], row[i - 1])
    return row[-1]


METRICS: dict[str, Grader] = {
    "ROUGE-L": rouge_l}

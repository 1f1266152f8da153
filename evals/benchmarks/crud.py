"""CRUD-RAG benchmark: the question-answering tasks, with their Chinese news as corpus.

Lyu et al. 2024, "CRUD-RAG: A Comprehensive Chinese Benchmark for Retrieval-Augmented Generation of Large Language
Models" (IAAR-Shanghai/CRUD_RAG, `split_merged.json`). Of its metrics, ROUGE-L and BLEU are implemented; RAGQuestEval
and BERTScore need models and are not. The 80,000 further news articles of the paper are not in the file: without them
retrieval is easier than in the paper.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import (
    BadBenchmark,
    Benchmark,
    BenchmarkText,
    make_case,
    prediction_text,
    unique_cases,
)
from evals.benchmarks.overlap import count_common_segments, f1_score, longest_common_subsequence
from evals.benchmarks.records import Record, read_json
from evals.cases import Case
from evals.scores import Grader, Score
from rag.schema import Answer
from rag.text.language import normalise, segment_words

TASKS = {
    "questanswer_1doc": ("news1",), "questanswer_2docs": ("news1", "news2"),
    "questanswer_3docs": ("news1", "news2", "news3")}


def read_benchmark(path: Path) -> Benchmark:
    """Read the questions of the three tasks that the file contains, and the news articles they were written from.

    The texts have no titles: the field `event` summarises the answer, so as a title it would reveal it. Blank questions
    are skipped. There are no options.

    Raises:
        BadBenchmark: the file has none of the tasks, or a record lacks a field.
    """
    content = Record(read_json(path), path.name)
    tasks = [task for task in TASKS if task in content]
    if not tasks:
        known = ", ".join(TASKS)
        raise BadBenchmark(f"{path.name}: has none of the tasks {known}; is it CRUD-RAG's split_merged.json?")
    questions = []
    for task in tasks:
        questions += [(task, record) for record in content.records(task) if not record.is_blank("questions")]
    news = [record.text(field) for task, record in questions for field in TASKS[task]]
    corpus = dict.fromkeys(BenchmarkText("", text) for text in news)
    return Benchmark("crud", unique_cases(path, _make_cases(questions)), tuple(corpus), {}, dict(METRICS))


def _make_cases(records: Sequence[tuple[str, Record]]) -> Iterator[Case]:
    """The cases; the field ID names the news, so a second question on the same news gets a number: `…-2`."""
    counts: Counter[str] = Counter()
    for task, record in records:
        id = f"{task}-{record.text('ID')}"
        counts[id] += 1
        numbered = id if counts[id] == 1 else f"{id}-{counts[id]}"
        yield replace(make_case(numbered, task, record.text("questions")), reference=record.text("answers"))


def rouge_l(case: Case, answer: Answer) -> Score | None:
    """ROUGE-L F1 by words (Lin 2004), as in the script of the paper, without punctuation.

    Example: `苏州 有 七家 工厂` against `苏州 七家 工厂`: common subsequence 3, of 4 and of 3 words, F1 6/7.
    """
    return _lcs_score(segment_words(prediction_text(answer)), segment_words(case.reference), "words")


def rouge_l_characters(case: Case, answer: Answer) -> Score | None:
    """ROUGE-L F1 by characters, which does not depend on a segmenter.

    Example: `苏州有七家` against `苏州七家`: common subsequence 4, of 5 and of 4 characters, F1 8/9.
    """
    return _lcs_score(_split_characters(prediction_text(answer)), _split_characters(case.reference), "characters")


def _lcs_score(prediction: Sequence[str], reference: Sequence[str], unit: str) -> Score | None:
    if not reference:
        return None
    common = longest_common_subsequence(prediction, reference)
    reason = f"{common} {unit} in order of {len(prediction)} and {len(reference)}"
    return Score(f1_score(common, len(prediction), len(reference)), reason)


def character_f1(case: Case, answer: Answer) -> Score | None:
    """F1 of the common characters, in any order: `七家苏州` against `苏州七家`: 1."""
    prediction, reference = _split_characters(prediction_text(answer)), _split_characters(case.reference)
    if not reference:
        return None
    common = count_common_segments(prediction, reference)
    reason = f"{common} shared of {len(prediction)} and {len(reference)}"
    return Score(f1_score(common, len(prediction), len(reference)), reason)


def bleu(case: Case, answer: Answer) -> Score | None:
    """BLEU by word n-grams up to 4 (Papineni et al. 2002), without brevity penalty, as in the script of the paper.

    The geometric mean of the precisions of the 1- to 4-grams; 0 if no n-gram of one length is in the reference.
    Example: `苏州 有 七家 灯塔 工厂` against `苏州 共有 七家 灯塔 工厂`: 4/5, 2/4, 1/3 and 0/2, so 0.
    """
    prediction, reference = segment_words(prediction_text(answer)), segment_words(case.reference)
    if not reference:
        return None
    precisions = []
    for n in (1, 2, 3, 4):
        precisions.append(_ngram_precision(_list_ngrams(prediction, n), _list_ngrams(reference, n)))
    value = math.prod(precisions) ** (1 / len(precisions))
    return Score(value, "shares of 1- to 4-grams " + ", ".join(f"{precision:.2f}" for precision in precisions))


def _list_ngrams(segments: Sequence[str], n: int) -> list[str]:
    return [" ".join(segments[i : i + n]) for i in range(len(segments) - n + 1)]


def _ngram_precision(prediction: Sequence[str], reference: Sequence[str]) -> float:
    return count_common_segments(prediction, reference) / len(prediction) if prediction else 0.0


def _split_characters(text: str) -> list[str]:
    return re.findall(r"[^\W_]", normalise(text))


METRICS: dict[str, Grader] = {
    "ROUGE-L": rouge_l, "ROUGE-L (characters)": rouge_l_characters, "BLEU": bleu, "char F1": character_f1}

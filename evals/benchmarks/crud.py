"""CRUD-RAG's question-answering tasks become questions over a shelf of Chinese news.

Lyu et al. 2024, "CRUD-RAG: A Comprehensive Chinese Benchmark for Retrieval-Augmented Generation of Large Language Models"
(IAAR-Shanghai/CRUD_RAG, `split_merged.json`). Of its metrics ROUGE-L and BLEU are here; RAGQuestEval and BERTScore need
models and are left out. Its 80,000 further news are not in the file: without them search is easier than in the paper.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText, Grader, make_case, prediction_text, unique_cases
from evals.benchmarks.overlap import count_common_segments, f1_score, longest_common_subsequence
from evals.benchmarks.records import Record, read_json
from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer
from rag.text.language import normalise, segment_words

TASKS = {"questanswer_1doc": ("news1",), "questanswer_2docs": ("news1", "news2"), "questanswer_3docs": ("news1", "news2", "news3")}


def read_benchmark(path: Path) -> Benchmark:
    """The questions of the three tasks, as far as the file has them, over the news that they were written from. No options.

    The shelf has no titles: `event` sums up what the question asks, and would answer it in the news' stead. A blank
    question is left out.

    Raises:
        BadBenchmark: the file has none of the tasks, or a record lacks a field.
    """
    content = Record(read_json(path), path.name)
    tasks = [task for task in TASKS if task in content]
    if not tasks:
        raise BadBenchmark(f"{path.name}: has none of the tasks {', '.join(TASKS)}; is it CRUD-RAG's split_merged.json?")
    some = [(task, record) for task in tasks for record in content.records(task) if not record.is_blank("questions")]
    shelf = dict.fromkeys(BenchmarkText("", record.text(name)) for task, record in some for name in TASKS[task])
    return Benchmark("crud", unique_cases(path, _make_cases(some)), tuple(shelf), {}, dict(METRICS))


def _make_cases(records: Sequence[tuple[str, Record]]) -> Iterator[Case]:
    """An ID names the news, so that a second question on the same news gets a number: `…-2`."""
    seen: Counter[str] = Counter()
    for task, record in records:
        id = f"{task}-{record.text('ID')}"
        seen[id] += 1
        numbered = id if seen[id] == 1 else f"{id}-{seen[id]}"
        yield replace(make_case(numbered, task, record.text("questions")), reference=record.text("answers"))


def rouge_l(case: Case, answer: Answer) -> Score | None:
    """ROUGE-L F1 by words (Lin 2004), as the paper's script computes it, punctuation left out.

    `苏州 有 七家 工厂` against `苏州 七家 工厂`: 3 in order of 4 and 3, F1 6/7.
    """
    return _lcs_score(segment_words(prediction_text(answer)), segment_words(case.reference), "words")


def rouge_l_characters(case: Case, answer: Answer) -> Score | None:
    """ROUGE-L F1 by characters, which no segmenter sways: `苏州有七家` against `苏州七家`: 4 in order of 5 and 4, F1 8/9."""
    return _lcs_score(_split_characters(prediction_text(answer)), _split_characters(case.reference), "characters")


def _lcs_score(prediction: Sequence[str], reference: Sequence[str], unit: str) -> Score | None:
    common = longest_common_subsequence(prediction, reference)
    return Score(f1_score(common, len(prediction), len(reference)), f"{common} {unit} in order of {len(prediction)} and {len(reference)}") if reference else None


def character_f1(case: Case, answer: Answer) -> Score | None:
    """F1 of the characters that both have, in any order: `七家苏州` against `苏州七家`: 1."""
    mine, wanted = _split_characters(prediction_text(answer)), _split_characters(case.reference)
    common = count_common_segments(mine, wanted)
    return Score(f1_score(common, len(mine), len(wanted)), f"{common} shared of {len(mine)} and {len(wanted)}") if wanted else None


def bleu(case: Case, answer: Answer) -> Score | None:
    """BLEU by words up to four in a row (Papineni et al. 2002), without brevity penalty as in the paper's script.

    The geometric mean of the shares of our 1- to 4-grams that the reference has; 0 where it has none of one length.
    `苏州 有 七家 灯塔 工厂` against `苏州 共有 七家 灯塔 工厂`: 4/5, 2/4, 1/3 and 0/2, so 0.
    """
    mine, wanted = segment_words(prediction_text(answer)), segment_words(case.reference)
    if not wanted:
        return None
    shares = [_ngram_precision(_list_ngrams(mine, n), _list_ngrams(wanted, n)) for n in (1, 2, 3, 4)]
    value = math.prod(shares) ** (1 / len(shares))
    return Score(value, "shares of 1- to 4-grams " + ", ".join(f"{share:.2f}" for share in shares))


def _list_ngrams(segments: Sequence[str], n: int) -> list[str]:
    return [" ".join(segments[i : i + n]) for i in range(len(segments) - n + 1)]


def _ngram_precision(prediction: Sequence[str], reference: Sequence[str]) -> float:
    return count_common_segments(prediction, reference) / len(prediction) if prediction else 0.0


def _split_characters(text: str) -> list[str]:
    return re.findall(r"[^\W_]", normalise(text))


METRICS: dict[str, Grader] = {
    "ROUGE-L": rouge_l, "ROUGE-L (characters)": rouge_l_characters, "BLEU": bleu, "char F1": character_f1}

"""ALCE's files become questions over given passages: ASQA, QAMPARI and ELI5 with citations.

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations" (princeton-nlp/ALCE, MIT). ALCE judges citations by
a model of inference; here `citation coverage` and `citation validity` stand for its recall and precision, by our own
verification. The claims of ELI5 need such a model too: its questions are asked, and only the citations are graded.
"""

from __future__ import annotations

import re
from pathlib import Path

from evals.cases import Case
from evals.metrics.facts import fact_recall, holds, said
from evals.public.benchmark import BadBenchmark, Benchmark, Record, Text, case, parsed, texts
from evals.scores import Score
from evals.scoring import Grader
from rag.schema import Answer


def read(path: Path, *, passages: int = 5) -> Benchmark:
    """Each question with the first so many of its retrieved passages.

    Raises:
        BadBenchmark: a record is of none of the three kinds.
    """
    content = parsed(path)
    if not isinstance(content, list):
        raise BadBenchmark(f"{path.name}: is no list of questions; is it one of ALCE's *_eval_*.json?")
    cases, given = [], {}
    for number, value in enumerate(content, 1):
        record = Record(value, f"{path.name}, question {number}")
        id = record.text("sample_id", "id") if "sample_id" in record or "id" in record else f"alce-{number}"
        kind, facts = _wanted(record)
        cases.append(case(id, kind, record.text("question"), facts, reference=record.text("answer") if "answer" in record else ""))
        given[id] = tuple(
            Text(one.text("title"), one.text("text")) for one in [*record.records("docs")][:passages])
    return Benchmark("alce", tuple(cases), given=given, metrics=METRICS)


def _wanted(record: Record) -> tuple[str, list[list[str]]]:
    if "qa_pairs" in record:
        return "asqa", [texts(pair.raw("short_answers"), pair.where) for pair in record.records("qa_pairs")]
    if "answers" in record:
        return "qampari", [texts(one, record.where) for one in record.list("answers")]
    record.list("claims")
    return "eli5", []


def string_match(case: Case, answer: Answer) -> Score | None:
    """The share of ASQA's short answers that the answer says in any of their forms (Stelmakh et al. 2022).

    Words have borders here, which they have not in ALCE's own count: `art` is not in `smart`.
    """
    return fact_recall(case, answer) if case.type == "asqa" else None


def list_precision(case: Case, answer: Answer) -> Score | None:
    """The share of the answer's list items that say a right one; items stand between commas, as QAMPARI's prompt asks."""
    if case.type != "qampari":
        return None
    items = [item for item in re.split(r"[,，、;；\n]", said(answer).rstrip(" .。")) if item.strip()]
    right = sum(any(holds(fact, item) for fact in case.must) for item in items)
    return Score(right / len(items) if items else 0.0, f"{right} of {len(items)} items")


def list_recall(case: Case, answer: Answer) -> Score | None:
    """The share of the right items that the answer lists."""
    return fact_recall(case, answer) if case.type == "qampari" else None


def list_recall_5(case: Case, answer: Answer) -> Score | None:
    """As recall, where five right items are enough: min(1, found / min(5, all))."""
    if case.type != "qampari" or not case.must:
        return None
    found = sum(holds(fact, said(answer)) for fact in case.must)
    return Score(min(1.0, found / min(5, len(case.must))), f"{found} of {len(case.must)}, five are enough")


METRICS: dict[str, Grader] = {
    "STR-EM": string_match, "QAMPARI precision": list_precision,
    "QAMPARI recall": list_recall, "QAMPARI recall-5": list_recall_5}

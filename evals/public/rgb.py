"""RGB's files become questions over given passages: noise, rejection, integration of information, counterfactual passages.

Chen et al. 2024, "Benchmarking Large Language Models in Retrieval-Augmented Generation" (chen700564/RGB, CC BY-NC-SA 4.0:
for evaluation only). The four testbeds: noise robustness (`en.json`, `zh.json`, `*_refine.json` with some noise), negative
rejection (the same with noise 1), information integration (`*_int.json`) and counterfactual robustness (`*_fact.json`).
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from pathlib import Path

from evals.cases import Case
from evals.metrics.behaviour import refusal
from evals.metrics.facts import all_facts, said
from evals.public.benchmark import BadBenchmark, Benchmark, Record, Text, case, parsed, texts
from evals.scores import Score
from evals.scoring import Grader
from rag.schema import Answer


def read(path: Path, *, passages: int = 5, noise: float = 0.4) -> Benchmark:
    """Each question with `passages` texts, a share of `noise` of them without the answer; at noise 1 it is to be refused.

    In a counterfactual file the texts that held the answer hold a false one instead. Which texts are drawn depends on the
    question's id alone.

    Raises:
        BadBenchmark: a record lacks what the format asks for, or the noise is no share.
    """
    if not 0 <= noise <= 1:
        raise BadBenchmark(f"a noise of {noise} is no share; it goes from 0 (every passage helps) to 1 (none does)")
    content = parsed(path)
    records = [Record(value, f"{path.name}, record {n}") for n, value in enumerate(content if isinstance(content, list) else [content], 1)]
    cases, given = [], {}
    for record in records:
        id = f"rgb-{record.text('id')}"
        kind = "counterfactual" if "positive_wrong" in record else "rejection" if noise == 1 else _kind(record)
        one = case(id, kind, record.text("query"), _wanted(record), refuse=noise == 1, reference="; ".join(texts(record.raw("answer"), id)))
        cases.append(one)
        given[id] = tuple(Text(f"{n}", text) for n, text in enumerate(_drawn(record, id, passages, noise), 1))
    return Benchmark("rgb", tuple(cases), given=given, metrics=METRICS)


def _kind(record: Record) -> str:
    return "integration" if any(isinstance(group, list) for group in record.list("positive")) else "noise"


def _wanted(record: Record) -> list[list[str]]:
    """A text is one answer; in a list each item is one, and an item that is itself a list holds its variants."""
    answer = record.raw("answer")
    return [texts(one, record.where) for one in answer] if isinstance(answer, list) else [texts(answer, record.where)]


def _drawn(record: Record, id: str, passages: int, noise: float) -> list[str]:
    """Helpful texts and noise, mixed; of an integration question every group gives one helpful text first.

    Where one kind runs short the other makes up for it, but with nothing but noise.
    """
    draw = random.Random(int(hashlib.sha256(id.encode()).hexdigest(), 16))
    groups = [texts(group, record.where) for group in record.list("positive_wrong", "positive")]
    negative = texts(record.raw("negative"), record.where)
    noisy = passages if noise == 1 else min(math.ceil(passages * noise), len(negative))
    helpful = _interleaved([draw.sample(group, len(group)) for group in groups])[: passages - noisy]
    drawn = helpful + draw.sample(negative, min(len(negative), passages - len(helpful)))
    return draw.sample(drawn, len(drawn))


def _interleaved(groups: list[list[str]]) -> list[str]:
    longest = max((len(group) for group in groups), default=0)
    return [group[i] for i in range(longest) for group in groups if i < len(group)]


# RGB's prompt asks for such a sentence where the passages are wrong
_FLAGGED = re.compile(
    r"事实性错误|文档.{0,6}错误|资料.{0,6}(?:有误|错误)|factual errors?|(?:passage|document)s?.{0,20}(?:wrong|incorrect)", re.I)


def error_detection(case: Case, answer: Answer) -> Score | None:
    """For counterfactual passages: 1 where the answer says that they are wrong."""
    if case.type != "counterfactual":
        return None
    flagged = bool(_FLAGGED.search(said(answer)))
    return Score(float(flagged), "says that the passages are wrong" if flagged else "does not say so")


def error_correction(case: Case, answer: Answer) -> Score | None:
    """For counterfactual passages that were found wrong: 1 where the answer is right nevertheless."""
    detected = error_detection(case, answer)
    return all_facts(case, answer) if detected and detected.value else None


METRICS: dict[str, Grader] = {
    "accuracy": all_facts, "rejection rate": refusal,
    "error detection": error_detection, "error correction": error_correction}

"""RGB benchmark: questions with given passages that test noise, rejection, integration and counterfactual robustness.

Chen et al. 2024, "Benchmarking Large Language Models in Retrieval-Augmented Generation" (chen700564/RGB, CC BY-NC-SA
4.0: for evaluation only). The files `en`, `zh` and `*_refine` test noise robustness, and with noise 1 negative
rejection; `*_int` tests information integration, `*_fact` counterfactual robustness. The rates Rej* and ED*, which a
model judges, are not implemented.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from evals.benchmarks.benchmark import (
    BadBenchmark,
    Benchmark,
    BenchmarkText,
    make_case,
    make_facts,
    prediction_text,
    unique_cases,
)
from evals.benchmarks.records import Record, parse_texts, read_json_lines
from evals.cases import Case
from evals.scores import Grader, Score
from rag.schema import Answer
from rag.text.language import detect_language

NOISE, REJECTION, INTEGRATION, COUNTERFACTUAL = "noise", "rejection", "integration", "counterfactual"


def read_benchmark(path: Path, *, passages: int = 5, noise: float = 0.4) -> Benchmark:
    """Read the questions, each with `passages` documents; a share `noise` (0 to 1) of them does not contain the answer.

    With noise 1 the expected answer is a refusal. As in the script of the paper, the number of noise documents is
    rounded up, an integration question keeps one document for each part of its answer at any noise, and in a
    counterfactual file the documents with the answer are replaced by documents with a false answer. The choice and
    order of the documents depend only on the id of the case. Blank questions are skipped.

    Raises:
        BadBenchmark: a record lacks a field or has one of the wrong type, or the options leave no document with the
            answer.
    """
    noise_count = _noise_count(passages, noise)
    cases, case_texts = [], {}
    for record in read_json_lines(path):
        if record.is_blank("query"):
            continue
        case = _parse_case(record, noise_count == passages)
        cases.append(case)
        documents = _draw_documents(record, case, passages, noise_count)
        case_texts[case.id] = tuple(BenchmarkText("", text) for text in documents)
    return Benchmark("rgb", unique_cases(path, cases), (), case_texts, dict(METRICS))


def _noise_count(passages: int, noise: float) -> int:
    """The number of noise documents: 0.4 of 5 → 2, 0.5 of 5 → 3."""
    if passages < 1 or not 0 <= noise <= 1:
        raise BadBenchmark(
            f"{passages} passages with noise {noise} cannot be drawn; give one or more, and a noise from 0 to 1")
    count = math.ceil(round(passages * noise, 6))  # as a float, 100 · 0.07 is slightly more than 7
    if count == passages and noise < 1:
        raise BadBenchmark(
            f"noise {noise} leaves none of {passages} passages to answer from; give more, or noise 1 for rejection")
    return count


def _parse_case(record: Record, reject: bool) -> Case:
    testbed = REJECTION if reject else _testbed_name(record)
    question = record.text("query")
    case = make_case(f"rgb-{detect_language(question)}-{testbed}-{record.text('id')}", testbed, question)
    must = make_facts(*_answer_wordings(record))
    if not must:
        raise BadBenchmark(f"{record.location}: 'answer' is empty")
    if reject:
        return replace(case, behaviour="refuse")
    case = replace(case, must=must, reference="; ".join(fact.wordings[0] for fact in must))
    false_answers = record.texts("fakeanswer") if testbed == COUNTERFACTUAL else []
    # a false answer that is part of the correct one (苏宁 of 江苏苏宁) would forbid the correct one
    correct = [wording for fact in must for wording in fact.wordings]
    forbidden = [text for text in false_answers if not any(text in wording for wording in correct)]
    return replace(case, must_not=make_facts(forbidden))


def _testbed_name(record: Record) -> str:
    if "positive_wrong" in record:
        return COUNTERFACTUAL
    has_parts = any(isinstance(group, list) for group in record.item_list("positive"))
    return INTEGRATION if has_parts else NOISE


def _answer_wordings(record: Record) -> list[list[str]]:
    """The answers of a record, each as a list of its wordings.

    The field is one answer or a list of answers; an answer is a text or a list of wordings.
    """
    answer = record.field_value("answer")
    items = answer if isinstance(answer, list) else [answer]
    return [parse_texts(item, f"{record.location}, 'answer'") for item in items]


def _draw_documents(record: Record, case: Case, passages: int, noise_count: int) -> list[str]:
    """The documents of a case, shuffled. If a noise question has too few of one kind, the other kind replaces them."""
    draw = random.Random(case.id)  # a text as seed gives the same numbers in every process
    negative = record.texts("negative")
    if case.type == REJECTION:
        documents = negative[:passages]
    elif case.type == INTEGRATION:
        groups = [parse_texts(group, f"{record.location}, 'positive'") for group in record.item_list("positive")]
        interleaved = _interleave_groups([draw.sample(group, len(group)) for group in groups])
        helpful = interleaved[: max(len(groups), passages - noise_count)]
        documents = helpful + negative[: max(0, passages - len(helpful))]
    elif case.type == COUNTERFACTUAL:
        wrong = record.texts("positive_wrong")
        documents = draw.sample(wrong, min(len(wrong), passages - noise_count)) + negative[:noise_count]
    else:
        positive = record.texts("positive")
        noise_count = min(max(noise_count, passages - len(positive)), len(negative))
        documents = positive[: passages - noise_count] + negative[:noise_count]
    return draw.sample(documents, len(documents))


def _interleave_groups(groups: list[list[str]]) -> list[str]:
    """The first text of each group, then the second of each, and so on: `[1, 2, 3], [a]` → 1, a, 2, 3."""
    return [text for texts in zip_longest(*groups) for text in texts if text is not None]


def accuracy(case: Case, answer: Answer) -> Score | None:
    """1 if the prediction contains every expected answer, in any of its wordings; not applicable to rejection.

    As in the script of the paper, a substring is enough, and case and white space are ignored: `170 seats` contains
    `70`. The metric `fact recall` respects word boundaries instead.
    """
    if case.behaviour == "refuse":
        return None
    prediction = _strip_spaces(prediction_text(answer))
    missing = []
    for fact in case.must:
        if not any(_strip_spaces(wording) in prediction for wording in fact.wordings):
            missing.append(fact.wordings[0])
    return Score(float(not missing), f"lacks {', '.join(missing)}" if missing else "every answer is there")


def _strip_spaces(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def rejection_rate(case: Case, answer: Answer) -> Score | None:
    """For documents without the answer: 1 if the answer is a refusal.

    This is Rej of the paper, decided by the status of the answer instead of a fixed sentence.
    """
    if case.behaviour != "refuse":
        return None
    return Score(float(answer.status == "unanswered"), f"status {answer.status}")


# the statement that the prompt of the paper requires for wrong documents; Huwen's prompts do not, so the rate is low
_ERROR_STATEMENT = re.compile(r"事实性错误|factual errors?\b", re.I)


def error_detection_rate(case: Case, answer: Answer) -> Score | None:
    """For counterfactual documents: 1 if the answer says that they contain factual errors (ED of the paper)."""
    if case.type != COUNTERFACTUAL:
        return None
    detected = _ERROR_STATEMENT.search(prediction_text(answer)) is not None
    return Score(float(detected), "names factual errors" if detected else "names no factual errors")


def error_correction_rate(case: Case, answer: Answer) -> Score | None:
    """For counterfactual documents with detected errors: 1 if the answer is nevertheless correct (CR of the paper)."""
    detected = error_detection_rate(case, answer)
    return accuracy(case, answer) if detected and detected.value else None


METRICS: dict[str, Grader] = {
    "accuracy": accuracy, "rejection rate": rejection_rate,
    "error detection rate": error_detection_rate, "error correction rate": error_correction_rate}

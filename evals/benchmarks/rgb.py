"""RGB's files become questions over given passages: noise, rejection, integration of information, counterfactual passages.

Chen et al. 2024, "Benchmarking Large Language Models in Retrieval-Augmented Generation" (chen700564/RGB, CC BY-NC-SA 4.0: for
evaluation only). `en`, `zh` and `*_refine` test noise robustness, and with noise 1 negative rejection; `*_int` information
integration; `*_fact` counterfactual robustness. Its rates Rej* and ED*, which a model judges, are left out.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from evals.benchmarks.benchmark import BadBenchmark, Benchmark, BenchmarkText, Grader, make_case, make_facts, prediction_text, unique_cases
from evals.benchmarks.records import Record, parse_texts, read_json_lines
from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer
from rag.text.language import detect_language

NOISE, REJECTION, INTEGRATION, COUNTERFACTUAL = "noise", "rejection", "integration", "counterfactual"


def read_benchmark(path: Path, *, passages: int = 5, noise: float = 0.4) -> Benchmark:
    """Each question with `passages` documents, a share of `noise` of them without the answer; at noise 1 it is to be refused.

    As in the paper's script noise is rounded up to whole documents, an integration question keeps one document for each of
    its parts whatever the noise, and in a counterfactual file the documents that held the answer hold a false one. What is
    drawn, and in which order, depends on the case's id alone. A blank question is left out.

    Raises:
        BadBenchmark: a record lacks what the format asks for, or the options leave no document that answers.
    """
    noisy = _noise_count(passages, noise)
    cases, given = [], {}
    for record in read_json_lines(path):
        if record.is_blank("query"):
            continue
        case = _parse_case(record, noisy == passages)
        cases.append(case)
        given[case.id] = tuple(BenchmarkText("", text) for text in _draw_documents(record, case, passages, noisy))
    return Benchmark("rgb", unique_cases(path, cases), (), given, dict(METRICS))


def _noise_count(passages: int, noise: float) -> int:
    """How many documents are noise: 0.4 of 5 → 2, 0.5 of 5 → 3."""
    if passages < 1 or not 0 <= noise <= 1:
        raise BadBenchmark(f"{passages} passages with noise {noise} cannot be drawn; give one or more, and a noise from 0 to 1")
    noisy = math.ceil(round(passages * noise, 6))  # in floats 100 · 0.07 is a little more than 7
    if noisy == passages and noise < 1:
        raise BadBenchmark(f"noise {noise} leaves none of {passages} passages to answer from; give more, or noise 1 for rejection")
    return noisy


def _parse_case(record: Record, reject: bool) -> Case:
    testbed = REJECTION if reject else _testbed_name(record)
    question = record.text("query")
    case = make_case(f"rgb-{detect_language(question)}-{testbed}-{record.text('id')}", testbed, question)
    wanted = make_facts(*_answer_wordings(record))
    if not wanted:
        raise BadBenchmark(f"{record.location}: 'answer' is empty")
    if reject:
        return replace(case, behaviour="refuse")
    case = replace(case, must=wanted, reference="; ".join(fact.wordings[0] for fact in wanted))
    fake = record.texts("fakeanswer") if testbed == COUNTERFACTUAL else []
    # a false answer that is part of the right one (苏宁 of 江苏苏宁) would forbid the right one
    return replace(case, must_not=make_facts([f for f in fake if not any(f in w for fact in wanted for w in fact.wordings)]))


def _testbed_name(record: Record) -> str:
    if "positive_wrong" in record:
        return COUNTERFACTUAL
    return INTEGRATION if any(isinstance(group, list) for group in record.item_list("positive")) else NOISE


def _answer_wordings(record: Record) -> list[list[str]]:
    """A text is one answer; of a list each item is one, and one that is itself a list holds wordings of the same."""
    answer = record.field_value("answer")
    return [parse_texts(one, f"{record.location}, 'answer'") for one in (answer if isinstance(answer, list) else [answer])]


def _draw_documents(record: Record, case: Case, passages: int, noise_count: int) -> list[str]:
    """The documents of a case, mixed. Where a noise question runs out of one kind, the other kind fills up."""
    draw = random.Random(case.id)  # a text seeds it by its own digest, the same in every process
    negative = record.texts("negative")
    if case.type == REJECTION:
        documents = negative[:passages]
    elif case.type == INTEGRATION:
        groups = [parse_texts(group, f"{record.location}, 'positive'") for group in record.item_list("positive")]
        helpful = _interleave_groups([draw.sample(group, len(group)) for group in groups])[: max(len(groups), passages - noise_count)]
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
    """One of each group, then a second of each: `[1, 2, 3], [a]` → 1, a, 2, 3."""
    return [text for some in zip_longest(*groups) for text in some if text is not None]


def accuracy(case: Case, answer: Answer) -> Score | None:
    """1 where every answer is a part of ours, in any of its wordings; not applicable to rejection.

    A part is any string, as in the paper's script, upper and lower case and blanks disregarded: `170 seats` has `70`. Our
    `fact recall` minds where words end.
    """
    if case.behaviour == "refuse":
        return None
    mine = _strip_spaces(prediction_text(answer))
    lacking = [fact.wordings[0] for fact in case.must if not any(_strip_spaces(wording) in mine for wording in fact.wordings)]
    return Score(float(not lacking), f"lacks {', '.join(lacking)}" if lacking else "every answer is there")


def _strip_spaces(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def rejection_rate(case: Case, answer: Answer) -> Score | None:
    """For documents that do not answer: 1 where the answer says so (the paper's Rej, by our status instead of its sentence)."""
    if case.behaviour != "refuse":
        return None
    return Score(float(answer.status == "unanswered"), f"status {answer.status}")


# what the paper's prompt tells a model to say of wrong documents; our prompts do not, so that the rate is low by construction
_ERROR_STATEMENT = re.compile(r"事实性错误|factual errors?\b", re.I)


def error_detection_rate(case: Case, answer: Answer) -> Score | None:
    """For counterfactual documents: 1 where the answer says that they hold factual errors (the paper's ED)."""
    if case.type != COUNTERFACTUAL:
        return None
    detected = _ERROR_STATEMENT.search(prediction_text(answer)) is not None
    return Score(float(detected), "names factual errors" if detected else "names no factual errors")


def error_correction_rate(case: Case, answer: Answer) -> Score | None:
    """For counterfactual documents whose errors were detected: 1 where the answer is right all the same (the paper's CR)."""
    detected = error_detection_rate(case, answer)
    return accuracy(case, answer) if detected and detected.value else None


METRICS: dict[str, Grader] = {
    "accuracy": accuracy, "rejection rate": rejection_rate,
    "error detection rate": error_detection_rate, "error correction rate": error_correction_rate}

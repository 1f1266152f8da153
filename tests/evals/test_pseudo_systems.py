"""Test of the metrics themselves: systems of known quality must score within predefined bands."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from evals.cases import DATASETS, Case, load
from evals.metrics.retrieval import matched_needs
from evals.scoring import METRICS, score_answer
from evals.summary import EvalSummary, summarise_scores
from rag.answering.retrieve import number_passages
from rag.pipeline import Pipeline
from rag.schema import Answer, Citation, Passage
from rag.text.messages import REFUSAL

System = Callable[[Case, tuple[Passage, ...]], Answer]
Bands = dict[str, tuple[float, float]]

CASES = load(DATASETS / "suzhou.jsonl")
HARDER = load(DATASETS / "suzhou-hard.jsonl")
PARTNERS = {(case.pair, case.language): case for case in CASES if case.pair}
_MIN_PASSAGES = 8


@pytest.fixture(scope="module")
def shown(notes: Pipeline) -> Callable[[Case], tuple[Passage, ...]]:
    """The passages given with a case: the gold passages in its language, then others."""
    documents = notes.library.all_passages()
    passages = number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 0.0}}) for d in documents])

    def select_passages(case: Case) -> tuple[Passage, ...]:
        candidates = [p for p in passages if p.language == case.language]
        gold = [p for p in candidates if matched_needs(case, p)]
        selected = (gold + [p for p in candidates if p not in gold])[: max(_MIN_PASSAGES, len(gold))]
        return tuple(replace(passage, number=number) for number, passage in enumerate(selected, 1))

    return select_passages


def cite_gold(case: Case, passages: tuple[Passage, ...], text: str) -> Answer:
    """The text with citations of the first passage for each need after every sentence."""
    first = [next(p for p in passages if i in matched_needs(case, p)) for i in range(len(case.gold))]
    by_number = {passage.number: passage for passage in first}
    markers = "".join(f"[{number}]" for number in by_number)
    citations = tuple(
        Citation(n, text, p.id, p.source_id, p.title, p.section, p.page, p.text[:40], "supported")
        for n, p in by_number.items())
    marked = re.sub(r"([。！？]|[.!?](?=\s|$))", rf"\1{markers}", text)
    if marked == text:
        marked = text + markers
    return Answer(case.question, case.language, "grounded", marked, citations, passages)


def refusal(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return Answer(case.question, case.language, "unanswered", REFUSAL[case.language], (), passages)


def perfect(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return refusal(case, passages) if case.behaviour == "refuse" else cite_gold(case, passages, case.reference)


def empty(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return Answer(case.question, case.language, "unanswered", "", (), passages)


def copies_the_context(case: Case, passages: tuple[Passage, ...]) -> Answer:
    text = "\n".join(f"{p.text.rstrip()}[{p.number}]" for p in passages)
    citations = tuple(
        Citation(p.number, p.text, p.id, p.source_id, p.title, p.section, p.page, p.text, "verified quote")
        for p in passages)
    return Answer(case.question, case.language, "grounded", text, citations, passages)


def in_the_other_language(case: Case, passages: tuple[Passage, ...]) -> Answer:
    other = PARTNERS.get((case.pair, "en" if case.language == "zh" else "zh"))
    text = other.reference if other else ("这里没有。" if case.language == "en" else "There is nothing here.")
    return replace(perfect(case, passages), text=text, citations=())


def mutates_numbers(case: Case, passages: tuple[Passage, ...]) -> Answer:
    answer = perfect(case, passages)
    mutated = re.sub(r"(?<!\[)\d+(?!\d*\])", lambda m: str(int(m.group()) * 7 + 7_003), case.reference)
    return answer if case.behaviour == "refuse" else replace(answer, text=mutated)


def shuffles_citations(case: Case, passages: tuple[Passage, ...]) -> Answer:
    answer = perfect(case, passages)
    irrelevant = next((p.number for p in passages if not matched_needs(case, p)), 0)
    return replace(answer, text=re.sub(r"\[\d+\]", f"[{irrelevant}]", answer.text))


LOW, HIGH, ZERO, ONE = (0.0, 0.1), (0.9, 1.0), (0.0, 0.0), (1.0, 1.0)
SYSTEMS: list[tuple[System, Bands]] = [
    (perfect, {
        "correct": ONE, "fact recall": ONE, "figure match": ONE, "wrong figures": ZERO, "invented figures": ZERO,
        "refusal": ONE, "false refusal": ZERO, "premise corrected": ONE, "conflict disclosed": ONE,
        "injection obeyed": ZERO, "language match": ONE, "citation validity": ONE, "citation precision": ONE,
        "citation recall": ONE, "citation coverage": ONE, "dangling citations": ZERO, "reference F1": (0.95, 1.0)}),
    (empty, {
        "correct": ZERO, "fact recall": ZERO, "figure match": ZERO, "refusal": ZERO, "false refusal": ONE,
        "premise corrected": ZERO, "conflict disclosed": ZERO, "citation recall": ZERO, "reference F1": ZERO}),
    (refusal, {
        "correct": (0.2, 0.45), "fact recall": LOW, "figure match": ZERO, "refusal": ONE, "false refusal": ONE,
        "citation recall": ZERO, "language match": ONE, "reference F1": LOW}),
    (copies_the_context, {
        "correct": (0.4, 0.75), "fact recall": HIGH, "refusal": ZERO, "false refusal": ZERO,
        "citation precision": (0.1, 0.3), "citation recall": HIGH, "invented figures": ZERO, "reference F1": LOW}),
    (in_the_other_language, {"language match": LOW}),
    (mutates_numbers, {
        "figure match": LOW, "wrong figures": (0.8, 1.0), "invented figures": (0.8, 1.0), "correct": (0.3, 0.75)}),
    (shuffles_citations, {
        "fact recall": ONE, "citation validity": LOW, "citation precision": LOW, "citation recall": LOW,
        "citation coverage": LOW}),
]


def draw_third(cases: Sequence[Case]) -> list[Case]:
    """A third of the cases of each kind, and at least one; the same each time."""
    by_kind: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for case in cases:
        by_kind[case.language, case.behaviour, case.type].append(case)
    chooser = random.Random(20261129)
    return [case for kind in by_kind.values() for case in chooser.sample(kind, -(-len(kind) // 3))]


THIRD = draw_third(CASES)
# an answer that copies all passages is long, and takes most of the time of these tests to score
SYSTEMS_WITH_CASES = [
    *(pytest.param(system, bands, CASES, id=system.__name__, marks=[pytest.mark.slow] * (system is copies_the_context))
      for system, bands in SYSTEMS),
    pytest.param(copies_the_context, dict(SYSTEMS)[copies_the_context], THIRD, id="copies_the_context-third"),
]


@pytest.fixture(scope="module")
def summary(shown: Callable[[Case], tuple[Passage, ...]]) -> Callable[[System, Sequence[Case]], EvalSummary]:
    passages = {case.id: shown(case) for case in CASES}
    return lambda system, cases: summarise_scores(
        [score_answer(case, system(case, passages[case.id])) for case in cases])


@pytest.mark.parametrize(("system", "bands", "cases"), SYSTEMS_WITH_CASES)
def test_a_system_of_known_quality_scores_within_its_bands(
    summary: Callable[[System, Sequence[Case]], EvalSummary], system: System, bands: Bands, cases: Sequence[Case],
) -> None:
    overall = summary(system, cases).overall
    outside = {}
    for language in ("zh", "en"):
        for name, (low, high) in bands.items():
            mean = overall[language][name].mean
            if not low <= mean <= high:
                outside[language, name] = round(mean, 3)
    assert not outside


def test_a_metric_that_applies_to_no_case_has_no_number(
    summary: Callable[[System, Sequence[Case]], EvalSummary],
) -> None:
    found = summary(empty, CASES)
    assert "citation precision" not in found.overall["zh"]
    assert "tokens" not in found.overall["en"]


def test_every_metric_has_a_description() -> None:
    assert all(metric.description for metric in METRICS.values())
    assert {name for name, metric in METRICS.items() if metric.hard_zero} == {
        "invented figures", "injection obeyed", "dangling citations"}


@pytest.mark.parametrize("system", [perfect, empty], ids=lambda x: x.__name__)
def test_the_harder_questions_distinguish_the_perfect_from_the_empty_system(
    shown: Callable[[Case], tuple[Passage, ...]], system: System,
) -> None:
    overall = summarise_scores([score_answer(case, system(case, shown(case))) for case in HARDER]).overall
    outside = {}
    for language in ("zh", "en"):
        for name, (low, high) in dict(SYSTEMS)[system].items():
            if name in overall[language] and not low <= overall[language][name].mean <= high:
                outside[language, name] = overall[language][name].mean
    assert not outside

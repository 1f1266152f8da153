"""The metrics themselves are tested: systems whose worth is known must land in bands that were set beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from evals.cases import DATASETS, Case, load
from evals.metrics.retrieval import matched_needs
from evals.scoring import METRICS, score_answer
from evals.summary import EvalSummary, summarise_scores
from rag.answering.retrieve import number_passages
from rag.pipeline import Pipeline
from rag.schema import Answer, Citation, Passage
from rag.text.prompts import REFUSAL

System = Callable[[Case, tuple[Passage, ...]], Answer]
Bands = dict[str, tuple[float, float]]

CASES = load(DATASETS / "suzhou.jsonl")
HARDER = load(DATASETS / "suzhou-hard.jsonl")
PARTNERS = {(case.pair, case.language): case for case in CASES if case.pair}
_SHOWN = 8


@pytest.fixture(scope="module")
def shown(notes: Pipeline) -> Callable[[Case], tuple[Passage, ...]]:
    """The passages before an answer to a case: the gold ones in its language, then others."""
    every = number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 0.0}}) for d in notes.library.all_passages()])

    def of(case: Case) -> tuple[Passage, ...]:
        own = [p for p in every if p.language == case.language]
        gold = [p for p in own if matched_needs(case, p)]
        picked = (gold + [p for p in own if p not in gold])[: max(_SHOWN, len(gold))]
        return tuple(replace(passage, number=number) for number, passage in enumerate(picked, 1))

    return of


def cited(case: Case, passages: tuple[Passage, ...], text: str) -> Answer:
    """The text with a citation of the first passage for each need behind every sentence."""
    first = [next(p for p in passages if i in matched_needs(case, p)) for i in range(len(case.gold))]
    wanted = {passage.number: passage for passage in first}
    marks = "".join(f"[{number}]" for number in wanted)
    citations = tuple(
        Citation(n, text, p.id, p.source_id, p.title, p.section, p.page, p.text[:40], "supported") for n, p in wanted.items())
    marked = re.sub(r"([。！？]|[.!?](?=\s|$))", rf"\1{marks}", text)
    return Answer(case.question, case.language, "grounded", marked if marked != text else text + marks, citations, passages)


def refused(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return Answer(case.question, case.language, "unanswered", REFUSAL[case.language], (), passages)


def perfect(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return refused(case, passages) if case.behaviour == "refuse" else cited(case, passages, case.reference)


def empty(case: Case, passages: tuple[Passage, ...]) -> Answer:
    return Answer(case.question, case.language, "unanswered", "", (), passages)


def copies_the_context(case: Case, passages: tuple[Passage, ...]) -> Answer:
    text = "\n".join(f"{p.text.rstrip()}[{p.number}]" for p in passages)
    citations = tuple(Citation(p.number, p.text, p.id, p.source_id, p.title, p.section, p.page, p.text, "verified quote") for p in passages)
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
    beside = next((p.number for p in passages if not matched_needs(case, p)), 0)
    return replace(answer, text=re.sub(r"\[\d+\]", f"[{beside}]", answer.text))


LOW, HIGH, ZERO, ONE = (0.0, 0.1), (0.9, 1.0), (0.0, 0.0), (1.0, 1.0)
SYSTEMS: list[tuple[System, Bands]] = [
    (perfect, {
        "correct": ONE, "fact recall": ONE, "figure match": ONE, "wrong figures": ZERO, "invented figures": ZERO, "refusal": ONE,
        "false refusal": ZERO, "premise corrected": ONE, "conflict disclosed": ONE, "injection obeyed": ZERO,
        "language match": ONE, "citation validity": ONE, "citation precision": ONE, "citation recall": ONE, "citation coverage": ONE,
        "dangling citations": ZERO, "reference F1": (0.95, 1.0)}),
    (empty, {
        "correct": ZERO, "fact recall": ZERO, "figure match": ZERO, "refusal": ZERO, "false refusal": ONE,
        "premise corrected": ZERO, "conflict disclosed": ZERO, "citation recall": ZERO, "reference F1": ZERO}),
    (refused, {
        "correct": (0.2, 0.45), "fact recall": LOW, "figure match": ZERO, "refusal": ONE, "false refusal": ONE,
        "citation recall": ZERO, "language match": ONE, "reference F1": LOW}),
    (copies_the_context, {
        "correct": (0.4, 0.75), "fact recall": HIGH, "refusal": ZERO, "false refusal": ZERO, "citation precision": (0.1, 0.3),
        "citation recall": HIGH, "invented figures": ZERO, "reference F1": LOW}),
    (in_the_other_language, {"language match": LOW}),
    (mutates_numbers, {"figure match": LOW, "wrong figures": (0.8, 1.0), "invented figures": (0.8, 1.0), "correct": (0.3, 0.75)}),
    (shuffles_citations, {
        "fact recall": ONE, "citation validity": LOW, "citation precision": LOW, "citation recall": LOW, "citation coverage": LOW}),
]


@pytest.fixture(scope="module")
def summary(shown: Callable[[Case], tuple[Passage, ...]]) -> Callable[[System], EvalSummary]:
    passages = {case.id: shown(case) for case in CASES}
    return lambda system: summarise_scores([score_answer(case, system(case, passages[case.id])) for case in CASES])


@pytest.mark.parametrize(("system", "bands"), SYSTEMS, ids=lambda x: x.__name__ if callable(x) else "")
def test_a_system_of_known_worth_lands_in_its_bands(summary: Callable[[System], EvalSummary], system: System, bands: Bands) -> None:
    found = summary(system)
    outside = {
        (language, name): round(found.overall[language][name].mean, 3) for language in ("zh", "en") for name, (low, high) in bands.items()
        if not low <= found.overall[language][name].mean <= high}
    assert not outside


def test_a_metric_that_applies_to_no_case_has_no_number(summary: Callable[[System], EvalSummary]) -> None:
    found = summary(empty)
    assert "citation precision" not in found.overall["zh"]
    assert "tokens" not in found.overall["en"]


def test_every_metric_says_what_it_is() -> None:
    assert all(metric.description for metric in METRICS.values())
    assert {name for name, metric in METRICS.items() if metric.hard_zero} == {
        "invented figures", "injection obeyed", "dangling citations"}


@pytest.mark.parametrize("system", [perfect, empty], ids=lambda x: x.__name__)
def test_the_harder_questions_tell_the_perfect_from_the_empty(shown: Callable[[Case], tuple[Passage, ...]], system: System) -> None:
    found = summarise_scores([score_answer(case, system(case, shown(case))) for case in HARDER])
    bands = dict(SYSTEMS)[system]
    outside = {
        (language, name): value for language in ("zh", "en") for name, (low, high) in bands.items()
        if name in found.overall[language] and not low <= (value := found.overall[language][name].mean) <= high}
    assert not outside

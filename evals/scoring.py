"""Metric table: every metric under its name in the reports, and the scoring of an answer with all that apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.cases import Case
from evals.metrics import behaviour, citations, effort, facts, overlap, retrieval
from evals.scores import CaseScores, Grader
from rag.schema import Answer


@dataclass(frozen=True)
class GradedAnswer:
    """A case, its answer, and the scores of the answer."""

    case: Case
    answer: Answer
    case_scores: CaseScores


@dataclass(frozen=True)
class Metric:
    """A grader with the information that a reader needs to interpret its value."""

    grade: Grader
    description: str
    lower_is_better: bool = False
    hard_zero: bool = False  # a value above zero fails the gate
    is_count: bool = False  # a count (milliseconds, tokens), not a share


METRICS: dict[str, Metric] = {
    "correct": Metric(behaviour.answer_correctness, "the answer does all that the case expects"),
    "right in all": Metric(
        behaviour.right_in_all, "answers that state every required fact, and refusals of what has no answer"),
    "across languages": Metric(
        behaviour.right_across_languages, "the same, where the document is in the other language"),
    "fact recall": Metric(facts.fact_recall, "required facts stated"),
    "all facts": Metric(facts.all_facts, "answers that state every required fact"),
    "figure match": Metric(facts.figure_match, "required figures stated, compared as values"),
    "wrong figures": Metric(facts.wrong_figures, "figures that are invented or forbidden", lower_is_better=True),
    "invented figures": Metric(
        facts.invented_figures, "figures that no source supports", lower_is_better=True, hard_zero=True),
    "refusal": Metric(behaviour.refusal_recall, "unanswerable questions that are refused"),
    "false refusal": Metric(behaviour.false_refusal, "answerable questions that are refused", lower_is_better=True),
    "premise corrected": Metric(behaviour.premise_correction, "false premises that are set right"),
    "conflict disclosed": Metric(behaviour.conflict_disclosure, "conflicts of which both sides and dates are given"),
    "injection obeyed": Metric(
        facts.injection_obedience, "quoted instructions that are followed", lower_is_better=True, hard_zero=True),
    "language match": Metric(behaviour.language_match, "answers in the language of the question"),
    "citation validity": Metric(
        citations.marker_validity, "markers whose quote stands in the passage and carries the claim"),
    "citation precision": Metric(citations.precision, "cited passages that are gold"),
    "citation recall": Metric(citations.recall, "gold needs that are cited"),
    "citation coverage": Metric(citations.claim_coverage, "claims with a citation that holds"),
    "dangling citations": Metric(
        citations.dangling_markers, "markers that name no passage", lower_is_better=True, hard_zero=True),
    "hit@5": Metric(retrieval.hit_at_5, "a gold passage among the first five"),
    "recall@5": Metric(retrieval.recall_at_5, "gold needs among the first five passages"),
    "MRR": Metric(retrieval.reciprocal_rank, "reciprocal rank of the first gold passage"),
    "nDCG@5": Metric(retrieval.ndcg_at_5, "gold needs early among the first five"),
    "facts in 5 passages": Metric(retrieval.passage_fact_coverage, "every required fact in the first five passages"),
    "reference F1": Metric(overlap.reference_f1, "char-F1 (zh), token-F1 (en) with the reference: a diagnostic"),
    "errors": Metric(behaviour.answer_failure, "questions to which no whole answer came", lower_is_better=True),
    "latency": Metric(effort.latency, "milliseconds to the whole answer", lower_is_better=True, is_count=True),
    "tokens": Metric(effort.token_count, "tokens read and written by the model", lower_is_better=True, is_count=True),
}


def score_answer(case: Case, answer: Answer, extra_graders: Mapping[str, Grader] | None = None) -> CaseScores:
    """The scores of all metrics that apply to an answer; `extra_graders` are those of a benchmark, by name."""
    graders = {name: metric.grade for name, metric in METRICS.items()} | dict(extra_graders or {})
    scores = {}
    for name, grade in graders.items():
        score = grade(case, answer)
        if score is not None:
            scores[name] = score
    return CaseScores(case.id, case.language, case.type, case.gold_documents, scores)

"""Answerability: how probably the best sentences of a ranking answer its question.

One calibrated score, which refuses, grades confidence and says what supports a claim. It comes from a linear model of
evidence: how much of the question occurs in the best sentence, its passage and everything retrieved, and which single
thing is missing, a name, a place, a measure. Where the reader has read the first passages, what it says of them is
weighed together with that evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.reading.evidence import LARGEST_LEAD, evidence_row
from rag.reading.features import COSINE_FEATURES, EVIDENCE_FEATURES, ModelName
from rag.reading.linear_model import load_model
from rag.reading.ranking import Ranking
from rag.reading.readings import NO_READINGS, clip_reading
from rag.reading.rules import EvidenceRow, broken_rules
from rag.schema import Level


class Judgement(NamedTuple):
    """How probably the best sentences of a ranking answer its question.

    `probability`: 0 to 1, calibrated for each language of questions: of the answers with 0.8 four in five are right.
    `level`: what it allows: an answer that is strong, fair or weak, or none, which is a refusal. `broken`: the names of
    the rules that the evidence breaks, which say what is missing.
    """

    probability: float
    level: Level
    broken: Sequence[str] = ()


def judge_answer(ranking: Ranking, *, false_premise: bool = False) -> Judgement:
    """The judgement on a ranking; an empty one does not answer.

    `false_premise`: the best sentences contradict what the question assumes; they are to be shown as a correction even
    if they hardly answer.
    """
    if not ranking.candidates:
        return Judgement(0.0, "none")
    if false_premise:  # the reader rightly finds no answer to what is assumed
        ranking = replace(ranking, readings=NO_READINGS)
    name: ModelName = "read answer" if ranking.readings else "answer"
    evidence = evidence_row(ranking)
    values = read_values(ranking, evidence) if ranking.readings else answer_values(ranking, evidence)
    model, broken = load_model(name), broken_rules(ranking.question, evidence)
    probability = model.calibrated_probability(values, ranking.question.language)
    names = [rule.name for rule in broken]
    refusing = ("always",) if ranking.readings else ("always", "unread")
    # a cell has unit, year and kind of its value in heads and captions, which the rules do not look at
    is_exempt = false_premise or ranking.is_structured
    if any(rule.refuses in refusing for rule in broken) and not is_exempt:
        return Judgement(0.0, "none", names)
    if probability < model.thresholds["answer with a false premise" if false_premise else "answer"]:
        return Judgement(probability, "none", names)
    language = ranking.question.language
    if probability >= model.thresholds[f"strong {language}"]:
        return Judgement(probability, "strong", names)
    is_fair = probability >= model.thresholds[f"fair {language}"]
    return Judgement(probability, "fair" if is_fair else "weak", names)


def answer_values(ranking: Ranking, evidence: EvidenceRow) -> list[float]:
    """The values of ANSWER_FEATURES, in their order, of a ranking that is not empty."""
    return [*(evidence[name] for name in EVIDENCE_FEATURES), *cosine_values(ranking)]


def read_values(ranking: Ranking, evidence: EvidenceRow) -> list[float]:
    """The values of READ_ANSWER_FEATURES, in their order, of a ranking that is not empty and was read."""
    best = ranking.best
    reading = ranking.readings.of_sentence(best.sentence)
    span, passage = (reading.span, reading.answers) if reading else (-_UNREAD, -_UNREAD)
    lead = best.score - ranking.candidates[1].score if len(ranking.candidates) > 1 else LARGEST_LEAD
    return [
        *answer_values(ranking, evidence),
        clip_reading(span) / 10,
        clip_reading(passage) / 10,
        clip_reading(max(ranking.readings.of_passages())) / 10,
        0.0 if ranking.is_structured else min(LARGEST_LEAD, lead) / LARGEST_LEAD,
        float(ranking.is_structured),
        clip_reading(span) / 10 if ranking.is_structured else 0.0,
    ]


_UNREAD = 10.0  # how far below zero the scores of what was not read are taken to be


def cosine_values(ranking: Ranking) -> list[float]:
    """The values of COSINE_FEATURES, in their order. Cosines 0.91, 0.88, 0.82: [1.1, 0.3, 0.7, 1]."""
    cosines = sorted(_cosines(ranking), reverse=True)
    if not cosines:
        return [0.0] * len(COSINE_FEATURES)
    margin = cosines[0] - cosines[1] if len(cosines) > 1 else 0.0
    mean = sum(cosines) / len(cosines)
    return [*(_COSINE_SCALE * value for value in (cosines[0] - _LOW_COSINE, margin, mean - _LOW_COSINE)), 1.0]


_LOW_COSINE, _COSINE_SCALE = 0.8, 10.0  # most cosines of the encoder are between 0.75 and 0.92


def _cosines(ranking: Ranking) -> list[float]:
    """The cosines of the retrieved passages that have one."""
    by_passage = {c.sentence.passage.id: c.sentence.passage.cosine for c in ranking.candidates}
    return [cosine for cosine in by_passage.values() if cosine]

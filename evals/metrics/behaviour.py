"""Behaviour metrics: correctness of the answer, refusal, correction of a false premise, disclosure of a conflict."""

from __future__ import annotations

from collections.abc import Callable

from evals.cases import Behaviour, Case
from evals.metrics.facts import all_facts, asserts_fact, fact_name, missing_facts, unmarked_text
from evals.scores import Score
from rag.numbers.figures import find_figures, named_years
from rag.schema import Answer
from rag.text.language import detect_language


def answer_correctness(case: Case, answer: Answer) -> Score | None:
    """The verdict: 1 if the answer meets all expectations of the case, else 0.

    An unanswerable question requires a refusal. Any other requires all facts of `must` and no fact of `must_not`, and a
    conflict also the dates of both sides. Not applicable if an answer is expected but no fact is required.
    """
    if case.behaviour != "refuse" and not case.must:
        return None
    if answer.status == "failed":
        return Score(0.0, "the answer failed")
    fault = _FAULT_FINDERS[case.behaviour](case, answer)
    return Score(float(not fault), fault or "as expected")


def _refusal_fault(case: Case, answer: Answer) -> str:
    return "" if _is_refusal(answer) else f"no refusal ({answer.status})"


def _is_refusal(answer: Answer) -> bool:
    """True for a refusal with a text; an empty answer does not count as a refusal."""
    return answer.status == "unanswered" and bool(answer.text.strip())


def _answer_fault(case: Case, answer: Answer) -> str:
    if answer.status == "unanswered":
        return "refused"
    text = unmarked_text(answer)
    missing = missing_facts(case.must, text)
    forbidden = [fact_name(fact) for fact in case.must_not if asserts_fact(fact, text)]
    faults = []
    if missing:
        faults.append(f"missing: {', '.join(missing)}")
    if forbidden:
        faults.append(f"asserts: {', '.join(forbidden)}")
    return "; ".join(faults)


def _disclosure_fault(case: Case, answer: Answer) -> str:
    fault = _answer_fault(case, answer)
    required_years = min(2, len(_find_years(case.reference)))
    if not fault and len(_find_years(unmarked_text(answer))) < required_years:
        return "the dates of the two sides are not both named"
    return fault


_FAULT_FINDERS: dict[Behaviour, Callable[[Case, Answer], str]] = {
    "refuse": _refusal_fault, "answer": _answer_fault, "correct": _answer_fault, "disclose": _disclosure_fault}


def _find_years(text: str) -> frozenset[int]:
    return named_years(find_figures(text))


def refusal_recall(case: Case, answer: Answer) -> Score | None:
    """For unanswerable questions: 1 if the answer is a refusal; the mean is the refusal recall."""
    if case.behaviour != "refuse":
        return None
    return Score(float(_is_refusal(answer)), f"status {answer.status}")


def false_refusal(case: Case, answer: Answer) -> Score | None:
    """For answerable questions: 1 if the answer is a refusal; lower is better."""
    if case.behaviour == "refuse":
        return None
    return Score(float(answer.status == "unanswered"), f"status {answer.status}")


def right_in_all(case: Case, answer: Answer) -> Score | None:
    """1 if an unanswerable question is refused, or an answer states every required fact, whatever else it states.

    Not applicable if an answer is expected but no fact is required.
    """
    if case.behaviour == "refuse":
        return refusal_recall(case, answer)
    if answer.status == "unanswered" and case.must:
        return Score(0.0, "refused")
    return all_facts(case, answer)


def right_across_languages(case: Case, answer: Answer) -> Score | None:
    """As `right_in_all`, for questions that a sentence in the other language answers."""
    if not case.evidence or all(detect_language(one.sentence) == case.language for one in case.evidence):
        return None
    return right_in_all(case, answer)


def premise_correction(case: Case, answer: Answer) -> Score | None:
    """For questions with a false premise: 1 if the answer states the truth and does not repeat the false premise."""
    return answer_correctness(case, answer) if case.behaviour == "correct" else None


def conflict_disclosure(case: Case, answer: Answer) -> Score | None:
    """For questions on which sources disagree: 1 if the answer gives both sides with both dates."""
    return answer_correctness(case, answer) if case.behaviour == "disclose" else None


def language_match(case: Case, answer: Answer) -> Score | None:
    """1 if the answer is in the language of the question; its quotations may be in either language.

    Not applicable to an answer without letters, such as a bare figure.
    """
    text = unmarked_text(answer)
    if not any(c.isalpha() for c in text):
        return None
    detected = detect_language(text)
    return Score(float(detected == case.language), f"answered in {detected}")


def answer_failure(case: Case, answer: Answer) -> Score:
    """1 if there is no complete answer; lower is better."""
    return Score(float(answer.status == "failed"), answer.text if answer.status == "failed" else "answered")

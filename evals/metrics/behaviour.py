"""An answer becomes a verdict on what the case expects of it: answer, refuse, correct a premise, disclose a conflict."""

from __future__ import annotations

from evals.cases import Case
from evals.metrics.facts import asserts_fact, fact_name, missing_facts, unmarked_text
from evals.scores import Score
from rag.numbers.figures import find_figures, named_years
from rag.schema import Answer
from rag.text.language import detect_language


def answer_correctness(case: Case, answer: Answer) -> Score | None:
    """The verdict: 1 where the answer does all that the case expects, else 0.

    A refusal where one is due; otherwise every required fact and none of those forbidden, and for a conflict its dates.
    Not applicable where an answer is due and no fact is required of it.
    """
    if case.behaviour != "refuse" and not case.must:
        return None
    if answer.status == "failed":
        return Score(0.0, "the answer failed")
    judge = {"refuse": _refusal_fault, "answer": _answer_fault, "correct": _answer_fault, "disclose": _disclosure_fault}[case.behaviour]
    fault = judge(case, answer)
    return Score(float(not fault), fault or "as expected")


def _refusal_fault(case: Case, answer: Answer) -> str:
    return "" if _is_refusal(answer) else f"no refusal ({answer.status})"


def _is_refusal(answer: Answer) -> bool:
    """A refusal says that it is one: an empty answer is not."""
    return answer.status == "unanswered" and bool(answer.text.strip())


def _answer_fault(case: Case, answer: Answer) -> str:
    if answer.status == "unanswered":
        return "refused"
    lacking = missing_facts(case.must, unmarked_text(answer))
    wrong = [fact_name(fact) for fact in case.must_not if asserts_fact(fact, unmarked_text(answer))]
    told = [f"{fault}: {', '.join(names)}" for fault, names in (("missing", lacking), ("asserts", wrong)) if names]
    return "; ".join(told)


def _disclosure_fault(case: Case, answer: Answer) -> str:
    fault = _answer_fault(case, answer)
    wanted = min(2, len(_find_years(case.reference)))
    if not fault and len(_find_years(unmarked_text(answer))) < wanted:
        return "the dates of the two sides are not both named"
    return fault


def _find_years(text: str) -> frozenset[int]:
    return named_years(find_figures(text))


def refusal_recall(case: Case, answer: Answer) -> Score | None:
    """For questions that the library does not answer: 1 where the answer says so; its mean is the refusal recall."""
    if case.behaviour != "refuse":
        return None
    return Score(float(_is_refusal(answer)), f"status {answer.status}")


def false_refusal(case: Case, answer: Answer) -> Score | None:
    """For questions that the library answers: 1 where the answer refuses; lower is better."""
    if case.behaviour == "refuse":
        return None
    return Score(float(answer.status == "unanswered"), f"status {answer.status}")


def premise_correction(case: Case, answer: Answer) -> Score | None:
    """For questions with a false premise: 1 where the answer states what is true and does not repeat what is not."""
    return answer_correctness(case, answer) if case.behaviour == "correct" else None


def conflict_disclosure(case: Case, answer: Answer) -> Score | None:
    """For questions on which sources differ: 1 where the answer gives both sides with both dates."""
    return answer_correctness(case, answer) if case.behaviour == "disclose" else None


def language_match(case: Case, answer: Answer) -> Score | None:
    """1 where the answer speaks the language of the question; what it quotes may be in either.

    Not applicable to an answer without letters, such as a bare figure.
    """
    text = unmarked_text(answer)
    if not any(c.isalpha() for c in text):
        return None
    spoken = detect_language(text)
    return Score(float(spoken == case.language), f"answered in {spoken}")


def answer_failure(case: Case, answer: Answer) -> Score:
    """1 where no whole answer came; lower is better."""
    return Score(float(answer.status == "failed"), answer.text if answer.status == "failed" else "answered")

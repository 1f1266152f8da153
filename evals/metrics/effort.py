"""Effort metrics: latency, tokens and cost of an answer; counts instead of shares, lower is better."""

from __future__ import annotations

from evals.cases import Case
from evals.scores import Grader, Score
from rag.schema import Answer


def latency(case: Case, answer: Answer) -> Score | None:
    """Milliseconds from the question to the verified answer; not applicable if the answer has no timing."""
    total = answer.timings_ms.total
    return Score(total, f"{total:.0f} ms, first word after {answer.timings_ms.first_token:.0f}") if total else None


def token_count(case: Case, answer: Answer) -> Score | None:
    """Tokens read and written by the model; not applicable without a model."""
    usage = answer.usage
    if not usage.prompt + usage.completion:
        return None
    return Score(float(usage.prompt + usage.completion), f"{usage.prompt} read, {usage.completion} written")


def cost_grader(prompt_price: float, completion_price: float) -> Grader:
    """A grader for the cost of a thousand such answers, from the prices of a million tokens read and written.

    Example: 2,000 tokens read at 0.5 and 300 written at 2 cost 1.6 for a thousand answers. Not applicable without a
    model.
    """
    def grade_cost(case: Case, answer: Answer) -> Score | None:
        usage = answer.usage
        if not usage.prompt + usage.completion:
            return None
        total = usage.prompt * prompt_price + usage.completion * completion_price
        return Score(total / 1_000, f"{usage.prompt} at {prompt_price}, {usage.completion} at {completion_price}")

    return grade_cost

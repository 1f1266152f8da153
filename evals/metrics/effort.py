"""What an answer took: milliseconds, tokens and money; counts, not shares, and lower is better."""

from __future__ import annotations

from collections.abc import Callable

from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer


def latency(case: Case, answer: Answer) -> Score | None:
    """Milliseconds from the question to the verified answer; not applicable where none came."""
    total = answer.timings_ms.total
    return Score(total, f"{total:.0f} ms, first word after {answer.timings_ms.first_token:.0f}") if total else None


def token_count(case: Case, answer: Answer) -> Score | None:
    """Tokens read and written by the model; not applicable without one."""
    usage = answer.usage
    if not usage.prompt + usage.completion:
        return None
    return Score(float(usage.prompt + usage.completion), f"{usage.prompt} read, {usage.completion} written")


def cost_grader(prompt_price: float, completion_price: float) -> Callable[[Case, Answer], Score | None]:
    """A grader of what a thousand such answers cost, from the prices of a million tokens read and written.

    2,000 tokens read at 0.5 and 300 written at 2: 1.6 for a thousand answers. Not applicable without a model.
    """
    def grade_cost(case: Case, answer: Answer) -> Score | None:
        usage = answer.usage
        if not usage.prompt + usage.completion:
            return None
        total = usage.prompt * prompt_price + usage.completion * completion_price
        return Score(total / 1_000, f"{usage.prompt} at {prompt_price}, {usage.completion} at {completion_price}")

    return grade_cost

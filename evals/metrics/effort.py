"""What an answer took: milliseconds, tokens and money; counts, not shares, and lower is better."""

from __future__ import annotations

from evals.cases import Case
from evals.scores import Score
from rag.schema import Answer


def latency(case: Case, answer: Answer) -> Score | None:
    """Milliseconds from the question to the verified answer; not applicable where none came."""
    total = answer.timings_ms.total
    return Score(total, f"{total:.0f} ms, first word after {answer.timings_ms.first_token:.0f}") if total else None


def tokens(case: Case, answer: Answer) -> Score | None:
    """Tokens read and written by the model; not applicable without one."""
    usage = answer.usage
    if not usage.prompt + usage.completion:
        return None
    return Score(float(usage.prompt + usage.completion), f"{usage.prompt} read, {usage.completion} written")

"""Overlap with the reference: F1 over shared segments; a diagnostic that gives every word the same weight."""

from __future__ import annotations

import re
from collections import Counter

from evals.cases import Case
from evals.metrics.facts import unmarked_text
from evals.scores import Score
from rag.schema import Answer
from rag.text.language import normalise

_SEGMENT = re.compile(r"[㐀-鿿豈-﫿]|[^\W_㐀-鿿豈-﫿]+(?:[.,]\d+)*")


def reference_f1(case: Case, answer: Answer) -> Score | None:
    """F1 over characters (Chinese) and words (English) with the reference (Rajpurkar et al. 2016).

    Example: `产值3.8万亿元` against `产值为3.8万亿元`: 6 segments in common, of 6 and of 7, F1 12/13. Not applicable
    without a reference and to unanswerable questions.
    """
    if not case.reference or case.behaviour == "refuse":
        return None
    prediction = Counter(split_segments(unmarked_text(answer)))
    reference = Counter(split_segments(case.reference))
    common, total = (prediction & reference).total(), prediction.total() + reference.total()
    value = 2 * common / total if total else 0.0
    return Score(value, f"{common} shared of {prediction.total()} and {reference.total()}")


def split_segments(text: str) -> list[str]:
    """Single Han characters, other words, and numbers: `增长4.1%了` → 增, 长, 4.1, 了."""
    return _SEGMENT.findall(normalise(text))

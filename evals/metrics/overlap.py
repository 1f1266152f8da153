"""An answer and its reference become an F1 over shared pieces: a diagnostic, blind to which words matter."""

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
    """Char-F1 for Chinese, token-F1 for English, against the reference (Rajpurkar et al. 2016); not for refusals.

    `产值3.8万亿元` against `产值为3.8万亿元`: 6 of 6 and 6 of 7 pieces shared, F1 12/13.
    """
    if not case.reference or case.behaviour == "refuse":
        return None
    mine, wanted = Counter(split_segments(unmarked_text(answer))), Counter(split_segments(case.reference))
    shared = (mine & wanted).total()
    value = 2 * shared / (mine.total() + wanted.total()) if mine.total() + wanted.total() else 0.0
    return Score(value, f"{shared} shared of {mine.total()} and {wanted.total()}")


def split_segments(text: str) -> list[str]:
    """Han characters one by one, and words and numbers whole: `增长4.1%了` → 增, 长, 4.1, 了."""
    return _SEGMENT.findall(normalise(text))

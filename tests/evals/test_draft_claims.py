"""Claims of drafts are counted by what verification found, figures by whether a source has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.draft_claims import count_findings
from rag.answering.verify import verify
from rag.schema import Answer, Language, Passage

LAKE = Passage(1, "p1", "s", "Lakes", "", 0, 0, 90, "Lake Tai covers 2,338 square kilometres. It lies near Suzhou.",
               1.0, "en")
湖 = replace(LAKE, text="太湖面积2338亩。太湖在苏州西面。", language="zh")


def draft(text: str, passage: Passage, language: Language) -> Answer:
    """A draft of a model, verified against one passage."""
    verified = verify(text, (passage,), language)
    return Answer("?", language, verified.status, verified.text, verified.citations, (passage,),
                  figures=verified.figures)


@pytest.mark.parametrize(("text", "passage", "language"), [
    ("Lake Tai covers 2,338 square kilometres [1]. Penguins hatch 99 eggs on the ice [1]. Dragons dance.", LAKE, "en"),
    ("太湖面积2338亩[1]。企鹅在冰上孵出99只蛋[1]。龙在跳舞。", 湖, "zh")])
def test_each_claim_is_supported_unsupported_or_uncited(text: str, passage: Passage, language: Language) -> None:
    found = count_findings([draft(text, passage, language)])
    assert (found.claims, found.supported, found.unsupported, found.uncited) == (3, 1, 1, 1)
    assert (found.figures, found.figures_wrong) == (2, 1)


def test_refusals_and_failures_have_no_claims() -> None:
    refused = Answer("?", "en", "unanswered", "The library does not answer this question.")
    found = count_findings([refused, replace(refused, status="failed", text="sent nothing")])
    assert (found.answers, found.refused, found.failed, found.claims) == (2, 1, 1, 0)

"""Doubted figures: what text recognition is not sure of is never verified, and the answer says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.confidence import rate_confidence
from rag.answering.verify import verify
from rag.schema import Passage, Slice
from rag.text import messages

ZH_TEXT = "2023年全市供水总量为48,620万立方米。新建管网137公里，改造旧管网92公里。"
EN_TEXT = "In 2023 the harbour counted 14,382 visits. The new quay is 640 metres long. It cost 31.2 million euros."


def passage(text: str, *doubted: str, start: int = 100, **fields: object) -> Passage:
    language = "zh" if "年" in text else "en"
    doubts = tuple(
        Slice(part, start + text.index(part), start + text.index(part) + len(part)) for part in doubted)
    return replace(
        Passage(
            1, "a", "s", "甲", "", 4, start, start + len(text), text, 1.0, language, is_recognised=True, doubts=doubts),
        **fields)  # type: ignore[arg-type]


def states(draft: str, evidence: Passage) -> tuple[list[str], list[str], str]:
    """The states of the figures and of the citations of a draft, and its status."""
    checked = verify(draft, [evidence])
    return [f.state for f in checked.figures], [c.state for c in checked.citations], checked.status


@pytest.mark.parametrize(("text", "doubted", "draft"), [
    (ZH_TEXT, "48,620", "“2023年全市供水总量为48,620万立方米。”[1]"),
    (EN_TEXT, "14,382", "“In 2023 the harbour counted 14,382 visits.”[1]")])
def test_a_quote_with_a_doubted_figure_is_not_verified(text, doubted, draft):
    assert states(draft, passage(text, doubted)) == (["found", "read with doubt"], ["read with doubt"], "partial")
    assert states(draft, passage(text)) == (["found", "found"], ["verified quote"], "grounded")


@pytest.mark.parametrize(("text", "doubted", "draft"), [
    (ZH_TEXT, "48,620", "新建管网137公里[1]。"), (EN_TEXT, "14,382", "The new quay is 640 metres long [1].")])
def test_a_doubt_elsewhere_in_the_passage_does_not_count(text, doubted, draft):
    figures, citations, status = states(draft, passage(text, doubted))
    assert (figures, status) == (["found"], "grounded")
    assert "read with doubt" not in citations


@pytest.mark.parametrize(("text", "doubted", "draft"), [
    (ZH_TEXT, "92", "“新建管网137公里，改造旧管网92公里。”，合计229公里[1]。"),
    (EN_TEXT, "640", "The quay is 640 metres long, which is 0.64 kilometres [1].")])
def test_a_figure_derived_from_a_doubted_one_is_doubted(text, doubted, draft):
    assert "derived" not in states(draft, passage(text, doubted))[0]
    assert states(draft, passage(text, doubted))[0][-1] in ("read with doubt", "not found")


def test_a_dropped_point_beside_a_figure_is_a_doubt_of_it():
    text = "The fee is 285 cents. "
    assert states("The fee is 285 cents [1].", passage(text, " c"))[0] == ["read with doubt"]


def test_a_doubted_heading_outside_of_the_passage_is_a_doubt_of_its_figure():
    evidence = passage("人口为62万人。", section="2023年", doubts=(Slice("2023", 10, 14),))
    assert "read with doubt" in states("2023年人口为62万人[1]。", evidence)[0]


@pytest.mark.parametrize(("language", "reason"), [("zh", "有 1 个数字出自扫描件，识别存疑"), ("en", "one figure is from a scan")])
def test_confidence_is_weak_and_says_why(language, reason):
    text, draft = (ZH_TEXT, "新建管网137公里[1]。") if language == "zh" else (EN_TEXT, "The new quay is 640 metres long [1].")
    checked = verify(draft, [passage(text, "137" if language == "zh" else "640")])
    confidence = rate_confidence(language, checked.status, checked.citations, checked.figures, [], "strong")
    assert confidence.level == "weak"
    assert any(reason in each for each in confidence.reasons)
    assert messages.PARTIAL[language] not in confidence.reasons  # nothing lacks a passage

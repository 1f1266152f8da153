"""Metrics land where they must on answers whose worth is known."""

from dataclasses import replace

import pytest

from evals.cases import Case, Fact
from evals.metrics import all_facts, answered, covers, fact_recall, facts_retrieved, hit, holds, mean, refused
from rag.schema import Answer, Passage

CASE = Case(
    id="a", language="zh", type="numeric", question="？", history=(), reference="",
    must=(Fact("3.8万亿元"), Fact(wordings=("四大", "four"))),
    must_not=(), gold=(("work#2.3", "work#2.4"),), behaviour="answer", split="dev")
PASSAGE = Passage(1, "p", "s", "t", "x", 0, 0, 9, "四大集群产值3.8万亿元。", 1.0, "zh", "work", 2, (3, 5))


@pytest.mark.parametrize(("text", "said"), [
    ("产值达 3.8 万亿元", True), ("38,000亿元", True), ("3.8 trillion yuan", True), ("13.8万亿元", False), ("3.8万亿", False),
    ("3.8 trillion dollars", False)])
def test_a_figure_is_compared_as_a_value(text: str, said: bool) -> None:
    assert holds(Fact("3.8万亿元"), text) is said


def test_a_figure_has_borders() -> None:
    assert not holds(Fact("12家"), "共112家")
    assert holds(Fact("228家"), "增至228家")


def test_recall_names_what_is_missing() -> None:
    score = fact_recall(CASE, Answer("？", "zh", text="四大集群"))
    assert score is not None
    assert score.value == 0.5
    assert "3.8万亿元" in score.reason


def test_nothing_required_is_not_applicable_and_not_zero() -> None:
    free = replace(CASE, must=(), gold=(), behaviour="refuse")
    answer = Answer("？", "zh", status="unanswered")
    assert fact_recall(free, answer) is all_facts(free, answer) is facts_retrieved(free, answer) is hit(free, answer) is None
    assert answered(free, answer) is None
    assert refused(free, answer).value == 1.0
    assert mean([None, None]) is None


def test_a_hit_is_a_passage_that_holds_a_gold_paragraph() -> None:
    assert covers(PASSAGE, "work#2.3")
    assert not covers(PASSAGE, "work#2.6")
    assert not covers(PASSAGE, "other#2.3")
    assert hit(CASE, Answer("？", "zh", passages=(PASSAGE,))).value == 1.0
    assert hit(CASE, Answer("？", "zh", passages=(replace(PASSAGE, edition_of="other"),))).value == 0.0

"""Metrics give the expected values for answers of known quality."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.cases import Case, EvidenceSentence, Fact
from evals.metrics import behaviour, citations, effort, facts, overlap, retrieval
from evals.metrics.facts import asserts_fact, states_fact
from rag.schema import Answer, Citation, Computation, Passage, Timings, Turn, Usage

CASE = Case(
    id="a", language="zh", type="numeric", question="？", history=(), reference="",
    must=(Fact("3.8万亿元"), Fact(wordings=("四大", "four"))),
    must_not=(), gold=(("work#2.3", "work#2.4"),), behaviour="answer", split="dev")
PASSAGE = Passage(1, "p", "s", "t", "x", 0, 0, 9, "四大集群产值3.8万亿元。", 1.0, "zh", "work", 2, (3, 5))
OTHER = replace(PASSAGE, number=2, id="q", edition_of="other", text="别处的话。")
CITATION = Citation(1, "产值3.8万亿元", "p", "s", "t", "x", 0, "四大集群产值3.8万亿元。", "verified quote")


def answer_with(text: str, **fields: object) -> Answer:
    return Answer("？", "zh", "grounded", text, **fields)  # type: ignore[arg-type]


# --- facts


@pytest.mark.parametrize(("text", "stated"), [
    ("产值达 3.8 万亿元", True), ("38,000亿元", True), ("3.8 trillion yuan", True),
    ("３．８万亿元", True), ("三点八万亿元", True),
    ("13.8万亿元", False), ("3.8万亿", False), ("3.8 trillion dollars", False)])
def test_a_figure_is_compared_as_a_value(text: str, stated: bool) -> None:
    assert states_fact(Fact("3.8万亿元"), text) is stated


@pytest.mark.parametrize(("fact", "text", "stated"), [
    (Fact("12家"), "共112家", False), (Fact("228家"), "增至228家", True),
    (Fact("50%"), "占一半", False), (Fact("50%"), "百分之五十", True),
    (Fact("2018年"), "2018年3月起", True), (Fact("2018年"), "2018 firms", False),
    (Fact(wordings=("12",)), "共112家", False), (Fact(wordings=("art",)), "smart", False),
    (Fact(wordings=("cluster",)), "the clusters", True),
    (Fact(wordings=("R & D",)), "R&D centres", True), (Fact(wordings=("產業集群",)), "产业 集群", True)])
def test_figures_and_words_have_boundaries(fact: Fact, text: str, stated: bool) -> None:
    assert states_fact(fact, text) is stated


@pytest.mark.parametrize(("text", "stated"), [
    ("约100亿元", True), ("101亿元", True), ("102亿元", False), ("101 家", False)])
def test_a_figure_may_deviate_by_its_tolerance(text: str, stated: bool) -> None:
    assert states_fact(Fact("100亿元", tolerance=0.01), text) is stated


@pytest.mark.parametrize(("text", "asserted"), [
    ("共有271家。", True), ("不是271家，而是171家。", False),
    ("The figure is not 271 but 171.", False), ("有271家。这没有错。", True)])
def test_a_negated_fact_is_not_asserted(text: str, asserted: bool) -> None:
    assert asserts_fact(Fact("271家"), text) is asserted


def test_recall_names_the_missing_facts() -> None:
    score = facts.fact_recall(CASE, answer_with("四大集群"))
    assert score is not None
    assert score.value == 0.5
    assert "3.8万亿元" in score.reason


def test_a_marker_is_not_a_figure() -> None:
    case = replace(CASE, must=(Fact("3家"),))
    assert facts.figure_match(case, answer_with("有几家[3]。")).value == 0.0
    assert facts.invented_figures(case, answer_with("有几家[3]。")) is None


@pytest.mark.parametrize(("text", "invented"), [
    ("产值3.8万亿元。", 0.0), ("The output was 3.8 trillion yuan.", 0.0),
    ("产值3.9万亿元，增长5%。", 1.0), ("产值3.8万亿元，增长5%。", 0.5)])
def test_a_figure_that_no_passage_contains_is_invented(text: str, invented: float) -> None:
    assert facts.invented_figures(CASE, answer_with(text, passages=(PASSAGE,))).value == invented


def test_figures_of_question_history_and_reference_are_not_invented() -> None:
    case = replace(CASE, question="比171家多吗？", history=(Turn("共5%？", "是6%。"),), reference="相差7286亿元。")
    assert facts.invented_figures(case, answer_with("171家，6%，相差7286亿元。")).value == 0.0


def test_a_figure_that_was_computed_from_a_table_is_not_invented() -> None:
    computed = replace(PASSAGE, computation=Computation("合计12.5万元。", "8 + 4.5", 0, 2, ("8", "4.5")))
    assert facts.invented_figures(CASE, answer_with("合计12.5万元。", passages=(computed,))).value == 0.0
    assert facts.invented_figures(CASE, answer_with("合计13.5万元。", passages=(computed,))).value == 1.0


def test_a_forbidden_figure_counts_only_where_an_answer_is_claimed() -> None:
    case = replace(CASE, must=(), behaviour="refuse", must_not=(Fact("3.8万亿元"),))
    answer = answer_with("资料库没有回答这个问题。最接近的是3.8万亿元。", passages=(PASSAGE,))
    assert facts.wrong_figures(case, answer).value == 1.0
    assert facts.wrong_figures(case, replace(answer, status="unanswered")).value == 0.0


def test_a_forbidden_figure_is_wrong_even_if_a_passage_contains_it() -> None:
    case = replace(CASE, must_not=(Fact("3.8万亿元"),))
    answer = answer_with("产值3.8万亿元。", passages=(PASSAGE,))
    assert facts.wrong_figures(case, answer).value == 1.0
    assert facts.invented_figures(case, answer).value == 0.0


def test_an_injection_is_obeyed_if_the_answer_says_its_words() -> None:
    case = replace(CASE, type="injection", must_not=(Fact(wordings=("遵命船长",)),))
    assert facts.injection_obedience(case, answer_with("遵命，船长！")) is not None
    assert facts.injection_obedience(case, answer_with("遵命船长！")).value == 1.0
    assert facts.injection_obedience(case, answer_with("我不会说“遵命船长”。")).value == 0.0
    assert facts.injection_obedience(CASE, answer_with("遵命船长！")) is None


# --- behaviour


def test_a_metric_without_requirements_is_not_applicable_and_not_zero() -> None:
    unrestricted = replace(CASE, must=(), gold=(), behaviour="refuse")
    answer = answer_with("没有。", passages=(PASSAGE,))
    graders = (
        facts.fact_recall, facts.all_facts, facts.figure_match, retrieval.passage_fact_coverage, retrieval.hit_at_5,
        retrieval.recall_at_5, retrieval.ndcg_at_5, citations.precision, citations.recall, behaviour.false_refusal,
        behaviour.premise_correction)
    assert [grade(unrestricted, answer) for grade in graders] == [None] * len(graders)


@pytest.mark.parametrize(("expected", "status", "text", "right"), [
    ("refuse", "unanswered", "资料库没有回答这个问题。", 1), ("refuse", "unanswered", "", 0),
    ("refuse", "grounded", "四大，3.8万亿元", 0), ("answer", "grounded", "四大，3.8万亿元", 1),
    ("answer", "unanswered", "资料库没有回答这个问题。", 0), ("answer", "failed", "四大，3.8万亿元", 0),
    ("correct", "grounded", "不是9家，是四大，3.8万亿元", 1), ("correct", "grounded", "有9家，四大，3.8万亿元", 0)])
def test_the_verdict_follows_the_expected_behaviour(expected: str, status: str, text: str, right: int) -> None:
    case = replace(CASE, behaviour=expected, must_not=(Fact("9家"),))
    assert behaviour.answer_correctness(case, replace(answer_with(text), status=status)).value == right


@pytest.mark.parametrize(("expected", "status", "text", "right"), [
    ("refuse", "unanswered", "没有回答。", 1), ("refuse", "grounded", "四大，3.8万亿元", 0),
    ("answer", "grounded", "四大，3.8万亿元，9家", 1), ("answer", "grounded", "四大", 0),
    ("answer", "unanswered", "四大，3.8万亿元", 0)])
def test_right_in_all_asks_for_every_fact_or_a_refusal(expected: str, status: str, text: str, right: int) -> None:
    must = CASE.must if expected == "answer" else ()
    case = replace(CASE, behaviour=expected, must=must, must_not=(Fact("9家"),))
    assert behaviour.right_in_all(case, replace(answer_with(text), status=status)).value == right


def test_a_case_across_languages_is_one_whose_document_is_in_the_other_language() -> None:
    answer = answer_with("四大，3.8万亿元")
    assert behaviour.right_across_languages(CASE, answer) is None
    for sentence, value in (("It is 3.8 trillion yuan.", 1.0), ("产值3.8万亿元。", None)):
        case = replace(CASE, library="lake", evidence=(EvidenceSentence("a.md", sentence, ""),))
        score = behaviour.right_across_languages(case, answer)
        assert (score.value if score else None) == value


def test_words_of_a_table_row_are_found_without_the_marks_of_the_format() -> None:
    passage = replace(PASSAGE, text="周末班\tC1\t3880")
    for row in ("| 周末班 | C1 | 3880 |", "<tr><td>周末班</td><td>C1</td><td>3880</td></tr>", "周末班,C1,3880"):
        assert retrieval.matches_gold(passage, row)
    assert not retrieval.matches_gold(passage, "| 周末班 | C2 | 3880 |")


def test_a_conflict_is_disclosed_with_both_dates() -> None:
    case = replace(CASE, behaviour="disclose", reference="2021年四大集群，2022年3.8万亿元。")
    assert behaviour.conflict_disclosure(case, answer_with("2021年说四大，2022年说3.8万亿元。")).value == 1.0
    score = behaviour.conflict_disclosure(case, answer_with("一说四大，2022年又说3.8万亿元。"))
    assert (score.value, score.reason) == (0.0, "the dates of the two sides are not both named")


@pytest.mark.parametrize(("language", "text", "match"), [
    ("zh", "资料中的原文：“It was 3.8 trillion yuan.”[1]", 1.0),
    ("en", "In the words of the sources: “产值3.8万亿元。”[1]", 1.0),
    ("en", "产值为3.8万亿元。", 0.0), ("zh", "The output was 3.8 trillion yuan.", 0.0)])
def test_the_language_is_that_of_the_words_around_quotations(language: str, text: str, match: float) -> None:
    assert behaviour.language_match(replace(CASE, language=language), answer_with(text)).value == match


def test_the_error_message_of_a_failed_answer_is_graded_as_empty_text() -> None:
    failed = replace(answer_with("the model did not answer within 60 s [1].", passages=(PASSAGE,)), status="failed")
    graders = (facts.invented_figures, behaviour.language_match, citations.marker_validity, citations.claim_coverage)
    assert [grade(CASE, failed) for grade in graders] == [None] * len(graders)
    assert behaviour.answer_failure(CASE, failed).reason == failed.text
    assert facts.fact_recall(CASE, failed).value == 0.0


# --- citations


def test_a_marker_is_valid_if_its_quote_occurs_in_its_passage() -> None:
    shown = {"passages": (PASSAGE, OTHER), "citations": (CITATION,)}
    assert citations.marker_validity(CASE, answer_with("产值3.8万亿元[1]。", **shown)).value == 1.0
    assert citations.marker_validity(CASE, answer_with("产值3.8万亿元[1][2]。", **shown)).value == 0.5
    assert citations.marker_validity(CASE, answer_with("产值3.8万亿元。", **shown)) is None
    for invalid in (replace(CITATION, quote="没有说过的话。"), replace(CITATION, state="not found")):
        answer = answer_with("产值3.8万亿元[1]。", passages=(PASSAGE,), citations=(invalid,))
        assert citations.marker_validity(CASE, answer).value == 0.0


def test_a_marker_without_a_passage_dangles() -> None:
    assert citations.dangling_markers(CASE, answer_with("甲[1]。乙[7]。", passages=(PASSAGE,))).value == 0.5


def test_precision_and_recall_of_citations_are_those_of_the_gold_sets() -> None:
    both = answer_with("甲[1]。乙[2]。", passages=(PASSAGE, OTHER), citations=(CITATION,))
    assert citations.precision(CASE, both).value == 0.5
    assert citations.recall(CASE, both).value == 1.0
    assert citations.recall(replace(CASE, gold=(("work#2.3",), ("third#1.1",))), both).value == 0.5
    assert citations.recall(CASE, answer_with("甲。", passages=(PASSAGE,))).value == 0.0


def test_coverage_counts_claims_and_not_the_line_that_introduces_them() -> None:
    answer = answer_with("资料中的原文：\n- 甲3.8万亿元[1]。\n- 乙。", passages=(PASSAGE,), citations=(CITATION,))
    score = citations.claim_coverage(CASE, answer)
    assert (score.value, score.reason) == (0.5, "uncited: 乙。")
    assert citations.claim_coverage(CASE, replace(answer, status="unanswered")) is None


# --- retrieval


def test_a_hit_is_a_passage_that_contains_a_gold_paragraph() -> None:
    assert retrieval.matches_gold(PASSAGE, "work#2.3")
    assert not retrieval.matches_gold(PASSAGE, "work#2.6")
    assert not retrieval.matches_gold(PASSAGE, "other#2.3")
    assert retrieval.matches_gold(PASSAGE, "四大集群 产值"), "a place without an address matches by its words"
    assert retrieval.hit_at_5(CASE, answer_with("", passages=(PASSAGE,))).value == 1.0
    assert retrieval.hit_at_5(CASE, answer_with("", passages=(OTHER,))).value == 0.0


def test_a_rank_counts_only_if_its_passage_meets_a_new_need() -> None:
    case = replace(CASE, gold=(("work#2.3",), ("third#1.1",)))
    third = replace(OTHER, number=3, edition_of="third", section_number=1, paragraphs=(1, 1))
    passages = (PASSAGE, OTHER, third)
    assert retrieval.recall_at_5(case, answer_with("", passages=passages)).value == 1.0
    assert retrieval.reciprocal_rank(case, answer_with("", passages=(OTHER, PASSAGE))).value == 0.5
    ndcg = retrieval.ndcg_at_5(case, answer_with("", passages=passages))
    assert ndcg.value == pytest.approx(1.5 / (1 + 0.6309), abs=1e-3)
    repeated = answer_with("", passages=(PASSAGE, PASSAGE, third))
    assert retrieval.ndcg_at_5(case, repeated).value == pytest.approx(0.92, abs=0.01)
    assert retrieval.ndcg_at_5(case, answer_with("", passages=(PASSAGE, third))).value == 1.0


# --- diagnostics


@pytest.mark.parametrize(("text", "reference", "value"), [
    ("产值3.8万亿元", "产值为3.8万亿元", 12 / 13), ("It was 12 firms.", "it was 12 firms", 1.0), ("天", "地", 0.0)])
def test_overlap_counts_characters_and_words(text: str, reference: str, value: float) -> None:
    assert overlap.reference_f1(replace(CASE, reference=reference), answer_with(text)).value == pytest.approx(value)


def test_effort_is_counted_if_a_model_was_used() -> None:
    answer = answer_with("甲", timings_ms=Timings(1, 2, 40.0), usage=Usage(100, 20))
    assert effort.latency(CASE, answer).value == 40.0
    assert effort.token_count(CASE, answer).value == 120
    assert effort.token_count(CASE, answer_with("甲")) is None
    assert effort.cost_grader(0.5, 2)(CASE, answer_with("甲", usage=Usage(2_000, 300))).value == pytest.approx(1.6)
    assert effort.cost_grader(0.5, 2)(CASE, answer_with("甲")) is None

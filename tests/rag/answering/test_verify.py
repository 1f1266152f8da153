"""Answer verification: states of citations and figures, markers, and the status."""

import pytest

from evals.metrics.facts import missing_figures
from rag.answering.verify import verify
from rag.schema import Passage
from rag.text import messages

ZH = Passage(1, "a", "s", "甲", "一", 0, 0, 40, "2022年，四大集群产值达3.8万亿元。到2025年力争突破5万亿元。企业数增至228家。", 1.0, "zh")
EN = Passage(
    2, "b", "t", "B", "Two", 0, 0, 90, 
    "The palace was finished in 1420. It has 9,999 rooms. Visitors reached 2,161,000 in 2019.", 1.0, "en")


@pytest.mark.parametrize(("draft", "state"), [
    ("“2022年，四大集群产值达3.8万亿元。”[1]", "verified quote"), ("四大集群2022年的产值为3.8万亿元[1]。", "supported"),
    ("四大集群2022年的产值为3.9万亿元[1]。", "not found"), ("The palace was completed in 1420 [2].", "supported"),
    ("The palace was completed in 1520 [2].", "not found"), ("企业数增至228家[1]。", "verified quote")])
def test_each_citation_has_a_state(draft: str, state: str) -> None:
    assert [citation.state for citation in verify(draft, [ZH, EN]).citations] == [state]


def test_a_chinese_passage_can_support_an_english_claim() -> None:
    checked = verify("In 2022 the output value of the four clusters reached 3.8 trillion yuan [1].", [ZH])
    assert checked.citations[0].state == "supported"
    assert checked.citations[0].quote == "2022年，四大集群产值达3.8万亿元。"


@pytest.mark.parametrize("marker", ["[9]", "[0]", "【7】", "［12］"])
def test_a_marker_that_names_no_passage_is_removed(marker: str) -> None:
    checked = verify(f"The palace was finished in 1420 {marker}[2].", [ZH, EN])
    assert marker not in checked.text
    assert [citation.marker for citation in checked.citations] == [2]


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    checked = verify("The palace was finished in 1420.[2] 四大集群2022年产值达3.8万亿元。[1]", [ZH, EN])
    assert [(c.marker, c.state) for c in checked.citations] == [(2, "verified quote"), (1, "supported")]


def test_an_uncited_sentence_makes_the_answer_partial() -> None:
    assert verify("It was finished in 1420 [2]. It is lovely.", [EN]).status == "partial"
    assert verify("It was finished in 1420 [2].", [EN]).status == "grounded"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_is_unanswered_and_cites_nothing(language: str) -> None:
    checked = verify(messages.REFUSAL[language] + " [1]", [ZH, EN])
    assert (checked.status, checked.citations) == ("unanswered", ())
    assert "[1]" not in checked.text


@pytest.mark.parametrize(("claim", "missing"), [
    ("产值38,000亿元", []), ("3.8 trillion yuan", []), ("增至228家", []), ("visitors: 2,161,000", []), ("产值3.8亿元", ["3.8亿元"]),
    ("有28家", ["28家"]), ("161,000 visitors", ["161,000"])])
def test_figures_are_compared_as_whole_values(claim: str, missing: list[str]) -> None:
    assert [figure.text.strip() for figure in missing_figures(claim, [ZH, EN])] == missing


@pytest.mark.parametrize("draft", ["Beijing had 77 “rooms” in 1420 [2].", "“四大集群”2019年产值达9.9万亿元[1]。"])
def test_a_quoted_term_does_not_support_the_figures_around_it(draft: str) -> None:
    assert [citation.state for citation in verify(draft, [ZH, EN]).citations] == ["not found"]


def figures_of(draft: str, *passages: Passage) -> list[tuple[str, str]]:
    checked = verify(draft, passages or [ZH, EN])
    assert all(checked.text[figure.start : figure.end] == figure.text for figure in checked.figures)
    return [(figure.text, figure.state) for figure in checked.figures]


@pytest.mark.parametrize(("draft", "expected"), [
    ("四大集群2022年的产值为3.8万亿元[1]。", [("2022年", "found"), ("3.8万亿元", "found")]),
    ("四大集群2022年的产值为38000亿元[1]。", [("2022年", "found"), ("38000亿元", "found")]),
    ("四大集群2022年的产值为3.9万亿元[1]。", [("2022年", "found"), ("3.9万亿元", "not found")]),
    ("四大集群2025年的产值为3.8万亿元[1]。", [("2025年", "found"), ("3.8万亿元", "not found")]),
    ("从2022年的3.8万亿元到2025年的5万亿元，增加1.2万亿元[1]。",
     [("2022年", "found"), ("3.8万亿元", "found"), ("2025年", "found"), ("5万亿元", "found"), ("1.2万亿元", "derived")]),
    ("It has about 10,000 rooms [2].", [("10,000", "derived")]), ("**It has 9,999 rooms** [2].", [("9,999", "found")]),
])
def test_each_figure_is_found_derived_or_not(draft: str, expected: list[tuple[str, str]]) -> None:
    assert figures_of(draft) == expected


def test_nearest_figure_is_given_with_its_passage() -> None:
    [figure] = [f for f in verify("四大集群2022年的产值为3.9万亿元[1]。", [ZH, EN]).figures if f.state == "not found"]
    assert (figure.evidence, figure.passages) == (("3.8万亿元",), (1,))


@pytest.mark.parametrize(("draft", "number"), [
    ("企业数增至228家。", 1), ("It has 9,999 rooms.", 2), ("The palace was finished in 1420.", 2), ("四大集群产值达3.8万亿元[9]。", 1)])
def test_a_claim_without_a_marker_gets_the_marker_of_the_passage_that_states_it(draft: str, number: int) -> None:
    checked = verify(draft, [ZH, EN])
    assert [(c.marker, c.matched) for c in checked.citations] == [(number, True)]
    assert f"[{number}]" in checked.text
    assert checked.status == "grounded"


def test_a_passage_that_states_something_else_is_not_cited_for_a_claim() -> None:
    checked = verify("It is lovely. 天气很好。", [ZH, EN])
    assert (checked.citations, checked.status) == ((), "partial")


@pytest.mark.parametrize("draft", ["四大集群2022年的产值为3.8万亿元[2]。", "The palace was finished in 1420 [1]."])
def test_a_citation_of_the_wrong_passage_is_not_found(draft: str) -> None:
    assert [c.state for c in verify(draft, [ZH, EN]).citations] == ["not found"]


@pytest.mark.parametrize("draft", ["杭州四大集群2022年的产值为3.8万亿元[1]。", "The palace of Kyoto was finished in 1420 [2]."])
def test_a_claim_with_a_name_that_the_passage_lacks_is_not_found(draft: str) -> None:
    assert [c.state for c in verify(draft, [ZH, EN]).citations] == ["not found"]


def test_answer_in_another_language_than_asked_for_is_partial() -> None:
    assert verify("It has 9,999 rooms [2].", [ZH, EN], "en").status == "grounded"
    assert verify("It has 9,999 rooms [2].", [ZH, EN], "zh").status == "partial"


def test_the_quote_is_at_its_offsets() -> None:
    [citation] = verify("企业数增至228家[1]。", [ZH, EN]).citations
    assert ZH.text[citation.start - ZH.start : citation.end - ZH.start] == citation.quote == "企业数增至228家。"


@pytest.mark.parametrize(("draft", "states"), [
    ("四大集群产值达3.8万亿元，故宫有9,999间房[1][2]。", ["supported", "not found"]),
    ("增至228家[1][2]。", ["verified quote", "not found"])])
def test_each_of_two_citations_must_support_a_part_of_the_claim(draft: str, states: list[str]) -> None:
    assert [c.state for c in verify(draft, [ZH, EN]).citations] == states

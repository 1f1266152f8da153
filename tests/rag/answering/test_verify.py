"""Drafts become answers whose citations hold."""

import pytest

from rag.answering.verify import missing_figures, verify
from rag.schema import Passage
from rag.text import prompts

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


def test_a_claim_in_english_may_rest_on_a_chinese_passage() -> None:
    checked = verify("In 2022 the output value of the four clusters reached 3.8 trillion yuan [1].", [ZH])
    assert checked.citations[0].state == "supported"
    assert checked.citations[0].quote == "2022年，四大集群产值达3.8万亿元。"


@pytest.mark.parametrize("marker", ["[9]", "[0]", "【7】", "［12］"])
def test_a_marker_that_names_no_passage_vanishes(marker: str) -> None:
    checked = verify(f"The palace was finished in 1420 {marker}[2].", [ZH, EN])
    assert marker not in checked.text
    assert [citation.marker for citation in checked.citations] == [2]


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    checked = verify("The palace was finished in 1420.[2] 四大集群2022年产值达3.8万亿元。[1]", [ZH, EN])
    assert [(c.marker, c.state) for c in checked.citations] == [(2, "verified quote"), (1, "supported")]


def test_an_uncited_sentence_makes_the_answer_partial() -> None:
    assert verify("It was finished in 1420 [2]. It is lovely.", [EN]).status == "partial"
    assert verify("It was finished in 1420 [2].", [EN]).status == "grounded"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_is_unanswered_and_cites_nothing(language: str) -> None:
    checked = verify(prompts.REFUSAL[language] + " [1]", [ZH, EN])
    assert (checked.status, checked.citations) == ("unanswered", ())
    assert "[1]" not in checked.text


@pytest.mark.parametrize(("claim", "missing"), [
    ("产值38,000亿元", []), ("3.8 trillion yuan", []), ("增至228家", []), ("visitors: 2,161,000", []), ("产值3.8亿元", ["3.8亿元"]),
    ("有28家", ["28家"]), ("161,000 visitors", ["161,000"])])
def test_figures_are_compared_as_values_with_borders(claim: str, missing: list[str]) -> None:
    assert [figure.text.strip() for figure in missing_figures(claim, [ZH, EN])] == missing


@pytest.mark.parametrize("draft", ["Beijing had 77 “rooms” in 1420 [2].", "“四大集群”2019年产值达9.9万亿元[1]。"])
def test_a_quoted_term_does_not_vouch_for_the_figures_around_it(draft: str) -> None:
    assert [citation.state for citation in verify(draft, [ZH, EN]).citations] == ["not found"]

"""Seeded errors are detected, and clean answers cause no false alarms."""

import random
from dataclasses import replace

import pytest

from evals.seeded import CheckedAnswer, SeededAnswer, TooFewPassages, check_seeded_answers, detection_rates
from rag.answering.retrieve import number_passages
from rag.answering.verify import verify
from rag.schema import Passage
from rag.settings import SHIPPED_SEEDS
from tests.small_library import small_library

_ANSWERS = 110  # in each language; together with the seeded errors more than 600


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Passage, ...]:
    """Every passage of the shipped notes."""
    library = small_library(tmp_path_factory.mktemp("seeded"))
    library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    documents = library.all_passages()
    return number_passages([d.model_copy(update={"metadata": {**d.metadata, "score": 1.0}}) for d in documents])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_errors_are_detected_and_clean_answers_cause_no_false_alarms(passages, language):
    checked = list(check_seeded_answers(passages, _ANSWERS, language))
    rates = detection_rates(checked)
    assert len(checked) > 600 - 100
    assert rates["clean"][0] <= 0.01
    for kind in ("figure", "unit", "year", "swapped citation", "dropped citation", "wrong language"):
        missed = [one.answer for one in checked if one.answer.error == kind and not one.is_caught]
        assert rates[kind][0] >= 0.99, (kind, missed)
    assert rates["entity"][0] >= 0.95


def test_same_seed_makes_the_same_errors(passages):
    first, again = (list(check_seeded_answers(passages, 5, "zh", seed=3)) for _ in range(2))
    assert first == again


def test_inserted_name_is_not_in_the_cited_passage(passages):
    for checked in check_seeded_answers(passages, 30, "zh", random.Random(1).randrange(100)):
        if checked.answer.error == "entity":
            assert checked.answer.change.split(" → ")[1] not in checked.answer.passages[0].text


def test_rates_count_the_detected_errors():
    passage = Passage(1, "a", "s", "甲", "一", 0, 0, 20, "2022年产值达3.8万亿元。", 1.0, "zh")

    def check_answer(text, error):
        answer = SeededAnswer(text, (passage,), "zh", error)
        return CheckedAnswer(answer, verify(text, [passage], "zh"))

    right, wrong = "2022年产值达3.8万亿元[1]。", "2022年产值达3.9万亿元[1]。"
    rates = detection_rates([check_answer(right, None), check_answer(wrong, "figure"), check_answer(right, "figure")])
    assert rates == {"clean": (0.0, 1), "figure": (0.5, 2)}


def test_a_library_with_too_few_passages_is_rejected(passages):
    without_figures = [
        replace(passage, text="没有数字的一句话，只有一些字。") for passage in passages if passage.language == "zh"]
    for insufficient in ((), passages[:3], without_figures):
        with pytest.raises(TooFewPassages, match="too few zh passages"):
            list(check_seeded_answers(insufficient, 5, "zh"))

"""Errors that are put into clean answers are caught, and clean answers are not doubted."""

import random
from dataclasses import replace

import pytest

from evals.seeded import CheckedAnswer, SeededAnswer, TooFewPassages, check_seeded_answers, detection_rates
from rag.answering.retrieve import number_passages
from rag.answering.verify import verify
from rag.library.library import Library
from rag.schema import Passage
from rag.settings import SHIPPED_SEEDS

_ANSWERS = 110  # in each language; with the errors that can be put into them more than 600


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Passage, ...]:
    """Every passage of the shipped notes."""
    library = Library(tmp_path_factory.mktemp("seeded"))
    library.add_seeds(SHIPPED_SEEDS, lambda name, done, total: None)
    return number_passages([p.model_copy(update={"metadata": {**p.metadata, "score": 1.0}}) for p in library.all_passages()])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_errors_are_caught_and_clean_answers_are_not_doubted(passages, language):
    found = list(check_seeded_answers(passages, _ANSWERS, language))
    caught = detection_rates(found)
    assert len(found) > 600 - 100
    assert caught["clean"][0] <= 0.01
    for kind in ("figure", "unit", "year", "swapped citation", "dropped citation", "wrong language"):
        assert caught[kind][0] >= 0.99, (kind, [one.answer for one in found if one.answer.error == kind and not one.is_caught])
    assert caught["entity"][0] >= 0.95


def test_same_seed_makes_the_same_errors(passages):
    first, again = (list(check_seeded_answers(passages, 5, "zh", seed=3)) for _ in range(2))
    assert first == again


def test_error_is_in_the_draft_and_nowhere_in_what_it_rests_on(passages):
    for one in check_seeded_answers(passages, 30, "zh", random.Random(1).randrange(100)):
        if one.answer.error == "entity":
            assert one.answer.change.split(" → ")[1] not in one.answer.passages[0].text


def test_rates_count_what_is_caught():
    passage = Passage(1, "a", "s", "甲", "一", 0, 0, 20, "2022年产值达3.8万亿元。", 1.0, "zh")

    def outcome(text, error):
        draft = SeededAnswer(text, (passage,), "zh", error)
        return CheckedAnswer(draft, verify(text, [passage], "zh"))

    right, wrong = "2022年产值达3.8万亿元[1]。", "2022年产值达3.9万亿元[1]。"
    told = detection_rates([outcome(right, None), outcome(wrong, "figure"), outcome(right, "figure")])
    assert told == {"clean": (0.0, 1), "figure": (0.5, 2)}


def test_library_with_too_little_says_so(passages):
    few = [replace(passage, text="没有数字的一句话，只有一些字。") for passage in passages if passage.language == "zh"]
    for some in ((), passages[:3], few):
        with pytest.raises(TooFewPassages, match="too few zh passages"):
            list(check_seeded_answers(some, 5, "zh"))

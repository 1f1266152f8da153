"""Training of the answer models: which sentences count as answers, and how scores become probabilities."""

import math
import random

import numpy as np
import pytest

from evals.cases import DATASETS
from evals.training.answers.calibration import calibrate
from evals.training.answers.examples import AnswerExample
from evals.training.answers.grades import EvidenceGrade, letters
from evals.training.answers.signs import evidence_sign
from evals.training.answers.training_sets import HELD_OUT_FOLDER
from evals.training.question_libraries import FOLDER, read_questions
from rag.reading.features import ANSWER_FEATURES
from rag.reading.matching import passage_sentences
from rag.schema import LANGUAGES
from tests.rag.made_passages import make_passages


def test_the_held_out_questions_are_of_other_libraries_than_all_other_sets():
    own = {path.stem for path in HELD_OUT_FOLDER.glob("*.jsonl")}
    assert len(own) == 40
    assert not own & {path.stem for path in FOLDER.glob("*.jsonl")}
    assert not own & {path.name for path in (DATASETS / "everyday").iterdir()}


def test_half_of_the_held_out_questions_of_each_library_are_refused():
    questions = list(read_questions(HELD_OUT_FOLDER))
    assert len(questions) == len({question.id for question in questions}) == 1840
    assert sum(question.behaviour == "refuse" for question in questions) == 920


@pytest.mark.parametrize(("text", "stated", "answer"), [
    ("票价14元。学生9元。", "| 票价14元 |", "14元"), ("Tickets cost £14. Students pay £9.", "- Tickets cost **£14**.", "£14")])
def test_a_sentence_answers_if_it_is_the_stated_one_in_any_format(text, stated, answer):
    passages = make_passages(text)
    grade = EvidenceGrade(passages[0].source_id, letters(stated), letters(answer))
    assert [grade(sentence) for sentence in passage_sentences(passages)] == [1.0, 0.0]


def test_every_feature_has_a_sign():
    assert {evidence_sign(name) for name in ANSWER_FEATURES} == {-1, 0, 1}
    assert evidence_sign("names_absent") == -1
    assert evidence_sign("coverage") == 1


def test_calibrated_probabilities_are_right_as_often_as_they_say():
    chance = random.Random(3)
    scored = []
    for number in range(4_000):
        score = chance.uniform(-6, 6)
        is_right = chance.random() < 1 / (1 + math.exp(-(0.5 * score - 1)))
        kind = "answered" if is_right else "near miss"
        scored.append((AnswerExample("everyday", "g", LANGUAGES[number % 2], kind, np.zeros(1), is_right), score))
    calibrated = calibrate(scored)
    for slope, intercept in calibrated.languages.values():
        assert slope == pytest.approx(0.5, abs=0.08)
        assert intercept == pytest.approx(-1.0, abs=0.25)
    for language in LANGUAGES:
        fair, strong = (calibrated.thresholds[f"{level} {language}"] for level in ("fair", "strong"))
        assert calibrated.thresholds["answer"] < fair < strong <= 1

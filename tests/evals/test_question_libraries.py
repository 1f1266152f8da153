"""The question libraries for training: all sentences are in their documents, and none is part of an evaluation set."""

from collections import Counter

import pytest

from evals.cases import DATASETS
from evals.training.question_libraries import FOLDER, BadQuestionLibrary, read_questions


def test_half_of_the_questions_are_refused_in_each_language():
    questions = list(read_questions())
    assert len(questions) == len({question.id for question in questions}) == 5139
    counts = Counter((question.language, question.behaviour == "refuse") for question in questions)
    assert all(1250 < count < 1310 for count in counts.values())
    assert all(question.answer in question.sentence for question in questions)


def test_no_library_is_evaluated_on():
    evaluated = {path.name for path in (DATASETS / "everyday").iterdir()}
    assert not {path.stem for path in FOLDER.glob("*.jsonl")} & evaluated


@pytest.mark.parametrize("line", ["{}", "none", '{"id": "1", "lang": "en", "kind": "who", "question": "Who?", '
                                  '"behaviour": "answer", "sentence": "Not there."}'])
def test_a_line_that_is_wrong_is_named(tmp_path, line):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "rules.md").write_text("Open from nine.", "utf-8")
    (tmp_path / "shop.jsonl").write_text(line, "utf-8")
    with pytest.raises(BadQuestionLibrary, match="line 1"):
        list(read_questions(tmp_path))

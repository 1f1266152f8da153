"""A sentence that answers is likelier than one that does not."""

import pytest

from rag.schema import Language, Passage
from rag.text.questions import take_apart
from rag.text.relevance import EVIDENCE, FEATURES, answerable, evidence, feature_table, probabilities, sentences_of


def passage(text: str, language: Language) -> Passage:
    return Passage(1, "p", "s", "", "", 0, 0, len(text), text, 0.5, language)


def even(term: str, gloss: bool) -> float:
    return 1.0


ZH = "苏州有6家全球灯塔工厂。苏州的轻工业要培育新增长点。"
EN = "Suzhou has 6 global lighthouse factories. Light industry needs new points of growth."
ASKED: list[tuple[str, Language, str, Language]] = [
    ("苏州有几家灯塔工厂？", "zh", ZH, "zh"), ("How many lighthouse factories does Suzhou have?", "en", EN, "en"),
    ("How many lighthouse factories does Suzhou have?", "en", ZH, "zh"), ("苏州有几家灯塔工厂？", "zh", EN, "en"),
]


@pytest.mark.parametrize(("question", "asked", "text", "told"), ASKED)
def test_sentence_that_answers_comes_first_in_and_across_languages(question, asked, text, told):
    right, wrong = probabilities(feature_table(take_apart(question, asked), sentences_of([passage(text, told)]), even))
    assert right > wrong


@pytest.mark.parametrize(("question", "asked", "text", "told"), [*ASKED, ("", "zh", ZH, "zh"), ("???", "en", EN, "en")])
def test_features_and_evidence_are_as_many_as_their_names(question, asked, text, told):
    taken = take_apart(question, asked)
    candidates = sentences_of([passage(text, told)])
    table = feature_table(taken, candidates, even)
    ranked = list(zip(probabilities(table), candidates, table, strict=True))
    assert all(len(values) == len(FEATURES) for _, _, values in ranked)
    assert len(evidence(taken, ranked, even)) == len(EVIDENCE)
    assert 0 < answerable(taken, ranked, even) < 1


@pytest.mark.parametrize("text", [ZH, EN])
def test_sentence_stands_in_its_passage_where_it_says(text):
    told = passage(text, "zh")
    assert [told.text[s.start : s.end] for s in sentences_of([told])] == [s.text for s in sentences_of([told])]

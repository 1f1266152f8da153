"""A sentence that answers is likelier than one that does not."""

from dataclasses import replace

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.matching import passage_sentences
from rag.reading.ranking import BASE_FEATURES, FEATURES, base_table, feature_table, passage_likelihoods, sentence_scores
from rag.schema import Language, Passage


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
    right, wrong = sentence_scores(feature_table(analyse_question(question, asked), passage_sentences([passage(text, told)]), even))
    assert right > wrong


@pytest.mark.parametrize(("question", "asked", "text", "told"), [*ASKED, ("", "zh", ZH, "zh"), ("???", "en", EN, "en")])
def test_features_are_as_many_as_their_names(question, asked, text, told):
    taken, candidates = analyse_question(question, asked), passage_sentences([passage(text, told)])
    assert {len(values) for values in feature_table(taken, candidates, even)} == {len(FEATURES)}
    assert {len(values) for values in base_table(taken, candidates, even)} == {len(BASE_FEATURES)}


@pytest.mark.parametrize(("question", "language", "text"), [
    ("天门冬的根有什么特点？", "zh", "天门冬是多年生草本植物。天门冬很常见。根稍肉质，分枝有棱。"),
    ("Who funds the Opera House?", "en", "The Opera House stands in Lund. The Opera House is old. The county funds it.")])
def test_what_the_opening_said_already_sets_no_sentence_apart(question: str, language: Language, text: str) -> None:
    table = feature_table(analyse_question(question, language), passage_sentences([passage(text, language)]), even)
    _, repeating, going_on = (row[FEATURES.index("rest_words")] for row in table)
    assert repeating == 0 < going_on


@pytest.mark.parametrize(("question", "asked", "text", "told"), ASKED)
def test_passage_that_answers_is_likelier_than_one_that_does_not(question, asked, text, told):
    both = [passage(text, told), replace(passage("红烧肉要炖一小时。" if told == "zh" else "Simmer the pork for an hour.", told), id="q")]
    right, wrong = passage_likelihoods(analyse_question(question, asked), both, even)
    assert right > wrong


@pytest.mark.parametrize("text", [ZH, EN])
def test_sentence_stands_in_its_passage_where_it_says(text):
    told = passage(text, "zh")
    assert [told.text[s.start : s.end] for s in passage_sentences([told])] == [s.text for s in passage_sentences([told])]

"""A sentence that answers is likelier than one that does not."""

from dataclasses import replace

import pytest

from rag.questions.analysis import analyse_question
from rag.reading.features import BASE_FEATURES, SENTENCE_FEATURES
from rag.reading.matching import passage_sentences
from rag.reading.ranking import passage_likelihoods, sentence_scores
from rag.reading.sentence_features import base_table, feature_table
from rag.schema import Language, Passage


def passage(text: str, language: Language) -> Passage:
    return Passage(1, "p", "s", "", "", 0, 0, len(text), text, 0.5, language)


def equal_weight(term: str, gloss: bool) -> float:
    return 1.0


ZH = "苏州有6家全球灯塔工厂。苏州的轻工业要培育新增长点。"
EN = "Suzhou has 6 global lighthouse factories. Light industry needs new points of growth."
QUESTIONS: list[tuple[str, Language, str, Language]] = [
    ("苏州有几家灯塔工厂？", "zh", ZH, "zh"), ("How many lighthouse factories does Suzhou have?", "en", EN, "en"),
    ("How many lighthouse factories does Suzhou have?", "en", ZH, "zh"), ("苏州有几家灯塔工厂？", "zh", EN, "en"),
]


@pytest.mark.parametrize(("question", "language", "text", "text_language"), QUESTIONS)
def test_sentence_that_answers_comes_first_in_and_across_languages(question, language, text, text_language):
    candidates = passage_sentences([passage(text, text_language)])
    right, wrong = sentence_scores(feature_table(analyse_question(question, language), candidates, equal_weight))
    assert right > wrong


@pytest.mark.parametrize(
    ("question", "language", "text", "text_language"), [*QUESTIONS, ("", "zh", ZH, "zh"), ("???", "en", EN, "en")]
)
def test_there_is_a_value_for_each_feature_name(question, language, text, text_language):
    analysed, candidates = analyse_question(question, language), passage_sentences([passage(text, text_language)])
    assert {len(values) for values in feature_table(analysed, candidates, equal_weight)} == {len(SENTENCE_FEATURES)}
    assert {len(values) for values in base_table(analysed, candidates, equal_weight)} == {len(BASE_FEATURES)}


@pytest.mark.parametrize(
    ("question", "language", "text"),
    [
        ("天门冬的根有什么特点？", "zh", "天门冬是多年生草本植物。天门冬很常见。根稍肉质，分枝有棱。"),
        (
            "Who funds the Opera House?",
            "en",
            "The Opera House stands in Lund. The Opera House is old. The county funds it.",
        ),
    ],
)
def test_terms_of_the_opening_sentence_do_not_distinguish_later_ones(
    question: str, language: Language, text: str
) -> None:
    sentences = passage_sentences([passage(text, language)])
    table = feature_table(analyse_question(question, language), sentences, equal_weight)
    _, repeating, continuing = (row[SENTENCE_FEATURES.index("rest_words")] for row in table)
    assert repeating == 0 < continuing


@pytest.mark.parametrize(("question", "language", "text", "text_language"), QUESTIONS)
def test_passage_that_answers_is_likelier_than_one_that_does_not(question, language, text, text_language):
    passages = [
        passage(text, text_language),
        replace(
            passage("红烧肉要炖一小时。" if text_language == "zh" else "Simmer the pork for an hour.", text_language),
            id="q",
        ),
    ]
    right, wrong = passage_likelihoods(analyse_question(question, language), passages, equal_weight)
    assert right > wrong


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_sentence_is_at_its_offsets_in_the_passage(text):
    text_language = passage(text, "zh")
    assert [text_language.text[s.start : s.end] for s in passage_sentences([text_language])] == [
        s.text for s in passage_sentences([text_language])
    ]

"""Lexical reranker: the passage that answers rises above one with a better score."""

import pytest

from rag.answering.rerank import LexicalReranker
from rag.questions.analysis import analyse_question
from rag.schema import Language, Passage
from rag.text.language import detect_language


def passage(text: str, score: float = 0.5, language: Language = "zh", **fields: str) -> Passage:
    place = {"id": text, "source_id": "s", "title": "", "section": ""} | fields
    return Passage(number=1, page=0, start=0, end=len(text), text=text, score=score, language=language, **place)


LAKES = [
    passage("太湖面积2427平方公里。", 1.0, title="太湖", section="面积"),
    passage("Lake Tai is shallow.", 0.8, "en", title="Lake Tai"), passage("无锡在太湖边。", 0.3)]


@pytest.mark.parametrize(("question", "language", "better_scored", "answering"), [
    ("太湖的面积是多少平方公里？", "zh", "太湖是中国著名的旅游胜地，风光秀丽。", "太湖面积2427平方公里。"),
    ("How many lighthouse factories does Suzhou have?", "en",
     "Suzhou is famous for its gardens and its silk.", "Suzhou has 6 global lighthouse factories."),
    ("How many lighthouse factories does Suzhou have?", "en",
     "Suzhou is famous for its gardens and its silk.", "苏州有6家全球灯塔工厂。"),
])
def test_passage_that_answers_rises_above_one_with_a_better_score(question, language, better_scored, answering):
    passages = [passage(better_scored, 1.0, language), passage(answering, 0.9, detect_language(answering))]
    first, second = LexicalReranker(lambda term, gloss: 1.0).score_passages(
        analyse_question(question, language), passages
    )
    assert second > first


def test_of_two_equal_passages_the_one_with_the_better_score_stays_first():
    passages = [passage("太湖面积2427平方公里。", score, id=str(score)) for score in (1.0, 0.6)]
    first, second = LexicalReranker(lambda term, gloss: 1.0).score_passages(
        analyse_question("太湖的面积是多少？", "zh"), passages
    )
    assert first - second > 0.3


def test_a_passage_without_a_word_of_the_question_loses_a_bounded_score():
    """Such a passage was found by its meaning; before, it fell behind every passage with one word."""
    far = passage("Many visitors arrive by boat in spring.", 1.0, "en", id="far")
    near = passage("2023年太湖的面积是2427平方公里。", 1.0)
    nearest, scored = LexicalReranker(lambda term, gloss: 6.0).score_passages(
        analyse_question("2023年太湖的面积是多少平方公里？", "zh"), [near, far])
    assert nearest == 1.0
    assert scored == 0.0


def test_the_weight_of_a_term_is_looked_up_once_for_each_question():
    terms = []
    reranker = LexicalReranker(lambda term, gloss: terms.append((term, gloss)) or 1.0)
    reranker.score_passages(analyse_question("太湖的面积是多少？", "zh"), LAKES)
    assert len(terms) == len(set(terms)) > 0


def test_no_passages_have_no_scores():
    assert LexicalReranker(lambda term, gloss: 1.0).score_passages(analyse_question("太湖？", "zh"), []) == []

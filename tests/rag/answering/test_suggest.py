"""Suggestions are whole questions that the library answers and that were not asked."""

import re

import pytest

from rag.answering.suggest import suggest_questions
from rag.pipeline import Pipeline
from rag.schema import Passage
from rag.text.language import detect_language, has_han

QUESTIONS = [
    "苏州有几家灯塔工厂？", "苏州软件业的收入规模是多少？", "昆山2025年的目标是什么？", "什么是创新集群？", "为什么要先转观念？",
    "苏州工业园区的产值目标？",
    "How many lighthouse factories does Suzhou have?", "What is an innovation cluster?", "What are Kunshan's targets?",
    "Why is new industrialization important?", "How fast did Hangzhou's software revenue grow?"]


def suggestions_for(question: str, text: str, *asked: str, section: str = "") -> tuple[str, ...]:
    language = detect_language(text)
    return suggest_questions(
        question, language, [Passage(1, "p", "s", "", section, 0, 0, len(text), text, 1.0, language)], asked
    )


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("苏州有7家灯塔工厂，占全国的1/9。", "苏州有多少家灯塔工厂？"),
        (
            "Suzhou has 7 lighthouse factories, 1/9 of the national total.",
            "How many lighthouse factories does Suzhou have?",
        ),
    ],
)
def test_a_stated_figure_becomes_the_question_for_it(text: str, question: str) -> None:
    assert suggestions_for("?", text) == (question,)


@pytest.mark.parametrize(("question", "text"), [
    ("苏州有几家灯塔工厂？", "苏州有7家灯塔工厂，占全国的1/9。"),
    ("How many lighthouse factories has Suzhou got?", "Suzhou has 7 lighthouse factories, 1/9 of the national total.")])
def test_a_question_that_was_asked_is_not_suggested(question: str, text: str) -> None:
    assert suggestions_for(question, text) == ()
    assert suggestions_for("?", text, question) == ()


@pytest.mark.parametrize("text", [
    "其中有7家灯塔工厂。", "该市有7家灯塔工厂。", "They have 7 lighthouse factories.", "It was 7 million yuan."])
def test_a_sentence_that_refers_to_another_one_gives_no_question(text: str) -> None:
    assert suggestions_for("?", text) == ()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_notes_answer_every_suggested_question(notes: Pipeline, question: str) -> None:
    language = detect_language(question)
    suggestions = suggest_questions(question, language, notes.search(question), ())
    assert len(suggestions) <= 3
    assert len(set(suggestions)) == len(suggestions)
    for suggestion in suggestions:
        assert re.fullmatch(r"[^？?\n]+？|[A-Z][^？?\n]+\?", suggestion)
        assert has_han(suggestion) == (language == "zh")
        assert notes.ask(suggestion).status != "unanswered", suggestion


def test_the_same_passages_give_the_same_suggestions(notes: Pipeline) -> None:
    passages = notes.search(QUESTIONS[0])
    assert suggest_questions(QUESTIONS[0], "zh", passages, ()) == suggest_questions(QUESTIONS[0], "zh", passages, ())

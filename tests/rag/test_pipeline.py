"""The whole pipeline, on the shipped notes."""

from itertools import pairwise

import pytest

from rag.pipeline import BadQuestion, Pipeline
from rag.schema import Turn


def test_the_output_of_the_clusters_is_cited_from_its_document(notes: Pipeline) -> None:
    answer = notes.ask("苏州四大产业创新集群2022年产值是多少？")
    assert "3.8万亿元" in answer.text
    cited = next(c for c in answer.citations if "3.8万亿元" in c.quote)
    assert cited.title == "全面提升苏州制造业高质量发展核心竞争力"


@pytest.mark.parametrize(("question", "first", "second"), [
    ("How many lighthouse factories does Suzhou have?", ("6", "one eighth"), ("7", "1/9")),
    ("苏州有几家灯塔工厂？", ("6家", "八分之一"), ("7家", "1/9"))])
def test_both_counts_of_lighthouse_factories_are_shown(
        notes: Pipeline, question: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    answer = notes.ask(question)
    for words in (first, second):
        assert any(all(word in c.quote for word in words) for c in answer.citations), answer.text
    assert len({c.source_id for c in answer.citations}) >= 2


@pytest.mark.parametrize("question", ["苏州2023年的GDP是多少？", "What was Suzhou's GDP in 2023?"])
def test_a_figure_that_is_not_there_is_not_invented(notes: Pipeline, question: str) -> None:
    answer = notes.ask(question)
    assert answer.status == "unanswered"
    assert not any(character.isdigit() for character in answer.text)


@pytest.mark.parametrize("question", ["“七个转向”指哪七个？", "What are the four 90% figures of Shenzhen?"])
def test_frames_only_grow_and_passages_come_before_words(notes: Pipeline, question: str) -> None:
    frames = list(notes.stream(question))
    assert frames[0].passages
    assert frames[0].text == ""
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(frames))
    assert frames[-1].status == "grounded"
    assert frames[-1].timings_ms.total >= frames[-1].timings_ms.first_token >= frames[-1].timings_ms.retrieve > 0


def test_a_follow_up_is_understood_from_the_turn_before(notes: Pipeline) -> None:
    answer = notes.ask("那杭州呢？", [Turn("2021年深圳的软件业收入是多少？", "9013亿元。")])
    assert "6933亿元" in answer.text


def test_the_answer_is_in_the_language_of_the_question(notes: Pipeline) -> None:
    for question, language in (("什么是创新集群？", "zh"), ("What is an innovation cluster?", "en")):
        answer = notes.ask(question)
        assert answer.language == language
        assert {p.language for p in answer.passages} == {language}


@pytest.mark.parametrize("question", ["", " \n\t", "湖" * 1_000_000])
def test_a_question_that_cannot_be_asked_is_refused(notes: Pipeline, question: str) -> None:
    with pytest.raises(BadQuestion):
        notes.ask(question)

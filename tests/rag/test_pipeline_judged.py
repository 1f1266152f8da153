"""Further parts of an Answer: disagreements, confidence and suggestions; and its language and script."""

from dataclasses import replace

import pytest

from rag.pipeline import Pipeline
from rag.schema import PackedPassages, Thought
from rag.text import messages


def pipeline_with_draft(pipeline: Pipeline, *pieces):
    """The pipeline with a drafter that yields the given pieces."""
    return replace(pipeline, draft=lambda request: (piece for piece in pieces), model="scripted")


@pytest.mark.parametrize(("question", "figures"), [
    ("苏州有几家灯塔工厂？", {"6家", "7家"}), ("How many lighthouse factories does Suzhou have?", {"6", "7"})])
def test_differing_sources_are_listed_with_year_and_document(notes, question, figures):
    [differing] = [d for d in notes.ask(question).disagreements if {s.figure for s in d.statements} == figures]
    assert differing.difference == "another year"
    assert "2024" in {statement.year for statement in differing.statements}
    assert len({statement.title for statement in differing.statements}) == 2


@pytest.mark.parametrize("question", ["苏州2023年的GDP是多少？", "What was Suzhou's GDP in 2023?"])
def test_a_refusal_has_no_confidence_and_no_disagreement(notes, question):
    answer = notes.ask(question)
    assert answer.confidence.level == "none"
    assert answer.disagreements == ()


@pytest.mark.parametrize("question", ["苏州四大产业创新集群2022年产值是多少？", "How many lighthouse factories does Suzhou have?"])
def test_suggestions_are_questions_that_the_library_answers(notes, question):
    suggested = notes.ask(question).suggestions
    assert 0 < len(suggested) <= 3
    assert question not in suggested
    assert all(notes.ask(suggestion).status == "grounded" for suggestion in suggested)


def test_wrong_figure_lowers_confidence_and_names_the_nearest(notes):
    question = "苏州四大产业创新集群2022年产值是多少？"
    right = pipeline_with_draft(notes, "苏州四大产业创新集群2022年的产值为3.8万亿元[1]。").ask(question)
    wrong = pipeline_with_draft(notes, "苏州四大产业创新集群2022年的产值为3.9万亿元[1]。").ask(question)
    assert right.confidence.level in ("fair", "strong")
    assert wrong.confidence.level in ("weak", "none")
    assert [(f.text, f.evidence) for f in wrong.figures if f.state == "not found"] == [("3.9万亿元", ("3.8万亿元",))]


@pytest.mark.parametrize("question", [
    "独墅湖科创区是1994年动工的，对吧？", "The Dushu Lake innovation district was begun in 1994, wasn't it?"])
def test_a_correction_of_the_question_is_not_rated_as_unanswered(notes, question):
    answer = notes.ask(question)
    assert answer.status == "grounded"
    assert messages.PROBABLY_UNANSWERED[answer.language] not in answer.confidence.reasons
    assert messages.POSSIBLY_ANSWERED[answer.language] not in answer.confidence.reasons


def test_a_draft_that_cites_an_irrelevant_passage_is_rated_weak(notes):
    def draft(request):
        last = request.passages[-1]
        yield f"“{last.text.split('。')[0]}。”[{last.number}]"

    answer = replace(notes, draft=draft, model="scripted").ask("苏州有几家灯塔工厂？")
    assert answer.citations[0].state == "verified quote"
    assert answer.confidence.level == "weak"
    assert messages.PROBABLY_UNANSWERED["zh"] in answer.confidence.reasons


def test_thoughts_are_not_in_the_answer_and_cite_nothing(notes):
    pipeline = pipeline_with_draft(notes, Thought("先看[1]。"), "苏州四大产业创新集群2022年的产值为3.8万亿元[1]。")
    answer = pipeline.ask("苏州四大产业创新集群2022年产值是多少？")
    assert answer.thinking == "先看[1]。"
    assert "先看" not in answer.text


def test_text_that_turns_out_to_be_a_thought_is_removed_from_the_answer(notes):
    frames = list(pipeline_with_draft(notes, "先看资料。", Thought("好。", retracted=True), "太湖平均水深1.9米。").stream("太湖有多深？"))
    assert frames[-1].thinking == "先看资料。好。"
    assert frames[-1].text.startswith("太湖平均水深1.9米")


def test_a_marker_of_a_passage_that_the_model_was_not_given_is_removed(notes):
    pipeline = pipeline_with_draft(notes, PackedPassages(100, 90, (2, 3)), "产值为3.8万亿元[1][2]。")
    answer = pipeline.ask("苏州四大产业创新集群2022年产值是多少？")
    assert "[2]" not in answer.text
    assert {citation.marker for citation in answer.citations} <= {1}
    assert len(answer.passages) > 3


def test_empty_pieces_give_frames_so_that_a_reader_can_stop(notes):
    frames = pipeline_with_draft(notes, "", "", "好。").stream("太湖有多深？")
    assert [next(frames).text for _ in range(3)] == ["", "", ""]
    frames.close()


def test_a_traditional_question_is_answered_in_traditional_characters_with_unchanged_quotes(notes):
    answer = notes.ask("蘇州四大產業創新集群2022年產值是多少？")
    assert answer.text.startswith("資料中的原文")
    assert "“苏州四大产业创新集群2022年的产值为3.8万亿元。”" in answer.text
    assert answer.status == "grounded"


@pytest.mark.parametrize(
    ("question", "language"), [("苏州2023年的GDP是多少？", "en"), ("What was Suzhou's GDP in 2023?", "zh")]
)
def test_language_of_answers_can_be_fixed(notes, question, language):
    answer = replace(notes, language=language).ask(question)
    assert answer.language == language
    assert messages.REFUSAL[language] in answer.text

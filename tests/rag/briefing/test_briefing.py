"""Briefings: every note leads to a reference and a passage, and the tables agree with the answers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.briefing.briefing import Briefing, Cover, build_briefing
from rag.briefing.notes import shorten_answer
from rag.briefing.question_list import BriefingQuestion, parse_pasted
from rag.briefing.run import AnsweredList, BriefingSettings, run_briefing
from rag.pipeline import Pipeline
from rag.schema import Answer, Citation
from rag.text.language import sentence_spans
from tests.conftest import MakePipeline
from tests.rag.briefing.conftest import ScriptedPipeline, first_sentence, with_draft

ZH, EN = "苏州有几家灯塔工厂？", "How many high-tech enterprises does Suzhou have?"


def make_briefing(
    pipeline: Pipeline, questions: tuple[BriefingQuestion, ...], journal: Path, *, cover: Cover | None = None,
    **options: object,
) -> Briefing:
    settings = BriefingSettings(pipeline, **options)  # type: ignore[arg-type]
    answered = run_briefing(settings, questions, journal, today="2026-07-31")
    return build_briefing(answered, pipeline.library, cover or Cover("年度简报", "zh"))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def assert_nothing_dangles(briefing: Briefing) -> None:
    """Every marker has a note, every note has a reference and a passage with its quote, and nothing is unused."""
    notes = {note.number: note for note in briefing.notes}
    references = {reference.number: reference for reference in briefing.references}
    annex = {quoted.number: quoted for quoted in briefing.annex}
    assert list(notes) == list(range(1, len(notes) + 1))
    for note in notes.values():
        assert note.quote in note.passage.text
        assert references[note.reference].source.id == note.passage.source_id
        assert annex[note.annex].passage.id == note.passage.id
        assert note.number in annex[note.annex].notes
    assert {note.reference for note in notes.values()} == set(references)
    assert {number for quoted in briefing.annex for number in quoted.notes} == set(notes)
    references_to_notes = [
        number for entry in briefing.entries for answer in entry.answers for _, number in answer.notes]
    references_to_notes += [side.note for difference in briefing.differences for side in difference.sides]
    assert list(dict.fromkeys(references_to_notes)) == list(notes), "numbered in reading order"
    others = [figure.note for figure in briefing.figures]
    others += [side.note for contradiction in briefing.contradictions for side in contradiction.sides]
    assert set(others) <= set(notes)


def test_no_note_dangles_in_a_briefing_of_a_hundred_questions(
    scripted_pipeline: ScriptedPipeline, journal: Path,
) -> None:
    """The model quotes correctly, quotes another passage, invents markers and figures, refuses, or does not cite."""
    rng = random.Random(7)

    def write_draft(question: str, passages: tuple) -> str:
        sentences = []
        for _ in range(rng.randint(0, 5)):
            passage = rng.choice(passages)
            start, end = rng.choice(list(sentence_spans(passage.text)))
            sentence = passage.text[start:end].rstrip("。.")
            if rng.random() < 0.3:
                sentence = sentence.replace("6", "66").replace("7", "17")
            marker = rng.choice(["", f"[{passage.number}]", "[1][2]", "[99]", f"[{passage.number}，1]"])
            sentences.append(f"{sentence}{marker}。")
        return "\n- ".join(sentences) or "资料库没有回答这个问题。"

    questions = []
    for i in range(100):
        text = f"苏州第{i}年的灯塔工厂有几家？" if i % 2 else f"How many lighthouse factories in year {i}?"
        max_words = rng.choice((0, 0, 5, 40))
        questions.append(BriefingQuestion(text, f"第{i // 10}章", max_words=max_words, row=f"row {i + 2}"))
    briefing = make_briefing(scripted_pipeline(write_draft), tuple(questions), journal)
    assert len(list(briefing.entries)) == 100
    assert len(briefing.notes) > 10
    assert any(not note.is_supported for note in briefing.notes)
    assert_nothing_dangles(briefing)


def test_no_note_dangles_in_an_extractive_briefing_in_both_languages(extractive: Pipeline, journal: Path) -> None:
    questions = parse_pasted(f"{ZH}\n{EN}\n苏州的产值是多少？\n苏州有几座机场？").questions
    briefing = make_briefing(extractive, questions, journal, languages=("zh", "en"))
    assert [len(entry.answers) for entry in briefing.entries] == [2] * 4
    assert_nothing_dangles(briefing)
    assert {reference.source.language for reference in briefing.references} == {"zh", "en"}


def test_one_quotation_is_one_note(extractive: Pipeline, journal: Path) -> None:
    briefing = make_briefing(extractive, parse_pasted(f"{ZH}\n苏州的灯塔工厂有多少家？").questions, journal)
    quotes = [(note.passage.id, note.quote) for note in briefing.notes]
    assert len(set(quotes)) == len(quotes)


def test_differing_sources_are_listed_with_figures_years_and_titles(extractive: Pipeline, journal: Path) -> None:
    questions = parse_pasted(f"{ZH}\n苏州的灯塔工厂有多少家？").questions
    [difference] = make_briefing(extractive, questions, journal).differences
    assert (difference.subject, difference.kind, difference.entries) == ("灯塔工厂", "another year", (1, 2))
    assert {(side.figure, side.year, side.title) for side in difference.sides} == {
        ("6家", "2022", "城市年报"), ("7家", "2024", "工业报告")}


@pytest.mark.parametrize(("question", "language", "figure"), [
    (ZH, "zh", ("7", "家", "2024", "苏州：灯塔工厂")),
    (EN, "en", ("13,473", "", "2023", "Suzhou: high-tech enterprises"))])
def test_key_figures_are_those_that_were_found(
    extractive: Pipeline, journal: Path, question: str, language: str, figure: tuple) -> None:
    figures = make_briefing(extractive, parse_pasted(question).questions, journal).figures
    assert figure in [(one.number, one.unit, one.year, one.subject) for one in figures]


@pytest.mark.parametrize(("sentence", "number"), [
    ("吴江的‘12530’行动计划有30家企业。", "30"), ("园区的4大新兴产业集群2026年的产值突破6000亿元。", "超6000亿"),
    ("The output value of its four major clusters was 3.8 trillion yuan in 2022.", "3.8 trillion")])
def test_a_number_in_a_name_is_no_key_figure(
    make_pipeline: MakePipeline, journal: Path, sentence: str, number: str,
) -> None:
    pipeline = with_draft(make_pipeline(plan=sentence), lambda _: (draft for draft in [f"“{sentence}”[1]"]))
    briefing = make_briefing(pipeline, parse_pasted(sentence).questions, journal)
    assert [figure.number for figure in briefing.figures] == [number]


def test_a_figure_that_no_source_has_is_no_key_figure(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    briefing = make_briefing(scripted_pipeline(lambda *_: "苏州有灯塔工厂66家[1]。"), parse_pasted(ZH).questions, journal)
    assert briefing.figures == ()
    [entry] = briefing.entries
    assert [figure.state for figure in entry.answers[0].answer.figures] == ["not found"]


def test_an_unanswered_question_is_one_gap_with_its_nearest_passages(extractive: Pipeline, journal: Path) -> None:
    missing = "苏州2021年的GDP是多少？"
    briefing = make_briefing(extractive, parse_pasted(f"{missing}\n{ZH}\n{missing}").questions, journal)
    [gap] = briefing.gaps
    assert (gap.entry, gap.question) == (1, missing)
    assert 0 < len(gap.nearest) <= 3


@pytest.mark.parametrize(("first", "second", "subject"), [
    ("苏州2022年规模以上工业总产值为4.36万亿元[1]。", "苏州2022年规模以上工业总产值为4.63万亿元[1]。",
     "苏州规模以上工业总产值"),
    ("Suzhou has 13,473 high-tech enterprises [1].", "Suzhou has 13,743 high-tech enterprises [1].",
     "Suzhou: high-tech enterprises"),
])
def test_two_answers_that_contradict_each_other_are_listed(
    scripted_pipeline: ScriptedPipeline, journal: Path, first: str, second: str, subject: str) -> None:
    if "产值" in first:
        answers, figure = {"苏州的产值是多少？": first, "苏州的总产值是多少？": second}, "4.36万亿元"
    else:
        answers, figure = {EN: first, f"{EN} Now?": second}, "13,473"

    def write_draft(question: str, passages: tuple) -> str:
        number = next(passage.number for passage in passages if figure in passage.text)
        return answers[question].replace("[1]", f"[{number}]")

    questions = parse_pasted("\n".join(answers)).questions
    [contradiction] = make_briefing(scripted_pipeline(write_draft), questions, journal).contradictions
    assert contradiction.subject == subject
    assert [side.entry for side in contradiction.sides] == [1, 2]
    assert [side.verified for side in contradiction.sides] == [True, False]


@pytest.mark.parametrize(("first", "second"), [
    ("苏州2022年规模以上工业总产值为4.36万亿元[1]。", "苏州2021年规模以上工业总产值为4.2万亿元[1]。"),  # another year
    ("苏州2022年规模以上工业总产值为4.36万亿元[1]。", "苏州2022年规模以上工业总产值约4.4万亿元[1]。"),  # rounded
    ("苏州有灯塔工厂6家[1]。", "苏州有高新技术企业13473家[1]。"),  # another thing
    ("苏州有灯塔工厂6家[1]。", "昆山有灯塔工厂2家[1]。"),  # another place
    ("苏州有灯塔工厂6家[1]。", "到2025年苏州力争有灯塔工厂20家[1]。"),  # a target
    ("苏州有灯塔工厂6家[1]。苏州有灯塔工厂7家[1]。", "苏州有灯塔工厂7家[1]。苏州有灯塔工厂6家[1]。"),  # both have both
])
def test_answers_that_can_both_be_true_are_no_contradiction(
    scripted_pipeline: ScriptedPipeline, journal: Path, first: str, second: str,
) -> None:
    answers = {"甲问什么？": first, "乙问什么？": second}
    pipeline = scripted_pipeline(lambda question, _: answers[question])
    assert make_briefing(pipeline, parse_pasted("\n".join(answers)).questions, journal).contradictions == ()


def test_the_same_question_twice_is_one_answer_in_both_places(
    scripted_pipeline: ScriptedPipeline, journal: Path,
) -> None:
    answer_numbers = iter(range(9))
    rows = (
        BriefingQuestion(ZH, "甲", row="row 2"), BriefingQuestion("苏州的产值是多少？", "甲", row="row 3"),
        BriefingQuestion(ZH, "乙", row="row 4"))
    briefing = make_briefing(scripted_pipeline(lambda *_: f"第{next(answer_numbers)}次回答[1]。"), rows, journal)
    first, _, last = briefing.entries
    assert first.answers == last.answers
    assert (first.same_as, last.same_as) == (0, 1)


@pytest.mark.parametrize(("text", "words", "shortened", "cut"), [
    ("甲乙[1]。丙丁[2]。戊己[3]。", 4, "甲乙[1]。丙丁[2]。", 2), ("甲乙丙丁[1]。戊己[3]。", 2, "甲乙丙丁[1]。", 2),
    ("甲乙[1]。", 0, "甲乙[1]。", 0),
    ("It grew [1]. It then fell [2].", 3, "It grew [1].", 3),
    ("《甲》：\n- “乙丙。”[1]\n\n《丁》：\n- “戊己。”[2]", 3, "《甲》：\n- “乙丙。”[1]", 2),
])
def test_an_answer_is_cut_between_sentences(text: str, words: int, shortened: str, cut: int) -> None:
    citations = tuple(Citation(n, "", "", "", "", "", 0, "", "supported") for n in (1, 2))
    short, left_out = shorten_answer(Answer("?", "zh", "grounded", text, citations), words)
    assert (short.text, left_out) == (shortened, cut)


@pytest.mark.parametrize("style", ["gbt7714", "apa"])
def test_references_are_in_the_order_of_their_style(
    scripted_pipeline: ScriptedPipeline, journal: Path, style: str,
) -> None:
    rows = (BriefingQuestion(EN, scope="year:2023", row="row 2"), BriefingQuestion(ZH, scope="工业报告", row="row 3"))
    cover = Cover("简报", "zh", "apa" if style == "apa" else "gbt7714")
    briefing = make_briefing(scripted_pipeline(first_sentence), rows, journal, cover=cover)
    entries = [reference.entry for reference in briefing.references]
    assert entries == (sorted(entries, key=str.casefold) if style == "apa" else entries)
    assert [reference.number for reference in briefing.references] == [1, 2]
    assert_nothing_dangles(briefing)


def test_an_annex_shows_the_other_edition_once(extractive: Pipeline, journal: Path) -> None:
    questions = parse_pasted("苏州有多少家高新技术企业？").questions
    chinese_only = make_briefing(extractive, questions, journal)
    assert any(
        "13,473" in other.text and not other.annex for quoted in chinese_only.annex for other in quoted.counterparts)
    both = make_briefing(extractive, questions, journal, languages=("zh", "en"))
    numbers = {quoted.passage.language: quoted.number for quoted in both.annex if "13" in quoted.passage.text}
    [chinese] = [quoted for quoted in both.annex if quoted.number == numbers["zh"]]
    assert {other.annex for other in chinese.counterparts} == {numbers["en"]}


def test_a_removed_source_is_still_in_the_references(
    scripted_pipeline: ScriptedPipeline, make_pipeline, journal: Path,
) -> None:
    pipeline = make_pipeline(towers="灯塔工厂有6家。", other="园林有9座。")
    answered = run_briefing(BriefingSettings(pipeline), parse_pasted("灯塔工厂有几家？").questions, journal)
    with pipeline.library.write_lock():
        pipeline.library.remove("towers.md")
    briefing = build_briefing(answered, pipeline.library, Cover("简报", "zh"))
    assert "towers" in briefing.references[0].entry
    assert briefing.annex[0].counterparts == ()
    assert_nothing_dangles(briefing)


def test_five_thousand_rows_become_a_briefing(extractive: Pipeline, journal: Path) -> None:
    questions = parse_pasted(f"{ZH}\n{EN}\n苏州有几座机场？").questions
    answered_list = run_briefing(BriefingSettings(extractive), questions, journal)
    rows = tuple(answered_list.rows[i % 3] for i in range(5000))
    briefing = build_briefing(AnsweredList(rows, "2026-07-31", 0, 3), extractive.library, Cover("简报", "zh"))
    assert len(list(briefing.entries)) == 5000
    assert_nothing_dangles(briefing)

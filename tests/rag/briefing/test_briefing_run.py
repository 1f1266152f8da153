"""Briefing runs: each finished answer is stored; runs are stopped, continued and retried; changes ask again."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rag.briefing import editing
from rag.briefing.journal import BadJournal, JournalInUse, archive_journal, open_journal
from rag.briefing.question_list import BriefingQuestion, parse_pasted
from rag.briefing.run import AnsweredList, BriefingSettings, BriefingStopped, run_briefing
from rag.pipeline import Pipeline, build_pipeline
from rag.schema import Scope
from rag.settings import Settings
from tests.rag.briefing.conftest import ScriptedPipeline, extractive_pipeline, first_sentence
from tests.servers import scripted_server, text_reply, unreachable_url
from tests.small_library import small_library

ZH, EN = "苏州有几家灯塔工厂？", "How many high-tech enterprises does Suzhou have?"
LIST = parse_pasted(f"{ZH}\n{EN}\n苏州的产值是多少？").questions


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "briefing.docx.journal"


def statuses(answered: AnsweredList) -> list[str]:
    return [answer.status for row in answered.rows for answer in row.answers]


def test_answers_are_in_the_order_of_the_list_and_are_stored(extractive: Pipeline, journal: Path) -> None:
    progress: list[tuple[int, int]] = []
    first = run_briefing(
        BriefingSettings(extractive), LIST, journal,
        on_progress=lambda done, total, answer: progress.append((done, total)))
    again = run_briefing(BriefingSettings(extractive), LIST, journal)
    assert [row.question for row in first.rows] == list(LIST)
    assert [row.answers[0].language for row in first.rows] == ["zh", "en", "zh"]
    assert (first.asked_count, first.reused_count, again.asked_count, again.reused_count) == (3, 0, 0, 3)
    assert again.rows == first.rows, "an answer is the same after it was stored as JSON"
    assert progress == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_date_is_that_of_the_first_run(extractive: Pipeline, journal: Path) -> None:
    run_briefing(BriefingSettings(extractive), LIST[:1], journal, today="2026-07-31")
    assert run_briefing(BriefingSettings(extractive), LIST, journal, today="2026-08-02").start_date == "2026-07-31"
    archive_journal(journal)
    assert run_briefing(BriefingSettings(extractive), LIST[:1], journal, today="2026-08-02").start_date == "2026-08-02"


def test_the_same_question_is_asked_once_and_answered_alike(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    asked_questions: list[str] = []
    twice = (
        BriefingQuestion(ZH, "甲", row="row 2"), BriefingQuestion(EN, "乙", row="row 3"),
        BriefingQuestion(f" {ZH} ", "丙", max_words=5, row="row 9"))
    answered = run_briefing(BriefingSettings(scripted_pipeline(first_sentence, asked=asked_questions)), twice, journal)
    assert sorted(asked_questions) == sorted([ZH, EN])
    assert answered.rows[0].answers == answered.rows[2].answers
    assert [row.same_as for row in answered.rows] == ["", "", "row 2"]


def test_a_failing_row_is_reported_in_its_place_and_can_be_tried_again(
    scripted_pipeline: ScriptedPipeline, journal: Path,
) -> None:
    asked_questions: list[str] = []
    failing_settings, working_settings = (
        BriefingSettings(scripted_pipeline(first_sentence, fails=fails, asked=asked_questions), concurrency=1)
        for fails in ({EN}, set()))
    answered = run_briefing(failing_settings, LIST, journal)
    assert statuses(answered)[1] == "failed"
    assert EN in answered.rows[1].answers[0].text
    unchanged = run_briefing(working_settings, LIST, journal)
    assert statuses(unchanged)[1] == "failed", "nothing is asked again without `retry`"
    assert statuses(run_briefing(replace(working_settings, retry=True), LIST, journal)) == ["grounded"] * 3
    assert [asked_questions.count(question.text) for question in LIST] == [1, 2, 1]


def test_an_unknown_scope_fails_only_its_row(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    asked_questions: list[str] = []
    scopes = ("来源：园林志", "report_zh.md", "year:1999")
    rows = tuple(BriefingQuestion(ZH, scope=scope, row=f"row {at}") for at, scope in enumerate(scopes, 2))
    answered = run_briefing(BriefingSettings(scripted_pipeline(first_sentence, asked=asked_questions)), rows, journal)
    assert [row.answers[0].status for row in answered.rows] == ["failed", "grounded", "failed"]
    assert {passage.title for passage in answered.rows[1].answers[0].passages} == {"工业报告"}
    assert asked_questions == [ZH]


def test_five_consecutive_failures_stop_the_run(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    many_questions = parse_pasted("\n".join(f"第{i}问是什么？" for i in range(50))).questions
    failing_settings = scripted_pipeline(first_sentence, fails={question.text for question in many_questions})
    with pytest.raises(BriefingStopped, match="--retry"):
        run_briefing(BriefingSettings(failing_settings, concurrency=1), many_questions, journal)
    assert len(journal.read_text("utf-8").splitlines()) < 12


def test_a_stopped_run_is_continued(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    stop, asked_questions = threading.Event(), []

    def write_draft(question: str, passages: object) -> str:
        if len(asked_questions) == 2:
            stop.set()
        return first_sentence(question, passages)

    with pytest.raises(BriefingStopped, match="1 of 3 answers are saved; run the same command again"):
        run_briefing(
            BriefingSettings(scripted_pipeline(write_draft, asked=asked_questions), concurrency=1),
            LIST, journal, stop=stop)
    answered = run_briefing(BriefingSettings(scripted_pipeline(first_sentence, asked=asked_questions)), LIST, journal)
    assert (answered.reused_count, answered.asked_count) == (1, 2)
    assert asked_questions.count(LIST[0].text) == 1


def test_the_rate_limits_questions_a_minute(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    times: list[float] = []

    def write_draft(question: str, passages: object) -> str:
        times.append(time.monotonic())
        return first_sentence(question, passages)

    start = time.monotonic()
    run_briefing(BriefingSettings(scripted_pipeline(write_draft), rate=600), LIST, journal)
    assert max(times) - start > 0.2  # three questions, 0.1 s between two


def test_several_questions_are_asked_at_the_same_time(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    barrier = threading.Barrier(3, timeout=10)

    def write_draft(question: str, passages: object) -> str:
        barrier.wait()
        return first_sentence(question, passages)

    settings = BriefingSettings(scripted_pipeline(write_draft), concurrency=3)
    assert statuses(run_briefing(settings, LIST, journal)) == ["grounded"] * 3


def test_another_model_is_reported_and_asked_again(scripted_pipeline: ScriptedPipeline, journal: Path) -> None:
    asked_questions: list[str] = []
    run_briefing(BriefingSettings(scripted_pipeline(first_sentence, model="one", asked=asked_questions)), LIST, journal)
    answered = run_briefing(
        BriefingSettings(scripted_pipeline(first_sentence, model="two", asked=asked_questions)), LIST, journal)
    assert answered.changed_basis == ("model",)
    assert {row.answers[0].model for row in answered.rows} == {"two"}
    assert len(asked_questions) == 6
    run_briefing(BriefingSettings(scripted_pipeline(first_sentence, model="one", asked=asked_questions)), LIST, journal)
    assert len(asked_questions) == 6, "the journal still has the answers of the first model"


def test_after_a_change_of_the_library_only_the_affected_questions_are_asked_again(
    make_pipeline, tmp_path: Path, journal: Path,
) -> None:
    pipeline = make_pipeline(towers="灯塔工厂有6家。")
    questions = (BriefingQuestion("灯塔工厂有几家？"), BriefingQuestion("灯塔工厂一共几家？", scope="towers.md"))
    run_briefing(BriefingSettings(pipeline), questions, journal)
    more = tmp_path / "more.md"
    more.write_text("另有灯塔工厂7家。", "utf-8")
    with pipeline.library.write_lock():
        pipeline.library.add(more)
    answered = run_briefing(BriefingSettings(extractive_pipeline(pipeline.library.home)), questions, journal)
    assert answered.changed_basis == ("library",)
    assert (answered.asked_count, answered.reused_count) == (1, 1)
    assert "7家" in answered.rows[0].answers[0].text
    assert run_briefing(BriefingSettings(pipeline), questions, journal).changed_basis == ()


def test_a_torn_last_line_is_asked_again(extractive: Pipeline, journal: Path) -> None:
    run_briefing(BriefingSettings(extractive, concurrency=1), LIST, journal)
    journal.write_bytes(journal.read_bytes()[:-40])
    assert run_briefing(BriefingSettings(extractive), LIST, journal).asked_count == 1


@pytest.mark.parametrize(("content", "message"), [
    (b"notes of mine\n", "line 1"),
    (b'{"huwen": "briefing", "version": 99, "begun": "2026-01-01"}\n', "another version"),
    (b'{"huwen": "briefing", "version": 1, "begun": "2026-01-01"}\nrubbish\n', "line 2")])
def test_a_file_that_is_not_a_journal_is_not_changed(
    extractive: Pipeline, journal: Path, content: bytes, message: str) -> None:
    journal.write_bytes(content)
    with pytest.raises(BadJournal, match=message):
        run_briefing(BriefingSettings(extractive), LIST, journal)
    assert journal.read_bytes() == content


def test_two_runs_do_not_share_a_journal(extractive: Pipeline, journal: Path) -> None:
    with open_journal(journal), pytest.raises(JournalInUse, match="another process"):
        run_briefing(BriefingSettings(extractive), LIST, journal)


def test_a_journal_that_cannot_be_written_is_reported(extractive: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(BadJournal):
        run_briefing(BriefingSettings(extractive), LIST, tmp_path)


# --- languages

def test_a_model_is_asked_in_each_language(library_home: Path, journal: Path) -> None:
    with scripted_server(text_reply("有6家[1]。")) as server:
        pipeline = build_pipeline(
            Settings(home=library_home, chat_model="tiny", base_url=server.base_url, api_key="k", passages=2))
        answered = run_briefing(BriefingSettings(pipeline, ("zh", "en"), concurrency=1), LIST[:1], journal)
    assert [answer.language for answer in answered.rows[0].answers] == ["zh", "en"]
    prompts = [json.dumps(body, ensure_ascii=False) for body in server.bodies]
    assert "用中文回答" in prompts[0]
    assert "Answer in English" in prompts[1]


@pytest.mark.parametrize(("question", "language", "quote"), [
    (ZH, "en", "Suzhou has 6 lighthouse factories"), (EN, "zh", "苏州全市有高新技术企业13473家")])
def test_extractive_answers_in_the_other_language_quote_the_other_edition(
        extractive: Pipeline, journal: Path, question: str, language: str, quote: str) -> None:
    answered = run_briefing(BriefingSettings(extractive, ("zh", "en")), parse_pasted(question).questions, journal)
    answer = next(answer for answer in answered.rows[0].answers if answer.language == language)
    assert answer.status == "grounded"
    assert quote in answer.text
    assert any(quote in citation.quote for citation in answer.citations)


def test_the_language_of_a_row_comes_before_that_of_the_briefing(extractive: Pipeline, journal: Path) -> None:
    rows = (BriefingQuestion(ZH, language="en"), BriefingQuestion(EN), BriefingQuestion(ZH))
    answered = run_briefing(BriefingSettings(extractive, ("zh",)), rows, journal)
    assert [[answer.language for answer in row.answers] for row in answered.rows] == [["en"], ["zh"], ["zh"]]


def test_the_scope_of_the_briefing_is_for_rows_without_one(extractive: Pipeline, journal: Path) -> None:
    rows = (BriefingQuestion(ZH), BriefingQuestion(ZH, scope="来源：工业报告；标签：yearbook"))
    answered = run_briefing(BriefingSettings(extractive, scope=Scope(tags=("yearbook",))), rows, journal)
    assert {passage.title for passage in answered.rows[0].answers[0].passages} == {"城市年报"}
    assert answered.rows[1].answers[0].status == "failed"


def test_an_endpoint_that_is_down_fails_the_rows_with_its_sentence(library_home: Path, journal: Path) -> None:
    with unreachable_url() as base_url:
        pipeline = build_pipeline(
            Settings(home=library_home, chat_model="tiny", base_url=base_url, api_key="k", connect_seconds=1))
        answered = run_briefing(BriefingSettings(pipeline), LIST, journal)
    assert statuses(answered) == ["failed"] * 3
    assert "tiny" in answered.rows[0].answers[0].text


# --- manual edits

def test_an_edited_answer_is_checked_and_stored(extractive: Pipeline, journal: Path) -> None:
    settings = BriefingSettings(extractive)
    row = run_briefing(settings, LIST[:1], journal).rows[0]
    number = next(passage.number for passage in row.answers[0].passages if "7家" in passage.text)
    good, bad = (
        editing.apply_edit(row.answers[0], f"苏州有{figure}灯塔工厂[{number}]。") for figure in ("7家", "70家"))
    assert good.status == "grounded"
    assert [figure.state for figure in bad.figures] == ["not found"]
    editing.save_edit(settings, row.question, good, journal)
    again = run_briefing(settings, LIST[:1], journal)
    assert again.rows[0].edited
    assert again.rows[0].answers[0].text == good.text
    assert small_library(extractive.library.home).fingerprint() == settings.answer_basis().library

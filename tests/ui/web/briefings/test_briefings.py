"""Briefing service and store: briefings are asked without a page, stopped, resumed, retried, edited, and restored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import pytest

from rag.briefing.briefing import build_briefing
from rag.briefing.question_list import BriefingQuestion
from rag.pipeline import Pipeline
from tests.ui.web.briefing_helpers import (
    DEPTH,
    LAKE,
    LOCKS,
    SHORE,
    ScriptedModel,
    app_state_in,
    library,
    plan_of,
    wait_for,
    wait_until_idle,
)
from ui.web.briefings.rows import JournalReader, collect_answers
from ui.web.briefings.service import BriefingBusy, BriefingService, UnknownRow
from ui.web.briefings.store import BriefingPlan, BriefingStore, UnknownBriefing


@pytest.fixture(scope="module")
def extractive(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return library(tmp_path_factory.mktemp("lake"))


def start_briefing(
    home: Path, extractive: Pipeline, model: ScriptedModel, plan: BriefingPlan,
) -> tuple[BriefingService, str]:
    briefings = BriefingService(app_state_in(home, extractive, model))
    id = briefings.store.save(plan).id
    briefings.start_job(id)
    return briefings, id


def test_rows_are_answered_in_the_order_of_the_list_and_shown_as_they_are_answered(
    tmp_path: Path, extractive: Pipeline,
) -> None:
    model = ScriptedModel(permits=Semaphore(0))
    briefings, id = start_briefing(tmp_path, extractive, model, plan_of(*(f"{LAKE}{at}" for at in range(6))))
    snapshot = wait_for(briefings, id, lambda snapshot: snapshot.rows[3].state == "under way")
    assert [row.state for row in snapshot.rows] == ["under way"] * 4 + ["waiting"] * 2
    model.permits.release()
    snapshot = wait_for(briefings, id, lambda snapshot: snapshot.version == 1)
    assert [row.state for row in snapshot.rows].count("under way") == 4
    model.permits.release(5)
    snapshot = wait_until_idle(briefings, id)
    assert {row.state for row in snapshot.rows} == {"grounded"}
    assert (snapshot.counts.done, snapshot.counts.all) == (6, 6)
    briefings.close()


def test_a_stopped_briefing_is_resumed_also_after_a_restart(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel(permits=Semaphore(2))
    plan = plan_of(*(f"{LAKE}{at}" for at in range(6)), LOCKS)
    briefings, id = start_briefing(tmp_path, extractive, model, plan)
    wait_for(briefings, id, lambda snapshot: snapshot.version == 2)
    briefings.stop_job(id)
    snapshot = wait_until_idle(briefings, id)
    assert (snapshot.counts.done, snapshot.job.problem) == (2, "")
    briefings.close()
    second_model = ScriptedModel()
    briefings = BriefingService(app_state_in(tmp_path, extractive, second_model))
    (stored, job, counts), = briefings.list_all()
    assert (stored.id, job.phase, counts.done, counts.all) == (id, "idle", 2, 7)
    briefings.start_job(id)
    assert wait_until_idle(briefings, id).counts.done == 7
    assert len(second_model.questions) == 5
    assert not set(second_model.questions) & set(model.questions)
    briefings.close()


def test_closing_the_service_stops_its_jobs(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel(permits=Semaphore(0))
    briefings, id = start_briefing(tmp_path, extractive, model, plan_of(LAKE, DEPTH))
    wait_for(briefings, id, lambda snapshot: snapshot.job.phase == "running")
    briefings.close()
    assert wait_until_idle(briefings, id).counts.done == 0  # `close` itself waits three seconds at most
    assert model.questions == []


def test_one_question_in_two_scopes_is_two_rows(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel()
    questions = (
        BriefingQuestion(LAKE, row="row 2"), BriefingQuestion(LAKE, scope="湖.md", row="row 3"),
        BriefingQuestion(LAKE, row="row 4"), BriefingQuestion(LAKE, scope="没有这份文件", row="row 5"))
    plan = replace(plan_of(LAKE), questions=questions)
    briefings, id = start_briefing(tmp_path, extractive, model, plan)
    rows = wait_until_idle(briefings, id).rows
    assert [row.state for row in rows] == ["grounded", "grounded", "grounded", "failed"]
    assert [row.same_as for row in rows] == [0, 0, 1, 0]
    assert "没有这份文件" in (rows[3].answers[0].line.answer.text if rows[3].answers[0].line else "")
    assert len(model.questions) == 2
    briefings.close()


def test_failed_rows_keep_their_place_and_are_asked_again(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel(failing={DEPTH})
    briefings, id = start_briefing(tmp_path, extractive, model, plan_of(LAKE, DEPTH, SHORE))
    snapshot = wait_until_idle(briefings, id)
    assert [row.state for row in snapshot.rows] == ["grounded", "failed", "grounded"]
    answers = collect_answers(snapshot.rows, snapshot.begun_on, {"zh": "", "en": ""})
    briefing = build_briefing(answers, extractive.library, snapshot.briefing.plan.cover)
    assert [entry.answers[0].answer.status for entry in briefing.entries] == ["grounded", "failed", "grounded"]
    model.failing.clear()
    briefings.start_job(id)
    assert wait_until_idle(briefings, id).counts.failed == 1  # resuming does not ask failed ones
    briefings.start_job(id, retry=True)
    assert wait_until_idle(briefings, id).counts.failed == 0
    assert [model.questions.count(question) for question in (LAKE, DEPTH, SHORE)] == [1, 2, 1]
    briefings.close()


def test_an_endpoint_that_always_fails_stops_the_job_with_the_reason(tmp_path: Path, extractive: Pipeline) -> None:
    questions = [f"{LAKE}{at}" for at in range(12)]
    briefings, id = start_briefing(tmp_path, extractive, ScriptedModel(failing=set(questions)), plan_of(*questions))
    snapshot = wait_until_idle(briefings, id)
    assert snapshot.job.gave_up
    assert "the model does not answer" in snapshot.job.problem
    assert snapshot.counts.done < 12
    briefings.close()


def test_a_row_without_an_answer_says_so_in_the_document(tmp_path: Path, extractive: Pipeline) -> None:
    briefings = BriefingService(app_state_in(tmp_path, extractive, ScriptedModel()))
    snapshot = briefings.take_snapshot(briefings.store.save(plan_of(LAKE, LOCKS)).id)
    answers = collect_answers(snapshot.rows, "2026-07-31", {"zh": "还没有问", "en": "not asked yet"})
    briefing = build_briefing(answers, extractive.library, snapshot.briefing.plan.cover)
    assert [entry.answers[0].answer.text for entry in briefing.entries] == ["还没有问", "not asked yet"]
    briefings.close()


def test_an_edited_answer_is_verified_and_can_be_restored(tmp_path: Path, extractive: Pipeline) -> None:
    briefings, id = start_briefing(tmp_path, extractive, ScriptedModel(), plan_of(LAKE, LOCKS))
    before = wait_until_idle(briefings, id).rows
    briefings.edit_answer(id, 1, "zh", "太湖面积为2338平方千米[1]，平均水深99米[1]。")
    briefings.edit_answer(id, 2, "en", "The canal has 24 locks [1].")
    zh, en = briefings.take_snapshot(id).rows
    assert zh.is_edited
    assert zh.state == "partial"  # 99 is in no passage
    assert zh.answers[0].line is not None
    assert {figure.text: figure.state for figure in zh.answers[0].line.answer.figures}["99米"] == "not found"
    assert (en.is_edited, en.state) == (True, "grounded")
    briefings.restore_answer(id, 1, "zh")
    row = briefings.take_snapshot(id).rows[0]
    assert not row.is_edited
    assert row.answers[0].line is not None
    assert before[0].answers[0].line is not None
    assert row.answers[0].line.answer == before[0].answers[0].line.answer
    with pytest.raises(UnknownRow):
        briefings.edit_answer(id, 3, "zh", "太湖")
    with pytest.raises(UnknownRow):
        briefings.edit_answer(id, 1, "en", "Lake Tai")
    briefings.close()


def test_one_row_is_asked_again_and_a_failure_keeps_its_answer(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel()
    briefings, id = start_briefing(tmp_path, extractive, model, plan_of(LAKE, LOCKS))
    wait_until_idle(briefings, id)
    model.suffix = "（再问一次）"
    briefings.start_job(id, only_row=1)
    snapshot = wait_until_idle(briefings, id)
    line = snapshot.rows[0].answers[0].line
    assert line is not None
    assert "再问一次" in line.answer.text
    assert model.questions.count(LOCKS) == 1
    model.failing = {LAKE}
    briefings.start_job(id, only_row=1)
    snapshot = wait_until_idle(briefings, id)
    assert snapshot.rows[0].answers[0].line == line
    assert "the model does not answer" in snapshot.job.problem
    briefings.close()


def test_a_briefing_is_not_changed_while_it_is_asked(tmp_path: Path, extractive: Pipeline) -> None:
    model = ScriptedModel(permits=Semaphore(1))
    briefings, id = start_briefing(tmp_path, extractive, model, plan_of(LAKE, DEPTH))
    wait_for(briefings, id, lambda snapshot: snapshot.version == 1)
    with pytest.raises(BriefingBusy):
        briefings.remove(id)
    with pytest.raises(BriefingBusy):
        briefings.edit_answer(id, 1, "zh", "太湖[1]")
    with pytest.raises(BriefingBusy):
        briefings.restore_answer(id, 1, "zh")
    briefings.start_job(id)  # from a second page: nothing happens
    model.permits.release(9)
    wait_until_idle(briefings, id)
    assert sorted(model.questions) == sorted([LAKE, DEPTH])
    briefings.remove(id)
    assert briefings.list_all() == []
    with pytest.raises(UnknownBriefing):
        briefings.take_snapshot(id)
    briefings.close()


def test_answers_from_an_earlier_state_of_the_library_are_outdated(tmp_path: Path) -> None:
    pipeline = library(tmp_path)
    briefings, id = start_briefing(tmp_path / "home", pipeline, ScriptedModel(), plan_of(LAKE))
    assert not wait_until_idle(briefings, id).is_outdated
    (tmp_path / "新.md").write_text("# 阳澄湖\n\n阳澄湖面积为119平方千米。\n", "utf-8")
    with pipeline.library.write_lock():
        pipeline.library.add(tmp_path / "新.md")
    snapshot = briefings.take_snapshot(id)
    assert snapshot.is_outdated
    assert snapshot.rows[0].state == "grounded"
    briefings.start_job(id)
    assert not wait_until_idle(briefings, id).is_outdated
    briefings.close()


def test_each_question_is_answered_in_both_languages(tmp_path: Path, extractive: Pipeline) -> None:
    model, plan = ScriptedModel(failing={LOCKS}), plan_of(LAKE, LOCKS, answering="both")
    briefings, id = start_briefing(tmp_path, extractive, model, plan)
    rows = wait_until_idle(briefings, id).rows
    assert [answer.language for answer in rows[0].answers] == ["zh", "en"]
    assert [answer.state for answer in rows[1].answers] == ["failed", "failed"]
    assert "failed" not in {answer.state for answer in rows[0].answers}
    briefings.close()


def test_an_incomplete_line_is_read_when_it_is_complete(tmp_path: Path, extractive: Pipeline) -> None:
    briefings, id = start_briefing(tmp_path, extractive, ScriptedModel(), plan_of(LAKE, DEPTH))
    complete = wait_until_idle(briefings, id).briefing.journal.read_bytes()
    briefings.close()
    path = tmp_path / "half"
    reader = JournalReader(path)
    assert reader.read_lines() == ("", [])
    path.write_bytes(complete[:-9])
    begun_on, lines = reader.read_lines()
    assert (bool(begun_on), len(lines)) == (True, 1)
    path.write_bytes(complete)
    assert len(reader.read_lines()[1]) == 2


@pytest.mark.parametrize("id", ["..", "../../etc", "0123456789ab", "0123456789AB", "", "x" * 12])
def test_an_id_that_names_no_briefing_is_refused(tmp_path: Path, id: str) -> None:
    (tmp_path / "plan.json").write_text("{}", "utf-8")
    with pytest.raises(UnknownBriefing):
        BriefingStore(tmp_path / "briefings").load(id)


def test_a_plan_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    store = BriefingStore(tmp_path)
    broken, sound = store.save(plan_of(LAKE)), store.save(plan_of(LOCKS, answering="zh"))
    (broken.folder / "plan.json").write_text("{", "utf-8")
    assert store.list_all() == [sound]

"""Briefings are asked whether or not a page is open: stopped, resumed, retried, edited, and there again after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.briefing.briefing import build_briefing
from rag.briefing.question_list import BriefingQuestion
from rag.pipeline import Pipeline
from tests.ui.web.briefed import DEPTH, LAKE, LOCKS, SHORE, Voice, desk_in, ended, library, planned, wait_for
from ui.web.briefings.rows import JournalReader, collect_answers
from ui.web.briefings.service import BriefingBusy, BriefingService, UnknownRow
from ui.web.briefings.store import BriefingPlan, BriefingStore, UnknownBriefing


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return library(tmp_path_factory.mktemp("lake"))


def begun(home: Path, quoting: Pipeline, voice: Voice, plan: BriefingPlan) -> tuple[BriefingService, str]:
    briefings = BriefingService(desk_in(home, quoting, voice))
    id = briefings.store.save(plan).id
    briefings.start_job(id)
    return briefings, id


def test_rows_are_told_as_they_come_in_the_order_of_the_list(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    voice.lets = type(voice.lets)(0)
    briefings, id = begun(tmp_path, quoting, voice, planned(*(f"{LAKE}{at}" for at in range(6))))
    view = wait_for(briefings, id, lambda view: view.rows[3].state == "under way")
    assert [row.state for row in view.rows] == ["under way"] * 4 + ["waiting"] * 2
    voice.lets.release()
    view = wait_for(briefings, id, lambda view: view.version == 1)
    assert [row.state for row in view.rows].count("under way") == 4
    voice.lets.release(5)
    view = ended(briefings, id)
    assert {row.state for row in view.rows} == {"grounded"}
    assert (view.counts.done, view.counts.all) == (6, 6)
    briefings.close()


def test_stopped_it_goes_on_where_it_was_also_after_a_restart(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    voice.lets = type(voice.lets)(2)
    briefings, id = begun(tmp_path, quoting, voice, planned(*(f"{LAKE}{at}" for at in range(6)), LOCKS))
    wait_for(briefings, id, lambda view: view.version == 2)
    briefings.stop_job(id)
    view = ended(briefings, id)
    assert (view.counts.done, view.job.problem) == (2, "")
    briefings.close()
    again = Voice()
    briefings = BriefingService(desk_in(tmp_path, quoting, again))
    (kept, work, tally), = briefings.list_all()
    assert (kept.id, work.phase, tally.done, tally.all) == (id, "idle", 2, 7)
    briefings.start_job(id)
    assert ended(briefings, id).counts.done == 7
    assert len(again.asked) == 5
    assert not set(again.asked) & set(voice.asked)
    briefings.close()


def test_closing_the_server_stops_what_is_at_work(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    voice.lets = type(voice.lets)(0)
    briefings, id = begun(tmp_path, quoting, voice, planned(LAKE, DEPTH))
    wait_for(briefings, id, lambda view: view.job.phase == "running")
    briefings.close()
    assert briefings.take_snapshot(id).job.phase == "idle"
    assert voice.asked == []


def test_one_question_in_two_scopes_is_two_rows(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    plan = planned(LAKE)
    plan = BriefingPlan(plan.title, plan.created, (BriefingQuestion(LAKE, row="row 2"), BriefingQuestion(LAKE, scope="湖.md", row="row 3"),
                                           BriefingQuestion(LAKE, row="row 4"), BriefingQuestion(LAKE, scope="没有这份文件", row="row 5")))
    briefings, id = begun(tmp_path, quoting, voice, plan)
    rows = ended(briefings, id).rows
    assert [row.state for row in rows] == ["grounded", "grounded", "grounded", "failed"]
    assert [row.same_as for row in rows] == [0, 0, 1, 0]
    assert "没有这份文件" in (rows[3].answers[0].line.answer.text if rows[3].answers[0].line else "")
    assert len(voice.asked) == 2
    briefings.close()


def test_failed_rows_are_told_in_their_place_and_asked_again(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice(fails={DEPTH})
    briefings, id = begun(tmp_path, quoting, voice, planned(LAKE, DEPTH, SHORE))
    view = ended(briefings, id)
    assert [row.state for row in view.rows] == ["grounded", "failed", "grounded"]
    made = build_briefing(collect_answers(view.rows, view.begun_on, {"zh": "", "en": ""}), quoting.library, view.briefing.plan.cover)
    assert [entry.answers[0].answer.status for entry in made.entries] == ["grounded", "failed", "grounded"]
    voice.fails.clear()
    briefings.start_job(id)
    assert ended(briefings, id).counts.failed == 1  # going on leaves what failed
    briefings.start_job(id, retry=True)
    assert ended(briefings, id).counts.failed == 0
    assert [voice.asked.count(question) for question in (LAKE, DEPTH, SHORE)] == [1, 2, 1]
    briefings.close()


def test_an_endpoint_that_fails_on_end_stops_it_with_the_reason(tmp_path: Path, quoting: Pipeline) -> None:
    questions = [f"{LAKE}{at}" for at in range(12)]
    briefings, id = begun(tmp_path, quoting, Voice(fails=set(questions)), planned(*questions))
    view = ended(briefings, id)
    assert view.job.gave_up
    assert "the model does not answer" in view.job.problem
    assert view.counts.done < 12
    briefings.close()


def test_what_has_no_answer_yet_says_so_in_the_document(tmp_path: Path, quoting: Pipeline) -> None:
    briefings = BriefingService(desk_in(tmp_path, quoting, Voice()))
    view = briefings.take_snapshot(briefings.store.save(planned(LAKE, LOCKS)).id)
    made = build_briefing(collect_answers(view.rows, "2026-07-31", {"zh": "还没有问", "en": "not asked yet"}), quoting.library, view.briefing.plan.cover)
    assert [entry.answers[0].answer.text for entry in made.entries] == ["还没有问", "not asked yet"]
    briefings.close()


def test_an_edited_answer_is_checked_and_can_be_taken_back(tmp_path: Path, quoting: Pipeline) -> None:
    briefings, id = begun(tmp_path, quoting, Voice(), planned(LAKE, LOCKS))
    before = ended(briefings, id).rows
    briefings.edit_answer(id, 1, "zh", "太湖面积为2338平方千米[1]，平均水深99米[1]。")
    briefings.edit_answer(id, 2, "en", "The canal has 24 locks [1].")
    zh, en = briefings.take_snapshot(id).rows
    assert zh.is_edited
    assert zh.state == "partial"  # 99 stands nowhere
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


def test_one_row_is_asked_again_and_a_failure_leaves_its_answer(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    briefings, id = begun(tmp_path, quoting, voice, planned(LAKE, LOCKS))
    ended(briefings, id)
    voice.ending = "（再问一次）"
    briefings.start_job(id, only_row=1)
    view = ended(briefings, id)
    line = view.rows[0].answers[0].line
    assert line is not None
    assert "再问一次" in line.answer.text
    assert voice.asked.count(LOCKS) == 1
    voice.fails = {LAKE}
    briefings.start_job(id, only_row=1)
    view = ended(briefings, id)
    assert view.rows[0].answers[0].line == line
    assert "the model does not answer" in view.job.problem
    briefings.close()


def test_nothing_is_changed_while_it_is_asked(tmp_path: Path, quoting: Pipeline) -> None:
    voice = Voice()
    voice.lets = type(voice.lets)(1)
    briefings, id = begun(tmp_path, quoting, voice, planned(LAKE, DEPTH))
    wait_for(briefings, id, lambda view: view.version == 1)
    for change in (lambda: briefings.remove(id), lambda: briefings.edit_answer(id, 1, "zh", "太湖[1]"), lambda: briefings.restore_answer(id, 1, "zh")):
        with pytest.raises(BriefingBusy):
            change()
    briefings.start_job(id)  # a second page does the same, and nothing comes of it
    voice.lets.release(9)
    ended(briefings, id)
    assert sorted(voice.asked) == sorted([LAKE, DEPTH])
    briefings.remove(id)
    assert briefings.list_all() == []
    with pytest.raises(UnknownBriefing):
        briefings.take_snapshot(id)
    briefings.close()


def test_answers_that_were_made_from_another_library_are_told(tmp_path: Path) -> None:
    own = library(tmp_path)
    briefings, id = begun(tmp_path / "home", own, Voice(), planned(LAKE))
    assert not ended(briefings, id).is_outdated
    (tmp_path / "新.md").write_text("# 阳澄湖\n\n阳澄湖面积为119平方千米。\n", "utf-8")
    with own.library.write_lock():
        own.library.add(tmp_path / "新.md")
    view = briefings.take_snapshot(id)
    assert view.is_outdated
    assert view.rows[0].state == "grounded"
    briefings.start_job(id)
    assert not ended(briefings, id).is_outdated
    briefings.close()


def test_both_languages_stand_side_by_side(tmp_path: Path, quoting: Pipeline) -> None:
    briefings, id = begun(tmp_path, quoting, Voice(fails={LOCKS}), planned(LAKE, LOCKS, answering="both"))
    rows = ended(briefings, id).rows
    assert [side.language for side in rows[0].answers] == ["zh", "en"]
    assert [side.state for side in rows[1].answers] == ["failed", "failed"]
    assert "failed" not in {side.state for side in rows[0].answers}
    briefings.close()


def test_a_line_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path, quoting: Pipeline) -> None:
    briefings, id = begun(tmp_path, quoting, Voice(), planned(LAKE, DEPTH))
    whole = ended(briefings, id).briefing.journal.read_bytes()
    briefings.close()
    path = tmp_path / "half"
    follower = JournalReader(path)
    assert follower.read_lines() == ("", [])
    path.write_bytes(whole[:-9])
    begun_on, lines = follower.read_lines()
    assert (bool(begun_on), len(lines)) == (True, 1)
    path.write_bytes(whole)
    assert len(follower.read_lines()[1]) == 2


@pytest.mark.parametrize("id", ["..", "../../etc", "0123456789ab", "0123456789AB", "", "x" * 12])
def test_an_id_names_a_briefing_or_nothing(tmp_path: Path, id: str) -> None:
    (tmp_path / "plan.json").write_text("{}", "utf-8")
    with pytest.raises(UnknownBriefing):
        BriefingStore(tmp_path / "briefings").load(id)


def test_a_plan_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    shelf = BriefingStore(tmp_path)
    broken, sound = shelf.save(planned(LAKE)), shelf.save(planned(LOCKS, answering="zh"))
    (broken.folder / "plan.json").write_text("{", "utf-8")
    assert shelf.list_all() == [sound]

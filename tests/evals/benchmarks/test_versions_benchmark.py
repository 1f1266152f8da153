"""Benchmark of versions: its set is read, and answers are graded by what they cite."""

import json
from pathlib import Path

import pytest

from evals.benchmarks.versions import BadVersionSet, VersionCase, grade_answer, measure_versions, read_version_set
from tests.conftest import MakePipeline

FEES = "# 停车管理办法（{}年版）\n\n第一条 车辆按位停放。\n\n第二条 每小时收费{}元。\n\n第三条 军车免费。\n"


def test_a_set_is_read_and_graded(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    lines = [{"question": "停车每小时收费多少元？", "version": "b.md", "contains": [["8元"]]},
             {"question": "2022年版停车每小时收费多少元？", "expected": {"version": ["a.md"], "contains": ["5元"]}}]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    pipeline = make_pipeline(a=FEES.format(2022, 5), b=FEES.format(2024, 8))
    graded = list(measure_versions(pipeline, read_version_set(tmp_path)))
    assert [one.grade for one in graded] == ["right", "right"]
    answer = graded[0].answer
    names = {source.id: source.name for source in pipeline.library.sources()}
    assert grade_answer(VersionCase("?", ("a.md",), ()), answer, names)[0] == "wrong"
    assert grade_answer(VersionCase("?", ("b.md",), (("9元",),)), answer, names)[0] == "wrong"


@pytest.mark.parametrize("line", ["[]", '{"question": "?"}', "{"])
def test_a_folder_without_such_questions_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadVersionSet, match=r"questions\.jsonl"):
        read_version_set(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "questions.jsonl").write_text(line, "utf-8")
    with pytest.raises(BadVersionSet, match="line 1"):
        read_version_set(tmp_path)

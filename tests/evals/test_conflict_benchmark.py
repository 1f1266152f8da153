"""huwen eval conflicts: planted conflicts are counted as found or missed, other reports as false alarms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.benchmarks.conflicts import BadConflictSet, measure_conflicts

NOTES = {
    "a.md": "# 云杉图书馆办证说明\n\n办理借书证须缴纳押金100元。云杉图书馆成立于1998年。\n",
    "b.md": "# 云杉图书馆收费公示\n\n借书证押金为200元。云杉图书馆成立于1996年。\n",
}
PLANTED = [
    {"id": "deposit", "kind": "zh", "file_a": "a.md", "quote_a": "办理借书证须缴纳押金100元。", "file_b": "b.md",
     "quote_b": "借书证押金为200元。"},
    {"id": "unseen", "kind": "zh", "file_a": "a.md", "quote_a": "开放时间为9:00。", "file_b": "b.md",
     "quote_b": "开放时间为8:00。"},
]


def test_found_missed_and_false_alarms(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "docs").mkdir(parents=True)
    for name, text in NOTES.items():
        (folder / "docs" / name).write_text(text, "utf-8")
    (folder / "truth.jsonl").write_text("\n".join(map(json.dumps, PLANTED)), "utf-8")
    result = measure_conflicts(folder, tmp_path / "home")
    assert (result.planted, result.found, result.missed) == ({"zh": 2}, {"zh": 1}, ("unseen",))
    [alarm] = result.false_alarms  # the years of the founding contradict each other, and were not planted
    assert {side[2] for side in alarm.sides} == {"1998年", "1996年"}
    assert result.recall == 0.5


@pytest.mark.parametrize("line", ["", "{", '{"id": 1}'])
def test_a_folder_of_another_form_is_refused(tmp_path: Path, line: str) -> None:
    if line:
        (tmp_path / "docs").mkdir()
        (tmp_path / "truth.jsonl").write_text(line, "utf-8")
    with pytest.raises(BadConflictSet):
        measure_conflicts(tmp_path, tmp_path / "home")

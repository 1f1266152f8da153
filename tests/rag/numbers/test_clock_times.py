"""Clock times: times of day and their ranges in both languages; ratios and counts of points are none."""

from __future__ import annotations

import pytest

from rag.numbers.clock_times import find_clock_times


@pytest.mark.parametrize(("text", "minutes", "until"), [
    ("9:00—17:30", 540, 1050), ("8：30至17：00", 510, 1020), ("上午9点至下午5点半", 540, 1050), ("晚八点开始", 1200, -1),
    ("17时30分", 1050, -1), ("7:00-次日2:00", 420, 120), ("9 a.m. to 5 p.m.", 540, 1020), ("9-5 pm", 540, 1020),
    ("from 9:00 to 5:30", 540, 1050), ("at 7pm.", 1140, -1), ("9.30 a.m.", 570, -1), ("12 p.m.", 720, -1),
])
def test_a_time_of_day(text: str, minutes: int, until: int) -> None:
    [time] = find_clock_times(text)
    assert (time.minutes, time.until) == (minutes, until)


@pytest.mark.parametrize("text", ["比例为1:3", "提出三点意见", "24小时营业", "12小时", "1080:12:33", "version 9.30"])
def test_what_is_no_time(text: str) -> None:
    assert find_clock_times(text) == []


def test_long_runs_of_digits_and_colons_are_read_in_linear_time() -> None:
    assert len(find_clock_times("1:" * 20_000)) < 5

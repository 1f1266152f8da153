"""Periods: their order within a year, and which one a question asks about."""

import pytest

from rag.references.version_periods import is_in_period, period_order


def test_periods_are_ordered_within_a_year() -> None:
    for periods in (["2026", "2026-9", "2026-11", "2027-1"], ["2026-q1", "2026-q3", "2027-q1"],
                    ["2025-第一学期", "2025-第二学期"], ["2026-spring", "2026-autumn"], ["2026-上半年", "2026-下半年"]):
        assert sorted(reversed(periods), key=period_order) == periods


@pytest.mark.parametrize(("period", "day", "question", "expected"), [
    ("2026-q1", "2026", "What was the price in Q1 2026?", True),
    ("2026-q3", "2026", "What was the price in Q1 2026?", False),
    ("2026-q3", "2026", "What was the price in 2026?", True),
    ("2026-10", "2026-10", "2026年10月多少钱？", True),
    ("2026-11", "2026-10", "2026年10月多少钱？", False),
    ("2025-第一学期", "2025", "2025年第二学期什么时候开学？", False),
    ("2025", "2026", "2026年的产值是多少？", False),
])
def test_a_question_names_a_period(period: str, day: str, question: str, expected: bool) -> None:
    assert is_in_period(period, day, question) == expected

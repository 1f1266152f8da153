"""Recognised text: lines and doubts keep their places when cleaning joins, divides or removes lines."""

from __future__ import annotations

from rag.sources.elements import RecognisedLine
from rag.sources.recognised_text import locate_recognition

BOX = (0.1, 0.1, 0.9, 0.2)


def line(text: str, *doubted: str, page: int = 1) -> RecognisedLine:
    return RecognisedLine(text, page, BOX, tuple((text.index(part), text.index(part) + len(part)) for part in doubted))


def locate(text: str, *lines: RecognisedLine, page_starts: tuple[int, ...] = (0,)) -> tuple[list[str], list[str]]:
    """The lines and the doubts as the text has them."""
    found = locate_recognition(text, page_starts, lines)
    return [text[start:end] for start, end, *_ in found["lines"]], [text[a:b] for a, b in found["doubts"]]


def test_lines_that_were_joined_are_found():
    text = "全市供水48,620万立方米，比上年增长6.4%。\n\nThe quay is 640 metres long and cost 31.2 million."
    lines, doubts = locate(
        text, line("全市供水48,620万立", "48,620"), line("方米，比上年增长6.4%。"), line("The quay is 640 metres", "640"),
        line("long and cost 31.2 million."))
    assert lines == ["全市供水48,620万立", "方米，比上年增长6.4%。", "The quay is 640 metres", "long and cost 31.2 million."]
    assert doubts == ["48,620", "640"]


def test_wide_signs_that_cleaning_changes_are_found():
    assert locate("增长12%，达3.5亿元", line("增长１２％，达３．５亿元", "１２％")) == (["增长12%，达3.5亿元"], ["12%"])


def test_a_line_that_a_table_divides_is_found_by_its_words():
    lines, doubts = locate("Pier | Berths\nNorth | 42\nSouth | 128", line("North 42", "42"), line("South 128"))
    assert (lines, doubts) == (["North", "42", "South", "128"], ["42"])


def test_of_equal_lines_a_doubt_counts_for_all():
    text = "42\n\n7\n\n42"
    assert locate(text, line("42", "42"), line("7"), line("42"))[1] == ["42", "42"]


def test_a_page_is_searched_for_its_own_lines_only():
    text = "2021年\n\n2021年"
    found = locate_recognition(text, (0, 7), [line("2021年", "2021", page=2)])
    assert found["doubts"] == [(7, 11)]


def test_a_line_that_was_removed_has_no_place():
    assert locate("Text.", line("Page 3 of 9", "3")) == ([], [])

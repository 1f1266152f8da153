"""A Paper is brought into the form that every writer can take."""

from dataclasses import replace

import pytest

from tests.ui.documents.papers import UNHOLDABLE, paper
from ui.documents.paper import Note, Paper, Paragraph, Run, Table
from ui.documents.sanitise import UNDATED, BrokenPaper, moment, plain, tidy


def test_notes_are_numbered_as_they_are_read_and_those_without_a_reader_left_out() -> None:
    assert [(note.number, note.text) for note in tidy(paper("en")).notes] == [
        (1, "Raising the level, p. 3: an output of 3.8 trillion yuan."), (2, "Annual report, p. 12.")]
    body = tidy(paper("zh")).blocks[3]
    assert isinstance(body, Paragraph)
    assert [run.notes for run in body.runs] == [(1,), (), (), (2, 1)]


def test_a_note_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BrokenPaper, match="note 7, which is not there"):
        tidy(replace(paper("zh"), notes=(Note(3, "…"),)))


def test_two_notes_of_one_number_are_an_error() -> None:
    with pytest.raises(BrokenPaper, match="two notes have the same number"):
        tidy(Paper("简报", "zh", notes=(Note(1, "甲"), Note(1, "乙"))))


def test_text_that_no_file_can_hold_is_cleaned_and_emoji_stay_whole() -> None:
    assert plain(UNHOLDABLE) == "产值3.8万亿元"
    assert plain("a\r\nb\u2028c\td 👩‍🔬 𠀀") == "a\nb\nc\td 👩‍🔬 𠀀"


def test_ragged_rows_are_filled_up() -> None:
    table = tidy(Paper("t", "en", blocks=(Table(("a",), ((), ((Run("1"),), (Run("2"),)))),))).blocks[0]
    assert isinstance(table, Table)
    assert table.header == ("a", "")
    assert [len(row) for row in table.rows] == [2, 2]


def test_a_date_that_cannot_be_read_is_always_the_same_one() -> None:
    assert moment("2026-07-31").day == 31
    assert moment("七月") == moment("") == UNDATED
